#include "frontend/cgroup/parts.h"

#include "frontend/cgroup/file.h"
#include "frontend/codes.h"
#include "frontend/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEVELS 32 /* of cgroups made on the way: a longer path is nobody's */

/* What to take back when a later step fails. */
struct made {
	int parent[LEVELS]; /* the directory that name[] was made in */
	const char *name[LEVELS];
	size_t count;
	int base; /* where rrun stood before it went to CGROUP_SELF; -1: it stayed */
};

static void made_close(struct made *made)
{
	while (made->count)
		close_fd(&made->parent[--made->count]);
	close_fd(&made->base);
}

static void self_back(int base)
{
	file_write(base, "cgroup.procs", "0");
	unlinkat(base, CGROUP_SELF, AT_REMOVEDIR);
}

static void take_back(struct made *made)
{
	for (size_t i = made->count; i-- > 0;)
		unlinkat(made->parent[i], made->name[i], AT_REMOVEDIR);
	if (made->base >= 0) {
		controllers_drop(made->base);
		self_back(made->base);
	}
}

static int unmade(const char *path, struct error *err)
{
	error_sys(err, "make the cgroup %s", path);
	return error_code(err, RR_CGR_03);
}

static int unfit(const char *path, struct error *err, const char *what, const char *why)
{
	error_set(err, RR_CGR_03, "%s", what);
	error_while(err, "make the cgroup %s", path);
	return why ? error_why(err, "%s", why) : -1;
}

/* A cgroup with processes cannot give controllers to those below it: cgroups(7), "no internal
 * processes". */
