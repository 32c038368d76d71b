/* The rungs of the id ladder. Private to frontend/spawn. */
#pragma once

#include "common/error.h"
#include "frontend/plan/plan.h"
#include "frontend/spawn/idmap.h"

#include <stdbool.h>
#include <sys/types.h>

/* What one rung of the ladder said. */
enum rung {
	RUNG_DONE,
	RUNG_ABSENT,  /* it is not here or has no power: try the next, and then one id will do */
	RUNG_REFUSED, /* it is here and says no to this map: the next may know more, one id will not do */
	RUNG_FAILED,  /* something broke: stop */
};

enum rung rung_helper(const struct plan *plan, struct idmap_helper *helper, int pidfd,
		      bool *ret_denied, struct error *err); /* helper.c */
enum rung rung_shadow(const struct plan *plan, pid_t child, bool *ret_denied,
		      struct error *err); /* shadow.c */

/* Wait for it: its exit code, or 128 + the signal. */
int rung_reap(pid_t pid);
