#include "frontend/cmd/container.h"
#include "frontend/cmd/verbs.h"

#include "frontend/codes.h"
#include "frontend/fd.h"

/* One that was created and then paused is still called created: the cgroup is asked, not the
 * status. */
static int resume(const struct call *call, int *ret_status _unused_, struct error *err)
{
	_cleanup_(container_close) struct container container = CONTAINER_CLOSED;
	_cleanup_(close_fd) int dir = -1;

	if (container_find(call, &container, err) < 0)
		return -1;
	if (container_lives(&container)) {
		if (container_cgroup(&container, &dir, err) < 0)
			return -1;
		if (cgroup_frozen(dir))
			return cgroup_thaw(dir, err);
	}
	error_set(err, RR_ID_04, "container not paused");
	return error_why(err, "it is %s", state_status_name(container.status));
}

const struct command command_resume = {
	.name = "resume",
	.synopsis = "ID",
	.summary = "Let the processes of a paused container go on",
	.least = 1,
	.most = 1,
	.run = resume,
};
