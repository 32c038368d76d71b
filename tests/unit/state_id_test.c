#include "frontend/state/state.h"

#include "frontend/codes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void refuses_what_could_be_a_path_or_an_option(void **state)
{
	static const char *const bad[] = {
		".",   "..",  ".hidden", "-x", "--root=/", "a/b", "/",
		"a\n", "a b", "a\\b",	 "é",  "a*",	   "a:b", "a@b",
	};
	struct error err;

	for (size_t i = 0; i < count_of(bad); i++) {
		assert_int_equal(state_id_check(bad[i], &err), -1);
		assert_int_equal(err.code, RR_ID_01);
		assert_string_equal(err.what, "invalid container ID format");
	}
}

static void refuses_an_empty_id_by_its_own_words(void **state)
{
	struct error err;

	assert_int_equal(state_id_check("", &err), -1);
	assert_string_equal(err.what, "container id cannot be empty");
}

static void takes_255_characters_and_not_256(void **state)
{
	struct error err;
	char id[257];

	memset(id, 'a', sizeof(id));
	id[256] = '\0';
	assert_int_equal(state_id_check(id, &err), -1);
	id[255] = '\0';
	assert_int_equal(state_id_check(id, &err), 0);
}

static void takes_what_engines_choose(void **state)
{
	static const char *const good[] = { "a",   "0",	       "_x",
					    "+x",  "my-box.1", "buildah-buildah123",
					    "A..B" };
	struct error err;

	for (size_t i = 0; i < count_of(good); i++)
		assert_int_equal(state_id_check(good[i], &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_could_be_a_path_or_an_option),
		cmocka_unit_test(refuses_an_empty_id_by_its_own_words),
		cmocka_unit_test(takes_255_characters_and_not_256),
		cmocka_unit_test(takes_what_engines_choose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
