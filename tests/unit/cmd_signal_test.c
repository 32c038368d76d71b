#include "frontend/cmd/signal.h"

#include "common/attr.h"
#include "frontend/codes.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void refuses_what_is_no_signal(void **state)
{
	static const char *const bad[] = {
		"",	 "FOO",	    "SIG",     "65",	   "100",	 "4294967305", "9x",
		"--9",	 "RTMIN-1", "RTMAX+1", "RTMIN+31", "RTMIN+",	 "RTMIN+1x",   "RTMAX-31",
		" KILL", "KILL ",   "-",       "0x9",	   "SIGSIGKILL",
	};

	for (size_t i = 0; i < count_of(bad); i++) {
		struct error err = { 0 };
		char what[64];
		int number = 77;

		snprintf(what, sizeof(what), "unknown signal \"%s\"", bad[i]);
		assert_int_equal(signal_parse(bad[i], &number, &err), -1);
		assert_int_equal(number, 77);
		assert_int_equal(err.code, RR_SIG_01);
		assert_string_equal(err.what, what);
	}
}

static void reads_numbers_and_names_in_any_case(void **state)
{
	static const struct {
		const char *text;
		int number;
	} good[] = {
		{ "9", 9 },	      { "KILL", SIGKILL },     { "SIGKILL", SIGKILL },
		{ "kill", SIGKILL },  { "sigKill", SIGKILL },  { "-9", 9 },
		{ "-KILL", SIGKILL }, { "-SIGTERM", SIGTERM }, { "0", 0 },
		{ "64", 64 },	      { "HUP", SIGHUP },       { "WINCH", SIGWINCH },
		{ "POLL", SIGPOLL },  { "IO", SIGIO },	       { "SIGCLD", SIGCHLD },
		{ "iot", SIGABRT },   { "STKFLT", SIGSTKFLT }, { "09", 9 },
	};

	for (size_t i = 0; i < count_of(good); i++) {
		struct error err = { 0 };
		int number = -1;

		assert_int_equal(signal_parse(good[i].text, &number, &err), 0);
		assert_int_equal(number, good[i].number);
	}
}

static void reads_realtime_names(void **state)
{
	static const char *const text[] = { "RTMIN", "SIGRTMIN+3", "rtmin+30", "RTMAX",
					    "SIGRTMAX-1" };
	const int expected[] = { SIGRTMIN, SIGRTMIN + 3, SIGRTMAX, SIGRTMAX, SIGRTMAX - 1 };

	for (size_t i = 0; i < count_of(text); i++) {
		struct error err = { 0 };
		int number = -1;

		assert_int_equal(signal_parse(text[i], &number, &err), 0);
		assert_int_equal(number, expected[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_no_signal),
		cmocka_unit_test(reads_numbers_and_names_in_any_case),
		cmocka_unit_test(reads_realtime_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
