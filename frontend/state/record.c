#include "frontend/state/record.h"

#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/state/process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORD_NAME "state.json"
#define TEMPORARY_NAME ".state.json"

/* A quote within a string is written as \", so this stands nowhere before the member itself. */
static const char CONFIG_KEY[] = ",\n\"config\": ";
static const char END[] = "\n}\n";

static void put_member(struct json_text *out, const char *key, const char *text)
{
	json_put_format(out, ",\n\"%s\": ", key);
	json_put_string(out, text ? text : "");
}

/* An older rrun passes over members that it does not know: these come with no new version. */
static void put_cgroup(struct json_text *out, const struct state *state)
{
	if (state->cgroup.path && *state->cgroup.path) {
		put_member(out, "cgroup", state->cgroup.path);
		json_put_format(out, ",\n\"cgroupInode\": %" PRIu64, state->cgroup.inode);
		json_put_format(out, ",\n\"cgroupTop\": %" PRIu64, state->cgroup.top);
	}
	if (state->cgroup_note && *state->cgroup_note)
		put_member(out, "cgroupNote", state->cgroup_note);
}

void record_print(struct json_text *out, const struct state *state)
{
	json_put_format(out, "{\n\"version\": %d", STATE_VERSION);
	put_member(out, "id", state->id);
	json_put_format(out, ",\n\"pid\": %d", state->init.pid);
	json_put_format(out, ",\n\"startTime\": %" PRIu64, state->init.start_time);
	put_member(out, "bootId", state->init.boot_id);
	json_put_format(out, ",\n\"pidInode\": %" PRIu64, state->init.inode);
	put_member(out, "bundle", state->bundle);
	put_member(out, "rootfs", state->rootfs);
	put_member(out, "created", state->created);
	put_member(out, "ids", state->ids);
	put_member(out, "idsNote", state->ids_note);
	put_cgroup(out, state);
	json_put_format(out, ",\n\"console\": %s", state->console ? "true" : "false");
	json_put(out, CONFIG_KEY);
	json_put(out, state->config);
	json_put(out, END);
}

static int corrupt(struct error *err, const char *why)
{
	error_set(err, RR_STA_02, "read state.json");
	return error_why(err, "%s", why);
}

/* The file in two: what rrun wrote, closed to a document of its own, and config.json as it was. */
static int split(struct arena *arena, const char *text, size_t length, const char **ret_head,
		 struct state *state, struct error *err)
{
	const size_t key = sizeof(CONFIG_KEY) - 1, end = sizeof(END) - 1;
	const char *at = memmem(text, length, CONFIG_KEY, key);

	if (!at || (size_t)(text + length - at) < key + end ||
	    memcmp(text + length - end, END, end) != 0)
		return corrupt(err, "it is cut off or was not written by rrun");

	*ret_head = arena_print(arena, "%.*s\n}", (int)(at - text), text);
	state->config_length = (size_t)(text + length - at) - key - end;
	state->config = arena_copy(arena, at + key, state->config_length);
	return 0;
}

static int read_version(const struct json *head, struct error *err)
{
	uint32_t version = 0;

	if (json_u32(head, "version", &version, err) < 0)
		return -1;
	if (version > STATE_VERSION) {
		error_set(err, RR_STA_02, "read state.json");
		return error_why(err, "a newer rrun wrote it (version %u, this one knows %d)",
				 version, STATE_VERSION);
	}
	return version ? 0 : corrupt(err, "it has no version");
}

static int read_process(const struct json *head, struct state_process *ret, struct error *err)
{
	const char *boot_id = "";
	uint32_t pid = 0;

	if (json_u32(head, "pid", &pid, err) < 0 ||
	    json_u64(head, "startTime", &ret->start_time, err) < 0 ||
	    json_u64(head, "pidInode", &ret->inode, err) < 0 ||
	    json_string(head, "bootId", &boot_id, err) < 0)
		return -1;
	if (pid <= 1 || pid > INT_MAX)
		return corrupt(err, "its pid is none");
	if (!ret->start_time)
		return corrupt(err, "it has no start time");
	if (strlen(boot_id) != BOOT_ID_LENGTH ||
	    strspn(boot_id, "0123456789abcdef-") != BOOT_ID_LENGTH)
		return corrupt(err, "its boot id is none");
	ret->pid = (pid_t)pid;
	memcpy(ret->boot_id, boot_id, sizeof(ret->boot_id));
	return 0;
}

static int read_texts(const struct json *head, struct state *ret, struct error *err)
{
	ret->id = ret->bundle = ret->rootfs = ret->created = ret->ids = ret->ids_note = "";
	if (json_string(head, "id", &ret->id, err) < 0 ||
	    json_string(head, "bundle", &ret->bundle, err) < 0 ||
	    json_string(head, "rootfs", &ret->rootfs, err) < 0 ||
	    json_string(head, "created", &ret->created, err) < 0 ||
	    json_string(head, "ids", &ret->ids, err) < 0 ||
	    json_string(head, "idsNote", &ret->ids_note, err) < 0)
		return -1;
	if (ret->bundle[0] != '/' || ret->rootfs[0] != '/')
		return corrupt(err, "its paths are not absolute");
	return 0;
}

