#include "frontend/log.h"

#include "frontend/codes.h"
#include "frontend/fd.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* A log file and a standard error that can be read. */
struct place {
	char log[32], printed[32];
	int kept; /* the standard error of the test itself */
};

static int open_place(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	int fd;

	strcpy(place->log, "/tmp/rrun-log-XXXXXX");
	strcpy(place->printed, "/tmp/rrun-err-XXXXXX");
	fd = mkstemp(place->log);
	close_fd(&fd);
	fd = mkstemp(place->printed);
	place->kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	dup2(fd, STDERR_FILENO);
	close_fd(&fd);
	*state = place;
	return 0;
}

static int close_place(void **state)
{
	struct place *place = *state;

	dup2(place->kept, STDERR_FILENO);
	close_fd(&place->kept);
	unlink(place->log);
	unlink(place->printed);
	free(place);
	return 0;
}

static void assert_file(const char *path, const char *expected)
{
	static char text[16384];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = read(fd, text, sizeof(text) - 1);

	assert_true(length >= 0);
	text[length] = '\0';
	close_fd(&fd);
	assert_string_equal(text, expected);
}

static void assert_escaped(enum escape escape, const char *text, const char *expected)
{
	char buffer[128] = "> ";

	log_escape(escape, text, buffer, sizeof(buffer));
	assert_string_equal(buffer + 2, expected);
}

static void refuses_a_log_file_that_cannot_be_opened(void **state)
{
	struct log log = { .fd = -1 };
	struct error err = { 0 };

	assert_int_equal(log_open("/nonexistent/log", "json", &log, &err), -1);
	assert_int_equal(err.code, RR_USE_04);
	assert_int_equal(log.fd, -1);
}

static void lets_no_text_forge_a_line_or_move_a_cursor(void **state)
{
	const char *evil = "a\nb\t\x1b[2J\x7f\xc2\x9b\xe2\x80\xae\"\\";

	assert_escaped(ESCAPE_PLAIN, evil, "a\\nb\\t\\x1b[2J\\x7f\\u009b\\u202e\"\\");
	assert_escaped(ESCAPE_QUOTE, evil, "a\\nb\\t\\x1b[2J\\x7f\\u009b\\u202e\\\"\\\\");
	assert_escaped(ESCAPE_JSON, evil, "a\\nb\\t\\u001b[2J\\u007f\\u009b\\u202e\\\"\\\\");
}

static void replaces_what_is_not_utf8(void **state)
{
	assert_escaped(ESCAPE_JSON, "x\xff y\xc3", "x\xef\xbf\xbd y\xef\xbf\xbd");
	/* Overlong, a surrogate, beyond the last character. */
	assert_escaped(ESCAPE_JSON, "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd");
	assert_escaped(ESCAPE_JSON, "\xe0\x80\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_escaped(ESCAPE_JSON, "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_escaped(ESCAPE_JSON, "\xf4\x90\x80\x80",
		       "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_escaped(ESCAPE_JSON, "gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\x8b",
		       "gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\x8b");
}

static void cuts_between_characters(void **state)
{
	char buffer[8] = "";

	log_escape(ESCAPE_JSON, "abc\n\x1b", buffer, sizeof(buffer));
	assert_string_equal(buffer, "abc\\n");
}

static void appends_one_json_object(void **state)
{
	const struct place *place = *state;
	struct log log = { .fd = -1 };
	struct error err;
	char text[512] = "", *time;
	int fd;

	error_set(&err, RR_ID_02, "create \"x\"");
	error_why(&err, "taken");
	error_hint(&err, "take another");
	assert_int_equal(log_open(place->log, "json", &log, &err), 0);
	log_error(&log, "create", &err);
	log_close(&log);
	fd = open(place->log, O_RDONLY | O_CLOEXEC);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	close_fd(&fd);
	time = strstr(text, "\"time\":\"");
	assert_non_null(time);
	assert_string_equal(time + 8 + strlen("2026-01-01T00:00:00Z"), "\"}\n");
	*time = '\0';
	assert_string_equal(text, "{\"level\":\"error\",\"msg\":\"create \\\"x\\\": taken\",");
	assert_file(place->printed, "rrun create failed: create \"x\": taken\n");
}

static void says_hint_and_code_where_no_log_file_was_named(void **state)
{
	const struct place *place = *state;
	const struct log log = { .fd = -1 };
	struct error err;

	error_set(&err, RR_ID_02, "x");
	error_hint(&err, "take another");
	log_error(&log, "create", &err);
	assert_file(place->printed,
		    "rrun create failed: x\n  hint: take another\n  code: RR-ID-02\n");
}

static void sends_a_usage_error_to_the_help(void **state)
{
	const struct place *place = *state;
	const struct log log = { .fd = -1 };
	struct error err;

	error_set(&err, RR_USE_01, "unknown verb x");
	error_kind(&err, ERROR_USAGE);
	log_error(&log, NULL, &err);
	log_error(&log, "run", &err);
	assert_file(place->printed, "rrun: unknown verb x\nsee rrun --help\n"
				    "rrun: unknown verb x\nsee rrun run --help\n");
}

static void keeps_silent_where_there_is_nothing_to_say(void **state)
{
	const struct place *place = *state;
	struct log log = { .fd = -1 };
	struct error err = { 0 };

	assert_int_equal(log_open(place->log, NULL, &log, &err), 0);
	error_kind(&err, ERROR_SILENT);
	log_error(&log, "run", &err);
	log_note("nobody looks");
	log_close(&log);
	assert_file(place->log, "");
	assert_file(place->printed, "");
}

static void holds_the_longest_error_whole(void **state)
{
	const struct place *place = *state;
	static char expected[8192];
	const struct log log = { .fd = -1 };
	struct error err = { .kind = ERROR_FAILED };

	memset(err.what, 1, sizeof(err.what) - 1);
	memset(err.why, 1, sizeof(err.why) - 1);
	memset(err.hint, 1, sizeof(err.hint) - 1);
	strcpy(expected, "rrun run failed: ");
	log_escape(ESCAPE_PLAIN, err.what, expected, sizeof(expected));
	strcat(expected, ": ");
	log_escape(ESCAPE_PLAIN, err.why, expected, sizeof(expected));
	strcat(expected, "\n  hint: ");
	log_escape(ESCAPE_PLAIN, err.hint, expected, sizeof(expected));
	strcat(expected, "\n  code: RR-SYS-01\n");
	log_error(&log, "run", &err);
	assert_file(place->printed, expected);
}

#define TEST_IN_PLACE(name) cmocka_unit_test_setup_teardown(name, open_place, close_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_a_log_file_that_cannot_be_opened),
		cmocka_unit_test(lets_no_text_forge_a_line_or_move_a_cursor),
		cmocka_unit_test(replaces_what_is_not_utf8),
		cmocka_unit_test(cuts_between_characters),
		TEST_IN_PLACE(appends_one_json_object),
		TEST_IN_PLACE(says_hint_and_code_where_no_log_file_was_named),
		TEST_IN_PLACE(sends_a_usage_error_to_the_help),
		TEST_IN_PLACE(keeps_silent_where_there_is_nothing_to_say),
		TEST_IN_PLACE(holds_the_longest_error_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
