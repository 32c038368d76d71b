#include "policy/idrange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void refuses_a_range_that_wraps(void **state)
{
	assert_false(idrange_sound(idrange_make(UINT32_MAX, 2)));
	assert_false(idrange_sound(idrange_make(4294967290u, 6)));
	assert_false(idrange_sound(idrange_make(5, UINT32_MAX)));
}

static void refuses_an_empty_range(void **state)
{
	assert_false(idrange_sound(idrange_make(100000, 0)));
	assert_false(idrange_sound((struct idrange){ 7, 6 }));
}

static void refuses_the_id_that_means_none(void **state)
{
	assert_false(idrange_sound(idrange_make(UINT32_MAX, 1)));
	assert_true(idrange_sound(idrange_make(UINT32_MAX - 1, 1)));
}

static void neighbours_do_not_overlap(void **state)
{
	assert_false(idrange_overlap(idrange_make(10, 5), idrange_make(15, 5)));
	assert_false(idrange_overlap(idrange_make(15, 5), idrange_make(10, 5)));
	assert_true(idrange_overlap(idrange_make(10, 6), idrange_make(15, 5)));
	assert_true(idrange_overlap(idrange_make(10, 90), idrange_make(15, 5)));
	assert_true(idrange_overlap(idrange_make(15, 5), idrange_make(10, 90)));
}

static void inside_means_wholly(void **state)
{
	assert_true(idrange_inside(idrange_make(10, 5), idrange_make(10, 5)));
	assert_false(idrange_inside(idrange_make(9, 5), idrange_make(10, 5)));
	assert_false(idrange_inside(idrange_make(10, 6), idrange_make(10, 5)));
}

static void two_neighbours_together_do_not_hold_a_range(void **state)
{
	struct idranges list = { 2, { { 10, 20 }, { 20, 30 } } };

	assert_false(idranges_hold(&list, idrange_make(15, 10)));
	assert_true(idranges_hold(&list, idrange_make(20, 10)));
	assert_true(idranges_overlap(&list, idrange_make(29, 9)));
	assert_false(idranges_overlap(&list, idrange_make(30, 9)));
}

static void a_full_list_takes_no_more(void **state)
{
	struct idranges list = { 0 };

	for (uint32_t i = 0; i < 64; i++)
		assert_true(idranges_add(&list, idrange_make(i, 1)));
	assert_false(idranges_add(&list, idrange_make(64, 1)));
	assert_int_equal(list.count, 64);
}

static void drops_what_overlaps_and_keeps_the_rest(void **state)
{
	struct idranges list = { 3, { { 10, 20 }, { 20, 30 }, { 30, 40 } } };

	idranges_drop_overlapping(&list, idrange_make(19, 2));
	assert_int_equal(list.count, 1);
	assert_int_equal(list.range[0].first, 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_a_range_that_wraps),
		cmocka_unit_test(refuses_an_empty_range),
		cmocka_unit_test(refuses_the_id_that_means_none),
		cmocka_unit_test(neighbours_do_not_overlap),
		cmocka_unit_test(inside_means_wholly),
		cmocka_unit_test(two_neighbours_together_do_not_hold_a_range),
		cmocka_unit_test(a_full_list_takes_no_more),
		cmocka_unit_test(drops_what_overlaps_and_keeps_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
