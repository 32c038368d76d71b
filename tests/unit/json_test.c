#include "frontend/codes.h"
#include "frontend/spec/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena arena;

static int empty_arena(void **state _unused_)
{
	arena_free(&arena);
	return 0;
}

static int parse_bytes(const char *text, size_t length, const struct json **ret, struct error *err)
{
	return json_parse(&arena, "config.json", text, length, ret, err);
}

static const struct json *parsed(const char *text)
{
	const struct json *node = NULL;
	struct error err = { 0 };

	if (parse_bytes(text, strlen(text), &node, &err) < 0)
		fail_msg("%s: %s (%s)", text, err.what, err.why);
	return node;
}

static void refused_bytes(const char *text, size_t length, enum code code, const char *words)
{
	const struct json *node = NULL;
	struct error err = { 0 };

	if (parse_bytes(text, length, &node, &err) == 0)
		fail_msg("accepted: %.60s", text);
	assert_null(node);
	assert_string_equal(code_name(err.code), code_name(code));
	if (!strstr(err.what, words))
		fail_msg("\"%s\" says nothing of \"%s\"", err.what, words);
}

static void refused(const char *text, enum code code, const char *words)
{
	refused_bytes(text, strlen(text), code, words);
}

static void refuses_a_text_that_ends_too_early(void **state _unused_)
{
	static const char text[] = "{\"a\": [1, \"b\\u00e9\", true, null], \"c\": {\"d\": -1.5e3}}";

	parsed(text);
	for (size_t length = 0; length < sizeof(text) - 1; length++)
		refused_bytes(text, length, RR_CFG_02, "config.json line 1, column ");
	refused("", RR_CFG_02, "line 1, column 1: the text ends too early");
	refused(" \n", RR_CFG_02, "line 2, column 1: the text ends too early");
}

static void refuses_what_stands_after_the_value(void **state _unused_)
{
	refused("{} {}", RR_CFG_02, "line 1, column 4: unexpected '{'");
	refused("{}}", RR_CFG_02, "column 3: unexpected '}'");
	refused("1 x", RR_CFG_02, "column 3: unexpected 'x'");
	refused_bytes("{}\0", 3, RR_CFG_02, "column 3: unexpected byte 0x00");
}

static void names_line_and_column_of_what_is_wrong(void **state _unused_)
{
	refused("{\n\t\"a\": 1,\n\t\"b\",\n}", RR_CFG_02, "line 3, column 5: unexpected ','");
	refused("[1,]", RR_CFG_02, "line 1, column 4: unexpected ']'");
	refused("{\"a\": 1,}", RR_CFG_02, "column 9: unexpected '}'");
	refused("{a: 1}", RR_CFG_02, "column 2: unexpected 'a'");
	refused("[1}", RR_CFG_02, "column 3: unexpected '}'");
	refused("[\"a\nb\"]", RR_CFG_02, "column 4: unexpected byte 0x0a");
	refused("[NaN]", RR_CFG_02, "column 2: unexpected 'N'");
	refused("[\"\\q\"]", RR_CFG_02, "unexpected 'q'");
	refused("\\", RR_CFG_02, "column 1: unexpected '\\'");
	refused("[\"\\u12g4\"]", RR_CFG_02, "unexpected 'g'");
	refused("[tru]", RR_CFG_02, "column 5: unexpected ']'");
	refused("[-x]", RR_CFG_02, "column 3: unexpected 'x'");
	refused("tru", RR_CFG_02, "column 4: the text ends too early");
	refused("// a comment\n1", RR_CFG_02, "line 1, column 1: unexpected '/'");
	refused("[01]", RR_CFG_02, "unexpected '1'");
	refused("[+1]", RR_CFG_02, "unexpected '+'");
	refused("[.5]", RR_CFG_02, "unexpected '.'");
}

static void a_message_is_one_line(void **state _unused_)
{
	const struct json *node = NULL;
	struct error err = { 0 };

	assert_int_equal(parse_bytes("{\"a\\nb\": 1, \"a\\nb\": 2}", 22, &node, &err), -1);
	assert_string_equal(err.what, "config.json: [\"a?b\"] stands there twice");
	json_refuse(parsed("{\"x\":\"\\u001b[2J\\u009b\"}")->first, &err, "not \"%s\"",
		    "\x1b\xc2\x9b");
	assert_string_equal(err.what, "x: not \"???\"");
}

