/* The caller's place in the cgroup tree: the facts that the way of a container's limits is decided
 * from.
 *
 * Promises: only looks, at /proc/self/cgroup and files below the mount; no D-Bus, no mountinfo.
 * Gives: struct here in the arena. A machine without cgroup v2 is a fact (`mount` is null), no
 * error. Fails: RR_SYS_01 when /proc cannot be read.
 * Source: cgroups(7), "Cgroups version 2", "Delegation containment"; reference cgroup-userns.md §1;
 * design.md §2. */
#pragma once

#include "common/wire.h"
#include "frontend/arena.h"
#include "frontend/error.h"

#include <stdbool.h>
#include <stdint.h>

struct here {
	const char *mount; /* "/sys/fs/cgroup" or "/sys/fs/cgroup/unified"; null: no cgroup v2 */
	const char *path;  /* the caller's cgroup below it, "/user.slice/…"; "/" is the root */
	const char *job;   /* the path of the batch job that it is in and never leaves, or null */
	/* The caller's own tree: where the caller may make a cgroup with these controllers and be
	 * born in it without anybody's help. Null: nowhere. */
	const char *own;
	uint32_t own_controllers; /* CONTROLLER_…, that can be enabled there */
	const char *own_blocked;  /* why `own` is null although a tree of the caller's is here: the
				     path of the file whose limit would be left behind; or null */
	/* The tightest limit on the way to the root: what holds now. WIRE_MAX: none. cpu.max as
	 * quota for a period of 100000; cpus and mems as what is effective. */
	uint64_t held[WIRE_LIMITS];
};

int here_read(struct arena *arena, struct here *ret, struct error *err);
