/* create and run: the verbs that make a container. They differ in when they leave. */
#include "frontend/cmd/verbs.h"
#include "frontend/codes.h"
#include "frontend/run.h"

#include <string.h>

struct make_options {
	struct run_request request;
	bool detach;
};

#define FIELD(name) offsetof(struct make_options, name)

#define MAKE_OPTIONS                                                                               \
	{ "bundle",    'b',                                                                        \
	  OPTION_TEXT, FIELD(request.bundle),                                                      \
	  "DIR",       "directory with config.json (default: .)" },                                \
		{ "console-socket", 0,                                                             \
		  OPTION_TEXT,	    FIELD(request.console_socket),                                 \
		  "PATH",	    "send the terminal's master to this socket" },                 \
		{ "pid-file",  0,                                                                  \
		  OPTION_TEXT, FIELD(request.pid_file),                                            \
		  "FILE",      "write the container's pid to FILE" },                              \
		{ "preserve-fds",                                                                  \
		  0,                                                                               \
		  OPTION_NUMBER,                                                                   \
		  FIELD(request.preserve_fds),                                                     \
		  "N",                                                                             \
		  "pass on descriptors 3 to N+2" },                                                \
		{ "no-pivot",  0,                                                                  \
		  OPTION_FLAG, FIELD(request.no_pivot),                                            \
		  NULL,	       "enter the root without pivot_root(2)" },                           \
		{ "no-new-keyring",	     0, OPTION_FLAG, FIELD(request.no_new_keyring), NULL,  \
		  "keep the session keyring" },                                                    \
		{ "no-subreaper", 0,                                                               \
		  OPTION_FLAG,	  FIELD(request.no_subreaper),                                     \
		  NULL,		  "leave orphans of the container alone" },                        \
		{ "keep",      0,                                                                  \
		  OPTION_FLAG, FIELD(request.keep),                                                \
		  NULL,	       "keep the container when its program has ended" },                  \
		{ "require-range",                                                                 \
		  0,                                                                               \
		  OPTION_FLAG,                                                                     \
		  FIELD(request.require_range),                                                    \
		  NULL,                                                                            \
		  "fail unless rrun-helper maps a range" },                                        \
		{ "require-limits",                                                                \
		  0,                                                                               \
		  OPTION_FLAG,                                                                     \
		  FIELD(request.require_limits),                                                   \
		  NULL,                                                                            \
		  "fail rather than lower an rlimit" },                                            \
		{ "pidfd-socket", 0, OPTION_LATER, 0, "PATH", NULL },                              \
	{                                                                                          \
		"config", 'f', OPTION_LATER, 0, "FILE", NULL                                       \
	}

#define MAKE_TAKES "an ID; the bundle is --bundle DIR, or the working directory"

static const struct option create_options[] = {
	MAKE_OPTIONS,
};

static const struct option run_options[] = {
	MAKE_OPTIONS,
	{ "detach", 'd', OPTION_FLAG, FIELD(detach), NULL, "leave when the program runs" },
};

static int refuse_systemd(const struct globals *globals, struct error *err)
{
	bool systemd = globals->systemd_cgroup ||
		       (globals->cgroup_manager && strcmp(globals->cgroup_manager, "systemd") == 0);

	if (!systemd)
		return 0;
	error_set(err, RR_USE_05,
		  "systemd cgroup flag passed, but systemd support for managing cgroups is not "
		  "available");
	return error_hint(err, "leave --systemd-cgroup out; podman: --cgroup-manager=cgroupfs");
}

static int make(const struct call *call, enum run_mode mode, int *ret_status, struct error *err)
{
	struct make_options *options = call->options;
	struct run_request *request = &options->request;

	if (refuse_systemd(&call->globals, err) < 0)
		return -1;
	request->mode = mode;
	request->no_cgroup = call->globals.cgroup_manager &&
			     strcmp(call->globals.cgroup_manager, "disabled") == 0;
	request->root = call->globals.root;
	request->id = call->args[0];
	if (!request->bundle)
		request->bundle = ".";
	return run_container(request, ret_status, err);
}

static int create(const struct call *call, int *ret_status, struct error *err)
{
	return make(call, RUN_CREATE, ret_status, err);
}

static int run(const struct call *call, int *ret_status, struct error *err)
{
	const struct make_options *options = call->options;

	return make(call, options->detach ? RUN_DETACHED : RUN_ATTACHED, ret_status, err);
}

/* As a shell and podman have it: users-and-callers.md §4.3. */
static int run_failure(const void *options, const struct error *err)
{
	const struct make_options *make_options = options;

	if (make_options && make_options->detach)
		return 1;
	if (err->kind == ERROR_NOT_EXECUTABLE)
		return 126;
	return err->kind == ERROR_NOT_FOUND ? 127 : 125;
}

const struct command command_create = {
	.name = "create",
	.synopsis = "[OPTION]... ID",
	.summary = "Make a container that waits for start",
	.takes = MAKE_TAKES,
	.least = 1,
	.most = 1,
	.enters = true,
	.table = { create_options, count_of(create_options), OPTIONS_ANYWHERE },
	.size = sizeof(struct make_options),
	.run = create,
};

const struct command command_run = {
	.name = "run",
	.synopsis = "[OPTION]... ID",
	.summary = "Make a container and run its program",
	.takes = MAKE_TAKES,
	.advice = "an image becomes a bundle so: skopeo copy docker://alpine oci:alpine:latest && "
		  "umoci unpack --rootless --image alpine:latest bundle; a rootfs so: "
		  "mkdir -p bundle/rootfs, fill it, rrun spec --bundle bundle; then "
		  "rrun run --bundle bundle ID",
	.least = 1,
	.most = 1,
	.enters = true,
	.table = { run_options, count_of(run_options), OPTIONS_ANYWHERE },
	.size = sizeof(struct make_options),
	.run = run,
	.failure = run_failure,
};
