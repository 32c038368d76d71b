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
	  "to all in its cgroup, if it has one; one that has stopped is no error" },
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

/* One that ended meanwhile is no failure. */
static int send_each(struct arena *arena, int dir, int number, struct error *err)
{
	pid_t *pids;
	size_t count;

	if (cgroup_processes(arena, dir, &pids, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (kill(pids[i], number) < 0 && errno != ESRCH)
			return error_sys(err, "send signal %d to process %d of the container",
					 number, pids[i]);
	return 0;
}

/* Whoever is left in the cgroup gets it too when the init has ended. Without a cgroup of its own
 * the init is all that can be named. */
static int send_all(const struct call *call, const struct container *container, int number,
		    struct error *err)
{
	_cleanup_(close_fd) int dir = -1;
	bool ignored = false;

	if (cgroup_open(&container->state.cgroup, &dir, err) < 0)
		return -1;
	if (dir < 0)
		return container_lives(container)
			       ? send_signal(&container->state.init, number, &ignored, err)
			       : 0;
	return number == SIGKILL ? cgroup_kill(dir, err) : send_each(call->arena, dir, number, err);
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
	if (options->all)
		return send_all(call, &container, number, err);
	if (container_lives(&container) &&
	    send_signal(&container.state.init, number, &found, err) < 0)
		return -1;
	if (!found)
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
