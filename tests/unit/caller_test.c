/* frontend/caller.c: the text that stands in for a missing policy is one. */
#include "frontend/caller.c" /* its statics are what is tested */

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void a_missing_policy_is_replaced_by_a_sound_one(void **state)
{
	static struct config config;
	uint32_t line;

	(void)state;
	assert_true(config_read(text_of(without_policy), &config, &line));
	assert_int_equal(config.value[CONFIG_MAPPING], 1);
	assert_int_equal(config.value[CONFIG_SUBIDS], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_missing_policy_is_replaced_by_a_sound_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
