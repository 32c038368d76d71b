#include "frontend/cgroup/parts.h"

#include "common/attr.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A tree of plain files: what is decided from them does not depend on who serves them. */
struct place {
	char path[64];
	struct arena arena;
};

static int place_make(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	snprintf(place->path, sizeof(place->path), "/tmp/rrun-unit-XXXXXX");
	*state = place;
	return mkdtemp(place->path) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	return remove(path);
}

static int place_remove(void **state)
{
	struct place *place = *state;

	nftw(place->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	arena_free(&place->arena);
	free(place);
	return 0;
}

static void put(struct place *place, const char *group, const char *file, const char *text)
{
	const char *path = arena_print(&place->arena, "%s%s/%s", place->path, group, file);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void group_make(struct place *place, const char *group, const char *processes)
{
	if (*group)
		assert_false(mkdir(arena_print(&place->arena, "%s%s", place->path, group), 0755));
	put(place, group, "cgroup.procs", processes);
}

/* One that the caller may fill, too. */
static void own_make(struct place *place, const char *group, const char *processes)
{
	group_make(place, group, processes);
	put(place, group, "cgroup.subtree_control", "");
	put(place, group, "cgroup.controllers", "memory pids unknown\n");
}

static struct here look(struct place *place, const char *path)
{
	struct here here;

	here_look(&place->arena, place->path, path, &here);
	return here;
}

static void a_machine_without_cgroups_is_a_fact(void **state)
{
	struct arena arena = { 0 };
	struct here here;

	here_look(&arena, NULL, "/", &here);
	assert_null(here.mount);
	assert_null(here.own);
	assert_int_equal(here.held[LIMIT_PIDS], WIRE_MAX);
	arena_free(&arena);
}

static void finds_the_line_of_version_2(void **state)
{
	struct arena arena = { 0 };

	assert_null(here_path(&arena, ""));
	assert_null(here_path(&arena, "9:name=systemd:/x\n1:cpu:/0::/y\n"));
	assert_string_equal(here_path(&arena, "9:name=systemd:/x\n0::/a/b\n"), "/a/b");
	assert_string_equal(here_path(&arena, "0::/\n"), "/");
	assert_string_equal(here_path(&arena, "0::/a:b"), "/a:b");
	arena_free(&arena);
}

static void knows_the_job_by_the_names_of_batch_systems(void **state)
{
	static const struct {
		const char *path, *job;
	} paths[] = {
		{ "/", NULL },
		{ "/user.slice/user-1.slice/session-2.scope", NULL },
		{ "/slurm/myjob_1", NULL },
		{ "/system.slice/slurmstepd.scopes/x", NULL },
		{ "/system.slice/slurmstepd.scope", "/system.slice/slurmstepd.scope" },
		{ "/system.slice/slurmstepd.scope/job_7/step_0/user/task_0",
		  "/system.slice/slurmstepd.scope/job_7" },
		{ "/system.slice/n1_slurmstepd.scope/x", "/system.slice/n1_slurmstepd.scope" },
		{ "/pbs_jobs.service/jobid/7.server", "/pbs_jobs.service" },
		{ "/htcondor/condor_slot1", "/htcondor" },
	};
	struct arena arena = { 0 };

	for (size_t i = 0; i < count_of(paths); i++) {
		const char *job = here_job(&arena, paths[i].path);

		if (paths[i].job)
			assert_string_equal(job, paths[i].job);
		else
			assert_null(job);
	}
	arena_free(&arena);
}

static void reads_lists_of_cpus(void **state)
{
	uint64_t bits[4];

	assert_false(here_bits("x", bits, 4));
	assert_false(here_bits("1-", bits, 4));
	assert_false(here_bits("3-1", bits, 4));
	assert_false(here_bits("1 2", bits, 4));
	assert_false(here_bits("-1", bits, 4));
	assert_false(here_bits("0-99999999999999999999", bits, 4));
	assert_true(here_bits("\n", bits, 4));
	assert_int_equal(bits[0], 0);
	assert_true(here_bits("0-2,64,255-300\n", bits, 4));
	assert_int_equal(bits[0], 7);
	assert_int_equal(bits[1], 1);
	assert_int_equal(bits[2], 0);
	assert_true(bits[3] == UINT64_C(1) << 63);
}

static void a_quota_is_for_a_tenth_of_a_second(void **state)
{
	uint64_t quota;

	assert_false(here_quota("x 100000", &quota));
	assert_false(here_quota("50000 0", &quota));
	assert_true(here_quota("max 100000\n", &quota));
	assert_true(quota == WIRE_MAX);
	assert_true(here_quota("50000 100000\n", &quota));
	assert_int_equal(quota, 50000);
	assert_true(here_quota("1000 2000\n", &quota));
	assert_int_equal(quota, 50000);
	assert_true(here_quota("18446744073709551614 1000000", &quota));
	assert_true(quota == UINT64_C(1844674407370955161));
}

static void nowhere_is_ours_where_no_cgroup_is_writable_and_free(void **state)
{
	struct place *place = *state;

	group_make(place, "", "1\n");
	own_make(place, "/busy", "1\n2\n");
	group_make(place, "/busy/x", "");
	assert_null(look(place, "/busy/x").own);
	assert_null(look(place, "/busy/x").own_blocked);
	assert_null(look(place, "/gone").own);
	assert_null(look(place, "/busy/x (deleted)").own);
	assert_null(look(place, "/../busy").own);
}

static void the_first_free_cgroup_upwards_is_ours(void **state)
{
	struct place *place = *state;
	struct here here;

	group_make(place, "", "1\n");
	own_make(place, "/top", "");
	own_make(place, "/top/a", "");
	group_make(place, "/top/a/x", "5\n6\n");
	put(place, "/top/a/x", "memory.max", "max\n");
	put(place, "/top/a/x", "cpu.max", "max 100000\n");
	put(place, "/top/a/x", "cpuset.cpus", "\n");
	put(place, "/top/a", "memory.max", "4096\n");
	here = look(place, "/top/a/x");
	assert_string_equal(here.own, "/top/a");
	assert_int_equal(here.own_controllers, CONTROLLER_MEMORY | CONTROLLER_PIDS);
	assert_null(here.own_blocked);
}

static void refuses_to_leave_a_limit_behind(void **state)
{
	static const struct {
		const char *file, *text;
	} limits[] = {
		{ "memory.max", "4096\n" },	    { "memory.high", "0\n" },
		{ "memory.swap.max", "0\n" },	    { "cpu.max", "1000 100000\n" },
		{ "cpuset.cpus", "0\n" },	    { "cpuset.mems", "0\n" },
		{ "io.max", "8:0 rbps=1 wbps=max" }, { "hugetlb.2MB.max", "0\n" },
	};
	struct place *place = *state;

	group_make(place, "", "1\n");
	own_make(place, "/top", "");
	group_make(place, "/top/a", "");
	group_make(place, "/top/a/x", "5\n");
	for (size_t i = 0; i < count_of(limits); i++) {
		for (size_t j = 0; j < 2; j++) {
			const char *group = j ? "/top/a" : "/top/a/x";
			const char *path = arena_print(&place->arena, "%s%s/%s", place->path,
						       group, limits[i].file);
			struct here here;

			put(place, group, limits[i].file, limits[i].text);
			here = look(place, "/top/a/x");
			assert_null(here.own);
			assert_int_equal(here.own_controllers, 0);
			assert_string_equal(here.own_blocked, path);
			unlink(path);
		}
	}
	assert_string_equal(look(place, "/top/a/x").own, "/top");
}

static void a_cgroup_with_the_caller_alone_is_ours(void **state)
{
	struct place *place = *state;

	group_make(place, "", "1\n");
	own_make(place, "/x", arena_print(&place->arena, "%d\n", getpid()));
	put(place, "/x", "memory.max", "4096\n");
	assert_string_equal(look(place, "/x").own, "/x");
	put(place, "/x", "cgroup.procs", arena_print(&place->arena, "%d\n1\n", getpid()));
	assert_null(look(place, "/x").own);
	put(place, "/x", "cgroup.procs", arena_print(&place->arena, "%d\n", getpid()));
	group_make(place, "/x/y", "7\n");
	assert_null(look(place, "/x/y").own);
}

static void holds_the_tightest_limit_on_the_way_up(void **state)
{
	struct place *place = *state;
	struct here here;

	group_make(place, "", "1\n");
	put(place, "", "cpuset.cpus.effective", "0-7\n");
	put(place, "", "cpuset.mems.effective", "0-1\n");
	group_make(place, "/a", "");
	put(place, "/a", "memory.max", "8192\n");
	put(place, "/a", "pids.max", "100\n");
	put(place, "/a", "cpu.max", "200000 50000\n");
	put(place, "/a", "cpuset.cpus.effective", "2-3\n");
	put(place, "/a", "hugetlb.2MB.max", "0\n");
	put(place, "/a", "cpu.weight", "7\n");
	group_make(place, "/a/x", "5\n");
	put(place, "/a/x", "memory.max", "16384\n");
	put(place, "/a/x", "pids.max", "max\n");
	put(place, "/a/x", "cpu.max", "500000 100000\n");
	put(place, "/a/x", "cpu.weight", "50\n");
	put(place, "/a/x", "io.weight", "default 200\n8:0 10\n");
	here = look(place, "/a/x");
	assert_int_equal(here.held[LIMIT_MEMORY], 8192);
	assert_true(here.held[LIMIT_MEMORY_HIGH] == WIRE_MAX);
	assert_int_equal(here.held[LIMIT_PIDS], 100);
	assert_int_equal(here.held[LIMIT_CPU_QUOTA], 400000);
	assert_int_equal(here.held[LIMIT_CPU_PERIOD], 100000);
	assert_int_equal(here.held[LIMIT_HUGETLB_2M], 0);
	assert_int_equal(here.held[LIMIT_CPUS], 12);
	assert_int_equal(here.held[LIMIT_CPUS + 1], 0);
	assert_int_equal(here.held[LIMIT_MEMS], 3);
	assert_int_equal(here.held[LIMIT_CPU_WEIGHT], 50);
	assert_int_equal(here.held[LIMIT_IO_WEIGHT], 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_without_cgroups_is_a_fact),
		cmocka_unit_test(finds_the_line_of_version_2),
		cmocka_unit_test(knows_the_job_by_the_names_of_batch_systems),
		cmocka_unit_test(reads_lists_of_cpus),
		cmocka_unit_test(a_quota_is_for_a_tenth_of_a_second),
		TEST(nowhere_is_ours_where_no_cgroup_is_writable_and_free),
		TEST(the_first_free_cgroup_upwards_is_ours),
		TEST(refuses_to_leave_a_limit_behind),
		TEST(a_cgroup_with_the_caller_alone_is_ours),
		TEST(holds_the_tightest_limit_on_the_way_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
