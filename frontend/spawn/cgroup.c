#include "frontend/spawn/cgroup.h"

#include "common/attr.h"
#include "common/wire.h"
#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/policy_file.h"
#include "frontend/spawn/rung.h"
#include "policy/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char admin[] = "ask your admin; rrun-helper goes by " POLICY_PATH;

static const char *const files[WIRE_LIMITS + 1] = {
	[LIMIT_PIDS] = "pids.max",
	[LIMIT_MEMORY] = "memory.max",
	[LIMIT_MEMORY_HIGH] = "memory.high",
	[LIMIT_SWAP] = "memory.swap.max",
	[LIMIT_CPU_QUOTA] = "cpu.max",
	[LIMIT_CPU_PERIOD] = "cpu.max",
	[LIMIT_CPU_WEIGHT] = "cpu.weight",
	[LIMIT_IO_WEIGHT] = "io.weight",
	[LIMIT_HUGETLB_2M] = "hugetlb.2MB.max",
	[LIMIT_HUGETLB_1G] = "hugetlb.1GB.max",
	[LIMIT_MEMS] = "cpuset.mems",
	[LIMIT_CPUS] = "cpuset.cpus",
	[WIRE_LIMITS] = "cgroup.max.descendants",
};

static const char *file_of(uint32_t limit)
{
	return limit <= WIRE_LIMITS && files[limit] ? files[limit] : "cpuset.cpus";
}

const char *cgroup_clamped(struct arena *arena, uint32_t clamped)
{
	const char *list = "";

	for (uint32_t i = 0; i < WIRE_LIMITS; i++)
		if (clamped >> i & 1)
			list = arena_print(arena, "%s%s%s", list, *list ? ", " : "", file_of(i));
	return list;
}

void request_limits(const struct plan_cgroup *cgroup, struct wire_request *request)
{
	if (cgroup->way != WAY_HELPER)
		return;
	request->flags |= WIRE_CGROUP;
	request->limits = cgroup->asked;
	memcpy(request->limit, cgroup->limit, sizeof(request->limit));
}

/* The "0::" line of FILE: cgroups(7). */
static int path_read(const char *file, char *path, size_t size)
{
	_cleanup_(close_fd) int fd = open(file, O_RDONLY | O_CLOEXEC);
	static char text[16384];
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	char *line;

	if (got < 0)
		return -1;
	text[got] = '\0';
	line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
	if (!line)
		return -1;
	line = strchr(line, '/');
	if (!line)
		return -1;
	line[strcspn(line, "\n")] = '\0';
	return (size_t)snprintf(path, size, "%s", line) < size ? 0 : -1;
}

/* Beside v1, which then has the controllers: systemd's "hybrid". */
static bool is_hybrid(void)
{
	return access("/sys/fs/cgroup/cgroup.procs", F_OK) < 0;
}

/* Our own cgroup without its last LEVELS names, as a path on this machine. */
static void path_above(uint32_t levels, char *path, size_t size)
{
	const char *mount = is_hybrid() ? "/sys/fs/cgroup/unified" : "/sys/fs/cgroup";
	char own[1024];

	if (path_read("/proc/self/cgroup", own, sizeof(own)) < 0)
		snprintf(own, sizeof(own), "/");
	for (; levels > 0 && strrchr(own, '/'); levels--)
		*strrchr(own, '/') = '\0';
	snprintf(path, size, "%s%s", mount, own);
}

/* Which file of the cgroup at PATH says that there is a limit: the helper's own rule. pids.max,
 * which the helper may carry over, is named only where no other is to blame. */
static void limit_find(const char *path, char *ret, size_t size)
{
	DIR *list = opendir(path);
	bool found = false;

	snprintf(ret, size, "a file there");
	for (const struct dirent *entry; list && !found && (entry = readdir(list));) {
		_cleanup_(close_fd) int fd =
			openat(dirfd(list), entry->d_name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		uint64_t pids = WIRE_MAX;
		struct stat st;
		char text[128];
		ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text));

		if (got < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || !(st.st_mode & 0222))
			continue;
		found = !cgroup_unlimited(text_of(entry->d_name),
					  (struct text){ text, (size_t)got },
					  &pids);
		if (found || pids != WIRE_MAX)
			snprintf(ret, size, "%.60s is %.*s", entry->d_name,
				 (int)strcspn(text, "\n") < (int)got ? (int)strcspn(text, "\n")
								     : (int)got,
				 text);
	}
	if (list)
		closedir(list);
}

