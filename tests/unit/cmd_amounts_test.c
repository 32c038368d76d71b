#include "frontend/cmd/amounts.h"

#include "common/attr.h"
#include "frontend/codes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void refuses(struct amounts words, const char *option, const char *text)
{
	struct spec_resources read = { .io_weight_count = 77 };
	struct error err = { 0 };
	char what[200];

	snprintf(what, sizeof(what), "invalid value for %s: \"%s\"", option, text);
	assert_int_equal(amounts_read(&words, &read, &err), -1);
	assert_int_equal(err.code, RR_USE_04);
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_string_equal(err.what, what);
	assert_int_equal(read.io_weight_count, 77);
}

static void refuses_what_is_no_number(void **state)
{
	static const char *const bad[] = {
		"",  "x", "1x", "0x10", " 1", "1 ", "+1", "--1", "-", "9223372036854775808", "1.5",
	};

	for (size_t i = 0; i < count_of(bad); i++) {
		refuses((struct amounts){ .cpu_period = bad[i] }, "cpu-period", bad[i]);
		refuses((struct amounts){ .cpu_quota = bad[i] }, "cpu-quota", bad[i]);
		refuses((struct amounts){ .cpu_rt_runtime = bad[i] }, "cpu-rt-runtime", bad[i]);
		refuses((struct amounts){ .pids_limit = bad[i] }, "pids-limit", bad[i]);
	}
}

static void refuses_what_is_no_size(void **state)
{
	static const char *const bad[] = {
		"",	 "m",  "-2", "-1m",  "1x",	      "1mm", "1bb", "1ib",  "1 m m", "0x1",
		"1  m", "1.", ".5", "1.m", "9007199254740992k", "8388608t", "1.2.3m", "-1b", "1\n",
	};

	for (size_t i = 0; i < count_of(bad); i++) {
		refuses((struct amounts){ .memory = bad[i] }, "memory", bad[i]);
		refuses((struct amounts){ .memory_swap = bad[i] }, "memory-swap", bad[i]);
	}
}

static void refuses_what_is_out_of_range(void **state)
{
	refuses((struct amounts){ .blkio_weight = "9" }, "blkio-weight", "9");
	refuses((struct amounts){ .blkio_weight = "1001" }, "blkio-weight", "1001");
	refuses((struct amounts){ .cpu_period = "999" }, "cpu-period", "999");
	refuses((struct amounts){ .cpu_period = "1000001" }, "cpu-period", "1000001");
	refuses((struct amounts){ .cpu_quota = "-2" }, "cpu-quota", "-2");
	refuses((struct amounts){ .cpu_share = "-1" }, "cpu-share", "-1");
	refuses((struct amounts){ .cpu_idle = "2" }, "cpu-idle", "2");
	refuses((struct amounts){ .pids_limit = "-2" }, "pids-limit", "-2");
}

static void refuses_what_is_no_list(void **state)
{
	refuses((struct amounts){ .cpuset_cpus = "0-x" }, "cpuset-cpus", "0-x");
	refuses((struct amounts){ .cpuset_mems = "0\n1" }, "cpuset-mems", "0\n1");
}

static struct spec_resources good(struct amounts words)
{
	struct spec_resources read;
	struct error err = { 0 };

	assert_int_equal(amounts_read(&words, &read, &err), 0);
	return read;
}

static void reads_sizes_as_people_write_them(void **state)
{
	static const struct {
		const char *text;
		int64_t bytes;
	} sizes[] = {
		{ "0", 0 },		    { "-1", -1 },
		{ "1", 1 },		    { "1b", 1 },
		{ "4k", 4096 },		    { "4K", 4096 },
		{ "4kb", 4096 },	    { "4KiB", 4096 },
		{ "32m", 32 << 20 },	    { "1.5m", 3 << 19 },
		{ "2 g", INT64_C(2) << 30 }, { "1t", INT64_C(1) << 40 },
		{ "0.5g", 1 << 29 },	    { "8191p", INT64_C(8191) << 50 },
		{ "9223372036854775807", INT64_MAX },
	};

	for (size_t i = 0; i < count_of(sizes); i++) {
		struct spec_resources have = good((struct amounts){ .memory = sizes[i].text });

		assert_string_equal(have.memory.where, "--memory");
		assert_true(have.memory.value == sizes[i].bytes);
	}
}

static void reads_each_option_into_its_own_resource(void **state)
{
	struct spec_resources have = good((struct amounts){ .blkio_weight = "500",
							    .cpu_period = "50000",
							    .cpu_quota = "-1",
							    .cpu_burst = "7",
							    .cpu_share = "1024",
							    .cpu_idle = "1",
							    .cpu_rt_period = "5",
							    .cpuset_cpus = "0-3,8",
							    .cpuset_mems = "1",
							    .memory = "1m",
							    .memory_reservation = "2m",
							    .memory_swap = "3m",
							    .pids_limit = "9" });

	assert_true(have.io_weight.value == 500 && have.period.value == 50000);
	assert_true(have.quota.value == -1 && have.burst.value == 7 && have.shares.value == 1024);
	assert_true(have.idle.value == 1 && have.pids.value == 9);
	assert_string_equal(have.cpus.value, "0-3,8");
	assert_string_equal(have.mems.value, "1");
	assert_true(have.memory.value == 1 << 20 && have.reservation.value == 2 << 20);
	assert_true(have.swap.value == 3 << 20);
	assert_string_equal(have.io_weight.where, "--blkio-weight");
	assert_string_equal(have.mems.where, "--cpuset-mems");
}

static void takes_zero_processes_for_a_value_and_nothing_for_none(void **state)
{
	struct spec_resources zero = good((struct amounts){ .pids_limit = "0" });
	struct spec_resources none = good((struct amounts){ 0 });

	assert_non_null(zero.pids.where);
	assert_true(zero.pids.value == 0);
	assert_null(none.pids.where);
	assert_null(none.memory.where);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_no_number),
		cmocka_unit_test(refuses_what_is_no_size),
		cmocka_unit_test(refuses_what_is_out_of_range),
		cmocka_unit_test(refuses_what_is_no_list),
		cmocka_unit_test(reads_sizes_as_people_write_them),
		cmocka_unit_test(reads_each_option_into_its_own_resource),
		cmocka_unit_test(takes_zero_processes_for_a_value_and_nothing_for_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
