/* The cgroup half of rrun-helper, and the end of a container's cgroup whoever made it.
 *
 * Promises: one request each; a refusal names the cgroup, the file and who can change it. Nothing
 * is asked that a cgroup of the caller's own does not need.
 * Takes: the plan's limits; pidfds of the caller's processes; what PREPARE answered before.
 * Gives: what the helper made.
 * Fails: RR_CGR_01…06, RR_MAP_02, RR_MAP_03 where the helper is not there or has no power.
 * Source: common/wire.h; design.md §2; reference security.md C-1 to C-25. */
#pragma once

#include "frontend/cgroup/cgroup.h"
#include "frontend/error.h"
#include "frontend/plan/plan.h"
#include "frontend/spawn/idmap.h"

/* Into a new cgroup with the plan's limits; HELPER may be started already. *ret_top is set, also on
 * failure, when there is one to release. */
int cgroup_helper_make(const struct plan_cgroup *plan, struct idmap_helper *helper, int pidfd,
		       uint64_t *ret_top, uint32_t *ret_clamped, struct error *err);
int cgroup_helper_attach(uint64_t top, int pidfd, struct error *err);
int cgroup_helper_update(uint64_t top, uint32_t asked, const uint64_t *limit,
			 uint32_t *ret_clamped, struct error *err);

/* End what is left in it, and remove it. A zeroed one, and one that is gone: 0. */
int cgroup_release(const struct cgroup *cgroup, struct error *err);

/* The caller's cgroups that the helper made and nobody has been in for ten seconds, in the places
 * where it would find them. */
int cgroup_abandoned(struct arena *arena, const struct cgroup **ret, size_t *ret_count,
		     struct error *err);

/* Where PID is now, as struct cgroup has it. */
int cgroup_find(struct arena *arena, const char *mount, pid_t pid, struct cgroup *ret,
		struct error *err);

/* The files of the limits that the site's policy allowed less of, "memory.max, pids.max". */
const char *cgroup_clamped(struct arena *arena, uint32_t clamped);