int hint_of_site(struct error *err, const char *hint)
{
	_cleanup_(arena_free) struct arena arena = { 0 };
	const char *notice = policy_notice(&arena);

	return notice ? error_hint(err, "the site says: %s", notice) : error_hint(err, "%s", hint);
}

static int refuse(struct error *err, uint16_t code, const char *why, const char *hint)
{
	error_set(err, code, "no limit can be held here");
	error_why(err, "%s", why);
	return error_hint(err, "%s", hint);
}

static int refuse_by_policy(struct error *err, const char *why)
{
	refuse(err, RR_CGR_05, why, "");
	return hint_of_site(err, admin);
}

/* WHO would leave what: a limit, a program, or what cannot be seen. */
static void say_left(const struct wire_reply *reply, const char *who, struct error *err)
{
	char path[PATH_MAX], file[200];

	path_above(reply->which, path, sizeof(path));
	if (reply->detail == LEFT_PROGRAM) {
		error_why(err, "%s would leave %s, which has a BPF program", who, path);
	} else if (reply->detail == LEFT_UNSEEN) {
		error_why(err, "%s would leave %s, of which not all can be seen", who, path);
	} else {
		limit_find(path, file, sizeof(file));
		error_why(err, "%s would leave %s, where %s", who, path, file);
	}
}

static int loosens(const struct wire_reply *reply, struct error *err)
{
	error_set(err, RR_CGR_02, "no limit can be held here");
	say_left(reply, "the container", err);
	return error_hint(err,
			  "only root can change that cgroup; a container without limits of its "
			  "own stays in it");
}

static int no_controller(uint32_t limit, struct error *err)
{
	error_set(err, RR_CGR_02, "%s cannot be held here", file_of(limit));
	if (is_hybrid()) {
		error_why(err,
			  "this machine has the controller in cgroup v1, and rrun uses v2 only");
		return error_hint(err,
				  "your admin can boot with systemd.unified_cgroup_hierarchy=1");
	}
	error_why(err, "its controller is not enabled for your cgroups, or the value is none");
	return error_hint(err, "your admin can enable it (cgroup.subtree_control of the slice), "
			       "or set placement slice in " POLICY_PATH);
}

static int entry_loosens(const struct wire_reply *reply, struct error *err)
{
	error_set(err, RR_CGR_02, "the container's cgroup is closed to this process");
	say_left(reply, "it", err);
	return error_hint(err, "enter it from where the container was started, or from another "
			       "login or service that has no such limit");
}

bool verdict_of_cgroup(const struct wire_reply *reply)
{
	return reply->verdict >= VERDICT_NO_TREE || reply->verdict == VERDICT_CGROUP_OFF ||
	       (reply->verdict != VERDICT_ALLOW && reply->cgroup != 0);
}

