#include "frontend/init/stages.h"

#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/init/mountapi.h"
#include "frontend/init/target.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int failed(const char *what, const char *path, struct error *err)
{
	error_sys(err, "%s %s", what, path);
	return error_code(err, RR_FS_02);
}

/* 1: there is nothing at PATH, which is no error (OCI, config-linux.md "Masked Paths"). */
static int find(const struct init *init, const char *path, int *ret, struct error *err)
{
	if (target_open(init->root, path, ret, err) == 0)
		return 0;
	return err->sys == ENOENT || err->sys == ENOTDIR ? 1 : -1;
}

static int set(int fs, const char *key, const char *value)
{
	return (int)syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, value, 0);
}

/* An empty directory that nothing can be written to: one filesystem serves every mask. */
static int empty_directory(void)
{
	_cleanup_(close_fd) int fs = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);

	if (fs < 0 || set(fs, "nr_blocks", "1") < 0 || set(fs, "nr_inodes", "1") < 0 ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC,
			    MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				    MOUNT_ATTR_NOEXEC);
}

/* The first directory gets the filesystem itself, the others copies of it. */
static int cover_directory(int target, int *empty)
{
	_cleanup_(close_fd) int copy = -1;

	if (*empty < 0) {
		*empty = empty_directory();
		return *empty < 0 ? -1 : mount_attach(*empty, target);
	}
	copy = mount_copy_fd(*empty, false);
	return copy < 0 ? -1 : mount_attach(copy, target);
}

static int cover_file(int target, int null)
{
	_cleanup_(close_fd) int copy = (int)syscall(
		SYS_open_tree, null, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);

	return copy < 0 ? -1 : mount_attach(copy, target);
}

static int mask(const struct init *init, const char *path, int *empty, int null, struct error *err)
{
	_cleanup_(close_fd) int target = -1;
	struct stat status;
	int found = find(init, path, &target, err);

	if (found != 0)
		return found < 0 ? -1 : 0;
	if (fstat(target, &status) < 0)
		return failed("mask", path, err);
	if (S_ISDIR(status.st_mode) ? cover_directory(target, empty) : cover_file(target, null))
		return failed("mask", path, err);
	return 0;
}

static int make_readonly(const struct init *init, const char *path, struct error *err)
{
	_cleanup_(close_fd) int target = -1, copy = -1;
	int found = find(init, path, &target, err);

	if (found != 0)
		return found < 0 ? -1 : 0;
	copy = mount_copy_fd(target, true);
	if (copy < 0 || mount_attributes(copy, MOUNT_ATTR_RDONLY, 0, true) < 0 ||
	    mount_attach(copy, target) < 0)
		return failed("make read-only", path, err);
	return 0;
}

/* True after: read-only paths are, masked paths show nothing. */
int stage_paths(struct init *init, struct error *err)
{
	const struct plan *plan = init->plan;
	_cleanup_(close_fd) int empty = -1;

	for (size_t i = 0; plan->readonly && plan->readonly[i]; i++) {
		if (make_readonly(init, plan->readonly[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; plan->masked && plan->masked[i]; i++) {
		if (mask(init, plan->masked[i], &empty, init->null, err) < 0)
			return -1;
	}
	return 0;
}
