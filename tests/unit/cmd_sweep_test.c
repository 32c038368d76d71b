/* frontend/cmd/sweep.c: which names are rrun-helper's. What it does is tests/run/gc.bats's. */
#include "frontend/cmd/sweep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void other_names_are_not_ours(void **state)
{
	static const char *const names[] = {
		"",
		"rrun",
		"rrun-1000",
		"rrun-1000-",
		"rrun-1000-0123456789abcde",
		"rrun-1000-0123456789abcdef0",
		"rrun-1000-0123456789ABCDEF",
		"rrun-1000-0123456789abcdeg",
		"rrun-01000-0123456789abcdef",
		"rrun--0123456789abcdef",
		"rrun-alice-0123456789abcdef",
		"rrun-4294967296-0123456789abcdef",
		"xrrun-1000-0123456789abcdef",
		"rrun-1000-0123456789abcdef.scope",
		"rrun-1000-1-0123456789abcdef",
	};
	uint32_t uid;

	for (size_t i = 0; i < count_of(names); i++)
		assert_false(sweep_is_sibling(names[i], &uid));
	assert_false(sweep_is_user("user-", &uid));
	assert_false(sweep_is_user("user-1000.slice", &uid));
	assert_false(sweep_is_user("user-01", &uid));
	assert_false(sweep_is_user("users-1", &uid));
}

static void the_helpers_names_are(void **state)
{
	uint32_t uid = 0;

	assert_true(sweep_is_sibling("rrun-1000-0123456789abcdef", &uid));
	assert_int_equal(uid, 1000);
	assert_true(sweep_is_user("user-4294967294", &uid));
	assert_int_equal(uid, 4294967294u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_names_are_not_ours),
		cmocka_unit_test(the_helpers_names_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
