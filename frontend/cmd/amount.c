#include "frontend/cmd/amount.h"

#include <string.h>

/* Digits from *TEXT on, at most 18 of them: no wrap. */
static int digits(const char **text, int64_t *ret, int *ret_count)
{
	int count = 0;

	for (*ret = 0; **text >= '0' && **text <= '9'; ++*text, count++) {
		if (count == 18)
			return -1;
		*ret = *ret * 10 + (**text - '0');
	}
	*ret_count = count;
	return count > 0 ? 0 : -1;
}

int amount_number(const char *text, int64_t *ret)
{
	int64_t value = -1;
	int count;

	if (strcmp(text, "-1") != 0 && (digits(&text, &value, &count) < 0 || *text))
		return -1;
	*ret = value;
	return 0;
}

int amount_bytes(const char *text, int64_t *ret)
{
	static const char units[] = "bkmgt";
	const char *unit;
	int64_t value;
	int count, shift;

	if (strcmp(text, "-1") == 0)
		return amount_number(text, ret);
	if (digits(&text, &value, &count) < 0)
		return -1;
	if (*text) {
		unit = strchr(units, *text | 0x20);
		if (!unit || (text[1] && (unit == units || (text[1] | 0x20) != 'b' || text[2])))
			return -1;
		shift = 10 * (int)(unit - units);
		if (value > INT64_MAX >> shift)
			return -1;
		value <<= shift;
	}
	*ret = value;
	return 0;
}

int amount_cpus(const char *text, int64_t *ret_quota_us)
{
	static const int64_t scale[] = { 100000, 10000, 1000, 100 };
	int64_t whole, part = 0;
	int count = 0;

	if (digits(&text, &whole, &count) < 0 || whole > 1000000)
		return -1;
	count = 0;
	if (*text == '.' && (text++, digits(&text, &part, &count) < 0 || count > 3))
		return -1;
	whole = whole * 100000 + part * scale[count];
	if (*text || whole < 1000)
		return -1;
	*ret_quota_us = whole;
	return 0;
}
