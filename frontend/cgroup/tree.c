#include "frontend/cgroup/parts.h"

#include "common/attr.h"
#include "frontend/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define DEPTH 64 /* whoever is inside may make as many levels as the site's cgroup.max.depth */

typedef int visit(int dir, void *data);
typedef int leave(int dir, const char *name, void *data);

static int walk(int dir, visit *into, leave *after, void *data, int depth);

static int walk_child(int dir, const char *name, visit *into, leave *after, void *data, int depth)
{
	_cleanup_(close_fd) int child =
		openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (child < 0)
		return errno == ENOENT || errno == ENODEV ? 0 : -1;
	if (walk(child, into, after, data, depth - 1) < 0)
		return -1;
	return after ? after(dir, name, data) : 0;
}

static int walk(int dir, visit *into, leave *after, void *data, int depth)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	int done, saved;

	if (!list) {
		close_fd(&copy);
		return errno == ENOENT || errno == ENODEV ? 0 : -1;
	}
	done = into(dir, data);
	if (done == 0 && !depth) {
		errno = ELOOP;
		done = -1;
	}
	for (const struct dirent *entry; done == 0 && (entry = readdir(list));)
		if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			done = walk_child(dir, entry->d_name, into, after, data, depth);
	saved = errno;
	closedir(list);
	errno = saved;
	return done;
}

int tree_walk(int dir, visit *into, leave *after, void *data)
{
	return walk(dir, into, after, data, DEPTH);
}
