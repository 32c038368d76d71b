#include "frontend/cgroup/cgroup.h"

#include "frontend/cgroup/file.h"
#include "frontend/cgroup/parts.h"
#include "frontend/codes.h"
#include "frontend/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 10000
#define PAUSE_MS 10

/* A directory of another file system, such as a cgroup v1 beside the mount of v2. */
static bool is_of_another_kind(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type != CGROUP2_MAGIC;
}

bool cgroup_path_fits(const char *path)
{
	const size_t length = strlen(CGROUP_MOUNT);

	if (strncmp(path, CGROUP_MOUNT "/", length + 1) != 0 || strlen(path) >= PATH_MAX)
		return false;
	for (const char *at = path + length; *at;) {
		size_t span = strcspn(++at, "/");

		if (!span || (span <= 2 && strspn(at, ".") == span))
			return false;
		at += span;
	}
	return !is_of_another_kind(path);
}

static bool is_the_one(const struct cgroup *cgroup, int dir)
{
	struct stat own, above;

	if (!is_cgroup2(dir) || fstat(dir, &own) < 0 || own.st_ino != cgroup->inode)
		return false;
	return !cgroup->top || (fstatat(dir, "..", &above, 0) == 0 && above.st_ino == cgroup->top);
}

int cgroup_open(const struct cgroup *cgroup, int *ret, struct error *err)
{
	_cleanup_(close_fd) int dir = -1;

	*ret = -1;
	if (!cgroup->path || !*cgroup->path)
		return 0;
	dir = open(cgroup->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 && (errno == ENOENT || errno == ENODEV || errno == ENOTDIR || errno == ELOOP))
		return 0;
	if (dir < 0) {
		error_sys(err, "open the cgroup %s", cgroup->path);
		return error_code(err, RR_CGR_06);
	}
	if (is_the_one(cgroup, dir))
		*ret = take_fd(&dir);
	return 0;
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void rest(void)
{
	static const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };

	nanosleep(&pause, NULL);
}

/* Wait until KEY of cgroup.events is WANTED. False and errno ETIME: it did not become so. A change
 * wakes whoever has read the file before: cgroup-v2.rst, "file modified event". */
