#include "frontend/codes.h"
#include "frontend/spec/spec.h"

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

static int read_alone(const char *text, struct spec_resources *ret, struct error *err)
{
	const struct json *node = NULL;

	if (json_parse(&arena, "file", text, strlen(text), &node, err) < 0)
		fail_msg("%s: %s", text, err->what);
	return spec_read_resources(&arena, node, ret, err);
}

static void refused(const char *text, enum code code, const char *words)
{
	struct spec_resources resources = { .check_before_update = true };
	struct error err = { 0 };

	if (read_alone(text, &resources, &err) == 0)
		fail_msg("accepted: %s", text);
	assert_true(resources.check_before_update);
	if (err.code != code || !strstr(err.what, words))
		fail_msg("%s: \"%s\" %s says nothing of \"%s\"", text, code_name(err.code),
			 err.what, words);
}

static struct spec_resources accepted(const char *text)
{
	struct spec_resources resources = { 0 };
	struct error err = { 0 };

	if (read_alone(text, &resources, &err) < 0)
		fail_msg("%s: %s", text, err.what);
	return resources;
}

static void refuses_values_that_no_cgroup_has(void **state _unused_)
{
	static const char *const cases[][2] = {
		{ "[]", "(top level): must be an object" },
		{ "{\"memory\": []}", "memory: must be an object" },
		{ "{\"memory\": {\"limit\": \"1\"}}", "memory.limit: must be a number" },
		{ "{\"memory\": {\"limit\": -2}}", "memory.limit: must be -1 or more, not -2" },
		{ "{\"memory\": {\"limit\": 1.5}}", "memory.limit: must be a whole number" },
		{ "{\"memory\": {\"limit\": 9223372036854775808}}", "memory.limit: " },
		{ "{\"memory\": {\"reservation\": -2}}", "memory.reservation: " },
		{ "{\"memory\": {\"swap\": -2}}", "memory.swap: " },
		{ "{\"memory\": {\"kernel\": \"x\"}}", "memory.kernel: " },
		{ "{\"memory\": {\"useHierarchy\": 1}}", "memory.useHierarchy: " },
		{ "{\"memory\": {\"swappiness\": 101}}", "memory.swappiness: " },
		{ "{\"memory\": {\"checkBeforeUpdate\": 1}}", "memory.checkBeforeUpdate: " },
		{ "{\"cpu\": {\"shares\": -1}}", "cpu.shares: " },
		{ "{\"cpu\": {\"quota\": 999}}", "cpu.quota: must be from 1000" },
		{ "{\"cpu\": {\"period\": 999}}", "cpu.period: must be from 1000 to 1000000" },
		{ "{\"cpu\": {\"period\": 1000001}}", "cpu.period: " },
		{ "{\"cpu\": {\"burst\": -1}}", "cpu.burst: " },
		{ "{\"cpu\": {\"idle\": 2}}", "cpu.idle: must be 0 or 1, not 2" },
		{ "{\"cpu\": {\"idle\": -1}}", "cpu.idle: " },
		{ "{\"cpu\": {\"realtimeRuntime\": \"x\"}}", "cpu.realtimeRuntime: " },
		{ "{\"cpu\": {\"cpus\": 1}}", "cpu.cpus: must be a string" },
		{ "{\"cpu\": {\"cpus\": \"0\\n1\"}}", "cpu.cpus: must be a list like 0-3,8" },
		{ "{\"cpu\": {\"mems\": \"all\"}}", "cpu.mems: must be a list" },
		{ "{\"pids\": {\"limit\": \"max\"}}", "pids.limit: " },
		{ "{\"blockIO\": {\"weight\": 9}}", "blockIO.weight: must be from 10 to 1000" },
		{ "{\"blockIO\": {\"weight\": 1001}}", "blockIO.weight: " },
		{ "{\"blockIO\": {\"leafWeight\": 1}}", "blockIO.leafWeight: " },
		{ "{\"blockIO\": {\"weightDevice\": [{\"major\": 8, \"minor\": 0, "
		  "\"weight\": 5}]}}",
		  "blockIO.weightDevice[0].weight: " },
		{ "{\"blockIO\": {\"throttleReadBpsDevice\": [1]}}",
		  "blockIO.throttleReadBpsDevice[0]: must be an object" },
		{ "{\"blockIO\": {\"throttleReadBpsDevice\": [{\"major\": -1, \"minor\": 0, "
		  "\"rate\": 1}]}}",
		  "blockIO.throttleReadBpsDevice[0].major: " },
		{ "{\"hugepageLimits\": [{\"pageSize\": \"2mb\", \"limit\": 1}]}",
		  "hugepageLimits[0].pageSize: must be a size like 2MB, not \"2mb\"" },
		{ "{\"hugepageLimits\": [{\"pageSize\": \"02MB\", \"limit\": 1}]}", "pageSize" },
		{ "{\"hugepageLimits\": [{\"pageSize\": \"2MB/\", \"limit\": 1}]}", "pageSize" },
		{ "{\"hugepageLimits\": [{\"pageSize\": \"MB\", \"limit\": 1}]}", "pageSize" },
		{ "{\"hugepageLimits\": [{\"pageSize\": \"2\", \"limit\": 1}]}", "pageSize" },
		{ "{\"rdma\": {\"mlx5_1\": {}}}", "rdma.mlx5_1: needs hcaHandles or hcaObjects" },
		{ "{\"rdma\": {\"mlx5_1\": {\"hcaHandles\": 4294967296}}}",
		  "rdma.mlx5_1.hcaHandles: " },
		{ "{\"rdma\": {\"a b\": {\"hcaHandles\": 1}}}", "must be the name of a device" },
		{ "{\"rdma\": {\"\": {\"hcaHandles\": 1}}}", "must be the name of a device" },
		{ "{\"network\": {\"classID\": -1}}", "network.classID: " },
		{ "{\"network\": {\"priorities\": [{\"name\": \"eth0\", \"priority\": \"x\"}]}}",
		  "network.priorities[0].priority: " },
		{ "{\"unified\": {\"memory/high\": \"1\"}}", "must be the name of a cgroup file" },
		{ "{\"unified\": {\"../memory.high\": \"1\"}}", "must be the name of" },
		{ "{\"unified\": {\"a.b\\nc\": \"1\"}}", "must be the name of" },
		{ "{\"unified\": {\"..\": \"1\"}}", "must be the name of" },
		{ "{\"unified\": {\"\": \"1\"}}", "must be the name of" },
		{ "{\"unified\": {\"tasks\": \"1\"}}", "unified.tasks: must be the name of" },
		{ "{\"unified\": {\"memory.high\": 1}}", "must be a string" },
	};

	for (size_t i = 0; i < count_of(cases); i++)
		refused(cases[i][0], RR_CFG_03, cases[i][1]);
	refused("{\"hugepageLimits\": [{\"limit\": 1}]}", RR_CFG_04, "pageSize is missing");
	refused("{\"hugepageLimits\": [{\"pageSize\": \"2MB\"}]}", RR_CFG_04, "limit is missing");
	refused("{\"blockIO\": {\"throttleWriteBpsDevice\": [{\"major\": 8, \"minor\": 0}]}}",
		RR_CFG_04, "blockIO.throttleWriteBpsDevice[0].rate is missing");
	refused("{\"blockIO\": {\"weightDevice\": [{\"major\": 8}]}}", RR_CFG_04, "minor");
	refused("{\"network\": {\"priorities\": [{\"priority\": 1}]}}", RR_CFG_04, "name");
}

