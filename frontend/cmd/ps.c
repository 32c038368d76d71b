#include "frontend/cmd/members.h"
#include "frontend/cmd/ps.h"
#include "frontend/cmd/verbs.h"

#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/log.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PS "/bin/ps"

struct ps_options {
	const char *format;
};

static const struct option ps_options[] = {
	{ "format", 'f', OPTION_TEXT, offsetof(struct ps_options, format), "table|json",
	  "the form of the list" },
};

static size_t word_at(const char *line, size_t *at)
{
	*at += strspn(line + *at, " \t");
	return strcspn(line + *at, " \t\n");
}

/* The place of the word "PID" among those of the header; -1: none. */
static int find_column(const char *header)
{
	size_t at = 0, length;

	for (int column = 0; (length = word_at(header, &at)); column++, at += length)
		if (length == 3 && memcmp(header + at, "PID", 3) == 0)
			return column;
	return -1;
}

static pid_t pid_in(const char *line, int column)
{
	size_t at = 0, length = word_at(line, &at);

	for (; column && length; column--) {
		at += length;
		length = word_at(line, &at);
	}
	return length ? atoi(line + at) : 0;
}

int ps_filter(const char *text, const struct members *members, struct json_text *out,
	      struct error *err)
{
	int column = find_column(text);

	if (column < 0)
		return error_set(err, RR_USE_04, "couldn't find PID field in ps output");
	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n");

		length += line[length] == '\n';
		if (line == text || members_has(members, pid_in(line, column)))
			json_put_format(out, "%.*s", (int)length, line);
		line += length;
	}
	return 0;
}

static int read_all(int fd, struct json_text *out, struct error *err)
{
	char block[4096 + 1];
	ssize_t got;

	json_put(out, "");
	while ((got = TEMP_FAILURE_RETRY(read(fd, block, sizeof(block) - 1))) > 0) {
		block[got] = '\0';
		json_put(out, block);
	}
	return got < 0 ? error_sys(err, "read what ps printed") : 0;
}

static int start(char *const *argv, int output, pid_t *ret, struct error *err)
{
	posix_spawn_file_actions_t actions;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	errno = posix_spawn(ret, PS, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (!errno)
		return 0;
	error_sys(err, "run " PS);
	return error_hint(err, "--format json needs no ps");
}

static int finish(pid_t pid, struct error *err)
{
	int status;

	if (TEMP_FAILURE_RETRY(waitpid(pid, &status, 0)) < 0)
		return error_sys(err, "wait for ps");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	error_set(err, RR_USE_04, "ps failed");
	return WIFEXITED(status) ? error_why(err, "it ended with status %d", WEXITSTATUS(status))
				 : error_why(err, "signal %d ended it", WTERMSIG(status));
}

static int run_ps(char *const *argv, struct json_text *out, struct error *err)
{
	_cleanup_(close_fd) int from = -1, to = -1;
	int pipes[2], done;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return error_sys(err, "make a pipe");
	from = pipes[0];
	to = pipes[1];
	if (start(argv, to, &pid, err) < 0)
		return -1;
	close_fd(&to);
	done = read_all(from, out, err);
	close_fd(&from);
	return finish(pid, err) < 0 || done < 0 ? -1 : 0;
}

static char **ps_words(const struct call *call)
{
	char **argv = arena_array(call->arena, call->arg_count + 2, sizeof(*argv));

	argv[0] = arena_print(call->arena, "ps");
	argv[1] = arena_print(call->arena, "-ef");
	for (size_t i = 1; i < call->arg_count; i++)
		argv[i] = arena_print(call->arena, "%s", call->args[i]);
	return argv;
}

static int put_table(const struct call *call, const struct members *members, struct json_text *out,
		     struct error *err)
{
	struct json_text text = { .arena = call->arena };

	if (run_ps(ps_words(call), &text, err) < 0)
		return -1;
	return ps_filter(text.data, members, out, err);
}

static void put_list(const struct members *members, struct json_text *out)
{
	json_put(out, "[");
	for (size_t i = 0; i < members->count; i++)
		json_put_format(out, "%s%d", i ? "," : "", members->pid[i]);
	json_put(out, "]\n");
}

static int find(const struct call *call, struct members *ret, struct error *err)
{
	_cleanup_(container_close) struct container container = CONTAINER_CLOSED;

	if (container_find(call, &container, err) < 0)
		return -1;
	if (!container_lives(&container))
		return error_set(err, RR_ID_04, "container not running");
	return members_find(call->arena, &container, ret, err);
}

static int ps(const struct call *call, int *ret_status _unused_, struct error *err)
{
	const struct ps_options *options = call->options;
	const char *format = options->format ? options->format : "table";
	struct json_text out = { .arena = call->arena };
	struct members members;

	if (strcmp(format, "table") != 0 && strcmp(format, "json") != 0) {
		error_set(err, RR_USE_04, "invalid format option");
		error_why(err, "it is table or json, not \"%s\"", format);
		return error_kind(err, ERROR_USAGE);
	}
	if (find(call, &members, err) < 0)
		return -1;
	if (members.unseen)
		log_note("%zu processes that run as other ids may be the container's too: "
			 "without a cgroup of its own that cannot be seen",
			 members.unseen);
	if (strcmp(format, "json") == 0)
		put_list(&members, &out);
	else if (put_table(call, &members, &out, err) < 0)
		return -1;
	return cmd_print(out.data, err);
}

const struct command command_ps = {
	.name = "ps",
	.synopsis = "[OPTION]... ID [PS-OPTION]...",
	.summary = "List the processes of a container",
	.takes = "an ID and perhaps words for ps",
	.least = 1,
	.most = SIZE_MAX,
	.table = { ps_options, count_of(ps_options), OPTIONS_FIRST },
	.size = sizeof(struct ps_options),
	.run = ps,
};
