#include "frontend/caller.h"

#include "common/attr.h"
#include "frontend/policy_file.h"
#include "policy/grant.h"

#include <sys/stat.h>
#include <unistd.h>

/* The initial user namespace by its fixed inode, not by what its map says: newer systemd writes
 * identity maps elsewhere too. reference security.md H-4. */
#define INITIAL_USER_NAMESPACE 0xEFFFFFFDu

int caller_read(struct caller *ret, struct error *err)
{
	struct stat status;

	if (stat("/proc/self/ns/user", &status) < 0)
		return error_sys(err, "look at /proc/self/ns/user");
	*ret = (struct caller){ .uid = geteuid(), .gid = getegid() };
	if (status.st_ino != INITIAL_USER_NAMESPACE)
		ret->mode = MODE_ENGINE;
	else
		ret->mode = ret->uid == 0 ? MODE_ROOT : MODE_DIRECT;
	return 0;
}

/* What stands in for a policy where rrun-helper is not installed: newuidmap grants what the two
 * files say, and so they are shown. */
static const char without_policy[] = "mapping on\nmin_uid 1\nsubids on\nmin_host_id 1\n"
				     "max_extents 340\nsetgroups allow\nlog refusals\n";

/* What can be asked for: null when nothing can. */
static const struct config *policy_find(struct arena *arena, uid_t uid)
{
	const struct policy *policy = policy_read(arena, POLICY_PATH);
	struct config *config = arena_new(arena, struct config);
	uint32_t line;

	if (policy->text.size > 0)
		*config = policy->config;
	else if (!config_read(text_of(without_policy), config, &line))
		return NULL;
	if (policy->state == POLICY_INVALID || policy->state == POLICY_FOREIGN ||
	    !config->value[CONFIG_MAPPING] || !policy_admits(config, uid))
		return NULL;
	return config;
}

static void ranges_copy(const struct idranges *from, struct caller_ranges *to)
{
	to->count = 0;
	for (uint32_t i = 0; i < from->count && to->count < CALLER_RANGES; i++) {
		const struct idrange *range = &from->range[i];

		to->range[to->count].start = (uint32_t)range->first;
		to->range[to->count++].count = (uint32_t)(range->end - range->first);
	}
}

int caller_read_ranges(struct arena *arena, struct caller *caller, struct error *err)
{
	struct grant_scan *scan = arena_new(arena, struct grant_scan);
	const struct text files[] = {
		policy_side_file(arena, "/etc/passwd"),
		policy_side_file(arena, "/etc/subuid"),
		policy_side_file(arena, "/etc/subgid"),
	};

	const struct config *config =
		caller->mode == MODE_DIRECT ? policy_find(arena, caller->uid) : NULL;

	(void)err;
	if (!config)
		return 0;
	grant_from_texts(scan, config, caller->uid, files);
	ranges_copy(&scan->granted[GRANTED_UIDS], &caller->uids);
	ranges_copy(&scan->granted[GRANTED_GIDS], &caller->gids);
	return 0;
}
