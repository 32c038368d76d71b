/* One clone3 makes the child in all its new namespaces.
 *
 * Promises: the child begins as a copy of the caller, in the namespaces of FLAGS, as the caller's
 * own
 * child; it is dumpable (so that its maps can be written), the parent is not.
 * Takes: CLONE_NEW… flags; CGROUP, the directory of a cgroup of the caller's own to be born in, or
 * -1.
 * Gives: 0 in the child; in the parent the pid, and *ret_pidfd.
 * Fails: RR_NS_01 (namespaces switched off or used up), RR_NS_02, RR_CGR_03.
 * Source: clone(2), user_namespaces(7), namespaces(7). */
#pragma once

#include "frontend/error.h"

#include <stdint.h>
#include <sys/types.h>

pid_t clone_child(uint64_t flags, int cgroup, int *ret_pidfd, struct error *err);

/* Kill and reap it. */
void clone_kill(pid_t pid, int pidfd);
