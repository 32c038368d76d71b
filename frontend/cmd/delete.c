#include "frontend/cmd/container.h"
#include "frontend/cmd/verbs.h"

#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/spawn/cgroup.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <time.h>

#define PATIENCE_MS 10000
#define PAUSE_MS 50

struct delete_options {
	bool force;
};

static const struct option delete_options[] = {
	{ "force", 'f', OPTION_FLAG, offsetof(struct delete_options, force), NULL,
	  "kill it first; remove wreckage; an unknown ID is no error" },
	{ "regex", 'r', OPTION_LATER, 0, NULL, NULL },
};

static int await_end(int pidfd, struct error *err)
{
	struct pollfd end = { .fd = pidfd, .events = POLLIN };
	int ready = poll(&end, 1, PATIENCE_MS);

	if (ready < 0)
		return error_sys(err, "wait for the container's init to end");
	if (!ready)
		return error_set(err, RR_ID_04, "container init still running");
	return 0;
}

/* The init of a pid namespace takes every other process of it along: pid_namespaces(7). */
static int end_init(const struct state_process *init, struct error *err)
{
	_cleanup_(close_fd) int pidfd = -1;

	if (state_process_open(init, &pidfd, err) < 0)
		return -1;
	if (pidfd < 0)
		return 0;
	if (pidfd_send_signal(pidfd, SIGKILL, NULL, 0) < 0)
		return errno == ESRCH ? 0 : error_sys(err, "kill the container's init");
	return await_end(pidfd, err);
}

/* The state goes last: what could not be removed is still found by it. */
static int end_container(const struct container *container, int root, const char *id,
			 struct error *err)
{
	if (end_init(&container->state.init, err) < 0 ||
	    cgroup_release(&container->state.cgroup, err) < 0)
		return -1;
	return state_remove(root, id, container->dir, err);
}

/* Somebody is making the container: give them the time that an init is given to end. */
static int load_settled(const struct call *call, int root, struct container *container,
			struct error *err)
{
	static const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };

	for (int waited = 0; waited < PATIENCE_MS; waited += PAUSE_MS) {
		container_close(container);
		if (container_load(call->arena, root, call->args[0], container, err) < 0)
			return -1;
		if (container->status != STATUS_CREATING)
			return 0;
		nanosleep(&pause, NULL);
	}
	return 0;
}

static int refuse_living(const char *id, enum state_status status, struct error *err)
{
	error_set(err, RR_ID_04, "cannot delete container %s that is not stopped: %s", id,
		  state_status_name(status));
	if (status == STATUS_CREATING)
		return error_hint(err, "end the rrun that is making it first");
	return error_hint(err, "rrun kill %s, or rrun delete --force %s", id, id);
}

static int delete_plain(const struct call *call, int root, struct error *err)
{
	_cleanup_(container_close) struct container container = CONTAINER_CLOSED;
	const char *id = call->args[0];

	if (container_load(call->arena, root, id, &container, err) < 0)
		return -1;
	if (container.status != STATUS_STOPPED && container.status != STATUS_CREATED)
		return refuse_living(id, container.status, err);
	return end_container(&container, root, id, err);
}

/* What is not recorded in full may have a cgroup all the same. */
static int end_wreckage(const struct call *call, int root, struct error *err)
{
	struct cgroup cgroup;

	state_wreck(call->arena, root, call->args[0], &cgroup);
	if (cgroup_release(&cgroup, err) < 0)
		return -1;
	return state_remove(root, call->args[0], -1, err);
}

static int delete_forced(const struct call *call, int root, struct error *err)
{
	_cleanup_(container_close) struct container container = CONTAINER_CLOSED;
	const char *id = call->args[0];

	if (load_settled(call, root, &container, err) < 0) {
		bool unknown = err->code == RR_ID_03;
		bool wreckage = err->code == RR_STA_02;

		if (wreckage)
			return end_wreckage(call, root, err);
		return unknown ? 0 : -1;
	}
	if (container.status == STATUS_CREATING)
		return refuse_living(id, container.status, err);
	return end_container(&container, root, id, err);
}

static int delete_container(const struct call *call, int *ret_status _unused_, struct error *err)
{
	_cleanup_(close_fd) int root = -1;
	const struct delete_options *options = call->options;

	if (state_id_check(call->args[0], err) < 0 ||
	    container_root(call, call->args[0], &root, err) < 0)
		return -1;
	if (root < 0 && options->force)
		return 0;
	if (root < 0)
		return error_set(err, RR_ID_03, "container does not exist");
	return options->force ? delete_forced(call, root, err) : delete_plain(call, root, err);
}

const struct command command_delete = {
	.name = "delete",
	.synopsis = "[OPTION]... ID",
	.summary = "Remove what is left of a container",
	.least = 1,
	.most = 1,
	.table = { delete_options, count_of(delete_options), OPTIONS_ANYWHERE },
	.size = sizeof(struct delete_options),
	.run = delete_container,
};
