#include "frontend/cmd/amounts.h"
#include "frontend/cmd/container.h"
#include "frontend/cmd/verbs.h"

#include "frontend/cgroup/file.h"
#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/log.h"
#include "frontend/plan/limits.h"
#include "frontend/spawn/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct update_options {
	const char *resources, *kernel_memory, *kernel_memory_tcp;
	struct amounts amounts;
};

#define FIELD(name) offsetof(struct update_options, name)
#define AMOUNT(name) offsetof(struct update_options, amounts.name)

static const struct option update_options[] = {
	{ "resources", 'r', OPTION_TEXT, FIELD(resources), "FILE",
	  "all limits as JSON, - for standard input; then other options are ignored" },
	{ "blkio-weight", 0, OPTION_TEXT, AMOUNT(blkio_weight), "N", "share of I/O, 10 to 1000" },
	{ "cpu-period", 0, OPTION_TEXT, AMOUNT(cpu_period), "US", "what a quota is for" },
	{ "cpu-quota", 0, OPTION_TEXT, AMOUNT(cpu_quota), "US",
	  "CPU time in each period; -1 for no limit" },
	{ "cpu-burst", 0, OPTION_TEXT, AMOUNT(cpu_burst), "US", "what may be saved up" },
	{ "cpu-share", 0, OPTION_TEXT, AMOUNT(cpu_share), "N", "share of CPU time, 2 to 262144" },
	{ "cpu-rt-period", 0, OPTION_TEXT, AMOUNT(cpu_rt_period), "US", "ignored" },
	{ "cpu-rt-runtime", 0, OPTION_TEXT, AMOUNT(cpu_rt_runtime), "US", "ignored" },
	{ "cpuset-cpus", 0, OPTION_TEXT, AMOUNT(cpuset_cpus), "LIST", "CPUs, like 0-3,8" },
	{ "cpuset-mems", 0, OPTION_TEXT, AMOUNT(cpuset_mems), "LIST", "memory nodes" },
	{ "cpu-idle", 0, OPTION_TEXT, AMOUNT(cpu_idle), "0|1", "run only when nobody else does" },
	{ "memory", 0, OPTION_TEXT, AMOUNT(memory), "SIZE", "like 512m; -1 for no limit" },
	{ "memory-reservation", 0, OPTION_TEXT, AMOUNT(memory_reservation), "SIZE",
	  "what is kept from being reclaimed" },
	{ "memory-swap", 0, OPTION_TEXT, AMOUNT(memory_swap), "SIZE", "memory and swap together" },
	{ "kernel-memory", 0, OPTION_TEXT, FIELD(kernel_memory), "SIZE", "ignored" },
	{ "kernel-memory-tcp", 0, OPTION_TEXT, FIELD(kernel_memory_tcp), "SIZE", "ignored" },
	{ "pids-limit", 0, OPTION_TEXT, AMOUNT(pids_limit), "N", "processes; -1 for no limit" },
	{ "l3-cache-schema", 0, OPTION_LATER, 0, "SCHEMA", NULL },
	{ "mem-bw-schema", 0, OPTION_LATER, 0, "SCHEMA", NULL },
};

/* A container whose limits are to be others. */
struct update {
	struct arena *arena;
	struct container container;
	int dir; /* where its limits are: the helper's are one above its own */
	struct spec_resources asked;
	struct cgroup_limits limits;
};

static void update_close(struct update *update)
{
	container_close(&update->container);
	close_fd(&update->dir);
}

/* containerd's is a pipe, which has no size beforehand. */
static int read_stream(struct arena *arena, int fd, const char *name, const char **ret_text,
		       size_t *ret_length, struct error *err)
{
	struct json_text text = { .arena = arena };
	char block[4096 + 1];
	ssize_t got;

	json_put(&text, "");
	while ((got = TEMP_FAILURE_RETRY(read(fd, block, sizeof(block) - 1))) > 0) {
		block[got] = '\0';
		if (memchr(block, '\0', (size_t)got))
			return error_set(err, RR_CFG_02, "%s is not JSON: it has a NUL", name);
		if (text.length + (size_t)got > JSON_BYTES)
			return error_set(err, RR_CFG_07, "%s: it is larger than %zu bytes", name,
					 JSON_BYTES);
		json_put(&text, block);
	}
	if (got < 0) {
		error_sys(err, "read %s", name);
		return error_code(err, RR_CFG_01);
	}
	*ret_text = text.data;
	*ret_length = text.length;
	return 0;
}

static int read_file(struct arena *arena, const char *path, const char **ret_text,
		     size_t *ret_length, struct error *err)
{
	_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0)
		return read_stream(arena, fd, path, ret_text, ret_length, err);
	error_sys(err, "open %s", path);
	return error_code(err, RR_CFG_01);
}

static int resources_read(struct arena *arena, const char *path, struct spec_resources *ret,
			  struct error *err)
{
	bool standard = strcmp(path, "-") == 0;
	const char *text, *name = standard ? "standard input" : path;
	const struct json *document;
	size_t length;

