/* Writing the id maps of a fresh user namespace: the ladder of design.md §2.
 *
 * Promises: one id is written by the process itself, and starts no second program. A range goes
 * through rrun-helper at the path fixed when rrun was built, then through newuidmap and newgidmap
 * at theirs; none is ever searched for. The answer tells a ladder that is not here (plan anew for
 * one id) from one that refused the map that was asked for (an error, unless the user was granted
 * nothing at all).
 * Takes: the plan; the helper started before (idmap_helper_start), the child's pid and pidfd.
 * Gives: struct idmap_result.
 * Fails: RR_MAP_01…RR_MAP_10, with who must do what.
 * Source: user_namespaces(7); newuidmap(1); common/wire.h. */
#pragma once

#include "frontend/error.h"
#include "frontend/plan/plan.h"

#include <stdbool.h>
#include <sys/types.h>

struct idmap_helper {
	pid_t pid;  /* -1: not started */
	int socket; /* our end of fd 3 of the helper, or -1 */
};

/* SELF is "/proc/self" or "/proc/PID". setgroups is denied first. */
int idmap_write_single(const char *self, const struct plan_map *uids, const struct plan_map *gids,
		       struct error *err);

/* Start rrun-helper so that it is ready when the child is there. Its absence shows later. */
int idmap_helper_start(struct idmap_helper *ret, struct error *err);
void idmap_helper_end(struct idmap_helper *helper);

enum idmap_answer {
	IDMAP_DONE,
	IDMAP_ABSENT,  /* err says why */
	IDMAP_REFUSED, /* likewise */
	IDMAP_FAILED,  /* likewise */
};

struct idmap_result {
	const char *ids;  /* which rung it was: "helper" or "newuidmap" */
	bool denied;      /* setgroups(2) is */
	bool placed;      /* the helper made the plan's cgroup, too, and put the child into it: */
	uint64_t top;     /* this one; not zero without `placed`: it is to be released */
	uint32_t clamped; /* the site's policy allowed less of these (common/wire.h) */
	struct error unplaced; /* kind ERROR_NONE, or why the optional cgroup was not made */
	struct error why; /* kind ERROR_NONE, or why the rung above was of no use */
};

/* HELPER_ONLY: no rung but the first will do. */
enum idmap_answer idmap_write_range(const struct plan *plan, struct idmap_helper *helper,
				    pid_t child, int pidfd, bool helper_only,
				    struct idmap_result *ret, struct error *err);

/* Engine and root mode: the caller holds the capabilities. */
int idmap_write_direct(const struct plan *plan, pid_t child, struct error *err);
