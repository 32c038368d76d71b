#include "frontend/cmd/amount.h"
#include "frontend/cmd/verbs.h"

#include "frontend/codes.h"
#include "frontend/run.h"
#include "frontend/spec/spec.h"

struct scope_options {
	const char *memory, *memory_high, *swap, *cpus, *pids, *io, *cpuset_cpus, *cpuset_mems;
};

#define FIELD(member) offsetof(struct scope_options, member)

static const struct option scope_options[] = {
	{ "memory", 'm', OPTION_TEXT, FIELD(memory), "BYTES", "at most so much memory: 512m, 2g" },
	{ "memory-high", 0, OPTION_TEXT, FIELD(memory_high), "BYTES",
	  "slow it down above so much memory" },
	{ "memory-swap", 0, OPTION_TEXT, FIELD(swap), "BYTES",
	  "at most so much memory and swap together; -1: any swap" },
	{ "cpus", 0, OPTION_TEXT, FIELD(cpus), "N", "at most so many CPUs' time: 1.5" },
	{ "pids", 0, OPTION_TEXT, FIELD(pids), "N", "at most so many processes and threads" },
	{ "io", 0, OPTION_TEXT, FIELD(io), "WEIGHT", "share of the disks, 10 to 1000" },
	{ "cpuset-cpus", 0, OPTION_TEXT, FIELD(cpuset_cpus), "LIST", "only these CPUs: 0-3,8" },
	{ "cpuset-mems", 0, OPTION_TEXT, FIELD(cpuset_mems), "LIST", "only these memory nodes" },
};

static int bad_value(const char *option, const char *text, struct error *err)
{
	error_set(err, RR_USE_04, "%s: \"%.80s\" is no such amount", option, text);
	return error_kind(err, ERROR_USAGE);
}

static int amount_read(const char *option, const char *text,
		       int (*read)(const char *text, int64_t *ret), struct spec_amount *ret,
		       struct error *err)
{
	if (!text)
		return 0;
	if (read(text, &ret->value) < 0)
		return bad_value(option, text, err);
	ret->where = option;
	return 0;
}

static int resources_read(struct arena *arena, const struct scope_options *options,
			  struct spec_resources *ret, struct error *err)
{
	struct spec_amount high = { 0 }, io = { 0 };
	struct spec_unified *unified;

	if (amount_read("--memory", options->memory, amount_bytes, &ret->memory, err) < 0 ||
	    amount_read("--memory-high", options->memory_high, amount_bytes, &high, err) < 0 ||
	    amount_read("--memory-swap", options->swap, amount_bytes, &ret->swap, err) < 0 ||
	    amount_read("--cpus", options->cpus, amount_cpus, &ret->quota, err) < 0 ||
	    amount_read("--pids", options->pids, amount_number, &ret->pids, err) < 0 ||
	    amount_read("--io", options->io, amount_number, &io, err) < 0)
		return -1;
	if (io.where && (io.value < 10 || io.value > 1000))
		return bad_value("--io", options->io, err);
	if (io.where)
		ret->io_weight = (struct spec_count){ "--io", (uint64_t)io.value };
	if (options->cpuset_cpus)
		ret->cpus = (struct spec_text){ "--cpuset-cpus", options->cpuset_cpus };
	if (options->cpuset_mems)
		ret->mems = (struct spec_text){ "--cpuset-mems", options->cpuset_mems };
	if (!high.where)
		return 0;
	unified = arena_new(arena, struct spec_unified);
	*unified = (struct spec_unified){
		"--memory-high", "memory.high",
		high.value < 0 ? "max" : arena_print(arena, "%lld", (long long)high.value)
	};
	ret->unified = unified;
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
