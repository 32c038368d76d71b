#include "frontend/policy_file.h"

#include "common/attr.h"
#include "frontend/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define POLICY_BYTES ((off_t)64 << 10) /* as the helper has it, */
#define SIDE_BYTES ((off_t)4 << 20)    /* and of the other files */

static bool only_root_writes(const struct stat *stat)
{
	return stat->st_uid == 0 && stat->st_gid == 0 && !(stat->st_mode & (S_IWGRP | S_IWOTH));
}

/* What on the way to PATH, itself included, the helper would not believe; null: nothing. */
static const char *find_foreign(struct arena *arena, const char *path)
{
	const char *at = path;

	do {
		at = strchr(at + 1, '/');
		size_t length = at ? (size_t)(at - path) : strlen(path);
		char *part = arena_copy(arena, path, length);
		struct stat stat;

		if (lstat(part, &stat) < 0)
			return arena_print(arena, "%s: %s", part, strerror(errno));
		if (S_ISLNK(stat.st_mode))
			return arena_print(arena, "%s is a symbolic link", part);
		if (!only_root_writes(&stat))
			return arena_print(arena,
					   "%s has owner %u:%u and mode %04o; it must be root's, "
					   "0:0, and writable by nobody else",
					   part, stat.st_uid, stat.st_gid, stat.st_mode & 07777);
	} while (at);
	return NULL;
}

static enum policy_state unread(struct arena *arena, struct policy *policy, const char *why)
{
	policy->why = arena_copy(arena, why, strlen(why));
	return POLICY_UNREAD;
}

static enum policy_state read_text(struct arena *arena, const char *path, struct policy *policy)
{
	_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat stat;
	ssize_t size;
	char *text;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return POLICY_ABSENT;
	if (fd < 0 || fstat(fd, &stat) < 0)
		return unread(arena, policy, strerror(errno));
	if (!S_ISREG(stat.st_mode))
		return unread(arena, policy, "it is not a regular file");
	if (stat.st_size > POLICY_BYTES)
		return unread(arena, policy, "it is larger than 64 KiB");
	text = arena_alloc(arena, (size_t)stat.st_size + 1);
	size = read(fd, text, (size_t)stat.st_size);
	if (size < 0)
		return unread(arena, policy, strerror(errno));
	policy->text = (struct text){ text, (size_t)size };
	return POLICY_SOUND;
}

const struct policy *policy_read(struct arena *arena, const char *path)
{
	struct policy *policy = arena_new(arena, struct policy);

	policy->state = read_text(arena, path, policy);
	if (policy->state != POLICY_SOUND)
		return policy;
	if (!config_read(policy->text, &policy->config, &policy->line))
		policy->state = POLICY_INVALID;
	if (strcmp(path, POLICY_PATH) == 0)
		policy->why = find_foreign(arena, path);
	if (policy->why)
		policy->state = POLICY_FOREIGN;
	return policy;
}

struct text policy_side_file(struct arena *arena, const char *path)
{
	_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status;
	char *text;
	ssize_t size;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
	    status.st_size > SIDE_BYTES)
		return text_of("");
	text = arena_alloc(arena, (size_t)status.st_size + 1);
	size = read(fd, text, (size_t)status.st_size);
	return (struct text){ text, size > 0 ? (size_t)size : 0 };
}

bool policy_admits(const struct config *config, uint32_t uid)
{
	return uid >= config->value[CONFIG_MIN_UID] &&
	       !idranges_overlap(&config->denied, idrange_make(uid, 1));
}

struct text policy_line(struct text text, uint32_t number)
{
	struct text line = { 0 };

	for (uint32_t i = 0; i < number; i++)
		line = text.at ? text_cut(&text, '\n') : text;
	return line;
}

struct text policy_line_of(struct text text, const char *key, uint32_t nth, uint32_t *ret_number)
{
	uint32_t number = 0;

	while (text.at) {
		struct text line = text_cut(&text, '\n'), rest = line;

		number++;
		if (!text_equal(text_cut(&rest, ' '), text_of(key)) || nth-- > 0)
			continue;
		*ret_number = number;
		return line;
	}
	*ret_number = 0;
	return text;
}

const char *policy_notice_of(struct arena *arena, const struct policy *policy)
{
	const char *words = NULL;
	uint32_t number = 1;

	if (policy->state != POLICY_SOUND)
		return NULL;
	for (uint32_t i = 0;; i++) {
		struct text line = policy_line_of(policy->text, "notice", i, &number);

		if (!number)
			return words;
		text_cut(&line, '"');
		words = arena_print(arena, "%s%s%.*s", words ? words : "", words ? " " : "",
				    (int)line.size - 1, line.at);
	}
}

const char *policy_notice(struct arena *arena)
{
	return policy_notice_of(arena, policy_read(arena, POLICY_PATH));
}

/* The first line that alone would keep NAME. */
static uint32_t pattern_of(const struct config *config, struct text name)
{
	struct config one = { .never_leaves = 1 };
	uint32_t i = 0;

	for (; i < config->never_leaves; i++) {
		memcpy(one.never_leave[0], config->never_leave[i], sizeof(one.never_leave[0]));
		if (config_never_leave(&one, name))
			break;
	}
	return i;
}

const char *policy_job(struct arena *arena, const struct config *config, const char *path,
		       uint32_t *ret_pattern)
{
	struct text rest = text_of(path);
	const char *job = NULL;

	while (rest.at) {
		struct text name = text_cut(&rest, '/');

		if (name.size == 0 || !config_never_leave(config, name))
			continue;
		job = arena_copy(arena, path, (size_t)(name.at + name.size - path));
		if (ret_pattern)
			*ret_pattern = pattern_of(config, name);
	}
	return job;
}
