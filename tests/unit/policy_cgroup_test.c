#include "policy/cgroup.h"

#include "common/attr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct cgroup_facts facts;
static struct config config;
static struct wire_request request;
static struct cgroup_verdict verdict;
static uint32_t which, detail;

static void path(const char *text)
{
	facts.size = (uint32_t)strlen(text);
	memcpy(facts.path, text, facts.size);
	facts.depth = 0;
	for (uint32_t i = 0; facts.size > 1 && i < facts.size; i++)
		facts.depth += text[i] == '/';
	facts.scanned = facts.depth;
	for (uint32_t i = 0; i < CGROUP_LEVELS; i++)
		facts.level[i] = (struct cgroup_level){ .pids = WIRE_MAX };
}

static void pattern(const char *text)
{
	strcpy(config.never_leave[config.never_leaves++], text);
}

/* A login under systemd that may be left; each test spoils one thing. */
static int begin(void **state)
{
	(void)state;
	memset(&facts, 0, sizeof(facts));
	memset(&config, 0, sizeof(config));
	memset(&request, 0, sizeof(request));
	memset(&verdict, 0x5a, sizeof(verdict));
	which = detail = 0;
	facts.tree = facts.same = facts.recent = facts.home = true;
	path("/user.slice/user-1000.slice/session-1.scope");
	facts.offered[PLACE_SIBLING] =
		1u << CGROUP_CPU | 1u << CGROUP_MEMORY | 1u << CGROUP_PIDS;
	facts.offered[PLACE_SLICE] = (1u << CGROUP_CONTROLLERS) - 1;
	facts.usable[PLACE_SIBLING] = facts.usable[PLACE_SLICE] = facts.usable[PLACE_USER] = true;
	facts.pids = WIRE_MAX;
	config.value[CONFIG_CGROUP] = 1;
	config.value[CONFIG_MAX_CGROUPS] = 4;
	for (int i = CONFIG_CONTAINER_MEMORY; i < CONFIG_ONCE; i++)
		config.value[i] = CONFIG_NO_CAP;
	request.op = OP_PREPARE;
	request.flags = WIRE_CGROUP;
	return 0;
}

static enum wire_verdict judged(void)
{
	return cgroup_judge(&facts, &config, &request, &verdict, &which, &detail);
}

static void ask(enum wire_limit limit, uint64_t value)
{
	request.limits |= 1u << limit;
	request.limit[limit] = value;
}

#define SPOILT(what, code)                                                                         \
	do {                                                                                       \
		begin(NULL);                                                                       \
		what;                                                                              \
		assert_int_equal(judged(), code);                                                  \
	} while (0)

/* What is written into FILE of WRITES, or null; once at most. */
static const char *written(const struct cgroup_writes *writes, const char *file)
{
	static char text[2048];
	int found = 0;

	for (uint32_t i = 0; i < writes->count; i++) {
		const struct cgroup_write *write = &writes->write[i];

		assert_true(write->first + write->size <= sizeof(verdict.text));
		assert_true(write->size > 0);
		if (strcmp(write->file, file) != 0)
			continue;
		found++;
		snprintf(text, sizeof(text), "%.*s", (int)write->size, verdict.text + write->first);
	}
	assert_in_range(found, 0, 1);
	return found ? text : NULL;
}

static const char *top(const char *file)
{
	return written(&verdict.top, file);
}

static void allows(void)
{
	enum wire_verdict code = judged();

	if (code != VERDICT_DENY)
		fail_msg("verdict %d which %u detail %u", code, which, detail);
}

static void allows_in(enum cgroup_place place)
{
	allows();
	assert_int_equal(verdict.place, place);
}

/* Files and their contents */

static bool unlimited(const char *name, const char *content)
{
	uint64_t pids = WIRE_MAX;
	bool is = cgroup_unlimited(text_of(name), text_of(content), &pids);

	assert_true(pids == WIRE_MAX);
	return is;
}

