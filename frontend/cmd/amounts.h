/* What `update` has on its command line, as the resources that they are in JSON.
 *
 * Promises: pure. An option that was not given leaves its resource unset; one that cgroup v2 has no
 * file for is checked, and left out. Sizes are as RAMInBytes of runc's reads them: 1024 to a k,
 * "1.5g", "512MiB".
 * Takes: the words, borrowed: what is made points into them.
 * Fails: RR_USE_04, `invalid value for cpu-period: …`.
 * Source: reference cli-contract.md §9.1. */
#pragma once

#include "frontend/error.h"
#include "frontend/spec/spec.h"

#include <stdbool.h>
#include <stdint.h>

struct amounts {
	const char *blkio_weight;
	const char *cpu_period, *cpu_quota, *cpu_burst, *cpu_share, *cpu_idle;
	const char *cpu_rt_period, *cpu_rt_runtime;
	const char *cpuset_cpus, *cpuset_mems;
	const char *memory, *memory_reservation, *memory_swap;
	const char *pids_limit;
};

/* "512m"; -1 is none. False: no such size. */
bool amounts_bytes(const char *text, int64_t *ret);

int amounts_read(const struct amounts *words, struct spec_resources *ret, struct error *err);
