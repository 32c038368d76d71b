#include "frontend/init/stages.h"

#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/init/mountapi.h"
#include "frontend/init/target.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static int mount_failed(const struct plan_mount *mount, struct error *err)
{
	int sys = errno;

	if (mount->kind == MOUNT_BIND)
		error_sys(err, "%s: bind %s on %s", mount->path, mount->source, mount->target);
	else
		error_sys(err, "%s: mount %s on %s with \"%s\"", mount->path, mount->type,
			  mount->target, mount->data ? mount->data : "");
	error_code(err, RR_FS_02);
	if (sys == ENODEV)
		return error_why(err, "the kernel has no filesystem \"%s\"", mount->type);
	if (sys == EPERM && mount->kind == MOUNT_FILESYSTEM && strcmp(mount->type, "proc") == 0)
		return error_hint(
			err, "proc cannot be mounted: the /proc that rrun sees is partly covered "
			     "(a container with masked paths?)");
	if (sys == EPERM && mount->kind == MOUNT_FILESYSTEM)
		return error_hint(
			err, "%s is not mountable in a user namespace, or its source is not yours",
			mount->type);
	if (sys == EPERM)
		return error_hint(err,
				  "cannot clear locked flags: what the host mounted nosuid, nodev, "
				  "noexec or read-only stays so");
	return -1;
}

/* A symlink of the image can lead a harmless destination into proc: what is written there later, by
 * us too, would go to a fake. The plan has judged those that say "/proc". */
static int proc_guard(const struct plan_mount *mount, int target, struct error *err)
{
	struct statfs filesystem;

	/* "/proc" and "/proc/…", not "/procdata": the NUL at the end is found as well. */
	if (strncmp(mount->target, "/proc", 5) == 0 && strchr("/", mount->target[5]))
		return 0;
	if (fstatfs(target, &filesystem) < 0)
		return mount_failed(mount, err);
	if (filesystem.f_type != PROC_SUPER_MAGIC)
		return 0;
	error_set(err, RR_FS_03, "%s: mount on %s", mount->path, mount->target);
	return error_why(err, "in this image it leads into /proc");
}

static int bind_target(const struct init *init, const struct plan_mount *mount, int source,
		       int *ret, struct error *err)
{
	struct stat status;

	if (fstat(source, &status) < 0)
		return mount_failed(mount, err);
	if (mount->real_directory)
		return target_directory_real(init->root, mount->target, ret, err);
	return S_ISDIR(status.st_mode)
		       ? target_make_directory(init->root, mount->target, 0755, ret, err)
		       : target_make_file(init->root, mount->target, ret, err);
}

/* Attributes go on while the copy is still detached: there is no moment without them. Setting more
 * flags than a locked mount has is allowed, clearing one is not; no need to repeat what is there.
 * mount_setattr(2). */
static int bind_perform(const struct init *init, const struct plan_mount *mount, int source,
			struct error *err)
{
	_cleanup_(close_fd) int target = -1;

	if (bind_target(init, mount, source, &target, err) < 0 ||
	    proc_guard(mount, target, err) < 0)
		return -1;
	if ((mount->attr_set || mount->attr_clear) &&
	    mount_attributes(source, mount->attr_set, mount->attr_clear, false) < 0)
		return mount_failed(mount, err);
	if ((mount->recursive_set || mount->recursive_clear) &&
	    mount_attributes(source, mount->recursive_set, mount->recursive_clear, true) < 0)
		return mount_failed(mount, err);
	for (size_t i = 0; mount->propagation && mount->propagation[i]; i++) {
		if (mount_propagation(source, mount->propagation[i]) < 0)
			return mount_failed(mount, err);
	}
	return mount_attach(source, target) < 0 ? mount_failed(mount, err) : 0;
}

/* tmpfs would give a covered /tmp its own idea of a mode: the mode of what it covers goes first, so
 * that a mode= of the config still wins. */
static int data_with_mode(int target, const char *data, char *buffer, size_t size)
{
	struct stat status;

	if (fstat(target, &status) < 0)
		return -1;
	snprintf(buffer, size, "mode=%o%s%s", status.st_mode & 07777, data ? "," : "",
		 data ? data : "");
	return 0;
}

/* The mount that now stands on TARGET, which TARGET itself is still below of. */
static int attributes_after(const struct init *init, const struct plan_mount *mount,
			    struct error *err)
{
	_cleanup_(close_fd) int top = -1;

	if (!mount->recursive_set && !mount->recursive_clear && !mount->propagation)
		return 0;
	if (target_open(init->root, mount->target, &top, err) < 0)
		return -1;
	if ((mount->recursive_set || mount->recursive_clear) &&
	    mount_attributes(top, mount->recursive_set, mount->recursive_clear, true) < 0)
		return mount_failed(mount, err);
	for (size_t i = 0; mount->propagation && mount->propagation[i]; i++) {
		if (mount_propagation(top, mount->propagation[i]) < 0)
			return mount_failed(mount, err);
	}
	return 0;
}

static int mount_new(const struct plan_mount *from, const char *data)
{
	return mount(from->source, ".", from->type, from->flags, data);
}

static int filesystem_perform(const struct init *init, const struct plan_mount *mount,
			      struct error *err)
{
	_cleanup_(close_fd) int target = -1;
	char buffer[4096];
	const char *data = mount->data;

	if (mount->real_directory
		    ? target_directory_real(init->root, mount->target, &target, err)
		    : target_make_directory(init->root, mount->target, 0755, &target, err))
		return -1;
	if (proc_guard(mount, target, err) < 0)
		return -1;
	if (mount->keep_mode) {
		if (data_with_mode(target, data, buffer, sizeof(buffer)) < 0)
			return mount_failed(mount, err);
		data = buffer;
	}
	/* By descriptor: "." of the directory just opened, whatever its path leads to by now. */
	if (fchdir(target) < 0 || mount_new(mount, data) < 0)
		return mount_failed(mount, err);
	return attributes_after(init, mount, err);
}

/* True after: every mount of the plan stands, in its order; read-only ones that others may need to
 * write a mount point in are still writable. */
int stage_mounts(struct init *init, struct error *err)
{
	const struct plan *plan = init->plan;

	if (root_check(init, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->mount_count; i++) {
		int *source = &init->mount_sources[i];

		if (*source >= 0 ? bind_perform(init, &plan->mounts[i], *source, err)
				 : filesystem_perform(init, &plan->mounts[i], err))
			return -1;
		close_fd(source);
	}
	return 0;
}

/* True after: what was to be read-only is; the limit of descriptors is the caller's again. */
int stage_seal(struct init *init, struct error *err)
{
	const struct plan *plan = init->plan;

	for (size_t i = 0; i < plan->mount_count; i++) {
		_cleanup_(close_fd) int top = -1;

		if (!plan->mounts[i].seal)
			continue;
		if (target_open(init->root, plan->mounts[i].target, &top, err) < 0)
			return -1;
		if (mount_attributes(top, MOUNT_ATTR_RDONLY, 0, false) < 0)
			return mount_failed(&plan->mounts[i], err);
	}
	return descriptors_restore(init, err);
}
