/* From whatever the caller made of this process to a known state.
 *
 * Promises: after it nothing that the caller set up can reach in: no environment, no descriptor but
 * 0-3, no signal, no timer, no limit that cuts a step in half, no ids by which the caller could
 * signal or read us, no privilege but to write id maps, and that not in effect.
 * Takes: argc, and an AF_UNIX SOCK_SEQPACKET socket of the caller's at WIRE_FD.
 * Gives: who the caller is, and the descriptors that only root, or only an unfiltered process, can
 * open.
 * Fails: exits with an enum helper_exit; nothing was read by then, and nothing changed but
 * ourselves.
 * Source: reference security.md H-2 to H-17, H-21; design.md §8. */
#pragma once

#include "policy/judge.h"

#define INITIAL_USERNS	 0xEFFFFFFDu /* PROC_USER_INIT_INO of include/linux/proc_ns.h */
#define INITIAL_CGROUPNS 0xEFFFFFFBu /* PROC_CGROUP_INIT_INO */

struct host {
	int proc; /* the verified root of procfs */
	int log;  /* connected to /dev/log, or -1 */
};

void harden(int argc, struct caller *caller, struct host *host);
