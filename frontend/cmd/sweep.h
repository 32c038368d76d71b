/* Taking away the cgroups that rrun-helper made and nobody is in any more: root's half of `gc`.
 *
 * Promises: touches only root's own directories `rrun-UID-<16 hex>` at most 8 levels down and
 * `/rrun.slice/user-UID/<16 hex>`, what is below these, and the emptied user-UID and rrun.slice
 * above; never one that holds a process, nor one that was empty only a moment ago (the helper makes
 * one before it fills it). With `kill`, what is in a user's cgroups is killed first.
 * Takes: which user's, or all. Gives: a line per thing done, appended to OUT.
 * Fails: RR_CGR_01 without cgroup v2; RR_CGR_03 with the first that could not be removed, after the
 * others were.
 * Source: cgroups(7); helper/facts_cgroup.c for the names. */
#pragma once

#include "frontend/error.h"
#include "frontend/spec/json.h"

struct sweep {
	bool dry_run, kill;
	const uint32_t *user; /* null: all */
};

int sweep_cgroups(const struct sweep *sweep, struct json_text *out, struct error *err);

/* The same in a tree that is mounted on, or looks like one at, MOUNT. */
int sweep_tree(const struct sweep *sweep, const char *mount, struct json_text *out,
	       struct error *err);

/* "rrun-1000-0123456789abcdef" and "user-1000"; the uid in *ret. */
bool sweep_is_sibling(const char *name, uint32_t *ret);
bool sweep_is_user(const char *name, uint32_t *ret);
