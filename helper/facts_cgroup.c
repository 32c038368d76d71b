#include "helper/facts_cgroup.h"

#include "common/attr.h"
#include "helper/facts.h"
#include "helper/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define ENTRIES 4096	/* more than that nobody looks through: C-14 */
#define ATTACH_TYPES 64 /* above all that exist; what is no type of a cgroup's is EINVAL */

/* getdents64(2): glibc has no type for it. */
struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t size;
	uint8_t type; /* 4 is a directory */
	char name[];
};

bool cgroup_list(int dir,
		 bool (*each)(void *data, const char *name, uint64_t inode, bool directory),
		 void *data)
{
	static _Alignas(struct entry) char buffer[8192];
	uint32_t seen = 0;
	long size;

	while ((size = syscall(SYS_getdents64, dir, buffer, sizeof(buffer))) > 0) {
		for (long at = 0; at < size;) {
			const struct entry *entry = (const void *)&buffer[at];

			if (++seen > ENTRIES)
				return false;
			if (!each(data, entry->name, entry->inode, entry->type == 4))
				return true;
			at += entry->size;
		}
	}
	return size == 0;
}

struct text cgroup_of(int dir, char *data, size_t size)
{
	struct text text = facts_read(dir, "cgroup", data, size);

	if (text.size == size)
		return (struct text){ 0 }; /* cut off */
	while (text.at) {
		struct text line = text_cut(&text, '\n');

		if (line.size > 3 && memcmp(line.at, "0::", 3) == 0)
			return (struct text){ line.at + 3, line.size - 3 };
	}
	return text;
}

void cgroup_put_prefix(struct pen *pen, enum cgroup_place place, uint32_t uid)
{
	if (place == PLACE_SLICE)
		return;
	text_put(pen, text_of("rrun-"));
	text_put_number(pen, uid);
	text_put(pen, text_of("-"));
}

bool cgroup_is_tops_name(enum cgroup_place place, uint32_t uid, const char *name)
{
	char data[CGROUP_NAME];
	struct pen pen = { data, sizeof(data), 0 };

	cgroup_put_prefix(&pen, place, uid);
	return strncmp(name, data, pen.used) == 0 && strlen(name) == pen.used + 16 &&
	       strspn(name + pen.used, "0123456789abcdef") == 16;
}

/* The whole tree and nothing else: its root has inode 1, a part of it that was bound there has not
 * (C-1). On a hybrid machine it is below. */
