/* Who asks, and what this place grants: the facts that a plan starts from.
 *
 * Promises: only looks; starts no program. Ranges are those that rrun-helper would grant (the same
 * pure code of policy/ over the site's policy, /etc/subuid and /etc/subgid), so a range that lives
 * only in LDAP is not known here.
 * Gives: struct caller.
 * Fails: RR_SYS_01 when /proc is missing. A missing or invalid policy is no error: no ranges then.
 * Source: design.md §2; user_namespaces(7). */
#pragma once

#include "frontend/arena.h"
#include "frontend/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum caller_mode {
	MODE_DIRECT, /* a user of the initial user namespace */
	MODE_ENGINE, /* uid 0 of some other user namespace */
	MODE_ROOT,   /* uid 0 of the initial one */
};

#define CALLER_RANGES 8

struct caller_ranges {
	size_t count;
	struct {
		uint32_t start, count;
	} range[CALLER_RANGES];
};

struct caller {
	enum caller_mode mode;
	uid_t uid;
	gid_t gid;
	struct caller_ranges uids, gids; /* granted, in the policy's order */
};

/* Mode and ids only: cheap. */
int caller_read(struct caller *ret, struct error *err);
/* The ranges too: reads three files. */
int caller_read_ranges(struct arena *arena, struct caller *caller, struct error *err);
