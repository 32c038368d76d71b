#include "policy/grant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BASIC                                                                                      \
	"mapping on\nmin_uid 1000\nsubids on\nmin_host_id 100000\nmax_extents 8\n"                 \
	"setgroups allow\nlog refusals\n"
#define PASSWD                                                                                     \
	"root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/:/bin/sh\nbob:x:1001:1001::/:/bin/sh\n"      \
	"1002:x:1003:1003::/:/bin/sh\nbad\nworse:x:-1:\n:x:1004:1004::/:/bin/sh\n"

static struct config config;
static struct grant_scan scan;

static void given(const char *policy, const char *passwd, const char *subuid, uint32_t uid)
{
	const struct text files[3] = { text_of(passwd), text_of(subuid),
				       text_of("ann:500000:7\n") };
	uint32_t line;

	assert_true(config_read(text_of(policy), &config, &line));
	grant_from_texts(&scan, &config, uid, files);
}

static void expect(uint32_t count, uint64_t first, uint64_t end)
{
	assert_int_equal(scan.granted[GRANTED_UIDS].count, count);
	if (count > 0) {
		assert_int_equal(scan.granted[GRANTED_UIDS].range[0].first, first);
		assert_int_equal(scan.granted[GRANTED_UIDS].range[0].end, end);
	}
}

static void ignores_every_line_that_is_not_strict(void **state)
{
	static const char *const bad[] = {
		"ann:100000",
		"ann:100000:65536:",
		"ann:100000:65536:1",
		"ann::1",
		":100000:1",
		"ann:0x186A0:1",
		"ann:0100000:1",
		"ann:+100000:1",
		"ann:100000:-1",
		"ann: 100000:1",
		"ann:100000:1 ",
		"ann:100000:1\r",
		"ann:100000\t:1",
		"ann:100000:0",
		"ann:0:1",
		"ann:0:200000",
		"ann:4294967295:1",
		"ann:4294967290:6",
		"ann:18446744073709651616:1",
		" ann:100000:1",
		"ann :100000:1",
		"\xef\xbb\xbf"
		"ann:100000:1",
		"an:100000:1",
		"anna:100000:1",
		"01000:100000:1",
		"+1000:100000:1",
		"ann:99999:10",
		"#ann:100000:1",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		given(BASIC, PASSWD, bad[i], 1000);
		if (scan.granted[GRANTED_UIDS].count != 0)
			fail_msg("honoured \"%s\"", bad[i]);
	}
}

static void ignores_a_line_that_is_too_long_and_one_with_a_nul(void **state)
{
	static const char nul[] = "ann:100000:1\0\nann\0:100000:1\n";
	struct text files[3] = { text_of(PASSWD), { nul, sizeof(nul) - 1 }, { 0 } };
	char line[GRANT_LINE_SIZE + 2];

	given(BASIC, PASSWD, "", 1000);
	grant_from_texts(&scan, &config, 1000, files);
	expect(0, 0, 0);
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	memcpy(line, "ann:100000:1:", 13);
	given(BASIC, PASSWD, line, 1000);
	expect(0, 0, 0);
	assert_int_equal(scan.ignored, 1);
}

/* H-70: also for names that no account has, and numbers. */
static void refuses_both_owners_of_an_overlap(void **state)
{
	given(BASIC, PASSWD, "ann:100000:65536\nbob:165535:65536\n", 1000);
	expect(0, 0, 0);
	given(BASIC, PASSWD, "ann:100000:65536\nbob:165535:65536\n", 1001);
	expect(0, 0, 0);
	given(BASIC, PASSWD, "ghost:1:4294967294\nann:100000:65536\n", 1000);
	expect(0, 0, 0);
	given(BASIC, PASSWD, "ann:100000:65536\n1001:100000:1\n", 1000);
	expect(0, 0, 0);
	given(BASIC, PASSWD, "ann:100000:65536\nbob:165536:65536\n", 1000);
	expect(1, 100000, 165536);
}

static void a_name_of_two_users_is_nobodys(void **state)
{
	static const char twice[] = "ann:x:999:9::/:\nann:x:1000:1::/:\n";

	given(BASIC, twice, "ann:100000:65536\n", 1000);
	expect(0, 0, 0);
	given(BASIC, twice, "ann:100000:65536\n", 999);
	expect(0, 0, 0);
}

static void an_owner_of_digits_is_never_a_name(void **state)
{
	given(BASIC, PASSWD, "1002:100000:65536\n", 1003);
	expect(0, 0, 0);
	given(BASIC, PASSWD, "1002:100000:65536\n", 1002);
	expect(1, 100000, 165536);
}

static void only_the_first_name_of_a_uid_counts(void **state)
{
	given(BASIC, "ann:x:1000:\nalso:x:1000:\n", "also:100000:5\n", 1000);
	expect(0, 0, 0);
	given(BASIC, "averyveryverylongnameofmorethan32bytes:x:1000:\nann:x:1000:\n",
	      "ann:100000:5\n", 1000);
	expect(1, 100000, 100005);
}