static int leave_base(int base, struct made *made, struct error *err)
{
	_cleanup_(close_fd) int self = -1;

	if (is_real_root(base) || !holds_only_us(base))
		return 0;
	if (mkdirat(base, CGROUP_SELF, 0755) < 0 && errno != EEXIST)
		return unmade(CGROUP_SELF, err);
	self = openat(base, CGROUP_SELF, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (self < 0 || file_write(self, "cgroup.procs", "0") < 0) {
		unmade(CGROUP_SELF, err);
		unlinkat(base, CGROUP_SELF, AT_REMOVEDIR);
		return -1;
	}
	made->base = openat(base, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return 0;
}

/* All in one write, else one by one: what could not be had shows when its limit is written. */
static void enable(int dir, uint32_t wanted)
{
	uint32_t missing = wanted & ~controllers_read(dir, "cgroup.subtree_control");
	char all[128] = "", one[16];
	size_t used = 0;

	for (uint32_t bit = 1; bit <= CONTROLLER_MISC; bit <<= 1)
		if (missing & bit)
			used += (size_t)snprintf(all + used, sizeof(all) - used, "+%s ",
						 controller_name(bit));
	if (!used || file_write(dir, "cgroup.subtree_control", all) == 0)
		return;
	for (uint32_t bit = 1; bit <= CONTROLLER_MISC; bit <<= 1) {
		snprintf(one, sizeof(one), "+%s", controller_name(bit));
		if (missing & bit)
			file_write(dir, "cgroup.subtree_control", one);
	}
}

void cgroup_enable(int dir, uint32_t controllers)
{
	_cleanup_(close_fd) int above = -1;
	uint32_t missing = controllers & ~controllers_read(dir, "cgroup.controllers");

	if (!missing)
		return;
	above = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (above < 0 || !is_cgroup2(above))
		return;
	cgroup_enable(above, missing);
	enable(above, missing);
}

void controllers_drop(int dir)
{
	uint32_t on = controllers_read(dir, "cgroup.subtree_control");
	char one[16];

	for (uint32_t bit = 1; bit <= CONTROLLER_MISC; bit <<= 1) {
		snprintf(one, sizeof(one), "-%s", controller_name(bit));
		if (on & bit)
			file_write(dir, "cgroup.subtree_control", one);
	}
}

static int count_processes(struct arena *arena, int dir, size_t *ret, struct error *err)
{
	pid_t *ignored;

	return cgroup_processes(arena, dir, &ignored, ret, err);
}

/* What was there before: nobody's by now, and able to run. */
static int check_old(struct arena *arena, int dir, const char *path, struct error *err)
{
	size_t count;

	if (count_processes(arena, dir, &count, err) < 0)
		return -1;
	if (count)
		return unfit(path, err,
			     arena_print(arena,
					 "container's cgroup is not empty: %zu process(es) found",
					 count),
			     NULL);
	if (cgroup_frozen(dir))
		return unfit(path, err, "container's cgroup unexpectedly frozen", NULL);
	return 0;
}

static int check_type(int dir, const char *path, struct error *err)
{
	char type[64];

	if (file_read(dir, "cgroup.type", type, sizeof(type)) < 0)
		return file_refused(err, "read", "cgroup.type", dir);
	if (strcmp(type, "domain\n") == 0 || strcmp(type, "domain threaded\n") == 0)
		return 0;
	return unfit(path, err, "the cgroup can hold threads only, no container",
		     "a cgroup above it is threaded");
}

/* NAME in *dir, made when it is not there; *dir is it then. */
static int step(int *dir, const char *name, struct made *made, bool *ret_new)
{
	int below;

	*ret_new = mkdirat(*dir, name, 0755) == 0;
	if (!*ret_new && errno != EEXIST)
		return -1;
	if (*ret_new) {
		made->name[made->count] = name;
		made->parent[made->count++] = openat(*dir, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	below = openat(*dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (below < 0)
		return -1;
	close_fd(dir);
	*dir = below;
	return 0;
}

/* From BASE down REST, "a/b/c", with the controllers on in all but the last. */
static int descend(struct arena *arena, int base, const char *rest, uint32_t wanted,
		   struct made *made, bool *ret_new, int *ret)
{
	_cleanup_(close_fd) int dir = openat(base, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t levels = 0;

	if (dir < 0)
		return -1;
	while (*(rest += strspn(rest, "/"))) {
		size_t length = strcspn(rest, "/");

		if (++levels > LEVELS) {
			errno = ENAMETOOLONG;
			return -1;
		}
		if (wanted)
			enable(dir, wanted);
		if (step(&dir, arena_copy(arena, rest, length), made, ret_new) < 0)
			return -1;
		rest += length;
	}
	*ret = take_fd(&dir);
	return 0;
}

/* What stands behind BASE in PATH; null when PATH is not below it. */
static const char *below(const char *base, const char *path)
{
	size_t length = strlen(base);

	while (length && base[length - 1] == '/')
		length--;
	if (strncmp(base, path, length) != 0 || path[length] != '/' || !path[length + 1])
		return NULL;
	return path + length;
}

static int fill(struct arena *arena, int dir, const char *path, bool new,
		const struct cgroup_limits *limits, struct error *err)
{
	if (!new &&check_old(arena, dir, path, err) < 0)
		return -1;
	if (check_type(dir, path, err) < 0)
		return -1;
	if (!limits || cgroup_limit(arena, dir, limits, err) == 0)
		return 0;
	return error_code(err, RR_CGR_02);
}

static int make(struct arena *arena, int base, const char *rest, const char *path,
		const struct cgroup_limits *limits, struct made *made, int *ret_dir,
		struct error *err)
{
	_cleanup_(close_fd) int dir = -1;
	uint32_t wanted = limits ? limits->controllers : 0;
	bool new = false;

	if (wanted && leave_base(base, made, err) < 0)
		return -1;
	if (descend(arena, base, rest, wanted, made, &new, &dir) < 0)
		return unmade(path, err);
	if (fill(arena, dir, path, new, limits, err) < 0)
		return -1;
	*ret_dir = take_fd(&dir);
	return 0;
}

int cgroup_make(struct arena *arena, const char *mount, const char *base, const char *path,
		const struct cgroup_limits *limits, struct cgroup *ret, int *ret_dir,
		struct error *err)
{
	_cleanup_(close_fd) int dir = -1, top = -1;
	_cleanup_(made_close) struct made made = { .base = -1 };
	const char *whole = arena_print(arena, "%s%s", mount, path);
	const char *rest = below(base, path);
	struct stat stat;

	if (!rest || !cgroup_path_fits(whole))
		return unfit(whole, err, "no cgroup can have this path", NULL);
	top = open(arena_print(arena, "%s%s", mount, base),
		   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (top < 0 || !is_cgroup2(top))
		return unmade(whole, err);
	if (make(arena, top, rest, whole, limits, &made, &dir, err) < 0) {
		take_back(&made);
		return -1;
	}
	if (fstat(dir, &stat) < 0)
		return unmade(whole, err);
	*ret = (struct cgroup){ .path = whole, .inode = stat.st_ino };
	*ret_dir = take_fd(&dir);
	return 0;
}

static bool has_children(int dir)
{
	uint64_t count;

	return !file_value(dir, "cgroup.stat", "nr_descendants", &count) || count > 1;
}

static void self_return_to(int base)
{
	_cleanup_(close_fd) int self =
		openat(base, CGROUP_SELF, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (self < 0 || unlinkat(base, CGROUP_SELF, AT_REMOVEDIR) == 0 || !holds_only_us(self) ||
	    has_children(base))
		return;
	controllers_drop(base);
	self_back(base);
}

void self_return(const char *path)
{
	char above[PATH_MAX];

	snprintf(above, sizeof(above), "%s", path);
	for (char *slash; (slash = strrchr(above, '/')) && slash > above;) {
		_cleanup_(close_fd) int base = -1;

		*slash = '\0';
		if (!cgroup_path_fits(above))
			return;
		base = open(above, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (base >= 0)
			self_return_to(base);
	}
}
