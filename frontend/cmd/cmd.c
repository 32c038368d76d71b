#include "frontend/cmd/cmd.h"

#include "frontend/cmd/help.h"
#include "frontend/cmd/verbs.h"
#include "frontend/codes.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static const struct option global_options[] = {
	{ "root", 0, OPTION_TEXT, offsetof(struct globals, root), "DIR",
	  "where the state of containers is kept" },
	{ "log", 0, OPTION_TEXT, offsetof(struct globals, log), "FILE",
	  "append an error to FILE as well" },
	{ "log-format", 0, OPTION_CHOICE, offsetof(struct globals, log_format), "text|json",
	  "the form of that line" },
	{ "log-level", 0, OPTION_CHOICE, offsetof(struct globals, log_level), "error|warning|debug",
	  "accepted; only errors are logged" },
	{ "debug", 0, OPTION_FLAG, offsetof(struct globals, debug), NULL, "accepted likewise" },
	{ "cgroup-manager", 0, OPTION_CHOICE, offsetof(struct globals, cgroup_manager),
	  "cgroupfs|disabled|systemd", "who makes cgroups; systemd is not supported yet" },
	{ "systemd-cgroup", 0, OPTION_FLAG, offsetof(struct globals, systemd_cgroup), NULL,
	  "the same as --cgroup-manager systemd" },
	{ "rootless", 0, OPTION_CHOICE, offsetof(struct globals, rootless), "true|false|auto",
	  "accepted; rrun sees for itself" },
	/* runc 1.0 took the path of criu here and callers still pass it. */
	{ "criu", 0, OPTION_TEXT, offsetof(struct globals, criu), "PATH", NULL },
	{ "version", 'v', OPTION_FLAG, offsetof(struct globals, version), NULL, "print versions" },
	{ "version", 'V', OPTION_FLAG, offsetof(struct globals, version), NULL, NULL },
};

const struct option_table globals_table = { global_options, count_of(global_options),
					    OPTIONS_FIRST };

int cmd_read(struct arena *arena, char *const *argv, struct call *ret, struct error *err)
{
	struct option_words words = { 0 };
	size_t given = 0;

	*ret = (struct call){ .arena = arena };
	if (options_parse(arena, "rrun", &globals_table, argv, &ret->globals, &words, err) < 0)
		return -1;
	while (argv[given])
		given++;
	ret->help = words.help;
	ret->verb = words.plain.item[0];
	ret->command = ret->verb ? verb_find(ret->verb) : NULL;
	/* Its words are the last of argv, since the first plain word ended the options. */
	ret->words = ret->verb ? argv + given - words.plain.count + 1 : argv + given;
	return 0;
}

static int refuse_count(const struct command *command, struct error *err)
{
	const char *bound = command->least == command->most ? "exactly"
			    : command->most == SIZE_MAX	    ? "at least"
							    : "at most";
	size_t count = command->most == SIZE_MAX ? command->least : command->most;

	error_set(err, RR_USE_03, "\"%s\" requires %s %zu argument(s)", command->name, bound,
		  count);
	if (command->takes)
		error_why(err, "%s", command->takes);
	if (command->advice)
		error_hint(err, "%s", command->advice);
	return error_kind(err, ERROR_USAGE);
}

static int perform_verb(struct call *call, int *ret_status, struct error *err)
{
	const struct command *command = call->command;
	struct option_words words = { 0 };

	call->options = arena_alloc(call->arena, command->size);
	if (options_parse(call->arena, command->name, &command->table, call->words, call->options,
			  &words, err) < 0)
		return -1;
	if (words.help)
		return help_verb(call->arena, command, err);
	if (words.plain.count < command->least || words.plain.count > command->most)
		return refuse_count(command, err);
	call->args = words.plain.item;
	call->arg_count = words.plain.count;
	return command->run(call, ret_status, err);
}

int cmd_perform(struct call *call, int *ret_status, struct error *err)
{
	*ret_status = 0;
	if (call->globals.version)
		return help_version(call->arena, err);
	if (call->help)
		return help_program(call->arena, err);
	if (!call->verb) {
		error_set(err, RR_USE_01, "a verb is missing");
		return error_kind(err, ERROR_USAGE);
	}
	if (!call->command)
		return verb_unknown(call->verb, err);
	return perform_verb(call, ret_status, err);
}

int cmd_exit(const struct call *call, const struct error *err)
{
	if (!call->command || !call->command->failure)
		return 1;
	return call->command->failure(call->options, err);
}

int cmd_write(int fd, const char *name, const char *text, struct error *err)
{
	size_t left = strlen(text);

	while (left) {
		ssize_t wrote = write(fd, text, left);

		if (wrote < 0 && errno != EINTR)
			return error_sys(err, "write to %s", name);
		if (wrote > 0) {
			text += wrote;
			left -= (size_t)wrote;
		}
	}
	return 0;
}

int cmd_print(const char *text, struct error *err)
{
	return cmd_write(STDOUT_FILENO, "standard output", text, err);
}