static void refuses_a_file_of_too_many_lines(void **state)
{
	static char text[(GRANT_LINES + 99) * 2];
	size_t used = (size_t)sprintf(text, "ann:100000:65536\n");

	for (int i = 0; i < GRANT_LINES; i++) {
		text[used++] = 'x';
		text[used++] = '\n';
	}
	strcpy(text + used, "ann:300000:1\n");
	given(BASIC, PASSWD, text, 1000);
	expect(0, 0, 0);
	memset(text + 17, '\n', used - 17);
	given(BASIC, PASSWD, text, 1000);
	expect(2, 100000, 165536);
	/* A table of accounts that long has no names: numbers still count. */
	memset(text, 0, sizeof(text));
	used = (size_t)sprintf(text, "ann:x:1000:\n");
	for (int i = 0; i < GRANT_LINES; i++) {
		text[used++] = 'x';
		text[used++] = '\n';
	}
	given(BASIC, text, "ann:100000:1\n1000:200000:1\n", 1000);
	expect(1, 200000, 200001);
}

static void a_file_that_changed_grants_nothing(void **state)
{
	given(BASIC, PASSWD, "", 1000);
	grant_begin(&scan, &config, 1000);
	grant_feed(&scan, text_of(PASSWD));
	grant_next(&scan);
	grant_next(&scan);
	grant_feed(&scan, text_of("ann:100000:1\n1000:200000:1\n"));
	expect(2, 100000, 100001);
	grant_next(&scan);
	grant_refuse(&scan);
	expect(0, 0, 0);
	scan.step = GRANT_NAME;
	grant_refuse(&scan);
	assert_int_equal(scan.name_size, 0);
}

static void more_ranges_than_there_is_room_for_are_ignored(void **state)
{
	char text[4096] = "";

	for (int i = 0; i < 66; i++)
		sprintf(text + strlen(text), "1000:%d:1\n", 100000 + 2 * i);
	given(BASIC, PASSWD, text, 1000);
	assert_int_equal(scan.granted[GRANTED_UIDS].count, 64);
	assert_int_equal(scan.ignored, 2);
}

static void a_line_that_meets_a_band_is_not_honoured_and_spoils_it_for_others(void **state)
{
	static const char policy[] = BASIC "band 1000 1001 200000 65536\n";

	given(policy, PASSWD, "ann:331071:10\n", 1000);
	expect(1, 200000, 265536); /* bob's window is the one that is met */
	given(policy, PASSWD, "ann:331071:10\n", 1001);
	expect(0, 0, 0);
	given(policy, PASSWD, "ann:200000:10\n", 1000);
	expect(1, 200000, 265536);
}

static void a_band_gives_each_user_a_window_of_its_own(void **state)
{
	static const char policy[] = BASIC "band 1000 1999 200000 64\nband 5000 5000 500000 1\n";
	uint64_t last = 200000;

	for (uint32_t uid = 1000; uid < 2000; uid++) {
		given(policy, "", "", uid);
		expect(1, last, last + 64);
		assert_int_equal(scan.granted[GRANTED_GIDS].range[0].first, last);
		last += 64;
	}
	given(policy, "", "", 999);
	expect(0, 0, 0);
	given(policy, "", "", 2000);
	expect(0, 0, 0);
	given(policy, "", "", 5000);
	expect(1, 500000, 500001);
}

static void grants_what_the_files_say_by_name_and_by_number(void **state)
{
	given(BASIC, PASSWD, "bob:300000:10\nann:100000:65536\n1000:200000:5", 1000);
	expect(2, 100000, 165536);
	assert_int_equal(scan.granted[GRANTED_UIDS].range[1].end, 200005);
	assert_int_equal(scan.granted[GRANTED_GIDS].count, 1);
	assert_int_equal(scan.granted[GRANTED_GIDS].range[0].first, 500000);
	assert_int_equal(scan.ignored, 0);
}

static void subids_off_reads_no_file(void **state)
{
	given("mapping on\nmin_uid 1000\nsubids off\nmin_host_id 100000\nmax_extents 8\n"
	      "setgroups allow\nlog all\n",
	      PASSWD, "ann:100000:65536\n", 1000);
	expect(0, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ignores_every_line_that_is_not_strict),
		cmocka_unit_test(ignores_a_line_that_is_too_long_and_one_with_a_nul),
		cmocka_unit_test(refuses_both_owners_of_an_overlap),
		cmocka_unit_test(a_name_of_two_users_is_nobodys),
		cmocka_unit_test(an_owner_of_digits_is_never_a_name),
		cmocka_unit_test(only_the_first_name_of_a_uid_counts),
		cmocka_unit_test(refuses_a_file_of_too_many_lines),
		cmocka_unit_test(a_file_that_changed_grants_nothing),
		cmocka_unit_test(more_ranges_than_there_is_room_for_are_ignored),
		cmocka_unit_test(a_line_that_meets_a_band_is_not_honoured_and_spoils_it_for_others),
		cmocka_unit_test(a_band_gives_each_user_a_window_of_its_own),
		cmocka_unit_test(grants_what_the_files_say_by_name_and_by_number),
		cmocka_unit_test(subids_off_reads_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
