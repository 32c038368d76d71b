#include "frontend/plan/filter_parts.h"

#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <string.h>

#define X32_FIRST 0x40000000U
#define SKIPPED UINT32_MAX /* -1: a tracer has skipped the call; seccomp(2), "SECCOMP_RET_TRACE" */

/* Two architectures in one, each slot with a range before it, and the ends. */
#define RANGES_MOST (2 * (2 * FILTER_SLOTS + 4))

static bool same(const struct filter_range *a, const struct filter_range *b)
{
	return a->kind == b->kind && a->kind != LEAF_BRANCHES && a->action == b->action;
}

/* From RANGE.first on: what began there before is replaced, and equal neighbours are one. */
static void put(struct filter_ranges *ranges, struct filter_range range)
{
	if (ranges->count > 0 && ranges->range[ranges->count - 1].first == range.first)
		ranges->count--;
	if (ranges->count > 0 && same(&ranges->range[ranges->count - 1], &range))
		return;
	ranges->range[ranges->count++] = range;
}

static void put_action(struct filter_ranges *ranges, uint32_t first, uint32_t action)
{
	put(ranges, (struct filter_range){ .first = first, .action = action });
}

static void put_call(const struct filter_part *part, uint32_t number,
		     const struct filter_call *call, struct filter_ranges *ranges)
{
	uint32_t fallback = part->profile->default_action;

	if (call->decided)
		put_action(ranges, number, call->action);
	else
		put(ranges, (struct filter_range){ .first = number,
						   .kind = LEAF_BRANCHES,
						   .action = fallback,
						   .branches = call->branches });
	put_action(ranges, number + 1, fallback);
}

static void put_calls(const struct filter_part *part, const struct filter_calls *calls,
		      struct filter_ranges *ranges)
{
	put_action(ranges, calls->arch->base, part->profile->default_action);
	for (size_t i = 0; i < FILTER_SLOTS; i++)
		if (calls->call[i].decided || calls->call[i].branches)
			put_call(part, filter_slot_number(calls->arch, i), &calls->call[i], ranges);
}

static void put_onward(struct filter_ranges *ranges, uint32_t first)
{
	put(ranges, (struct filter_range){ .first = first, .kind = LEAF_ONWARD });
}

static void put_architecture(const struct filter_part *part, const struct filter_calls *calls,
			     struct filter_ranges *ranges)
{
	if (part->extent == EXTENT_ENOSYS)
		put_onward(ranges, calls->arch->base);
	else
		put_calls(part, calls, ranges);
	if (part->extent != EXTENT_PROFILE && calls->named)
		put_action(ranges, calls->greatest + 1, SCMP_ACT_ERRNO(ENOSYS));
}

/* The kernel gives x32 the architecture of x86-64. A profile without x32 means it as little as any
 * other that it does not list; but -1 is no call of x32. */
static void put_no_x32(const struct filter_part *part, struct filter_ranges *ranges)
{
	struct filter_range last = ranges->range[ranges->count - 1];

	if (part->extent == EXTENT_ENOSYS)
		put_onward(ranges, X32_FIRST);
	else
		put_action(ranges, X32_FIRST, SCMP_ACT_KILL_THREAD);
	last.first = SKIPPED;
	put(ranges, last);
}

static bool lists(const struct spec_seccomp *profile, uint32_t token)
{
	for (size_t i = 0; i < profile->architecture_count; i++)
		if (profile->architectures[i] == token)
			return true;
	return seccomp_arch_native() == token;
}

static void read_architecture(const struct filter_part *part, uint32_t token,
			      struct filter_calls *calls, struct filter_ranges *ranges,
			      struct filter_whole *whole)
{
	const struct filter_arch *arch = filter_arch_find(token);

	filter_calls_read(part->arena, part->profile, arch, calls);
	whole->beyond |= calls->beyond;
	if (!whole->tangled)
		whole->tangled = calls->tangled;
	ranges->audit = arch->audit;
	put_architecture(part, calls, ranges);
}

/* A kernel architecture with all that goes by its name. */
static void add_architecture(const struct filter_part *part, uint32_t token,
			     struct filter_calls *calls, struct filter_whole *whole)
{
	struct filter_ranges *ranges = &whole->ranges[whole->count];

	ranges->range = arena_array(part->arena, RANGES_MOST, sizeof(ranges->range[0]));
	read_architecture(part, token, calls, ranges, whole);
	if (token == SCMP_ARCH_X86_64 && lists(part->profile, SCMP_ARCH_X32))
		read_architecture(part, SCMP_ARCH_X32, calls, ranges, whole);
	else if (token == SCMP_ARCH_X86_64)
		put_no_x32(part, ranges);
	whole->count++;
}

static bool has(const struct filter_whole *whole, uint32_t audit)
{
	for (size_t i = 0; i < whole->count; i++)
		if (whole->ranges[i].audit == audit)
			return true;
	return false;
}

void filter_ranges_make(const struct filter_part *part, struct filter_whole *ret)
{
	const struct spec_seccomp *profile = part->profile;
	struct filter_calls *calls = arena_new(part->arena, struct filter_calls);

	*ret = (struct filter_whole){ 0 };
	for (size_t i = 0; i <= profile->architecture_count; i++) {
		uint32_t token = i == 0 ? seccomp_arch_native() : profile->architectures[i - 1];
		const struct filter_arch *arch = filter_arch_find(token);

		if (!arch || (token == SCMP_ARCH_X32 && !lists(profile, SCMP_ARCH_X86_64)))
			ret->beyond = true;
		else if (token != SCMP_ARCH_X32 && !has(ret, arch->audit))
			add_architecture(part, token, calls, ret);
	}
}
