#include "frontend/cmd/container.h"
#include "frontend/cmd/verbs.h"

static int state(const struct call *call, int *ret_status _unused_, struct error *err)
{
	_cleanup_(container_close) struct container container = CONTAINER_CLOSED;
	struct json_text out = { .arena = call->arena };

	if (container_find(call, &container, err) < 0)
		return -1;
	if (container_json(LAYOUT_PAGE, &container, "", &out, err) < 0)
		return -1;
	json_put(&out, "\n");
	return cmd_print(out.data, err);
}

const struct command command_state = {
	.name = "state",
	.synopsis = "ID",
	.summary = "Print the state of a container as JSON",
	.least = 1,
	.most = 1,
	.run = state,
};
