#include "frontend/cmd/duration.h"

#include "common/attr.h"

#include <string.h>

#define YEAR_MS (365.0 * 24 * 3600 * 1000)

static const struct {
	const char *name;
	double ms;
} units[] = {
	{ "ns", 1e-6 }, { "us", 1e-3 }, { "µs", 1e-3 }, { "μs", 1e-3 },
	{ "ms", 1 },	{ "s", 1000 },	{ "m", 60000 }, { "h", 3600000 },
};

/* The unit that TEXT begins with, all of its letters; 0: none. */
static double read_unit(const char **text)
{
	size_t length = strcspn(*text, "0123456789.");

	for (size_t i = 0; i < count_of(units); i++)
		if (strlen(units[i].name) == length && memcmp(units[i].name, *text, length) == 0) {
			*text += length;
			return units[i].ms;
		}
	return 0;
}

/* "12.5": digits on at least one side of the point. */
static int read_number(const char **text, double *ret)
{
	const char *at = *text;
	double number = 0, place = 1;
	size_t digits = strspn(at, "0123456789");

	for (; *at >= '0' && *at <= '9'; at++)
		number = number * 10 + (*at - '0');
	if (*at == '.') {
		digits += strspn(++at, "0123456789");
		for (; *at >= '0' && *at <= '9'; at++)
			number += (*at - '0') * (place /= 10);
	}
	*text = at;
	*ret = number;
	return digits ? 0 : -1;
}

int duration_parse(const char *text, int64_t *ret_ms)
{
	double sum = 0, number, unit;
	int sign = *text == '-' ? -1 : 1;

	text += *text == '-' || *text == '+';
	if (strcmp(text, "0") == 0) {
		*ret_ms = 0;
		return 0;
	}
	do {
		if (read_number(&text, &number) < 0 || !(unit = read_unit(&text)))
			return -1;
		sum += number * unit;
	} while (*text && sum <= YEAR_MS);
	if (sum > YEAR_MS)
		return -1;
	*ret_ms = sign * ((int64_t)sum + (sum > (double)(int64_t)sum));
	return 0;
}
