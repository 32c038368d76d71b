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

bool judge_needs_cgroup(const struct wire_request *request)
{
	return request->op != OP_PREPARE || request->flags & WIRE_CGROUP;
}

bool judge_needs_target(const struct wire_request *request)
{
	return request->op == OP_PREPARE || request->op == OP_ATTACH;
}

static bool limits_sound(const struct wire_request *request)
{
	for (uint32_t i = 0; i < WIRE_LIMITS; i++)
		if (!(request->limits >> i & 1) && request->limit[i])
			return false;
	return request->limits < 1u << WIRE_LIMITS;
}

/* What an operation has no use for is zero: nobody can be misunderstood. */
static bool parts_sound(const struct wire_request *request)
{
	bool maps = request->flags & WIRE_MAPS;
	bool limits = request->op == OP_UPDATE || request->flags & WIRE_CGROUP;

	if (request->op == OP_PREPARE)
		return request->flags & (WIRE_MAPS | WIRE_CGROUP) &&
		       !(request->flags &
			 ~(uint32_t)(WIRE_DENY_SETGROUPS | WIRE_MAPS | WIRE_CGROUP)) &&
		       request->cgroup == 0 && (limits || request->limits == 0) &&
		       (maps || (request->flags == WIRE_CGROUP &&
				 all_zero(&request->uid, 2 * sizeof(request->uid))));
	return request->op >= OP_ATTACH && request->op <= OP_RELEASE && request->flags == 0 &&
	       request->cgroup != 0 && (limits || request->limits == 0) &&
	       all_zero(&request->uid, 2 * sizeof(request->uid));
}

static enum wire_verdict object_to_request(const struct wire_request *request)
{
	if (request->magic != WIRE_MAGIC || request->version != WIRE_VERSION ||
	    request->guard != WIRE_GUARD || request->reserved || !parts_sound(request) ||
	    !limits_sound(request) || !map_sound(&request->uid) || !map_sound(&request->gid))
		return VERDICT_PROTOCOL;
	return VERDICT_DENY;
}

static enum wire_verdict object_to_caller(const struct caller *caller, const struct config *config)
{
	if (caller->uid < config->value[CONFIG_MIN_UID] ||
	    idranges_overlap(&config->denied, idrange_make(caller->uid, 1)))
		return VERDICT_CALLER;
	return VERDICT_DENY;
}

/* Ids that are all the caller's rule out the helper itself, whose real uid is 0, and pid 1
 * (H-44). What is not the caller's own gets one answer, whatever it is: H-92. */
static enum wire_verdict object_to_target(const struct target *target, const struct caller *caller,
					  bool maps)
{
	bool own = target->alive && target->leader;

	for (size_t i = 0; i < count_of(target->uid); i++)
		own = own && target->uid[i] == caller->uid && target->gid[i] == caller->gid;
	if (own && !maps)
		return VERDICT_DENY;
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

static enum wire_verdict object_to_maps(const struct facts *facts,
					const struct wire_request *request, struct verdict *ret)
{
	const struct caller *caller = &facts->caller;
	enum wire_verdict code = facts->config.value[CONFIG_MAPPING] ? VERDICT_DENY : VERDICT_OFF;

	if (code == VERDICT_DENY)
		code = object_to_map(facts, &request->uid, caller->uid, GRANTED_UIDS, ret);
	if (code == VERDICT_DENY)
		code = object_to_map(facts, &request->gid, caller->gid, GRANTED_GIDS, ret);
	return code;
}

static enum wire_verdict object_to_cgroup(const struct facts *facts,
					  const struct wire_request *request, struct verdict *ret)
{
	uint32_t which = 0;
	enum wire_verdict code = cgroup_judge(&facts->cgroup, &facts->config, request, &ret->cgroup,
					      &which, &ret->detail);

	ret->which = (enum wire_which)which;
	return code;
}

static enum wire_verdict object(const struct facts *facts, const struct wire_request *request,
				struct verdict *ret)
{
	bool maps = request->flags & WIRE_MAPS;
	enum wire_verdict code = facts->received ? object_to_request(request) : VERDICT_PROTOCOL;

	if (code != VERDICT_DENY)
		return code;
	if (!facts->policy_sound) {
		ret->detail = facts->policy_line;
		return VERDICT_POLICY;
	}
	code = object_to_caller(&facts->caller, &facts->config);
	if (code == VERDICT_DENY && judge_needs_target(request))
		code = object_to_target(&facts->target, &facts->caller, maps);
	if (code == VERDICT_DENY && maps)
		code = object_to_maps(facts, request, ret);
	if (code == VERDICT_DENY && judge_needs_cgroup(request))
		code = object_to_cgroup(facts, request, ret);
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
	ret->deny_setgroups = request->flags & WIRE_MAPS &&
			      (ret->gid.granted == 0 || !facts->config.value[CONFIG_SETGROUPS] ||
			       request->flags & WIRE_DENY_SETGROUPS);
	ret->code = VERDICT_ALLOW;
}
