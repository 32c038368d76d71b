#include "frontend/init/target.h"

#include "common/attr.h"
#include "frontend/codes.h"
#include "frontend/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RACES 128 /* openat2(2): EAGAIN when a rename ran beside it */
#define LINKS 40

static int open_in(int root, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(O_PATH | O_CLOEXEC | flags),
		.resolve = resolve | RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd = -1;

	for (int i = 0; i < RACES; i++) {
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return (int)fd;
}

int target_open(int root, const char *path, int *ret, struct error *err)
{
	int fd = open_in(root, path, 0, 0);

	if (fd < 0) {
		error_sys(err, "open %s in the root filesystem", path);
		return error_code(err, RR_FS_03);
	}
	*ret = fd;
	return 0;
}

enum leaf { LEAF_DIRECTORY, LEAF_FILE };

static int make_leaf(int parent, const char *name, enum leaf leaf, mode_t mode)
{
	return leaf == LEAF_DIRECTORY ? mkdirat(parent, name, mode)
				      : mknodat(parent, name, S_IFREG | mode, 0);
}

/* A walk that creates: PATH is what is still to be resolved, DONE how much of it exists. */
struct walk {
	int root;
	char path[PATH_MAX];
	size_t done;
	int links;
};

static int refuse(struct error *err, const char *path, const char *why)
{
	error_set(err, RR_FS_03, "create %s in the root filesystem", path);
	return error_why(err, "%s", why);
}

/* The component at DONE is a symlink to nowhere: put what it says in its place, as the kernel would
 * read it, and begin again. */
static int follow(struct walk *walk, int parent, const char *name, struct error *err)
{
	char link[PATH_MAX], whole[2 * PATH_MAX];
	ssize_t length = readlinkat(parent, name, link, sizeof(link) - 1);
	const char *rest = walk->path + walk->done + 1 + strlen(name);
	int total;

	if (length < 0) {
		error_sys(err, "create %s in the root filesystem", walk->path);
		return error_code(err, RR_FS_03);
	}
	link[length] = '\0';
	if (++walk->links > LINKS)
		return refuse(err, walk->path, "too many symlinks");
	if (link[0] == '/')
		total = snprintf(whole, sizeof(whole), "%s%s", link, rest);
	else
		total = snprintf(whole, sizeof(whole), "%.*s/%s%s", (int)walk->done, walk->path,
				 link, rest);
	if (total < 0 || (size_t)total >= sizeof(walk->path))
		return refuse(err, walk->path, "the path is too long");
	memcpy(walk->path, whole, (size_t)total + 1);
	walk->done = 0;
	return 0;
}

/* Go one component further. 1: that was the last. */
static int step(struct walk *walk, int *parent, enum leaf leaf, mode_t mode, struct error *err)
{
	char prefix[PATH_MAX], name[NAME_MAX + 1];
	size_t start = walk->done + strspn(walk->path + walk->done, "/");
	size_t length = strcspn(walk->path + start, "/");
	bool last = walk->path[start + length + strspn(walk->path + start + length, "/")] == '\0';
	int next;

	if (length > NAME_MAX)
		return refuse(err, walk->path, "a name in it is too long");
	memcpy(name, walk->path + start, length);
	name[length] = '\0';
	memcpy(prefix, walk->path, start + length);
	prefix[start + length] = '\0';
	walk->done = start > 0 ? start - 1 : 0;

	next = open_in(walk->root, prefix, 0, 0);
	if (next < 0 && errno == ENOENT) {
		if (make_leaf(*parent, name, last ? leaf : LEAF_DIRECTORY, last ? mode : 0755) <
			    0 &&
		    errno == EEXIST)
			return follow(walk, *parent, name, err);
		next = open_in(walk->root, prefix, O_NOFOLLOW, 0);
	}
	if (next < 0) {
		error_sys(err, "create %s in the root filesystem", walk->path);
		return error_code(err, RR_FS_03);
	}
	close_fd(parent);
	*parent = next;
	walk->done = start + length;
	return last;
}

/* Component by component, for what is more than one level missing or behind a dangling symlink. */
static int make_slowly(int root, const char *path, enum leaf leaf, mode_t mode, int *ret,
		       struct error *err)
{
	struct walk walk = { .root = root };
	_cleanup_(close_fd) int parent = -1;
	int last = 0;

	strcpy(walk.path, path);
	while (!last) {
		if (walk.done == 0) {
			close_fd(&parent);
			parent = open_in(root, "/", O_DIRECTORY, 0);
		}
		last = step(&walk, &parent, leaf, mode, err);
		if (last < 0)
			return -1;
	}
	*ret = take_fd(&parent);
	return 0;
}

/* The common case: only the last component is missing. */
static int make_last(int root, const char *path, enum leaf leaf, mode_t mode)
{
	_cleanup_(close_fd) int parent = -1;
	char directory[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t length = (size_t)(slash - path);

	memcpy(directory, path, length + 1);
	directory[length + 1] = '\0';
	parent = open_in(root, directory, O_DIRECTORY, 0);
	if (parent < 0 || make_leaf(parent, slash + 1, leaf, mode) < 0)
		return -1;
	return open_in(parent, slash + 1, O_NOFOLLOW, 0);
}

static int make(int root, const char *path, enum leaf leaf, mode_t mode, int *ret,
		struct error *err)
{
	int fd = open_in(root, path, 0, 0);

	if (fd < 0 && errno != ENOENT) {
		error_sys(err, "open %s in the root filesystem", path);
		return error_code(err, RR_FS_03);
	}
	if (fd < 0 && strlen(path) >= PATH_MAX)
		return refuse(err, path, "the path is too long");
	if (fd < 0)
		fd = make_last(root, path, leaf, mode);
	if (fd < 0)
		return make_slowly(root, path, leaf, mode, ret, err);
	*ret = fd;
	return 0;
}

int target_make_directory(int root, const char *path, mode_t mode, int *ret, struct error *err)
{
	return make(root, path, LEAF_DIRECTORY, mode, ret, err);
}

int target_make_file(int root, const char *path, int *ret, struct error *err)
{
	return make(root, path, LEAF_FILE, 0644, ret, err);
}

int target_parent(int root, const char *path, int *ret, const char **ret_name, struct error *err)
{
	char directory[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0;

	if (length >= sizeof(directory))
		return refuse(err, path, "the path is too long");
	memcpy(directory, path, length);
	directory[length] = '\0';
	if (target_make_directory(root, length ? directory : "/", 0755, ret, err) < 0)
		return -1;
	*ret_name = slash + 1;
	return 0;
}

int target_directory_real(int root, const char *path, int *ret, struct error *err)
{
	_cleanup_(close_fd) int parent = -1;
	const char *name;
	int fd = open_in(root, path, O_DIRECTORY, RESOLVE_NO_SYMLINKS);

	if (fd < 0 && errno == ENOENT) {
		if (target_parent(root, path, &parent, &name, err) < 0)
			return -1;
		if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST) {
			error_sys(err, "create %s in the root filesystem", path);
			return error_code(err, RR_FS_03);
		}
		fd = open_in(root, path, O_DIRECTORY, RESOLVE_NO_SYMLINKS);
	}
	if (fd < 0) {
		error_sys(err, "open %s in the root filesystem", path);
		if (errno == ELOOP || errno == ENOTDIR)
			error_why(err, "it must be a plain directory, not a symlink");
		return error_code(err, RR_FS_03);
	}
	*ret = fd;
	return 0;
}
