#include "frontend/cmd/container.h"
#include "frontend/cmd/signal.h"
#include "frontend/cmd/verbs.h"

#include "frontend/codes.h"
#include "frontend/fd.h"

#include <errno.h>
#include <signal.h>
#include <sys/pidfd.h>

struct kill_options {
	bool all;
};

static const struct option kill_options[] = {
	{ "all", 'a', OPTION_FLAG, offsetof(struct kill_options, all), NULL,
	  "do not fail when the container has stopped" },
	{ "regex", 'r', OPTION_LATER, 0, NULL, NULL },
};

/* *ret_found: whether there was a process to send it to. */
static int send_signal(const struct state_process *process, int number, bool *ret_found,
		       struct error *err)
{
	_cleanup_(close_fd) int pidfd = -1;

	if (state_process_open(process, &pidfd, err) < 0)
		return -1;
	if (pidfd >= 0 && pidfd_send_signal(pidfd, number, NULL, 0) == 0)
		*ret_found = true;
	else if (pidfd >= 0 && errno != ESRCH)
		return error_sys(err, "send signal %d to the container", number);
	return 0;
}

static bool is_alive(enum state_status status)
{
	return status == STATUS_CREATED || status == STATUS_RUNNING || status == STATUS_PAUSED;
}

static int kill_container(const struct call *call, int *ret_status _unused_, struct error *err)
{
	_cleanup_(container_close) struct container container = CONTAINER_CLOSED;
	const struct kill_options *options = call->options;
	int number = SIGTERM;
	bool found = false;

	if (call->arg_count > 1 && signal_parse(call->args[1], &number, err) < 0)
		return -1;
	if (container_find(call, &container, err) < 0)
		return -1;
	if (is_alive(container.status) &&
	    send_signal(&container.state.init, number, &found, err) < 0)
		return -1;
	if (!found && !options->all)
		return error_set(err, RR_ID_04, "container not running");
	return 0;
}

const struct command command_kill = {
	.name = "kill",
	.synopsis = "[OPTION]... ID [SIGNAL]",
	.summary = "Send a signal, TERM by default, to a container's init",
	.takes = "an ID and perhaps a signal",
	.least = 1,
	.most = 2,
	.table = { kill_options, count_of(kill_options), OPTIONS_FIRST },
	.size = sizeof(struct kill_options),
	.run = kill_container,
};
