#include "frontend/watch/listen.h"

#include "frontend/codes.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_FD 3u

/* Digits and nothing else, as sd_listen_fds(3) has it. */
static int number_of(const char *text, uint32_t *ret)
{
	unsigned long value = 0;

	if (!*text || strlen(text) > 9 || strspn(text, "0123456789") != strlen(text))
		return -1;
	for (; *text; text++)
		value = value * 10 + (unsigned long)(*text - '0');
	*ret = (uint32_t)value;
	return 0;
}

/* The variables can be meant for a parent of ours, who left them in the environment. */
static int meant_for_us(void)
{
	const char *text = getenv("LISTEN_PID");
	uint32_t pid;

	return !text || (number_of(text, &pid) == 0 && pid == (uint32_t)getpid());
}

static int read_activated(uint32_t *ret, struct error *err)
{
	const char *text = getenv("LISTEN_FDS");

	*ret = 0;
	if (!text || !*text || !meant_for_us())
		return 0;
	if (number_of(text, ret) == 0)
		return 0;
	error_set(err, RR_FD_01, "read LISTEN_FDS=%s of the environment", text);
	return error_why(err, "it is not a number");
}

static int is_open(uint32_t fd)
{
	return fd <= INT32_MAX && fcntl((int)fd, F_GETFD) >= 0;
}

static int check_open(uint32_t activated, uint32_t preserve, struct error *err)
{
	for (uint32_t i = 0; i < activated; i++)
		if (!is_open(FIRST_FD + i)) {
			error_set(err, RR_FD_01, "pass on descriptor %u of LISTEN_FDS=%u",
				  FIRST_FD + i, activated);
			return error_why(err, "it is not open");
		}
	for (uint32_t i = 0; i < preserve; i++)
		if (!is_open(FIRST_FD + activated + i)) {
			error_set(err, RR_FD_01, "unable to stat preserved-fd %u (of %u)", i,
				  preserve);
			return error_why(err, "descriptor %u is not open",
					 FIRST_FD + activated + i);
		}
	return 0;
}

int listen_fds_read(uint32_t preserve, struct listen_fds *ret, struct error *err)
{
	uint32_t activated;

	if (read_activated(&activated, err) < 0 || check_open(activated, preserve, err) < 0)
		return -1;
	*ret = (struct listen_fds){
		.count = activated + preserve,
		.activated = activated,
		.names = activated ? getenv("LISTEN_FDNAMES") : NULL,
	};
	return 0;
}
