#include "frontend/cmd/owner.h"

#include "frontend/fd.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PASSWD_BYTES ((size_t)256 * 1024)

/* "name:x:1000:…" up to the newline at END. */
static bool is_line_of(const char *line, const char *end, uid_t uid)
{
	const char *password = memchr(line, ':', (size_t)(end - line));
	const char *number;
	char *rest = NULL;

	if (!password || password == line)
		return false;
	number = memchr(password + 1, ':', (size_t)(end - password - 1));
	if (!number || number[1] < '0' || number[1] > '9')
		return false;
	return strtoul(number + 1, &rest, 10) == uid && *rest == ':';
}

const char *owner_find(struct arena *arena, const char *text, uid_t uid)
{
	for (const char *end; (end = strchr(text, '\n')); text = end + 1)
		if (is_line_of(text, end, uid))
			return arena_copy(arena, text, strcspn(text, ":"));
	return arena_print(arena, "#%u", uid);
}

static size_t read_up_to(int fd, char *buffer, size_t size)
{
	size_t used = 0;
	ssize_t got;

	while (used < size && (got = read(fd, buffer + used, size - used)) > 0)
		used += (size_t)got;
	return used;
}

const char *owner_name(struct arena *arena, uid_t uid)
{
	_cleanup_(close_fd) int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	char *text = arena_alloc(arena, PASSWD_BYTES + 1);

	if (fd >= 0)
		read_up_to(fd, text, PASSWD_BYTES);
	return owner_find(arena, text, uid);
}
