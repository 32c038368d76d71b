#include "frontend/cmd/signal.h"

#include "common/attr.h"
#include "frontend/codes.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	int number;
} aliases[] = {
	{ "IOT", SIGABRT },
	{ "CLD", SIGCHLD },
	{ "IO", SIGIO },
	{ "UNUSED", SIGSYS },
};

/* At most two digits: -1 for anything else. */
static int small_number(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits && digits <= 2 && !text[digits] ? atoi(text) : -1;
}

static int named(const char *name)
{
	for (int i = 1; i < SIGRTMIN; i++) {
		const char *known = sigabbrev_np(i);

		if (known && strcasecmp(known, name) == 0)
			return i;
	}
	for (size_t i = 0; i < count_of(aliases); i++)
		if (strcasecmp(aliases[i].name, name) == 0)
			return aliases[i].number;
	return -1;
}

/* What stands behind RTMIN or RTMAX: nothing, or SIGN and a number. */
static int offset_of(const char *text, char sign)
{
	if (!*text)
		return 0;
	return *text == sign ? small_number(text + 1) : -1;
}

static int realtime(const char *name)
{
	int span = SIGRTMAX - SIGRTMIN;
	int offset = -1;
	int number = -1;

	if (strncasecmp(name, "RTMIN", 5) == 0) {
		offset = offset_of(name + 5, '+');
		number = SIGRTMIN + offset;
	} else if (strncasecmp(name, "RTMAX", 5) == 0) {
		offset = offset_of(name + 5, '-');
		number = SIGRTMAX - offset;
	}
	return offset >= 0 && offset <= span ? number : -1;
}

int signal_parse(const char *text, int *ret, struct error *err)
{
	const char *bare = text + (*text == '-');
	const char *name = bare + (strncasecmp(bare, "SIG", 3) == 0 ? 3 : 0);
	int number = small_number(bare);

	if (number < 0)
		number = named(name);
	if (number < 0)
		number = realtime(name);
	if (number < 0 || number > SIGRTMAX)
		return error_set(err, RR_SIG_01, "unknown signal \"%s\"", text);
	*ret = number;
	return 0;
}