static void what_asks_for_nothing_is_absent(void **state _unused_)
{
	static const char *const cases[] = {
		"{}",
		"{\"memory\": {}, \"cpu\": {}, \"pids\": {}, \"blockIO\": {}, \"network\": {}}",
		"{\"memory\": null, \"hugepageLimits\": [], \"rdma\": {}, \"unified\": {}}",
		"{\"memory\": {\"limit\": null}, \"cpu\": {\"cpus\": \"\"}}",
		"{\"devices\": [{\"allow\": false, \"access\": \"rwm\"}], \"new\": 1}",
		"{\"memory\": {\"kernel\": 1, \"kernelTCP\": -1, \"swappiness\": 100, "
		"\"disableOOMKiller\": true}}",
		"{\"cpu\": {\"realtimeRuntime\": 1, \"realtimePeriod\": 2}}",
		"{\"network\": {\"classID\": 1, \"priorities\": [{\"name\": \"a\", \"priority\": "
		"1}]}}",
	};

	for (size_t i = 0; i < count_of(cases); i++) {
		const struct spec_resources have = accepted(cases[i]);

		assert_true(!have.memory.where && !have.reservation.where && !have.swap.where);
		assert_true(!have.shares.where && !have.quota.where && !have.period.where);
		assert_true(!have.cpus.where && !have.mems.where && !have.idle.where);
		assert_true(!have.pids.where && !have.io_weight.where && !have.burst.where);
		assert_int_equal(have.io_rate_count + have.hugepages_count + have.rdma_count, 0);
		assert_int_equal(have.unified_count + have.io_weight_count, 0);
	}
}

