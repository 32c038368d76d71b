#include "policy/cgroup.h"

#include "common/attr.h"

#include <string.h>

const char *const cgroup_controllers[CGROUP_CONTROLLERS] = {
	[CGROUP_PIDS] = "pids", [CGROUP_MEMORY] = "memory",   [CGROUP_CPU] = "cpu",
	[CGROUP_IO] = "io",	[CGROUP_HUGETLB] = "hugetlb", [CGROUP_CPUSET] = "cpuset",
};

/* Writable files whose content is no limit though it is neither empty nor "max": with this content,
 * or with any (null). Protection that is left behind (min, low) loosens nothing. */
static const struct {
	const char *name, *content;
} harmless[] = {
	{ "cgroup.procs", NULL },
	{ "cgroup.threads", NULL },
	{ "cgroup.subtree_control", NULL },
	{ "cgroup.type", "domain" },
	{ "cgroup.freeze", "0" },
	{ "cgroup.pressure", "1" },
	{ "cpu.pressure", NULL },
	{ "io.pressure", NULL },
	{ "irq.pressure", NULL },
	{ "memory.pressure", NULL },
	{ "cpu.idle", "0" },
	{ "cpu.max.burst", "0" },
	{ "cpu.uclamp.min", "0.00" },
	{ "cpu.weight", "100" },
	{ "cpu.weight.nice", "0" },
	{ "cpuset.cpus.partition", "member" },
	{ "io.weight", "default 100" },
	{ "io.bfq.weight", "default 100" },
	{ "io.prio.class", "no-change" },
	{ "memory.low", NULL },
	{ "memory.min", NULL },
	{ "memory.oom.group", NULL },
	{ "memory.peak", NULL },
	{ "memory.swap.peak", NULL },
	{ "memory.zswap.writeback", "1" },
};

/* Linux 6.18 says 2^63 less a page in a fresh cgroup, where others say "max"; rounded down to whole
 * pages of a GiB it is still more than there is. */
static bool is_boundless(struct text name, struct text number)
{
	static const char least[] = "9223372035781033984";

	return name.size > 8 && memcmp(name.at, "hugetlb.", 8) == 0 &&
	       number.size == sizeof(least) - 1 && text_all_digits(number) &&
	       memcmp(number.at, least, sizeof(least) - 1) >= 0;
}

bool cgroup_unlimited(struct text name, struct text content, uint64_t *ret_pids)
{
	struct text line = text_cut(&content, '\n'), word = line;
	bool single = content.size == 0; /* devices and resources have lines of their own */
	uint32_t pids;

	if (text_equal(name, text_of("cpu.max"))) /* "max" and the period */
		word = text_cut(&word, ' ');
	if (single &&
	    (line.size == 0 || text_equal(word, text_of("max")) || is_boundless(name, line)))
		return true;
	for (size_t i = 0; i < count_of(harmless); i++)
		if (text_equal(name, text_of(harmless[i].name)))
			return !harmless[i].content ||
			       (single && text_equal(line, text_of(harmless[i].content)));
	if (!text_equal(name, text_of("pids.max")) || !single || !text_number(line, &pids))
		return false;
	*ret_pids = pids;
	return true;
}

