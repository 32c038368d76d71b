/* From a set-up container to its program: the last steps of init and of exec, in the order that
 * matters.
 *
 * Promises: limits, user, groups, capabilities, working directory, filter and descriptors are
 * exactly the plan's when the program's first instruction runs; what is not the plan's is gone.
 * Nothing is looked up with NSS, and the image's /etc/passwd is only ever read as a small regular
 * file (R-29…R-33).
 * Takes: the process part of a plan.
 * Fails: RR_PRC_01…06, RR_SEC_02, RR_KEY_01.
 * Source: execve(2), capabilities(7); reference oci-reference.md §6.4, §19. */
#pragma once

#include "frontend/error.h"
#include "frontend/plan/plan.h"

#include <linux/filter.h>
#include <stdbool.h>

/* A seccomp program as it came over the sync socket. */
struct process_filter {
	uint32_t flags;	 /* SECCOMP_FILTER_FLAG_… */
	uint32_t length; /* instructions; 0: none */
	struct sock_filter program[BPF_MAXINSNS];
};

/* libcap-ng looks at /proc when it is first called: let that be the host's, not the image's. */
void process_prepare(void);

/* The caller's own score may be raised, not lowered: proc(5). While /proc is the host's. */
int oom_score_write(int score, struct error *err);

int process_keyring(const char *name, struct error *err);

/* Limits, working directory, ids, capabilities, no_new_privs, the umask. The filter is loaded here
 * when no_new_privs is off, since it needs CAP_SYS_ADMIN then. */
int process_become(const struct plan_process *process, bool groups_denied,
		   const struct process_filter *filter, struct error *err);

/* Where the program is. *ret_path lives in a static buffer of the callee. 126 and 127 by
 * err->kind. */
int process_find(const struct plan_process *process, const char **ret_path, struct error *err);

/* Does not return but on failure. IGNORED are the signals to be set back to their default, bit N-1
 * for signal N: execve keeps what is ignored. REPORT is the only descriptor that is kept beside the
 * plan's; it is close-on-exec: whoever holds the other end sees EOF when the program runs. */
int process_exec(const struct plan_process *process, const char *path, int *report,
		 const struct process_filter *filter, uint64_t ignored, struct error *err);
