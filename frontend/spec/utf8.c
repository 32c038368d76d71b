#include "frontend/spec/utf8.h"

#include "common/attr.h"

#include <stdbool.h>

/* RFC 3629's UTF8-octets: what the second byte may be depends on the first. */
static const struct {
	unsigned char first, last; /* the first byte */
	unsigned char low, high;   /* the second byte */
	unsigned char length;
} forms[] = {
	{ .first = 0xc2, .last = 0xdf, .low = 0x80, .high = 0xbf, .length = 2 },
	{ .first = 0xe0, .last = 0xe0, .low = 0xa0, .high = 0xbf, .length = 3 },
	{ .first = 0xe1, .last = 0xec, .low = 0x80, .high = 0xbf, .length = 3 },
	{ .first = 0xed, .last = 0xed, .low = 0x80, .high = 0x9f, .length = 3 },
	{ .first = 0xee, .last = 0xef, .low = 0x80, .high = 0xbf, .length = 3 },
	{ .first = 0xf0, .last = 0xf0, .low = 0x90, .high = 0xbf, .length = 4 },
	{ .first = 0xf1, .last = 0xf3, .low = 0x80, .high = 0xbf, .length = 4 },
	{ .first = 0xf4, .last = 0xf4, .low = 0x80, .high = 0x8f, .length = 4 },
};

static bool within(char byte, unsigned char low, unsigned char high)
{
	unsigned char value = (unsigned char)byte;

	return value >= low && value <= high;
}

static bool continues(const char *text, size_t length)
{
	for (size_t i = 2; i < length; i++)
		if (!within(text[i], 0x80, 0xbf))
			return false;
	return true;
}

size_t utf8_length(const char *text, size_t length)
{
	if (within(text[0], 0x00, 0x7f))
		return 1;
	for (size_t i = 0; i < count_of(forms); i++) {
		if (!within(text[0], forms[i].first, forms[i].last))
			continue;
		if (length < forms[i].length || !within(text[1], forms[i].low, forms[i].high) ||
		    !continues(text, forms[i].length))
			return 0;
		return forms[i].length;
	}
	return 0;
}
