#include "frontend/plan/parts.h"

#include "common/attr.h"
#include "frontend/codes.h"
#include "frontend/plan/options.h"

#include <limits.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

/* mount(2) takes a page and drops the rest without a word; a "mode=" of ours may come before it. */
#define DATA_BYTES ((size_t)4096 - 16)

const char *plan_clean(struct arena *arena, const char *path)
{
	char *clean = arena_alloc(arena, strlen(path) + 2);
	size_t length = 0;

	while (*path) {
		size_t name = strcspn(path, "/");

		if (name > 0 && !(name == 1 && path[0] == '.')) {
			clean[length++] = '/';
			memcpy(clean + length, path, name);
			length += name;
		}
		path += name + (path[name] == '/');
	}
	if (length == 0)
		clean[length++] = '/';
	clean[length] = '\0';
	return clean;
}

/* Does PATH, with its ".." taken at face value, come back to "/"? */
static bool is_root(const char *path)
{
	int depth = 0;

	while (*path) {
		size_t name = strcspn(path + 1, "/");

		if (name == 2 && strncmp(path + 1, "..", 2) == 0)
			depth -= depth > 0;
		else
			depth += name > 0;
		path += name + 1;
	}
	return depth == 0;
}

static bool is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	return strncmp(path, directory, length) == 0 && path[length] == '/';
}

/* What lxcfs and the like may cover; any other mount below /proc could fake what a later step
 * writes to (R-5, CVE-2019-16884). reference oci-reference.md §5.7. */
static bool may_cover_proc(const char *target)
{
	static const char *const allowed[] = {
		"/proc/cpuinfo",
		"/proc/diskstats",
		"/proc/meminfo",
		"/proc/stat",
		"/proc/swaps",
		"/proc/uptime",
		"/proc/loadavg",
		"/proc/slabinfo",
		"/proc/sys/kernel/ns_last_pid",
		"/proc/sys/crypto/fips_enabled",
	};

	for (size_t i = 0; i < count_of(allowed); i++) {
		if (strcmp(target, allowed[i]) == 0)
			return true;
	}
	return false;
}

static bool shows_proc(const struct plan_mount *mount)
{
	return strcmp(mount->kind == MOUNT_BIND ? mount->source : mount->type,
		      mount->kind == MOUNT_BIND ? "/proc" : "proc") == 0;
}

static int target_check(const struct spec_mount *from, const struct plan_mount *mount,
			struct error *err)
{
	if (strlen(mount->target) >= PATH_MAX)
		return json_refuse(from->json, err, "the destination is longer than a path may be");
	if (is_root(mount->target))
		return json_refuse(from->json, err, "nothing can be mounted on / itself");
	if (is_below(mount->target, "/proc") && !may_cover_proc(mount->target)) {
		json_refuse(from->json, err, "%s: nothing may be mounted inside /proc",
			    mount->target);
		return error_hint(err, "use linux.maskedPaths or linux.readonlyPaths");
	}
	if (strcmp(mount->target, "/proc") == 0 && !shows_proc(mount))
		return json_refuse(from->json, err,
				   "only a proc filesystem may be mounted on /proc");
	return 0;
}

static const char *bundle_path(struct arena *arena, const struct plan_facts *facts,
			       const char *path)
{
	return path[0] == '/' ? path : arena_print(arena, "%s/%s", facts->bundle, path);
}

static int bind_plan(struct arena *arena, const struct spec_mount *from,
		     const struct plan_facts *facts, const struct mount_options *options,
		     struct plan_mount *mount, struct error *err)
{
	if (!from->source || !from->source[0])
		return json_refuse(from->json, err, "a bind mount needs a source");
	if (options->data)
		return json_refuse(
			from->json, err,
			"bind mounts cannot have any filesystem-specific options applied (%s)",
			options->data);
	mount->kind = MOUNT_BIND;
	mount->source = bundle_path(arena, facts, from->source);
	mount->recursive = options->recursive;
	mount_options_attributes(options, &mount->attr_set, &mount->attr_clear);
	return 0;
}

/* A filesystem that shows a namespace which the container shares with the host can only be bound:
 * its mount needs power over that namespace. gotchas.md 62; oci-reference.md §18. */