	if ((standard ? read_stream(arena, STDIN_FILENO, name, &text, &length, err)
		      : read_file(arena, path, &text, &length, err)) < 0 ||
	    json_parse(arena, name, text, length, &document, err) < 0)
		return -1;
	return spec_read_resources(arena, document, ret, err);
}

static int asked_read(struct arena *arena, const struct update_options *options,
		      struct spec_resources *ret, struct error *err)
{
	if (options->resources)
		return resources_read(arena, options->resources, ret, err);
	if (options->kernel_memory || options->kernel_memory_tcp)
		log_note("--kernel-memory is ignored: cgroup v2 has no such limit");
	return amounts_read(&options->amounts, ret, err);
}

static int find(const struct call *call, struct update *update, struct error *err)
{
	struct container *container = &update->container;
	_cleanup_(close_fd) int own = -1;

	if (container_find(call, container, err) < 0)
		return -1;
	if (!container_lives(container)) {
		error_set(err, RR_ID_04, "container not running");
		return error_why(err, "it is %s", state_status_name(container->status));
	}
	if (container_cgroup(container, &own, err) < 0)
		return -1;
	if (!container->state.cgroup.top) {
		update->dir = take_fd(&own);
		return 0;
	}
	update->dir = openat(own, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return update->dir < 0 ? error_sys(err, "open the cgroup above %s",
					   container->state.cgroup.path)
			       : 0;
}

/* Of quota and period the one that was not given stays: they are one file, "QUOTA PERIOD". */
static void keep_bandwidth(int dir, struct spec_resources *asked)
{
	char text[64];
	const char *space;
	uint64_t quota, period;

	if (!asked->quota.value == !asked->period.value ||
	    file_read(dir, "cpu.max", text, sizeof(text)) < 0)
		return;
	space = strchr(text, ' ');
	if (!asked->period.value && space && file_parse(space + 1, &period))
		asked->period = (struct spec_count){ asked->quota.where, period };
	if (!asked->quota.value && file_parse(text, &quota))
		asked->quota = (struct spec_amount){ asked->period.where,
						     quota > INT64_MAX ? -1 : (int64_t)quota };
}

/* Memory and swap together say nothing about swap without the memory. */
static void keep_memory(int dir, struct spec_resources *asked)
{
	uint64_t limit;

	if (asked->swap.value && !asked->memory.value && file_number(dir, "memory.max", &limit))
		asked->memory = (struct spec_amount){ asked->swap.where,
						      limit > INT64_MAX ? -1 : (int64_t)limit };
}

static int check_usage(int dir, const struct spec_resources *asked, struct error *err)
{
	uint64_t usage;

	if (!asked->check_before_update || asked->memory.value <= 0 ||
	    !file_number(dir, "memory.current", &usage) || usage <= (uint64_t)asked->memory.value)
		return 0;
	error_set(err, RR_ID_04, "%s: memory limit %lld is less than the current usage",
		  asked->memory.where, (long long)asked->memory.value);
	return error_why(err, "memory.current is %llu", (unsigned long long)usage);
}

static int update_own(const struct update *update, struct error *err)
{
	cgroup_enable(update->dir, update->limits.controllers);
	return cgroup_limit(update->arena, update->dir, &update->limits, err);
}

static int update_helpers(const struct update *update, struct error *err)
{
	uint64_t limit[WIRE_LIMITS];
	uint32_t asked, clamped;
	const char *beyond;

	if (plan_wire_limits(&update->limits, &asked, limit, &beyond) < 0) {
		error_set(err, RR_CGR_02, "%s cannot be changed", beyond);
		error_why(err, "rrun-helper made the container's cgroup, and has no such limit");
		return error_hint(err, "it can be had in a cgroup tree of your own: systemd-run "
				       "--user --scope -p Delegate=yes rrun run …");
	}
	if (!asked)
		return 0;
	if (cgroup_helper_update(update->container.state.cgroup.top, asked, limit, &clamped, err) <
	    0)
		return -1;
	if (clamped)
		log_note("the site's policy allows less: %s",
			 cgroup_clamped(update->arena, clamped));
	return 0;
}

static int update_container(const struct call *call, int *ret_status _unused_, struct error *err)
{
	_cleanup_(update_close) struct update update = { .arena = call->arena,
							 .container = CONTAINER_CLOSED,
							 .dir = -1 };

	if (asked_read(call->arena, call->options, &update.asked, err) < 0 ||
	    find(call, &update, err) < 0)
		return -1;
	keep_bandwidth(update.dir, &update.asked);
	keep_memory(update.dir, &update.asked);
	if (check_usage(update.dir, &update.asked, err) < 0 ||
	    plan_limits(call->arena, &update.asked, &update.limits, err) < 0)
		return -1;
	return update.container.state.cgroup.top ? update_helpers(&update, err)
						 : update_own(&update, err);
}

const struct command command_update = {
	.name = "update",
	.synopsis = "[OPTION]... ID",
	.summary = "Change the limits of a container",
	.least = 1,
	.most = 1,
	.table = { update_options, count_of(update_options), OPTIONS_ANYWHERE },
	.size = sizeof(struct update_options),
	.run = update_container,
};