static const struct rule {
	const char *file;
	enum controller controller;
	uint64_t least, most;
	bool max; /* may be "max" */
} rules[] = {
	[LIMIT_PIDS] = { "pids.max", CGROUP_PIDS, 0, 4194304, true },
	[LIMIT_MEMORY] = { "memory.max", CGROUP_MEMORY, 0, INT64_MAX, true },
	[LIMIT_MEMORY_HIGH] = { "memory.high", CGROUP_MEMORY, 0, INT64_MAX, true },
	[LIMIT_SWAP] = { "memory.swap.max", CGROUP_MEMORY, 0, INT64_MAX, true },
	[LIMIT_CPU_QUOTA] = { "cpu.max", CGROUP_CPU, 1000, UINT32_MAX, true },
	[LIMIT_CPU_PERIOD] = { NULL, CGROUP_CPU, 1000, 1000000, false },
	[LIMIT_CPU_WEIGHT] = { "cpu.weight", CGROUP_CPU, 1, 10000, false },
	[LIMIT_IO_WEIGHT] = { "io.weight", CGROUP_IO, 1, 10000, false },
	[LIMIT_HUGETLB_2M] = { "hugetlb.2MB.max", CGROUP_HUGETLB, 0, INT64_MAX, true },
	[LIMIT_HUGETLB_1G] = { "hugetlb.1GB.max", CGROUP_HUGETLB, 0, INT64_MAX, true },
	[LIMIT_MEMS] = { "cpuset.mems", CGROUP_CPUSET, 0, UINT64_MAX, true },
	[LIMIT_CPUS] = { "cpuset.cpus", CGROUP_CPUSET, 0, UINT64_MAX, true },
	/* Three more words of the same set. */
	{ NULL, CGROUP_CPUSET, 0, UINT64_MAX, true },
	{ NULL, CGROUP_CPUSET, 0, UINT64_MAX, true },
	{ NULL, CGROUP_CPUSET, 0, UINT64_MAX, true },
};
static_assert(count_of(rules) == WIRE_LIMITS, "a rule for each limit");

static bool put(struct cgroup_verdict *verdict, struct cgroup_writes *writes, const char *file,
		uint32_t limit, const uint64_t *numbers, uint32_t count)
{
	struct pen pen = { verdict->text, sizeof(verdict->text), verdict->used };
	bool fits = writes->count < count_of(writes->write);

	for (uint32_t i = 0; fits && i < count; i++)
		fits = (i == 0 || text_put(&pen, text_of(" "))) &&
		       (numbers[i] == WIRE_MAX ? text_put(&pen, text_of("max"))
					       : text_put_number(&pen, numbers[i]));
	if (!fits)
		return false;
	writes->write[writes->count++] =
		(struct cgroup_write){ file, limit, verdict->used,
				       (uint32_t)pen.used - verdict->used };
	verdict->used = (uint32_t)pen.used;
	return true;
}

/* "0,5,": what the kernel's bitmap parser takes; a comma at the end means nothing to it. */
static bool put_set(struct cgroup_verdict *verdict, uint32_t limit, const uint64_t *words,
		    uint32_t count)
{
	struct pen pen = { verdict->text, sizeof(verdict->text), verdict->used };
	struct cgroup_write *write = &verdict->top.write[verdict->top.count];
	bool fits = verdict->top.count < count_of(verdict->top.write);

	for (uint32_t bit = 0; bit < 64 * count; bit++)
		if (words[bit / 64] >> bit % 64 & 1)
			fits = fits && text_put_number(&pen, bit) && text_put(&pen, text_of(","));
	if (!fits || pen.used == verdict->used)
		return false;
	*write = (struct cgroup_write){ rules[limit].file, limit, verdict->used,
					(uint32_t)pen.used - verdict->used };
	verdict->top.count++;
	verdict->used = (uint32_t)pen.used;
	return true;
}

static bool asked(const struct wire_request *request, uint32_t limit)
{
	return request->limits >> limit & 1;
}

static uint64_t cap_mib(uint32_t value)
{
	return value == CONFIG_NO_CAP ? WIRE_MAX : (uint64_t)value << 20;
}

static uint64_t cap_number(uint32_t value)
{
	return value == CONFIG_NO_CAP ? WIRE_MAX : value;
}

/* PERCENT of one CPU, in µs of each period. */
static uint64_t cap_quota(uint32_t percent, uint64_t period)
{
	return percent == CONFIG_NO_CAP ? WIRE_MAX : period * percent / 100;
}

/* A new cgroup gets what policy allows where nothing was asked for; an update leaves that alone. */
static bool put_capped(const struct wire_request *request, struct cgroup_verdict *verdict,
		       uint32_t limit, uint64_t cap, uint64_t period)
{
	uint64_t value = asked(request, limit) ? request->limit[limit] : WIRE_MAX;

	if (!asked(request, limit) && (cap == WIRE_MAX || request->op != OP_PREPARE))
		return true;
	if (value > cap && asked(request, limit))
		verdict->clamped |= 1u << limit;
	return put(verdict, &verdict->top, rules[limit].file, limit,
		   (uint64_t[]){ value < cap ? value : cap, period },
		   limit == LIMIT_CPU_QUOTA ? 2 : 1);
}

