#include "frontend/cmd/nearest.h"

#include "common/attr.h"

#include <string.h>

#define LONGEST 64

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Three rows of the usual matrix: the one before last knows what a swap of neighbours costs. */
static size_t edits_between(const char *a, const char *b)
{
	size_t row[3][LONGEST + 1] = { 0 };
	size_t *above = row[0], *last = row[1], *now = row[2];
	size_t length = strlen(b);

	for (size_t j = 0; j <= length; j++)
		last[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t *oldest = above;

		now[0] = i;
		for (size_t j = 1; j <= length; j++) {
			size_t change = last[j - 1] + (a[i - 1] != b[j - 1]);

			now[j] = least(change, least(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], above[j - 2] + 1);
		}
		above = last;
		last = now;
		now = oldest;
	}
	return last[length];
}

void nearest_try(struct nearest *nearest, const char *candidate)
{
	size_t length = strlen(nearest->word);
	size_t edits;

	if (length > LONGEST || strlen(candidate) > LONGEST)
		return;
	edits = edits_between(nearest->word, candidate);
	if (edits > (length + 2) / 3 || (nearest->best && edits >= nearest->edits))
		return;
	nearest->best = candidate;
	nearest->edits = edits;
}
