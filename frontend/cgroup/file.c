#include "frontend/cgroup/file.h"

#include "common/attr.h"
#include "frontend/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FILE_SIZE 16384 /* memory.stat is the longest, some 2 KiB */

/* The kernel hands out a seq_file a page at a time. */
int file_read(int dir, const char *name, char *buffer, size_t size)
{
	_cleanup_(close_fd) int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	size_t length = 0;

	if (fd < 0)
		return -1;
	while (length < size - 1) {
		ssize_t got = TEMP_FAILURE_RETRY(read(fd, buffer + length, size - 1 - length));

		if (got < 0)
			return -1;
		if (!got)
			break;
		length += (size_t)got;
	}
	buffer[length] = '\0';
	return 0;
}

int file_write(int dir, const char *name, const char *text)
{
	_cleanup_(close_fd) int fd = openat(dir, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 || TEMP_FAILURE_RETRY(write(fd, text, strlen(text))) < 0 ? -1 : 0;
}

bool file_parse(const char *text, uint64_t *ret)
{
	uint64_t number = 0;

	if (strncmp(text, "max", 3) == 0) {
		*ret = UINT64_MAX;
		return true;
	}
	if (*text < '0' || *text > '9')
		return false;
	for (; *text >= '0' && *text <= '9'; text++)
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*text - '0'), &number))
			return false;
	*ret = number;
	return true;
}

bool file_pair(const char *text, const char *key, uint64_t *ret)
{
	size_t length = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, length) == 0 && line[length] == ' ')
			return file_parse(line + length + 1, ret);
	}
	return false;
}

bool file_number(int dir, const char *name, uint64_t *ret)
{
	char text[64];

	return file_read(dir, name, text, sizeof(text)) == 0 && file_parse(text, ret);
}

bool file_value(int dir, const char *name, const char *key, uint64_t *ret)
{
	char text[FILE_SIZE];

	return file_read(dir, name, text, sizeof(text)) == 0 && file_pair(text, key, ret);
}