/* Built by hand: JSON_DEPTH is the number of containers around the innermost value. */
static char *nested(size_t depth, char open, char close)
{
	char *text = arena_alloc(&arena, 2 * depth + 1);

	memset(text, open, depth);
	memset(text + depth, close, depth);
	return text;
}

static void refuses_a_text_that_is_nested_too_deeply(void **state _unused_)
{
	parsed(nested(JSON_DEPTH, '[', ']'));
	refused(nested(JSON_DEPTH + 1, '[', ']'), RR_CFG_07, "column 65: it is nested too deeply");
	refused(nested(100000, '[', ']'), RR_CFG_07, "nested too deeply");
	refused_bytes(nested(100000, '[', ']'), 100000, RR_CFG_07, "nested too deeply");
}

static void refuses_a_text_that_is_too_large(void **state _unused_)
{
	char *text = arena_alloc(&arena, JSON_BYTES + 2);

	memset(text, ' ', JSON_BYTES + 1);
	text[0] = '1';
	refused_bytes(text, JSON_BYTES + 1, RR_CFG_07, "larger than 16777216 bytes");
	text[JSON_BYTES] = '\0';
	assert_int_equal(parsed(text)->type, JSON_NUMBER);
}

static void refuses_too_many_values(void **state _unused_)
{
	char *text = arena_alloc(&arena, 2 * (size_t)JSON_NODES + 2);

	for (size_t i = 0; i < JSON_NODES; i++)
		memcpy(text + 2 * i, i ? ",1" : "[1", 2);
	text[2 * (size_t)JSON_NODES] = ']';
	refused(text, RR_CFG_07, "it has too many values");
	text[2 * (size_t)JSON_NODES - 2] = ']';
	text[2 * (size_t)JSON_NODES - 1] = '\0';
	assert_int_equal(parsed(text)->count, JSON_NODES - 1);
}

static void refuses_a_name_that_stands_twice(void **state _unused_)
{
	refused("{\"a\": 1, \"b\": 2, \"a\": 1}", RR_CFG_02, "config.json: a stands there twice");
	refused("{\"a\": null, \"\\u0061\": null}", RR_CFG_02, "a stands there twice");
	refused("{\"x\": [{}, {\"y\": {\"z\": 1, \"z\": 1}}]}", RR_CFG_02,
		"x[1].y.z stands there twice");
	parsed("{\"a\": {\"a\": {\"a\": 1}}, \"A\": 2, \"\": 3}");
}

/* An object of COUNT names; the last one is LAST. */
static const char *wide_object(size_t count, const char *last)
{
	struct json_text out = { .arena = &arena };

	json_put(&out, "{");
	for (size_t i = 0; i + 1 < count; i++)
		json_put_format(&out, "\"a name that begins as all others do %zu\":0,", i);
	json_put_string(&out, last);
	json_put(&out, ":0}");
	return out.data;
}

static void finds_a_repeated_name_at_every_size(void **state _unused_)
{
	for (size_t count = 2; count < 40; count++) {
		assert_int_equal(parsed(wide_object(count, "other"))->count, count);
		refused(wide_object(count, "a name that begins as all others do 0"), RR_CFG_02,
			"twice");
	}
}

static double seconds_for(const char *text)
{
	struct timespec before, after;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	parsed(text);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	return (double)(after.tv_sec - before.tv_sec) +
	       (double)(after.tv_nsec - before.tv_nsec) / 1e9;
}

static void many_names_do_not_take_quadratic_time(void **state _unused_)
{
	double few = seconds_for(wide_object(25000, "x")),
	       many = seconds_for(wide_object(200000, "x"));

	/* 8 times the names: 8 to 11 times the time, never 64. */
	assert_true(many < 30 * few + 0.05);
}

static void refuses_what_is_not_utf8(void **state _unused_)
{
	refused("[\"\xff\"]", RR_CFG_02, "line 1, column 3: this is not UTF-8");
	refused("[\"\x80\"]", RR_CFG_02, "not UTF-8");
	refused("[\"\xc0\x80\"]", RR_CFG_02, "not UTF-8");	   /* overlong NUL */
	refused("[\"\xe0\x80\xaf\"]", RR_CFG_02, "not UTF-8");	   /* overlong '/' */
	refused("[\"\xed\xa0\x80\"]", RR_CFG_02, "not UTF-8");	   /* a surrogate */
	refused("[\"\xf4\x90\x80\x80\"]", RR_CFG_02, "not UTF-8"); /* above U+10FFFF */
	refused("[\"\xe2\x82\"]", RR_CFG_02, "not UTF-8");
	refused("[\"abcdefghijklmnop\\\xe2\"]", RR_CFG_02, "column 20: this is not UTF-8");
	refused("\xef\xbb\xbf{}", RR_CFG_02,
		"column 1: unexpected byte 0xef"); /* byte order mark */
	refused_bytes("[\"\xe2\x82", 4, RR_CFG_02, "not UTF-8");
}