static int read_cgroup(const struct json *head, struct state *ret, struct error *err)
{
	ret->cgroup.path = ret->cgroup_note = "";
	if (json_string(head, "cgroup", &ret->cgroup.path, err) < 0 ||
	    json_u64(head, "cgroupInode", &ret->cgroup.inode, err) < 0 ||
	    json_u64(head, "cgroupTop", &ret->cgroup.top, err) < 0 ||
	    json_string(head, "cgroupNote", &ret->cgroup_note, err) < 0)
		return -1;
	if (!*ret->cgroup.path)
		return 0;
	if (!cgroup_path_fits(ret->cgroup.path))
		return corrupt(err, "its cgroup is no path of a cgroup v2");
	return ret->cgroup.inode ? 0 : corrupt(err, "its cgroup has no inode");
}

static int parse(struct arena *arena, const char *id, const char *text, size_t length,
		 struct state *ret, struct error *err)
{
	const struct json *json;
	const char *head;

	if (split(arena, text, length, &head, ret, err) < 0 ||
	    json_parse(arena, RECORD_NAME, head, strlen(head), &json, err) < 0)
		return -1;
	if (json->type != JSON_OBJECT)
		return corrupt(err, "it is not an object");
	if (read_version(json, err) < 0 || read_process(json, &ret->init, err) < 0 ||
	    read_texts(json, ret, err) < 0 || read_cgroup(json, ret, err) < 0 ||
	    json_bool(json, "console", &ret->console, err) < 0)
		return -1;
	return strcmp(ret->id, id) == 0 ? 0 : corrupt(err, "it is another container's");
}

int record_parse(struct arena *arena, const char *id, const char *text, size_t length,
		 struct state *ret, struct error *err)
{
	struct state state = { 0 };

	if (parse(arena, id, text, length, &state, err) < 0) {
		error_while(err, "container %s", id);
		error_hint(err, "rrun delete --force %s removes what is left of it", id);
		return error_code(err, RR_STA_02);
	}
	*ret = state;
	return 0;
}

static int write_all(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t written = TEMP_FAILURE_RETRY(write(fd, text, length));

		if (written < 0)
			return -1;
		text += written;
		length -= (size_t)written;
	}
	return 0;
}

static int unwritten(struct error *err)
{
	error_sys(err, "write the state of the container");
	return error_code(err, RR_STA_01);
}

static int temporary_open(int dir)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dir, TEMPORARY_NAME, flags, 0600);

	/* A leftover is ours: whoever holds the directory is alone in it. */
	if (fd < 0 && errno == EEXIST && unlinkat(dir, TEMPORARY_NAME, 0) == 0)
		fd = openat(dir, TEMPORARY_NAME, flags, 0600);
	return fd;
}

static int write_temporary(int dir, const struct json_text *text, struct error *err)
{
	_cleanup_(close_fd) int fd = temporary_open(dir);

	if (fd < 0 || write_all(fd, text->data, text->length) < 0)
		return unwritten(err);
	return 0;
}

int state_prepare(int dir, const struct state *state, struct error *err)
{
	struct arena arena = { 0 };
	struct json_text text = { .arena = &arena };
	int done;

	record_print(&text, state);
	if (text.length > JSON_BYTES)
		done = error_set(err, RR_CFG_07,
				 "config.json is too large to be kept with the state");
	else
		done = write_temporary(dir, &text, err);
	arena_free(&arena);
	return done;
}

int state_publish(int dir, struct error *err)
{
	return renameat(dir, TEMPORARY_NAME, dir, RECORD_NAME) < 0 ? unwritten(err) : 0;
}

int state_write(int dir, const struct state *state, struct error *err)
{
	return state_prepare(dir, state, err) < 0 ? -1 : state_publish(dir, err);
}

static int unreadable(const char *id, struct error *err)
{
	error_sys(err, "read the state of container %s", id);
	return error_code(err, RR_STA_02);
}

/* The directory of ID: ours and no link. *ret is -1 when there is none, as where there is no
 * root. */
