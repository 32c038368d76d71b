#include "frontend/state/state.h"

#include "frontend/codes.h"
#include "frontend/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The inode of the first user namespace: PROC_USER_INIT_INO of the kernel. */
#define INITIAL_USER_NAMESPACE 0xEFFFFFFDu

#define SHARED_ROOT "/run/rrun"

static int refused(const char *path, struct error *err)
{
	error_sys(err, "use %s for the state of containers", path);
	return error_code(err, RR_STA_01);
}

static _printf_(3, 4) int unfit(const char *path, struct error *err, const char *format, ...)
{
	char why[sizeof(err->why)];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, sizeof(why), format, arguments);
	va_end(arguments);
	error_set(err, RR_STA_01, "use %s for the state of containers", path);
	error_hint(err, "use --root with a directory of your own that nobody else can write to");
	return error_why(err, "%s", why);
}

static bool anyone_may_write(const struct stat *stat)
{
	return stat->st_mode & S_IWOTH;
}

/* In a sticky directory that anyone may write to, a link belongs to whom it names: to be followed
 * it must be ours or the directory owner's. proc(5), protected_symlinks; not all systems have it
 * on. */
static int check_link(int dir, const struct stat *parent, const char *name, const char *path,
		      struct error *err)
{
	struct stat stat;

