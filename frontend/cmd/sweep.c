#include "frontend/cmd/sweep.h"

#include "common/text.h"
#include "frontend/codes.h"
#include "frontend/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define LEVELS 8       /* where the helper makes them */
#define LEVELS_BELOW 64 /* what a user made in them */
#define PAUSE_MS 1000  /* the helper fills what it made in a few */
#define PATIENCE_MS 5000
#define STEP_MS 20

/* One cgroup of the helper's. */
struct top {
	uint64_t inode;
	const char *path; /* below the mount, begins with / */
};

struct tops {
	size_t count, room;
	struct top *item;
};

/* All of one sweep. */
struct state_of_sweep {
	const struct sweep *sweep;
	struct json_text *out;
	struct arena *arena;
	int mount;
	struct tops tops;
	struct error *err; /* the first failure */
	bool failed;
};

static bool is_hex(const char *name)
{
	return strlen(name) == 16 && strspn(name, "0123456789abcdef") == 16;
}

bool sweep_is_user(const char *name, uint32_t *ret)
{
	return strncmp(name, "user-", 5) == 0 && text_number(text_of(name + 5), ret);
}

bool sweep_is_sibling(const char *name, uint32_t *ret)
{
	struct text rest = text_of(name);

	return text_equal(text_cut(&rest, '-'), text_of("rrun")) && rest.at &&
	       text_number(text_cut(&rest, '-'), ret) && rest.at && is_hex(rest.at);
}

static int open_below(int dir, const char *name)
{
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int open_path(const struct state_of_sweep *state, const char *path)
{
	return open_below(state->mount, path[1] ? path + 1 : ".");
}

static void pause_ms(long ms)
{
	const struct timespec pause = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&pause, NULL);
}

static void fail(struct state_of_sweep *state, const char *what, const char *path)
{
	if (!state->failed) {
		error_sys(state->err, "%s the cgroup %s", what, path);
		error_code(state->err, RR_CGR_03);
	}
	state->failed = true;
}

/* The names of the directories in DIR, null-terminated. Links are none. */
static const char **list_directories(struct arena *arena, int dir)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	size_t count = 0, room = 16;
	const char **item = arena_array(arena, room, sizeof(*item));

	if (!list) {
		close_fd(&copy);
		return item;
	}
	for (const struct dirent *entry; (entry = readdir(list));) {
		if (entry->d_type != DT_DIR || !strcmp(entry->d_name, ".") ||
		    !strcmp(entry->d_name, ".."))
			continue;
		if (count + 1 == room) {
			const char **more = arena_array(arena, room * 2, sizeof(*more));

			memcpy(more, item, count * sizeof(*item));
			item = more;
			room *= 2;
		}
		item[count++] = arena_copy(arena, entry->d_name, strlen(entry->d_name));
	}
	closedir(list);
	return item;
}

/* What cannot be read holds something. */
static bool is_populated(int dir)
{
	_cleanup_(close_fd) int fd = openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	char text[256];
	ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (size < 0)
		return true;
	text[size] = '\0';
	return strstr(text, "populated 0\n") == NULL;
}

static bool is_roots(int dir, uint64_t *ret_inode)
{
	struct stat stat;

	if (fstat(dir, &stat) < 0 || stat.st_uid != 0)
		return false;
	*ret_inode = stat.st_ino;
	return true;
}

static void add_top(struct state_of_sweep *state, int parent, const char *name, const char *path)
{
	_cleanup_(close_fd) int dir = open_below(parent, name);
	struct tops *tops = &state->tops;
	struct top top = { .path = path };

	if (dir < 0 || !is_roots(dir, &top.inode))
		return;
	if (tops->count == tops->room) {
		size_t room = tops->room ? tops->room * 2 : 16;
		struct top *item = arena_array(state->arena, room, sizeof(*item));

		if (tops->count)
			memcpy(item, tops->item, tops->count * sizeof(*item));
		tops->item = item;
		tops->room = room;
	}
	tops->item[tops->count++] = top;
}

static bool is_meant(const struct state_of_sweep *state, uint32_t uid)
{
	return !state->sweep->user || *state->sweep->user == uid;
}

static const char *join(struct state_of_sweep *state, const char *path, const char *name)
{
	return arena_print(state->arena, "%s%s%s", path, path[1] ? "/" : "", name);
}

/* /rrun.slice/user-UID/<16 hex> */
static void find_in_slice(struct state_of_sweep *state, int slice, const char *path)
{
	for (const char **user = list_directories(state->arena, slice); *user; user++) {
		_cleanup_(close_fd) int dir = open_below(slice, *user);
		uint32_t uid;

		if (dir < 0 || !sweep_is_user(*user, &uid) || !is_meant(state, uid))
			continue;
		for (const char **name = list_directories(state->arena, dir); *name; name++)
			if (is_hex(*name))
				add_top(state, dir, *name,
					join(state, join(state, path, *user), *name));
	}
}

static void find_below(struct state_of_sweep *state, int dir, const char *path, int level)
{
	for (const char **name = list_directories(state->arena, dir); *name; name++) {
		const char *below = join(state, path, *name);
		_cleanup_(close_fd) int next = -1;
		uint32_t uid;

		if (sweep_is_sibling(*name, &uid)) {
			if (is_meant(state, uid))
				add_top(state, dir, *name, below);
			continue;
		}
		if (level == LEVELS)
			continue;
		next = open_below(dir, *name);
		if (next >= 0 && strcmp(below, "/rrun.slice") == 0)
			find_in_slice(state, next, below);
		else if (next >= 0)
			find_below(state, next, below, level + 1);
	}
}

