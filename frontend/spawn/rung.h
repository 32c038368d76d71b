/* The rungs of the id ladder, a file each. Private to frontend/spawn.
 *
 * Promises: a rung either writes both maps or leaves the child to be killed.
 * Fails: as idmap.h says of the ladder.
 * Source: common/wire.h; newuidmap(1). */
#pragma once

#include "frontend/error.h"
#include "frontend/plan/plan.h"
#include "frontend/spawn/idmap.h"

#include <stdbool.h>
#include <sys/types.h>

enum idmap_answer rung_helper(const struct plan *plan, struct idmap_helper *helper, int pidfd,
			      struct idmap_result *ret, struct error *err); /* helper.c */
enum idmap_answer rung_shadow(const struct plan *plan, pid_t child, bool *ret_denied,
		      struct error *err); /* shadow.c */

/* One request, one reply; afterwards the helper has ended. -1 when none came: *ret_status is then
 * its exit code. PIDFD may be -1. */
int helper_ask(struct idmap_helper *helper, const struct wire_request *request, int pidfd,
	       struct wire_reply *ret, int *ret_status);
/* Why there was no reply: WHAT is what could not be had for it. */
enum idmap_answer helper_silent(const char *what, int status, struct error *err);

/* The limits of the plan into a request. cgroup.c */
void request_limits(const struct plan_cgroup *cgroup, struct wire_request *request);
/* Is it about cgroups, and what does it say? */
bool verdict_of_cgroup(const struct wire_reply *reply);
int cgroup_refused(const struct wire_reply *reply, struct error *err);

/* The words that the site has for its users (`notice` of its policy); without any: HINT. */
int hint_of_site(struct error *err, const char *hint);

/* No program can gain privilege here, whichever it is: no_new_privs, or a tracer. */
bool rung_powerless(void);

/* Wait for it: its exit code, or 128 + the signal. */
int rung_reap(pid_t pid);