static const char *host_instance(const struct plan *plan, const char *type)
{
	static const struct {
		const char *type, *path;
		uint64_t namespace;
	} shared[] = {
		{ "sysfs", "/sys", CLONE_NEWNET },
		{ "proc", "/proc", CLONE_NEWPID },
		{ "mqueue", "/dev/mqueue", CLONE_NEWIPC },
		{ "cgroup2", "/sys/fs/cgroup", CLONE_NEWCGROUP },
	};

	for (size_t i = 0; i < count_of(shared); i++) {
		if (strcmp(type, shared[i].type) == 0 && !(plan->namespaces & shared[i].namespace))
			return shared[i].path;
	}
	return NULL;
}

static void instance_bind(const struct mount_options *options, const char *path,
			  struct plan_mount *mount)
{
	mount->kind = MOUNT_BIND;
	mount->source = path;
	mount->recursive = true;
	mount_options_attributes(options, &mount->attr_set, &mount->attr_clear);
	mount->attr_clear = 0;
	mount->recursive_set = mount->attr_set & MOUNT_ATTR_RDONLY;
	/* The host's cgroups are not the container's to write. */
	if (strcmp(path, "/sys/fs/cgroup") == 0)
		mount->recursive_set |= MOUNT_ATTR_RDONLY;
}

/* Drop "uid=" and "gid=" words whose id is not mapped: the kernel would answer EINVAL. */
static const char *data_mapped(struct arena *arena, const struct plan *plan, const char *data)
{
	char *ret = arena_alloc(arena, strlen(data) + 1), *end = ret;

	while (*data) {
		size_t length = strcspn(data, ",");
		bool uid = strncmp(data, "uid=", 4) == 0, gid = strncmp(data, "gid=", 4) == 0;
		uint32_t id = uid || gid ? (uint32_t)strtoul(data + 4, NULL, 10) : 0;

		if ((!uid || plan_maps(&plan->uids, id)) && (!gid || plan_maps(&plan->gids, id))) {
			if (end != ret)
				*end++ = ',';
			end = mempcpy(end, data, length);
		}
		data += length + (data[length] == ',');
	}
	*end = '\0';
	return ret[0] ? ret : NULL;
}

static void tmpfs_plan(struct plan_mount *mount)
{
	/* Later mounts may need mount points inside: read-only comes last. */
	mount->seal = mount->flags & MS_RDONLY;
	mount->flags &= ~(unsigned long)MS_RDONLY;
	mount->keep_mode = !mount->data || !strstr(mount->data, "mode=");
}

static int filesystem_plan(struct arena *arena, const struct spec_mount *from,
			   const struct mount_options *options, const struct plan *plan,
			   struct plan_mount *mount, struct error *err)
{
	const char *type = from->type && strcmp(from->type, "cgroup") == 0 ? "cgroup2" : from->type;
	const char *instance;

	if (!type || !type[0] || strcmp(type, "none") == 0)
		return json_refuse(
			from->json, err,
			"neither a type nor \"bind\" among the options: nothing to mount");
	mount->type = type;
	mount->source = from->source && from->source[0] ? from->source : type;
	mount->real_directory = strcmp(type, "proc") == 0 || strcmp(type, "sysfs") == 0;
	instance = host_instance(plan, type);
	if (instance) {
		instance_bind(options, instance, mount);
		return 0;
	}
	mount->kind = MOUNT_FILESYSTEM;
	mount->flags = options->set;
	if (options->data && strlen(options->data) > DATA_BYTES)
		return json_refuse(from->json, err, "the options are more than mount(2) takes");
	mount->data = options->data ? data_mapped(arena, plan, options->data) : NULL;
	if (strcmp(type, "tmpfs") == 0)
		tmpfs_plan(mount);
	return 0;
}

static int mount_plan(struct arena *arena, const struct spec_mount *from,
		      const struct plan_facts *facts, const struct plan *plan,
		      struct plan_mount *mount, struct error *err)
{
	struct mount_options *options = arena_new(arena, struct mount_options);
	char path[64];

	json_path(from->json, path, sizeof(path));
	mount->path = arena_print(arena, "%s", path);
	mount->target = plan_clean(arena, from->destination);
	mount_options_read(arena, from->options, options);
	if (options->unsupported || options->remount) {
		json_refuse(from->json, err, "the option \"%s\" is not supported yet",
			    options->unsupported ? options->unsupported : "remount");
		return error_code(err, RR_CFG_05);
	}
	if (options->bind ? bind_plan(arena, from, facts, options, mount, err)
			  : filesystem_plan(arena, from, options, plan, mount, err))
		return -1;
	mount->recursive_set |= options->recursive_set;
	mount->recursive_clear |= options->recursive_clear;
	mount->propagation = options->propagation[0] ? options->propagation : NULL;
	return target_check(from, mount, err);
}

