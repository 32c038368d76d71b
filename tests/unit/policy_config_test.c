#include "policy/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BASIC                                                                                      \
	"mapping on\nmin_uid 1000\nsubids on\nmin_host_id 100000\nmax_extents 8\n"                 \
	"setgroups allow\nlog refusals\n"
#define BASIC_LINES 7

static struct config config;
static uint32_t line;

static bool reads(const char *text)
{
	line = 99;
	return config_read(text_of(text), &config, &line);
}

static void refuses_any_doubtful_line_and_names_it(void **state)
{
	static const char *const bad[] = {
		"mapping on", /* twice */
		"nonsense 1",
		"deny_uid",
		"deny_uid ",
		"deny_uid 1 ",
		"deny_uid  1",
		" deny_uid 1",
		"deny_uid\t1",
		"deny_uid 1 2",
		"deny_uid 01",
		"deny_uid +1",
		"deny_uid -1",
		"deny_uid 0",
		"deny_uid 0x1",
		"deny_uid 1k",
		"deny_uid 2147483648",
		"deny_uid 1\r",
		"deny_uid on",
		"reserved 5",
		"reserved 6 5",
		"reserved 1 4294967295",
		"Deny_uid 1",
		"deny_uidx 1",
		"deny_ui 1",
		"band 1 2 3",
		"band 1 2 3 4 5",
		"\r",
		" ",
		" # comment",
		"deny_uid 18446744073709551617",
	};
	char text[512];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "%s%s\n", BASIC, bad[i]);
		if (reads(text))
			fail_msg("took \"%s\"", bad[i]);
		assert_int_equal(line, BASIC_LINES + 1);
	}
}

static void refuses_a_file_without_one_of_its_keys(void **state)
{
	static const char whole[] = BASIC;
	char text[512];

	for (const char *from = whole; *from;) {
		const char *end = strchr(from, '\n') + 1;

		snprintf(text, sizeof(text), "%.*s%s", (int)(from - whole), whole, end);
		assert_false(reads(text));
		assert_int_equal(line, 0);
		from = end;
	}
}

static void refuses_words_as_numbers_and_numbers_as_words(void **state)
{
	assert_false(reads("mapping 1\n"));
	assert_false(reads("mapping 0\n"));
	assert_false(reads("mapping yes\n"));
	assert_false(reads("max_extents on\n"));
	assert_false(reads("max_extents 341\n"));
	assert_false(reads("max_extents 0\n"));
	assert_false(reads("setgroups on\n"));
	assert_int_equal(line, 1);
}

static void refuses_nothing_at_all_half_a_line_and_a_nul(void **state)
{
	static const char nul[] = "# a\0b\n" BASIC;

	assert_false(reads(""));
	assert_false(reads("mapping on\nmax_extents 8"));
	assert_int_equal(line, 0);
	assert_false(config_read((struct text){ nul, sizeof(nul) - 1 }, &config, &line));
}

static void refuses_more_than_it_has_room_for(void **state)
{
	char text[8192] = BASIC;

	for (int i = 1; i <= 65; i++)
		sprintf(text + strlen(text), "deny_uid %d\n", i);
	assert_false(reads(text));
	assert_int_equal(line, BASIC_LINES + 65);
	strcpy(text, BASIC);
	for (int i = 1; i <= 63; i++)
		strcat(text, "reserved 5 5\n");
	assert_false(reads(text));
	strcpy(text, BASIC);
	for (int i = 0; i < 17; i++)
		sprintf(text + strlen(text), "band %d %d %d 16\n", 1000 + i, 1000 + i,
			200000 + i * 16);
	assert_false(reads(text));
	assert_int_equal(line, BASIC_LINES + 17);
}

/* H-67: the whole table, checked once, for every user. */
static void refuses_a_band_that_meets_anything(void **state)
{
	static const char *const bad[] = {
		"band 2000 1000 200000 64\n",	     /* nobody */
		"band 1000 2000 200000 65\n",	     /* no power of two */
		"band 1000 2000 200000 131072\n",    /* too much */
		"band 1000 2000 99999 64\n",	     /* below min_host_id */
		"band 1000 60000 200000 65536\n",    /* beyond 2^31 */
		"band 1 2147483647 1000000 65536\n", /* far beyond */
		"band 1000 1999 299000 1\nreserved 299999 299999\n",
		"band 1000 1999 200000 1\nband 1999 2999 300000 1\n",	  /* two for one user */
		"band 1000 1999 200000 1\nband 2000 2999 200999 1\n",	  /* one id for two users */
		"band 200000 200001 200001 1\n",			  /* its own users */
		"band 1000 1001 200000 1\nband 200001 200001 300000 1\n", /* another band's users */
	};
	char text[512];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "%s%s", BASIC, bad[i]);
		if (reads(text))
			fail_msg("took \"%s\"", bad[i]);
		assert_int_equal(line, BASIC_LINES + 1);
	}
}

