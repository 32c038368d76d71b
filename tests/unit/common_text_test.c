#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void refuses_what_is_not_a_plain_decimal(void **state)
{
	static const char *const bad[] = {
		"",
		"-1",
		"+5",
		"01",
		"00",
		"0x10",
		"010",
		" 1",
		"1 ",
		"1\t",
		"1\r",
		"1.0",
		"1e3",
		"١",
		"4294967296",
		"18446744073709551621",
		"99999999999",
		"12a",
		"a",
	};
	uint32_t number = 77;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_number(text_of(bad[i]), &number));
	assert_false(text_number((struct text){ "1\0002", 3 }, &number));
	assert_false(text_number((struct text){ 0 }, &number));
	assert_int_equal(number, 77);
}

static void reads_numbers_up_to_32_bits(void **state)
{
	uint32_t number;

	assert_true(text_number(text_of("0"), &number));
	assert_int_equal(number, 0);
	assert_true(text_number(text_of("4294967295"), &number));
	assert_int_equal(number, UINT32_MAX);
}

static void a_pen_without_room_writes_nothing(void **state)
{
	char data[4] = "....";
	struct pen pen = { data, 3, 0 };

	assert_false(text_put_number(&pen, 1234));
	assert_int_equal(pen.used, 0);
	assert_true(text_put_number(&pen, 123));
	assert_false(text_put(&pen, text_of("x")));
	assert_true(text_put(&pen, text_of("")));
	assert_memory_equal(data, "123.", 4);
}

static void writes_every_64_bit_number(void **state)
{
	char data[32];
	struct pen pen = { data, sizeof(data), 0 };

	text_put_number(&pen, 0);
	text_put_number(&pen, UINT64_MAX);
	assert_int_equal(pen.used, 21);
	assert_memory_equal(data, "018446744073709551615", 21);
}

static void a_separator_at_the_end_leaves_an_empty_piece(void **state)
{
	struct text rest = text_of("a:");

	assert_true(text_equal(text_cut(&rest, ':'), text_of("a")));
	assert_non_null(rest.at);
	assert_int_equal(text_cut(&rest, ':').size, 0);
	assert_null(rest.at);
	assert_null(text_cut(&rest, ':').at);
}

static void texts_are_equal_in_whole_only(void **state)
{
	assert_false(text_equal(text_of("on"), text_of("one")));
	assert_false(text_equal(text_of("on"), text_of("of")));
	assert_true(text_equal(text_of(""), (struct text){ 0 }));
	assert_false(text_all_digits(text_of("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_not_a_plain_decimal),
		cmocka_unit_test(reads_numbers_up_to_32_bits),
		cmocka_unit_test(a_pen_without_room_writes_nothing),
		cmocka_unit_test(writes_every_64_bit_number),
		cmocka_unit_test(a_separator_at_the_end_leaves_an_empty_piece),
		cmocka_unit_test(texts_are_equal_in_whole_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
