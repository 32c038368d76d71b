#include "frontend/cgroup/here.h"

#include "common/text.h"
#include "frontend/cgroup/file.h"
#include "frontend/cgroup/parts.h"
#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/policy_file.h"
#include "policy/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CPU_PERIOD 100000
#define INITIAL_USER_NAMESPACE 0xEFFFFFFDu /* PROC_USER_INIT_INO of the kernel */

/* The names that batch systems give to what a job is held in. `*` may begin or end one. */
static const char *const job_names[] = {
	"slurmstepd.scope", "*_slurmstepd.scope", "job_*", "pbs*", "htcondor*",
};

static bool matches(const char *pattern, struct text name)
{
	size_t length = strlen(pattern);

	if (pattern[0] == '*')
		return name.size >= length - 1 &&
		       memcmp(name.at + name.size - (length - 1), pattern + 1, length - 1) == 0;
	if (pattern[length - 1] == '*')
		return name.size >= length - 1 && memcmp(name.at, pattern, length - 1) == 0;
	return text_equal(name, text_of(pattern));
}

static bool is_never_left(struct text name)
{
	for (size_t i = 0; i < count_of(job_names); i++)
		if (matches(job_names[i], name))
			return true;
	return false;
}

const char *here_job(struct arena *arena, const char *path)
{
	const char *job = NULL;

	for (const char *at = path; *at;) {
		struct text name = { at + 1, strcspn(at + 1, "/") };

		at += 1 + name.size;
		if (is_never_left(name))
			job = arena_copy(arena, path, (size_t)(at - path));
	}
	return job;
}

const char *here_path(struct arena *arena, const char *text)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, "0::/", 4) == 0)
			return arena_copy(arena, line + 3, strcspn(line + 3, "\n"));
	}
	return NULL;
}

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text), size = strlen(end);

	return length >= size && strcmp(text + length - size, end) == 0;
}

/* A cgroup that was removed has no files, and one outside our cgroup namespace, "/../x", is not
 * below our mount. */
static bool is_within(const char *path)
{
	return !ends_in(path, " (deleted)") && strncmp(path, "/../", 4) != 0 &&
	       strcmp(path, "/..") != 0;
}

static int level_open(struct arena *arena, const char *mount, const char *path)
{
	return open(arena_print(arena, "%s%s", mount, path),
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* "/a/b" becomes "/a", that "/", and that nothing: false. */
static bool go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash[1])
		return false;
	slash[slash == path] = '\0';
	return true;
}

enum free_when { FREE_MAX, FREE_EMPTY };

static const struct {
	const char *file;
	enum free_when when;
} limit_files[] = {
	{ "memory.max", FREE_MAX },	 { "memory.high", FREE_MAX },
	{ "memory.swap.max", FREE_MAX }, { "pids.max", FREE_MAX },
	{ "cpu.max", FREE_MAX },	 { "hugetlb.2MB.max", FREE_MAX },
	{ "hugetlb.1GB.max", FREE_MAX }, { "cpuset.cpus", FREE_EMPTY },
	{ "cpuset.mems", FREE_EMPTY },	 { "io.max", FREE_EMPTY },
};

/* systemd puts a TasksMax on every unit, asked or not. One that the caller may lift holds
 * nobody. */
static bool is_nominal(int dir, const char *file)
{
	return strcmp(file, "pids.max") == 0 && faccessat(dir, file, W_OK, AT_EACCESS) == 0;
}

/* The file that limits DIR, null when none does. One that cannot be read is taken for a limit. */
static const char *find_limit(int dir)
{
	for (size_t i = 0; i < count_of(limit_files); i++) {
		const char *file = limit_files[i].file;
		char text[64];

		if (file_read(dir, file, text, sizeof(text)) < 0) {
			if (errno == ENOENT)
				continue;
			return file;
		}
		if (limit_files[i].when == FREE_MAX
			    ? strncmp(text, "max", 3) == 0 ||
				      strncmp(text, CGROUP_PAGE_MAX, strlen(CGROUP_PAGE_MAX)) == 0
			    : !text[strspn(text, "\n")])
			continue;
		if (!is_nominal(dir, file))
			return file;
	}
	return NULL;
}

