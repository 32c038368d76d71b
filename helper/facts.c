#include "helper/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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

int facts_open_path(const char *path)
{
	return open_how(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
}

struct text facts_read(int dir, const char *name, char *data, size_t size)
{
	int fd = facts_open(dir, name, O_RDONLY);
	ssize_t got = fd < 0 ? -1 : read(fd, data, size);

	return got < 0 ? (struct text){ 0 } : (struct text){ data, (size_t)got };
}

static bool only_root_writes(const struct stat *st)
{
	return st->st_uid == 0 && st->st_gid == 0 && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

/* From the root down, so that when a directory is looked at only root could have put it there: what
 * openat and fstat per component would show, for half the calls (H-65). Who could write `/` or /etc
 * would have had the loader before us, by /etc/ld.so.preload: the other files need no look of this
 * kind, nor does `/`. */
static bool only_root_leads_to(const char *path)
{
	char prefix[256] = "/";
	struct stat st;

	for (size_t i = 1; i < sizeof(prefix) - 1 && path[i]; i++) {
		if (path[i] == '/' && (fstatat(AT_FDCWD, prefix, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
				       !S_ISDIR(st.st_mode) || !only_root_writes(&st)))
			return false;
		prefix[i] = path[i];
	}
	return true;
}

/* A file of root's: H-65. Who may not write the directories may not mount there either, so it is no
 * matter whose file system it is: the whole /etc of a diskless node is on NFS. O_NONBLOCK: a FIFO
 * must not hold us. */
static int open_roots(const char *path, off_t most, struct stat *st)
{
	int fd;

	errno = 0; /* what it says is for who asks whether the file is absent */
	fd = open_how(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, RESOLVE_NO_SYMLINKS);
	if (fd < 0 || fstat(fd, st) < 0 || !S_ISREG(st->st_mode) || !only_root_writes(st) ||
	    st->st_size > most)
		return -1;
	return fd;
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
static bool scan_once(struct grant_scan *scan, int fd, off_t end, char *data, off_t size)
{
	const char *stop;

	for (off_t offset = 0; offset < end; offset += stop - data) {
		off_t rest = end - offset;
		size_t piece = (size_t)(rest < size ? rest : size);

		if (pread(fd, data, piece, offset) != (ssize_t)piece)
			return false;
		stop = rest > size ? memrchr(data, '\n', piece) : data + piece;
		if (!stop || stop == data)
			return false;
		grant_feed(scan, (struct text){ data, (size_t)(stop - data) });
	}
	return true;
}

/* Two passes over one open file (H-68); what fits is read once. No file is an empty file. */
static void scan_file(struct grant_scan *scan, const char *path, char *data, off_t size)
{
	struct stat st = { 0 };
	int fd = open_roots(path, SUBID_SIZE, &st);
	bool absent = fd < 0 && errno == ENOENT;
	bool sound = fd >= 0 && scan_once(scan, fd, st.st_size, data, size);

	grant_next(scan);
	if (sound && st.st_size <= size)
		grant_feed(scan, (struct text){ data, (size_t)st.st_size });
	else
		sound = sound && scan_once(scan, fd, st.st_size, data, size);
	if (!absent && !(sound && same_as_before(fd, &st)))
		grant_refuse(scan);
	grant_next(scan);
}

static bool read_policy(struct facts *facts, char *data, size_t size)
{
	struct stat st;
	int fd = only_root_leads_to(POLICY_PATH) ? open_roots(POLICY_PATH, (off_t)size, &st) : -1;

	if (fd < 0 || pread(fd, data, size, 0) != st.st_size || !same_as_before(fd, &st))
		return false;
	return config_read((struct text){ data, (size_t)st.st_size }, &facts->config,
			   &facts->policy_line);
}

void facts_policy(const struct wire_request *request, struct facts *facts)
{
	static char data[POLICY_SIZE];
	const struct caller *caller = &facts->caller;

	facts->policy_sound = read_policy(facts, data, sizeof(data));
	if (!facts->policy_sound)
		return;
	grant_begin(&facts->grants, &facts->config, caller->uid);
	if (!facts->config.value[CONFIG_SUBIDS] || !(request->flags & WIRE_MAPS) ||
	    (idmap_is_own(&request->uid, caller->uid) && idmap_is_own(&request->gid, caller->gid)))
		return;
	scan_file(&facts->grants, "/etc/passwd", data, sizeof(data));
	scan_file(&facts->grants, "/etc/subuid", data, sizeof(data));
	scan_file(&facts->grants, "/etc/subgid", data, sizeof(data));
}

/* What stands behind NAME and a tab, to the end of its line, in a file of procfs. */
static struct text value_of(struct text text, const char *name)
{
	while (text.at) {
		struct text line = text_cut(&text, '\n');

		if (text_equal(text_cut(&line, '\t'), text_of(name)))
			return line;
	}
	return text;
}

static bool numbers_of(struct text text, const char *name, uint32_t *ret, size_t count)
{
	struct text value = value_of(text, name);

	for (size_t i = 0; i < count; i++)
		if (!text_number(text_cut(&value, '\t'), &ret[i]))
			return false;
	return !value.at;
}

static const char *path_of(char *path, size_t size, const char *before, uint32_t number)
{
	struct pen pen = { path, size - 1, 0 };

	text_put(&pen, text_of(before));
	text_put_number(&pen, number);
	path[pen.used] = '\0';
	return path;
}

/* `status` is readable whoever asks, unlike what follows; "Name:" escapes newlines. A dead leader
 * has ids and a namespace for as long as its threads live: H-37. */
static bool know_ids(int dir, struct target *target)
{
	char data[1024];
	struct text text = facts_read(dir, "status", data, sizeof(data));
	struct text state = value_of(text, "State:");
	uint32_t tgid;

	if (state.size == 0 || state.at[0] == 'Z' || state.at[0] == 'X' ||
	    !numbers_of(text, "Tgid:", &tgid, 1) || !numbers_of(text, "Uid:", target->uid, 4) ||
	    !numbers_of(text, "Gid:", target->gid, 4))
		return false;
	target->leader = tgid == target->pid;
	return true;
}

/* Behind a verified /proc ns/user is a namespace, and only a user namespace has an owner. EPERM
 * from NS_GET_PARENT: not below ours (H-39). */
static void know_namespace(int dir, struct target *target)
{
	int ns = open_how(dir, "ns/user", O_RDONLY, 0);
	struct stat parent;
	uid_t owner;

	target->hidden = ns < 0 && errno == EACCES;
	if (ns < 0 || ioctl(ns, NS_GET_OWNER_UID, &owner) < 0)
		return;
	target->owner = owner;
	target->child =
		fstat(ioctl(ns, NS_GET_PARENT), &parent) == 0 && parent.st_ino == INITIAL_USERNS;
}

static bool is_empty(int dir, const char *name)
{
	char data[1];
	struct text text = facts_read(dir, name, data, sizeof(data));

	return text.at && text.size == 0;
}

/* A pidfd's fdinfo has the pid as procfs shows it; -1 when the process is gone, which is no number.
 * A signal of number 0 reaches pidfds only, and only while the number is the process's: the
 * directory that was opened before is its own (H-36, H-37). */
void facts_target(int proc, int pidfd, struct target *target, int *ret_dir)
{
	char path[32], data[512];
	struct text fdinfo =
		facts_read(proc, path_of(path, sizeof(path), "self/fdinfo/", (uint32_t)pidfd), data,
			   sizeof(data));

	if (!numbers_of(fdinfo, "Pid:", &target->pid, 1) || target->pid == 0)
		return;
	*ret_dir = facts_open(proc, path_of(path, sizeof(path), "", target->pid),
			      O_PATH | O_DIRECTORY);
	if (*ret_dir < 0 || syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) < 0 ||
	    !know_ids(*ret_dir, target))
		return;
	target->alive = true;
	know_namespace(*ret_dir, target);
	target->mapped = !is_empty(*ret_dir, "uid_map") || !is_empty(*ret_dir, "gid_map");
}