int cgroup_refused(const struct wire_reply *reply, struct error *err)
{
	char path[PATH_MAX];

	switch ((enum wire_verdict)reply->verdict) {
	case VERDICT_CGROUP_OFF:
		return refuse_by_policy(err, "the site has switched cgroups off");
	case VERDICT_INHERIT:
		return refuse_by_policy(
			err, "the site lets containers stay in the caller's cgroup only");
	case VERDICT_NO_TREE:
		return refuse(err, RR_CGR_01, "rrun-helper finds no cgroup v2 tree",
			      "your admin can boot with systemd.unified_cgroup_hierarchy=1");
	case VERDICT_OWN_TREE:
		path_above(0, path, sizeof(path));
		error_set(err, RR_CGR_02, "no limit can be held here");
		error_why(err, "%s is a tree of your own, and rrun could not use it", path);
		return error_hint(err, "start it where your tree has the controllers and room: "
				       "systemd-run --user --scope -p Delegate=yes rrun …");
	case VERDICT_JOB:
		path_above(reply->which, path, sizeof(path));
		error_set(err, RR_CGR_02, "no limit can be held here");
		error_why(err, "%s is a batch job, which is never left", path);
		return error_hint(err, "ask the scheduler for less: the job's limits hold inside");
	case VERDICT_LOOSENS:
		return loosens(reply, err);
	case VERDICT_LIMIT:
		return no_controller(reply->detail, err);
	case VERDICT_QUOTA:
		error_set(err, RR_CGR_05, "you have %u cgroups, as many as the site allows",
			  reply->detail);
		return error_hint(
			err,
			"rrun list shows your containers, rrun gc clears what is left of others");
	case VERDICT_UNKNOWN:
		error_set(err, RR_CGR_03, "the container's cgroup is gone");
		return error_hint(err, "nothing runs in it any more");
	case VERDICT_BUSY:
		error_set(err, RR_CGR_03, "the container's cgroup is still in use");
		return error_hint(
			err, "processes or cgroups are left in it; rrun delete --force ends them");
	case VERDICT_ELSEWHERE:
		return refuse(err, RR_CGR_03, "the process is not in your own cgroup", admin);
	case VERDICT_CALLER:
	case VERDICT_POLICY:
		return refuse_by_policy(
			err, "the site's policy does not serve this user, or is not valid");
	case VERDICT_DENY:
	case VERDICT_ALLOW:
	case VERDICT_PROTOCOL:
	case VERDICT_OFF:
	case VERDICT_TARGET:
	case VERDICT_DUMPABLE:
	case VERDICT_MAPPED:
	case VERDICT_MAP:
	case VERDICT_RANGE:
	case VERDICT_EXTENTS:
	case VERDICT_HALF:
	case VERDICT_INTERNAL:
	case VERDICT_LIMITS:
		break;
	}
	error_set(err, RR_CGR_03, "no cgroup through rrun-helper");
	return error_why(err, "it answered %u (%u)", reply->verdict, reply->detail);
}

static int ask(struct idmap_helper *helper, struct wire_request *request, int pidfd,
	       struct wire_reply *reply, struct error *err)
{
	int status;

	request->magic = WIRE_MAGIC;
	request->version = WIRE_VERSION;
	request->guard = WIRE_GUARD;
	if (helper->pid <= 0 && idmap_helper_start(helper, err) < 0)
		return -1;
	if (helper_ask(helper, request, pidfd, reply, &status) < 0) {
		helper_silent("no cgroup through rrun-helper", status, err);
		return -1;
	}
	return reply->verdict == VERDICT_ALLOW ? 0 : cgroup_refused(reply, err);
}

int cgroup_helper_make(const struct plan_cgroup *plan, struct idmap_helper *helper, int pidfd,
		       uint64_t *ret_top, uint32_t *ret_clamped, struct error *err)
{
	struct wire_request request = { .op = OP_PREPARE };
	struct wire_reply reply = { 0 };
	int done;

	request_limits(plan, &request);
	done = ask(helper, &request, pidfd, &reply, err);
	*ret_top = reply.cgroup;
	*ret_clamped = reply.clamped;
	return done;
}

int cgroup_helper_attach(uint64_t top, int pidfd, struct error *err)
{
	struct idmap_helper helper = { -1, -1 };
	struct wire_request request = { .op = OP_ATTACH, .cgroup = top };
	struct wire_reply reply = { 0 };

	if (ask(&helper, &request, pidfd, &reply, err) == 0)
		return 0;
	return reply.verdict == VERDICT_LOOSENS ? entry_loosens(&reply, err) : -1;
}

int cgroup_helper_update(uint64_t top, uint32_t asked, const uint64_t *limit, uint32_t *ret_clamped,
			 struct error *err)
{
	struct idmap_helper helper = { -1, -1 };
	struct wire_request request = { .op = OP_UPDATE, .cgroup = top, .limits = asked };
	struct wire_reply reply = { 0 };
	int done;

	memcpy(request.limit, limit, sizeof(request.limit));
	done = ask(&helper, &request, -1, &reply, err);
	*ret_clamped = reply.clamped;
	return done;
}