static void a_file_that_says_anything_is_a_limit(void **state)
{
	static const char *const limits[][2] = {
		{ "cgroup.type", "threaded\n" },
		{ "cgroup.type", "domain threaded\n" },
		{ "cgroup.type", "domain invalid\n" },
		{ "cgroup.freeze", "1\n" },
		{ "cgroup.max.depth", "0\n" },
		{ "cgroup.max.descendants", "10\n" },
		{ "cgroup.pressure", "0\n" },
		{ "cpu.idle", "1\n" },
		{ "cpu.max", "50000 100000\n" },
		{ "cpu.max", "1000\n" },
		{ "cpu.max", "maximum 100000\n" },
		{ "cpu.max", " max 100000\n" },
		{ "cpu.max.burst", "5\n" },
		{ "cpu.uclamp.max", "50.00\n" },
		{ "cpu.uclamp.min", "10.00\n" },
		{ "cpu.weight", "99\n" },
		{ "cpu.weight", "101\n" },
		{ "cpu.weight", "0\n" },
		{ "cpu.weight.nice", "19\n" },
		{ "cpu.weight.nice", "-1\n" },
		{ "cpuset.cpus", "0\n" },
		{ "cpuset.cpus.exclusive", "0-1\n" },
		{ "cpuset.mems", "0\n" },
		{ "cpuset.cpus.partition", "root\n" },
		{ "cpuset.cpus.partition", "isolated\n" },
		{ "cpuset.cpus.partition", "member x\n" },
		{ "hugetlb.2MB.max", "0\n" },
		{ "hugetlb.2MB.max", "9223372034707292160\n" },
		{ "hugetlb.2MB.max", "99999999999999999\n" },
		{ "hugetlb.2MB.max", "922337203685477171x\n" },
		{ "hugetlbx.max", "9223372036854771712\n" },
		{ "memory.max", "9223372036854771712\n" },
		{ "hugetlb.1GB.rsvd.max", "1073741824\n" },
		{ "io.latency", "8:16 target=10\n" },
		{ "io.max", "8:0 rbps=1 wbps=max riops=max wiops=max\n" },
		{ "io.prio.class", "idle\n" },
		{ "io.weight", "default 50\n" },
		{ "io.bfq.weight", "default 10\n" },
		{ "memory.high", "524288000\n" },
		{ "memory.max", "0\n" },
		{ "memory.max", "maxx\n" },
		{ "memory.max", "MAX\n" },
		{ "memory.swap.high", "1\n" },
		{ "memory.swap.max", "0\n" },
		{ "memory.zswap.max", "0\n" },
		{ "memory.zswap.writeback", "0\n" },
		{ "misc.max", "res_a 1\n" },
		{ "rdma.max", "mlx4_0 hca_handle=2 hca_object=2000\n" },
		{ "pids.max", "many\n" },
		{ "pids.max", "-1\n" },
		{ "pids.max", "5 6\n" },
		{ "pids.max", "4294967296\n" },
		{ "pids.maxx", "5\n" },
		{ "dmem.max", "drm/card0 1\n" },
		{ "some.new.file", "0\n" },
		{ "some.new.file", "100\n" },
		{ "some.new.file", "default\n" },
		{ "some.new.file", " \n" },
	};

	for (size_t i = 0; i < count_of(limits); i++)
		if (unlimited(limits[i][0], limits[i][1]))
			fail_msg("%s: %s is taken for no limit", limits[i][0], limits[i][1]);
}

/* The defaults as they were read on 6.1 and 6.18. */
static void what_a_fresh_cgroup_says_is_no_limit(void **state)
{
	static const char *const none[][2] = {
		{ "cgroup.freeze", "0\n" },
		{ "cgroup.max.depth", "max\n" },
		{ "cgroup.max.descendants", "max\n" },
		{ "cgroup.pressure", "1\n" },
		{ "cgroup.procs", "1\n2\n" },
		{ "cgroup.threads", "1\n2\n" },
		{ "cgroup.subtree_control", "cpu memory pids\n" },
		{ "cgroup.type", "domain\n" },
		{ "cpu.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n" },
		{ "io.pressure", "some avg10=0.00\nfull avg10=0.00\n" },
		{ "irq.pressure", "full avg10=0.00\n" },
		{ "memory.pressure", "some avg10=0.00\n" },
		{ "cpu.idle", "0\n" },
		{ "cpu.max", "max 100000\n" },
		{ "cpu.max", "max 200000\n" },
		{ "cpu.max.burst", "0\n" },
		{ "cpu.uclamp.min", "0.00\n" },
		{ "cpu.uclamp.max", "max\n" },
		{ "cpu.weight", "100\n" },
		{ "cpu.weight.nice", "0\n" },
		{ "memory.high", "max\n" },
		{ "memory.max", "max\n" },
		{ "memory.swap.high", "max\n" },
		{ "memory.swap.max", "max\n" },
		{ "memory.zswap.max", "max\n" },
		{ "memory.zswap.writeback", "1\n" },
		{ "memory.low", "0\n" },
		{ "memory.low", "1073741824\n" },
		{ "memory.min", "0\n" },
		{ "memory.min", "5\n" },
		{ "memory.oom.group", "0\n" },
		{ "memory.oom.group", "1\n" },
		{ "memory.peak", "123\n" },
		{ "memory.swap.peak", "0\n" },
		{ "pids.max", "max\n" },
		{ "cpuset.cpus", "\n" },
		{ "cpuset.cpus.exclusive", "\n" },
		{ "cpuset.mems", "\n" },
		{ "cpuset.cpus.partition", "member\n" },
		{ "io.max", "" },
		{ "io.latency", "" },
		{ "io.weight", "default 100\n" },
		{ "io.bfq.weight", "default 100\n" },
		{ "io.prio.class", "no-change\n" },
		{ "hugetlb.2MB.max", "max\n" },
		{ "hugetlb.1GB.max", "max\n" },
		{ "hugetlb.2MB.rsvd.max", "max\n" },
		{ "hugetlb.2MB.max", "9223372036854771712\n" }, /* a fresh one on 6.18 */
		{ "hugetlb.1GB.rsvd.max", "9223372036854771712\n" },
		{ "hugetlb.1GB.max", "9223372035781033984\n" },
		{ "rdma.max", "" },
		{ "misc.max", "" },
		{ "some.new.file", "max\n" },
		{ "some.new.file", "" },
	};

	for (size_t i = 0; i < count_of(none); i++)
		if (!unlimited(none[i][0], none[i][1]))
			fail_msg("%s: %s is taken for a limit", none[i][0], none[i][1]);
}

