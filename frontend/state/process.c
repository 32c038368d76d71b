#include "frontend/state/process.h"

#include "frontend/codes.h"
#include "frontend/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

/* PID_FS_MAGIC of linux/magic.h, which older headers lack. */
#define PIDFS_MAGIC 0x50494446

/* The name in field 2 may hold spaces and parentheses: what counts comes after the last of them. */
int process_parse(const char *text, struct process_stat *ret)
{
	const char *rest = strrchr(text, ')');
	struct process_stat stat = { 0 };
	unsigned long long start;

	if (!rest || rest[1] != ' ')
		return -1;
	/* Fields 3 to 22. */
	if (sscanf(rest + 2,
		   "%c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %u %*d %llu",
		   &stat.state, &stat.threads, &start) != 3)
		return -1;
	stat.start_time = start;
	*ret = stat;
	return 0;
}

/* A file of /proc in one read. */
static int read_small(const char *path, char *buffer, size_t size)
{
	_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -1;
	got = TEMP_FAILURE_RETRY(read(fd, buffer, size - 1));
	if (got < 0)
		return -1;
	buffer[got] = '\0';
	return 0;
}

int process_boot_id(char *ret, struct error *err)
{
	char text[64];

	if (read_small("/proc/sys/kernel/random/boot_id", text, sizeof(text)) < 0)
		return error_sys(err, "read /proc/sys/kernel/random/boot_id");
	memcpy(ret, text, BOOT_ID_LENGTH);
	ret[BOOT_ID_LENGTH] = '\0';
	return 0;
}

static int read_stat(pid_t pid, struct process_stat *ret)
{
	char path[32], text[1024];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (read_small(path, text, sizeof(text)) < 0)
		return -1;
	if (process_parse(text, ret) == 0)
		return 0;
	errno = ESRCH;
	return -1;
}

/* The first thread may end before the others: it shows as a zombie while the process still runs. */
static bool has_ended(const struct process_stat *stat)
{
	return stat->state == 'X' || (stat->state == 'Z' && stat->threads <= 1);
}

static bool of_this_boot(const struct state_process *process)
{
	char boot_id[BOOT_ID_LENGTH + 1];
	struct error err;

	return process->pid > 1 && process_boot_id(boot_id, &err) == 0 &&
	       strcmp(boot_id, process->boot_id) == 0;
}

/* On a pidfs the inode names a process for as long as the machine runs. 0: there is none. */
static uint64_t inode_of(int pidfd)
{
	struct statfs fs;
	struct stat stat;

	if (fstatfs(pidfd, &fs) < 0 || fs.f_type != PIDFS_MAGIC || fstat(pidfd, &stat) < 0)
		return 0;
	return stat.st_ino;
}

/* A /proc mounted with hidepid hides what is not dumpable, even from its owner: an init that waits
 * for `start` is such a process. */
static bool is_hidden_one(const struct state_process *process, int pidfd)
{
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };

	return process->inode && inode_of(pidfd) == process->inode && poll(&ended, 1, 0) == 0;
}

static bool is_the_one(const struct state_process *process, int pidfd)
{
	struct process_stat stat;

	if (read_stat(process->pid, &stat) < 0)
		return is_hidden_one(process, pidfd);
	return stat.start_time == process->start_time && !has_ended(&stat);
}

bool process_lives(const struct state_process *process)
{
	_cleanup_(close_fd) int pidfd = -1;
	struct error err;

	return state_process_open(process, &pidfd, &err) == 0 && pidfd >= 0;
}

int state_process_identify(pid_t pid, struct state_process *ret, struct error *err)
{
	_cleanup_(close_fd) int pidfd = pidfd_open(pid, 0);
	struct state_process process = { .pid = pid };
	struct process_stat stat;

	if (process_boot_id(process.boot_id, err) < 0)
		return -1;
	if (pidfd < 0 || read_stat(pid, &stat) < 0) {
		error_sys(err, "look at process %d", pid);
		return error_code(err, RR_SYS_04);
	}
	if (has_ended(&stat))
		return error_set(err, RR_SYS_04, "process %d has ended", pid);
	process.start_time = stat.start_time;
	process.inode = inode_of(pidfd);
	*ret = process;
	return 0;
}

/* First the pidfd, then the look: what is alive under this number with this start time now, was so
 * when the pidfd was opened. */
int state_process_open(const struct state_process *process, int *ret_pidfd, struct error *err)
{
	_cleanup_(close_fd) int pidfd = -1;

	*ret_pidfd = -1;
	if (!of_this_boot(process))
		return 0;
	pidfd = pidfd_open(process->pid, 0);
	/* EINVAL and ENOENT: the number is a thread's now. */
	if (pidfd < 0 && (errno == ESRCH || errno == EINVAL || errno == ENOENT))
		return 0;
	if (pidfd < 0)
		return error_sys(err, "open process %d", process->pid);
	if (is_the_one(process, pidfd))
		*ret_pidfd = take_fd(&pidfd);
	return 0;
}

/* Howard Hinnant, "chrono-compatible low-level date algorithms": years begin in March, so that the
 * leap day is the last of one. */
const char *process_date(struct arena *arena, int64_t seconds, long nanoseconds)
{
	int64_t days = seconds / 86400 + 719468;
	int64_t clock = seconds % 86400;
	int64_t era = days / 146097;
	int64_t day_of_era = days % 146097;
	int64_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month_from_march = (5 * day_of_year + 2) / 153;
	int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
	int64_t year = era * 400 + year_of_era + (month <= 2);

	return arena_print(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ", (int)year, (int)month,
			   (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1),
			   (int)(clock / 3600), (int)(clock / 60 % 60), (int)(clock % 60),
			   nanoseconds);
}

const char *state_now(struct arena *arena)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return process_date(arena, now.tv_sec, now.tv_nsec);
}
