#include "frontend/cmd/verbs.h"

#include "common/attr.h"
#include "frontend/codes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define LINE(...)                                                                                  \
	(char *const[])                                                                            \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

/* A line that is refused before any verb does something. */
struct refusal {
	struct arena arena;
	struct call call;
	struct error err;
};

static int open_refusal(void **state)
{
	static struct refusal refusal;

	refusal = (struct refusal){ .err = { 0 } };
	*state = &refusal;
	return 0;
}

static int close_refusal(void **state)
{
	struct refusal *refusal = *state;

	arena_free(&refusal->arena);
	return 0;
}

static void assert_refused(struct refusal *refusal, char *const *line, uint16_t code,
			   const char *what, const char *why, int status)
{
	struct error *err = &refusal->err;
	int ignored = 0;

	if (cmd_read(&refusal->arena, line, &refusal->call, err) == 0)
		assert_int_equal(cmd_perform(&refusal->call, &ignored, err), -1);
	assert_int_equal(err->code, code);
	assert_string_equal(err->what, what);
	assert_string_equal(err->why, why);
	assert_int_equal(cmd_exit(&refusal->call, err), status);
}

static void refuses_an_unknown_verb_and_names_the_nearest(void **state)
{
	assert_refused(*state, LINE("rum", "x"), RR_USE_01, "unknown verb rum", "did you mean run?",
		       1);
	assert_refused(*state, LINE("delte"), RR_USE_01, "unknown verb delte",
		       "did you mean delete?", 1);
	assert_refused(*state, LINE("frobnicate"), RR_USE_01, "unknown verb frobnicate", "", 1);
	assert_refused(*state, LINE(NULL), RR_USE_01, "a verb is missing", "", 1);
}

static void refuses_verbs_to_come_even_when_asked_for_help(void **state)
{
	assert_refused(*state, LINE("checkpoint", "--help"), RR_USE_05,
		       "checkpoint is not supported yet", "", 1);
	assert_refused(*state, LINE("restore", "x"), RR_USE_05, "restore is not supported yet", "",
		       1);
	assert_refused(*state, LINE("help", "features"), RR_USE_05,
		       "features is not supported yet", "", 1);
}

static void refuses_a_wrong_number_of_arguments(void **state)
{
	struct refusal *refusal = *state;
	const char *takes = command_create.takes;

	assert_refused(refusal, LINE("create"), RR_USE_03,
		       "\"create\" requires exactly 1 argument(s)", takes, 1);
	assert_refused(refusal, LINE("state", "a", "b"), RR_USE_03,
		       "\"state\" requires exactly 1 argument(s)", "", 1);
	assert_refused(refusal, LINE("exec"), RR_USE_03, "\"exec\" requires at least 1 argument(s)",
		       "", 255);
	assert_refused(refusal, LINE("exec", "a"), RR_USE_03, "exec args cannot be empty", "", 255);
	assert_refused(refusal, LINE("run", "alpine", "sh"), RR_USE_03,
		       "\"run\" requires exactly 1 argument(s)", takes, 125);
	assert_non_null(strstr(refusal->err.hint, "rrun spec"));
	assert_non_null(strstr(refusal->err.hint, "umoci"));
	assert_string_equal(refusal->err.hint, command_run.advice);
}

static void refuses_forms_and_times_that_are_none(void **state)
{
	assert_refused(*state, LINE("ps", "-f", "xml", "x"), RR_USE_04, "invalid format option",
		       "it is table or json, not \"xml\"", 1);
	assert_refused(*state, LINE("ps"), RR_USE_03, "\"ps\" requires at least 1 argument(s)",
		       command_ps.takes, 1);
	assert_refused(*state, LINE("events", "--interval=0s", "x"), RR_USE_04,
		       "duration interval must be greater than 0", "", 1);
	assert_refused(*state, LINE("events", "x", "--interval", "-1m"), RR_USE_04,
		       "duration interval must be greater than 0", "", 1);
	assert_refused(*state, LINE("events", "--interval", "5", "x"), RR_USE_04,
		       "--interval needs a time like 5s or 1m30s, not \"5\"", "", 1);
}

static void refuses_systemd_cgroups_for_now(void **state)
{
	const char *what = "systemd cgroup flag passed, but systemd support for managing cgroups "
			   "is not available";

	assert_refused(*state, LINE("--systemd-cgroup", "create", "x"), RR_USE_05, what, "", 1);
	assert_refused(*state, LINE("--cgroup-manager=systemd", "run", "x"), RR_USE_05, what, "",
		       125);
}