static void refuses_nul_in_strings_and_names(void **state _unused_)
{
	refused("[\"a\\u0000b\"]", RR_CFG_02, "column 4: a string may not contain \\u0000");
	refused("{\"a\\u0000\": 1}", RR_CFG_02, "may not contain \\u0000");
	refused_bytes("[\"a\0b\"]", 7, RR_CFG_02, "unexpected byte 0x00");
	assert_string_equal(parsed("\"\\\\u0000\"")->text, "\\u0000");
}

static void refuses_half_a_surrogate_pair(void **state _unused_)
{
	refused("[\"\\ud83d\"]", RR_CFG_02, "column 3: half of a surrogate pair");
	refused("[\"\\ud83d\\u0041\"]", RR_CFG_02, "half of a surrogate pair");
	refused("[\"\\ude00\"]", RR_CFG_02, "half of a surrogate pair");
	refused("[\"\\ud83d\\ud83d\"]", RR_CFG_02, "half of a surrogate pair");
	assert_string_equal(parsed("\"\\ud83d\\uDE00\"")->text, "\xf0\x9f\x98\x80");
}

static void refused_value(int result, struct error *err, const char *words)
{
	assert_int_equal(result, -1);
	assert_string_equal(code_name(err->code), code_name(RR_CFG_03));
	if (!strstr(err->what, words))
		fail_msg("\"%s\" says nothing of \"%s\"", err->what, words);
}

static void refuses_numbers_that_do_not_fit(void **state _unused_)
{
	static const struct {
		const char *text;
		bool u32, u64, i64;
	} cases[] = {
		{ "{\"n\": 0}", true, true, true },
		{ "{\"n\": 4294967295}", true, true, true },
		{ "{\"n\": 4294967296}", false, true, true },
		{ "{\"n\": 9007199254740993}", false, true, true },
		{ "{\"n\": 9223372036854775807}", false, true, true },
		{ "{\"n\": 9223372036854775808}", false, true, false },
		{ "{\"n\": 18446744073709551615}", false, true, false },
		{ "{\"n\": 18446744073709551616}", false, false, false },
		{ "{\"n\": 99999999999999999999999999999999999999999999}", false, false, false },
		{ "{\"n\": -1}", false, false, true },
		{ "{\"n\": -0}", false, false, true },
		{ "{\"n\": -9223372036854775808}", false, false, true },
		{ "{\"n\": -9223372036854775809}", false, false, false },
		{ "{\"n\": 1.0}", false, false, false },
		{ "{\"n\": 1e3}", false, false, false },
		{ "{\"n\": 1E+2}", false, false, false },
		{ "{\"n\": 0.5}", false, false, false },
		{ "{\"n\": \"1\"}", false, false, false },
		{ "{\"n\": true}", false, false, false },
		{ "{\"n\": [1]}", false, false, false },
	};
	struct error err;

	for (size_t i = 0; i < count_of(cases); i++) {
		const struct json *object = parsed(cases[i].text);
		uint32_t u32 = 7;
		uint64_t u64 = 7;
		int64_t i64 = 7;

		assert_int_equal(json_u32(object, "n", &u32, &err), cases[i].u32 ? 0 : -1);
		assert_int_equal(json_u64(object, "n", &u64, &err), cases[i].u64 ? 0 : -1);
		assert_int_equal(json_i64(object, "n", &i64, &err), cases[i].i64 ? 0 : -1);
		assert_true((u32 == 7) == !cases[i].u32);
		assert_true((u64 == 7) == !cases[i].u64);
		assert_true((i64 == 7) == !cases[i].i64);
	}
}