static void takes_bands_that_touch(void **state)
{
	assert_true(reads(BASIC "band 1000 1999 200000 64\nband 2000 2999 264000 64\n"
				"reserved 328000 400000\n"));
	assert_int_equal(config.bands, 2);
	assert_int_equal(config.band[0].table.end, 264000);
	assert_true(config_in_a_band(&config, idrange_make(327999, 1)));
	assert_false(config_in_a_band(&config, idrange_make(328000, 1)));
	assert_int_equal(line, 0);
}

static void reserves_0_and_the_two_nobodies_always(void **state)
{
	assert_true(reads(BASIC));
	assert_true(idranges_overlap(&config.reserved, idrange_make(0, 1)));
	assert_false(idranges_overlap(&config.reserved, idrange_make(1, 65533)));
	assert_true(idranges_overlap(&config.reserved, idrange_make(65534, 1)));
	assert_true(idranges_overlap(&config.reserved, idrange_make(65535, 1)));
	assert_false(idranges_overlap(&config.reserved, idrange_make(65536, 1)));
}

static void takes_comments_blank_lines_and_every_key(void **state)
{
	assert_true(reads("# a comment, grüezi\n\n#\n" BASIC "deny_uid 1234\nreserved 5 5\n"));
	assert_int_equal(config.value[CONFIG_MAPPING], 1);
	assert_int_equal(config.value[CONFIG_MIN_UID], 1000);
	assert_int_equal(config.value[CONFIG_SETGROUPS], 1);
	assert_int_equal(config.value[CONFIG_LOG], 0);
	assert_true(idranges_hold(&config.denied, idrange_make(1234, 1)));
	assert_true(idranges_overlap(&config.reserved, idrange_make(5, 1)));
}

#define CGROUPS                                                                                    \
	"cgroup on\nplacement auto\nmax_cgroups 4\ncontainer_memory_mib max\n"                     \
	"container_pids 100\ncontainer_cpu_percent 250\nuser_memory_mib 1073741824\n"             \
	"user_pids max\nuser_cpu_percent max\n"
#define CGROUP_LINES 9

static void refuses_some_but_not_all_keys_about_cgroups(void **state)
{
	static const char whole[] = CGROUPS;
	char text[1024];

	for (const char *from = whole; *from;) {
		const char *end = strchr(from, '\n') + 1;

		snprintf(text, sizeof(text), BASIC "%.*s%s", (int)(from - whole), whole, end);
		assert_false(reads(text));
		assert_int_equal(line, 0);
		snprintf(text, sizeof(text), BASIC "%.*s", (int)(end - from), from);
		assert_false(reads(text));
		snprintf(text, sizeof(text), BASIC CGROUPS "%.*s", (int)(end - from), from);
		assert_false(reads(text)); /* twice */
		assert_int_equal(line, BASIC_LINES + CGROUP_LINES + 1);
		from = end;
	}
	assert_false(reads(CGROUPS));
	assert_true(reads(CGROUPS BASIC));
}

static void refuses_doubtful_words_about_cgroups(void **state)
{
	static const char *const bad[] = {
		"cgroup max",		   "cgroup 1",
		"placement none",	   "placement Auto",
		"placement auto slice",	   "placement",
		"max_cgroups 0",	   "max_cgroups 1025",
		"max_cgroups max",	   "container_pids 0",
		"container_pids 4194305",  "container_pids maximum",
		"container_pids MAX",	   "container_pids -1",
		"container_pids 1 2",	   "container_memory_mib 1073741825",
		"container_memory_mib 1G", "container_cpu_percent 1000001",
		"user_pids 0",		   "user_memory_mib 4294967295",
		"user_cpu_percent 50%",	   "min_uid max",
		"deny_uid max",
	};
	char text[1024];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "%s\n", bad[i]);
		if (reads(text) || line != 1)
			fail_msg("took \"%s\"", bad[i]);
	}
}

static void without_keys_about_cgroups_they_are_off(void **state)
{
	assert_true(reads(BASIC));
	assert_int_equal(config.value[CONFIG_CGROUP], 0);
	assert_true(reads(BASIC CGROUPS));
	assert_int_equal(config.value[CONFIG_CGROUP], 1);
	assert_int_equal(config.value[CONFIG_PLACEMENT], PLACEMENT_AUTO);
	assert_int_equal(config.value[CONFIG_CONTAINER_MEMORY], CONFIG_NO_CAP);
	assert_int_equal(config.value[CONFIG_CONTAINER_CPU], 250);
	assert_int_equal(config.value[CONFIG_USER_MEMORY], 1073741824);
}

static bool pattern(const char *pattern)
{
	char text[512];

	snprintf(text, sizeof(text), BASIC "never_leave %s\n", pattern);
	return reads(text);
}

