#include "frontend/spec/utf8.h"

#include "common/attr.h"

#include <stdbool.h>

/* RFC 3629's UTF8-octets: what the second byte may be depends on the first. */
static const struct {
	unsigned char first_low, first_high;
	unsigned char second_low, second_high;
	unsigned char length;
} forms[] = {
	{ .first_low = 0xc2, .first_high = 0xdf, .second_low = 0x80, .second_high = 0xbf, .length = 2 },
	{ .first_low = 0xe0, .first_high = 0xe0, .second_low = 0xa0, .second_high = 0xbf, .length = 3 },
	{ .first_low = 0xe1, .first_high = 0xec, .second_low = 0x80, .second_high = 0xbf, .length = 3 },
	{ .first_low = 0xed, .first_high = 0xed, .second_low = 0x80, .second_high = 0x9f, .length = 3 },
	{ .first_low = 0xee, .first_high = 0xef, .second_low = 0x80, .second_high = 0xbf, .length = 3 },
	{ .first_low = 0xf0, .first_high = 0xf0, .second_low = 0x90, .second_high = 0xbf, .length = 4 },
	{ .first_low = 0xf1, .first_high = 0xf3, .second_low = 0x80, .second_high = 0xbf, .length = 4 },
	{ .first_low = 0xf4, .first_high = 0xf4, .second_low = 0x80, .second_high = 0x8f, .length = 4 },
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
		if (!within(text[0], forms[i].first_low, forms[i].first_high))
			continue;
		if (length < forms[i].length ||
		    !within(text[1], forms[i].second_low, forms[i].second_high) ||
		    !continues(text, forms[i].length))
			return 0;
		return forms[i].length;
	}
	return 0;
}
