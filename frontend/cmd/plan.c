/* plan: what run would do, without doing it. */
#include "frontend/cmd/verbs.h"
#include "frontend/run.h"

struct plan_options {
	struct run_request request;
};

#define FIELD(name) offsetof(struct plan_options, name)

static const struct option options[] = {
	{ "bundle", 'b', OPTION_TEXT, FIELD(request.bundle), "DIR",
	  "directory with config.json (default: .)" },
	{ "no-pivot", 0, OPTION_FLAG, FIELD(request.no_pivot), NULL,
	  "enter the root without pivot_root(2)" },
	{ "no-new-keyring", 0, OPTION_FLAG, FIELD(request.no_new_keyring), NULL,
	  "keep the session keyring" },
	{ "preserve-fds", 0, OPTION_NUMBER, FIELD(request.preserve_fds), "N",
	  "pass on descriptors 3 to N+2" },
	{ "require-limits", 0, OPTION_FLAG, FIELD(request.require_limits), NULL,
	  "fail rather than lower an rlimit" },
};

static int plan(const struct call *call, int *ret_status _unused_, struct error *err)
{
	struct plan_options *asked = call->options;
	struct run_request *request = &asked->request;
	const char *text;

	request->mode = RUN_ATTACHED;
	request->id = call->args[0] ? call->args[0] : "ID";
	if (!request->bundle)
		request->bundle = ".";
	if (run_plan(call->arena, request, &text, err) < 0)
		return -1;
	return cmd_print(text, err);
}

const struct command command_plan = {
	.name = "plan",
	.synopsis = "[OPTION]... [ID]",
	.summary = "Show what run would do, without doing it",
	.takes = "at most an ID; the bundle is --bundle DIR, or the working directory",
	.least = 0,
	.most = 1,
	.table = { options, count_of(options), OPTIONS_ANYWHERE },
	.size = sizeof(struct plan_options),
	.run = plan,
};
