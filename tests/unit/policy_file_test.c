/* frontend/policy_file.c: lines, words and batch jobs. */
#include "frontend/policy_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define BASE "mapping on\nmin_uid 1000\nsubids on\nmin_host_id 100000\nmax_extents 8\n" \
	     "setgroups allow\nlog refusals\n"

static struct policy read_text(const char *text)
{
	struct policy policy = { .text = text_of(text) };

	if (!config_read(policy.text, &policy.config, &policy.line))
		policy.state = POLICY_INVALID;
	return policy;
}

static void a_file_that_is_no_policy_is_told_apart(void **state)
{
	struct arena arena = { 0 };

	assert_int_equal(policy_read(&arena, "/nowhere/policy.conf")->state, POLICY_ABSENT);
	assert_int_equal(policy_read(&arena, "/dev")->state, POLICY_UNREAD);
	assert_int_equal(policy_read(&arena, "/proc/self/stat")->state, POLICY_INVALID);
	arena_free(&arena);
}

static void an_invalid_policy_has_no_words(void **state)
{
	struct policy policy = read_text("notice \"closed\"\n");
	struct arena arena = { 0 };

	assert_null(policy_notice_of(&arena, &policy));
	policy = read_text(BASE);
	assert_null(policy_notice_of(&arena, &policy));
	arena_free(&arena);
}

static void the_words_are_those_between_the_quotes(void **state)
{
	struct policy policy = read_text(BASE "notice \"Closed until Monday\"\n");
	struct arena arena = { 0 };

	assert_string_equal(policy_notice_of(&arena, &policy), "Closed until Monday");
	policy = read_text(BASE "notice \"Closed.\"\n# notice \"no\"\nnotice \"Ask help\"\n");
	assert_string_equal(policy_notice_of(&arena, &policy), "Closed. Ask help");
	policy = read_text(BASE "notice \"\"\n");
	assert_string_equal(policy_notice_of(&arena, &policy), "");
	arena_free(&arena);
}

static void lines_are_found_by_key_and_place(void **state)
{
	struct text text = text_of("# a\nreserved 1 2\n\nreserved 3 4\nreserve 9 9\n");
	uint32_t number;

	assert_true(text_equal(policy_line(text, 4), text_of("reserved 3 4")));
	assert_null(policy_line(text, 9).at);
	assert_true(text_equal(policy_line_of(text, "reserved", 1, &number),
			       text_of("reserved 3 4")));
	assert_int_equal(number, 4);
	assert_null(policy_line_of(text, "reserved", 2, &number).at);
	assert_int_equal(number, 0);
}

static void a_job_is_known_by_a_whole_name(void **state)
{
	struct policy policy = read_text(BASE "never_leave slurmstepd.scope\nnever_leave job_*\n");
	struct arena arena = { 0 };
	uint32_t pattern = 99;

	assert_null(policy_job(&arena, &policy.config, "/", &pattern));
	assert_null(policy_job(&arena, &policy.config, "/user.slice/my-job_1", &pattern));
	assert_null(policy_job(&arena, &policy.config, "/x/slurmstepd.scope2", &pattern));
	assert_string_equal(policy_job(&arena, &policy.config,
				       "/system.slice/slurmstepd.scope/job_7/step_0", &pattern),
			    "/system.slice/slurmstepd.scope/job_7");
	assert_int_equal(pattern, 1);
	assert_string_equal(policy_job(&arena, &policy.config, "/slurmstepd.scope/x", NULL),
			    "/slurmstepd.scope");
	arena_free(&arena);
}

static void a_denied_user_is_not_admitted(void **state)
{
	struct policy policy = read_text(BASE "deny_uid 1234\n");

	assert_false(policy_admits(&policy.config, 999));
	assert_false(policy_admits(&policy.config, 1234));
	assert_true(policy_admits(&policy.config, 1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_that_is_no_policy_is_told_apart),
		cmocka_unit_test(an_invalid_policy_has_no_words),
		cmocka_unit_test(the_words_are_those_between_the_quotes),
		cmocka_unit_test(lines_are_found_by_key_and_place),
		cmocka_unit_test(a_job_is_known_by_a_whole_name),
		cmocka_unit_test(a_denied_user_is_not_admitted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
