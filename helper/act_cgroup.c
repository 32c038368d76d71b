#include "helper/act_cgroup.h"

#include "common/attr.h"
#include "helper/facts.h"
#include "helper/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DIRECTORY (O_RDONLY | O_DIRECTORY)

static void fail(struct verdict *verdict, enum wire_verdict code, uint32_t detail)
{
	verdict->code = code;
	verdict->detail = detail;
}

static bool write_file(int dir, const char *file, struct text text)
{
	int fd = facts_open(dir, file, O_WRONLY);

	return fd >= 0 && write(fd, text.at, text.size) == (ssize_t)text.size;
}

/* One by one, for a list fails as a whole (C-10). What is enabled already stays so. */
static bool enable(int dir, uint32_t controllers)
{
	for (uint32_t i = 0; i < CGROUP_CONTROLLERS; i++) {
		char word[16] = "+";
		struct pen pen = { word, sizeof(word), 1 };

		text_put(&pen, text_of(cgroup_controllers[i]));
		if (controllers >> i & 1 &&
		    !write_file(dir, "cgroup.subtree_control", (struct text){ word, pen.used }))
			return false;
	}
	return true;
}

/* A file that is there in every cgroup is no limit of the request's. */
static void fail_at(struct verdict *verdict, const struct cgroup_write *write)
{
	if (write->limit < WIRE_LIMITS)
		fail(verdict, VERDICT_LIMIT, write->limit);
	else
		fail(verdict, VERDICT_INTERNAL, (uint32_t)errno);
}

/* All of them, in their order; else the verdict says which could not be. */
static bool write_all(int dir, const struct cgroup_writes *writes, struct verdict *verdict)
{
	for (uint32_t i = 0; i < writes->count; i++) {
		const struct cgroup_write *one = &writes->write[i];
		struct text text = { verdict->cgroup.text + one->first, one->size };

		if (!write_file(dir, one->file, text)) {
			fail_at(verdict, one);
			return false;
		}
	}
	return true;
}

/* The mode is ours, not the caller's umask's. One that is there already must be root's; one that
 * was made for nothing goes again. */
static int make_directory(int dir, const char *name, bool fresh)
{
	bool ours = mkdirat(dir, name, 0755) == 0;
	struct stat st;
	int made = -1;

	if (ours ? fchmodat(dir, name, 0755, 0) == 0 : !fresh && errno == EEXIST)
		made = facts_open(dir, name, DIRECTORY);
	if (made >= 0 && fstat(made, &st) == 0 && st.st_uid == 0)
		return made;
	if (ours)
		unlinkat(dir, name, AT_REMOVEDIR);
	return -1;
}

/* The root of the tree is 0555, even for root without DAC_OVERRIDE; but its owner may change that,
 * for the one time that it takes. */
static int make_rrun_slice(int root)
{
	int slice = make_directory(root, "rrun.slice", false);
	struct stat st;

	if (slice >= 0 || errno != EACCES || fstat(root, &st) < 0 ||
	    fchmodat(root, ".", 0755, 0) < 0)
		return slice;
	slice = make_directory(root, "rrun.slice", false);
	return fchmodat(root, ".", st.st_mode & 07777, 0) < 0 ? -1 : slice;
}

/* /rrun.slice/user-UID, with the user's totals. */
static bool make_slice(struct tree *tree, uint32_t uid, struct verdict *verdict)
{
	uint32_t controllers = verdict->cgroup.controllers;
	char name[CGROUP_NAME] = "user-";
	struct pen pen = { name, sizeof(name) - 1, 5 };
	int slice = make_rrun_slice(tree->root);

	text_put_number(&pen, uid);
	if (slice < 0 || !enable(tree->root, controllers) || !enable(slice, controllers))
		return false;
	tree->place[PLACE_SLICE] = make_directory(slice, name, false);
	return tree->place[PLACE_SLICE] >= 0 &&
	       write_all(tree->place[PLACE_SLICE], &verdict->cgroup.user, verdict) &&
	       enable(tree->place[PLACE_SLICE], controllers);
}

