#include "frontend/state/pidfile.h"

#include "frontend/codes.h"
#include "frontend/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static int refused(const char *path, struct error *err)
{
	error_sys(err, "write the pid file %s", path);
	return error_code(err, RR_PID_01);
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int parent_open(const char *path)
{
	char parent[PATH_MAX] = ".";
	size_t length = (size_t)(name_of(path) - path);

	if (length >= sizeof(parent)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (length)
		memcpy(parent, path, length);
	if (length)
		parent[length] = '\0';
	return open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* A link, a FIFO or a device in that place was put there for another purpose: it is neither
 * followed nor replaced (RT-030). */
static int check_place(int dir, const char *path, struct error *err)
{
	struct stat stat;

	if (fstatat(dir, name_of(path), &stat, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : refused(path, err);
	if (S_ISREG(stat.st_mode))
		return 0;
	error_set(err, RR_PID_01, "write the pid file %s", path);
	return error_why(err, "what is there is not a regular file");
}

/* No other run, living or killed, can have chosen the same name. */
static int temporary_open(int dir, char *name, size_t size)
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		return -1;
	snprintf(name, size, ".rrun-%d-%016llx", getpid(), (unsigned long long)number);
	return openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
}

static int fill_and_rename(int dir, const char *temporary, int fd, const char *path, pid_t pid)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", pid);
	ssize_t written = TEMP_FAILURE_RETRY(write(fd, text, (size_t)length));

	if (written < 0)
		return -1;
	if (written != length) {
		errno = ENOSPC;
		return -1;
	}
	return renameat(dir, temporary, dir, name_of(path));
}

int pidfile_write(const char *path, pid_t pid, struct error *err)
{
	_cleanup_(close_fd) int dir = parent_open(path);
	_cleanup_(close_fd) int fd = -1;
	char temporary[64];

	if (dir < 0)
		return refused(path, err);
	if (check_place(dir, path, err) < 0)
		return -1;
	fd = temporary_open(dir, temporary, sizeof(temporary));
	if (fd < 0)
		return refused(path, err);
	if (fill_and_rename(dir, temporary, fd, path, pid) < 0) {
		refused(path, err);
		unlinkat(dir, temporary, 0);
		return -1;
	}
	return 0;
}

void pidfile_remove(const char *path)
{
	struct stat stat;

	if (lstat(path, &stat) == 0 && S_ISREG(stat.st_mode))
		unlink(path);
}
