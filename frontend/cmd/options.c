#include "frontend/cmd/options.h"

#include "frontend/cmd/nearest.h"
#include "frontend/codes.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Where the parser stands: one word of argv at a time. */
struct parse {
	struct arena *arena;
	const char *verb;
	const struct option_table *table;
	char *const *next;
	size_t room; /* words that argv holds: no list can be longer */
	char *into;
};

static const struct option *find_name(const struct option_table *table, const char *name,
				      size_t length)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct option *option = &table->option[i];

		if (strlen(option->name) == length && memcmp(option->name, name, length) == 0)
			return option;
	}
	return NULL;
}

static const struct option *find_letter(const struct option_table *table, char letter)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->option[i].letter == letter)
			return &table->option[i];
	return NULL;
}

static int refuse_unknown(const struct parse *parse, const char *word, struct error *err)
{
	const char *name = word + strspn(word, "-");
	struct nearest nearest = { .word = arena_copy(parse->arena, name, strcspn(name, "=")) };

	for (size_t i = 0; i < parse->table->count; i++)
		nearest_try(&nearest, parse->table->option[i].name);
	nearest_try(&nearest, "help");
	error_set(err, RR_USE_02, "unknown option %s", word);
	if (nearest.best)
		error_why(err, "did you mean --%s?", nearest.best);
	return error_kind(err, ERROR_USAGE);
}

static int set_flag(const struct option *option, const char *value, bool *field, struct error *err)
{
	bool truth = !value || strcmp(value, "true") == 0 || strcmp(value, "1") == 0;

	if (!truth && strcmp(value, "false") != 0 && strcmp(value, "0") != 0) {
		error_set(err, RR_USE_04, "--%s is true or false, not \"%s\"", option->name, value);
		return error_kind(err, ERROR_USAGE);
	}
	*field = truth;
	return 0;
}

static int set_text(const struct option *option, const char *value, const char **field,
		    struct error *err)
{
	if (!*value) {
		error_set(err, RR_USE_04, "--%s needs a value that is not empty", option->name);
		return error_kind(err, ERROR_USAGE);
	}
	*field = value;
	return 0;
}

static int set_choice(const struct option *option, const char *value, const char **field,
		      struct error *err)
{
	size_t length = strlen(value);

	for (const char *choice = option->value; *choice; choice += *choice == '|') {
		size_t span = strcspn(choice, "|");

		if (span == length && memcmp(choice, value, length) == 0) {
			*field = value;
			return 0;
		}
		choice += span;
	}
	error_set(err, RR_USE_04, "unknown %s \"%s\"", option->name, value);
	error_why(err, "it is one of %s", option->value);
	return error_kind(err, ERROR_USAGE);
}

static int set_number(const struct option *option, const char *value, uint32_t *field,
		      struct error *err)
{
	size_t digits = strspn(value, "0123456789");
	unsigned long number;

	errno = 0;
	number = strtoul(value, NULL, 10);
	if (!digits || value[digits] || errno || number > UINT32_MAX) {
		error_set(err, RR_USE_04, "--%s needs a number, not \"%s\"", option->name, value);
		return error_kind(err, ERROR_USAGE);
	}
	*field = (uint32_t)number;
	return 0;
}

static void add_word(const struct parse *parse, struct words *words, const char *word)
{
	if (!words->item)
		words->item = arena_array(parse->arena, parse->room + 1, sizeof(*words->item));
	words->item[words->count++] = word;
}

static int set_value(const struct parse *parse, const struct option *option, const char *value,
		     struct error *err)
{
	void *field = parse->into + option->field;

	switch (option->kind) {
	case OPTION_FLAG:
		return set_flag(option, value, field, err);
	case OPTION_TEXT:
		return set_text(option, value, field, err);
	case OPTION_CHOICE:
		return set_choice(option, value, field, err);
	case OPTION_NUMBER:
		return set_number(option, value, field, err);
	case OPTION_LIST:
		add_word(parse, field, value);
		return 0;
	case OPTION_LATER:
		break;
	}
	error_set(err, RR_USE_05, "%s --%s is not supported yet", parse->verb, option->name);
	return error_kind(err, ERROR_USAGE);
}

/* VALUE is what stood in the option's own word, null when nothing did: then the next word is it. */
static int take_option(struct parse *parse, const struct option *option, const char *value,
		       struct error *err)
{
	if (!value && option->kind != OPTION_FLAG && option->kind != OPTION_LATER) {
		if (!*parse->next) {
			error_set(err, RR_USE_02, "--%s needs a value: %s", option->name,
				  option->value);
			return error_kind(err, ERROR_USAGE);
		}
		value = *parse->next++;
	}
	return set_value(parse, option, value, err);
}

static int take_long(struct parse *parse, const char *word, struct error *err)
{
	const char *name = word + 2;
	size_t length = strcspn(name, "=");
	const struct option *option = find_name(parse->table, name, length);

	if (!option)
		return refuse_unknown(parse, word, err);
	return take_option(parse, option, name[length] ? name + length + 1 : NULL, err);
}

/* "-td": letters that are flags; the last may take a value, behind '=' or in the next word. */
static int take_letters(struct parse *parse, const char *word, struct error *err)
{
	size_t last = strcspn(word, "=") - 1;

	if (!last)
		return refuse_unknown(parse, word, err);
	for (size_t i = 1; i <= last; i++) {
		const struct option *option = find_letter(parse->table, word[i]);
		const char *value = i == last && word[i + 1] ? word + i + 2 : NULL;

		if (!option || (i < last && option->kind != OPTION_FLAG))
			return refuse_unknown(parse, word, err);
		if (take_option(parse, option, value, err) < 0)
			return -1;
	}
	return 0;
}

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1];
}

static bool is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static size_t count_words(char *const *argv)
{
	size_t count = 0;

	while (argv[count])
		count++;
	return count;
}

static void take_rest(struct parse *parse, struct words *plain)
{
	while (*parse->next)
		add_word(parse, plain, *parse->next++);
}

static int take_words(struct parse *parse, struct option_words *words, struct error *err)
{
	while (*parse->next) {
		const char *word = *parse->next++;
		int failed = 0;

		if (strcmp(word, "--") == 0) {
			take_rest(parse, &words->plain);
		} else if (!is_option(word)) {
			add_word(parse, &words->plain, word);
			if (parse->table->order == OPTIONS_FIRST)
				take_rest(parse, &words->plain);
		} else if (is_help(word)) {
			words->help = true;
			return 0;
		} else if (word[1] == '-') {
			failed = take_long(parse, word, err);
		} else {
			failed = take_letters(parse, word, err);
		}
		if (failed)
			return -1;
	}
	return 0;
}

int options_parse(struct arena *arena, const char *verb, const struct option_table *table,
		  char *const *argv, void *into, struct option_words *ret, struct error *err)
{
	struct parse parse = { .arena = arena,
			       .verb = verb,
			       .table = table,
			       .next = argv,
			       .room = count_words(argv),
			       .into = into };
	struct option_words words = { 0 };

	words.plain.item = arena_array(arena, parse.room + 1, sizeof(*words.plain.item));
	if (take_words(&parse, &words, err) < 0)
		return -1;
	*ret = words;
	return 0;
}
