#include "frontend/cmd/members.h"

#include "frontend/cgroup/file.h"
#include "frontend/codes.h"
#include "frontend/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One process of /proc. */
struct seen {
	pid_t pid, parent;
	unsigned levels; /* of pid namespaces that it has a number in */
	bool member, hidden;
};

struct table {
	struct arena *arena;
	struct seen *item;
	size_t count, room;
};

static bool same_namespace(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

static int namespace_of(pid_t pid, struct stat *ret)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	return stat(path, ret);
}

/* What follows "\nKEY:\t" in /proc/PID/status. The name on the first line has its newlines
 * escaped. */
static const char *status_line(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? at + strlen(key) : NULL;
}

static unsigned count_numbers(const char *text)
{
	unsigned count = 0;

	for (; *text && *text != '\n'; text++)
		count += *text == '\t';
	return count + 1;
}

static bool read_seen(pid_t pid, struct seen *ret)
{
	char path[32], text[4096];
	const char *parent, *levels;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (file_read(AT_FDCWD, path, text, sizeof(text)) < 0)
		return false;
	parent = status_line(text, "\nPPid:\t");
	levels = status_line(text, "\nNSpid:\t");
	*ret = (struct seen){ .pid = pid,
			      .parent = parent ? atoi(parent) : 0,
			      .levels = levels ? count_numbers(levels) : 1 };
	return true;
}

static void add_seen(struct table *table, pid_t pid, const struct stat *wanted)
{
	struct stat namespace;
	struct seen seen;

	if (!read_seen(pid, &seen))
		return;
	if (namespace_of(pid, &namespace) == 0)
		seen.member = same_namespace(&namespace, wanted);
	else
		seen.hidden = errno == EACCES || errno == EPERM;
	if (table->count == table->room) {
		size_t room = table->room ? table->room * 2 : 256;
		struct seen *item = arena_array(table->arena, room, sizeof(*item));

		if (table->count)
			memcpy(item, table->item, table->count * sizeof(*item));
		table->item = item;
		table->room = room;
	}
	table->item[table->count++] = seen;
}

static int read_table(struct table *table, const struct stat *wanted, struct error *err)
{
	DIR *list = opendir("/proc");

	if (!list)
		return error_sys(err, "read /proc");
	for (const struct dirent *entry; (entry = readdir(list));)
		if (entry->d_name[strspn(entry->d_name, "0123456789")] == '\0')
			add_seen(table, atoi(entry->d_name), wanted);
	closedir(list);
	return 0;
}

static bool has_member(const struct table *table, pid_t pid)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->item[i].pid == pid)
			return table->item[i].member;
	return false;
}

/* Nobody leaves a pid namespace upwards, so all that a member started is the container's too. */
static void add_descendants(struct table *table)
{
	bool found;

	do {
		found = false;
		for (size_t i = 0; i < table->count; i++) {
			struct seen *seen = &table->item[i];

			if (seen->member || !has_member(table, seen->parent))
				continue;
			seen->member = found = true;
		}
	} while (found);
}

static unsigned levels_of(const struct table *table, pid_t pid)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->item[i].pid == pid)
			return table->item[i].levels;
	return 2;
}

static void gather(const struct table *table, pid_t init, struct members *ret)
{
	const unsigned levels = levels_of(table, init);

	ret->pid = arena_array(table->arena, table->count + 1, sizeof(*ret->pid));
	for (size_t i = 0; i < table->count; i++) {
		const struct seen *seen = &table->item[i];

		if (seen->member)
			ret->pid[ret->count++] = seen->pid;
		else if (seen->hidden && seen->levels >= levels)
			ret->unseen++;
	}
}

static int by_namespace(struct arena *arena, const struct container *container, struct members *ret,
			struct error *err)
{
	const pid_t init = container->state.init.pid;
	struct table table = { .arena = arena };
	struct stat own, wanted;

	if (stat("/proc/self/ns/pid", &own) < 0)
		return error_sys(err, "look at /proc/self/ns/pid");
	if (namespace_of(init, &wanted) < 0)
		return error_sys(err, "look at the pid namespace of the container's init");
	/* The error for the cgroup that is missing is the right one: it would help. */
	if (same_namespace(&own, &wanted))
		return -1;
	if (read_table(&table, &wanted, err) < 0)
		return -1;
	add_descendants(&table);
	gather(&table, init, ret);
	return 0;
}

int members_find(struct arena *arena, const struct container *container, struct members *ret,
		 struct error *err)
{
	_cleanup_(close_fd) int dir = -1;
	struct members members = { 0 };
	int done;

	if (container_cgroup(container, &dir, err) == 0)
		done = cgroup_processes(arena, dir, &members.pid, &members.count, err);
	else if (err->code == RR_CGR_04)
		done = by_namespace(arena, container, &members, err);
	else
		done = -1;
	if (done == 0)
		*ret = members;
	return done;
}

bool members_has(const struct members *members, pid_t pid)
{
	for (size_t i = 0; i < members->count; i++)
		if (members->pid[i] == pid)
			return true;
	return false;
}