static bool may_write(int dir)
{
	return faccessat(dir, ".", W_OK | X_OK, AT_EACCESS) == 0 &&
	       faccessat(dir, "cgroup.procs", W_OK, AT_EACCESS) == 0 &&
	       faccessat(dir, "cgroup.subtree_control", W_OK, AT_EACCESS) == 0;
}

static bool is_callers(int dir)
{
	struct stat stat;

	return fstat(dir, &stat) == 0 && stat.st_uid == geteuid();
}

/* LEAF: the caller's own cgroup, which the caller may leave free by going one level down. */
static bool is_own(int dir, bool leaf)
{
	return may_write(dir) && (holds_none(dir) || is_real_root(dir) ||
				  (leaf && is_callers(dir) && holds_only_us(dir)));
}

static bool rules_the_machine(int root)
{
	struct stat namespace;

	return geteuid() == 0 && is_real_root(root) &&
	       stat("/proc/self/ns/user", &namespace) == 0 &&
	       namespace.st_ino == INITIAL_USER_NAMESPACE && may_write(root);
}

static bool take_root(struct arena *arena, struct here *here)
{
	_cleanup_(close_fd) int root = level_open(arena, here->mount, "/");

	if (root < 0 || !rules_the_machine(root))
		return false;
	here->own = "/";
	here->own_controllers = controllers_read(root, "cgroup.controllers");
	return true;
}

/* Up from the caller's cgroup to the first that is the caller's own. The first limit on the way is
 * kept in mind: it matters only when there is such a tree behind it. */
static void find_own(struct arena *arena, struct here *here)
{
	char *path = arena_copy(arena, here->path, strlen(here->path));
	const char *blocked = NULL;
	bool leaf = true;

	if (take_root(arena, here))
		return;
	do {
		_cleanup_(close_fd) int dir = level_open(arena, here->mount, path);
		const char *limit;

		if (dir < 0)
			return;
		if (is_own(dir, leaf)) {
			here->own_blocked = blocked;
			here->own = blocked ? NULL : path;
			here->own_controllers =
				blocked ? 0 : controllers_read(dir, "cgroup.controllers");
			return;
		}
		limit = blocked ? NULL : find_limit(dir);
		if (limit)
			blocked = arena_print(arena, "%s%s/%s", here->mount, path[1] ? path : "",
					      limit);
		leaf = false;
	} while (go_up(path));
}

bool here_quota(const char *text, uint64_t *ret)
{
	const char *space = strchr(text, ' ');
	uint64_t quota, period = CPU_PERIOD;

	if (!file_parse(text, &quota))
		return false;
	if (space && (!file_parse(space + 1, &period) || !period))
		return false;
	if (quota != WIRE_MAX)
		quota = (uint64_t)((unsigned __int128)quota * CPU_PERIOD / period);
	*ret = quota;
	return true;
}

static void set_bit(uint64_t *bits, size_t words, uint64_t bit)
{
	if (bit / 64 < words)
		bits[bit / 64] |= UINT64_C(1) << bit % 64;
}

bool here_bits(const char *text, uint64_t *ret, size_t words)
{
	memset(ret, 0, words * sizeof(*ret));
	while (*text && *text != '\n') {
		char *end;
		uint64_t first = strtoull(text, &end, 10), last = first;

		if (end == text)
			return false;
		if (*end == '-')
			last = strtoull(text = end + 1, &end, 10);
		if (end == text || last < first || last > UINT32_MAX || !strchr(",\n", *end))
			return false;
		for (uint64_t bit = first; bit <= last && bit < words * 64; bit++)
			set_bit(ret, words, bit);
		text = end + (*end == ',');
	}
	return true;
}

static const struct {
	enum wire_limit limit;
	const char *file;
} held_files[] = {
	{ LIMIT_PIDS, "pids.max" },
	{ LIMIT_MEMORY, "memory.max" },
	{ LIMIT_MEMORY_HIGH, "memory.high" },
	{ LIMIT_SWAP, "memory.swap.max" },
	{ LIMIT_HUGETLB_2M, "hugetlb.2MB.max" },
	{ LIMIT_HUGETLB_1G, "hugetlb.1GB.max" },
};

