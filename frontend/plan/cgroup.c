#include "frontend/plan/parts.h"

#include "frontend/cgroup/here.h"
#include "frontend/codes.h"
#include "frontend/plan/limits.h"

#include <string.h>

#define PERIOD_HELD 100000 /* µs: here.h */

/* The first limit whose absence would be missed; null: none was asked for. */
static const struct cgroup_limit *first_asked(const struct cgroup_limits *limits)
{
	for (size_t i = 0; i < limits->count; i++)
		if (!plan_limit_replaced(limits, i) && plan_limit_asks(&limits->item[i]))
			return &limits->item[i];
	return NULL;
}

static bool is_inside(const char *path, const char *tree)
{
	size_t length = strcmp(tree, "/") == 0 ? 0 : strlen(tree);

	return strncmp(path, tree, length) == 0 && path[length] == '/' && path[length + 1];
}

/* cgroupsPath where it lies in the caller's own tree, else a name of our own. 250: NAME_MAX. */
static const char *own_path(struct arena *arena, const char *own, const char *asked, const char *id)
{
	if (asked) {
		const char *path = plan_clean(
			arena, asked[0] == '/' ? asked : arena_print(arena, "%s/%s", own, asked));

		if (is_inside(path, own))
			return path;
	}
	return plan_clean(arena, arena_print(arena, "%s/rrun-%.250s", own, id));
}

static void own(struct arena *arena, const struct spec *spec, const struct plan_facts *facts,
		const struct cgroup_limits *limits, struct plan_cgroup *ret)
{
	ret->way = WAY_OWN;
	ret->mount = facts->here->mount;
	ret->base = facts->here->own;
	ret->path = own_path(arena, facts->here->own, spec->cgroups_path, facts->id);
	/* Without the controllers nothing was asked for but "max", and that is so without them. */
	if (!(limits->controllers & ~facts->here->own_controllers))
		ret->limits = *limits;
}

/* VALUE over the helper's places from PLACE on: is it no tighter than what is held? */
static bool is_held(const uint64_t held[WIRE_LIMITS], enum wire_limit place, size_t count,
		    const uint64_t *value)
{
	if (place == LIMIT_CPU_WEIGHT || place == LIMIT_IO_WEIGHT)
		return value[0] == 100; /* the default: it asks for nothing */
	if (place == LIMIT_MEMS || place == LIMIT_CPUS) {
		for (size_t i = 0; i < count; i++)
			if (held[place + i] & ~value[i])
				return false;
		return true;
	}
	if (value[0] == WIRE_MAX || place != LIMIT_CPU_QUOTA)
		return value[0] >= held[place];
	return held[place] != WIRE_MAX && (unsigned __int128)value[0] * PERIOD_HELD >=
						  (unsigned __int128)held[place] * value[1];
}

static const struct cgroup_limit *first_tighter(const struct cgroup_limits *limits,
						const uint64_t held[WIRE_LIMITS])
{
	for (size_t i = 0; i < limits->count; i++) {
		uint64_t value[WIRE_PLACES];
		enum wire_limit place = LIMIT_PIDS;
		size_t count = plan_wire_limit(&limits->item[i], &place, value);

		if (plan_limit_replaced(limits, i) || !plan_limit_asks(&limits->item[i]))
			continue;
		if (count == 0 || !is_held(held, place, count, value))
			return &limits->item[i];
	}
	return NULL;
}

/* "0-3,8" */
static const char *set_text(struct arena *arena, const uint64_t *set, size_t words)
{
	const char *text = "";

	for (size_t i = 0; i < words * 64; i++) {
		size_t last = i;

		if (!(set[i / 64] >> (i % 64) & 1))
			continue;
		while (last + 1 < words * 64 && (set[(last + 1) / 64] >> ((last + 1) % 64) & 1))
			last++;
		text = arena_print(arena, last > i ? "%s%s%zu-%zu" : "%s%s%zu", text,
				   *text ? "," : "", i, last);
		i = last;
	}
	return text;
}

static const char *held_text(struct arena *arena, const uint64_t held[WIRE_LIMITS],
			     enum wire_limit place)
{
	if (place == LIMIT_MEMS || place == LIMIT_CPUS)
		return set_text(arena, &held[place], place == LIMIT_CPUS ? 4 : 1);
	if (held[place] == WIRE_MAX)
		return "none";
	return arena_print(arena, place == LIMIT_CPU_QUOTA ? "%llu 100000" : "%llu",
			   (unsigned long long)held[place]);
}

static const char *scheduler_option(const char *file)
{
	static const struct {
		uint32_t controller;
		const char *option;
	} options[] = {
		{ CONTROLLER_MEMORY, "ask the scheduler for less (srun --mem=…), or " },
		{ CONTROLLER_CPU, "ask the scheduler for less (srun --cpus-per-task=…), or " },
		{ CONTROLLER_CPUSET, "ask the scheduler for less (srun --cpus-per-task=…), or " },
	};

	for (size_t i = 0; i < count_of(options); i++)
		if (options[i].controller == plan_controller(file))
			return options[i].option;
	return "";
}

static int refuse_tighter(struct arena *arena, const struct here *here,
			  const struct cgroup_limit *limit, struct error *err)
{
	uint64_t value[WIRE_PLACES];
	enum wire_limit place = LIMIT_PIDS;

	error_set(err, RR_CGR_02, "%s: %.100s is tighter than the batch job's own limit",
		  limit->where, limit->value);
	if (plan_wire_limit(limit, &place, value) == 0)
		error_why(err, "%s of the job %s is not known to hold it", limit->file, here->job);
	else
		error_why(err, "%s of the job %s is %s", limit->file, here->job,
			  held_text(arena, here->held, place));
	return error_hint(err, "%sstart it outside a job; a job's container stays in the job",
			  scheduler_option(limit->file));
}