static void refuses_values_of_another_type(void **state _unused_)
{
	const struct json *object = parsed("{\"a\": {\"b\": [1, \"x\"], \"c\": \"d\"}}"), *inner,
			  *node;
	const char *text = "kept", *const *strings = NULL;
	bool truth = true;
	struct error err;

	inner = json_get(object, "a");
	node = object;
	refused_value(json_string(object, "a", &text, &err), &err,
		      "a: must be a string, not an object");
	refused_value(json_bool(inner, "c", &truth, &err), &err,
		      "a.c: must be a truth value, not a string");
	refused_value(json_array(object, "a", &node, &err), &err,
		      "a: must be an array, not an object");
	refused_value(json_object(inner, "b", &node, &err), &err, "a.b: must be an object");
	refused_value(json_strings(&arena, inner, "b", &strings, NULL, &err), &err,
		      "a.b[0]: must be a string, not a number");
	refused_value(json_expect(object, JSON_ARRAY, &err), &err, "(top level): must be an array");
	assert_string_equal(text, "kept");
	assert_ptr_equal(node, object);
	assert_null(strings);
}

static void names_what_is_missing(void **state _unused_)
{
	const struct json *object = parsed("{\"a\": [{\"b\": null}]}");
	struct error err;

	assert_int_equal(json_require(object, "x", &err), -1);
	assert_string_equal(err.what, "x is missing");
	assert_int_equal(json_require(object->first->first, "b", &err), -1);
	assert_string_equal(err.what, "a[0].b is missing");
	assert_string_equal(code_name(err.code), code_name(RR_CFG_04));
	assert_int_equal(json_require(NULL, "x", &err), -1);
}

static void leaves_alone_what_is_absent_or_null(void **state _unused_)
{
	const struct json *object = parsed("{\"a\": null}"), *node = object;
	const char *text = "kept";
	uint32_t number = 7;
	bool truth = true;
	struct error err;

	assert_int_equal(json_string(object, "a", &text, &err), 0);
	assert_int_equal(json_string(NULL, "a", &text, &err), 0);
	assert_int_equal(json_u32(object, "b", &number, &err), 0);
	assert_int_equal(json_bool(object, "a", &truth, &err), 0);
	assert_int_equal(json_object(object, "a", &node, &err), 0);
	assert_string_equal(text, "kept");
	assert_int_equal(number, 7);
	assert_true(truth);
	assert_ptr_equal(node, object);
	assert_null(json_get(parsed("[1]"), "a"));
}

static void keeps_the_order_and_the_digits_of_the_text(void **state _unused_)
{
	const struct json *object = parsed("{\"b\": [1.50, -2e9, \"\"], \"a\": false, \"c\": {}}");
	const struct json *array = object->first;

	assert_int_equal(object->count, 3);
	assert_string_equal(array->key, "b");
	assert_string_equal(array->first->text, "1.50");
	assert_string_equal(array->first->next->text, "-2e9");
	assert_int_equal(array->first->next->index, 1);
	assert_null(array->first->key);
	assert_string_equal(array->first->next->next->text, "");
	assert_null(array->first->next->next->next);
	assert_string_equal(array->next->key, "a");
	assert_int_equal(array->next->next->index, 2);
	assert_int_equal(json_get(object, "c")->count, 0);
}

static void undoes_every_escape(void **state _unused_)
{
	assert_string_equal(parsed("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u20AC\"")->text,
			    "\"\\/\b\f\n\r\t\xc3\xa9\xe2\x82\xac");
	assert_string_equal(parsed("\"\xc3\xa9\xf0\x9f\x98\x80\"")->text, "\xc3\xa9\xf0\x9f\x98"
									  "\x80");
	assert_string_equal(parsed(" 7 ")->text, "7");
}

static void a_path_says_where_a_value_stands(void **state _unused_)
{
	const struct json *object = parsed("{\"linux\": {\"org.x/y\": [0, [{\"\": 1}]]}}");
	char path[64], small[8];

	json_path(object, path, sizeof(path));
	assert_string_equal(path, "(top level)");
	json_path(object->first->first->first->next->first->first, path, sizeof(path));
	assert_string_equal(path, "linux[\"org.x/y\"][1][0][\"\"]");
	json_path(object->first->first->first, small, sizeof(small));
	assert_string_equal(small, "linux[\"");
}

static void what_is_written_can_be_read(void **state _unused_)
{
	static const char said[] = "\"\\/\b\f\n\r\t\x01\x1f\x7f caf\xc3\xa9 \xf0\x9f\x98\x80";
	struct json_text out = { .arena = &arena };

	json_put_string(&out, said);
	assert_string_equal(out.data, "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f caf\xc3\xa9 "
				      "\xf0\x9f\x98\x80\"");
	assert_int_equal(out.length, strlen(out.data));
	assert_string_equal(parsed(out.data)->text, said);
}