/* Only one file has one line; a device or resource of several lines is limited by any of them. */
static void a_limit_behind_the_first_line_is_one(void **state)
{
	static const char *const limits[][2] = {
		{ "io.weight", "default 100\n8:0 50\n" },
		{ "io.bfq.weight", "default 100\n8:0 10\n" },
		{ "misc.max", "res_a max\nres_b 10\n" },
		{ "rdma.max", "\nmlx4_0 hca_handle=2\n" },
		{ "some.new.file", "max\n1\n" },
		{ "some.new.file", "max 5\n" },
		{ "memory.max", "max 5\n" },
		{ "cpu.max", "max 100000\n1\n" },
	};

	for (size_t i = 0; i < count_of(limits); i++)
		if (unlimited(limits[i][0], limits[i][1]))
			fail_msg("%s: %s is taken for no limit", limits[i][0], limits[i][1]);
}

static void only_pids_max_may_be_carried_over(void **state)
{
	uint64_t pids = WIRE_MAX;

	assert_true(cgroup_unlimited(text_of("pids.max"), text_of("5197\n"), &pids));
	assert_int_equal(pids, 5197);
	assert_true(cgroup_unlimited(text_of("pids.max"), text_of("0\n"), &pids));
	assert_int_equal(pids, 0);
	pids = 7;
	assert_true(cgroup_unlimited(text_of("pids.max"), text_of("max\n"), &pids));
	assert_int_equal(pids, 7);
	assert_false(cgroup_unlimited(text_of("memory.max"), text_of("5197\n"), &pids));
	assert_int_equal(pids, 7);
}

/* Who may begin */

static void each_op(enum wire_verdict code, void (*spoil)(void))
{
	begin(NULL);
	spoil();
	assert_int_equal(judged(), code);
	begin(NULL);
	facts.found = true;
	request.op = OP_ATTACH;
	spoil();
	assert_int_equal(judged(), code);
}

static void no_tree(void) { facts.tree = false; }
static void old(void) { facts.recent = false; }
static void elsewhere(void) { facts.same = false; }
static void own(void) { facts.own = true; }
static void job(void) { pattern("session-1.scope"); }
static void job_above(void) { pattern("user.slice"); }

static void refuses_to_begin_where_caller_or_target_are_not_as_they_should(void **state)
{
	each_op(VERDICT_NO_TREE, no_tree);
	each_op(VERDICT_TARGET, old);
	each_op(VERDICT_ELSEWHERE, elsewhere);
	each_op(VERDICT_OWN_TREE, own);
	each_op(VERDICT_JOB, job);
	assert_int_equal(which, 0);
	each_op(VERDICT_JOB, job_above);
	assert_int_equal(which, 2);
	SPOILT(config.value[CONFIG_CGROUP] = 0, VERDICT_CGROUP_OFF);
	SPOILT(config.value[CONFIG_PLACEMENT] = PLACEMENT_INHERIT, VERDICT_INHERIT);
}

/* What is there can be joined, limited and removed when no new ones are made. */
static void the_switches_are_about_new_ones(void **state)
{
	for (int op = OP_ATTACH; op <= OP_RELEASE; op++) {
		begin(NULL);
		config.value[CONFIG_CGROUP] = 0;
		config.value[CONFIG_PLACEMENT] = PLACEMENT_INHERIT;
		facts.found = true;
		request.op = (uint16_t)op;
		assert_int_equal(judged(), VERDICT_DENY);
		facts.found = false;
		assert_int_equal(judged(), VERDICT_UNKNOWN);
	}
}

/* H-69. */
static void jobs_are_known_by_whole_names_anywhere_in_the_path(void **state)
{
	SPOILT(pattern("slurmstepd.scope"); path("/system.slice/slurmstepd.scope/job_7/step_0"),
	       VERDICT_JOB);
	assert_int_equal(which, 2);
	SPOILT(pattern("job_*"); path("/system.slice/x/job_7/step_0"), VERDICT_JOB);
	assert_int_equal(which, 1);
	SPOILT(pattern("*_slurmstepd.scope"); path("/system.slice/n1_slurmstepd.scope"),
	       VERDICT_JOB);
	assert_int_equal(which, 0);
	SPOILT(pattern("slurmstepd.scope"); path("/system.slice/xslurmstepd.scopex/a"),
	       VERDICT_DENY);
	SPOILT(pattern("slurmstepd.scope"); path("/system.slice/slurmstepd.scopex"), VERDICT_DENY);
	SPOILT(pattern("job_*"); path("/system.slice/ajob_7"), VERDICT_DENY);
	SPOILT(pattern("system.slice/x"); path("/system.slice/x"), VERDICT_DENY);
	SPOILT(pattern("job_*"); path("/"), VERDICT_DENY);
	assert_int_equal(which, 0);
}

/* Never looser */