static void refuses_limits_of_the_cache_by_name(void **state)
{
	assert_refused(*state, LINE("update", "--l3-cache-schema", "x", "a"), RR_USE_05,
		       "update --l3-cache-schema is not supported yet", "", 1);
	assert_refused(*state, LINE("update", "--mem-bw-schema=x", "a"), RR_USE_05,
		       "update --mem-bw-schema is not supported yet", "", 1);
}

static void refuses_a_limit_that_is_no_number(void **state)
{
	assert_refused(*state, LINE("update", "--cpu-period", "x", "a"), RR_USE_04,
		       "invalid value for cpu-period: \"x\"", "", 1);
}

static void exits_one_for_whoever_leaves(void **state)
{
	assert_refused(*state, LINE("run", "-d"), RR_USE_03,
		       "\"run\" requires exactly 1 argument(s)", command_run.takes, 1);
	assert_refused(*state, LINE("exec", "-d", "--cwd=x", "a", "b"), RR_USE_04,
		       "Cwd must be an absolute path", "", 1);
}

static void exits_as_a_shell_does_for_a_run_that_stays(void **state)
{
	struct refusal *refusal = *state;
	struct error *err = &refusal->err;

	assert_int_equal(cmd_read(&refusal->arena, LINE("run", "x"), &refusal->call, err), 0);
	error_set(err, 0, "x");
	assert_int_equal(cmd_exit(&refusal->call, err), 125);
	error_kind(err, ERROR_NOT_EXECUTABLE);
	assert_int_equal(cmd_exit(&refusal->call, err), 126);
	error_kind(err, ERROR_NOT_FOUND);
	assert_int_equal(cmd_exit(&refusal->call, err), 127);
}

static void reads_globals_before_the_verb_only(void **state)
{
	struct refusal *refusal = *state;
	struct call *call = &refusal->call;
	char *const *line = LINE("--root", "/r", "--log=/l", "--log-format", "json", "--debug",
				 "kill", "--root", "x");

	assert_int_equal(cmd_read(&refusal->arena, line, call, &refusal->err), 0);
	assert_string_equal(call->globals.root, "/r");
	assert_string_equal(call->globals.log, "/l");
	assert_string_equal(call->globals.log_format, "json");
	assert_ptr_equal(call->command, &command_kill);
	assert_ptr_equal(call->words, line + 7);
	assert_refused(refusal, line, RR_USE_02, "unknown option --root", "", 1);
}

static size_t field_size(enum option_kind kind)
{
	return kind == OPTION_FLAG     ? sizeof(bool)
	       : kind == OPTION_NUMBER ? sizeof(uint32_t)
	       : kind == OPTION_LIST   ? sizeof(struct words)
				       : sizeof(const char *);
}

static void assert_table(const struct command *command)
{
	for (size_t i = 0; i < command->table.count; i++) {
		const struct option *option = &command->table.option[i];

		assert_true(option->kind == OPTION_LATER || option->help);
		assert_true(option->kind == OPTION_FLAG || option->kind == OPTION_LATER ||
			    option->value);
		assert_true(option->kind == OPTION_LATER ||
			    option->field + field_size(option->kind) <= command->size);
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(option->name, option[j - i].name);
			assert_true(!option->letter || option->letter != option[j - i].letter);
		}
	}
}

static void has_no_option_twice_and_none_without_help(void **state)
{
	for (size_t i = 0; verbs[i]; i++)
		assert_table(verbs[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_refusal, close_refusal)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refuses_an_unknown_verb_and_names_the_nearest),
		TEST(refuses_verbs_to_come_even_when_asked_for_help),
		TEST(refuses_a_wrong_number_of_arguments),
		TEST(refuses_forms_and_times_that_are_none),
		TEST(refuses_systemd_cgroups_for_now),
		TEST(refuses_limits_of_the_cache_by_name),
		TEST(refuses_a_limit_that_is_no_number),
		TEST(exits_one_for_whoever_leaves),
		TEST(exits_as_a_shell_does_for_a_run_that_stays),
		TEST(reads_globals_before_the_verb_only),
		TEST(has_no_option_twice_and_none_without_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