static uint32_t controllers_of(const struct cgroup_writes *writes)
{
	uint32_t controllers = 0;

	for (uint32_t i = 0; i < writes->count; i++)
		if (writes->write[i].limit < WIRE_LIMITS)
			controllers |= 1u << rules[writes->write[i].limit].controller;
	return controllers;
}

/* A period means something with a quota, and the words of a set mean something together. */
static bool words_belong(const struct wire_request *request, uint32_t *ret_detail)
{
	uint32_t set = request->limits >> LIMIT_CPUS;

	*ret_detail = set != 0 && set != 15 ? LIMIT_CPUS : LIMIT_CPU_PERIOD;
	return (set == 0 || set == 15) &&
	       (!asked(request, LIMIT_CPU_PERIOD) || asked(request, LIMIT_CPU_QUOTA));
}

static enum wire_verdict limits_judge(const struct config *config,
				      const struct wire_request *request,
				      struct cgroup_verdict *ret, uint32_t *ret_detail)
{
	const uint32_t *value = config->value;
	uint64_t period =
		asked(request, LIMIT_CPU_PERIOD) ? request->limit[LIMIT_CPU_PERIOD] : 100000;
	uint64_t memory = cap_mib(value[CONFIG_CONTAINER_MEMORY]);
	bool fits;

	for (uint32_t i = 0; i < WIRE_LIMITS; i++) {
		uint64_t wanted = request->limit[i];
		bool sound = (wanted >= rules[i].least && wanted <= rules[i].most) ||
			     (wanted == WIRE_MAX && rules[i].max);

		*ret_detail = i;
		if (asked(request, i) && !sound)
			return VERDICT_LIMIT;
	}
	if (!words_belong(request, ret_detail))
		return VERDICT_LIMIT;
	*ret_detail = 0;
	fits = put_capped(request, ret, LIMIT_PIDS, cap_number(value[CONFIG_CONTAINER_PIDS]), 0) &&
	       put_capped(request, ret, LIMIT_MEMORY_HIGH, WIRE_MAX, 0) &&
	       put_capped(request, ret, LIMIT_SWAP, memory, 0) &&
	       put_capped(request, ret, LIMIT_MEMORY, memory, 0) &&
	       put_capped(request, ret, LIMIT_CPU_QUOTA,
			  cap_quota(value[CONFIG_CONTAINER_CPU], period), period);
	for (uint32_t i = LIMIT_CPU_WEIGHT; fits && i < LIMIT_MEMS; i++)
		fits = put_capped(request, ret, i, WIRE_MAX, 0);
	if (fits && asked(request, LIMIT_MEMS))
		fits = put_set(ret, LIMIT_MEMS, &request->limit[LIMIT_MEMS], 1);
	if (fits && asked(request, LIMIT_CPUS))
		fits = put_set(ret, LIMIT_CPUS, &request->limit[LIMIT_CPUS], 4);
	ret->controllers = controllers_of(&ret->top);
	return fits ? VERDICT_DENY : VERDICT_PROTOCOL;
}

/* The user's totals over all their containers: only the site's slice is ours to limit (H-83). A
 * pids.max that is left counts for the sum, or two containers would have it twice. */
static bool totals_put(const struct config *config, uint64_t left, struct cgroup_verdict *ret)
{
	const uint32_t *value = config->value;
	uint64_t pids = cap_number(value[CONFIG_USER_PIDS]);
	const struct {
		uint32_t limit;
		uint64_t cap, period;
	} totals[] = {
		{ LIMIT_PIDS, left < pids ? left : pids, 0 },
		{ LIMIT_MEMORY, cap_mib(value[CONFIG_USER_MEMORY]), 0 },
		{ LIMIT_CPU_QUOTA, cap_quota(value[CONFIG_USER_CPU], 100000), 100000 },
	};
	const uint64_t most = (uint64_t)value[CONFIG_MAX_CGROUPS] * (CGROUP_DESCENDANTS + 1);
	bool fits = put(ret, &ret->user, "cgroup.max.descendants", WIRE_LIMITS, &most, 1);

	for (size_t i = 0; fits && i < count_of(totals); i++)
		if (totals[i].cap != WIRE_MAX ||
		    ret->controllers >> rules[totals[i].limit].controller & 1)
			fits = put(ret, &ret->user, rules[totals[i].limit].file, totals[i].limit,
				   &totals[i].cap, totals[i].period ? 2 : 1);
	ret->controllers |= controllers_of(&ret->user);
	return fits;
}

