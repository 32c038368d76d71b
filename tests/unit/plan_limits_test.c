#include "frontend/codes.h"
#include "frontend/plan/limits.h"
#include "frontend/plan/parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static int empty_arena(void **state _unused_)
{
	arena_free(&arena);
	return 0;
}

static struct spec_resources resources_of(const char *text)
{
	struct spec_resources resources = { 0 };
	const struct json *node = NULL;
	struct error err = { 0 };

	if (json_parse(&arena, "file", text, strlen(text), &node, &err) < 0 ||
	    spec_read_resources(&arena, node, &resources, &err) < 0)
		fail_msg("%s: %s", text, err.what);
	return resources;
}

static struct cgroup_limits limits_of(const char *text)
{
	const struct spec_resources resources = resources_of(text);
	struct cgroup_limits limits = { 0 };
	struct error err = { 0 };

	if (plan_limits(&arena, &resources, &limits, &err) < 0)
		fail_msg("%s: %s: %s", text, err.what, err.why);
	return limits;
}

/* "pids.max=100, io.bfq.weight=500?": what may miss has a question mark. */
static const char *text_of(const struct cgroup_limits *limits)
{
	const char *text = "";

	for (size_t i = 0; i < limits->count; i++)
		text = arena_print(&arena, "%s%s%s=%s%s", text, i ? ", " : "", limits->item[i].file,
				   limits->item[i].value, limits->item[i].may_miss ? "?" : "");
	return text;
}

struct conversion {
	const char *resources, *files;
};

static void convert_each(const struct conversion *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct cgroup_limits limits = limits_of(cases[i].resources);

		if (strcmp(text_of(&limits), cases[i].files) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", cases[i].resources, text_of(&limits),
				 cases[i].files);
	}
}

static void refuses_values_that_contradict_each_other(void **state _unused_)
{
	static const char *const cases[][3] = {
		{ "{\"memory\": {\"swap\": 1}}", "memory.swap",
		  "unable to set swap limit without memory limit" },
		{ "{\"memory\": {\"limit\": 0, \"swap\": 1}}", "memory.swap",
		  "unable to set swap limit without memory limit" },
		{ "{\"memory\": {\"limit\": 2, \"swap\": 1}}", "memory.swap",
		  "memory+swap limit should be >= memory limit" },
		{ "{\"cpu\": {\"quota\": 5000, \"burst\": 5001}}", "cpu.burst",
		  "cpu burst should be <= cpu quota" },
	};

	for (size_t i = 0; i < count_of(cases); i++) {
		const struct spec_resources resources = resources_of(cases[i][0]);
		struct cgroup_limits limits = { .count = 7 };
		struct error err = { 0 };

		assert_int_equal(plan_limits(&arena, &resources, &limits, &err), -1);
		assert_int_equal(err.code, RR_CFG_06);
		assert_string_equal(err.what, cases[i][1]);
		assert_string_equal(err.why, cases[i][2]);
		assert_int_equal(limits.count, 7);
	}
}

/* reference oci-reference.md §12.1 */
static void memory_as_the_table_has_it(void **state _unused_)
{
	static const struct conversion cases[] = {
		{ "{\"memory\": {\"limit\": 7}}", "memory.max=7" },
		{ "{\"memory\": {\"limit\": 0}}", "" },
		{ "{\"memory\": {\"reservation\": 7}}", "memory.low=7" },
		{ "{\"memory\": {\"reservation\": -1}}", "memory.low=max" },
		{ "{\"memory\": {\"reservation\": 0}}", "" },
		{ "{\"memory\": {\"kernel\": 1, \"kernelTCP\": 1, \"swappiness\": 60, "
		  "\"disableOOMKiller\": true, \"useHierarchy\": true, "
		  "\"checkBeforeUpdate\": true}}",
		  "" },
		{ "{\"memory\": {\"limit\": -1}}", "memory.swap.max=max?, memory.max=max" },
		{ "{\"memory\": {\"limit\": -1, \"swap\": 0}}",
		  "memory.swap.max=max?, memory.max=max" },
		{ "{\"memory\": {\"swap\": -1}}", "memory.swap.max=max?" },
		{ "{\"memory\": {\"limit\": 5, \"swap\": -1}}",
		  "memory.swap.max=max?, memory.max=5" },
		{ "{\"memory\": {\"limit\": 5, \"swap\": 0}}", "memory.max=5" },
		{ "{\"memory\": {\"limit\": -1, \"swap\": 9}}",
		  "memory.swap.max=9, memory.max=max" },
		{ "{\"memory\": {\"limit\": 5, \"swap\": 5}}", "memory.swap.max=0?, memory.max=5" },
		{ "{\"memory\": {\"limit\": 5, \"swap\": 9}}", "memory.swap.max=4, memory.max=5" },
	};

	convert_each(cases, count_of(cases));
}

