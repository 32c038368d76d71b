#include "frontend/cmd/duration.h"
#include "frontend/cmd/ps.h"
#include "frontend/cmd/stats.h"

#include "common/attr.h"
#include "frontend/codes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>

#include <cmocka.h>

static struct json_text text;

static int text_open(void **state)
{
	static struct arena arena;

	arena = (struct arena){ 0 };
	text = (struct json_text){ .arena = &arena };
	return 0;
}

static int text_close(void **state)
{
	arena_free(text.arena);
	return 0;
}

static void refuses_what_is_no_length_of_time(void **state)
{
	static const char *const none[] = { "",	   "5",	   "s",	  "5 s",   "1h30", "5S", "1e3s",
					    "0x1s", "--5s", ".s", "5sec", "inf",  "9999999h" };
	int64_t ms = 7;

	for (size_t i = 0; i < count_of(none); i++)
		assert_int_equal(duration_parse(none[i], &ms), -1);
	assert_int_equal(ms, 7);
}

static void reads_lengths_of_time_as_go_writes_them(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} times[] = {
		{ "5s", 5000 },	    { "1m30s", 90000 }, { "1.5h", 5400000 }, { "250ms", 250 },
		{ "10us", 1 },	    { "10µs", 1 },	{ "1ns", 1 },	     { "0", 0 },
		{ "0s", 0 },	    { "-1s", -1000 },	{ "+1s", 1000 },     { ".5s", 500 },
		{ "1.s", 1000 },
	};
	int64_t ms;

	for (size_t i = 0; i < count_of(times); i++) {
		assert_int_equal(duration_parse(times[i].text, &ms), 0);
		assert_int_equal(ms, times[i].ms);
	}
}

static void refuses_a_table_without_pids(void **state)
{
	struct members members = { 0 };
	struct error err;

	assert_int_equal(ps_filter("", &members, &text, &err), -1);
	assert_int_equal(ps_filter("UID PPID CMD\n0 1 2\n", &members, &text, &err), -1);
	assert_string_equal(err.what, "couldn't find PID field in ps output");
}

static void keeps_the_lines_of_the_container_as_they_are(void **state)
{
	pid_t pids[] = { 30, 4 };
	struct members members = { .pid = pids, .count = 2 };
	struct error err;

	assert_int_equal(ps_filter("UID    PID  PPID CMD\n"
				   "root     3    30 a\n"
				   "root    30     4 sh -c  'x  y'\n"
				   "\n"
				   "u\n"
				   "root     4     3 %s 30\n"
				   "u 300 4 x",
				   &members, &text, &err),
			 0);
	assert_string_equal(text.data, "UID    PID  PPID CMD\n"
				       "root    30     4 sh -c  'x  y'\n"
				       "root     4     3 %s 30\n");
}

static void lists_and_pairs_become_json(void **state)
{
	stats_put_list(&text, "0-2,5\n");
	stats_put_list(&text, "\n");
	stats_put_flat(&text, "anon 1\nfile 18446744073709551615\n");
	stats_put_flat(&text, "");
	assert_string_equal(text.data,
			    "[0,1,2,5][]{\"anon\":1,\"file\":18446744073709551615}{}");
}

static void pressure_becomes_json(void **state)
{
	stats_put_pressure(&text, "some avg10=0.12 avg60=1.00 avg300=0.00 total=77\n"
				  "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
	assert_string_equal(
		text.data,
		"{\"some\":{\"avg10\":0.12,\"avg60\":1.00,\"avg300\":0.00,\"total\":77},"
		"\"full\":{\"avg10\":0.00,\"avg60\":0.00,\"avg300\":0.00,\"total\":0}}");
}

static void devices_become_reads_and_writes(void **state)
{
	const char *io = "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n"
			 "9:1 \n"
			 "253:16 rbytes=5\n";

	stats_put_io(&text, io, "rbytes", "wbytes");
	assert_string_equal(text.data,
			    "[{\"major\":8,\"minor\":0,\"op\":\"Read\",\"value\":1},"
			    "{\"major\":8,\"minor\":0,\"op\":\"Write\",\"value\":2},"
			    "{\"major\":253,\"minor\":16,\"op\":\"Read\",\"value\":5}]");
}

static const char *const stats_keys[] = {
	"cpu", "cpuset", "memory", "pids", "blkio", "hugetlb", "intel_rdt",
};

static void what_is_not_counted_is_nothing(void **state)
{
	int dir = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct json *json, *usage;
	struct error err;

	stats_put(&text, dir);
	close(dir);
	assert_int_equal(json_parse(text.arena, "stats", text.data, text.length, &json, &err), 0);
	for (size_t i = 0; i < count_of(stats_keys); i++)
		assert_int_equal(json_get(json, stats_keys[i])->type, JSON_OBJECT);
	usage = json_get(json_get(json, "memory"), "usage");
	assert_string_equal(json_get(usage, "limit")->text, "18446744073709551615");
	assert_string_equal(json_get(usage, "usage")->text, "0");
	assert_null(json_get(json_get(json, "cpu"), "psi"));
	assert_string_equal(json_get(json_get(json, "pids"), "limit")->text, "0");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, text_open, text_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refuses_what_is_no_length_of_time),
		TEST(reads_lengths_of_time_as_go_writes_them),
		TEST(refuses_a_table_without_pids),
		TEST(keeps_the_lines_of_the_container_as_they_are),
		TEST(lists_and_pairs_become_json),
		TEST(pressure_becomes_json),
		TEST(devices_become_reads_and_writes),
		TEST(what_is_not_counted_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