	if (!anyone_may_write(parent) || fstatat(dir, name, &stat, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (!S_ISLNK(stat.st_mode) || stat.st_uid == geteuid() || stat.st_uid == parent->st_uid)
		return 0;
	return unfit(path, err, "%s on the way is a link of uid %u", name, stat.st_uid);
}

/* The names in a directory are only worth something where not everyone can exchange them. */
static int check_parent(int dir, struct stat *ret, const char *path, struct error *err)
{
	if (fstat(dir, ret) < 0)
		return refused(path, err);
	if (anyone_may_write(ret) && !(ret->st_mode & S_ISVTX))
		return unfit(path, err, "a directory on the way can be written to by anyone");
	return 0;
}

/* One component of a path: "NAME" and what follows it. */
static const char *split(const char *rest, char *name, size_t size)
{
	size_t length = strcspn(rest, "/");

	if (length >= size)
		return NULL;
	memcpy(name, rest, length);
	name[length] = '\0';
	return rest + length + strspn(rest + length, "/");
}

static int step_into(int dir, const char *name, bool create)
{
	int next = openat(dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (next >= 0 || errno != ENOENT || !create)
		return next;
	if (mkdirat(dir, name, 0700) < 0 && errno != EEXIST)
		return -1;
	return openat(dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Walk to the directory that PATH's last name is in; *ret_name is that name. */
static int walk(const char *path, bool create, int *ret_dir, char *name, size_t size,
		struct error *err)
{
	_cleanup_(close_fd) int dir =
		open(path[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *rest = path + strspn(path, "/");
	struct stat parent;

	if (dir < 0)
		return refused(path, err);
	for (;;) {
		if (check_parent(dir, &parent, path, err) < 0)
			return -1;
		rest = split(rest, name, size);
		if (!rest) {
			errno = ENAMETOOLONG;
			return refused(path, err);
		}
		if (!*rest)
			break;
		if (check_link(dir, &parent, name, path, err) < 0)
			return -1;
		int next = step_into(dir, name, create);
		if (next < 0)
			return refused(path, err);
		close_fd(&dir);
		dir = next;
	}
	if (!*name)
		snprintf(name, size, ".");
	*ret_dir = take_fd(&dir);
	return 0;
}

static int check_ours(int dir, const char *path, struct error *err)
{
	struct stat stat;

	if (fstat(dir, &stat) < 0)
		return refused(path, err);
	if (stat.st_uid != geteuid())
		return unfit(path, err, "it belongs to uid %u", stat.st_uid);
	if (stat.st_mode & (S_IWGRP | S_IWOTH))
		return unfit(path, err, "others can write to it (its mode is %04o)",
			     (unsigned)(stat.st_mode & 07777));
	return 0;
}

static bool below_sticky(int parent)
{
	struct stat stat;

	return fstat(parent, &stat) == 0 && anyone_may_write(&stat);
}

static int check_private(int dir, const char *path, struct error *err)
{
	struct stat stat;

	if (fstat(dir, &stat) < 0)
		return refused(path, err);
	if (stat.st_mode & 077)
		return unfit(path, err, "below a directory for everyone it must have mode 0700");
	return 0;
}

/* MODE is what a new one gets: the sticky bit tells cleaners of runtime directories to leave it
 * (XDG Base Directory Specification, XDG_RUNTIME_DIR). */
static int root_make(int parent, const char *name, mode_t mode)
{
	if (mkdirat(parent, name, 0700) < 0)
		return errno == EEXIST ? 0 : -1;
	return fchmodat(parent, name, mode, 0);
}

/* Open PATH as a state root. With CREATE it is made, else its absence leaves -1 in *ret. */
static int root_try(const char *path, mode_t mode, bool create, int *ret, struct error *err)
{
	_cleanup_(close_fd) int parent = -1, dir = -1;
	char name[NAME_MAX + 1];

	*ret = -1;
	if (walk(path, create, &parent, name, sizeof(name), err) < 0)
		return err->sys == ENOENT && !create ? 0 : -1;
	if (create && root_make(parent, name, mode) < 0)
		return refused(path, err);
	dir = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 && errno == ENOENT && !create)
		return 0;
	if (dir < 0 && (errno == ELOOP || errno == ENOTDIR))
		return unfit(path, err, "it is a link or not a directory");
	if (dir < 0)
		return refused(path, err);
	if (check_ours(dir, path, err) < 0)
		return -1;
	if (below_sticky(parent) && check_private(dir, path, err) < 0)
		return -1;
	*ret = take_fd(&dir);
	return 0;
}

static bool in_initial_namespace(void)
{
	struct stat namespace;

	return stat("/proc/self/ns/user", &namespace) < 0 ||
	       namespace.st_ino == INITIAL_USER_NAMESPACE;
}

/* The caller's uid as this user namespace's parent numbers it: every engine is uid 0 in its own. */
static uid_t outer_uid(void)
{
	_cleanup_(close_fd) int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
	uint32_t inside, outside, count, uid = geteuid();
	char text[4096], *line = text;
	ssize_t got = fd < 0 ? -1 : TEMP_FAILURE_RETRY(read(fd, text, sizeof(text) - 1));

	if (got < 0)
		return uid;
	text[got] = '\0';
	for (; line &&
	       sscanf(line, "%" SCNu32 " %" SCNu32 " %" SCNu32, &inside, &outside, &count) == 3;
	     line = strchr(line, '\n'), line = line ? line + 1 : NULL)
		if (uid >= inside && uid - inside < count)
			return outside + (uid - inside);
	return uid;
}

static bool is_ours(const char *path)
{
	struct stat stat;

	return lstat(path, &stat) == 0 && S_ISDIR(stat.st_mode) && stat.st_uid == geteuid() &&
	       !anyone_may_write(&stat);
}

/* Where the site made a place for everyone, root keeps to its own name in it like all others. */
static bool site_shares(void)
{
	struct stat stat;

	return lstat(SHARED_ROOT, &stat) == 0 && S_ISDIR(stat.st_mode) && stat.st_mode & S_IXOTH;
}

static int try_runtime_dir(bool create, int *ret, struct error *err)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char path[PATH_MAX], usual[64];

	/* Without a session there is none to make anything in, but a session may have. */
	if (!runtime && !create) {
		snprintf(usual, sizeof(usual), "/run/user/%u", outer_uid());
		runtime = usual;
	}
	*ret = -1;
	if (!runtime || runtime[0] != '/' || !is_ours(runtime))
		return 0;
	if (snprintf(path, sizeof(path), "%s/rrun", runtime) >= (int)sizeof(path))
		return 0;
	return root_try(path, 01700, create, ret, err);
}

static int try_shared(bool create, int *ret, struct error *err)
{
	char path[64];

	*ret = -1;
	if (!site_shares())
		return 0;
	snprintf(path, sizeof(path), SHARED_ROOT "/%u", outer_uid());
	return root_try(path, 0700, create, ret, err);
}

static int try_temporary(bool create, int *ret, struct error *err)
{
	char path[64];

	snprintf(path, sizeof(path), "/tmp/rrun-%u", outer_uid());
	return root_try(path, 0700, create, ret, err);
}

static int try_system(bool create, int *ret, struct error *err)
{
	return site_shares() ? try_shared(create, ret, err)
			     : root_try(SHARED_ROOT, 0700, create, ret, err);
}

/* What nobody named is passed over when it cannot be used. */
static int first_usable(bool create, int *ret, struct error *err)
{
	struct error passed;

	if (try_runtime_dir(create, ret, &passed) == 0 && *ret >= 0)
		return 0;
	if (try_shared(create, ret, &passed) == 0 && *ret >= 0)
		return 0;
	if (try_temporary(create, ret, err) == 0)
		return 0;
	return create ? -1 : 0;
}

/* The one place that is meant, where it is not the chain's to say. */
static bool is_decided(const char *explicit, const char **ret_named)
{
	*ret_named = explicit ? explicit : getenv("RRUN_ROOT");
	if (*ret_named && !**ret_named && !explicit)
		*ret_named = NULL;
	return *ret_named || (geteuid() == 0 && in_initial_namespace());
}

int state_root_open(const char *explicit, bool create, int *ret, struct error *err)
{
	const char *named;
	int root = -1;
	int done;

	if (!is_decided(explicit, &named))
		done = first_usable(create, &root, err);
	else if (!named)
		done = try_system(create, &root, err);
	else
		done = *named ? root_try(named, 0700, create, &root, err)
			      : unfit("''", err, "the name is empty");
	if (done == 0)
		*ret = root;
	return done;
}

int state_roots_open(const char *explicit, int ret[STATE_ROOTS], size_t *ret_count,
		     struct error *err)
{
	static int (*const chain[STATE_ROOTS])(bool create, int *ret, struct error *err) = {
		try_runtime_dir,
		try_shared,
		try_temporary,
	};
	struct error passed;
	const char *named;

	*ret_count = 0;
	if (is_decided(explicit, &named)) {
		if (state_root_open(explicit, false, &ret[0], err) < 0)
			return -1;
		*ret_count = ret[0] >= 0;
		return 0;
	}
	for (size_t i = 0; i < STATE_ROOTS; i++) {
		int root = -1;

		if (chain[i](false, &root, &passed) == 0 && root >= 0)
			ret[(*ret_count)++] = root;
	}
	return 0;
}

int state_root_find(const char *explicit, const char *id, int *ret, struct error *err)
{
	int roots[STATE_ROOTS];
	size_t count, found = 0;

	if (state_roots_open(explicit, roots, &count, err) < 0)
		return -1;
	for (size_t i = count; i-- > 0;)
		if (faccessat(roots[i], id, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			found = i;
	*ret = -1;
	for (size_t i = 0; i < count; i++) {
		if (i == found)
			*ret = roots[i];
		else
			close_fd(&roots[i]);
	}
	return 0;
}