static void keeps_values_and_where_they_stand(void **state _unused_)
{
	const struct spec_resources have = accepted(
		"{\"memory\": {\"limit\": -1, \"reservation\": 0, \"swap\": 9223372036854775807, "
		"\"checkBeforeUpdate\": true}, "
		"\"cpu\": {\"shares\": 1024, \"quota\": -7, \"period\": 1000, \"burst\": 1, "
		"\"idle\": 0, \"cpus\": \"0-3,8\", \"mems\": \"0\"}, \"pids\": {\"limit\": 0}, "
		"\"blockIO\": {\"weight\": 10, \"throttleReadIOPSDevice\": [{\"major\": 8, "
		"\"minor\": 16, \"rate\": 5}], \"throttleReadBpsDevice\": [{\"major\": 8, "
		"\"minor\": 0, \"rate\": 18446744073709551615}]}, "
		"\"hugepageLimits\": [{\"pageSize\": \"1GB\", \"limit\": 0}], "
		"\"rdma\": {\"mlx5_1\": {\"hcaObjects\": 0}}, "
		"\"unified\": {\"io.latency\": \"8:0 target=10\"}}");

	assert_string_equal(have.memory.where, "memory.limit");
	assert_true(have.memory.value == -1 && have.reservation.value == 0);
	assert_non_null(have.reservation.where);
	assert_true(have.swap.value == INT64_MAX && have.check_before_update);
	assert_true(have.quota.value == -7 && have.period.value == 1000);
	assert_string_equal(have.idle.where, "cpu.idle");
	assert_string_equal(have.cpus.value, "0-3,8");
	assert_string_equal(have.pids.where, "pids.limit");
	assert_int_equal(have.io_rate_count, 2);
	assert_string_equal(have.io_rates[0].word, "rbps");
	assert_true(have.io_rates[0].rate == UINT64_MAX);
	assert_string_equal(have.io_rates[1].where, "blockIO.throttleReadIOPSDevice[0]");
	assert_int_equal(have.io_rates[1].minor, 16);
	assert_string_equal(have.hugepages[0].size, "1GB");
	assert_null(have.rdma[0].handles.where);
	assert_string_equal(have.rdma[0].objects.where, "rdma.mlx5_1.hcaObjects");
	assert_string_equal(have.unified[0].file, "io.latency");
	assert_string_equal(have.unified[0].value, "8:0 target=10");
}

#define HEAD "{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"rootfs\"}, \"linux\": "

static int read_document(const char *text, const struct spec **ret, struct error *err)
{
	const struct json *node = NULL;

	if (json_parse(&arena, "config.json", text, strlen(text), &node, err) < 0)
		fail_msg("%s: %s", text, err->what);
	return spec_read(&arena, node, ret, err);
}

static void a_cgroup_path_never_climbs(void **state _unused_)
{
	static const char *const bad[] = { "..", "/..", "a/../b", "/a/..", "../a" };
	const struct spec *spec = NULL;
	struct error err;

	for (size_t i = 0; i < count_of(bad); i++) {
		err = (struct error){ 0 };
		assert_int_equal(
			read_document(
				arena_print(&arena, HEAD "{\"cgroupsPath\": \"%s\"}}", bad[i]),
				&spec, &err),
			-1);
		assert_non_null(strstr(err.what, "linux.cgroupsPath: must not climb"));
	}
	err = (struct error){ 0 };
	assert_int_equal(read_document(HEAD "{\"cgroupsPath\": \"/a\\nb\"}}", &spec, &err), -1);
	assert_non_null(strstr(err.what, "linux.cgroupsPath: must be one line"));
	err = (struct error){ 0 };
	assert_int_equal(read_document(HEAD "{\"cgroupsPath\": \"\"}}", &spec, &err), 0);
	assert_null(spec->cgroups_path);
	assert_int_equal(read_document(HEAD "{\"cgroupsPath\": \"/..a/b..\"}}", &spec, &err), 0);
	assert_string_equal(spec->cgroups_path, "/..a/b..");
}

static void messages_name_the_path_in_the_document(void **state _unused_)
{
	const struct spec *spec = NULL;
	struct error err = { 0 };

	assert_int_equal(
		read_document(HEAD "{\"resources\": {\"pids\": {\"limit\": true}}}}", &spec, &err),
		-1);
	assert_non_null(strstr(err.what, "linux.resources.pids.limit: "));
	err = (struct error){ 0 };
	assert_int_equal(
		read_document(HEAD "{\"resources\": {\"pids\": {\"limit\": 5}}}}", &spec, &err), 0);
	assert_string_equal(spec->resources.pids.where, "linux.resources.pids.limit");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(refuses_values_that_no_cgroup_has, empty_arena),
		cmocka_unit_test_teardown(a_cgroup_path_never_climbs, empty_arena),
		cmocka_unit_test_teardown(what_asks_for_nothing_is_absent, empty_arena),
		cmocka_unit_test_teardown(keeps_values_and_where_they_stand, empty_arena),
		cmocka_unit_test_teardown(messages_name_the_path_in_the_document, empty_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
