#include "frontend/init/stages.h"

#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/init/mountapi.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <linux/magic.h>

#define OTHER_DESCRIPTORS 64 /* what else is open while sources are */

static int copy_failed(const struct plan_mount *mount, struct error *err)
{
	int sys = errno;

	error_sys(err, "%s: bind %s", mount->path, mount->source);
	error_code(err, RR_FS_02);
	if (sys == EINVAL && !mount->recursive)
		return error_hint(err, "something is mounted below it that may not be uncovered: "
				       "use \"rbind\" instead of \"bind\"");
	if (sys == EMFILE)
		return error_hint(err, "each mount takes a descriptor: raise ulimit -H -n");
	if (sys == EACCES || sys == EPERM)
		return error_hint(err,
				  "you need to be able to reach it yourself: rrun opens it as you");
	return -1;
}

static int mount_source(const struct plan_mount *mount, int *ret, struct error *err)
{
	*ret = -1;
	if (mount->kind != MOUNT_BIND)
		return 0;
	*ret = mount_copy(AT_FDCWD, mount->source, mount->recursive);
	return *ret < 0 ? copy_failed(mount, err) : 0;
}

/* The node of the host must be the device that was asked for, not what stands there by that
 * name. */
static int device_check(const struct plan_device *device, int fd, struct error *err)
{
	mode_t kind = device->type == 'b' ? S_IFBLK : S_IFCHR;
	struct stat status;

	if (fstat(fd, &status) < 0) {
		error_sys(err, "%s: look at %s", device->where, device->path);
		return error_code(err, RR_FS_04);
	}
	if ((status.st_mode & S_IFMT) != kind ||
	    status.st_rdev != makedev(device->major, device->minor)) {
		error_set(err, RR_FS_04, "%s: %s of the host is not the device %c %u:%u",
			  device->where, device->path, device->type, device->major, device->minor);
		return error_hint(err,
				  "a user namespace cannot make devices, only show the host's");
	}
	return 0;
}

static int device_source(const struct plan_device *device, int *ret, struct error *err)
{
	*ret = -1;
	if (device->type == 'p')
		return 0;
	*ret = mount_copy(AT_FDCWD, device->path, false);
	if (*ret < 0) {
		error_sys(err, "%s: open %s of the host", device->where, device->path);
		return error_code(err, RR_FS_04);
	}
	return device_check(device, *ret, err);
}

/* What masks files must be the kernel's own null device. */
static int null_source(struct init *init, struct error *err)
{
	static const struct plan_device null = { "the masks", "/dev/null", 'c', 1, 3 };

	return device_source(&null, &init->null, err);
}

static void sources_alloc(struct init *init, struct arena *arena)
{
	init->mount_sources = arena_array(arena, init->plan->mount_count + 1, sizeof(int));
	init->device_sources = arena_array(arena, init->plan->device_count + 1, sizeof(int));
}

/* One descriptor a source: as many as may be had at all, if need be. */
static int descriptors_allow(struct init *init, struct error *err)
{
	const struct plan *plan = init->plan;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return error_sys(err, "look at the limit of descriptors");
	if (plan->mount_count + plan->device_count + OTHER_DESCRIPTORS <= limit.rlim_cur ||
	    limit.rlim_cur == limit.rlim_max)
		return 0;
	init->soft_limit = limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return error_sys(err, "raise the limit of descriptors");
	return 0;
}

int descriptors_restore(const struct init *init, struct error *err)
{
	struct rlimit limit;

	if (init->soft_limit == 0)
		return 0;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return error_sys(err, "look at the limit of descriptors");
	limit.rlim_cur = init->soft_limit;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return error_sys(err, "set the limit of descriptors back");
	return 0;
}

/* True after: everything that the container gets from the host is held by a descriptor, opened with
 * the caller's own rights, before the child takes on ids of the container (gotchas.md 23). */
int stage_sources(struct init *init, struct error *err)
{
	const struct plan *plan = init->plan;
	struct arena arena = { 0 };

	sources_alloc(init, &arena);
	if (descriptors_allow(init, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->mount_count; i++) {
		if (mount_source(&plan->mounts[i], &init->mount_sources[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < plan->device_count; i++) {
		if (device_source(&plan->devices[i], &init->device_sources[i], err) < 0)
			return -1;
	}
	return null_source(init, err);
}