static void leaves_nothing_that_limits(void **state)
{
	config.value[CONFIG_PLACEMENT] = PLACEMENT_AUTO;
	for (uint32_t level = 0; level < 3; level++) {
		/* The slice leaves all three. */
		SPOILT(config.value[CONFIG_PLACEMENT] = PLACEMENT_SLICE;
		       facts.level[level].limited = true, VERDICT_LOOSENS);
		assert_int_equal(which, level);
		assert_int_equal(detail, LEFT_LIMIT);
		SPOILT(config.value[CONFIG_PLACEMENT] = PLACEMENT_SLICE;
		       facts.level[level].programs = true, VERDICT_LOOSENS);
		assert_int_equal(which, level);
		assert_int_equal(detail, LEFT_PROGRAM);
		SPOILT(config.value[CONFIG_PLACEMENT] = PLACEMENT_SLICE;
		       facts.level[level].unseen = true, VERDICT_LOOSENS);
		assert_int_equal(which, level);
		assert_int_equal(detail, LEFT_UNSEEN);
		SPOILT(config.value[CONFIG_PLACEMENT] = PLACEMENT_SLICE; facts.scanned = level,
		       VERDICT_LOOSENS);
		assert_int_equal(which, level);
		assert_int_equal(detail, LEFT_UNSEEN);
	}
	/* A sibling leaves the first alone. */
	SPOILT(config.value[CONFIG_PLACEMENT] = PLACEMENT_SIBLING; facts.level[0].limited = true,
	       VERDICT_LOOSENS);
	SPOILT(config.value[CONFIG_PLACEMENT] = PLACEMENT_SIBLING; facts.scanned = 0,
	       VERDICT_LOOSENS);
	SPOILT(config.value[CONFIG_PLACEMENT] = PLACEMENT_SIBLING; facts.level[0].pids = 10,
	       VERDICT_LOOSENS);
	SPOILT(config.value[CONFIG_PLACEMENT] = PLACEMENT_SIBLING; facts.level[1].limited = true;
	       facts.level[2].programs = true; facts.scanned = 1, VERDICT_DENY);
	assert_int_equal(verdict.place, PLACE_SIBLING);
}

static void a_tree_deeper_than_is_looked_at_is_not_left(void **state)
{
	SPOILT(config.value[CONFIG_PLACEMENT] = PLACEMENT_SLICE; path("/a/b/c/d/e/f/g/h");
	       facts.scanned = 8, VERDICT_DENY);
	SPOILT(config.value[CONFIG_PLACEMENT] = PLACEMENT_SLICE; path("/a/b/c/d/e/f/g/h/i");
	       facts.scanned = 8, VERDICT_LOOSENS);
	assert_int_equal(which, 8);
	assert_int_equal(detail, LEFT_UNSEEN);
}

static void there_is_no_sibling_in_or_below_the_root(void **state)
{
	SPOILT(config.value[CONFIG_PLACEMENT] = PLACEMENT_SIBLING; path("/a"), VERDICT_LOOSENS);
	SPOILT(config.value[CONFIG_PLACEMENT] = PLACEMENT_SIBLING; path("/"), VERDICT_LOOSENS);
	SPOILT(path("/a"), VERDICT_DENY);
	assert_int_equal(verdict.place, PLACE_SLICE);
	SPOILT(path("/"), VERDICT_DENY);
	assert_int_equal(verdict.place, PLACE_SLICE);
}

static void auto_takes_the_nearest_place_that_will_do(void **state)
{
	begin(NULL);
	allows_in(PLACE_SIBLING);
	assert_int_equal(verdict.user.count, 0);
	assert_int_equal(verdict.most, 4);
	begin(NULL);
	facts.home = false; /* no other login would find it there */
	allows_in(PLACE_SLICE);
	config.value[CONFIG_PLACEMENT] = PLACEMENT_SIBLING;
	allows_in(PLACE_SIBLING);
	begin(NULL);
	facts.level[0].pids = 9; /* carried over to the slice only */
	allows_in(PLACE_SLICE);
	assert_string_equal(written(&verdict.ctr, "pids.max"), "9");
	begin(NULL);
	ask(LIMIT_IO_WEIGHT, 50); /* no sibling can have it */
	allows_in(PLACE_SLICE);
	begin(NULL);
	facts.usable[PLACE_SIBLING] = false;
	allows_in(PLACE_SLICE);
	begin(NULL);
	config.value[CONFIG_PLACEMENT] = PLACEMENT_SLICE;
	allows_in(PLACE_SLICE);
	SPOILT(config.value[CONFIG_PLACEMENT] = PLACEMENT_SIBLING; ask(LIMIT_IO_WEIGHT, 50),
	       VERDICT_LIMIT);
	assert_int_equal(detail, LIMIT_IO_WEIGHT);
	SPOILT(config.value[CONFIG_PLACEMENT] = PLACEMENT_SIBLING;
	       facts.usable[PLACE_SIBLING] = false, VERDICT_LIMIT);
	SPOILT(facts.usable[PLACE_SIBLING] = facts.usable[PLACE_SLICE] = false, VERDICT_LIMIT);
}