/* reference oci-reference.md §12.2 */
static void cpu_as_the_table_has_it(void **state _unused_)
{
	static const struct conversion cases[] = {
		{ "{\"cpu\": {\"shares\": 0}}", "" },
		{ "{\"cpu\": {\"shares\": 1024}}", "cpu.weight=100" },
		{ "{\"cpu\": {\"quota\": 0, \"period\": 0}}", "" },
		{ "{\"cpu\": {\"quota\": 50000}}", "cpu.max=50000 100000" },
		{ "{\"cpu\": {\"quota\": -1}}", "cpu.max=max 100000" },
		{ "{\"cpu\": {\"period\": 50000}}", "cpu.max=max 50000" },
		{ "{\"cpu\": {\"quota\": 20000, \"period\": 50000, \"burst\": 20000}}",
		  "cpu.max=20000 50000, cpu.max.burst=20000" },
		{ "{\"cpu\": {\"burst\": 0}}", "cpu.max.burst=0" },
		{ "{\"cpu\": {\"idle\": 1, \"shares\": 512}}", "cpu.idle=1" },
		{ "{\"cpu\": {\"idle\": 0, \"shares\": 512}}", "cpu.idle=0, cpu.weight=59" },
		{ "{\"cpu\": {\"realtimeRuntime\": 1, \"realtimePeriod\": 2}}", "" },
		{ "{\"cpu\": {\"cpus\": \"0-3,8\", \"mems\": \"0\"}}",
		  "cpuset.cpus=0-3,8, cpuset.mems=0" },
	};

	convert_each(cases, count_of(cases));
}

static void shares_become_the_weights_of_the_table(void **state _unused_)
{
	static const struct {
		uint64_t shares;
		uint32_t weight;
	} cases[] = {
		{ 1, 1 },	  { 2, 1 },	     { 3, 2 },		{ 10, 4 },
		{ 64, 12 },	  { 100, 17 },	     { 128, 21 },	{ 256, 35 },
		{ 512, 59 },	  { 1000, 99 },	     { 1024, 100 },	{ 2048, 174 },
		{ 4096, 303 },	  { 8192, 532 },     { 16384, 942 },	{ 65536, 3023 },
		{ 131072, 5478 }, { 262144, 10000 }, { 262145, 10000 }, { UINT64_MAX, 10000 },
	};
	uint32_t last = 1;

	for (size_t i = 0; i < count_of(cases); i++)
		assert_int_equal(plan_cpu_weight(cases[i].shares), cases[i].weight);
	for (uint64_t shares = 1; shares <= 262144; shares++) {
		uint32_t weight = plan_cpu_weight(shares);

		assert_true(weight >= last && weight <= 10000);
		last = weight;
	}
}

