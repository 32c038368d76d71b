/* Paths inside the root filesystem, which the image made and may have made against us.
 *
 * Promises: every path is resolved by the kernel with the root as its "/", magic links refused, and
 * comes back as a descriptor; nothing is ever created or opened outside the root, whatever symlinks
 * stand on the way.
 * Takes: ROOT, a descriptor of the root directory; an absolute PATH.
 * Gives: O_PATH descriptors, close-on-exec.
 * Fails: RR_FS_03 naming the path. target_open gives ENOENT in err->sys where there is nothing.
 * Source: openat2(2), path_resolution(7). */
#pragma once

#include "frontend/error.h"

#include <stdbool.h>
#include <sys/types.h>

int target_open(int root, const char *path, int *ret, struct error *err);
/* A directory that is no symlink itself; made 0755 when missing. */
int target_directory_real(int root, const char *path, int *ret, struct error *err);
/* Whatever stands there; made when missing, with the directories above it. */
int target_make_directory(int root, const char *path, mode_t mode, int *ret, struct error *err);
int target_make_file(int root, const char *path, int *ret, struct error *err);
/* The directory above PATH, made when missing; *ret_name is PATH's last component. */
int target_parent(int root, const char *path, int *ret, const char **ret_name, struct error *err);
