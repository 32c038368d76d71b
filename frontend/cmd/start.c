#include "frontend/cmd/verbs.h"
#include "frontend/run.h"

static int start(const struct call *call, int *ret_status _unused_, struct error *err)
{
	return run_start(call->globals.root, call->args[0], err);
}

const struct command command_start = {
	.name = "start",
	.synopsis = "ID",
	.summary = "Run the program of a container that was created",
	.least = 1,
	.most = 1,
	.run = start,
};