/* How many of the caller's cgroups are left behind on the way to PLACE. */
static uint32_t levels_left(const struct cgroup_facts *facts, enum cgroup_place place)
{
	return place == PLACE_SIBLING ? 1 : facts->depth;
}

/* The never-loosens check. *ret_pids is the smallest pids.max that is left. */
static enum wire_verdict leave_judge(const struct cgroup_facts *facts, uint32_t levels,
				     uint64_t *ret_pids, uint32_t *ret_which, uint32_t *ret_detail)
{
	*ret_pids = WIRE_MAX;
	for (uint32_t i = 0; i < levels; i++) {
		const struct cgroup_level *level = &facts->level[i];

		*ret_which = i;
		*ret_detail = LEFT_UNSEEN;
		if (i >= facts->scanned || level->unseen)
			return VERDICT_LOOSENS;
		*ret_detail = level->programs ? LEFT_PROGRAM : LEFT_LIMIT;
		if (level->programs || level->limited)
			return VERDICT_LOOSENS;
		if (level->pids < *ret_pids)
			*ret_pids = level->pids;
	}
	*ret_which = *ret_detail = 0;
	return VERDICT_DENY;
}

/* In the site's slice a pids.max that is left is carried over, into `ctr`, which no update reaches;
 * beside the caller there is nothing of the kind. */
static enum wire_verdict place_judge(const struct cgroup_facts *facts, const struct config *config,
				     enum cgroup_place place, struct cgroup_verdict *ret,
				     uint32_t *ret_which, uint32_t *ret_detail)
{
	struct cgroup_verdict trial = *ret;
	uint64_t pids;
	enum wire_verdict code =
		leave_judge(facts, levels_left(facts, place), &pids, ret_which, ret_detail);

	if (code != VERDICT_DENY)
		return code;
	if (place == PLACE_SIBLING && (pids != WIRE_MAX || facts->depth < 2))
		return VERDICT_LOOSENS;
	if (place == PLACE_SLICE && !totals_put(config, pids, &trial))
		return VERDICT_PROTOCOL;
	if (pids != WIRE_MAX) {
		trial.controllers |= 1u << CGROUP_PIDS;
		if (!put(&trial, &trial.ctr, rules[LIMIT_PIDS].file, LIMIT_PIDS, &pids, 1))
			return VERDICT_PROTOCOL;
	}
	for (uint32_t i = 0; i < trial.top.count; i++) {
		*ret_detail = trial.top.write[i].limit;
		if (*ret_detail < WIRE_LIMITS &&
		    !(facts->offered[place] >> rules[*ret_detail].controller & 1))
			return VERDICT_LIMIT;
	}
	*ret_detail = LIMIT_PIDS;
	if (!facts->usable[place] || trial.controllers & ~facts->offered[place])
		return VERDICT_LIMIT;
	*ret_detail = 0;
	*ret = trial;
	ret->place = place;
	return VERDICT_DENY;
}

/* Beside a session, in the user's own slice, a container is found from all logins of the user.
 * Elsewhere it would be below a unit of systemd's that was not delegated (C-18), and no other login
 * would find it: there the site has to have asked for that. */
static bool allowed(const struct cgroup_facts *facts, const struct config *config,
		    enum config_placement placement)
{
	return config->value[CONFIG_PLACEMENT] == PLACEMENT_AUTO
		       ? placement == PLACEMENT_SLICE || facts->home
		       : config->value[CONFIG_PLACEMENT] == placement;
}

/* Batch jobs are never left, whatever their limits: *ret_which is how far up theirs is. */
static enum wire_verdict job_judge(const struct cgroup_facts *facts, const struct config *config,
				   uint32_t *ret_which)
{
	struct text path = { facts->path + 1, facts->size - 1 };

	for (uint32_t above = facts->depth; path.at && above-- > 0;) {
		*ret_which = above;
		if (config_never_leave(config, text_cut(&path, '/')))
			return VERDICT_JOB;
	}
	*ret_which = 0;
	return VERDICT_DENY;
}

