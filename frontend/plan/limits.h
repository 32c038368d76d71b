/* linux.resources as cgroup v2 has it: files and values, and the helper's numbers.
 *
 * Promises: pure. The order of the list is runc's, `unified` last. What was not set is not there;
 * what cgroup v2 has no file for was left out by spec/.
 * Takes: what was asked, borrowed: strings of the list may point into it.
 * Gives: a list in the arena and the controllers that it needs.
 * Fails: plan_limits with RR_CFG_06, when values contradict each other.
 * Source: kernel doc cgroup-v2.rst; reference oci-reference.md §12, §23.4. */
#pragma once

#include "common/wire.h"
#include "frontend/arena.h"
#include "frontend/cgroup/limit.h"
#include "frontend/error.h"
#include "frontend/spec/spec.h"

#include <stdint.h>

int plan_limits(struct arena *arena, const struct spec_resources *resources,
		struct cgroup_limits *ret, struct error *err);

/* The same as the helper's numbers. -1 when it has no word for one of them: *ret_beyond is then
 * where the first such stands, else null; the outputs hold the others all the same. What asks for
 * nothing, or may miss, is no such. */
int plan_wire_limits(const struct cgroup_limits *limits, uint32_t *ret_asked,
		     uint64_t ret_limit[WIRE_LIMITS], const char **ret_beyond);
