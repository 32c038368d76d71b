#include "frontend/caller.h"

#include "common/attr.h"
#include "frontend/fd.h"
#include "frontend/policy_file.h"
#include "policy/grant.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The initial user namespace by its fixed inode, not by what its map says: newer systemd writes
 * identity maps elsewhere too. reference security.md H-4. */
#define INITIAL_USER_NAMESPACE 0xEFFFFFFDu
#define FILE_BYTES ((off_t)4 * 1024 * 1024)

int caller_read(struct caller *ret, struct error *err)
{
	struct stat status;

	if (stat("/proc/self/ns/user", &status) < 0)
		return error_sys(err, "look at /proc/self/ns/user");
	*ret = (struct caller){ .uid = geteuid(), .gid = getegid() };
	if (status.st_ino != INITIAL_USER_NAMESPACE)
		ret->mode = MODE_ENGINE;
	else
		ret->mode = ret->uid == 0 ? MODE_ROOT : MODE_DIRECT;
	return 0;
}

/* What stands in for a policy where rrun-helper is not installed: newuidmap grants what the two
 * files say, and so they are shown. */
static const char without_policy[] = "mapping on\nmin_uid 1\nsubids on\nmin_host_id 1\n"
				     "max_extents 340\nsetgroups allow\nlog refusals\n";

/* An absent or unreadable file is an empty text: no range comes of it. */
static struct text file_read(struct arena *arena, const char *path)
{
	_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status;
	char *text;
	ssize_t size;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
	    status.st_size > FILE_BYTES)
		return text_of("");
	text = arena_alloc(arena, (size_t)status.st_size + 1);
	size = read(fd, text, (size_t)status.st_size);
	return (struct text){ text, size > 0 ? (size_t)size : 0 };
}

/* What can be asked for: null when nothing can. */
static const struct config *policy_find(struct arena *arena, uid_t uid)
{
	const struct policy *policy = policy_read(arena, POLICY_PATH);
	struct config *config = arena_new(arena, struct config);
	uint32_t line;

	if (policy->text.size > 0)
		*config = policy->config;
	else if (!config_read(text_of(without_policy), config, &line))
		return NULL;
	if (policy->state == POLICY_INVALID || policy->state == POLICY_FOREIGN ||
	    !config->value[CONFIG_MAPPING] || !policy_admits(config, uid))
		return NULL;
	return config;
}

static void ranges_copy(const struct idranges *from, struct caller_ranges *to)
{
	to->count = 0;
	for (uint32_t i = 0; i < from->count && to->count < CALLER_RANGES; i++) {
		const struct idrange *range = &from->range[i];

		to->range[to->count].start = (uint32_t)range->first;
		to->range[to->count++].count = (uint32_t)(range->end - range->first);
	}
}

int caller_read_ranges(struct arena *arena, struct caller *caller, struct error *err)
{
	struct grant_scan *scan = arena_new(arena, struct grant_scan);
	const struct text files[] = {
		file_read(arena, "/etc/passwd"),
		file_read(arena, "/etc/subuid"),
		file_read(arena, "/etc/subgid"),
	};

	const struct config *config =
		caller->mode == MODE_DIRECT ? policy_find(arena, caller->uid) : NULL;

	(void)err;
	if (!config)
		return 0;
	grant_from_texts(scan, config, caller->uid, files);
	ranges_copy(&scan->granted[GRANTED_UIDS], &caller->uids);
	ranges_copy(&scan->granted[GRANTED_GIDS], &caller->gids);
	return 0;
}
