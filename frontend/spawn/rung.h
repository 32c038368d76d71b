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
		      bool *ret_denied, struct error *err); /* helper.c */
enum idmap_answer rung_shadow(const struct plan *plan, pid_t child, bool *ret_denied,
		      struct error *err); /* shadow.c */

/* No program can gain privilege here, whichever it is: no_new_privs, or a tracer. */
bool rung_powerless(void);

/* Wait for it: its exit code, or 128 + the signal. */
int rung_reap(pid_t pid);
