#include "frontend/cmd/options.h"

#include "common/attr.h"
#include "frontend/codes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct values {
	bool flag, other;
	const char *text, *choice;
	uint32_t number;
	struct words list;
};

#define FIELD(name) offsetof(struct values, name)

static const struct option options[] = {
	{ "flag", 'f', OPTION_FLAG, FIELD(flag), NULL, "a flag" },
	{ "other", 'o', OPTION_FLAG, FIELD(other), NULL, "a flag" },
	{ "text", 't', OPTION_TEXT, FIELD(text), "TEXT", "a text" },
	{ "choice", 0, OPTION_CHOICE, FIELD(choice), "text|json", "a word" },
	{ "number", 'n', OPTION_NUMBER, FIELD(number), "N", "a number" },
	{ "list", 'l', OPTION_LIST, FIELD(list), "WORD", "words" },
	{ "later", 'c', OPTION_LATER, 0, "X", NULL },
};

static const struct option_table anywhere = { options, count_of(options), OPTIONS_ANYWHERE };
static const struct option_table first = { options, count_of(options), OPTIONS_FIRST };

/* What one command line came to. */
struct outcome {
	struct arena arena;
	struct values values;
	struct option_words words;
	struct error err;
	int result;
};

#define LINE(...)                                                                                  \
	(char *const[])                                                                            \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static int open_outcome(void **state)
{
	static struct outcome outcome;

	outcome = (struct outcome){ .result = -2 };
	*state = &outcome;
	return 0;
}

static int close_outcome(void **state)
{
	struct outcome *outcome = *state;

	arena_free(&outcome->arena);
	return 0;
}

static void parse(struct outcome *outcome, const struct option_table *table, char *const *line)
{
	memset(&outcome->values, 0, sizeof(outcome->values));
	outcome->words = (struct option_words){ 0 };
	outcome->result = options_parse(&outcome->arena, "verb", table, line, &outcome->values,
					&outcome->words, &outcome->err);
}

static void assert_refused(struct outcome *outcome, char *const *line, uint16_t code,
			   const char *what)
{
	parse(outcome, &anywhere, line);
	assert_int_equal(outcome->result, -1);
	assert_int_equal(outcome->err.kind, ERROR_USAGE);
	assert_int_equal(outcome->err.code, code);
	assert_string_equal(outcome->err.what, what);
}

static void assert_plain(const struct outcome *outcome, char *const *expected)
{
	size_t count = 0;

	assert_int_equal(outcome->result, 0);
	for (; expected[count]; count++)
		assert_string_equal(outcome->words.plain.item[count], expected[count]);
	assert_int_equal(outcome->words.plain.count, count);
	assert_null(outcome->words.plain.item[count]);
}

static void refuses_an_unknown_option_and_names_the_nearest(void **state)
{
	struct outcome *outcome = *state;

	assert_refused(outcome, LINE("--nubmer=3", "id"), RR_USE_02, "unknown option --nubmer=3");
	assert_string_equal(outcome->err.why, "did you mean --number?");
	assert_refused(outcome, LINE("-text", "x"), RR_USE_02, "unknown option -text");
	assert_string_equal(outcome->err.why, "did you mean --text?");
	assert_refused(outcome, LINE("--entirely-else"), RR_USE_02,
		       "unknown option --entirely-else");
	assert_string_equal(outcome->err.why, "");
	assert_refused(outcome, LINE("-x"), RR_USE_02, "unknown option -x");
	assert_refused(outcome, LINE("-=x"), RR_USE_02, "unknown option -=x");
	assert_refused(outcome, LINE("--=x"), RR_USE_02, "unknown option --=x");
}

static void refuses_an_option_without_its_value(void **state)
{
	assert_refused(*state, LINE("id", "--text"), RR_USE_02, "--text needs a value: TEXT");
	assert_refused(*state, LINE("-n"), RR_USE_02, "--number needs a value: N");
	assert_refused(*state, LINE("--text="), RR_USE_04,
		       "--text needs a value that is not empty");
}

static void refuses_a_value_that_the_option_does_not_take(void **state)
{
	assert_refused(*state, LINE("--flag=maybe"), RR_USE_04,
		       "--flag is true or false, not \"maybe\"");
	assert_refused(*state, LINE("--choice=js"), RR_USE_04, "unknown choice \"js\"");
	assert_refused(*state, LINE("--choice=text|json"), RR_USE_04,
		       "unknown choice \"text|json\"");
	assert_refused(*state, LINE("--choice="), RR_USE_04, "unknown choice \"\"");
	assert_refused(*state, LINE("--number=-1"), RR_USE_04,
		       "--number needs a number, not \"-1\"");
	assert_refused(*state, LINE("--number=1x"), RR_USE_04,
		       "--number needs a number, not \"1x\"");
	assert_refused(*state, LINE("--number="), RR_USE_04, "--number needs a number, not \"\"");
	assert_refused(*state, LINE("--number=4294967296"), RR_USE_04,
		       "--number needs a number, not \"4294967296\"");
	assert_refused(*state, LINE("--number=99999999999999999999"), RR_USE_04,
		       "--number needs a number, not \"99999999999999999999\"");
}

