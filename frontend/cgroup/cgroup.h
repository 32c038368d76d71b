/* A container's cgroup, whoever made it: making and filling one of the caller's own, opening it
 * again, freezing, killing, reading it, taking it away.
 *
 * Promises: a cgroup is known by path and inode (C-21): another that has the path by now is not
 * touched, and counts as gone. Only what rrun made is removed. Every descriptor is CLOEXEC.
 * Takes: MOUNT and PATH as struct here has them. Gives: directory descriptors.
 * Fails: RR_CGR_01… with the cgroup, the file, and who can change it.
 * Source: cgroups(7); kernel doc cgroup-v2.rst; reference oci-reference.md §11; cli-contract.md §7.
 */
#pragma once

#include "frontend/arena.h"
#include "frontend/cgroup/limit.h"
#include "frontend/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* As the state keeps it. A zeroed one: the container has no cgroup of its own. */
struct cgroup {
	const char *path;   /* absolute host path of the container's own cgroup; null or "": none */
	uint64_t inode;     /* its directory's */
	uint64_t top;	    /* made by the helper: the inode of the cgroup above it; else 0 */
};

/* True for a path that can be a cgroup's: below the mount, with no "." or ".." in it,
 * and nothing but cgroup v2 there, if anything. */
bool cgroup_path_fits(const char *path);

/* Make PATH (missing parents too, all below BASE, which is the caller's own), enable the
 * controllers on the way, write the limits. What was made is in *ret; undone on failure. An
 * existing cgroup that holds processes or is frozen is refused.
 * Where LIMITS need a controller and BASE holds the caller alone (struct here's `own` is the
 * caller's own cgroup then), the caller first moves into BASE/rrun-self: a cgroup with processes
 * cannot give controllers to those below it. cgroup_remove takes rrun-self away when nobody is in
 * it, and moves the caller back when nothing else is below BASE. */
int cgroup_make(struct arena *arena, const char *mount, const char *base, const char *path,
		const struct cgroup_limits *limits, struct cgroup *ret, int *ret_dir,
		struct error *err);

/* The directory, -1 (and 0) when it is gone or another's. */
int cgroup_open(const struct cgroup *cgroup, int *ret, struct error *err);

/* Controllers on for DIR where the caller may, from the nearest cgroup above that has them on. What
 * could not be had shows when its limit is written. */
void cgroup_enable(int dir, uint32_t controllers);

/* Limits into the files of DIR; for `update`: each old value is put back when a later one fails. */
int cgroup_limit(struct arena *arena, int dir, const struct cgroup_limits *limits,
		 struct error *err);

bool cgroup_frozen(int dir);
/* Freeze or thaw, and wait until it is so; a freeze that does not come is taken back. */
int cgroup_freeze(int dir, struct error *err);
int cgroup_thaw(int dir, struct error *err);
/* SIGKILL to all in it and below: cgroup.kill. Thaws. */
int cgroup_kill(int dir, struct error *err);

/* All processes in it and below, as the caller's pid namespace numbers them. */
int cgroup_processes(struct arena *arena, int dir, pid_t **ret, size_t *ret_count,
		     struct error *err);

/* Wait for it to be empty, at most 10 s, then remove what is below DIR (not DIR itself). */
int cgroup_empty(int dir, struct error *err);
/* That, and DIR itself: for one of the caller's own making. Absent: 0. */
int cgroup_remove(const struct cgroup *cgroup, struct error *err);
