#include "helper/facts.h"

#include "common/attr.h"
#include "common/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define POLICY_SIZE (64 << 10)
#define SUBID_SIZE (4 << 20)

/* openat2's arguments lie in memory, where no filter can see them: this is the one call (H-76). */
static int open_how(int dir, const char *name, uint64_t flags, uint64_t resolve)
{
	const struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = resolve };

	return (int)syscall(SYS_openat2, dir, name, &how, sizeof(how));
}

int facts_open(int dir, const char *name, uint64_t flags)
{
	return open_how(dir, name, flags,
			RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV);
}

ssize_t facts_read(int dir, const char *name, char *data, size_t size)
{
	_cleanup_(close_fd) int fd = facts_open(dir, name, O_RDONLY);

	return fd < 0 ? -1 : read(fd, data, size);
}

uint32_t facts_number(const struct host *host, const char *name)
{
	char data[16];
	ssize_t size = facts_read(host->proc, name, data, sizeof(data));
	uint32_t number = UINT32_MAX;

	if (size > 0)
		text_number((struct text){ data, (size_t)size }, &number);
	return number;
}

static bool only_root_writes(const struct stat *st)
{
	return st->st_uid == 0 && st->st_gid == 0 && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

/* From `/` down, so that when a directory is looked at only root could have put it there: what
 * openat and fstat per component would show, for half the calls (H-65). */
static bool only_root_leads_to(const char *path)
{
	char prefix[256] = "/";
	struct stat st;

	for (size_t i = 0; i < sizeof(prefix) - 1 && path[i]; i++) {
		if (path[i] == '/' && (fstatat(AT_FDCWD, prefix, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
				       !S_ISDIR(st.st_mode) || !only_root_writes(&st)))
			return false;
		prefix[i] = path[i];
	}
	return true;
}

/* A file of root's that no user can mount over or serve: H-65. O_NONBLOCK: a FIFO must not hold
 * us. */
static int open_roots(const char *path, off_t most, struct stat *st)
{
	_cleanup_(close_fd) int fd = -1;
	struct statfs fs;

	errno = 0; /* what it says is for who asks whether the file is absent */
	fd = open_how(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY,
		      RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
	if (fd < 0 || fstat(fd, st) < 0 || !S_ISREG(st->st_mode) || !only_root_writes(st) ||
	    st->st_size > most || fstatfs(fd, &fs) < 0 || fs.f_type == FUSE_SUPER_MAGIC ||
	    fs.f_type == NFS_SUPER_MAGIC)
		return -1;
	return take_fd(&fd);
}

/* ctime cannot be set: whatever was done to the file moved it. */
static bool same_as_before(int fd, const struct stat *before)
{
	struct stat now;

	return fstat(fd, &now) == 0 && now.st_size == before->st_size &&
	       memcmp(&now.st_ctim, &before->st_ctim, sizeof(now.st_ctim)) == 0;
}

/* One pass, in pieces of whole lines; the last line needs no newline. A piece without any is no
 * list of lines. */
static bool scan_once(struct grant_scan *scan, int fd, off_t end, char *data, size_t size)
{
	const char *stop;

	for (off_t offset = 0; offset < end; offset += stop - data) {
		ssize_t got = pread(fd, data, size, offset);

		if (got <= 0)
			return false;
		stop = offset + got < end ? memrchr(data, '\n', (size_t)got) : data + got;
		if (!stop || stop == data)
			return false;
		grant_feed(scan, (struct text){ data, (size_t)(stop - data) });
	}
	return true;
}

/* Two passes over one open file (H-68). No file is an empty file. */
static void scan_file(struct grant_scan *scan, const char *path, char *data, size_t size)
{
	struct stat st = { 0 };
	_cleanup_(close_fd) int fd = open_roots(path, SUBID_SIZE, &st);
	bool absent = fd < 0 && errno == ENOENT;
	bool sound = fd >= 0 && scan_once(scan, fd, st.st_size, data, size);

	grant_next(scan);
	sound = sound && scan_once(scan, fd, st.st_size, data, size) && same_as_before(fd, &st);
	if (!sound && !absent)
		grant_refuse(scan);
	grant_next(scan);
}

static bool read_policy(struct facts *facts, char *data, size_t size)
{
	struct stat st;
	_cleanup_(close_fd) int fd = -1;

	if (!only_root_leads_to(POLICY_PATH) || !only_root_leads_to("/etc/subuid"))
		return false;
	fd = open_roots(POLICY_PATH, (off_t)size, &st);
	if (fd < 0 || pread(fd, data, size, 0) != st.st_size || !same_as_before(fd, &st))
		return false;
	return config_read((struct text){ data, (size_t)st.st_size }, &facts->config,
			   &facts->policy_line);
}

void facts_policy(struct facts *facts)
{
	static char data[POLICY_SIZE];

	facts->policy_sound = read_policy(facts, data, sizeof(data));
	if (!facts->policy_sound)
		return;
	grant_begin(&facts->grants, &facts->config, facts->caller.uid);
	if (!facts->config.value[CONFIG_SUBIDS])
		return;
	scan_file(&facts->grants, "/etc/passwd", data, sizeof(data));
	scan_file(&facts->grants, "/etc/subuid", data, sizeof(data));
	scan_file(&facts->grants, "/etc/subgid", data, sizeof(data));
}

/* NAME:\tNUMBER\tNUMBER…, a whole line of a file of procfs. */
static bool numbers_of(struct text text, const char *name, uint32_t *ret, size_t count)
{
	while (text.at) {
		struct text line = text_cut(&text, '\n');

		if (!text_equal(text_cut(&line, '\t'), text_of(name)))
			continue;
		for (size_t i = 0; i < count; i++)
			if (!text_number(text_cut(&line, '\t'), &ret[i]))
				return false;
		return !line.at;
	}
	return false;
}

/* A pidfd's fdinfo has the pid as procfs shows it; -1 when the process is gone, which is no
 * number. */
static bool know_pid(const struct host *host, int pidfd, uint32_t *ret)
{
	char name[32], data[512];
	struct pen pen = { name, sizeof(name) - 1, 0 };
	ssize_t size;

	text_put(&pen, text_of("self/fdinfo/"));
	text_put_number(&pen, (uint64_t)pidfd);
	name[pen.used] = '\0';
	size = facts_read(host->proc, name, data, sizeof(data));
	return size > 0 && numbers_of((struct text){ data, (size_t)size }, "Pid:", ret, 1) &&
	       *ret > 0;
}

/* `status` is readable whoever asks, unlike what follows; "Name:" escapes newlines. */
static bool know_ids(int dir, struct target *target)
{
	char data[1024];
	ssize_t size = facts_read(dir, "status", data, sizeof(data));
	struct text text = { data, size > 0 ? (size_t)size : 0 };
	uint32_t tgid;

	if (!numbers_of(text, "Tgid:", &tgid, 1) || !numbers_of(text, "Uid:", target->uid, 4) ||
	    !numbers_of(text, "Gid:", target->gid, 4))
		return false;
	target->leader = tgid == target->pid;
	return true;
}

/* EPERM from NS_GET_PARENT: not below ours (H-39). */
static void know_namespace(const struct host *host, int dir, struct target *target)
{
	_cleanup_(close_fd) int ns = open_how(dir, "ns/user", O_RDONLY, 0);
	_cleanup_(close_fd) int parent = -1;
	struct stat st;
	uid_t owner;

	target->hidden = ns < 0 && errno == EACCES;
	if (ns < 0 || fstat(ns, &st) < 0 || st.st_dev != host->namespaces)
		return;
	target->namespace = st.st_ino;
	if (ioctl(ns, NS_GET_NSTYPE) != CLONE_NEWUSER || ioctl(ns, NS_GET_OWNER_UID, &owner) < 0)
		return;
	target->owner = owner;
	parent = ioctl(ns, NS_GET_PARENT);
	target->child = parent >= 0 && fstat(parent, &st) == 0 && st.st_dev == host->namespaces &&
			st.st_ino == host->namespace;
}

/* A signal of number 0 reaches pidfds only, and only while the number is the process's: the
 * directory that was opened before is its own. A pidfd is readable when its process has ended, be
 * it unburied (H-36, H-37). */
static bool is_alive(int pidfd)
{
	static const struct timespec at_once;
	struct pollfd end = { .fd = pidfd, .events = POLLIN };

	return syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) == 0 &&
	       ppoll(&end, 1, &at_once, NULL) == 0;
}

void facts_target(const struct host *host, int pidfd, struct target *target, int *ret_dir)
{
	_cleanup_(close_fd) int dir = -1;
	char name[16], data[1];
	struct pen pen = { name, sizeof(name) - 1, 0 };

	if (!know_pid(host, pidfd, &target->pid))
		return;
	text_put_number(&pen, target->pid);
	name[pen.used] = '\0';
	dir = facts_open(host->proc, name, O_PATH | O_DIRECTORY);
	if (dir < 0 || !is_alive(pidfd) || !know_ids(dir, target))
		return;
	target->alive = true;
	know_namespace(host, dir, target);
	target->mapped = facts_read(dir, "uid_map", data, sizeof(data)) != 0 ||
			 facts_read(dir, "gid_map", data, sizeof(data)) != 0;
	*ret_dir = take_fd(&dir);
}
