/* The verbs that make a container or enter one: create, run, start, exec.
 *
 * Promises: each leaves things as they were when it fails: no process, mount, state directory or
 * pid file stays behind. The parent's story stands in run.c, on one screen.
 * Takes: what the command line said, as plain values; paths are relative to the caller's working
 * directory; strings are borrowed for the call. `root` is the value of --root or null.
 * Gives: for an attached run or exec, the exit status as a shell has it.
 * Fails: with one record; kind tells main which exit code it becomes.
 * Source: reference cli-contract.md §5, §7, §8; OCI runtime specification, runtime.md. */
#pragma once

#include "frontend/arena.h"
#include "frontend/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum run_mode {
	RUN_CREATE,   /* stop before the program: `start` goes on */
	RUN_DETACHED, /* leave when the program runs */
	RUN_ATTACHED, /* stay until it ends */
};

struct run_request {
	enum run_mode mode;
	const char *root, *id, *bundle;
	const char *pid_file, *console_socket; /* null: none */
	uint32_t preserve_fds;
	bool no_pivot, no_new_keyring, no_subreaper, keep, no_cgroup;
	bool require_range, require_limits;
};

/* *ret_status is set by RUN_ATTACHED only. */
int run_container(const struct run_request *request, int *ret_status, struct error *err);

/* What run_container would do, as text, one fact a line. Nothing is done. */
int run_plan(struct arena *arena, const struct run_request *request, const char **ret,
	     struct error *err);

int run_start(const char *root, const char *id, struct error *err);

struct exec_request {
	const char *root, *id;
	bool detach, tty, no_new_privs;
	const char *pid_file, *console_socket; /* null: none */
	const char *process_file; /* --process; null: the container's with args below */
	const char *cwd, *user;                /* null: the container's */
	const char *const *args;               /* null-terminated; may be empty with process_file */
	const char *const *env;                /* null-terminated: --env, in order */
	uint32_t preserve_fds;
};

int run_exec(const struct exec_request *request, int *ret_status, struct error *err);
