/* "Did you mean": the candidate that is the fewest edits away from a mistyped word.
 *
 * Promises: a candidate counts only within a third of the word's length, rounded up; the first of
 * equals wins. Words over 64 bytes are near nothing.
 * Takes: struct nearest with the word; each candidate once. Gives: `best`, null when none is near.
 * Fails: never.
 * Source: Damerau-Levenshtein distance (optimal string alignment). */
#pragma once

#include <stddef.h>

struct nearest {
	const char *word;
	const char *best;
	size_t edits;
};

void nearest_try(struct nearest *nearest, const char *candidate);
