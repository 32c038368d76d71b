#include "frontend/cmd/verbs.h"
#include "frontend/codes.h"
#include "frontend/run.h"

#include <stdint.h>
#include <string.h>

struct exec_options {
	struct exec_request request;
	struct words env;
};

#define FIELD(name) offsetof(struct exec_options, name)

static const struct option exec_options[] = {
	{ "tty", 't', OPTION_FLAG, FIELD(request.tty), NULL, "give the program a terminal" },
	{ "detach", 'd', OPTION_FLAG, FIELD(request.detach), NULL, "leave when the program runs" },
	{ "process", 'p', OPTION_TEXT, FIELD(request.process_file), "FILE",
	  "run what this JSON process says" },
	{ "user", 'u', OPTION_TEXT, FIELD(request.user), "UID[:GID]", "run as these ids" },
	{ "env", 'e', OPTION_LIST, FIELD(env), "NAME=VALUE", "set a variable; may be repeated" },
	{ "cwd", 0, OPTION_TEXT, FIELD(request.cwd), "DIR", "working directory, absolute" },
	{ "pid-file", 0, OPTION_TEXT, FIELD(request.pid_file), "FILE",
	  "write the program's pid to FILE" },
	{ "console-socket", 0, OPTION_TEXT, FIELD(request.console_socket), "PATH",
	  "send the terminal's master to this socket" },
	{ "preserve-fds", 0, OPTION_NUMBER, FIELD(request.preserve_fds), "N",
	  "pass on descriptors 3 to N+2" },
	{ "no-new-privs", 0, OPTION_FLAG, FIELD(request.no_new_privs), NULL,
	  "set no_new_privs for the program" },
	{ "additional-gids", 'g', OPTION_LATER, 0, "GID", NULL },
	{ "cap", 'c', OPTION_LATER, 0, "CAP", NULL },
	{ "apparmor", 0, OPTION_LATER, 0, "PROFILE", NULL },
	{ "process-label", 0, OPTION_LATER, 0, "LABEL", NULL },
	{ "cgroup", 0, OPTION_LATER, 0, "PATH", NULL },
	{ "ignore-paused", 0, OPTION_LATER, 0, NULL, NULL },
	{ "pidfd-socket", 0, OPTION_LATER, 0, "PATH", NULL },
};

/* `exec ID -- ls`, as docker and kubectl have taught. */
static const char *const *program_words(const struct call *call)
{
	const char *const *words = call->args + 1;

	return words[0] && strcmp(words[0], "--") == 0 ? words + 1 : words;
}

static int refuse_words(const struct exec_request *request, struct error *err)
{
	if (!request->args[0] && !request->process_file) {
		error_set(err, RR_USE_03, "exec args cannot be empty");
		return error_kind(err, ERROR_USAGE);
	}
	if (request->cwd && request->cwd[0] != '/') {
		error_set(err, RR_USE_04, "Cwd must be an absolute path");
		return error_kind(err, ERROR_USAGE);
	}
	return 0;
}

static int exec(const struct call *call, int *ret_status, struct error *err)
{
	static const char *const none[] = { NULL };
	struct exec_options *options = call->options;
	struct exec_request *request = &options->request;

	request->root = call->globals.root;
	request->id = call->args[0];
	request->args = program_words(call);
	request->env = options->env.item ? options->env.item : none;
	if (refuse_words(request, err) < 0)
		return -1;
	return run_exec(request, ret_status, err);
}

static int exec_failure(const void *options, const struct error *err _unused_)
{
	const struct exec_options *exec_options_read = options;

	return exec_options_read && exec_options_read->request.detach ? 1 : 255;
}

const struct command command_exec = {
	.name = "exec",
	.synopsis = "[OPTION]... ID PROGRAM [ARGUMENT]...",
	.summary = "Run another program in a container",
	.least = 1,
	.most = SIZE_MAX,
	.enters = true,
	.table = { exec_options, count_of(exec_options), OPTIONS_FIRST },
	.size = sizeof(struct exec_options),
	.run = exec,
	.failure = exec_failure,
};