/* reference oci-reference.md §12.3 */
static void other_controllers_as_the_table_has_them(void **state _unused_)
{
	static const struct conversion cases[] = {
		{ "{\"pids\": {\"limit\": -1}}", "pids.max=max" },
		{ "{\"pids\": {\"limit\": -7}}", "pids.max=max" },
		{ "{\"pids\": {\"limit\": 0}}", "pids.max=1" },
		{ "{\"pids\": {\"limit\": 7}}", "pids.max=7" },
		{ "{\"blockIO\": {\"weight\": 0}}", "" },
		{ "{\"blockIO\": {\"weight\": 10}}", "io.bfq.weight=10?, io.weight=1" },
		{ "{\"blockIO\": {\"weight\": 1000}}", "io.bfq.weight=1000?, io.weight=10000" },
		{ "{\"blockIO\": {\"leafWeight\": 10}}", "" },
		{ "{\"blockIO\": {\"weightDevice\": [{\"major\": 8, \"minor\": 0, \"weight\": "
		  "300, \"leafWeight\": 10}, {\"major\": 8, \"minor\": 16}]}}",
		  "io.bfq.weight=8:0 300?" },
		{ "{\"blockIO\": {\"throttleWriteIOPSDevice\": [{\"major\": 8, \"minor\": 0, "
		  "\"rate\": 4}], \"throttleReadIOPSDevice\": [{\"major\": 8, \"minor\": 0, "
		  "\"rate\": 3}], \"throttleWriteBpsDevice\": [{\"major\": 8, \"minor\": 0, "
		  "\"rate\": 2}], \"throttleReadBpsDevice\": [{\"major\": 8, \"minor\": 0, "
		  "\"rate\": 0}, {\"major\": 8, \"minor\": 16, \"rate\": 1}]}}",
		  "io.max=8:0 rbps=0, io.max=8:16 rbps=1, io.max=8:0 wbps=2, io.max=8:0 riops=3, "
		  "io.max=8:0 wiops=4" },
		{ "{\"hugepageLimits\": [{\"pageSize\": \"64KB\", \"limit\": 0}]}",
		  "hugetlb.64KB.max=0, hugetlb.64KB.rsvd.max=0?" },
		{ "{\"rdma\": {\"mlx5_1\": {\"hcaHandles\": 3, \"hcaObjects\": 10000}, "
		  "\"rxe3\": {\"hcaObjects\": 0}}}",
		  "rdma.max=mlx5_1 hca_handle=3 hca_object=10000, rdma.max=rxe3 hca_object=0" },
		{ "{\"network\": {\"classID\": 1}, \"devices\": [{\"allow\": false}]}", "" },
		{ "{\"unified\": {\"io.max\": \"8:0 rbps=1\\n8:16 rbps=2\", \"pids.max\": \"3\"}, "
		  "\"pids\": {\"limit\": 7}}",
		  "pids.max=7, io.max=8:0 rbps=1\n8:16 rbps=2, pids.max=3" },
	};

	convert_each(cases, count_of(cases));
}

/* reference oci-reference.md §23.4 */
static void worked_conversions_come_out_as_written(void **state _unused_)
{
	static const struct conversion cases[] = {
		{ "{\"memory\": {\"limit\": 536870912, \"swap\": 1073741824}}",
		  "memory.swap.max=536870912, memory.max=536870912" },
		{ "{\"memory\": {\"limit\": 536870912, \"swap\": 536870912}}",
		  "memory.swap.max=0?, memory.max=536870912" },
		{ "{\"memory\": {\"limit\": -1}}", "memory.swap.max=max?, memory.max=max" },
		{ "{\"cpu\": {\"shares\": 512, \"quota\": 50000}}",
		  "cpu.weight=59, cpu.max=50000 100000" },
		{ "{\"cpu\": {\"quota\": -1, \"period\": 50000}}", "cpu.max=max 50000" },
		{ "{\"cpu\": {\"cpus\": \"0-1\", \"mems\": \"0\"}}",
		  "cpuset.cpus=0-1, cpuset.mems=0" },
		{ "{\"pids\": {\"limit\": 100}}", "pids.max=100" },
		{ "{\"blockIO\": {\"weight\": 500}}", "io.bfq.weight=500?, io.weight=4950" },
		{ "{\"blockIO\": {\"throttleReadBpsDevice\": [{\"major\": 8, \"minor\": 0, "
		  "\"rate\": 1048576}]}}",
		  "io.max=8:0 rbps=1048576" },
		{ "{\"hugepageLimits\": [{\"pageSize\": \"2MB\", \"limit\": 4194304}]}",
		  "hugetlb.2MB.max=4194304, hugetlb.2MB.rsvd.max=4194304?" },
		{ "{\"rdma\": {\"mlx5_1\": {\"hcaHandles\": 3}}}", "rdma.max=mlx5_1 hca_handle=3" },
		{ "{\"unified\": {\"memory.high\": \"400000000\", \"cgroup.freeze\": \"0\"}}",
		  "memory.high=400000000, cgroup.freeze=0" },
	};

	convert_each(cases, count_of(cases));
}

