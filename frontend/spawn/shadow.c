#include "frontend/spawn/rung.h"

#include "common/attr.h"
#include "common/wire.h"
#include "frontend/codes.h"
#include "frontend/fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Run PROGRAM with the map as its arguments, its stderr in TEXT. Gives its exit code, 127 if
 * missing. */
static int mapper_run(const char *program, pid_t child, const struct plan_map *map, char *text,
		      size_t size)
{
	static char numbers[WIRE_EXTENTS * 3 + 1][12];
	char *arguments[WIRE_EXTENTS * 3 + 3] = { (char *)(uintptr_t)program, numbers[0] };
	char *const environment[] = { NULL };
	int out[2], used = 1;
	ssize_t got;
	pid_t pid;

	snprintf(numbers[0], sizeof(numbers[0]), "%d", (int)child);
	for (uint32_t i = 0; i < map->count; i++) {
		const uint32_t values[] = { map->extent[i].inside, map->extent[i].outside,
					    map->extent[i].count };

		for (size_t k = 0; k < count_of(values); k++, used++) {
			snprintf(numbers[used], sizeof(numbers[0]), "%u", values[k]);
			arguments[used + 1] = numbers[used];
		}
	}
	if (pipe2(out, O_CLOEXEC) < 0)
		return 127;
	pid = vfork();
	if (pid == 0) {
		dup2(out[1], STDERR_FILENO);
		execve(program, arguments, environment);
		_exit(127);
	}
	close(out[1]);
	got = pid < 0 ? 0 : read(out[0], text, size - 1);
	text[got > 0 ? got : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	close(out[0]);
	return pid < 0 ? 127 : rung_reap(pid);
}

static bool groups_denied(pid_t child)
{
	char path[64], text[8] = "";
	_cleanup_(close_fd) int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/setgroups", (int)child);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 || read(fd, text, sizeof(text) - 1) < 4 || strncmp(text, "deny", 4) == 0;
}

/* For sites whose ranges live in LDAP, and those without rrun-helper. */
enum idmap_answer rung_shadow(const struct plan *plan, pid_t child, bool *ret_denied,
			      struct error *err)
{
	static const char *const programs[] = { "/usr/bin/newgidmap", "/usr/bin/newuidmap" };
	const struct plan_map *maps[] = { &plan->gids, &plan->uids };
	char text[200] = "";

	for (size_t i = 0; i < count_of(programs); i++) {
		int status = mapper_run(programs[i], child, maps[i], text, sizeof(text));

		if (status == 0)
			continue;
		error_set(err, RR_MAP_10, "%s", programs[i]);
		error_why(err, "%s", status == 127 ? "not installed" : text);
		return status == 127 ? IDMAP_ABSENT : i == 0 ? IDMAP_REFUSED : IDMAP_FAILED;
	}
	*ret_denied = groups_denied(child);
	return IDMAP_DONE;
}
