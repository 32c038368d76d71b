/* What is so: in root's files, and about the process behind the pidfd.
 *
 * Promises: gathers, decides nothing; everything is opened with the caller's ids and no capability,
 * so that the kernel refuses what is not the caller's. Files of root's are believed only if root
 * alone can have written them and they stayed the same while they were read.
 * Takes: the facts so far; the verified root of procfs.
 * Gives: the facts. A fact that could not be had has the value that judge refuses.
 * Fails: by leaving such values.
 * Nothing is closed: the process ends in a moment, and what is open was made by root or procfs.
 * Source: reference security.md H-36 to H-44, H-65, H-68; pidfd_open(2), ioctl_ns(2), proc(5). */
#pragma once

#include "helper/harden.h"

/* The policy, and what it and the subid files grant to the caller: the latter for a request of more
 * than the caller's own ids. */
void facts_policy(const struct wire_request *request, struct facts *facts);

/* *ret_dir is the /proc directory of the process, for whom acts on it. */
void facts_target(int proc, int pidfd, struct target *target, int *ret_dir);

/* The beginning of a file below DIR, which is a directory of procfs; null if it cannot be read. */
struct text facts_read(int dir, const char *name, char *data, size_t size);

/* Below DIR, in the same file system, through no symbolic link but procfs's own `self`. */
int facts_open(int dir, const char *name, uint64_t flags);

/* A directory by its absolute path, through no symbolic link at all. */
int facts_open_path(const char *path);