static void refuses_by_name_what_comes_later(void **state)
{
	assert_refused(*state, LINE("--later", "x"), RR_USE_05,
		       "verb --later is not supported yet");
	assert_refused(*state, LINE("--later=x"), RR_USE_05, "verb --later is not supported yet");
	assert_refused(*state, LINE("-c", "x"), RR_USE_05, "verb --later is not supported yet");
}

static void leaves_words_alone_when_it_refuses(void **state)
{
	struct outcome *outcome = *state;

	parse(outcome, &anywhere, LINE("id", "--bad"));
	assert_int_equal(outcome->words.plain.count, 0);
	assert_null(outcome->words.plain.item);
}

static void reads_each_form_of_a_value(void **state)
{
	struct outcome *outcome = *state;
	char *const *forms[] = { LINE("--text=v", "id"), LINE("--text", "v", "id"),
				 LINE("-t", "v", "id"), LINE("-t=v", "id"),
				 LINE("-ft", "v", "id") };

	for (size_t i = 0; i < count_of(forms); i++) {
		parse(outcome, &anywhere, forms[i]);
		assert_plain(outcome, LINE("id"));
		assert_string_equal(outcome->values.text, "v");
	}
}

static void takes_a_value_that_looks_like_an_option(void **state)
{
	struct outcome *outcome = *state;

	parse(outcome, &anywhere, LINE("--text", "--flag", "-l=a=b"));
	assert_plain(outcome, LINE(NULL));
	assert_string_equal(outcome->values.text, "--flag");
	assert_false(outcome->values.flag);
	assert_string_equal(outcome->values.list.item[0], "a=b");
}

static void reads_flags_that_say_true_or_false(void **state)
{
	struct outcome *outcome = *state;

	parse(outcome, &anywhere, LINE("--flag", "-o=true"));
	assert_true(outcome->values.flag && outcome->values.other);
	parse(outcome, &anywhere, LINE("--flag", "--flag=false", "-fo"));
	assert_true(outcome->values.flag && outcome->values.other);
	parse(outcome, &anywhere, LINE("-fo", "--flag=false", "-o=0"));
	assert_false(outcome->values.flag || outcome->values.other);
}

static void lets_the_last_of_a_repeated_option_count_and_collects_lists(void **state)
{
	struct outcome *outcome = *state;

	parse(outcome, &anywhere, LINE("-n", "1", "--list", "a", "--number=4294967295", "-l", "b"));
	assert_int_equal(outcome->result, 0);
	assert_int_equal(outcome->values.number, UINT32_MAX);
	assert_int_equal(outcome->values.list.count, 2);
	assert_string_equal(outcome->values.list.item[0], "a");
	assert_string_equal(outcome->values.list.item[1], "b");
	assert_null(outcome->values.list.item[2]);
}

static void knows_options_behind_the_id_where_they_may_stand_anywhere(void **state)
{
	struct outcome *outcome = *state;

	parse(outcome, &anywhere, LINE("id", "--flag", "more", "-", "--", "--text"));
	assert_plain(outcome, LINE("id", "more", "-", "--text"));
	assert_true(outcome->values.flag);
}

static void stops_at_the_first_plain_word_where_options_come_first(void **state)
{
	struct outcome *outcome = *state;

	parse(outcome, &first, LINE("-f", "id", "ls", "--other", "--", "-9"));
	assert_plain(outcome, LINE("id", "ls", "--other", "--", "-9"));
	assert_true(outcome->values.flag);
	assert_false(outcome->values.other);
	parse(outcome, &first, LINE("--", "-f", "id"));
	assert_plain(outcome, LINE("-f", "id"));
	assert_false(outcome->values.flag);
}

static void knows_help_until_options_end(void **state)
{
	struct outcome *outcome = *state;

	parse(outcome, &anywhere, LINE("id", "-h", "--bad"));
	assert_int_equal(outcome->result, 0);
	assert_true(outcome->words.help);
	parse(outcome, &first, LINE("id", "ls", "--help"));
	assert_false(outcome->words.help);
	parse(outcome, &anywhere, LINE("--", "--help"));
	assert_false(outcome->words.help);
}

static void reads_an_empty_line(void **state)
{
	struct outcome *outcome = *state;

	parse(outcome, &anywhere, LINE(NULL));
	assert_plain(outcome, LINE(NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_outcome, close_outcome)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refuses_an_unknown_option_and_names_the_nearest),
		TEST(refuses_an_option_without_its_value),
		TEST(refuses_a_value_that_the_option_does_not_take),
		TEST(refuses_by_name_what_comes_later),
		TEST(leaves_words_alone_when_it_refuses),
		TEST(reads_each_form_of_a_value),
		TEST(takes_a_value_that_looks_like_an_option),
		TEST(reads_flags_that_say_true_or_false),
		TEST(lets_the_last_of_a_repeated_option_count_and_collects_lists),
		TEST(knows_options_behind_the_id_where_they_may_stand_anywhere),
		TEST(stops_at_the_first_plain_word_where_options_come_first),
		TEST(knows_help_until_options_end),
		TEST(reads_an_empty_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