static bool make_top(struct tree *tree, uint32_t uid, const struct cgroup_verdict *cgroup)
{
	static const char digits[] = "0123456789abcdef";
	struct pen pen = { tree->name, sizeof(tree->name) - 1, 0 };
	unsigned char random[8];

	if (syscall(SYS_getrandom, random, sizeof(random), 0) != sizeof(random))
		return false;
	cgroup_put_prefix(&pen, cgroup->place, uid);
	for (size_t i = 0; i < 2 * sizeof(random); i++)
		text_put(&pen, (struct text){ &digits[random[i / 2] >> 4 * (i % 2) & 15], 1 });
	tree->top = make_directory(tree->place[cgroup->place], tree->name, true);
	return tree->top >= 0;
}

struct count {
	enum cgroup_place place;
	uint32_t uid, tops;
};

static bool count_top(void *data, const char *name, uint64_t inode _unused_, bool directory)
{
	struct count *count = data;

	count->tops += directory && cgroup_is_tops_name(count->place, count->uid, name);
	return true;
}

/* Counted when ours is there: of any number at once no more than so many go on (H-84). */
static bool within_quota(const struct tree *tree, uint32_t uid, const struct cgroup_verdict *cgroup)
{
	struct count count = { cgroup->place, uid, 0 };
	int place = facts_open(tree->place[cgroup->place], ".", DIRECTORY);

	return place >= 0 && cgroup_list(place, count_top, &count) && count.tops <= cgroup->most;
}

/* The last look at whose number it is: making the cgroup may have taken long, and whoever is slow
 * on purpose could have seen all numbers come round. */
static bool move(int ctr, int dir, const struct facts *facts)
{
	const struct text before = { facts->cgroup.path, facts->cgroup.size };
	char data[CGROUP_PATH + 512], number[16];
	struct pen pen = { number, sizeof(number), 0 };
	bool moved;

	text_put_number(&pen, facts->target.pid);
	errno = ESRCH;
	priv_begin_move();
	moved = text_equal(cgroup_of(dir, data, sizeof(data)), before) &&
		write_file(ctr, "cgroup.procs", (struct text){ number, pen.used });
	priv_end_move();
	return moved;
}

/* Whoever is behind DIR lives, and is in NAME/ctr. */
static bool arrived(int dir, const char *name)
{
	char data[CGROUP_PATH + 512];
	struct text path = cgroup_of(dir, data, sizeof(data));
	size_t size = strlen(name);

	return path.at && path.size > size + 5 && memcmp(path.at + path.size - 4, "/ctr", 4) == 0 &&
	       memcmp(path.at + path.size - 4 - size, name, size) == 0 &&
	       path.at[path.size - 5 - size] == '/';
}

/* What a user needs of a cgroup that is theirs: cgroups(7), and the two that end or stop what is in
 * it. cgroup.procs opens for group 0, too: that is how ATTACH gets in. No limit is among them. */