/* The smallest of what is left, in `ctr`, where no update reaches; and only with the controller. */
static void carries_a_pids_max_over_into_the_slice(void **state)
{
	begin(NULL);
	config.value[CONFIG_PLACEMENT] = PLACEMENT_SLICE;
	facts.level[0].pids = 2362;
	facts.level[1].pids = 100;
	facts.level[2].pids = 5197;
	allows_in(PLACE_SLICE);
	assert_string_equal(written(&verdict.ctr, "pids.max"), "100");
	/* Two containers do not have it twice. */
	assert_string_equal(written(&verdict.user, "pids.max"), "100");
	assert_true(verdict.controllers >> CGROUP_PIDS & 1);
	assert_null(top("pids.max"));
	begin(NULL);
	config.value[CONFIG_PLACEMENT] = PLACEMENT_SLICE;
	config.value[CONFIG_USER_PIDS] = 99;
	facts.level[1].pids = 100;
	allows_in(PLACE_SLICE);
	assert_string_equal(written(&verdict.user, "pids.max"), "99");
	begin(NULL);
	config.value[CONFIG_PLACEMENT] = PLACEMENT_SLICE;
	facts.level[1].pids = 0;
	allows_in(PLACE_SLICE);
	assert_string_equal(written(&verdict.ctr, "pids.max"), "0");
	SPOILT(config.value[CONFIG_PLACEMENT] = PLACEMENT_SLICE; facts.level[1].pids = 100;
	       facts.offered[PLACE_SLICE] = 0, VERDICT_LIMIT);
	assert_int_equal(detail, LIMIT_PIDS);
	SPOILT(config.value[CONFIG_PLACEMENT] = PLACEMENT_SLICE; facts.offered[PLACE_SLICE] = 0,
	       VERDICT_DENY);
	assert_int_equal(verdict.controllers, 0);
	assert_int_equal(verdict.ctr.count, 0);
}

static void every_container_is_bounded_in_cgroups(void **state)
{
	begin(NULL);
	allows();
	assert_string_equal(top("cgroup.max.descendants"), "64");
	assert_string_equal(top("cgroup.max.depth"), "8");
	begin(NULL);
	config.value[CONFIG_PLACEMENT] = PLACEMENT_SLICE;
	config.value[CONFIG_MAX_CGROUPS] = 1024;
	allows();
	assert_string_equal(written(&verdict.user, "cgroup.max.descendants"), "66560");
}

/* Limits */

static void refuses_a_number_that_is_no_limit(void **state)
{
	static const struct {
		enum wire_limit limit;
		uint64_t value;
	} bad[] = {
		{ LIMIT_PIDS, 4194305 },
		{ LIMIT_PIDS, WIRE_MAX - 1 },
		{ LIMIT_MEMORY, 1ULL << 63 },
		{ LIMIT_MEMORY, WIRE_MAX - 1 },
		{ LIMIT_MEMORY_HIGH, 1ULL << 63 },
		{ LIMIT_SWAP, 1ULL << 63 },
		{ LIMIT_CPU_QUOTA, 0 },
		{ LIMIT_CPU_QUOTA, 999 },
		{ LIMIT_CPU_QUOTA, 1ULL << 32 },
		{ LIMIT_CPU_PERIOD, 0 },
		{ LIMIT_CPU_PERIOD, 999 },
		{ LIMIT_CPU_PERIOD, 1000001 },
		{ LIMIT_CPU_PERIOD, WIRE_MAX },
		{ LIMIT_CPU_WEIGHT, 0 },
		{ LIMIT_CPU_WEIGHT, 10001 },
		{ LIMIT_CPU_WEIGHT, WIRE_MAX },
		{ LIMIT_IO_WEIGHT, 0 },
		{ LIMIT_IO_WEIGHT, 10001 },
		{ LIMIT_IO_WEIGHT, WIRE_MAX },
		{ LIMIT_HUGETLB_2M, 1ULL << 63 },
		{ LIMIT_HUGETLB_1G, WIRE_MAX - 1 },
	};

	for (size_t i = 0; i < count_of(bad); i++) {
		SPOILT(ask(bad[i].limit, bad[i].value), VERDICT_LIMIT);
		assert_int_equal(detail, bad[i].limit);
		SPOILT(request.op = OP_UPDATE; facts.found = true; ask(bad[i].limit, bad[i].value),
		       VERDICT_LIMIT);
		assert_int_equal(detail, bad[i].limit);
	}
}

static void refuses_a_limit_without_its_controller(void **state)
{
	static const enum wire_limit limits[] = {
		LIMIT_PIDS,	  LIMIT_MEMORY,	    LIMIT_MEMORY_HIGH, LIMIT_SWAP,
		LIMIT_CPU_QUOTA,  LIMIT_CPU_WEIGHT, LIMIT_IO_WEIGHT,   LIMIT_HUGETLB_2M,
		LIMIT_HUGETLB_1G, LIMIT_MEMS,
	};

	for (size_t i = 0; i < count_of(limits); i++) {
		SPOILT(facts.offered[PLACE_SIBLING] = facts.offered[PLACE_SLICE] = 0;
		       ask(limits[i], 1000), VERDICT_LIMIT);
		assert_int_equal(detail, limits[i]);
		/* "no limit" is a limit to be held, too: above may be one that counts. */
		SPOILT(config.value[CONFIG_CONTAINER_PIDS] = 5;
		       facts.offered[PLACE_SIBLING] = facts.offered[PLACE_SLICE] = 0,
		       VERDICT_LIMIT);
		assert_int_equal(detail, LIMIT_PIDS);
	}
}

