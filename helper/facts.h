/* What is so: in root's files, and about the process behind the pidfd.
 *
 * Promises: gathers, decides nothing; everything is opened with the caller's ids and no capability,
 * so that the kernel refuses what is not the caller's. Files of root's are believed only if root
 * alone can have written them and they stayed the same while they were read.
 * Takes: the facts so far; the verified root of procfs.
 * Gives: the facts. A fact that could not be had has the value that judge refuses.
 * Fails: by leaving such values.
 * Source: reference security.md H-36 to H-44, H-65, H-68; pidfd_open(2), ioctl_ns(2), proc(5). */
#pragma once

#include "helper/harden.h"

#include <stdint.h>

/* The policy, and what it and the subid files grant to the caller. */
void facts_policy(struct facts *facts);

/* *ret_dir is the /proc directory of the process, for whom acts on it. */
void facts_target(const struct host *host, int pidfd, struct target *target, int *ret_dir);

/* The beginning of a file below DIR, which is a directory of procfs: the bytes read, or -1. */
ssize_t facts_read(int dir, const char *name, char *data, size_t size);
/* The number that is all of a file of procfs; 2^32-1, which means "unset" there, if there is
 * none. */
uint32_t facts_number(const struct host *host, const char *name);

/* Below DIR, in the same file system, through no symbolic link but procfs's own `self`. */
int facts_open(int dir, const char *name, uint64_t flags);
