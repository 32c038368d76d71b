#include "policy/idmap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define OWN 1000u

static struct config config = {
	.value = { [CONFIG_MAX_EXTENTS] = 4, [CONFIG_MIN_HOST_ID] = 100000 },
	.reserved = { 3, { { 0, 1 }, { 65534, 65536 }, { 150000, 150010 } } },
};
static const struct idranges granted = {
	4,
	{ { 100000, 165536 }, { 165536, 165546 }, { 50000, 60000 }, { 0, 99 } },
};
static struct idmap map;

static enum wire_verdict judged(uint32_t count, const struct wire_extent *extents)
{
	struct wire_map asked = { .count = count };

	memcpy(asked.extent, extents, count * sizeof(*extents));
	return idmap_judge(&asked, OWN, &granted, &config, &map);
}

#define JUDGED(...)                                                                                \
	judged(sizeof((struct wire_extent[]){ __VA_ARGS__ }) / sizeof(struct wire_extent),         \
	       (struct wire_extent[]){ __VA_ARGS__ })

static void refuses_a_map_of_nothing(void **state)
{
	assert_int_equal(judged(0, (struct wire_extent[]){ { 0 } }), VERDICT_MAP);
}

static void refuses_more_extents_than_the_policy_has(void **state)
{
	assert_int_equal(JUDGED({ 0, 100000, 1 }, { 1, 100001, 1 }, { 2, 100002, 1 },
				{ 3, 100003, 1 }, { 4, 100004, 1 }),
			 VERDICT_EXTENTS);
	assert_int_equal(map.detail, 4);
}

static void refuses_what_is_empty_or_wraps_on_either_side(void **state)
{
	assert_int_equal(JUDGED({ 0, OWN, 1 }, { 1, 100000, 0 }), VERDICT_MAP);
	assert_int_equal(map.detail, 1);
	assert_int_equal(JUDGED({ UINT32_MAX, 100000, 1 }), VERDICT_MAP);
	assert_int_equal(JUDGED({ 4294967290u, 100000, 6 }), VERDICT_MAP);
	assert_int_equal(JUDGED({ 0, UINT32_MAX, 1 }), VERDICT_MAP);
	assert_int_equal(JUDGED({ 0, 4294967000u, 296 }), VERDICT_MAP);
	assert_int_equal(JUDGED({ 0, 4294967000u, 295 }), VERDICT_RANGE);
}

static void refuses_overlaps_on_either_side(void **state)
{
	assert_int_equal(JUDGED({ 0, 100000, 10 }, { 9, 100010, 1 }), VERDICT_MAP);
	assert_int_equal(JUDGED({ 0, 100000, 10 }, { 10, 100009, 1 }), VERDICT_MAP);
	assert_int_equal(JUDGED({ 0, 100000, 10 }, { 20, 100020, 1 }, { 0, 100000, 10 }),
			 VERDICT_MAP);
	assert_int_equal(map.detail, 2);
}

static void refuses_host_id_0_and_what_holds_it(void **state)
{
	assert_int_equal(JUDGED({ 0, 0, 1 }), VERDICT_RANGE);
	assert_int_equal(JUDGED({ 5, 0, 99 }), VERDICT_RANGE);
}

static void refuses_what_is_reserved_to_the_edge(void **state)
{
	assert_int_equal(JUDGED({ 0, 149999, 2 }), VERDICT_RANGE);
	assert_int_equal(JUDGED({ 0, 150009, 1 }), VERDICT_RANGE);
	assert_int_equal(JUDGED({ 0, 149999, 1 }), VERDICT_DENY);
	assert_int_equal(JUDGED({ 0, 150010, 1 }), VERDICT_DENY);
}

static void refuses_a_grant_below_min_host_id(void **state)
{
	assert_int_equal(JUDGED({ 0, 50000, 10 }), VERDICT_RANGE);
}

static void refuses_one_id_beyond_a_grant_and_two_grants_in_one(void **state)
{
	assert_int_equal(JUDGED({ 0, 165536, 11 }), VERDICT_RANGE);
	assert_int_equal(JUDGED({ 0, 165535, 2 }), VERDICT_RANGE);
	assert_int_equal(JUDGED({ 0, 99999, 2 }), VERDICT_RANGE);
}

