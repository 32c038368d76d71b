/* Mount options: words into flags.
 *
 * Promises: pure; the last of two contradicting words wins; a word that is not a flag goes to the
 * filesystem as data, in the order given.
 * Takes: a null-terminated vector of words.
 * Gives: struct mount_options in the arena.
 * Fails: never here; whether the result fits the mount is for plan/mounts.c to judge.
 * Source: OCI runtime specification, config.md "Mounts"; mount(8), mount_setattr(2). */
#pragma once

#include "frontend/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct mount_options {
	unsigned long set, cleared;     /* MS_… of mount(2), without bind and propagation */
	bool bind, recursive, remount;
	unsigned long propagation[8];   /* zero-terminated; of too many, the last win */
	uint64_t recursive_set, recursive_clear; /* MOUNT_ATTR_… of the r-words */
	const char *data;               /* null: none */
	const char *unsupported;        /* a word of the specification that is not handled yet */
};

void mount_options_read(struct arena *arena, const char *const *words, struct mount_options *ret);

/* MS_RDONLY, NOSUID, NODEV, NOEXEC, NOSYMFOLLOW and the atime words as MOUNT_ATTR_…. */
void mount_options_attributes(const struct mount_options *options, uint64_t *ret_set,
			      uint64_t *ret_clear);