static void tighten(uint64_t *held, uint64_t value)
{
	if (value < *held)
		*held = value;
}

static void hold_level(int dir, uint64_t *held)
{
	char text[64];
	uint64_t value;

	for (size_t i = 0; i < count_of(held_files); i++)
		if (file_number(dir, held_files[i].file, &value))
			tighten(&held[held_files[i].limit], value);
	if (file_read(dir, "cpu.max", text, sizeof(text)) == 0 && here_quota(text, &value))
		tighten(&held[LIMIT_CPU_QUOTA], value);
}

/* What is effective is there from the first cgroup on that has the controller. */
static void hold_sets(int dir, uint64_t *held, bool *ret_cpus, bool *ret_mems)
{
	char text[4096];
	uint64_t bits[4];

	if (!*ret_cpus && file_read(dir, "cpuset.cpus.effective", text, sizeof(text)) == 0 &&
	    here_bits(text, bits, count_of(bits))) {
		memcpy(&held[LIMIT_CPUS], bits, sizeof(bits));
		*ret_cpus = true;
	}
	if (!*ret_mems && file_read(dir, "cpuset.mems.effective", text, sizeof(text)) == 0 &&
	    here_bits(text, bits, 1)) {
		held[LIMIT_MEMS] = bits[0];
		*ret_mems = true;
	}
}

static void hold_weights(int dir, uint64_t *held)
{
	uint64_t value;

	if (file_number(dir, "cpu.weight", &value))
		held[LIMIT_CPU_WEIGHT] = value;
	if (file_value(dir, "io.weight", "default", &value))
		held[LIMIT_IO_WEIGHT] = value;
}

static void find_held(struct arena *arena, struct here *here)
{
	char *path = arena_copy(arena, here->path, strlen(here->path));
	bool cpus = false, mems = false, leaf = true;

	do {
		_cleanup_(close_fd) int dir = level_open(arena, here->mount, path);

		if (dir < 0)
			continue;
		if (leaf)
			hold_weights(dir, here->held);
		leaf = false;
		hold_level(dir, here->held);
		hold_sets(dir, here->held, &cpus, &mems);
	} while (go_up(path));
	if (here->held[LIMIT_CPU_QUOTA] != WIRE_MAX)
		here->held[LIMIT_CPU_PERIOD] = CPU_PERIOD;
}

/* What the site says is a job; where it says nothing, what is usual. */
static const char *find_job(struct arena *arena, const char *path)
{
	const struct policy *policy = policy_read(arena, POLICY_PATH);

	if (policy->state == POLICY_SOUND && policy->config.never_leaves > 0)
		return policy_job(arena, &policy->config, path, NULL);
	return here_job(arena, path);
}

void here_look(struct arena *arena, const char *mount, const char *path, struct here *ret)
{
	struct here here = { .mount = mount, .path = path };

	for (size_t i = 0; i < WIRE_LIMITS; i++)
		here.held[i] = WIRE_MAX;
	if (mount && is_within(path)) {
		here.job = find_job(arena, path);
		find_own(arena, &here);
		find_held(arena, &here);
	}
	*ret = here;
}

static const char *find_mount(void)
{
	static const char *const places[] = { CGROUP_MOUNT, CGROUP_UNIFIED };

	for (size_t i = 0; i < count_of(places); i++) {
		_cleanup_(close_fd) int dir = open(places[i], O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (dir >= 0 && is_cgroup2(dir))
			return places[i];
	}
	return NULL;
}

int here_read(struct arena *arena, struct here *ret, struct error *err)
{
	char text[8192];
	const char *path;

	if (file_read(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text)) < 0)
		return error_sys(err, "read /proc/self/cgroup");
	path = here_path(arena, text);
	here_look(arena, path ? find_mount() : NULL, path ? path : "/", ret);
	return 0;
}