static int open_tree_root(int proc)
{
	static const char *const paths[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	struct statfs fs;
	struct stat st;

	if (fstatat(proc, "self/ns/cgroup", &st, 0) < 0 || st.st_ino != INITIAL_CGROUPNS)
		return -1;
	for (size_t i = 0; i < count_of(paths); i++) {
		int root = facts_open_path(paths[i]);

		if (root >= 0 && fstatfs(root, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
			return fstat(root, &st) == 0 && st.st_ino == 1 ? root : -1;
	}
	return -1;
}

static int open_directory(int root, const char *path)
{
	return facts_open(root, path, O_RDONLY | O_DIRECTORY);
}

static bool is_roots(int dir)
{
	struct stat st;

	return dir >= 0 && fstat(dir, &st) == 0 && st.st_uid == 0 && !(st.st_mode & 022);
}

/* Names of controllers between spaces. */
static uint32_t controllers_in(int dir, const char *file)
{
	char data[256];
	struct text text = facts_read(dir, file, data, sizeof(data));
	uint32_t controllers = 0;

	text = text_cut(&text, '\n');
	while (text.at) {
		struct text name = text_cut(&text, ' ');

		for (uint32_t i = 0; i < CGROUP_CONTROLLERS; i++)
			if (text_equal(name, text_of(cgroup_controllers[i])))
				controllers |= 1u << i;
	}
	return controllers;
}

/* "/a/b/c" without its last LEVELS names, relative to the root of the tree. */
static int open_above(const struct tree *tree, const struct cgroup_facts *facts, uint32_t levels)
{
	char path[CGROUP_PATH];
	uint32_t size = facts->size;

	memcpy(path, facts->path, size);
	for (; levels > 0; levels--)
		while (size > 1 && path[--size] != '/')
			;
	path[size] = '\0';
	return open_directory(tree->root, size > 1 ? path + 1 : ".");
}

struct scan {
	int dir;
	struct cgroup_level *level;
};

/* What can only be written holds nothing; what cannot be written limits nobody. */
static bool scan_file(void *data, const char *name, uint64_t inode _unused_, bool directory)
{
	const struct scan *scan = data;
	char content[128];
	struct text text;
	struct stat st;

	if (directory || name[0] == '.')
		return true;
	if (fstatat(scan->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		scan->level->unseen = true;
		return true;
	}
	if (!(st.st_mode & 0222) || !(st.st_mode & 0444))
		return true;
	text = facts_read(scan->dir, name, content, sizeof(content));
	/* io.latency and the like have no file where there is nothing to be read. */
	if (!text.at && errno != EOPNOTSUPP)
		scan->level->unseen = true;
	else if (text.at && !cgroup_unlimited(text_of(name), text, &scan->level->pids))
		scan->level->limited = true;
	return true;
}

/* Programs that hang on this very cgroup, of any kind. */
static void scan_programs(const struct scan *scan)
{
	priv_begin_query();
	for (uint32_t type = 0; type < ATTACH_TYPES; type++) {
		union bpf_attr query = { .query = { .target_fd = (uint32_t)scan->dir,
						    .attach_type = type } };

		if (syscall(SYS_bpf, BPF_PROG_QUERY, &query, sizeof(query)) == 0)
			scan->level->programs |= query.query.prog_cnt > 0;
		else if (errno != EINVAL)
			scan->level->unseen |= errno == EPERM || errno == EACCES;
	}
	priv_end_query();
}

static void scan_level(const struct tree *tree, struct cgroup_facts *facts)
{
	struct cgroup_level *level = &facts->level[facts->scanned];
	struct scan scan = { open_above(tree, facts, facts->scanned), level };

	level->pids = WIRE_MAX;
	if (scan.dir < 0 || !cgroup_list(scan.dir, scan_file, &scan))
		level->unseen = true;
	if (scan.dir >= 0)
		scan_programs(&scan);
	facts->scanned++;
}

struct search {
	const struct wire_request *request;
	uint32_t uid;
	enum cgroup_place place;
	struct tree *tree;
	bool found;
};

static bool search_entry(void *data, const char *name, uint64_t inode, bool directory)
{
	struct search *search = data;

	if (!directory || inode != search->request->cgroup ||
	    !cgroup_is_tops_name(search->place, search->uid, name))
		return true;
	memcpy(search->tree->name, name, strlen(name) + 1);
	search->found = true;
	return false;
}

static uint64_t pids_in(int dir, const char *file)
{
	char data[16];
	struct text text = facts_read(dir, file, data, sizeof(data));
	uint32_t pids;

	return text_number(text_cut(&text, '\n'), &pids) ? pids : WIRE_MAX;
}

static void find_top(const struct wire_request *request, struct facts *facts, struct tree *tree)
{
	struct cgroup_facts *cgroup = &facts->cgroup;
	struct search search = { request, facts->caller.uid, 0, tree, false };
	uint64_t top, ctr;

	for (; search.place < PLACES; search.place++) {
		int place = tree->place[search.place];

		if (cgroup->usable[search.place] && cgroup_list(place, search_entry, &search) &&
		    search.found)
			break;
	}
	if (!search.found)
		return;
	tree->top = open_directory(tree->place[search.place], tree->name);
	if (!is_roots(tree->top))
		return;
	top = pids_in(tree->top, "pids.max");
	ctr = pids_in(tree->top, "ctr/pids.max");
	cgroup->pids = top < ctr ? top : ctr;
	cgroup->place = search.place;
	cgroup->found = true;
}

/* In these places, and nowhere else, is a cgroup of the caller's made or found. A place that is not
 * root's alone is none: whoever could write there could have made what we find. */
static void open_places(struct facts *facts, struct tree *tree)
{
	static const char *const prefixes[PLACES] = {
		[PLACE_SLICE] = "rrun.slice/user-",
		[PLACE_USER] = "user.slice/user-",
	};
	struct cgroup_facts *cgroup = &facts->cgroup;
	struct stat beside, home;

	for (uint32_t place = 0; place < PLACES; place++) {
		char path[CGROUP_NAME] = "";
		struct pen pen = { path, sizeof(path) - 1, 0 };

		if (place == PLACE_SIBLING) {
			tree->place[place] = cgroup->depth > 0 ? open_above(tree, cgroup, 1) : -1;
		} else {
			text_put(&pen, text_of(prefixes[place]));
			text_put_number(&pen, facts->caller.uid);
			text_put(&pen, text_of(place == PLACE_USER ? ".slice" : ""));
			path[pen.used] = '\0';
			tree->place[place] = open_directory(tree->root, path);
		}
		cgroup->usable[place] = is_roots(tree->place[place]) ||
					(place == PLACE_SLICE && tree->place[place] < 0);
	}
	cgroup->home = fstat(tree->place[PLACE_SIBLING], &beside) == 0 &&
		       fstat(tree->place[PLACE_USER], &home) == 0 && beside.st_ino == home.st_ino;
	cgroup->offered[PLACE_SIBLING] =
		controllers_in(tree->place[PLACE_SIBLING], "cgroup.subtree_control");
	cgroup->offered[PLACE_SLICE] = controllers_in(tree->root, "cgroup.controllers");
}

/* Our own is the caller's: exec does not move a process. */
static bool know_place(int proc, int dir, struct cgroup_facts *facts)
{
	char ours[CGROUP_PATH + 512], theirs[CGROUP_PATH + 512];
	int self = facts_open(proc, "self", O_PATH | O_DIRECTORY);
	struct text path = cgroup_of(self, ours, sizeof(ours));

	if (!path.at || path.at[0] != '/' || path.size > sizeof(facts->path) - 1 ||
	    memmem(path.at, path.size, " (deleted)", 10) || memmem(path.at, path.size, "/..", 3))
		return false;
	memcpy(facts->path, path.at, path.size);
	facts->size = (uint32_t)path.size;
	for (uint32_t i = 0; path.size > 1 && i < path.size; i++)
		facts->depth += path.at[i] == '/';
	facts->same = dir >= 0 && text_equal(path, cgroup_of(dir, theirs, sizeof(theirs)));
	return true;
}

/* Numbers are given out in turn, and one that is free comes again when all others have been: moving
 * a young process by its number hits no other (act_cgroup.h). loadavg ends with the newest:
 * proc(5). */
static bool is_recent(int proc, uint32_t pid)
{
	char data[128];
	struct text text = facts_read(proc, "loadavg", data, sizeof(data));
	uint32_t newest, most;

	text = text_cut(&text, '\n');
	for (int i = 0; i < 4; i++)
		text_cut(&text, ' ');
	if (!text_number(text, &newest))
		return false;
	text = facts_read(proc, "sys/kernel/pid_max", data, sizeof(data));
	return text_number(text_cut(&text, '\n'), &most) && most >= 32768 &&
	       (newest >= pid ? newest - pid : newest + most - pid) <= 8192;
}

/* Whoever may write a cgroup.procs on the way may put us into a cgroup of theirs, and freeze us
 * there between any two steps; as may whose cgroup.freeze it is. */
static bool is_callers(const struct tree *tree, const struct cgroup_facts *facts)
{
	static const char *const files[] = { "cgroup.procs", "cgroup.freeze" };

	for (uint32_t level = 0; level < facts->depth; level++) {
		int dir = open_above(tree, facts, level);
		struct stat st;

		if (level >= 2 * CGROUP_LEVELS || dir < 0)
			return true;
		for (size_t i = 0; i < count_of(files); i++)
			if (fstatat(dir, files[i], &st, 0) < 0 || st.st_uid != 0 ||
			    st.st_mode & 022)
				return true;
	}
	return false;
}

void facts_cgroup(int proc, int dir, const struct wire_request *request, struct facts *facts,
		  struct tree *tree)
{
	struct cgroup_facts *cgroup = &facts->cgroup;

	tree->root = open_tree_root(proc);
	if (tree->root < 0 || !know_place(proc, dir, cgroup))
		return;
	cgroup->tree = true;
	cgroup->own = is_callers(tree, cgroup);
	cgroup->recent = judge_needs_target(request) && is_recent(proc, facts->target.pid);
	open_places(facts, tree);
	if (request->op != OP_PREPARE)
		find_top(request, facts, tree);
	if (!judge_needs_target(request))
		return;
	while (cgroup->scanned < cgroup->depth && cgroup->scanned < CGROUP_LEVELS &&
	       !cgroup_settled(cgroup, &facts->config, request))
		scan_level(tree, cgroup);
}