/* The directory of TOP, -1 when another has its path by now. */
static int open_top(const struct state_of_sweep *state, const struct top *top)
{
	_cleanup_(close_fd) int dir = open_path(state, top->path);
	uint64_t inode;

	if (dir < 0 || !is_roots(dir, &inode) || inode != top->inode)
		return -1;
	return take_fd(&dir);
}

static void kill_top(struct state_of_sweep *state, const struct top *top)
{
	_cleanup_(close_fd) int dir = open_top(state, top);
	_cleanup_(close_fd) int file = -1;

	if (dir < 0 || !is_populated(dir))
		return;
	if (state->sweep->dry_run) {
		json_put_format(state->out, "would kill what is in %s\n", top->path);
		return;
	}
	file = openat(dir, "cgroup.kill", O_WRONLY | O_CLOEXEC);
	if (file < 0 || write(file, "1", 1) != 1) {
		fail(state, "kill what is in", top->path);
		return;
	}
	for (int waited = 0; is_populated(dir) && waited < PATIENCE_MS; waited += STEP_MS)
		pause_ms(STEP_MS);
	json_put_format(state->out, "killed what was in %s\n", top->path);
}

/* Children first: -1 with errno. */
static int remove_below(struct state_of_sweep *state, int dir, int level)
{
	for (const char **name = list_directories(state->arena, dir); *name; name++) {
		_cleanup_(close_fd) int below = open_below(dir, *name);

		if (below < 0 && errno == ENOENT)
			continue;
		if (level == LEVELS_BELOW)
			errno = ELOOP;
		if (below < 0 || level == LEVELS_BELOW ||
		    remove_below(state, below, level + 1) < 0)
			return -1;
		if (unlinkat(dir, *name, AT_REMOVEDIR) < 0 && errno != ENOENT)
			return -1;
	}
	return 0;
}

static int remove_path(const struct state_of_sweep *state, const char *path)
{
	return unlinkat(state->mount, path + 1, AT_REMOVEDIR);
}

/* EBUSY: somebody came after all. */
static void remove_top(struct state_of_sweep *state, const struct top *top)
{
	_cleanup_(close_fd) int dir = open_top(state, top);

	if (dir < 0 || is_populated(dir))
		return;
	if (state->sweep->dry_run) {
		json_put_format(state->out, "would remove %s\n", top->path);
		return;
	}
	if (remove_below(state, dir, 0) == 0 && remove_path(state, top->path) == 0)
		json_put_format(state->out, "removed %s\n", top->path);
	else if (errno != EBUSY && errno != ENOENT)
		fail(state, "remove", top->path);
}

/* An rmdir takes it only when it is empty. Who asks for a cgroup in this very moment is told that
 * it could not be made, and the next one is. */
static void remove_emptied(struct state_of_sweep *state, const char *path)
{
	_cleanup_(close_fd) int dir = open_path(state, path);
	uint64_t inode;

	if (dir < 0 || !is_roots(dir, &inode) || *list_directories(state->arena, dir))
		return;
	if (state->sweep->dry_run)
		json_put_format(state->out, "would remove %s\n", path);
	else if (remove_path(state, path) == 0)
		json_put_format(state->out, "removed %s\n", path);
	else if (errno != EBUSY && errno != ENOTEMPTY && errno != ENOENT)
		fail(state, "remove", path);
}

static void remove_slices(struct state_of_sweep *state)
{
	const char *path = "/rrun.slice";
	_cleanup_(close_fd) int slice = open_path(state, path);
	uint32_t uid;

	if (slice < 0)
		return;
	for (const char **user = list_directories(state->arena, slice); *user; user++)
		if (sweep_is_user(*user, &uid) && is_meant(state, uid))
			remove_emptied(state, join(state, path, *user));
	remove_emptied(state, path);
}

/* Those that are empty; they are looked at once more before they go. */
static size_t keep_empty(struct state_of_sweep *state)
{
	size_t kept = 0;

	for (size_t i = 0; i < state->tops.count; i++) {
		_cleanup_(close_fd) int dir = open_top(state, &state->tops.item[i]);

		if (dir >= 0 && !is_populated(dir))
			state->tops.item[kept++] = state->tops.item[i];
	}
	return state->tops.count = kept;
}

int sweep_tree(const struct sweep *sweep, const char *mount, struct json_text *out,
	       struct error *err)
{
	_cleanup_(close_fd) int fd = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct state_of_sweep state = { .sweep = sweep, .out = out, .arena = out->arena,
					.mount = fd, .err = err };

	if (fd < 0)
		return error_sys(err, "open %s", mount);
	find_below(&state, fd, "/", 1);
	for (size_t i = 0; sweep->kill && i < state.tops.count; i++)
		kill_top(&state, &state.tops.item[i]);
	if (keep_empty(&state) && !sweep->dry_run && !sweep->kill)
		pause_ms(PAUSE_MS);
	for (size_t i = 0; i < state.tops.count; i++)
		remove_top(&state, &state.tops.item[i]);
	remove_slices(&state);
	return state.failed ? -1 : 0;
}

int sweep_cgroups(const struct sweep *sweep, struct json_text *out, struct error *err)
{
	static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	struct statfs fs;

	for (size_t i = 0; i < count_of(mounts); i++)
		if (statfs(mounts[i], &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
			return sweep_tree(sweep, mounts[i], out, err);

	return error_set(err, RR_CGR_01, "there is no cgroup v2 tree on this machine");
}
