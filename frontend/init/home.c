#include "frontend/init/home.h"

#include "common/attr.h"
#include "frontend/fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWD_BYTES ((off_t)1024 * 1024)

/* Field INDEX (from 0) of a line of ':'-separated fields. */
static const char *field(const char *line, size_t length, unsigned index, size_t *ret_length)
{
	const char *end = line + length;

	for (; index > 0; index--) {
		line = memchr(line, ':', (size_t)(end - line));
		if (!line)
			return NULL;
		line++;
	}
	const char *stop = memchr(line, ':', (size_t)(end - line));
	*ret_length = (size_t)((stop ? stop : end) - line);
	return line;
}

static int is_user(const char *line, size_t length, uint32_t uid)
{
	char number[16];
	size_t size;
	const char *text = field(line, length, 2, &size);
	int wanted = snprintf(number, sizeof(number), "%u", uid);

	return text && size == (size_t)wanted && memcmp(text, number, size) == 0;
}

static void home_in(const char *text, size_t size, uint32_t uid, char *buffer, size_t room)
{
	while (size > 0) {
		const char *newline = memchr(text, '\n', size);
		size_t length = newline ? (size_t)(newline - text) : size, home_size;

		if (is_user(text, length, uid)) {
			const char *home = field(text, length, 5, &home_size);

			if (home && home_size > 0 && home[0] == '/' && home_size < room - 6)
				snprintf(buffer, room, "HOME=%.*s", (int)home_size, home);
			return;
		}
		length += newline != NULL;
		text += length;
		size -= length;
	}
}

void home_find(uint32_t uid, char *buffer, size_t size)
{
	_cleanup_(close_fd) int fd =
		open("/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;
	void *text;

	snprintf(buffer, size, "HOME=/");
	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size <= 0 ||
	    status.st_size > PASSWD_BYTES)
		return;
	/* Read, not mapped: a file that shrinks would kill a reader of a mapping. */
	text = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (text == MAP_FAILED)
		return;
	ssize_t got = read(fd, text, (size_t)status.st_size);
	if (got > 0)
		home_in(text, (size_t)got, uid, buffer, size);
	munmap(text, (size_t)status.st_size);
}
