/* Make, fill, hand over, change and remove a container's cgroup.
 *
 * Promises: decides nothing but what the kernel's answers decide. `top` and its files stay root's;
 * `ctr` becomes the caller's when all else is done. The process is moved by number, for the kernel
 * knows no other way: afterwards the directory of /proc that was opened when the pidfd was verified
 * must show it in the new cgroup, and only then are limits written and anything handed over. A
 * number that came to mean another process would leave that one in a cgroup of root's without
 * limits.
 * Killed at any instruction, this leaves at most such a cgroup.
 * Takes: the verdict ALLOW, the descriptors of facts_cgroup, the target's directory of /proc.
 * Gives: verdict->made.
 * Fails: the verdict becomes LIMIT, QUOTA, BUSY or INTERNAL with errno; what was made is removed
 * again, or, where a process is in it, named in verdict->made for the caller to release.
 * Source: reference security.md C-6 to C-10, C-14, C-19, H-83, H-84; cgroup-userns.md §1.4, §2;
 * cgroups(7), "Delegation". */
#pragma once

#include "helper/facts_cgroup.h"

void act_cgroup(uint32_t op, int dir, const struct facts *facts, struct tree *tree,
		struct verdict *verdict);