static void files_are_written_in_order_and_name_their_controllers(void **state _unused_)
{
	const struct cgroup_limits limits = limits_of(
		"{\"unified\": {\"misc.max\": \"res_a 1\", \"cgroup.freeze\": \"0\"}, "
		"\"rdma\": {\"a\": {\"hcaHandles\": 3}}, "
		"\"hugepageLimits\": [{\"pageSize\": \"2MB\", \"limit\": 1}], "
		"\"cpu\": {\"cpus\": \"0\", \"quota\": 1000}, \"blockIO\": {\"weight\": 10}, "
		"\"memory\": {\"limit\": 1}, \"pids\": {\"limit\": 1}}");

	assert_string_equal(text_of(&limits),
			    "pids.max=1, memory.max=1, io.bfq.weight=10?, io.weight=1, "
			    "cpu.max=1000 100000, cpuset.cpus=0, hugetlb.2MB.max=1, "
			    "hugetlb.2MB.rsvd.max=1?, rdma.max=a hca_handle=3, misc.max=res_a 1, "
			    "cgroup.freeze=0");
	assert_int_equal(limits.controllers, 255);
	assert_int_equal(limits_of("{\"unified\": {\"cgroup.freeze\": \"0\"}}").controllers, 0);
	assert_int_equal(limits_of("{\"memory\": {\"swap\": -1}}").controllers, 0);
	assert_int_equal(limits_of("{\"cpu\": {\"cpus\": \"0\"}}").controllers, CONTROLLER_CPUSET);
	assert_int_equal(limits_of("{\"cpu\": {\"shares\": 9}}").controllers, CONTROLLER_CPU);
	assert_string_equal(limits.item[4].where, "cpu.quota");
}

static void names_the_first_limit_that_the_helper_has_no_word_for(void **state _unused_)
{
	static const char *const cases[][2] = {
		{ "{\"memory\": {\"reservation\": 7, \"limit\": 8}}", "memory.reservation" },
		{ "{\"cpu\": {\"idle\": 1}, \"rdma\": {\"a\": {\"hcaHandles\": 1}}}", "cpu.idle" },
		{ "{\"cpu\": {\"quota\": 2000, \"burst\": 1000}}", "cpu.burst" },
		{ "{\"cpu\": {\"cpus\": \"0-256\"}}", "cpu.cpus" },
		{ "{\"cpu\": {\"cpus\": \"0-31:2/4\"}}", "cpu.cpus" },
		{ "{\"cpu\": {\"cpus\": \"3-1\"}}", "cpu.cpus" },
		{ "{\"cpu\": {\"cpus\": \"1-\"}}", "cpu.cpus" },
		{ "{\"cpu\": {\"mems\": \"64\"}}", "cpu.mems" },
		{ "{\"cpu\": {\"mems\": \"99999999999999999999\"}}", "cpu.mems" },
		{ "{\"hugepageLimits\": [{\"pageSize\": \"64KB\", \"limit\": 0}]}",
		  "hugepageLimits[0]" },
		{ "{\"blockIO\": {\"throttleReadBpsDevice\": [{\"major\": 8, \"minor\": 0, "
		  "\"rate\": 1}]}}",
		  "blockIO.throttleReadBpsDevice[0]" },
		{ "{\"rdma\": {\"a\": {\"hcaHandles\": 1}}}", "rdma.a.hcaHandles" },
		{ "{\"unified\": {\"memory.max\": \"-1\"}}", "unified[\"memory.max\"]" },
		{ "{\"unified\": {\"memory.max\": \"17179869184G\"}}", "unified[\"memory.max\"]" },
		{ "{\"unified\": {\"memory.max\": \"1GB\"}}", "unified[\"memory.max\"]" },
		{ "{\"unified\": {\"pids.max\": \"1k\"}}", "unified[\"pids.max\"]" },
		{ "{\"unified\": {\"pids.max\": \"18446744073709551616\"}}",
		  "unified[\"pids.max\"]" },
		{ "{\"unified\": {\"cpu.max\": \"5000 10\"}}", "unified[\"cpu.max\"]" },
		{ "{\"unified\": {\"cpu.max\": \"5000 100000 1\"}}", "unified[\"cpu.max\"]" },
		{ "{\"unified\": {\"cpu.weight\": \"0\"}}", "unified[\"cpu.weight\"]" },
		{ "{\"unified\": {\"cpu.weight\": \"10001\"}}", "unified[\"cpu.weight\"]" },
		{ "{\"unified\": {\"io.weight\": \"8:0 50\"}}", "unified[\"io.weight\"]" },
		{ "{\"unified\": {\"memory.low\": \"1\"}}", "unified[\"memory.low\"]" },
		{ "{\"unified\": {\"new.file\": \"1\"}}", "unified[\"new.file\"]" },
	};

	for (size_t i = 0; i < count_of(cases); i++) {
		const struct cgroup_limits limits = limits_of(cases[i][0]);
		uint64_t value[WIRE_LIMITS];
		const char *beyond = NULL;
		uint32_t asked;

		assert_int_equal(plan_wire_limits(&limits, &asked, value, &beyond), -1);
		if (!beyond || strcmp(beyond, cases[i][1]) != 0)
			fail_msg("%s: %s", cases[i][0], beyond ? beyond : "none");
	}
}

