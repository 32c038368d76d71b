#include "frontend/spawn/rung.h"

#include "frontend/codes.h"
#include "frontend/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int write_failed(const char *name, struct error *err)
{
	error_sys(err, "write %s of the container", name);
	error_code(err, RR_MAP_07);
	return error_hint(err,
			  "user namespaces may be restricted on this machine (AppArmor, SELinux): "
			  "ask your admin");
}

static int write_whole(const char *self, const char *name, const char *text, struct error *err)
{
	char path[64];
	_cleanup_(close_fd) int fd = -1;

	snprintf(path, sizeof(path), "%s/%s", self, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return write_failed(name, err);
	return 0;
}

/* Kept within the page that the kernel takes at most. user_namespaces(7). */
static int map_text(const struct plan_map *map, char *buffer, size_t size, struct error *err)
{
	size_t used = 0;

	for (uint32_t i = 0; i < map->count; i++) {
		const struct wire_extent *extent = &map->extent[i];
		int length = snprintf(buffer + used, size - used, "%u %u %u\n", extent->inside,
				      extent->outside, extent->count);

		used += (size_t)length;
		if (used >= size)
			return error_set(err, RR_MAP_06,
					 "an id map has more text than the kernel takes");
	}
	return 0;
}

int idmap_write_single(const char *self, const struct plan_map *uids, const struct plan_map *gids,
		       struct error *err)
{
	char text[4096];

	if (write_whole(self, "setgroups", "deny", err) < 0 ||
	    map_text(gids, text, sizeof(text), err) < 0 ||
	    write_whole(self, "gid_map", text, err) < 0 ||
	    map_text(uids, text, sizeof(text), err) < 0)
		return -1;
	return write_whole(self, "uid_map", text, err);
}

int idmap_write_direct(const struct plan *plan, pid_t child, struct error *err)
{
	char text[4096], self[32];

	snprintf(self, sizeof(self), "/proc/%d", (int)child);
	if (map_text(&plan->gids, text, sizeof(text), err) < 0 ||
	    write_whole(self, "gid_map", text, err) < 0 ||
	    map_text(&plan->uids, text, sizeof(text), err) < 0)
		return -1;
	return write_whole(self, "uid_map", text, err);
}

int rung_reap(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

enum idmap_answer idmap_write_range(const struct plan *plan, struct idmap_helper *helper,
				    pid_t child, int pidfd, bool helper_only,
				    struct idmap_result *ret, struct error *err)
{
	struct error second;
	enum idmap_answer answer, next;

	*ret = (struct idmap_result){ .ids = "helper" };
	answer = rung_helper(plan, helper, pidfd, ret, err);
	if (answer == IDMAP_DONE || answer == IDMAP_FAILED || helper_only || rung_powerless())
		return answer;
	next = rung_shadow(plan, child, &ret->denied, &second);
	ret->ids = "newuidmap";
	ret->why = *err;
	if (next == IDMAP_FAILED || (next == IDMAP_REFUSED && answer == IDMAP_ABSENT))
		*err = second;
	/* What the helper said is what the site means; newuidmap is asked for what it may know
	 * more. */
	return next == IDMAP_ABSENT ? answer : next;
}
