/* The words of a command line, read by one small parser from a table per verb.
 *
 * Promises: `--x=v`, `--x v`, `-x v`, `-x=v`, `-td` for `-t -d`; flags also `--flag=true|false`;
 * `--` ends options; the last of a repeated option counts, lists collect all. --help and -h are
 * known to every table, and end the parse. Nothing is changed but INTO and *ret.
 * Takes: a table whose fields are offsets into INTO; argv without the verb, borrowed for ever.
 * Gives: in INTO the values, in *ret the words that are no options.
 * Fails: ERROR_USAGE with RR_USE_02, RR_USE_04 or RR_USE_05, naming the option and, when it is
 *        unknown, the nearest one.
 * Source: reference cli-contract.md §1, §4. */
#pragma once

#include "frontend/arena.h"
#include "frontend/error.h"

#include <stdbool.h>
#include <stddef.h>

enum option_kind {
	OPTION_FLAG,   /* bool */
	OPTION_TEXT,   /* const char *, not empty */
	OPTION_CHOICE, /* const char *, one of the words in `value`: "text|json" */
	OPTION_NUMBER, /* uint32_t */
	OPTION_LIST,   /* struct words */
	OPTION_LATER,  /* no field: refused by name */
};

struct option {
	const char *name;
	char letter; /* 0: none */
	enum option_kind kind;
	size_t field;
	const char *value; /* what help calls the value; null for a flag */
	const char *help;  /* null: help is silent about it */
};

enum option_order {
	OPTIONS_ANYWHERE,
	OPTIONS_FIRST, /* the first word that is no option ends them */
};

struct option_table {
	const struct option *option;
	size_t count;
	enum option_order order;
};

struct words {
	const char **item; /* null-terminated once it was parsed, null when nothing was added */
	size_t count;
};

struct option_words {
	struct words plain; /* never null */
	bool help;
};

int options_parse(struct arena *arena, const char *verb, const struct option_table *table,
		  char *const *argv, void *into, struct option_words *ret, struct error *err);