static bool leaves(const char *name)
{
	return !config_never_leave(&config, text_of(name));
}

static void refuses_patterns_that_are_no_name(void **state)
{
	static const char *const bad[] = { "",	   "*",	    "a",   "a/b",	     "/a",
					   "a b",  "a*b",   "a*b*", "**",	     "a**",
					   "*a*b", "job_* ", " job" };
	char text[64];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (pattern(bad[i]))
			fail_msg("took \"%s\"", bad[i]);
	memset(text, 'n', sizeof(text));
	text[49] = '\0';
	assert_false(pattern(text));
	text[48] = '\0';
	assert_true(pattern(text));
	assert_false(leaves(text));
	text[47] = '\0';
	assert_true(leaves(text));
	assert_false(reads("never_leave\n"));
	assert_false(reads("never_leave ab\nnever_leave ab\nnever_leave ab\nnever_leave ab\n"
			   "never_leave ab\nnever_leave ab\nnever_leave ab\nnever_leave ab\n"
			   "never_leave ab\nnever_leave ab\nnever_leave ab\nnever_leave ab\n"
			   "never_leave ab\nnever_leave ab\nnever_leave ab\nnever_leave ab\n"
			   "never_leave ab\n"));
	assert_int_equal(line, 17);
}

/* H-69: whole names. */
static void jobs_are_known_by_their_whole_names(void **state)
{
	assert_true(pattern("slurmstepd.scope"));
	assert_false(leaves("slurmstepd.scope"));
	assert_true(leaves("xslurmstepd.scope"));
	assert_true(leaves("slurmstepd.scopex"));
	assert_true(leaves("xslurmstepd.scopex"));
	assert_true(leaves("slurmstepd"));
	assert_true(leaves(""));
	assert_true(pattern("job_*"));
	assert_false(leaves("job_"));
	assert_false(leaves("job_1"));
	assert_true(leaves("job"));
	assert_true(leaves("xjob_1"));
	assert_true(pattern("*_slurmstepd.scope"));
	assert_false(leaves("node1_slurmstepd.scope"));
	assert_false(leaves("_slurmstepd.scope"));
	assert_true(leaves("slurmstepd.scope"));
	assert_true(leaves("node1_slurmstepd.scopes"));
}

static void the_words_of_a_notice_are_one_plain_line(void **state)
{
	assert_true(reads(BASIC "notice \"Ask help@example.org\"\n"));
	assert_true(reads(BASIC "notice \"\"\n"));
	assert_false(reads(BASIC "notice \"\n"));
	assert_false(reads(BASIC "notice\n"));
	assert_false(reads(BASIC "notice a\n"));
	assert_false(reads(BASIC "notice \"a\" \n"));
	assert_false(reads(BASIC "notice \"a\"b\"\n"));
	assert_false(reads(BASIC "notice \"a\033b\"\n"));
	assert_false(reads(BASIC "notice \"gr\303\274ezi\"\n"));
}

static void the_shipped_policy_is_sound(void **state)
{
	static char text[8192];
	FILE *file = fopen("policy/policy.conf", "r");
	size_t size;

	if (!file)
		skip();
	size = fread(text, 1, sizeof(text), file);
	fclose(file);
	assert_true(config_read((struct text){ text, size }, &config, &line));
	assert_int_equal(config.bands, 0);
	assert_true(config_never_leave(&config, text_of("slurmstepd.scope")));
	assert_true(config_never_leave(&config, text_of("node1_slurmstepd.scope")));
	assert_true(config_never_leave(&config, text_of("job_17")));
	assert_false(config_never_leave(&config, text_of("session-1.scope")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_any_doubtful_line_and_names_it),
		cmocka_unit_test(refuses_a_file_without_one_of_its_keys),
		cmocka_unit_test(refuses_words_as_numbers_and_numbers_as_words),
		cmocka_unit_test(refuses_nothing_at_all_half_a_line_and_a_nul),
		cmocka_unit_test(refuses_more_than_it_has_room_for),
		cmocka_unit_test(refuses_a_band_that_meets_anything),
		cmocka_unit_test(takes_bands_that_touch),
		cmocka_unit_test(reserves_0_and_the_two_nobodies_always),
		cmocka_unit_test(takes_comments_blank_lines_and_every_key),
		cmocka_unit_test(refuses_some_but_not_all_keys_about_cgroups),
		cmocka_unit_test(refuses_doubtful_words_about_cgroups),
		cmocka_unit_test(without_keys_about_cgroups_they_are_off),
		cmocka_unit_test(refuses_patterns_that_are_no_name),
		cmocka_unit_test(jobs_are_known_by_their_whole_names),
		cmocka_unit_test(the_words_of_a_notice_are_one_plain_line),
		cmocka_unit_test(the_shipped_policy_is_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
