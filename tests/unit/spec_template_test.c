#include "frontend/spec/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static const struct spec_mapping one[] = { { .inside = 0, .outside = 1000, .count = 1 } };
static const struct spec_mapping range[] = {
	{ .inside = 0, .outside = 1000, .count = 1 },
	{ .inside = 1, .outside = 100000, .count = 65536 },
};

static int empty_arena(void **state _unused_)
{
	arena_free(&arena);
	return 0;
}

static const struct spec *spec_of(const char *text)
{
	const struct json *document = NULL;
	const struct spec *spec = NULL;
	struct error err = { 0 };

	if (json_parse(&arena, "config.json", text, strlen(text), &document, &err) < 0 ||
	    spec_read(&arena, document, &spec, &err) < 0)
		fail_msg("%s (%s)", err.what, err.why);
	return spec;
}

static void no_group_is_given_that_has_no_mapping(void **state _unused_)
{
	assert_null(strstr(template_config(&arena, one, 1, one, 1), "gid=5"));
	assert_null(strstr(template_config(&arena, range, 2, one, 1), "gid=5"));
	assert_non_null(strstr(template_config(&arena, one, 1, range, 2), "gid=5"));
	assert_non_null(strstr(template_config(&arena, NULL, 0, NULL, 0), "gid=5"));
}

static void a_rootless_caller_gets_explicit_mappings(void **state _unused_)
{
	const struct spec *spec = spec_of(template_config(&arena, range, 2, range, 2));

	assert_true(spec->namespaces[NAMESPACE_USER].listed);
	assert_true(spec->namespaces[NAMESPACE_NETWORK].listed);
	assert_true(spec->namespaces[NAMESPACE_CGROUP].listed);
	assert_int_equal(spec->uid_mappings.count, 2);
	assert_memory_equal(spec->uid_mappings.item, range, sizeof(range));
	assert_memory_equal(spec->gid_mappings.item, range, sizeof(range));
}

static void a_root_caller_gets_no_user_namespace(void **state _unused_)
{
	const struct spec *spec = spec_of(template_config(&arena, NULL, 0, NULL, 0));

	assert_false(spec->namespaces[NAMESPACE_USER].listed);
	assert_null(spec->uid_mappings.json);
	assert_non_null(json_get(json_get(json_get(spec->json, "linux"), "resources"), "devices"));
}

static void the_template_asks_for_a_shell_in_a_terminal(void **state _unused_)
{
	const struct spec *spec = spec_of(template_config(&arena, one, 1, one, 1));

	assert_string_equal(spec->hostname, "rrun");
	assert_true(spec->root_readonly);
	assert_true(spec->process.terminal);
	assert_true(spec->process.no_new_privileges);
	assert_string_equal(spec->process.args[0], "sh");
	assert_int_equal(spec->process.arg_count, 1);
	assert_true(spec->process.capabilities.bounding == (1u << 29 | 1u << 5 | 1u << 10));
	assert_true(spec->process.capabilities.effective == spec->process.capabilities.bounding);
	assert_null(spec->process.capabilities.unknown);
	assert_int_equal(spec->process.rlimits[0].hard, 1024);
	assert_int_equal(spec->mount_count, 7);
	assert_string_equal(spec->mounts[6].type, "cgroup");
	assert_non_null(spec->masked_paths[9]);
	assert_null(spec->masked_paths[10]);
	assert_non_null(spec->readonly_paths[4]);
}

static void the_text_is_indented_by_tabs_and_ends_in_a_newline(void **state _unused_)
{
	const char *text = template_config(&arena, one, 1, one, 1);

	assert_null(strstr(text, "\n "));
	assert_memory_equal(text, "{\n\t\"ociVersion\"", 15);
	assert_string_equal(text + strlen(text) - 5, "\t}\n}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(no_group_is_given_that_has_no_mapping, empty_arena),
		cmocka_unit_test_teardown(a_rootless_caller_gets_explicit_mappings, empty_arena),
		cmocka_unit_test_teardown(a_root_caller_gets_no_user_namespace, empty_arena),
		cmocka_unit_test_teardown(the_template_asks_for_a_shell_in_a_terminal, empty_arena),
		cmocka_unit_test_teardown(the_text_is_indented_by_tabs_and_ends_in_a_newline,
					  empty_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
