/* frontend/cmd/policy_fault.c: what is wrong with a policy, in words; and its table against the
 * parser's. */
#include "frontend/cmd/policy_fault.c" /* its table is what is tested */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#define HEAD "mapping on\nmin_uid 1000\nsubids on\nmin_host_id 100000\nmax_extents 8\n"
#define BASE HEAD "setgroups allow\nlog refusals\n" /* 7 lines */

static struct policy read_text(const char *text, size_t size)
{
	struct policy policy = { .text = { text, size } };

	if (!config_read(policy.text, &policy.config, &policy.line))
		policy.state = POLICY_INVALID;
	return policy;
}

static void assert_fault(const char *text, uint32_t line, const char *why)
{
	struct arena arena = { 0 };
	struct policy policy = read_text(text, strlen(text));

	assert_int_equal(policy.state, POLICY_INVALID);
	assert_int_equal(policy.line, line);
	assert_string_equal(policy_fault(&arena, &policy), why);
	arena_free(&arena);
}

static void names_the_nearest_key(void **state)
{
	assert_fault(HEAD "setgroup allow\nlog all\n", 6,
		     "unknown key setgroup: did you mean setgroups?");
	assert_fault(BASE "min_udi 1000\n", 8, "unknown key min_udi: did you mean min_uid?");
	assert_fault(BASE "trust_everybody on\n", 8, "unknown key trust_everybody");
}

static void says_what_a_key_takes(void **state)
{
	assert_fault("mapping\n", 1, "mapping stands alone; it takes on or off");
	assert_fault("mapping yes\n", 1, "\"yes\" is not known here; mapping takes on or off");
	assert_fault("log refusal\n", 1,
		     "\"refusal\" is not known here; log takes refusals or all: did you mean "
		     "refusals?");
	assert_fault("max_extents 341\n", 1,
		     "341 is out of bounds; max_extents takes a number from 1 to 340");
	assert_fault("min_uid 0\n", 1,
		     "0 is out of bounds; min_uid takes a uid from 1 to 2147483647");
	assert_fault("min_uid 01000\n", 1,
		     "01000 has a leading zero; min_uid takes a uid from 1 to 2147483647");
	assert_fault("container_memory_mib 8G\n", 1,
		     "\"8G\" is no plain decimal number; container_memory_mib takes MiB from 1 to "
		     "1073741824, or max");
	assert_fault("min_uid 1000 2000\n", 1,
		     "min_uid takes 1 value (a uid from 1 to 2147483647), not 2");
	assert_fault("reserved 5\n", 1,
		     "reserved takes 2 values (FIRST LAST, from 1 to 4294967294), not 1");
}

static void sees_what_people_do_not(void **state)
{
	assert_fault("mapping on\r\n", 1,
		     "it ends in a carriage return: the file has the line ends of DOS");
	assert_fault("mapping\ton\n", 1, "it has a tab: words stand apart by one space");
	assert_fault(" mapping on\n", 1, "it begins with a space");
	assert_fault("mapping on \n", 1, "it ends in a space");
	assert_fault("mapping  on\n", 1,
		     "it has two spaces in a row: words stand apart by one");
	assert_fault("mapping on # always\n", 1, "a comment stands on a line of its own");
	assert_fault("\xef\xbb\xbfmapping on\n", 1,
		     "the file begins with a byte order mark (EF BB BF): remove it");
}

static void names_the_line_that_was_there_first(void **state)
{
	assert_fault(BASE "mapping off\n", 8, "mapping stands on line 1 already");
	assert_fault("# why\n" BASE "log all\n", 9, "log stands on line 8 already");
}

static void explains_bands(void **state)
{
	assert_fault(BASE "band 2000 1000 1000000 65536\n", 8,
		     "LAST_UID 1000 is below FIRST_UID 2000");
	assert_fault(BASE "band 1000 1999 1000000 1000\n", 8, "COUNT 1000 is not a power of two");
	assert_fault(BASE "band 1000 1999 1000000 131072\n", 8, "COUNT 131072 is more than 65536");
	assert_fault(BASE "band 1000 1999 50000 65536\n", 8,
		     "BASE 50000 is below min_host_id 100000");
	assert_fault(BASE "band 1000 1999 2147400000 65536\n", 8,
		     "its last id would be 2212935999; 2147483646 is the highest");
	assert_fault(BASE "reserved 1000000 1000000\nband 1000 1999 1000000 65536\n", 9,
		     "the band meets line 8: reserved 1000000 1000000");
	assert_fault(BASE "band 1000 200000 150000 1\n", 8,
		     "its ids 150000 to 349000 meet the users of line 8: "
		     "band 1000 200000 150000 1");
	assert_fault(BASE "band 1000 1999 1000000 65536\nband 3000 3999 1065536 65536\n", 8,
		     "it meets line 9: band 3000 3999 1065536 65536");
	assert_fault(BASE "reserved 6 5\n", 8, "LAST 5 is below FIRST 6");
}

static void explains_names_and_words(void **state)
{
	assert_fault("never_leave a\n", 1,
		     "the name is too short: it would stand for nearly everything, or nothing");
	assert_fault("never_leave a/b\n", 1,
		     "a name has no slash: each name of a cgroup's path is compared by itself");
	assert_fault("never_leave a*b\n", 1, "* stands at one end of the name, not within it");
	assert_fault("never_leave job_* pbs*\n", 1, "never_leave takes one name a line");
	assert_fault("notice closed\n", 1, "the words of notice stand between double quotes");
	assert_fault("notice \"a \"b\" c\"\n", 1,
		     "the words of notice are plain ASCII, without a double quote among them");
}