static bool hand_over(const struct tree *tree, int ctr, uint32_t uid)
{
	static const char *const files[] = {
		"cgroup.procs", "cgroup.threads",   "cgroup.subtree_control", "cgroup.freeze",
		"cgroup.kill",	"memory.oom.group", "memory.reclaim",
	};

	if (fchmodat(ctr, "cgroup.procs", 0664, 0) < 0)
		return false;
	priv_use_chown();
	for (size_t i = 0; i < count_of(files); i++)
		if (fchownat(ctr, files[i], uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0 &&
		    errno != ENOENT)
			return false;
	return fchownat(tree->top, "ctr", uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool limits_are_there(const struct tree *tree, struct verdict *verdict)
{
	const struct cgroup_writes *top = &verdict->cgroup.top;

	for (uint32_t i = 0; i < top->count; i++) {
		struct stat st;

		if (fstatat(tree->top, top->write[i].file, &st, 0) < 0) {
			fail_at(verdict, &top->write[i]);
			return false;
		}
	}
	return true;
}

/* `top` and `ctr`, empty; false leaves it to the caller to remove them. */
static bool make_both(const struct tree *tree, uint32_t uid, struct verdict *verdict, int *ret_ctr)
{
	if (!within_quota(tree, uid, &verdict->cgroup)) {
		fail(verdict, VERDICT_QUOTA, verdict->cgroup.most);
		return false;
	}
	if (!limits_are_there(tree, verdict) || !enable(tree->top, verdict->cgroup.controllers))
		return false;
	*ret_ctr = make_directory(tree->top, "ctr", true);
	return *ret_ctr >= 0;
}

static void unmake(const struct tree *tree, enum cgroup_place place)
{
	unlinkat(tree->top, "ctr", AT_REMOVEDIR);
	unlinkat(tree->place[place], tree->name, AT_REMOVEDIR);
}

static void prepare(int dir, const struct facts *facts, struct tree *tree, struct verdict *verdict)
{
	enum cgroup_place place = verdict->cgroup.place;
	uint32_t uid = facts->caller.uid;
	struct stat st;
	int ctr;

	verdict->code = VERDICT_INTERNAL;
	if ((place == PLACE_SLICE && !make_slice(tree, uid, verdict)) ||
	    !make_top(tree, uid, &verdict->cgroup)) {
		if (verdict->code == VERDICT_INTERNAL)
			verdict->detail = (uint32_t)errno;
		return;
	}
	if (!make_both(tree, uid, verdict, &ctr) || fstat(tree->top, &st) < 0 ||
	    !move(ctr, dir, facts)) {
		if (verdict->code == VERDICT_INTERNAL)
			verdict->detail = (uint32_t)errno;
		unmake(tree, place);
		return;
	}
	verdict->made = st.st_ino;
	if (!arrived(dir, tree->name) || !write_all(tree->top, &verdict->cgroup.top, verdict) ||
	    !write_all(ctr, &verdict->cgroup.ctr, verdict) || !hand_over(tree, ctr, uid))
		return;
	verdict->code = VERDICT_ALLOW;
}

/* As group 0, by the mode that hand_over gave: who took it away keeps only themselves out. */
static void attach(int dir, const struct facts *facts, const struct tree *tree,
		   struct verdict *verdict)
{
	int ctr = facts_open(tree->top, "ctr", DIRECTORY);

	if (ctr < 0 || !move(ctr, dir, facts) || !arrived(dir, tree->name))
		fail(verdict, VERDICT_INTERNAL, (uint32_t)errno);
}

static void update(const struct tree *tree, struct verdict *verdict)
{
	if (limits_are_there(tree, verdict) && !enable(tree->top, verdict->cgroup.controllers))
		fail(verdict, VERDICT_INTERNAL, (uint32_t)errno);
	if (verdict->code == VERDICT_ALLOW)
		write_all(tree->top, &verdict->cgroup.top, verdict);
}

static void release(const struct tree *tree, enum cgroup_place place, struct verdict *verdict)
{
	if ((unlinkat(tree->top, "ctr", AT_REMOVEDIR) < 0 && errno != ENOENT) ||
	    unlinkat(tree->place[place], tree->name, AT_REMOVEDIR) < 0)
		fail(verdict, errno == EBUSY ? VERDICT_BUSY : VERDICT_INTERNAL, (uint32_t)errno);
}

void act_cgroup(uint32_t op, int dir, const struct facts *facts, struct tree *tree,
		struct verdict *verdict)
{
	priv_own_cgroups();
	if (op == OP_PREPARE)
		prepare(dir, facts, tree, verdict);
	else if (op == OP_ATTACH)
		attach(dir, facts, tree, verdict);
	else if (op == OP_UPDATE)
		update(tree, verdict);
	else
		release(tree, verdict->cgroup.place, verdict);
}
