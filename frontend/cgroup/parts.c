#include "frontend/cgroup/parts.h"

#include "frontend/cgroup/file.h"
#include "frontend/codes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

bool is_cgroup2(int dir)
{
	struct statfs fs;

	return fstatfs(dir, &fs) == 0 && fs.f_type == CGROUP2_MAGIC;
}

/* cgroup-v2.rst: cgroup.events "exists on non-root cgroups". The root of a cgroup namespace has
 * it too. */
bool is_real_root(int dir)
{
	return is_cgroup2(dir) && faccessat(dir, "cgroup.events", F_OK, 0) < 0 && errno == ENOENT;
}

bool holds_none(int dir)
{
	char text[16];

	return file_read(dir, "cgroup.procs", text, sizeof(text)) == 0 && !*text;
}

bool holds_only_us(int dir)
{
	char text[32], ours[32];

	snprintf(ours, sizeof(ours), "%d\n", getpid());
	return file_read(dir, "cgroup.procs", text, sizeof(text)) == 0 && strcmp(text, ours) == 0;
}

void dir_name(int dir, char *buffer, size_t size)
{
	char link[32];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
	length = readlink(link, buffer, size - 1);
	snprintf(buffer + (length > 0 ? length : 0), size - (size_t)(length > 0 ? length : 0), "%s",
		 length > 0 ? "" : "the cgroup");
}

int file_refused(struct error *err, const char *step, const char *file, int dir)
{
	int saved = errno;
	char name[256];
	struct stat stat;

	dir_name(dir, name, sizeof(name));
	errno = saved;
	error_sys(err, "%s %s of %s", step, file, name);
	error_code(err, RR_CGR_06);
	if ((saved == EACCES || saved == EPERM) && fstatat(dir, file, &stat, 0) == 0)
		error_hint(err, "it is uid %u's to change", stat.st_uid);
	return -1;
}

static const struct {
	uint32_t controller;
	const char *name;
} controllers[] = {
	{ CONTROLLER_CPUSET, "cpuset" },   { CONTROLLER_CPU, "cpu" },
	{ CONTROLLER_IO, "io" },	   { CONTROLLER_MEMORY, "memory" },
	{ CONTROLLER_HUGETLB, "hugetlb" }, { CONTROLLER_PIDS, "pids" },
	{ CONTROLLER_RDMA, "rdma" },	   { CONTROLLER_MISC, "misc" },
};

const char *controller_name(uint32_t controller)
{
	for (size_t i = 0; i < count_of(controllers); i++)
		if (controllers[i].controller == controller)
			return controllers[i].name;
	return "";
}

uint32_t controllers_parse(const char *text)
{
	uint32_t found = 0;

	for (size_t length; text += strspn(text, " \n"), length = strcspn(text, " \n"), length;
	     text += length)
		for (size_t i = 0; i < count_of(controllers); i++)
			if (strlen(controllers[i].name) == length &&
			    memcmp(controllers[i].name, text, length) == 0)
				found |= controllers[i].controller;
	return found;
}

uint32_t controllers_read(int dir, const char *file)
{
	char text[256];

	return file_read(dir, file, text, sizeof(text)) < 0 ? 0 : controllers_parse(text);
}
