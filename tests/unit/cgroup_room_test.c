/* Cgroups as the kernel has them: needs root and a cgroup v2, and works below one cgroup of its
 * own. */
#include "frontend/cgroup/parts.h"

#include "common/attr.h"
#include "frontend/cgroup/file.h"
#include "frontend/codes.h"
#include "frontend/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define USER 4242

struct room {
	struct arena arena;
	struct here here;
	const char *base, *path; /* below the mount; absolute */
	int dir;
	struct error err;
};

static int room_make(void **state)
{
	struct room *room = calloc(1, sizeof(*room));

	*state = room;
	room->dir = -1;
	if (geteuid() != 0 || here_read(&room->arena, &room->here, &room->err) < 0 ||
	    !room->here.mount)
		return 0;
	room->base = arena_print(&room->arena, "/rrun-unit-%d", getpid());
	room->path = arena_print(&room->arena, "%s%s", room->here.mount, room->base);
	if (mkdir(room->path, 0755) == 0)
		room->dir = open(room->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return 0;
}

static int room_remove(void **state)
{
	struct room *room = *state;
	int done = 0;

	if (room->dir >= 0) {
		cgroup_kill(room->dir, &room->err);
		done = cgroup_empty(room->dir, &room->err) < 0 || rmdir(room->path) < 0;
		close_fd(&room->dir);
	}
	arena_free(&room->arena);
	free(room);
	return done;
}

static struct room *enter(void **state)
{
	struct room *room = *state;

	if (room->dir < 0) {
		print_message("needs root and a cgroup v2 that can be written to\n");
		skip();
	}
	return room;
}

static const char *below(struct room *room, const char *name)
{
	return arena_print(&room->arena, "%s/%s", room->base, name);
}

static int make(struct room *room, const char *name, const struct cgroup_limits *limits,
		struct cgroup *ret, int *ret_dir)
{
	return cgroup_make(&room->arena, room->here.mount, room->base, below(room, name), limits,
			   ret, ret_dir, &room->err);
}

static bool is_there(struct room *room, const char *name)
{
	return access(arena_print(&room->arena, "%s/%s", room->path, name), F_OK) == 0;
}

static void sleep_for_ever(void)
{
	for (;;)
		pause();
}

/* A process in DIR, which lives until it is killed. */
static pid_t put_in(int dir)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (file_write(dir, "cgroup.procs", "0") < 0)
			_exit(1);
		sleep_for_ever();
	}
	for (int i = 0; i < 1000 && holds_none(dir); i++)
		usleep(1000);
	assert_false(holds_none(dir));
	return pid;
}