static void notify_plan(const char *directory, struct plan_mount *mount)
{
	*mount = (struct plan_mount){
		.path = "NOTIFY_SOCKET",
		.kind = MOUNT_BIND,
		.target = "/run/notify",
		.source = directory,
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			    MOUNT_ATTR_NOEXEC,
	};
}

int plan_mounts(struct arena *arena, const struct spec *spec, const struct plan_facts *facts,
		struct plan *plan, struct error *err)
{
	struct plan_mount *mounts = arena_array(arena, spec->mount_count + 1, sizeof(*mounts));

	for (size_t i = 0; i < spec->mount_count; i++) {
		if (mount_plan(arena, &spec->mounts[i], facts, plan, &mounts[i], err) < 0)
			return -1;
	}
	plan->mounts = mounts;
	plan->mount_count = spec->mount_count;
	if (facts->notify_dir)
		notify_plan(facts->notify_dir, &mounts[plan->mount_count++]);
	return 0;
}

static bool is_mounted(const struct plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->mount_count; i++) {
		if (strcmp(plan->mounts[i].target, path) == 0)
			return true;
	}
	return false;
}

static bool dev_is_bound(const struct plan *plan)
{
	for (size_t i = 0; i < plan->mount_count; i++) {
		if (strcmp(plan->mounts[i].target, "/dev") == 0 &&
		    plan->mounts[i].kind == MOUNT_BIND)
			return true;
	}
	return false;
}

static const struct plan_device devices_default[] = {
	{ "the default devices", "/dev/null", 'c', 1, 3 },
	{ "the default devices", "/dev/zero", 'c', 1, 5 },
	{ "the default devices", "/dev/full", 'c', 1, 7 },
	{ "the default devices", "/dev/random", 'c', 1, 8 },
	{ "the default devices", "/dev/urandom", 'c', 1, 9 },
	{ "the default devices", "/dev/tty", 'c', 5, 0 },
};

static const struct plan_device *default_find(const char *path)
{
	for (size_t i = 0; i < count_of(devices_default); i++) {
		if (strcmp(devices_default[i].path, path) == 0)
			return &devices_default[i];
	}
	return NULL;
}

/* 1: rrun supplies it anyway. A default device under another number is a mistake or worse. */
static int device_supplied(const struct spec_device *from, const char *path, struct error *err)
{
	const struct plan_device *device = default_find(path);

	if (strcmp(path, "/dev/ptmx") == 0 || strcmp(path, "/dev/console") == 0)
		return 1;
	if (!device)
		return 0;
	if (device->type == from->type && device->major == from->major &&
	    device->minor == from->minor)
		return 1;
	return json_refuse(from->json, err, "%s is always the device %c %u:%u", path, device->type,
			   device->major, device->minor);
}

int plan_devices(struct arena *arena, const struct spec *spec, struct plan *plan, struct error *err)
{
	struct plan_device *devices = arena_array(
		arena, spec->device_count + count_of(devices_default), sizeof(*devices));
	size_t used = 0;

	plan->make_dev = !dev_is_bound(plan);
	for (size_t i = 0; plan->make_dev && i < count_of(devices_default); i++) {
		if (!is_mounted(plan, devices_default[i].path))
			devices[used++] = devices_default[i];
	}
	/* In a /dev that is the host's or the user's nothing is made, as runc has it. */
	for (size_t i = 0; plan->make_dev && i < spec->device_count; i++) {
		const struct spec_device *from = &spec->devices[i];
		const char *path = plan_clean(arena, from->path);
		char where[64];
		int supplied;

		if (strstr(path, "/.."))
			return json_refuse(from->json, err, "a device path may not contain \"..\"");
		supplied = device_supplied(from, path, err);
		if (supplied < 0)
			return -1;
		if (supplied || is_mounted(plan, path))
			continue;
		json_path(from->json, where, sizeof(where));
		devices[used++] = (struct plan_device){ arena_print(arena, "%s", where), path,
							from->type, from->major, from->minor };
	}
	plan->devices = devices;
	plan->device_count = used;
	return 0;
}
