#include "frontend/cmd/container.h"
#include "frontend/cmd/verbs.h"

#include "frontend/codes.h"
#include "frontend/fd.h"

static int pause_container(const struct call *call, int *ret_status _unused_, struct error *err)
{
	_cleanup_(container_close) struct container container = CONTAINER_CLOSED;
	_cleanup_(close_fd) int dir = -1;

	if (container_find(call, &container, err) < 0)
		return -1;
	if (container.status != STATUS_RUNNING && container.status != STATUS_CREATED) {
		error_set(err, RR_ID_04, "container not running");
		return error_why(err, "it is %s", state_status_name(container.status));
	}
	if (container_cgroup(&container, &dir, err) < 0)
		return -1;
	return cgroup_freeze(dir, err);
}

const struct command command_pause = {
	.name = "pause",
	.synopsis = "ID",
	.summary = "Stop all processes of a container until resume",
	.least = 1,
	.most = 1,
	.run = pause_container,
};
