/* One limit as cgroup v2 has it: a file and what is written into it.
 *
 * Promises: plain values, made by the plan and written by whoever made the cgroup; the order of a
 * list is the order of writing.
 * Fails: nothing here can.
 * Source: kernel doc cgroup-v2.rst; reference oci-reference.md §12. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cgroup_controller {
	CONTROLLER_CPUSET = 1,
	CONTROLLER_CPU = 2,
	CONTROLLER_IO = 4,
	CONTROLLER_MEMORY = 8,
	CONTROLLER_HUGETLB = 16,
	CONTROLLER_PIDS = 32,
	CONTROLLER_RDMA = 64,
	CONTROLLER_MISC = 128,
};

struct cgroup_limit {
	const char *where; /* JSON path, or the option, for messages */
	const char *file;  /* "memory.max": no slash */
	const char *value; /* one write for each line */
	bool may_miss;     /* a file that is not there is no error */
};

struct cgroup_limits {
	size_t count;
	const struct cgroup_limit *item;
	uint32_t controllers; /* that they need */
};