static void takes_the_bounds_of_every_limit(void **state)
{
	begin(NULL);
	config.value[CONFIG_PLACEMENT] = PLACEMENT_SLICE;
	ask(LIMIT_PIDS, 0);
	ask(LIMIT_MEMORY, INT64_MAX);
	ask(LIMIT_MEMORY_HIGH, WIRE_MAX);
	ask(LIMIT_SWAP, 0);
	ask(LIMIT_CPU_QUOTA, 1000);
	ask(LIMIT_CPU_PERIOD, 1000000);
	ask(LIMIT_CPU_WEIGHT, 1);
	ask(LIMIT_IO_WEIGHT, 10000);
	ask(LIMIT_HUGETLB_2M, WIRE_MAX);
	ask(LIMIT_HUGETLB_1G, 0);
	allows();
	assert_string_equal(top("pids.max"), "0");
	assert_string_equal(top("memory.max"), "9223372036854775807");
	assert_string_equal(top("memory.high"), "max");
	assert_string_equal(top("memory.swap.max"), "0");
	assert_string_equal(top("cpu.max"), "1000 1000000");
	assert_string_equal(top("cpu.weight"), "1");
	assert_string_equal(top("io.weight"), "10000");
	assert_string_equal(top("hugetlb.2MB.max"), "max");
	assert_string_equal(top("hugetlb.1GB.max"), "0");
	assert_int_equal(verdict.clamped, 0);
	assert_int_equal(verdict.controllers,
			 1u << CGROUP_PIDS | 1u << CGROUP_MEMORY | 1u << CGROUP_CPU |
				 1u << CGROUP_IO | 1u << CGROUP_HUGETLB);
}

static void caps(uint32_t mib, uint32_t pids, uint32_t percent)
{
	config.value[CONFIG_CONTAINER_MEMORY] = mib;
	config.value[CONFIG_CONTAINER_PIDS] = pids;
	config.value[CONFIG_CONTAINER_CPU] = percent;
}

static void policy_gives_no_more_than_its_caps_and_says_so(void **state)
{
	begin(NULL);
	caps(1, 100, 150);
	ask(LIMIT_PIDS, 101);
	ask(LIMIT_MEMORY, WIRE_MAX);
	ask(LIMIT_SWAP, (1 << 20) + 1);
	ask(LIMIT_CPU_QUOTA, 151000);
	allows();
	assert_string_equal(top("pids.max"), "100");
	assert_string_equal(top("memory.max"), "1048576");
	assert_string_equal(top("memory.swap.max"), "1048576");
	assert_string_equal(top("cpu.max"), "150000 100000");
	assert_int_equal(verdict.clamped, 1u << LIMIT_PIDS | 1u << LIMIT_MEMORY | 1u << LIMIT_SWAP |
						  1u << LIMIT_CPU_QUOTA);
	begin(NULL);
	caps(1, 100, 150);
	ask(LIMIT_PIDS, 100);
	ask(LIMIT_MEMORY, 1 << 20);
	ask(LIMIT_SWAP, 0);
	ask(LIMIT_CPU_QUOTA, 15000);
	ask(LIMIT_CPU_PERIOD, 10000);
	allows();
	assert_string_equal(top("pids.max"), "100");
	assert_string_equal(top("memory.max"), "1048576");
	assert_string_equal(top("memory.swap.max"), "0");
	assert_string_equal(top("cpu.max"), "15000 10000");
	assert_int_equal(verdict.clamped, 0);
	begin(NULL);
	caps(1 << 30, 4194304, 1000000); /* the largest of policy.conf overflow nothing */
	ask(LIMIT_MEMORY, WIRE_MAX);
	ask(LIMIT_CPU_QUOTA, WIRE_MAX);
	ask(LIMIT_CPU_PERIOD, 1000000);
	allows();
	assert_string_equal(top("memory.max"), "1125899906842624");
	assert_string_equal(top("cpu.max"), "10000000000 1000000");
}

static void a_new_cgroup_has_the_caps_also_where_nothing_was_asked_for(void **state)
{
	begin(NULL);
	caps(1, 100, 150);
	allows();
	assert_string_equal(top("pids.max"), "100");
	assert_string_equal(top("memory.max"), "1048576");
	assert_string_equal(top("memory.swap.max"), "1048576");
	assert_string_equal(top("cpu.max"), "150000 100000");
	assert_int_equal(verdict.clamped, 0);
	begin(NULL);
	allows();
	assert_null(top("pids.max"));
	assert_null(top("memory.max"));
	assert_null(top("cpu.max"));
	assert_int_equal(verdict.controllers, 0);
}

static void refuses_a_period_without_a_quota(void **state)
{
	begin(NULL);
	ask(LIMIT_CPU_PERIOD, 50000);
	assert_int_equal(judged(), VERDICT_LIMIT);
	assert_int_equal(detail, LIMIT_CPU_PERIOD);
}

/* C-24. */
static void an_update_is_capped_and_leaves_the_rest_alone(void **state)
{
	begin(NULL);
	facts.found = true;
	request.op = OP_UPDATE;
	caps(1, 100, 150);
	allows();
	assert_int_equal(verdict.top.count, 0);
	ask(LIMIT_PIDS, WIRE_MAX);
	allows();
	assert_int_equal(verdict.top.count, 1);
	assert_string_equal(top("pids.max"), "100");
	assert_int_equal(verdict.clamped, 1u << LIMIT_PIDS);
	assert_int_equal(verdict.user.count + verdict.ctr.count, 0);
	request.limit[LIMIT_PIDS] = 7;
	allows();
	assert_string_equal(top("pids.max"), "7");
	assert_int_equal(verdict.clamped, 0);
	assert_int_equal(verdict.controllers, 1u << CGROUP_PIDS);
}