static int in_job(struct arena *arena, const struct here *here, const struct cgroup_limits *limits,
		  struct plan_cgroup *ret, struct error *err)
{
	const struct cgroup_limit *tighter = first_tighter(limits, here->held);

	if (tighter)
		return refuse_tighter(arena, here, tighter, err);
	ret->note = arena_print(arena,
				first_asked(limits) ? "the limits are held by the batch job %s"
						    : "the container stays in the batch job %s",
				here->job);
	return 0;
}

static int refuse_v1(const struct cgroup_limit *asked, const struct here *here, struct error *err)
{
	if (!here) {
		error_set(err, RR_CGR_01,
			  "%s needs cgroup v2, and cgroups are disabled "
			  "(--cgroup-manager disabled)",
			  asked->where);
		return error_hint(err, "leave the limit out, or that option");
	}
	error_set(err, RR_CGR_01, "%s needs cgroup v2, and this machine has cgroup v1 only",
		  asked->where);
	return error_hint(err,
			  "the admin can switch it over with systemd.unified_cgroup_hierarchy=1 "
			  "on the kernel's command line");
}

static int refuse_blocked(const struct cgroup_limit *asked, const struct here *here,
			  struct error *err)
{
	error_set(err, RR_CGR_02, "%s cannot be held here", asked->where);
	error_why(err, "a cgroup of your own would leave the limit in %s behind",
		  here->own_blocked);
	return error_hint(err,
			  "start it from where that limit is none, or ask the admin to lift it");
}

static int refuse_beyond(const char *where, struct error *err)
{
	error_set(err, RR_CGR_02, "%s can only be held in a cgroup tree of your own", where);
	return error_hint(err, "systemd-run --user --scope -p Delegate=yes rrun …");
}

/* The controller that the caller's own tree lacks. */
static int refuse_lacking(const struct cgroup_limits *limits, const struct here *here,
			  struct error *err)
{
	const struct cgroup_limit *limit = limits->item;

	while (limit->may_miss || !(plan_controller(limit->file) & ~here->own_controllers))
		limit++;
	error_set(err, RR_CGR_02, "%s cannot be held here", limit->where);
	error_why(err, "the controller %.*s is not delegated to %s", (int)strcspn(limit->file, "."),
		  limit->file, here->own);
	return error_hint(err, "the admin can delegate it: Delegate=cpu cpuset io memory pids in a "
			       "drop-in for user@.service");
}

static int by_helper(struct arena *arena, const struct here *here,
		     const struct cgroup_limits *limits, struct plan_cgroup *ret, struct error *err)
{
	const struct cgroup_limit *asked = first_asked(limits);
	struct plan_cgroup made = { .way = WAY_HELPER, .limits = *limits, .optional = !asked };
	const char *beyond;

	if (here->own_blocked && asked)
		return refuse_blocked(asked, here, err);
	if (here->own_blocked) {
		ret->note = arena_print(arena,
					"no cgroup of its own: that would leave the limit in %s "
					"behind",
					here->own_blocked);
		return 0;
	}
	if (plan_wire_limits(limits, &made.asked, made.limit, &beyond) < 0)
		return refuse_beyond(beyond, err);
	*ret = made;
	return 0;
}

/* Engine and root mode have no helper: the cgroup is theirs already, or it is what it is. */
static int without_helper(struct arena *arena, const struct cgroup_limits *limits,
			  struct plan_cgroup *ret)
{
	const struct cgroup_limit *asked = first_asked(limits);

	if (asked)
		ret->note = arena_print(arena,
					"%s is not held: the cgroup tree here is not the engine's "
					"own, and the container stays in the engine's cgroup",
					asked->where);
	return 0;
}

/* Afterwards it is decided whose cgroup it will be, and that each limit asked for will hold, or
 * the user is told. */
int plan_make_cgroup(struct arena *arena, const struct spec *spec, const struct plan_facts *facts,
		     struct plan_cgroup *cgroup, struct error *err)
{
	const struct here *here = facts->here;
	struct cgroup_limits limits = { 0 };
	const struct cgroup_limit *asked;

	if (plan_limits(arena, &spec->resources, &limits, err) < 0)
		return -1;
	if (limits.count == 0 && !spec->cgroups_path)
		return 0;
	asked = first_asked(&limits);
	if (!here || !here->mount)
		return asked ? refuse_v1(asked, here, err) : 0;
	if (here->own && (!asked || !(limits.controllers & ~here->own_controllers))) {
		own(arena, spec, facts, &limits, cgroup);
		return 0;
	}
	if (here->job)
		return in_job(arena, here, &limits, cgroup, err);
	/* The helper does nothing in a tree that is the caller's. */
	if (here->own)
		return refuse_lacking(&limits, here, err);
	if (facts->caller->mode == MODE_DIRECT)
		return by_helper(arena, here, &limits, cgroup, err);
	return without_helper(arena, &limits, cgroup);
}

int plan_cgroup(struct arena *arena, const struct spec *spec, const struct plan_facts *facts,
		struct plan *plan, struct error *err)
{
	return plan_make_cgroup(arena, spec, facts, &plan->cgroup, err);
}
