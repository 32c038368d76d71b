#include "frontend/watch/foreground.h"
#include "frontend/watch/notify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

static struct notify_lines filter(const char *text)
{
	struct notify_lines lines;

	notify_filter(text, strlen(text), 77, &lines);
	return lines;
}

static void drops_what_could_take_over_the_service(void **state)
{
	static const char *const bad[] = {
		"MAINPID=1",
		"FDSTORE=1\nFDNAME=x",
		"FDSTOREREMOVE=1",
		"WATCHDOG=1",
		"BARRIER=1",
		"ERRNO=2",
		"EXTEND_TIMEOUT_USEC=9",
		"NOTIFYACCESS=all",
		"READY=0",
		"READY=11",
		" READY=1",
		"xREADY=1",
		"STATUS=a\rb",
		"STATUS=\x1b[2J",
		"MONOTONIC_USEC=",
		"MONOTONIC_USEC=1 ",
		"",
		"\n\n",
		"=",
		"RELOADING=0",
	};

	for (size_t i = 0; i < count_of(bad); i++) {
		struct notify_lines lines = filter(bad[i]);

		assert_string_equal(lines.text, "");
		assert_false(lines.ready);
		assert_false(lines.matters);
	}
}

static void a_nul_hides_nothing(void **state)
{
	static const char text[] = "STATUS=a\0b\nREADY=1\0\nSTOPPING=1";
	struct notify_lines lines;

	notify_filter(text, sizeof(text) - 1, 77, &lines);
	assert_string_equal(lines.text, "STOPPING=1\n");
	assert_false(lines.ready);
}

static void ready_is_said_once_and_with_the_right_pid(void **state)
{
	struct notify_lines lines = filter("MAINPID=1\nREADY=1\nSTATUS=up\nREADY=1\nMAINPID=2");

	assert_string_equal(lines.text, "READY=1\nSTATUS=up\nMAINPID=77\n");
	assert_true(lines.ready);
}

static void a_datagram_full_of_lines_fits(void **state)
{
	char text[NOTIFY_BYTES];
	struct notify_lines lines;

	memset(text, 'x', sizeof(text));
	memcpy(text, "READY=1\nSTATUS=", 15);
	notify_filter(text, sizeof(text), INT32_MAX, &lines);
	assert_true(lines.length < sizeof(lines.text));
	assert_true(lines.ready);
	assert_non_null(strstr(lines.text, "MAINPID=2147483647\n"));
	assert_int_equal(strlen(lines.text), lines.length);
}

static void a_status_alone_may_get_lost(void **state)
{
	assert_false(filter("STATUS=x").matters);
	assert_true(filter("STATUS=x\nSTOPPING=1").matters);
	assert_true(filter("RELOADING=1\nMONOTONIC_USEC=5").matters);
	assert_string_equal(filter("RELOADING=1\nMONOTONIC_USEC=5\n").text,
			    "RELOADING=1\nMONOTONIC_USEC=5\n");
}

static void a_status_is_what_a_shell_says(void **state)
{
	assert_int_equal(foreground_status(CLD_EXITED, 0), 0);
	assert_int_equal(foreground_status(CLD_EXITED, 255), 255);
	assert_int_equal(foreground_status(CLD_KILLED, 9), 137);
	assert_int_equal(foreground_status(CLD_DUMPED, 11), 139);
	assert_int_equal(foreground_status(CLD_KILLED, 64), 192);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drops_what_could_take_over_the_service),
		cmocka_unit_test(a_nul_hides_nothing),
		cmocka_unit_test(ready_is_said_once_and_with_the_right_pid),
		cmocka_unit_test(a_datagram_full_of_lines_fits),
		cmocka_unit_test(a_status_alone_may_get_lost),
		cmocka_unit_test(a_status_is_what_a_shell_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