static void sets_are_written_bit_by_bit(void **state)
{
	begin(NULL);
	config.value[CONFIG_PLACEMENT] = PLACEMENT_SLICE;
	ask(LIMIT_MEMS, 1ULL << 63 | 1);
	for (int i = 0; i < 4; i++)
		ask(LIMIT_CPUS + i, 0);
	request.limit[LIMIT_CPUS] = 1ULL << 5;
	request.limit[LIMIT_CPUS + 3] = 1ULL << 63;
	allows();
	assert_string_equal(top("cpuset.mems"), "0,63,");
	assert_string_equal(top("cpuset.cpus"), "5,255,");
	assert_int_equal(verdict.controllers, 1u << CGROUP_CPUSET);
}

static void refuses_an_empty_set_and_half_of_a_set(void **state)
{
	/* An empty cpuset.cpus means that of the parent: all. */
	assert_int_not_equal((begin(NULL), ask(LIMIT_MEMS, 0), judged()), VERDICT_DENY);
	assert_int_not_equal((begin(NULL), ask(LIMIT_CPUS, 0), judged()), VERDICT_DENY);
	/* Words of CPUs beyond the first belong to it. */
	for (int i = 1; i < 4; i++) {
		begin(NULL);
		config.value[CONFIG_PLACEMENT] = PLACEMENT_SLICE;
		ask(LIMIT_CPUS + i, 1);
		assert_int_not_equal(judged(), VERDICT_DENY);
	}
}

/* 256 CPUs are 914 bytes, 64 nodes 182; and all else at its longest. */
static void the_longest_texts_fit_and_stay_within_their_buffer(void **state)
{
	struct {
		struct cgroup_verdict verdict;
		unsigned char canary[64];
	} box;

	for (int op = OP_PREPARE; op <= OP_UPDATE; op += 2) {
		begin(NULL);
		request.op = (uint16_t)op;
		facts.found = true;
		config.value[CONFIG_PLACEMENT] = PLACEMENT_SLICE;
		caps(1 << 30, 4194304, 1000000);
		for (int i = CONFIG_USER_MEMORY; i <= CONFIG_USER_CPU; i++)
			config.value[i] = 1000000;
		facts.level[2].pids = 4194304;
		for (int i = 0; i < WIRE_LIMITS; i++)
			ask(i, i == LIMIT_CPU_PERIOD || i == LIMIT_CPU_WEIGHT ||
					       i == LIMIT_IO_WEIGHT
				       ? 10000
				       : WIRE_MAX);
		memset(&box, 0x7e, sizeof(box));
		assert_int_equal(cgroup_judge(&facts, &config, &request, &box.verdict, &which,
					      &detail),
				 VERDICT_DENY);
		for (size_t i = 0; i < sizeof(box.canary); i++)
			assert_int_equal(box.canary[i], 0x7e);
		assert_in_range(box.verdict.used, 1096, sizeof(box.verdict.text));
		verdict = box.verdict;
		assert_int_equal(strlen(top("cpuset.cpus")), 914);
		assert_int_equal(strlen(top("cpuset.mems")), 182);
	}
}

/* The user's totals */

static void the_slice_has_the_users_totals(void **state)
{
	begin(NULL);
	config.value[CONFIG_PLACEMENT] = PLACEMENT_SLICE;
	config.value[CONFIG_USER_MEMORY] = 8192;
	config.value[CONFIG_USER_PIDS] = 4096;
	config.value[CONFIG_USER_CPU] = 400;
	allows();
	assert_string_equal(written(&verdict.user, "memory.max"), "8589934592");
	assert_string_equal(written(&verdict.user, "pids.max"), "4096");
	assert_string_equal(written(&verdict.user, "cpu.max"), "400000 100000");
	assert_string_equal(written(&verdict.user, "cgroup.max.descendants"), "260");
	assert_int_equal(verdict.controllers,
			 1u << CGROUP_PIDS | 1u << CGROUP_MEMORY | 1u << CGROUP_CPU);
	/* A total that was taken out of the policy goes, where the file is there for us. */
	begin(NULL);
	config.value[CONFIG_PLACEMENT] = PLACEMENT_SLICE;
	ask(LIMIT_MEMORY, 5);
	allows();
	assert_string_equal(written(&verdict.user, "memory.max"), "max");
	assert_null(written(&verdict.user, "pids.max"));
	/* And where they cannot be held nothing is made. */
	SPOILT(config.value[CONFIG_PLACEMENT] = PLACEMENT_SLICE; config.value[CONFIG_USER_CPU] = 1;
	       facts.offered[PLACE_SLICE] = 1u << CGROUP_PIDS, VERDICT_LIMIT);
}

/* ATTACH */

static void attaching(enum cgroup_place place, uint64_t pids)
{
	request.op = OP_ATTACH;
	facts.found = true;
	facts.place = place;
	facts.pids = pids;
}

