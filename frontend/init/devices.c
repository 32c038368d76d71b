#include "frontend/init/stages.h"

#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/init/mountapi.h"
#include "frontend/init/target.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int failed(const char *where, const char *path, struct error *err)
{
	error_sys(err, "%s: make %s in the container", where, path);
	return error_code(err, RR_FS_04);
}

/* A node is an empty file with the host's node on top. Both by the directory's descriptor and a
 * single name, and neither call follows a symlink that the image may have put there. */
static int node_make(int directory, const char *name, int source)
{
	if (mknodat(directory, name, S_IFREG | 0666, 0) < 0 && errno != EEXIST)
		return -1;
	return (int)syscall(SYS_move_mount, source, "", directory, name, MOVE_MOUNT_F_EMPTY_PATH);
}

static int device_make(const struct init *init, const struct plan_device *device, int source,
		       struct error *err)
{
	_cleanup_(close_fd) int directory = -1;
	const char *name;
	int made;

	if (target_parent(init->root, device->path, &directory, &name, err) < 0)
		return -1;
	if (device->type == 'p')
		made = mknodat(directory, name, S_IFIFO | 0666, 0);
	else
		made = node_make(directory, name, source);
	return made < 0 ? failed(device->where, device->path, err) : 0;
}

/* The common case, without a path walk a device: directly in /dev. */
static const char *in_dev(const char *path)
{
	if (strncmp(path, "/dev/", 5) != 0 || strchr(path + 5, '/'))
		return NULL;
	return path + 5;
}

static int devices_make(struct init *init, struct error *err)
{
	const struct plan *plan = init->plan;

	for (size_t i = 0; i < plan->device_count; i++) {
		const struct plan_device *device = &plan->devices[i];
		const char *name = device->type == 'p' ? NULL : in_dev(device->path);
		int *source = &init->device_sources[i];

		if (name && node_make(init->dev, name, *source) < 0)
			return failed(device->where, device->path, err);
		if (!name && device_make(init, device, *source, err) < 0)
			return -1;
		close_fd(source);
	}
	return 0;
}

/* OCI, config-linux.md "Dev symbolic links"; an entry of the image's own is kept. */
static int links_make(int dev, struct error *err)
{
	static const struct {
		const char *name, *target;
	} links[] = {
		{ "fd", "/proc/self/fd" },	 { "stdin", "/proc/self/fd/0" },
		{ "stdout", "/proc/self/fd/1" }, { "stderr", "/proc/self/fd/2" },
		{ "core", "/proc/kcore" },	 { "ptmx", "pts/ptmx" },
	};

	for (size_t i = 0; i < count_of(links); i++) {
		if (symlinkat(links[i].target, dev, links[i].name) < 0 && errno != EEXIST)
			return failed("the links in /dev", links[i].name, err);
	}
	return 0;
}

/* True after: the default devices, those of the plan and the links stand in the container's
 * /dev. */
int stage_devices(struct init *init, struct error *err)
{
	if (target_make_directory(init->root, "/dev", 0755, &init->dev, err) < 0)
		return -1;
	if (devices_make(init, err) < 0)
		return -1;
	return init->plan->make_dev ? links_make(init->dev, err) : 0;
}
