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

/* What hides a path. The first path gets the mount itself, the others copies of it: before Linux 6.15
 * open_tree(2) copies only what is attached in the caller's mount namespace (EINVAL). */
struct cover {
	int tree;
	bool attached;
};

static void cover_close(struct cover *cover)
{
	close_fd(&cover->tree);
}

static int cover(struct cover *cover, int target)
{
	_cleanup_(close_fd) int copy = -1;

	if (!cover->attached) {
		cover->attached = mount_attach(cover->tree, target) == 0;
		return cover->attached ? 0 : -1;
	}
	copy = mount_copy_fd(cover->tree, false);
	return copy < 0 ? -1 : mount_attach(copy, target);
}

static int cover_directory(struct cover *empty, int target)
{
	if (empty->tree < 0)
		empty->tree = empty_directory();
	return empty->tree < 0 ? -1 : cover(empty, target);
}

static int mask(const struct init *init, const char *path, struct cover *empty, struct cover *null,
		struct error *err)
{
	_cleanup_(close_fd) int target = -1;
	struct stat status;
	int found = find(init, path, &target, err);

	if (found != 0)
		return found < 0 ? -1 : 0;
	if (fstat(target, &status) < 0)
		return failed("mask", path, err);
	if (S_ISDIR(status.st_mode) ? cover_directory(empty, target) : cover(null, target))
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
	_cleanup_(cover_close) struct cover empty = { .tree = -1 };
	struct cover null = { .tree = init->null };

	for (size_t i = 0; plan->readonly && plan->readonly[i]; i++) {
		if (make_readonly(init, plan->readonly[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; plan->masked && plan->masked[i]; i++) {
		if (mask(init, plan->masked[i], &empty, &null, err) < 0)
			return -1;
	}
	return 0;
}
