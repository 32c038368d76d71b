/* Privilege, phase by phase; it only ever goes down.
 *
 * Promises: every step is read back, and one that did not take ends the process with HELPER_BROKEN.
 * From entry on the ids are (0, caller, 0): the kernel refuses the caller's signals, and opens only
 * what the caller may open. For work in the cgroup tree they become (0, 0, 0), for ever: root's
 * files there ask for no capability but SYS_NICE, at the move, and CHOWN, at the hand-over.
 * Permitted is SETUID, SETGID, CHOWN, SYS_NICE and, until nothing has to be asked about BPF any
 * more, NET_ADMIN; in effect is at most one. Takes: the caller's real ids. Gives: nothing. Fails:
 * by ending the process. Source: reference security.md B.6, H-13, H-14, H-73; design.md §8 for the
 * order; capabilities(7). */
#pragma once

#include "common/wire.h"

#include <stdbool.h>
#include <sys/types.h>

/* The process ends with OTHERWISE unless it is so. */
void demand(bool true_of_it, enum helper_exit otherwise);

void priv_lower(uid_t uid, gid_t gid);
/* BPF_PROG_QUERY, which looks and does not touch, asks for NET_ADMIN. */
void priv_begin_query(void);
void priv_end_query(void);

void priv_use_setgid(void);
void priv_use_setuid(void);
void priv_own_cgroups(void);
/* Into another cpuset the kernel moves a process only for who could set its priority, and the root
 * of a user namespace has capabilities that we have not: cpuset_can_attach,
 * cap_task_setscheduler. */
void priv_begin_move(void);
void priv_end_move(void);
void priv_use_chown(void);
void priv_drop(void); /* for ever */