static bool await(int dir, const char *key, uint64_t wanted)
{
	_cleanup_(close_fd) int fd =
		openat(dir, "cgroup.events", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct pollfd change = { .fd = fd, .events = POLLPRI };
	const long long end = now_ms() + PATIENCE_MS;
	char text[128];
	uint64_t value;

	if (fd < 0)
		return false;
	for (;;) {
		ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
		long long left = end - now_ms();

		if (got < 0)
			return false;
		text[got] = '\0';
		if (file_pair(text, key, &value) && value == wanted)
			return true;
		if (left <= 0) {
			errno = ETIME;
			return false;
		}
		if (poll(&change, 1, (int)left) < 0 && errno != EINTR)
			return false;
	}
}

bool cgroup_frozen(int dir)
{
	uint64_t frozen;

	return file_value(dir, "cgroup.events", "frozen", &frozen) && frozen;
}

static int late(struct error *err, int dir, const char *what, const char *why)
{
	char name[256];

	if (errno != ETIME)
		return file_refused(err, "read", "cgroup.events", dir);
	dir_name(dir, name, sizeof(name));
	error_set(err, RR_CGR_06, "%s %s", what, name);
	return error_why(err, "%s", why);
}

int cgroup_freeze(int dir, struct error *err)
{
	if (file_write(dir, "cgroup.freeze", "1") < 0)
		return file_refused(err, "write to", "cgroup.freeze", dir);
	if (await(dir, "frozen", 1))
		return 0;
	late(err, dir, "freeze the cgroup",
	     "it did not come to rest in 10 s: a process hangs in the kernel");
	file_write(dir, "cgroup.freeze", "0");
	return -1;
}

int cgroup_thaw(int dir, struct error *err)
{
	if (file_write(dir, "cgroup.freeze", "0") < 0)
		return file_refused(err, "write to", "cgroup.freeze", dir);
	if (await(dir, "frozen", 0))
		return 0;
	return late(err, dir, "thaw the cgroup",
		    "it did not run again in 10 s: a cgroup above it is frozen");
}

struct pids {
	struct arena *arena;
	pid_t *item;
	size_t count, room;
};

static void add_pid(struct pids *pids, pid_t pid)
{
	if (pids->count == pids->room) {
		size_t room = pids->room ? pids->room * 2 : 64;
		pid_t *item = arena_array(pids->arena, room, sizeof(*item));

		if (pids->count)
			memcpy(item, pids->item, pids->count * sizeof(*item));
		pids->item = item;
		pids->room = room;
	}
	pids->item[pids->count++] = pid;
}

/* One process a line; 0 is one that our pid namespace does not see. The last piece of a block may
 * be half a number. */
static int read_pids(int dir, struct pids *pids)
{
	_cleanup_(close_fd) int fd = openat(dir, "cgroup.procs", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char block[4096];
	ssize_t got = 0;
	pid_t pid = 0;

	if (fd < 0)
		return -1;
	while ((got = TEMP_FAILURE_RETRY(read(fd, block, sizeof(block)))) > 0)
		for (ssize_t i = 0; i < got; i++) {
			if (block[i] >= '0' && block[i] <= '9') {
				pid = (pid_t)(pid * 10 + (block[i] - '0'));
			} else {
				if (pid > 0)
					add_pid(pids, pid);
				pid = 0;
			}
		}
	return got < 0 ? -1 : 0;
}

static int collect(int dir, void *data)
{
	/* EOPNOTSUPP: threaded, its processes are shown above. ENOENT, ENODEV: gone by now. */
	if (read_pids(dir, data) == 0 || errno == EOPNOTSUPP || errno == ENOENT || errno == ENODEV)
		return 0;
	return -1;
}

int cgroup_processes(struct arena *arena, int dir, pid_t **ret, size_t *ret_count,
		     struct error *err)
{
	struct pids pids = { .arena = arena };

	if (tree_walk(dir, collect, NULL, &pids) < 0)
		return file_refused(err, "read", "cgroup.procs", dir);
	*ret = pids.item;
	*ret_count = pids.count;
	return 0;
}

static bool is_populated(int dir)
{
	uint64_t populated;

	return !file_value(dir, "cgroup.events", "populated", &populated) || populated;
}

/* Without cgroup.kill (before Linux 5.14, in threaded cgroups): at rest nothing is born that the
 * list does not have, and a process that is at rest keeps its number. SIGKILL ends it in its
 * sleep. */
static int kill_each(int dir, struct error *err)
{
	const long long end = now_ms() + PATIENCE_MS;

	do {
		struct arena arena = { 0 };
		pid_t *pids;
		size_t count;

		file_write(dir, "cgroup.freeze", "1");
		if (cgroup_processes(&arena, dir, &pids, &count, err) < 0)
			return -1;
		for (size_t i = 0; i < count; i++)
			kill(pids[i], SIGKILL);
		arena_free(&arena);
		rest();
	} while (is_populated(dir) && now_ms() < end);
	return 0;
}

int cgroup_kill(int dir, struct error *err)
{
	int done = 0;

	if (file_write(dir, "cgroup.kill", "1") < 0) {
		if (errno != ENOENT && errno != EOPNOTSUPP)
			return file_refused(err, "write to", "cgroup.kill", dir);
		done = kill_each(dir, err);
	}
	file_write(dir, "cgroup.freeze", "0");
	return done;
}

/* Right after its last process a cgroup may be busy for a moment. */
static int remove_name(int parent, const char *name)
{
	int done = -1;

	for (int tries = 0; tries < 100; tries++) {
		done = unlinkat(parent, name, AT_REMOVEDIR);
		if (done == 0 || errno != EBUSY)
			break;
		rest();
	}
	return done < 0 && errno != ENOENT && errno != ENODEV ? -1 : 0;
}

static int remove_child(int dir, const char *name, void *data _unused_)
{
	return remove_name(dir, name);
}

static int stand_by(int dir _unused_, void *data _unused_)
{
	return 0;
}

static int unremoved(int dir, struct error *err)
{
	char name[256];
	int saved = errno;

	dir_name(dir, name, sizeof(name));
	errno = saved;
	error_sys(err, "remove the cgroup %s", name);
	return error_code(err, RR_CGR_03);
}

int cgroup_empty(int dir, struct error *err)
{
	char name[256];

	if (!await(dir, "populated", 0)) {
		if (errno == ENODEV || errno == ENOENT)
			return 0;
		if (errno != ETIME)
			return file_refused(err, "read", "cgroup.events", dir);
		dir_name(dir, name, sizeof(name));
		error_set(err, RR_CGR_03, "remove the cgroup %s", name);
		return error_why(err, "processes are left in it");
	}
	return tree_walk(dir, stand_by, remove_child, NULL) < 0 ? unremoved(dir, err) : 0;
}

int cgroup_remove(const struct cgroup *cgroup, struct error *err)
{
	_cleanup_(close_fd) int dir = -1, parent = -1;
	const char *name;
	struct stat stat;

	if (cgroup_open(cgroup, &dir, err) < 0)
		return -1;
	if (dir < 0)
		return 0;
	if (cgroup_empty(dir, err) < 0)
		return -1;
	name = strrchr(cgroup->path, '/') + 1;
	parent = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0 && errno != ENOENT && errno != ENODEV)
		return unremoved(dir, err);
	/* Gone meanwhile, or another's by now. */
	if (parent < 0 || fstatat(parent, name, &stat, AT_SYMLINK_NOFOLLOW) < 0 ||
	    stat.st_ino != cgroup->inode)
		return 0;
	if (remove_name(parent, name) < 0)
		return unremoved(dir, err);
	self_return(cgroup->path);
	return 0;
}
