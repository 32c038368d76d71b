#include "policy/judge.h"

#include "common/attr.h"

#include <string.h>

/* Each of these answers VERDICT_DENY, the initial value, when it has no objection. */

static bool all_zero(const void *data, size_t size)
{
	static const struct wire_request zero;

	return memcmp(data, &zero, size) == 0;
}

static bool map_sound(const struct wire_map *map)
{
	return map->count <= WIRE_EXTENTS &&
	       all_zero(&map->extent[map->count],
			(WIRE_EXTENTS - map->count) * sizeof(struct wire_extent));
}

static enum wire_verdict object_to_request(const struct wire_request *request)
{
	if (request->magic != WIRE_MAGIC || request->version != WIRE_VERSION ||
	    request->guard != WIRE_GUARD)
		return VERDICT_PROTOCOL;
	if (request->op != OP_PREPARE ||
	    request->flags & ~(uint32_t)(WIRE_DENY_SETGROUPS | WIRE_MAPS) || request->limits ||
	    request->reserved || request->cgroup ||
	    !all_zero(request->limit, sizeof(request->limit)) || !map_sound(&request->uid) ||
	    !map_sound(&request->gid))
		return VERDICT_PROTOCOL;
	return VERDICT_DENY;
}

static enum wire_verdict object_to_caller(const struct caller *caller, const struct config *config)
{
	if (caller->uid < config->value[CONFIG_MIN_UID] ||
	    idranges_overlap(&config->denied, idrange_make(caller->uid, 1)))
		return VERDICT_CALLER;
	return config->value[CONFIG_MAPPING] ? VERDICT_DENY : VERDICT_OFF;
}

/* Ids that are all the caller's rule out the helper itself, whose real uid is 0, and pid 1
 * (H-44). What is not the caller's own gets one answer, whatever it is: H-92. */
static enum wire_verdict object_to_target(const struct target *target, const struct caller *caller)
{
	bool own = target->alive && target->leader;

	for (size_t i = 0; i < count_of(target->uid); i++)
		own = own && target->uid[i] == caller->uid && target->gid[i] == caller->gid;
	if (own && target->hidden)
		return VERDICT_DUMPABLE;
	if (!own || !target->child || target->owner != caller->uid)
		return VERDICT_TARGET;
	return target->mapped ? VERDICT_MAPPED : VERDICT_DENY;
}

static enum wire_verdict object_to_map(const struct facts *facts, const struct wire_map *asked,
				       uint32_t own, enum grant_kind kind, struct verdict *ret)
{
	struct idmap *map = kind == GRANTED_UIDS ? &ret->uid : &ret->gid;
	enum wire_verdict code =
		idmap_judge(asked, own, &facts->grants.granted[kind], &facts->config, map);

	if (code != VERDICT_DENY) {
		ret->which = kind == GRANTED_UIDS ? WHICH_UID : WHICH_GID;
		ret->detail = map->detail;
	}
	return code;
}

static enum wire_verdict object(const struct facts *facts, const struct wire_request *request,
				struct verdict *ret)
{
	const struct caller *caller = &facts->caller;
	enum wire_verdict code = facts->received ? object_to_request(request) : VERDICT_PROTOCOL;

	if (code != VERDICT_DENY)
		return code;
	if (!facts->policy_sound) {
		ret->detail = facts->policy_line;
		return VERDICT_POLICY;
	}
	code = object_to_caller(caller, &facts->config);
	if (code == VERDICT_DENY)
		code = object_to_target(&facts->target, caller);
	if (code == VERDICT_DENY)
		code = object_to_map(facts, &request->uid, caller->uid, GRANTED_UIDS, ret);
	if (code == VERDICT_DENY)
		code = object_to_map(facts, &request->gid, caller->gid, GRANTED_GIDS, ret);
	return code;
}

void judge(const struct facts *facts, const struct wire_request *request, struct verdict *ret)
{
	*ret = (struct verdict){ .code = VERDICT_DENY };
	ret->code = object(facts, request, ret);
	if (ret->code != VERDICT_DENY)
		return;

	/* With nothing but own groups inside, setgroups would only serve to leave a group
	 * (H-60); with granted ones the policy says, and the client may ask for the stricter:
	 * H-61. */
	ret->deny_setgroups = ret->gid.granted == 0 || !facts->config.value[CONFIG_SETGROUPS] ||
			      request->flags & WIRE_DENY_SETGROUPS;
	ret->code = VERDICT_ALLOW;
}