static void refuses_the_own_id_twice_or_with_a_neighbour(void **state)
{
	assert_int_equal(JUDGED({ 0, OWN, 1 }, { 1, OWN, 1 }), VERDICT_MAP);
	assert_int_equal(JUDGED({ 0, OWN, 2 }), VERDICT_RANGE);
	assert_int_equal(JUDGED({ 0, OWN - 1, 1 }), VERDICT_RANGE);
	assert_int_equal(JUDGED({ 0, OWN + 1, 1 }), VERDICT_RANGE);
}

static void refuses_text_that_a_page_does_not_hold(void **state)
{
	struct config wide = config;
	struct wire_map asked = { .count = WIRE_EXTENTS };

	wide.value[CONFIG_MAX_EXTENTS] = WIRE_EXTENTS;
	for (uint32_t i = 0; i < WIRE_EXTENTS; i++)
		asked.extent[i] = (struct wire_extent){ 100000 + i, 100000 + i, 1 };
	assert_int_equal(idmap_judge(&asked, OWN, &granted, &wide, &map), VERDICT_MAP);
	assert_int_equal(map.detail, 255);
	for (uint32_t i = 0; i < WIRE_EXTENTS; i++)
		asked.extent[i].inside = 100 + i;
	assert_int_equal(idmap_judge(&asked, OWN, &granted, &wide, &map), VERDICT_MAP);
	asked.count = 315;
	memset(&asked.extent[315], 0, sizeof(asked.extent[0]) * 25);
	assert_int_equal(idmap_judge(&asked, OWN, &granted, &wide, &map), VERDICT_DENY);
	assert_int_equal(map.size, 315 * 13);
}

/* Wherever in a line the page ends. */
static void refuses_text_that_ends_in_the_middle(void **state)
{
	struct config wide = config;
	struct wire_map asked = { .count = WIRE_EXTENTS };

	wide.value[CONFIG_MAX_EXTENTS] = WIRE_EXTENTS;
	for (uint32_t i = 0; i < WIRE_EXTENTS; i++)
		asked.extent[i] = (struct wire_extent){ 100 + i, 100000 + i, 1 };
	for (uint32_t i = 0; i < 13; i++) {
		asked.extent[i].inside += 1000;
		assert_int_equal(idmap_judge(&asked, OWN, &granted, &wide, &map), VERDICT_MAP);
		assert_int_equal(map.detail, 314);
	}
}

static void writes_its_own_text(void **state)
{
	static const char text[] = "0 1000 1\n1 100000 50000\n4294967000 165536 10\n";

	assert_int_equal(JUDGED({ 0, OWN, 1 }, { 1, 100000, 50000 }, { 4294967000u, 165536, 10 }),
			 VERDICT_DENY);
	assert_int_equal(map.size, sizeof(text) - 1);
	assert_memory_equal(map.text, text, sizeof(text) - 1);
	assert_int_equal(map.granted, 2);
	assert_int_equal(JUDGED({ 7, OWN, 1 }), VERDICT_DENY);
	assert_int_equal(map.granted, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_a_map_of_nothing),
		cmocka_unit_test(refuses_more_extents_than_the_policy_has),
		cmocka_unit_test(refuses_what_is_empty_or_wraps_on_either_side),
		cmocka_unit_test(refuses_overlaps_on_either_side),
		cmocka_unit_test(refuses_host_id_0_and_what_holds_it),
		cmocka_unit_test(refuses_what_is_reserved_to_the_edge),
		cmocka_unit_test(refuses_a_grant_below_min_host_id),
		cmocka_unit_test(refuses_one_id_beyond_a_grant_and_two_grants_in_one),
		cmocka_unit_test(refuses_the_own_id_twice_or_with_a_neighbour),
		cmocka_unit_test(refuses_text_that_a_page_does_not_hold),
		cmocka_unit_test(refuses_text_that_ends_in_the_middle),
		cmocka_unit_test(writes_its_own_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