static int entry_open(int root, const char *id, int *ret, struct error *err)
{
	_cleanup_(close_fd) int dir = -1;
	struct stat stat;

	*ret = -1;
	if (root < 0)
		return 0;
	dir = openat(root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOENT ? 0 : unreadable(id, err);
	if (fstat(dir, &stat) < 0)
		return unreadable(id, err);
	if (stat.st_uid != geteuid()) {
		error_set(err, RR_STA_02, "read the state of container %s", id);
		return error_why(err, "it belongs to uid %u", stat.st_uid);
	}
	*ret = take_fd(&dir);
	return 0;
}

static bool someone_holds(int dir)
{
	if (flock(dir, LOCK_SH | LOCK_NB) < 0)
		return errno == EWOULDBLOCK;
	flock(dir, LOCK_UN);
	return false;
}

/* A record may have come between the look for it and the look at the lock: look for it again. */
static int record_open(int dir, enum record_found *ret)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd = openat(dir, RECORD_NAME, flags);

	*ret = RECORD_READ;
	if (fd >= 0 || errno != ENOENT)
		return fd;
	*ret = someone_holds(dir) ? RECORD_HELD : RECORD_MISSING;
	fd = openat(dir, RECORD_NAME, flags);
	if (fd >= 0)
		*ret = RECORD_READ;
	return fd;
}

int record_look(struct arena *arena, int root, const char *id, enum record_found *ret_found,
		struct state *ret_state, int *ret_dir, struct error *err)
{
	_cleanup_(close_fd) int dir = -1, fd = -1;
	enum record_found found = RECORD_NOWHERE;
	const char *text;
	size_t length;

	if (entry_open(root, id, &dir, err) < 0)
		return -1;
	if (dir >= 0)
		fd = record_open(dir, &found);
	if (found == RECORD_READ) {
		if (fd < 0)
			return unreadable(id, err);
		if (json_read_file(arena, RECORD_NAME, fd, &text, &length, err) < 0) {
			error_while(err, "container %s", id);
			return error_code(err, RR_STA_02);
		}
		if (record_parse(arena, id, text, length, ret_state, err) < 0)
			return -1;
	}
	*ret_found = found;
	*ret_dir = take_fd(&dir);
	return 0;
}

void state_wreck(struct arena *arena, int root, const char *id, struct cgroup *ret)
{
	_cleanup_(close_fd) int dir = -1, fd = -1;
	struct error ignored;
	struct state state;
	const char *text;
	size_t length;

	*ret = (struct cgroup){ 0 };
	if (entry_open(root, id, &dir, &ignored) < 0 || dir < 0)
		return;
	fd = openat(dir, TEMPORARY_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 && json_read_file(arena, TEMPORARY_NAME, fd, &text, &length, &ignored) == 0 &&
	    record_parse(arena, id, text, length, &state, &ignored) == 0)
		*ret = state.cgroup;
}

static int loaded(enum record_found found, const char *id, struct state *ret, struct error *err)
{
	switch (found) {
	case RECORD_READ:
		return 0;
	case RECORD_HELD:
		*ret = (struct state){ .id = id };
		return 0;
	case RECORD_MISSING:
		error_set(err, RR_STA_02, "container %s has no state", id);
		error_why(err, "the rrun that made it did not finish");
		return error_hint(err, "rrun delete --force %s removes what is left of it", id);
	case RECORD_NOWHERE:
		break;
	}
	return error_set(err, RR_ID_03, "container does not exist");
}

int state_load(struct arena *arena, int root, const char *id, struct state *ret, int *ret_dir,
	       struct error *err)
{
	_cleanup_(close_fd) int dir = -1;
	enum record_found found;
	struct state state;
	int done = record_look(arena, root, id, &found, &state, &dir, err);

	/* The makers and removers of entries hold the root for the moment in which one looks like
	 * this. */
	if (done == 0 && found == RECORD_MISSING) {
		close_fd(&dir);
		flock(root, LOCK_SH);
		done = record_look(arena, root, id, &found, &state, &dir, err);
		flock(root, LOCK_UN);
	}
	if (done < 0 || loaded(found, id, &state, err) < 0)
		return -1;
	*ret = state;
	*ret_dir = take_fd(&dir);
	return 0;
}

static bool is_paused(const struct cgroup *cgroup)
{
	_cleanup_(close_fd) int dir = -1;
	struct error ignored;

	return cgroup_open(cgroup, &dir, &ignored) == 0 && dir >= 0 && cgroup_frozen(dir);
}

enum state_status state_status(const struct state *state, int dir)
{
	struct stat stat;

	if (state->init.pid == 0)
		return STATUS_CREATING;
	if (!process_lives(&state->init))
		return STATUS_STOPPED;
	if (fstatat(dir, "start.sock", &stat, AT_SYMLINK_NOFOLLOW) == 0)
		return STATUS_CREATED;
	return is_paused(&state->cgroup) ? STATUS_PAUSED : STATUS_RUNNING;
}

const char *state_status_name(enum state_status status)
{
	static const char *const NAMES[] = {
		[STATUS_CREATING] = "creating", [STATUS_CREATED] = "created",
		[STATUS_RUNNING] = "running",	[STATUS_PAUSED] = "paused",
		[STATUS_STOPPED] = "stopped",
	};

	return NAMES[status];
}
