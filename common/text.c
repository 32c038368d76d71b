#include "common/text.h"

#include <string.h>

struct text text_of(const char *string)
{
	return (struct text){ string, strlen(string) };
}

bool text_equal(struct text a, struct text b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

struct text text_cut(struct text *rest, char separator)
{
	const char *end = rest->size ? memchr(rest->at, separator, rest->size) : NULL;
	struct text all = *rest;
	size_t size = end ? (size_t)(end - all.at) : all.size;

	*rest = end ? (struct text){ end + 1, all.size - size - 1 } : (struct text){ NULL, 0 };
	return (struct text){ all.at, size };
}

bool text_all_digits(struct text text)
{
	for (size_t i = 0; i < text.size; i++)
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
	return text.size > 0;
}

bool text_number(struct text text, uint32_t *ret)
{
	uint64_t number = 0;

	/* Ten digits cannot wrap 64 bits, and no 32-bit number has more. */
	if (!text_all_digits(text) || text.size > 10 || (text.size > 1 && text.at[0] == '0'))
		return false;
	for (size_t i = 0; i < text.size; i++)
		number = number * 10 + (uint64_t)(text.at[i] - '0');
	if (number > UINT32_MAX)
		return false;
	*ret = (uint32_t)number;
	return true;
}

bool text_put(struct pen *pen, struct text text)
{
	if (text.size > pen->size - pen->used)
		return false;
	if (text.size > 0)
		memcpy(pen->at + pen->used, text.at, text.size);
	pen->used += text.size;
	return true;
}

bool text_put_number(struct pen *pen, uint64_t number)
{
	char digits[20]; /* 2^64 has twenty */
	size_t first = sizeof(digits);

	do
		digits[--first] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	return text_put(pen, (struct text){ digits + first, sizeof(digits) - first });
}
