/* A container as the verbs that look at one see it.
 *
 * Promises: nothing is changed. The JSON has the keys of runc in runc's order, and one object
 * "rrun" for what is ours.
 * Takes: an id as the command line has it.
 * Gives: struct container, released by container_close; text appended to OUT.
 * Fails: RR_ID_01, RR_ID_03, RR_STA_02 of state.h; RR_CGR_04; those of json_parse when the kept
 *        config is broken.
 * Source: OCI runtime specification, runtime.md, "State"; reference cli-contract.md §6. */
#pragma once

#include "frontend/cmd/cmd.h"
#include "frontend/state/state.h"

struct container {
	struct state state;
	enum state_status status;
	int dir;
};

#define CONTAINER_CLOSED { .dir = -1 }

void container_close(struct container *container);

/* The state root that ID is in, or would be; -1 when there is none: then no container exists. */
int container_root(const struct call *call, const char *id, int *ret, struct error *err);
int container_load(struct arena *arena, int root, const char *id, struct container *ret,
		   struct error *err);
/* Both, for the verbs that take one ID. */
int container_find(const struct call *call, struct container *ret, struct error *err);

/* The pid that people may see: 0 unless it lives. */
int container_pid(const struct container *container);

/* True for a status with an init that has not ended. */
bool container_lives(const struct container *container);

/* The directory of its own cgroup. RR_CGR_04 when it has none, or none any more: why, and how to
 * get one. */
int container_cgroup(const struct container *container, int *ret, struct error *err);

enum container_layout { LAYOUT_LINE, LAYOUT_PAGE };

int container_json(enum container_layout layout, const struct container *container,
		   const char *owner, struct json_text *out, struct error *err);
