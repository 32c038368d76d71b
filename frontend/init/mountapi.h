/* The mount calls of Linux 5.2 to 5.14, of which glibc 2.36 wraps most and names them all.
 *
 * Promises: plain system calls, close-on-exec; -1 and errno on failure.
 * Source: open_tree(2), move_mount(2), mount_setattr(2), fsopen(2) as the kernel's
 * Documentation/filesystems/mount_api.rst has them. */
#pragma once

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mount.h>

/* A detached copy of what PATH (relative to DIR) shows; with what is mounted below if RECURSIVE. */
int mount_copy(int dir, const char *path, bool recursive);
/* The same of a descriptor. */
int mount_copy_fd(int fd, bool recursive);
/* Attach TREE on the object that TARGET is. */
int mount_attach(int tree, int target);
int mount_attributes(int tree, uint64_t set, uint64_t clear, bool recursive);
int mount_propagation(int tree, unsigned long flags); /* MS_SHARED and its like, perhaps | MS_REC */
