/* The pid file that callers wait for.
 *
 * Promises: decimal digits, no newline; appears whole or not at all; a stale temporary of a run
 * that was killed cannot stand in the way of a later one.
 * Takes: a path, relative to the caller's working directory, and a pid. Follows no symlink at its
 * end.
 * Fails: RR_PID_01 naming the path.
 * Source: reference cli-contract.md §11.1; open(2) O_EXCL, rename(2). */
#pragma once

#include "frontend/error.h"

#include <sys/types.h>

int pidfile_write(const char *path, pid_t pid, struct error *err);
void pidfile_remove(const char *path);
