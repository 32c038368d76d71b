#include "frontend/cmd/amounts.h"
#include "frontend/cmd/verbs.h"

#include "frontend/codes.h"
#include "frontend/run.h"

struct scope_options {
	struct amounts amounts;
	const char *cpus, *memory_high;
};

#define FIELD(member) offsetof(struct scope_options, member)

static const struct option scope_options[] = {
	{ "memory", 'm', OPTION_TEXT, FIELD(amounts.memory), "SIZE",
	  "at most so much memory: 512m, 2g" },
	{ "memory-high", 0, OPTION_TEXT, FIELD(memory_high), "SIZE",
	  "slow it down above so much memory" },
	{ "memory-swap", 0, OPTION_TEXT, FIELD(amounts.memory_swap), "SIZE",
	  "at most so much memory and swap together; -1: any swap" },
	{ "cpus", 0, OPTION_TEXT, FIELD(cpus), "N", "at most so many CPUs' time: 1.5" },
	{ "pids", 0, OPTION_TEXT, FIELD(amounts.pids_limit), "N",
	  "at most so many processes and threads" },
	{ "io", 0, OPTION_TEXT, FIELD(amounts.blkio_weight), "N",
	  "share of the disks, 10 to 1000" },
	{ "cpuset-cpus", 0, OPTION_TEXT, FIELD(amounts.cpuset_cpus), "LIST",
	  "only these CPUs: 0-3,8" },
	{ "cpuset-mems", 0, OPTION_TEXT, FIELD(amounts.cpuset_mems), "LIST",
	  "only these memory nodes" },
};

static int invalid(const char *option, const char *text, struct error *err)
{
	error_set(err, RR_USE_04, "invalid value for %s: \"%.100s\"", option, text);
	return error_kind(err, ERROR_USAGE);
}

/* "1.5" of a CPU is 150000 µs in each period of 100000: docker run --cpus. -1: no such amount. */
static int64_t quota_of(const char *text)
{
	int64_t quota = 0, unit = 100000;
	const char *at = text;

	for (; *at >= '0' && *at <= '9' && quota < INT64_C(1) << 40; at++)
		quota = quota * 10 + (*at - '0') * unit;
	if (at > text && *at == '.' && at[1])
		for (at++; *at >= '0' && *at <= '9'; at++)
			quota += (*at - '0') * (unit /= 10);
	return at > text && !*at && quota >= 1000 ? quota : -1;
}

static int resources_read(struct arena *arena, const struct scope_options *options,
			  struct spec_resources *ret, struct error *err)
{
	struct spec_unified *high;
	int64_t bytes;

	if (amounts_read(&options->amounts, ret, err) < 0)
		return -1;
	/* By the names that they have here. */
	ret->pids.where = options->amounts.pids_limit ? "--pids" : NULL;
	ret->io_weight.where = options->amounts.blkio_weight ? "--io" : NULL;
	if (options->cpus) {
		ret->quota = (struct spec_amount){ "--cpus", quota_of(options->cpus) };
		if (ret->quota.value < 0)
			return invalid("cpus", options->cpus, err);
	}
	if (!options->memory_high)
		return 0;
	if (!amounts_bytes(options->memory_high, &bytes))
		return invalid("memory-high", options->memory_high, err);
	high = arena_new(arena, struct spec_unified);
	*high = (struct spec_unified){ "--memory-high", "memory.high",
				       bytes < 0 ? "max"
						 : arena_print(arena, "%lld", (long long)bytes) };
	ret->unified = high;
	ret->unified_count = 1;
	return 0;
}

static int scope(const struct call *call, int *ret_status, struct error *err)
{
	struct spec_resources resources = { 0 };
	const struct scope_request request = { &resources, call->args };

	if (resources_read(call->arena, call->options, &resources, err) < 0)
		return -1;
	return run_scope(&request, ret_status, err);
}

static int scope_failure(const void *options _unused_, const struct error *err)
{
	if (err->kind == ERROR_NOT_EXECUTABLE)
		return 126;
	return err->kind == ERROR_NOT_FOUND ? 127 : 125;
}

const struct command command_scope = {
	.name = "scope",
	.synopsis = "[OPTION]... -- PROGRAM [ARGUMENT]...",
	.summary = "Run a program under limits, without a container",
	.least = 1,
	.most = SIZE_MAX,
	.table = { scope_options, count_of(scope_options), OPTIONS_FIRST },
	.size = sizeof(struct scope_options),
	.run = scope,
	.failure = scope_failure,
};
