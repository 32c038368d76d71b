#include "frontend/state/state.h"

#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/state/process.h"
#include "frontend/state/record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define ID_LENGTH 255

int state_id_check(const char *id, struct error *err)
{
	static const char first[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+";
	static const char others[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+.-";
	size_t length = strlen(id);

	if (!length)
		return error_set(err, RR_ID_01, "container id cannot be empty");
	if (length <= ID_LENGTH && strchr(first, id[0]) && strspn(id, others) == length)
		return 0;
	error_set(err, RR_ID_01, "invalid container ID format");
	return error_hint(err,
			  "an id has 1 to %d of the characters A-Z a-z 0-9 _ + . - and does not "
			  "begin with . or -",
			  ID_LENGTH);
}

static int refused(struct error *err, const char *step, const char *id)
{
	error_sys(err, "%s %s", step, id);
	return error_code(err, RR_STA_01);
}

/* Unlink what is in DIR but the name KEEP. DEPTH further levels may be directories. */
static int empty(int dir, const char *keep, int depth)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	int done = 0;

	if (!list) {
		close_fd(&copy);
		return -1;
	}
	for (const struct dirent *entry; done == 0 && (entry = readdir(list));) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
		    (keep && !strcmp(entry->d_name, keep)))
			continue;
		done = unlinkat(dir, entry->d_name, 0);
		if (done == 0 || (errno != EISDIR && errno != EPERM) || !depth)
			continue;
		int below =
			openat(dir, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		done = below < 0 ? -1 : empty(below, NULL, depth - 1);
		close_fd(&below);
		if (done == 0)
			done = unlinkat(dir, entry->d_name, AT_REMOVEDIR);
	}
	int saved = errno;
	closedir(list);
	errno = saved;
	return done;
}

static bool is_same(int one, int other)
{
	struct stat first, second;

	return fstat(one, &first) == 0 && fstat(other, &second) == 0 &&
	       first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/* The record goes last, with ROOT held: nobody sees an entry that has none. While OURS is open no
 * other directory has its inode. */
static int remove_held(int root, const char *id, int ours)
{
	_cleanup_(close_fd) int dir =
		openat(root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir < 0)
		return errno == ENOENT ? 0 : -1;
	if (ours >= 0 && !is_same(dir, ours))
		return 0;
	if (empty(dir, "state.json", 1) < 0)
		return -1;
	if (unlinkat(dir, "state.json", 0) < 0 && errno != ENOENT)
		return -1;
	return unlinkat(root, id, AT_REMOVEDIR) < 0 && errno != ENOENT ? -1 : 0;
}

int state_remove(int root, const char *id, int ours, struct error *err)
{
	int done;

	if (root < 0)
		return 0;
	flock(root, LOCK_EX);
	done = remove_held(root, id, ours);
	if (done < 0)
		refused(err, "remove the state of container", id);
	flock(root, LOCK_UN);
	return done;
}

static int taken(const char *id, struct error *err)
{
	error_set(err, RR_ID_02, "container with given ID already exists");
	return error_hint(
		err, "rrun delete %s removes it when it has stopped, with --force in any case", id);
}

/* An entry of an earlier boot has no process, whatever its record says. */
static int clear_of_earlier_boot(int root, const char *id, struct error *err)
{
	_cleanup_(close_fd) int dir = -1;
	char boot_id[BOOT_ID_LENGTH + 1];
	struct arena arena = { 0 };
	enum record_found found;
	struct state state;
	struct error ignored;
	int dead;

	if (process_boot_id(boot_id, err) < 0)
		return -1;
	dead = record_look(&arena, root, id, &found, &state, &dir, &ignored) == 0 &&
	       found == RECORD_READ && strcmp(state.init.boot_id, boot_id) != 0;
	arena_free(&arena);
	if (!dead)
		return taken(id, err);
	return remove_held(root, id, dir) < 0 ? refused(err, "replace the dead container", id) : 0;
}

static int claim_held(int root, const char *id, int *ret, struct error *err)
{
	_cleanup_(close_fd) int dir = -1;

	if (mkdirat(root, id, 0700) < 0) {
		if (errno != EEXIST)
			return refused(err, "make the state directory of container", id);
		if (clear_of_earlier_boot(root, id, err) < 0)
			return -1;
		if (mkdirat(root, id, 0700) < 0)
			return refused(err, "make the state directory of container", id);
	}
	dir = openat(root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 || flock(dir, LOCK_EX) < 0) {
		refused(err, "hold the state directory of container", id);
		unlinkat(root, id, AT_REMOVEDIR);
		return -1;
	}
	*ret = take_fd(&dir);
	return 0;
}

/* With the root held no one can see the moment between the directory and the lock on it. */
int state_claim(int root, const char *id, int *ret, struct error *err)
{
	int done;

	flock(root, LOCK_EX);
	done = claim_held(root, id, ret, err);
	flock(root, LOCK_UN);
	return done;
}