static void nobody_attaches_on_better_terms_than_their_own(void **state)
{
	SPOILT(request.op = OP_ATTACH, VERDICT_UNKNOWN);
	SPOILT(attaching(PLACE_SIBLING, WIRE_MAX), VERDICT_DENY);
	assert_int_equal(verdict.place, PLACE_SIBLING);
	SPOILT(attaching(PLACE_SIBLING, WIRE_MAX); facts.level[0].limited = true, VERDICT_LOOSENS);
	SPOILT(attaching(PLACE_SIBLING, WIRE_MAX); facts.level[0].programs = true, VERDICT_LOOSENS);
	SPOILT(attaching(PLACE_SIBLING, WIRE_MAX); facts.level[1].limited = true; facts.scanned = 1,
	       VERDICT_DENY);
	for (int i = 0; i < 3; i++) {
		SPOILT(attaching(PLACE_SLICE, WIRE_MAX); facts.level[i].limited = true,
		       VERDICT_LOOSENS);
		SPOILT(attaching(PLACE_USER, WIRE_MAX); facts.level[i].limited = true,
		       VERDICT_LOOSENS);
		SPOILT(attaching(PLACE_SLICE, WIRE_MAX); facts.level[i].unseen = true,
		       VERDICT_LOOSENS);
		SPOILT(attaching(PLACE_SLICE, WIRE_MAX); facts.scanned = (uint32_t)i,
		       VERDICT_LOOSENS);
		/* A pids.max that is left must be there as well, at most. */
		SPOILT(attaching(PLACE_SLICE, WIRE_MAX); facts.level[i].pids = 50, VERDICT_LOOSENS);
		SPOILT(attaching(PLACE_SLICE, 51); facts.level[i].pids = 50, VERDICT_LOOSENS);
		SPOILT(attaching(PLACE_SLICE, 50); facts.level[i].pids = 50, VERDICT_DENY);
		SPOILT(attaching(PLACE_SLICE, 49); facts.level[i].pids = 50, VERDICT_DENY);
	}
	SPOILT(attaching(PLACE_SLICE, WIRE_MAX); path("/"), VERDICT_DENY);
}

/* Looking */

static void looks_no_further_than_it_needs(void **state)
{
	begin(NULL);
	facts.scanned = 0;
	assert_false(cgroup_settled(&facts, &config, &request));
	facts.scanned = 1;
	assert_true(cgroup_settled(&facts, &config, &request)); /* a sibling will do */
	facts.level[0].limited = true;
	facts.scanned = 2;
	assert_false(cgroup_settled(&facts, &config, &request));
	facts.scanned = 3;
	assert_true(cgroup_settled(&facts, &config, &request));
	begin(NULL);
	config.value[CONFIG_PLACEMENT] = PLACEMENT_SLICE;
	facts.scanned = 2;
	assert_false(cgroup_settled(&facts, &config, &request));
	begin(NULL);
	facts.tree = false;
	facts.scanned = 0;
	assert_true(cgroup_settled(&facts, &config, &request));
	begin(NULL);
	attaching(PLACE_SLICE, WIRE_MAX);
	facts.scanned = 2;
	assert_false(cgroup_settled(&facts, &config, &request));
	facts.found = false;
	assert_true(cgroup_settled(&facts, &config, &request));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_that_says_anything_is_a_limit),
		cmocka_unit_test(what_a_fresh_cgroup_says_is_no_limit),
		cmocka_unit_test(a_limit_behind_the_first_line_is_one),
		cmocka_unit_test(only_pids_max_may_be_carried_over),
		cmocka_unit_test(refuses_to_begin_where_caller_or_target_are_not_as_they_should),
		cmocka_unit_test(the_switches_are_about_new_ones),
		cmocka_unit_test(jobs_are_known_by_whole_names_anywhere_in_the_path),
		cmocka_unit_test(leaves_nothing_that_limits),
		cmocka_unit_test(a_tree_deeper_than_is_looked_at_is_not_left),
		cmocka_unit_test(there_is_no_sibling_in_or_below_the_root),
		cmocka_unit_test(auto_takes_the_nearest_place_that_will_do),
		cmocka_unit_test(carries_a_pids_max_over_into_the_slice),
		cmocka_unit_test(every_container_is_bounded_in_cgroups),
		cmocka_unit_test(refuses_a_number_that_is_no_limit),
		cmocka_unit_test(refuses_a_limit_without_its_controller),
		cmocka_unit_test(takes_the_bounds_of_every_limit),
		cmocka_unit_test(policy_gives_no_more_than_its_caps_and_says_so),
		cmocka_unit_test(a_new_cgroup_has_the_caps_also_where_nothing_was_asked_for),
		cmocka_unit_test(refuses_a_period_without_a_quota),
		cmocka_unit_test(an_update_is_capped_and_leaves_the_rest_alone),
		cmocka_unit_test(sets_are_written_bit_by_bit),
		cmocka_unit_test(refuses_an_empty_set_and_half_of_a_set),
		cmocka_unit_test(the_longest_texts_fit_and_stay_within_their_buffer),
		cmocka_unit_test(the_slice_has_the_users_totals),
		cmocka_unit_test(nobody_attaches_on_better_terms_than_their_own),
		cmocka_unit_test(looks_no_further_than_it_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