static uint32_t wired(const char *text, uint64_t value[WIRE_LIMITS])
{
	const struct cgroup_limits limits = limits_of(text);
	const char *beyond = "?";
	uint32_t asked = 0;

	if (plan_wire_limits(&limits, &asked, value, &beyond) < 0)
		fail_msg("%s: beyond: %s", text, beyond);
	assert_null(beyond);
	for (size_t i = 0; i < WIRE_LIMITS; i++)
		if (!(asked >> i & 1))
			assert_true(value[i] == 0);
	return asked;
}

#define BIT(place) ((uint32_t)1 << (place))

static void says_the_same_in_the_words_of_the_helper(void **state _unused_)
{
	uint64_t value[WIRE_LIMITS];

	assert_int_equal(wired("{}", value), 0);
	assert_int_equal(
		wired("{\"memory\": {\"limit\": 5, \"swap\": 9}, \"pids\": {\"limit\": 0}, "
		      "\"unified\": {\"memory.high\": \"4k\\n\"}}",
		      value),
		BIT(LIMIT_MEMORY) | BIT(LIMIT_SWAP) | BIT(LIMIT_PIDS) | BIT(LIMIT_MEMORY_HIGH));
	assert_true(value[LIMIT_MEMORY] == 5 && value[LIMIT_SWAP] == 4 && value[LIMIT_PIDS] == 1);
	assert_true(value[LIMIT_MEMORY_HIGH] == 4096);

	assert_int_equal(wired("{\"memory\": {\"limit\": 5, \"swap\": 5}}", value),
			 BIT(LIMIT_MEMORY) | BIT(LIMIT_SWAP));
	assert_true(value[LIMIT_SWAP] == 0);
	assert_int_equal(wired("{\"memory\": {\"limit\": -1}, \"pids\": {\"limit\": -1}}", value),
			 BIT(LIMIT_MEMORY) | BIT(LIMIT_SWAP) | BIT(LIMIT_PIDS));
	assert_true(value[LIMIT_MEMORY] == WIRE_MAX && value[LIMIT_PIDS] == WIRE_MAX);

	assert_int_equal(wired("{\"cpu\": {\"quota\": 5000, \"period\": 10000, \"shares\": 512}, "
			       "\"blockIO\": {\"weight\": 500}}",
			       value),
			 BIT(LIMIT_CPU_QUOTA) | BIT(LIMIT_CPU_PERIOD) | BIT(LIMIT_CPU_WEIGHT) |
				 BIT(LIMIT_IO_WEIGHT));
	assert_true(value[LIMIT_CPU_QUOTA] == 5000 && value[LIMIT_CPU_PERIOD] == 10000);
	assert_true(value[LIMIT_CPU_WEIGHT] == 59 && value[LIMIT_IO_WEIGHT] == 4950);

	assert_int_equal(wired("{\"unified\": {\"cpu.max\": \"7000\", \"io.weight\": "
			       "\"default 200\"}}",
			       value),
			 BIT(LIMIT_CPU_QUOTA) | BIT(LIMIT_CPU_PERIOD) | BIT(LIMIT_IO_WEIGHT));
	assert_true(value[LIMIT_CPU_PERIOD] == 100000 && value[LIMIT_IO_WEIGHT] == 200);

	assert_int_equal(wired("{\"hugepageLimits\": [{\"pageSize\": \"2MB\", \"limit\": 3}, "
			       "{\"pageSize\": \"1GB\", \"limit\": 0}]}",
			       value),
			 BIT(LIMIT_HUGETLB_2M) | BIT(LIMIT_HUGETLB_1G));
	assert_true(value[LIMIT_HUGETLB_2M] == 3 && value[LIMIT_HUGETLB_1G] == 0);

	assert_int_equal(wired("{\"cpu\": {\"cpus\": \"0-3,8,64,127-128,255\", \"mems\": "
			       "\"0,63\"}}",
			       value),
			 BIT(LIMIT_MEMS) | BIT(LIMIT_CPUS) | BIT(LIMIT_CPUS + 1) |
				 BIT(LIMIT_CPUS + 2) | BIT(LIMIT_CPUS + 3));
	assert_true(value[LIMIT_MEMS] == ((uint64_t)1 << 63 | 1));
	assert_true(value[LIMIT_CPUS] == 0x10f && value[LIMIT_CPUS + 2] == 1);
	assert_true(value[LIMIT_CPUS + 1] == ((uint64_t)1 << 63 | 1));
	assert_true(value[LIMIT_CPUS + 3] == (uint64_t)1 << 63);
}