static void reap_killed(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void refuses_paths_that_are_no_cgroups(void **state)
{
	assert_false(cgroup_path_fits(""));
	assert_false(cgroup_path_fits("a"));
	assert_false(cgroup_path_fits("/"));
	assert_false(cgroup_path_fits("/etc"));
	assert_false(cgroup_path_fits("/sys/fs/cgroup"));
	assert_false(cgroup_path_fits("/sys/fs/cgroup/"));
	assert_false(cgroup_path_fits("/sys/fs/cgroups/a"));
	assert_false(cgroup_path_fits("/sys/fs/cgroup/a/"));
	assert_false(cgroup_path_fits("/sys/fs/cgroup//a"));
	assert_false(cgroup_path_fits("/sys/fs/cgroup/."));
	assert_false(cgroup_path_fits("/sys/fs/cgroup/../../etc"));
	assert_false(cgroup_path_fits("/sys/fs/cgroup/a/.."));
	assert_true(cgroup_path_fits("/sys/fs/cgroup/rrun-none/..a/b"));
	/* Beside version 2 on a hybrid host. */
	if (access("/sys/fs/cgroup/pids/tasks", F_OK) == 0)
		assert_false(cgroup_path_fits("/sys/fs/cgroup/pids"));
}

static void refuses_to_make_one_outside_of_its_base(void **state)
{
	struct room *room = enter(state);
	static const char *const names[] = { "../x", "", ".", "a/../../x", "a//b" };
	struct cgroup cgroup;
	int dir;

	for (size_t i = 0; i < count_of(names); i++) {
		assert_int_equal(make(room, names[i], NULL, &cgroup, &dir), -1);
		assert_int_equal(room->err.code, RR_CGR_03);
	}
	assert_int_equal(cgroup_make(&room->arena, room->here.mount, "/x", "/xy", NULL, &cgroup,
				     &dir, &room->err),
			 -1);
	assert_true(rmdir(arena_print(&room->arena, "%s/../x", room->path)) < 0);
}

static void refuses_one_that_holds_processes_or_is_frozen(void **state)
{
	struct room *room = enter(state);
	_cleanup_(close_fd) int dir = -1;
	struct cgroup cgroup;
	int ignored;
	pid_t pid;

	assert_int_equal(make(room, "c", NULL, &cgroup, &dir), 0);
	pid = put_in(dir);
	assert_int_equal(make(room, "c", NULL, &cgroup, &ignored), -1);
	assert_non_null(strstr(room->err.what,
			       "container's cgroup is not empty: 1 process(es) found"));
	assert_int_equal(room->err.code, RR_CGR_03);
	assert_int_equal(cgroup_kill(dir, &room->err), 0);
	reap_killed(pid);
	assert_int_equal(cgroup_freeze(dir, &room->err), 0);
	assert_int_equal(make(room, "c", NULL, &cgroup, &ignored), -1);
	assert_non_null(strstr(room->err.what, "container's cgroup unexpectedly frozen"));
	assert_int_equal(cgroup_thaw(dir, &room->err), 0);
	assert_int_equal(make(room, "c", NULL, &cgroup, &ignored), 0);
	close(ignored);
}

static void what_was_made_is_gone_when_a_limit_fails(void **state)
{
	struct room *room = enter(state);
	const struct cgroup_limit item[] = {
		{ "linux.x", "cgroup.max.depth", "3", false },
		{ "linux.y", "cgroup.max.descendants", "not a number", false },
	};
	const struct cgroup_limits limits = { count_of(item), item, 0 };
	struct cgroup cgroup;
	int dir;

	assert_int_equal(make(room, "a/b/c", &limits, &cgroup, &dir), -1);
	assert_int_equal(room->err.code, RR_CGR_02);
	assert_non_null(strstr(room->err.what, "linux.y"));
	assert_non_null(strstr(room->err.what, "cgroup.max.descendants"));
	assert_false(is_there(room, "a"));
}

static void an_older_value_comes_back_when_a_later_one_fails(void **state)
{
	struct room *room = enter(state);
	const struct cgroup_limit item[] = {
		{ NULL, "cgroup.max.depth", "3", false },
		{ NULL, "there.is.none", "3", true },
		{ NULL, "there.is.none", "3", false },
	};
	struct cgroup_limits limits = { 2, item, 0 };
	_cleanup_(close_fd) int dir = -1;
	struct cgroup cgroup;
	char text[32];

	assert_int_equal(make(room, "a/c", &limits, &cgroup, &dir), 0);
	assert_int_equal(file_read(dir, "cgroup.max.depth", text, sizeof(text)), 0);
	assert_string_equal(text, "3\n");
	assert_int_equal(file_write(dir, "cgroup.max.depth", "5"), 0);
	limits.count = 3;
	assert_int_equal(cgroup_limit(&room->arena, dir, &limits, &room->err), -1);
	assert_int_equal(room->err.code, RR_CGR_06);
	assert_string_equal(room->err.why, "the controller there is not there");
	assert_int_equal(file_read(dir, "cgroup.max.depth", text, sizeof(text)), 0);
	assert_string_equal(text, "5\n");
}

static void controllers_are_on_all_the_way(void **state)
{
	struct room *room = enter(state);
	const struct cgroup_limit item[] = { { "x", "hugetlb.2MB.max", "4194304", false } };
	const struct cgroup_limits limits = { 1, item, CONTROLLER_HUGETLB };
	_cleanup_(close_fd) int dir = -1;
	struct cgroup cgroup;
	uint64_t value;

	/* It stays on: switched off again it would take the limits of others away. */
	if (!(controllers_read(room->dir, "cgroup.controllers") & CONTROLLER_HUGETLB)) {
		int root = open(room->here.mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		int on = file_write(root, "cgroup.subtree_control", "+hugetlb");

		close(root);
		if (on < 0)
			skip();
	}
	assert_int_equal(make(room, "a/b/c", &limits, &cgroup, &dir), 0);
	assert_true(file_number(dir, "hugetlb.2MB.max", &value));
	assert_int_equal(value, 4194304);
}

static void freezes_and_thaws(void **state)
{
	struct room *room = enter(state);
	_cleanup_(close_fd) int dir = -1;
	struct cgroup cgroup;
	pid_t pid;

	assert_int_equal(make(room, "c", NULL, &cgroup, &dir), 0);
	pid = put_in(dir);
	assert_false(cgroup_frozen(dir));
	assert_int_equal(cgroup_freeze(dir, &room->err), 0);
	assert_true(cgroup_frozen(dir));
	assert_int_equal(cgroup_thaw(dir, &room->err), 0);
	assert_false(cgroup_frozen(dir));
	assert_int_equal(cgroup_freeze(dir, &room->err), 0);
	assert_int_equal(cgroup_kill(dir, &room->err), 0);
	reap_killed(pid);
	assert_int_equal(cgroup_remove(&cgroup, &room->err), 0);
	assert_false(is_there(room, "c"));
}

static void all_levels_are_listed_killed_and_removed(void **state)
{
	struct room *room = enter(state);
	_cleanup_(close_fd) int dir = -1, inner = -1;
	struct cgroup cgroup, other;
	pid_t pid[2], *found;
	size_t count;

	assert_int_equal(make(room, "c", NULL, &cgroup, &dir), 0);
	assert_int_equal(make(room, "c/x/y", NULL, &other, &inner), 0);
	pid[0] = put_in(dir);
	pid[1] = put_in(inner);
	assert_int_equal(cgroup_processes(&room->arena, dir, &found, &count, &room->err), 0);
	assert_int_equal(count, 2);
	assert_int_equal(found[0], pid[0]);
	assert_int_equal(found[1], pid[1]);
	assert_int_equal(cgroup_kill(dir, &room->err), 0);
	reap_killed(pid[0]);
	reap_killed(pid[1]);
	assert_int_equal(cgroup_remove(&cgroup, &room->err), 0);
	assert_false(is_there(room, "c"));
	assert_int_equal(cgroup_remove(&cgroup, &room->err), 0);
}

static void another_that_has_the_path_by_now_stays(void **state)
{
	struct room *room = enter(state);
	struct cgroup cgroup, later;
	int dir;

	assert_int_equal(make(room, "c", NULL, &cgroup, &dir), 0);
	close(dir);
	assert_int_equal(cgroup_remove(&cgroup, &room->err), 0);
	assert_int_equal(make(room, "c", NULL, &later, &dir), 0);
	close(dir);
	assert_int_not_equal(cgroup.inode, later.inode);
	assert_int_equal(cgroup_open(&cgroup, &dir, &room->err), 0);
	assert_int_equal(dir, -1);
	assert_int_equal(cgroup_remove(&cgroup, &room->err), 0);
	assert_true(is_there(room, "c"));
	later.top = 1;
	assert_int_equal(cgroup_open(&later, &dir, &room->err), 0);
	assert_int_equal(dir, -1);
}

/* Give NAME and what is needed to fill it to the user. */
static void give(struct room *room, const char *name)
{
	static const char *const files[] = { ".", "cgroup.procs", "cgroup.subtree_control" };

	for (size_t i = 0; i < count_of(files); i++)
		assert_int_equal(chown(arena_print(&room->arena, "%s/%s/%s", room->path, name,
						   files[i]),
				       USER, USER),
				 0);
}

/* CHECK as the user, in DIR; its answer is 0 when all is well, else the line. */
static void as_user_in(struct room *room, int dir, int (*check)(struct room *room))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (file_write(dir, "cgroup.procs", "0") < 0 || setgroups(0, NULL) < 0 ||
		    setresgid(USER, USER, USER) < 0 || setresuid(USER, USER, USER) < 0 ||
		    here_read(&room->arena, &room->here, &room->err) < 0)
			_exit(1);
		_exit(check(room));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#define CHECK(truth)                                                                               \
	do {                                                                                       \
		if (!(truth))                                                                      \
			return __LINE__ & 255 ? __LINE__ & 255 : 1;                                \
	} while (0)

static int has_no_tree(struct room *room)
{
	CHECK(!room->here.own && !room->here.own_blocked);
	return 0;
}

static void a_user_without_a_tree_is_told_so(void **state)
{
	struct room *room = enter(state);
	_cleanup_(close_fd) int dir = -1;
	struct cgroup cgroup;

	assert_int_equal(make(room, "s", NULL, &cgroup, &dir), 0);
	as_user_in(room, dir, has_no_tree);
}

static int makes_one_and_removes_it(struct room *room)
{
	struct cgroup cgroup;
	const char *base = below(room, "d");
	int dir;

	CHECK(room->here.own && strcmp(room->here.own, base) == 0);
	CHECK(cgroup_make(&room->arena, room->here.mount, base, below(room, "d/a/ctr"), NULL,
			  &cgroup, &dir, &room->err) == 0);
	CHECK(cgroup_freeze(dir, &room->err) == 0 && cgroup_thaw(dir, &room->err) == 0);
	CHECK(cgroup_remove(&cgroup, &room->err) == 0);
	CHECK(cgroup_open(&cgroup, &dir, &room->err) == 0 && dir == -1);
	return 0;
}

static void a_user_makes_one_in_a_delegated_tree(void **state)
{
	struct room *room = enter(state);
	_cleanup_(close_fd) int dir = -1;
	struct cgroup cgroup;

	assert_int_equal(make(room, "d/s", NULL, &cgroup, &dir), 0);
	give(room, "d");
	give(room, "d/s");
	/* In s the user is alone, which makes s the tree; so it is not the user's. */
	assert_int_equal(fchown(dir, 0, 0), 0);
	as_user_in(room, dir, makes_one_and_removes_it);
}

static int goes_aside_and_comes_back(struct room *room)
{
	const struct cgroup_limit item[] = { { "x", "cgroup.max.depth", "3", false } };
	const struct cgroup_limits limits = { 1, item, CONTROLLER_HUGETLB };
	const char *base = below(room, "u");
	const char *path = below(room, "u/ctr");
	struct cgroup cgroup;
	int dir, top;

	CHECK(room->here.own && strcmp(room->here.own, base) == 0);
	CHECK(cgroup_make(&room->arena, room->here.mount, base, path, &limits, &cgroup, &dir,
			  &room->err) == 0);
	CHECK(is_there(room, "u/" CGROUP_SELF));
	top = open(arena_print(&room->arena, "%s/u", room->path), O_RDONLY | O_DIRECTORY);
	CHECK(holds_none(top));
	CHECK(cgroup_remove(&cgroup, &room->err) == 0);
	CHECK(!is_there(room, "u/" CGROUP_SELF));
	CHECK(holds_only_us(top));
	return 0;
}

static void whoever_is_alone_goes_aside_and_comes_back(void **state)
{
	struct room *room = enter(state);
	_cleanup_(close_fd) int dir = -1;
	struct cgroup cgroup;

	assert_int_equal(make(room, "u", NULL, &cgroup, &dir), 0);
	give(room, "u");
	as_user_in(room, dir, goes_aside_and_comes_back);
}

static int fails_and_is_where_it_was(struct room *room)
{
	const struct cgroup_limit item[] = { { "x", "cgroup.max.depth", "x", false } };
	const struct cgroup_limits limits = { 1, item, CONTROLLER_HUGETLB };
	struct cgroup cgroup;
	int dir, top;

	CHECK(cgroup_make(&room->arena, room->here.mount, below(room, "u"), below(room, "u/ctr"),
			  &limits, &cgroup, &dir, &room->err) < 0);
	top = open(arena_print(&room->arena, "%s/u", room->path), O_RDONLY | O_DIRECTORY);
	CHECK(holds_only_us(top) && !is_there(room, "u/" CGROUP_SELF));
	CHECK(!is_there(room, "u/ctr"));
	return 0;
}

static void whoever_went_aside_is_back_after_a_failure(void **state)
{
	struct room *room = enter(state);
	_cleanup_(close_fd) int dir = -1;
	struct cgroup cgroup;

	assert_int_equal(make(room, "u", NULL, &cgroup, &dir), 0);
	give(room, "u");
	as_user_in(room, dir, fails_and_is_where_it_was);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, room_make, room_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_paths_that_are_no_cgroups),
		TEST(refuses_to_make_one_outside_of_its_base),
		TEST(refuses_one_that_holds_processes_or_is_frozen),
		TEST(what_was_made_is_gone_when_a_limit_fails),
		TEST(an_older_value_comes_back_when_a_later_one_fails),
		TEST(controllers_are_on_all_the_way),
		TEST(freezes_and_thaws),
		TEST(all_levels_are_listed_killed_and_removed),
		TEST(another_that_has_the_path_by_now_stays),
		TEST(a_user_without_a_tree_is_told_so),
		TEST(a_user_makes_one_in_a_delegated_tree),
		TEST(whoever_is_alone_goes_aside_and_comes_back),
		TEST(whoever_went_aside_is_back_after_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
