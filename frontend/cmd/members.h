/* The processes of a container, as the caller numbers them.
 *
 * Promises: those of its cgroup, all levels. Without one, those of the init's pid namespace and
 * their descendants; how many others there are that may be its and that cannot be looked at is
 * said, never guessed.
 * Takes: a container that lives. Gives: pids in the arena, in no order.
 * Fails: RR_CGR_04 when it has neither a cgroup nor a pid namespace of its own; RR_CGR_06;
 * RR_SYS_01.
 * Source: pid_namespaces(7); proc(5), /proc/PID/ns, /proc/PID/status; reference cli-contract.md
 * §7.3. */
#pragma once

#include "frontend/cmd/container.h"

struct members {
	pid_t *pid;
	size_t count;
	size_t unseen; /* that may be the container's: the caller may not look at them */
};

int members_find(struct arena *arena, const struct container *container, struct members *ret,
		 struct error *err);
bool members_has(const struct members *members, pid_t pid);