static void explains_what_has_no_line(void **state)
{
	struct arena arena = { 0 };
	struct policy policy = read_text("mapping on\n\0\n", 13);

	assert_string_equal(policy_fault(&arena, &policy), "there is a NUL byte on line 2");
	arena_free(&arena);
	assert_fault("", 0, "the file is empty");
	assert_fault(BASE "log all", 0,
		     "there is no newline at the end: the last line may be half of one");
	assert_fault(HEAD, 0, "missing: setgroups, log");
	assert_fault(BASE "cgroup off\nplacement auto\nmax_cgroups 9\ncontainer_pids max\n"
			  "container_cpu_percent max\nuser_memory_mib max\nuser_pids max\n"
			  "user_cpu_percent max\n",
		     0,
		     "missing: container_memory_mib (the keys about cgroups stand all or not at "
		     "all)");
}

/* A line that config_read takes is at fault nowhere: what is then missing has no line. */
static void assert_taken(const char *line, bool taken)
{
	struct policy policy = read_text(line, strlen(line));

	if ((policy.line == 0) != taken)
		print_error("%s", line);
	assert_int_equal(policy.line == 0, taken);
}

static void the_table_is_the_parsers(void **state)
{
	char line[128];

	for (const struct form *form = forms; form < forms + CONFIG_ONCE; form++) {
		for (size_t i = 0; form->word[i]; i++) {
			snprintf(line, sizeof(line), "%s %s\n", form->name, form->word[i]);
			assert_taken(line, true);
		}
		if (!form->highest)
			continue;
		snprintf(line, sizeof(line), "%s %u\n", form->name, form->highest);
		assert_taken(line, true);
		snprintf(line, sizeof(line), "%s %u\n", form->name, form->highest + 1);
		assert_taken(line, false);
		snprintf(line, sizeof(line), "%s max\n", form->name);
		assert_taken(line, form->word[0] != NULL);
	}
	assert_taken("deny_uid 2147483647\n", true);
	assert_taken("deny_uid 2147483648\n", false);
	assert_taken("reserved 1 4294967294\n", true);
	assert_taken("reserved 1 4294967295\n", false);
	assert_taken("never_leave job_*\n", true);
	assert_taken("notice \"words\"\n", true);
}

/* No fault that config_read finds is without a reason. */
static void always_knows_a_reason(void **state)
{
	static const char *const values[] = {
		"", " ", " on", " off", " max", " 0", " 1", " 5 4", " 1 2 3", " 1 2 3 4",
		" 4 3 2 1", " 99999999999", " 1000 1999 1000000 65536", " *", " **", " \"", " \"\"", " #",
		" 1 2 3 5", " 1 2 3 131072", " -1", " 4294967295", " 4294967295 4294967295",
	};
	struct arena arena = { 0 };
	char text[512];

	for (size_t key = 0; key < CONFIG_KEYS; key++) {
		for (size_t i = 0; i < count_of(values); i++) {
			snprintf(text, sizeof(text), BASE "%s%s\n", forms[key].name, values[i]);
			struct policy policy = read_text(text, strlen(text));

			if (policy.state == POLICY_SOUND)
				continue;
			if (strstr(policy_fault(&arena, &policy), "no reason is known"))
				print_error("%s", text);
			assert_null(strstr(policy_fault(&arena, &policy), "no reason is known"));
		}
	}
	arena_free(&arena);
}

static void assert_warned(const char *text, const char *words, bool warned)
{
	struct arena arena = { 0 };
	struct policy policy = read_text(text, strlen(text));
	bool found = false;

	assert_int_equal(policy.state, POLICY_SOUND);
	for (const char *const *item = policy_warnings(&arena, &policy); *item; item++)
		found = found || strstr(*item, words);
	assert_int_equal(found, warned);
	arena_free(&arena);
}

#define CGROUPS                                                                                   \
	"cgroup on\nplacement auto\nmax_cgroups 9\ncontainer_pids max\ncontainer_memory_mib max\n" \
	"user_memory_mib max\nuser_pids max\nuser_cpu_percent max\n"
#define SLURM "never_leave slurmstepd.scope\nnever_leave *_slurmstepd.scope\nnever_leave job_*\n"

static void warns_of_what_may_not_be_meant(void **state)
{
	assert_warned(BASE, "cgroups are off", true);
	assert_warned(BASE, "Slurm", false);
	assert_warned(BASE, "setgroups allow", true);
	assert_warned(BASE CGROUPS "container_cpu_percent max\n", "Slurm", true);
	assert_warned(BASE CGROUPS "container_cpu_percent max\n" SLURM, "Slurm", false);
	assert_warned(BASE CGROUPS "container_cpu_percent max\n", "all max", true);
	assert_warned(BASE CGROUPS "container_cpu_percent 100\n", "all max", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_the_nearest_key),
		cmocka_unit_test(says_what_a_key_takes),
		cmocka_unit_test(sees_what_people_do_not),
		cmocka_unit_test(names_the_line_that_was_there_first),
		cmocka_unit_test(explains_bands),
		cmocka_unit_test(explains_names_and_words),
		cmocka_unit_test(explains_what_has_no_line),
		cmocka_unit_test(the_table_is_the_parsers),
		cmocka_unit_test(always_knows_a_reason),
		cmocka_unit_test(warns_of_what_may_not_be_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