static void writes_utf8_whatever_it_is_given(void **state _unused_)
{
	struct json_text out = { .arena = &arena };

	json_put_string(&out, "a\xff\xc3");
	assert_string_equal(out.data, "\"a\\ufffd\\ufffd\"");
	parsed(out.data);
}

static void a_text_grows_as_needed(void **state _unused_)
{
	struct json_text out = { .arena = &arena };

	json_put(&out, "[");
	for (int i = 0; i < 100000; i++)
		json_put_format(&out, "%s%d", i ? "," : "", i);
	json_put(&out, "]");
	assert_int_equal(parsed(out.data)->count, 100000);
}

static int file_of(const char *text, size_t length)
{
	int fd = memfd_create("json_test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), length);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void refuses_a_file_that_is_no_file_or_too_large(void **state _unused_)
{
	const char *text = NULL;
	size_t length;
	struct error err;
	int pipes[2], large;

	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(json_read_file(&arena, "config.json", pipes[0], &text, &length, &err), -1);
	assert_string_equal(err.what, "config.json is not a regular file");
	assert_string_equal(code_name(err.code), code_name(RR_CFG_01));
	close(pipes[0]);
	close(pipes[1]);

	large = file_of("", 0);
	assert_int_equal(ftruncate(large, (off_t)JSON_BYTES + 1), 0);
	assert_int_equal(json_read_file(&arena, "config.json", large, &text, &length, &err), -1);
	assert_string_equal(code_name(err.code), code_name(RR_CFG_07));
	close(large);
	assert_int_equal(json_read_file(&arena, "config.json", -1, &text, &length, &err), -1);
	assert_null(text);
}

static void reads_a_whole_file(void **state _unused_)
{
	const char *text = NULL;
	size_t length = 0;
	struct error err;
	int fd = file_of("{\"a\": 1}\n", 9);

	assert_int_equal(json_read_file(&arena, "config.json", fd, &text, &length, &err), 0);
	assert_int_equal(length, 9);
	assert_string_equal(text, "{\"a\": 1}\n");
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(refuses_a_text_that_ends_too_early, empty_arena),
		cmocka_unit_test_teardown(refuses_what_stands_after_the_value, empty_arena),
		cmocka_unit_test_teardown(names_line_and_column_of_what_is_wrong, empty_arena),
		cmocka_unit_test_teardown(a_message_is_one_line, empty_arena),
		cmocka_unit_test_teardown(refuses_a_text_that_is_nested_too_deeply, empty_arena),
		cmocka_unit_test_teardown(refuses_a_text_that_is_too_large, empty_arena),
		cmocka_unit_test_teardown(refuses_too_many_values, empty_arena),
		cmocka_unit_test_teardown(refuses_a_name_that_stands_twice, empty_arena),
		cmocka_unit_test_teardown(finds_a_repeated_name_at_every_size, empty_arena),
		cmocka_unit_test_teardown(many_names_do_not_take_quadratic_time, empty_arena),
		cmocka_unit_test_teardown(refuses_what_is_not_utf8, empty_arena),
		cmocka_unit_test_teardown(refuses_nul_in_strings_and_names, empty_arena),
		cmocka_unit_test_teardown(refuses_half_a_surrogate_pair, empty_arena),
		cmocka_unit_test_teardown(refuses_numbers_that_do_not_fit, empty_arena),
		cmocka_unit_test_teardown(refuses_values_of_another_type, empty_arena),
		cmocka_unit_test_teardown(names_what_is_missing, empty_arena),
		cmocka_unit_test_teardown(refuses_a_file_that_is_no_file_or_too_large, empty_arena),
		cmocka_unit_test_teardown(leaves_alone_what_is_absent_or_null, empty_arena),
		cmocka_unit_test_teardown(keeps_the_order_and_the_digits_of_the_text, empty_arena),
		cmocka_unit_test_teardown(undoes_every_escape, empty_arena),
		cmocka_unit_test_teardown(a_path_says_where_a_value_stands, empty_arena),
		cmocka_unit_test_teardown(what_is_written_can_be_read, empty_arena),
		cmocka_unit_test_teardown(writes_utf8_whatever_it_is_given, empty_arena),
		cmocka_unit_test_teardown(a_text_grows_as_needed, empty_arena),
		cmocka_unit_test_teardown(reads_a_whole_file, empty_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
