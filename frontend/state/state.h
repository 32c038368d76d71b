/* What rrun remembers of a container: one directory below the state root, one file in it.
 *
 * Promises: mkdir is the claim on an id; state.json is written once, to a temporary name, and
 * renamed; a reader sees all of it or none. The directory is 0700 and the caller's. A process is
 * believed to be the container's only while boot id, pid and start time all agree. A dead
 * entry of an earlier boot is replaced silently, one of this boot is not. While a container is
 * being made its directory is held with flock(2), so that a status of "creating" can be told from
 * wreckage.
 * Layout: ROOT/ID/state.json, ROOT/ID/start.sock (there while "created"), ROOT/ID/notify/.
 * Takes: ROOT, a descriptor of the state root (state_root_open; with -1 for it nothing exists); ids
 *        that passed state_id_check.
 * Gives: records in the arena.
 * Fails: RR_ID_01…03, RR_STA_01, RR_STA_02, with the wording that callers match:
 *        "container does not exist", "container with given ID already exists",
 *        "invalid container ID format", "container id cannot be empty".
 * Source: reference cli-contract.md §3 to §6; users-and-callers.md P5, P17; security.md,
 * */
#pragma once

#include "frontend/arena.h"
#include "frontend/cgroup/cgroup.h"
#include "frontend/error.h"
#include "frontend/spec/json.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define STATE_VERSION 1

enum state_status {
	STATUS_CREATING,
	STATUS_CREATED,
	STATUS_RUNNING,
	STATUS_PAUSED,
	STATUS_STOPPED
};

/* A process that can be recognised later. */
struct state_process {
	pid_t pid;	     /* as the caller's pid namespace numbers it */
	uint64_t start_time; /* field 22 of /proc/PID/stat, clock ticks */
	char boot_id[37];
	uint64_t inode; /* of its pidfd, where a kernel has pidfs (6.9); else 0 */
};

struct state {
	const char *id;
	struct state_process init;
	const char *bundle;   /* absolute */
	const char *rootfs;   /* absolute */
	const char *created;  /* RFC 3339, nanoseconds, UTC */
	const char *ids;      /* how ids were mapped: "helper", "newuidmap", "single", "direct" */
	const char *ids_note; /* why a step down the ladder was taken, empty when none was */
	struct cgroup cgroup; /* its own; zero when it has none */
	const char *cgroup_note; /* why it has none, or what holds its limits; or empty */
	bool console;	      /* the process has a terminal */
	const char *config;   /* config.json as it was read at create: valid JSON */
	size_t config_length;
};

/* EXPLICIT is the value of --root or null. Follows the chain of users-and-callers.md P5: --root,
 * RRUN_ROOT, $XDG_RUNTIME_DIR/rrun if the caller's, /run/rrun/UID, /tmp/rrun-UID; an unusable place
 * that was named (the first two) is an error, one that was not is passed over. CREATE makes it.
 * Without CREATE and when nothing is there: -1 in *ret and 0. */
int state_root_open(const char *explicit, bool create, int *ret, struct error *err);

/* All places of that chain that are there, for who looks for what another login may have made: what
 * starts without a session finds no XDG_RUNTIME_DIR, and a session does not look into /tmp first.
 * With a named one, only that. */
#define STATE_ROOTS 3
int state_roots_open(const char *explicit, int ret[STATE_ROOTS], size_t *ret_count,
		     struct error *err);
/* The first of them that has ID, else the first, else -1. */
int state_root_find(const char *explicit, const char *id, int *ret, struct error *err);

int state_id_check(const char *id, struct error *err);

/* Make ROOT/ID and hold it. *ret is the directory, flocked until it is closed. */
int state_claim(int root, const char *id, int *ret, struct error *err);
int state_write(int dir, const struct state *state, struct error *err);
/* The same in two steps: all the work while the container is still making itself, then the rename
 * that shows it to others. */
int state_prepare(int dir, const struct state *state, struct error *err);
int state_publish(int dir, struct error *err);

/* Read ROOT/ID. *ret_dir is its directory. A directory without state.json: status creating when its
 * maker holds it, else RR_STA_02 (delete --force removes it). */
int state_load(struct arena *arena, int root, const char *id, struct state *ret, int *ret_dir,
	       struct error *err);
/* Of an entry whose maker did not get as far as state.json: the cgroup that it had by then, zeroed
 * when it had none or that cannot be read. */
void state_wreck(struct arena *arena, int root, const char *id, struct cgroup *ret);
enum state_status state_status(const struct state *state, int dir);
const char *state_status_name(enum state_status status);

/* Remove ROOT/ID and what is in it, two levels deep, never through a symlink. Absent: 0. OURS is
 * the directory that is meant: another that has the name by now stays. -1: whichever is there. */
int state_remove(int root, const char *id, int ours, struct error *err);

/* Fill in *ret for a live process; fails when it is gone. With a /proc that hides processes
 * (hidepid) it works only while the process is dumpable. */
int state_process_identify(pid_t pid, struct state_process *ret, struct error *err);
/* A pidfd of the very process, -1 (and 0) when it is gone, was recycled or is a zombie. */
int state_process_open(const struct state_process *process, int *ret_pidfd, struct error *err);

/* "2026-04-01T10:00:00.123456789Z" now. */
const char *state_now(struct arena *arena);
