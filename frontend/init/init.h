/* The child that becomes the container: a table of named stages, then the program.
 *
 * Promises: init_main never returns. Each stage either leaves what its comment says true, or ends
 * the story: the error travels to the parent over the sync socket and the child is gone, and with
 * it every namespace and mount that it made. Stages perform the plan and decide nothing.
 * Takes: struct init, whose descriptors the child owns from here on.
 * Source: OCI runtime specification, runtime.md "Lifecycle"; reference oci-reference.md §19. */
#pragma once

#include "frontend/plan/plan.h"

struct init {
	const struct plan *plan;
	int sync;              /* the child's end of frontend/sync.h */
	int console;           /* connected console socket, or -1: the master goes to the parent */
	int start;             /* listening socket that `start` connects to, or -1: go on at once */
	bool die_with_parent;  /* in the foreground the container does not outlive rrun */

	/* What the stages learn on the way. */
	int root;              /* the root filesystem, attached */
	int dev;               /* its /dev, or -1 */
	int null;              /* the host's /dev/null, proven to be it */
	int *mount_sources;    /* detached copies of what is to be bound, -1 elsewhere */
	int *device_sources;
	uint64_t soft_limit;   /* of descriptors, to be set again; 0: it is as it was */
	uint64_t ignored;      /* bit N-1: rrun was started with signal N ignored */
	bool groups_denied;    /* setgroups(2) is switched off in this user namespace */
};

_Noreturn void init_main(struct init *init);