static enum wire_verdict start_judge(const struct cgroup_facts *facts, const struct config *config,
				     uint32_t *ret_which)
{
	if (!facts->tree)
		return VERDICT_NO_TREE;
	if (!facts->recent)
		return VERDICT_TARGET;
	if (!facts->same)
		return VERDICT_ELSEWHERE;
	if (facts->own)
		return VERDICT_OWN_TREE;
	return job_judge(facts, config, ret_which);
}

static enum wire_verdict prepare_judge(const struct cgroup_facts *facts,
				       const struct config *config,
				       const struct wire_request *request,
				       struct cgroup_verdict *ret, uint32_t *ret_which,
				       uint32_t *ret_detail)
{
	const uint64_t descendants = CGROUP_DESCENDANTS, depth = CGROUP_DEPTH;
	enum wire_verdict code = start_judge(facts, config, ret_which);

	if (code != VERDICT_DENY)
		return code;
	if (config->value[CONFIG_PLACEMENT] == PLACEMENT_INHERIT)
		return VERDICT_INHERIT;
	ret->most = config->value[CONFIG_MAX_CGROUPS];
	code = limits_judge(config, request, ret, ret_detail);
	if (code != VERDICT_DENY)
		return code;
	if (!put(ret, &ret->top, "cgroup.max.descendants", WIRE_LIMITS, &descendants, 1) ||
	    !put(ret, &ret->top, "cgroup.max.depth", WIRE_LIMITS, &depth, 1))
		return VERDICT_PROTOCOL;
	code = VERDICT_LOOSENS;
	if (allowed(facts, config, PLACEMENT_SIBLING))
		code = place_judge(facts, config, PLACE_SIBLING, ret, ret_which, ret_detail);
	if (code != VERDICT_DENY && allowed(facts, config, PLACEMENT_SLICE))
		code = place_judge(facts, config, PLACE_SLICE, ret, ret_which, ret_detail);
	return code;
}

/* Into a container's cgroup only on the terms on which it could have been made from here: else one
 * login could lend another its freedom. */
static enum wire_verdict attach_judge(const struct cgroup_facts *facts, const struct config *config,
				      uint32_t *ret_which, uint32_t *ret_detail)
{
	enum wire_verdict code = start_judge(facts, config, ret_which);
	uint64_t pids;

	if (code == VERDICT_DENY && !facts->found)
		return VERDICT_UNKNOWN;
	if (code == VERDICT_DENY)
		code = leave_judge(facts, levels_left(facts, facts->place), &pids, ret_which,
				   ret_detail);
	return code == VERDICT_DENY && facts->pids > pids ? VERDICT_LOOSENS : code;
}

bool cgroup_settled(const struct cgroup_facts *facts, const struct config *config,
		    const struct wire_request *request)
{
	struct cgroup_verdict trial = { 0 };
	uint32_t which, detail;

	if (request->op == OP_PREPARE)
		return prepare_judge(facts, config, request, &trial, &which, &detail) !=
			       VERDICT_LOOSENS ||
		       facts->scanned == facts->depth;
	return attach_judge(facts, config, &which, &detail) != VERDICT_LOOSENS ||
	       facts->scanned == facts->depth;
}

enum wire_verdict cgroup_judge(const struct cgroup_facts *facts, const struct config *config,
			       const struct wire_request *request, struct cgroup_verdict *ret,
			       uint32_t *ret_which, uint32_t *ret_detail)
{
	*ret = (struct cgroup_verdict){ .place = facts->place };
	if (request->op == OP_PREPARE)
		return config->value[CONFIG_CGROUP]
			       ? prepare_judge(facts, config, request, ret, ret_which, ret_detail)
			       : VERDICT_CGROUP_OFF;
	if (request->op == OP_ATTACH)
		return attach_judge(facts, config, ret_which, ret_detail);
	if (!facts->found)
		return VERDICT_UNKNOWN;
	return request->op == OP_UPDATE ? limits_judge(config, request, ret, ret_detail)
					: VERDICT_DENY;
}