/* The kernel takes what is over its own greatest number for "max": page_counter_memparse(). */
static void more_than_any_memory_is_no_limit(void **state _unused_)
{
	uint64_t value[WIRE_LIMITS];

	wired("{\"hugepageLimits\": [{\"pageSize\": \"2MB\", \"limit\": 18446744073709551614}], "
	      "\"unified\": {\"memory.max\": \"8796093022208M\"}}",
	      value);
	assert_true(value[LIMIT_HUGETLB_2M] == WIRE_MAX && value[LIMIT_MEMORY] == WIRE_MAX);
}

static void a_quota_without_end_has_no_period(void **state _unused_)
{
	uint64_t value[WIRE_LIMITS];

	assert_int_equal(wired("{\"cpu\": {\"quota\": -1, \"period\": 50000}}", value),
			 BIT(LIMIT_CPU_QUOTA));
	assert_true(value[LIMIT_CPU_QUOTA] == WIRE_MAX);
	assert_int_equal(wired("{\"unified\": {\"cpu.max\": \"max\"}}", value),
			 BIT(LIMIT_CPU_QUOTA));
}

static void the_last_that_writes_a_file_counts(void **state _unused_)
{
	uint64_t value[WIRE_LIMITS];

	assert_int_equal(wired("{\"pids\": {\"limit\": 7}, \"cpu\": {\"cpus\": \"0-256\", "
			       "\"quota\": 1000}, \"unified\": {\"pids.max\": \"max\", "
			       "\"cpuset.cpus\": \"1\", \"cpu.max\": \"max\"}}",
			       value) &
				 (BIT(LIMIT_PIDS) | BIT(LIMIT_CPU_QUOTA) | BIT(LIMIT_CPU_PERIOD)),
			 BIT(LIMIT_PIDS) | BIT(LIMIT_CPU_QUOTA));
	assert_true(value[LIMIT_PIDS] == WIRE_MAX && value[LIMIT_CPUS] == 2);
}

static void what_asks_for_nothing_needs_no_word(void **state _unused_)
{
	uint64_t value[WIRE_LIMITS];

	assert_int_equal(wired("{\"cpu\": {\"idle\": 0, \"burst\": 0}, \"memory\": "
			       "{\"reservation\": -1}, \"unified\": {\"cgroup.freeze\": \"0\", "
			       "\"memory.oom.group\": \"0\", \"io.max\": \"\"}, \"blockIO\": "
			       "{\"weightDevice\": [{\"major\": 8, \"minor\": 0, \"weight\": "
			       "300}]}}",
			       value),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(refuses_values_that_contradict_each_other, empty_arena),
		cmocka_unit_test_teardown(names_the_first_limit_that_the_helper_has_no_word_for,
					  empty_arena),
		cmocka_unit_test_teardown(memory_as_the_table_has_it, empty_arena),
		cmocka_unit_test_teardown(cpu_as_the_table_has_it, empty_arena),
		cmocka_unit_test_teardown(shares_become_the_weights_of_the_table, empty_arena),
		cmocka_unit_test_teardown(other_controllers_as_the_table_has_them, empty_arena),
		cmocka_unit_test_teardown(worked_conversions_come_out_as_written, empty_arena),
		cmocka_unit_test_teardown(files_are_written_in_order_and_name_their_controllers,
					  empty_arena),
		cmocka_unit_test_teardown(says_the_same_in_the_words_of_the_helper, empty_arena),
		cmocka_unit_test_teardown(more_than_any_memory_is_no_limit, empty_arena),
		cmocka_unit_test_teardown(a_quota_without_end_has_no_period, empty_arena),
		cmocka_unit_test_teardown(the_last_that_writes_a_file_counts, empty_arena),
		cmocka_unit_test_teardown(what_asks_for_nothing_needs_no_word, empty_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