static int release_top(uint64_t top, struct error *err)
{
	struct idmap_helper helper = { -1, -1 };
	struct wire_request request = { .op = OP_RELEASE, .cgroup = top };
	struct wire_reply reply = { 0 };

	if (ask(&helper, &request, -1, &reply, err) == 0)
		return 0;
	/* systemd takes away an empty one at the end of the user's last session. */
	return reply.verdict == VERDICT_UNKNOWN ? 0 : -1;
}

int cgroup_release(const struct cgroup *cgroup, struct error *err)
{
	_cleanup_(close_fd) int dir = -1;

	if (!cgroup->top && (!cgroup->path || !*cgroup->path))
		return 0;
	if (cgroup->path && *cgroup->path && cgroup_open(cgroup, &dir, err) < 0)
		return -1;
	if (dir >= 0 && (cgroup_kill(dir, err) < 0 || cgroup_empty(dir, err) < 0))
		return -1;
	return cgroup->top ? release_top(cgroup->top, err) : cgroup_remove(cgroup, err);
}

int cgroup_find(struct arena *arena, const char *mount, pid_t pid, struct cgroup *ret,
		struct error *err)
{
	char file[64], path[PATH_MAX];
	struct stat st;

	snprintf(file, sizeof(file), "/proc/%d/cgroup", (int)pid);
	if (path_read(file, path, sizeof(path)) < 0)
		return error_sys(err, "find the container's cgroup");
	ret->path = arena_print(arena, "%s%s", mount, path);
	if (stat(ret->path, &st) < 0)
		return error_sys(err, "look at %s", ret->path);
	ret->inode = st.st_ino;
	return 0;
}

#define ABANDONED_MAX 1024
#define ABANDONED_S 10

/* "rrun-UID-" and 16 digits, or in the site's slice the digits alone. */
static bool is_tops_name(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(name, prefix, length) == 0 && strlen(name) == length + 16 &&
	       strspn(name + length, "0123456789abcdef") == 16;
}

/* TOP/ctr, if it is there, says whether anybody is in it. */
static bool is_abandoned(int place, const char *name)
{
	char path[128], text[256] = "";
	struct stat st;
	ssize_t got;

	snprintf(path, sizeof(path), "%.60s/cgroup.events", name);
	_cleanup_(close_fd) int fd = openat(place, path, O_RDONLY | O_CLOEXEC);

	got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	return got > 0 && strstr(text, "populated 0") &&
	       fstatat(place, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       time(NULL) - st.st_mtime >= ABANDONED_S;
}

static void place_look(struct arena *arena, const char *path, const char *prefix,
		       struct cgroup *list, size_t *count)
{
	DIR *place = opendir(path);

	for (const struct dirent *entry; place && (entry = readdir(place));) {
		struct cgroup *one = &list[*count];
		struct stat st = { 0 };

		if (*count == ABANDONED_MAX || !is_tops_name(entry->d_name, prefix) ||
		    !is_abandoned(dirfd(place), entry->d_name))
			continue;
		one->top = entry->d_ino;
		one->path = arena_print(arena, "%s/%s/ctr", path, entry->d_name);
		if (stat(one->path, &st) == 0)
			one->inode = st.st_ino;
		++*count;
	}
	if (place)
		closedir(place);
}

int cgroup_abandoned(struct arena *arena, const struct cgroup **ret, size_t *ret_count,
		     struct error *err)
{
	struct cgroup *list = arena_array(arena, ABANDONED_MAX, sizeof(*list));
	const char *prefix = arena_print(arena, "rrun-%u-", geteuid());
	const char *parent, *user, *slice;
	char path[PATH_MAX], mount[PATH_MAX];
	size_t count = 0;

	(void)err;
	path_above(UINT32_MAX, mount, sizeof(mount));
	path_above(1, path, sizeof(path));
	parent = arena_copy(arena, path, strlen(path));
	user = arena_print(arena, "%s/user.slice/user-%u.slice", mount, geteuid());
	slice = arena_print(arena, "%s/rrun.slice/user-%u", mount, geteuid());
	place_look(arena, slice, "", list, &count);
	place_look(arena, user, prefix, list, &count);
	if (strcmp(parent, user) != 0)
		place_look(arena, parent, prefix, list, &count);
	*ret = list;
	*ret_count = count;
	return 0;
}
