#include "frontend/cmd/owner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void assert_owner(const char *passwd, uid_t uid, const char *expected)
{
	struct arena arena = { 0 };

	assert_string_equal(owner_find(&arena, passwd, uid), expected);
	arena_free(&arena);
}

static void passes_over_lines_that_are_no_users(void **state)
{
	assert_owner("", 0, "#0");
	assert_owner("nonsense\n:x:7:\nb:x\nc:x:\nd:x:7z:\ne:x:-7:\nf:x: 7:\n", 7, "#7");
	assert_owner("cut:x:7:7", 7, "#7");
}

static void does_not_read_a_number_from_the_next_line(void **state)
{
	assert_owner("a:x\n7:y:8:\n", 7, "#7");
	assert_owner("a:x:7\n:b\n", 7, "#7");
}

static void names_the_first_user_of_the_id(void **state)
{
	assert_owner("root:x:0:0::/:/bin/sh\nann:x:1000:1::/:\nbob:x:1000:1::/:\n", 1000, "ann");
	assert_owner("root:x:0:0::/:/bin/sh\n", 0, "root");
	assert_owner("nopass::4294967294:0::\n", 4294967294u, "nopass");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes_over_lines_that_are_no_users),
		cmocka_unit_test(does_not_read_a_number_from_the_next_line),
		cmocka_unit_test(names_the_first_user_of_the_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
