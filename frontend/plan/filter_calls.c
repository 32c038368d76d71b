#include "frontend/plan/filter_parts.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#define PLAIN_NUMBERS 1024
#define ARM_PRIVATE 0x0f0000U /* asm/unistd.h of arm, __ARM_NR_BASE */
#define X32_BIT 0x40000000U   /* asm/unistd.h of x86, __X32_SYSCALL_BIT */

static_assert(FILTER_SLOTS == PLAIN_NUMBERS + 256, "a slot for each number");

static const struct filter_arch arches[] = {
	{ .token = SCMP_ARCH_X86_64, .audit = AUDIT_ARCH_X86_64, .wide = true },
	{ .token = SCMP_ARCH_X86, .audit = AUDIT_ARCH_I386, .multiplexed = true },
	/* libseccomp compares 32 bits of an argument of x32, and so do we. */
	{ .token = SCMP_ARCH_X32, .audit = AUDIT_ARCH_X86_64, .base = X32_BIT },
	{ .token = SCMP_ARCH_AARCH64, .audit = AUDIT_ARCH_AARCH64, .wide = true },
	{ .token = SCMP_ARCH_ARM, .audit = AUDIT_ARCH_ARM },
	{ .token = SCMP_ARCH_RISCV64, .audit = AUDIT_ARCH_RISCV64, .wide = true },
};

const struct filter_arch *filter_arch_find(uint32_t token)
{
	for (size_t i = 0; i < count_of(arches); i++)
		if (arches[i].token == token)
			return &arches[i];
	return NULL;
}

uint32_t filter_slot_number(const struct filter_arch *arch, size_t slot)
{
	if (slot < PLAIN_NUMBERS)
		return arch->base + (uint32_t)slot;
	return ARM_PRIVATE + (uint32_t)(slot - PLAIN_NUMBERS);
}

static void note_greatest(struct filter_calls *calls, uint32_t number)
{
	if (!calls->named || number > calls->greatest)
		calls->greatest = number;
	calls->named = true;
}

static void note_named(struct filter_calls *calls, int number)
{
	uint32_t multiplexer, select, direct;

	if (number >= 0) {
		note_greatest(calls, (uint32_t)number);
	} else if (calls->arch->multiplexed &&
		   filter_x86_multiplexed(number, &multiplexer, &select, &direct)) {
		note_greatest(calls, multiplexer);
		note_greatest(calls, direct);
	}
}

static struct filter_call *call_at(struct filter_calls *calls, uint32_t number)
{
	uint32_t plain = number - calls->arch->base;

	if (plain < PLAIN_NUMBERS)
		return &calls->call[plain];
	if (plain - ARM_PRIVATE < FILTER_SLOTS - PLAIN_NUMBERS)
		return &calls->call[PLAIN_NUMBERS + plain - ARM_PRIVATE];
	return NULL;
}

static void add(struct arena *arena, struct filter_calls *calls, uint32_t number,
		const struct filter_branch *branch)
{
	struct filter_call *call = call_at(calls, number);

	if (!call) {
		calls->beyond = true;
		return;
	}
	if (call->decided)
		return;
	if (branch->count == 0) {
		call->decided = true;
		call->action = branch->action;
		return;
	}
	if (!call->branches)
		call->tail = &call->branches;
	*call->tail = arena_new(arena, struct filter_branch);
	**call->tail = *branch;
	call->tail = &(*call->tail)->next;
}

/* As libseccomp has it: the selector takes the place of any condition on the first argument, and
 * those on others are looked for in the arguments of socketcall itself. */
static struct filter_branch selected(const struct filter_branch *branch, uint32_t select)
{
	struct filter_branch ret = { .rule = branch->rule, .action = branch->action, .count = 1 };

	ret.condition[0] = (struct filter_condition){
		.index = 0,
		.op = SCMP_CMP_EQ,
		.mask = UINT32_MAX,
		.datum = select,
	};
	for (uint32_t i = 0; i < branch->count; i++)
		if (branch->condition[i].index != 0)
			ret.condition[ret.count++] = branch->condition[i];
	return ret;
}

static void add_multiplexed(struct arena *arena, struct filter_calls *calls, int pseudo,
			    const struct filter_branch *branch)
{
	uint32_t number, select, direct;

	if (!filter_x86_multiplexed(pseudo, &number, &select, &direct))
		return;

	struct filter_branch through = selected(branch, select);

	add(arena, calls, number, &through);
	if (direct)
		add(arena, calls, direct, branch);
}

static void add_number(struct arena *arena, struct filter_calls *calls, int number,
		       const struct filter_branch *branch)
{
	if (number >= 0)
		add(arena, calls, (uint32_t)number, branch);
	else if (calls->arch->multiplexed)
		add_multiplexed(arena, calls, number, branch);
}

static void condition_add(const struct filter_calls *calls,
			  const struct spec_seccomp_argument *argument,
			  struct filter_branch *branch)
{
	uint64_t whole = calls->arch->wide ? UINT64_MAX : UINT32_MAX;
	struct filter_condition condition = {
		.index = argument->index,
		.op = argument->op,
		.mask = whole,
		.datum = argument->value,
	};

	if (argument->op == SCMP_CMP_MASKED_EQ) {
		condition.mask &= argument->value;
		condition.datum = argument->value_two;
		/* Of no bit at all nothing is asked. */
		if (condition.mask == 0)
			return;
	}
	condition.datum &= condition.mask;
	branch->condition[branch->count++] = condition;
}

static struct filter_branch branch_of(const struct filter_calls *calls,
				      const struct spec_seccomp_argument *arguments, size_t count)
{
	struct filter_branch branch = { 0 };

	for (size_t i = 0; i < count; i++)
		condition_add(calls, &arguments[i], &branch);
	return branch;
}

/* The ways in which a rule can match, its conditions in the words of this architecture. */
static const struct filter_branch *branches_of(struct arena *arena,
					       const struct filter_calls *calls,
					       const struct spec_seccomp_rule *rule,
					       size_t *ret_count)
{
	size_t count = filter_repeats_index(rule) ? rule->argument_count : 1;
	size_t each = count > 1 ? 1 : rule->argument_count;
	struct filter_branch *branches = arena_array(arena, count, sizeof(*branches));

	for (size_t i = 0; i < count; i++) {
		branches[i] = branch_of(calls, &rule->arguments[i], each);
		branches[i].rule = rule;
		branches[i].action = rule->action;
	}
	*ret_count = count;
	return branches;
}

/* What libseccomp would refuse, and what the kernel needs a listener for, is left to libseccomp. */
static bool action_known(uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_KILL_PROCESS:
	case SECCOMP_RET_KILL_THREAD:
	case SECCOMP_RET_TRAP:
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_ALLOW:
		return (action & SECCOMP_RET_DATA) == 0;
	case SECCOMP_RET_ERRNO:
		return (action & SECCOMP_RET_DATA) <= 4095; /* linux/err.h, MAX_ERRNO */
	case SECCOMP_RET_TRACE:
		return true;
	default:
		return false;
	}
}

static bool rule_known(const struct spec_seccomp_rule *rule)
{
	for (size_t i = 0; i < rule->argument_count; i++) {
		const struct spec_seccomp_argument *argument = &rule->arguments[i];

		if (argument->index >= FILTER_ARGUMENTS || argument->op < SCMP_CMP_NE ||
		    argument->op > SCMP_CMP_MASKED_EQ)
			return false;
	}
	return action_known(rule->action);
}

static void rule_read(struct arena *arena, const struct spec_seccomp *profile,
		      const struct spec_seccomp_rule *rule, struct filter_calls *calls)
{
	size_t count = 0;
	const struct filter_branch *branches = NULL;

	if (rule->action != profile->default_action)
		branches = branches_of(arena, calls, rule, &count);
	for (size_t i = 0; i < rule->name_count; i++) {
		int number = seccomp_syscall_resolve_name_arch(calls->arch->token, rule->names[i]);

		if (number == __NR_SCMP_ERROR)
			continue;
		note_named(calls, number);
		for (size_t j = 0; j < count; j++)
			add_number(arena, calls, number, &branches[j]);
	}
}

/* Rules before the one that decides have left nothing behind, unless libseccomp stumbled over
 * them. */
static void judge(const struct filter_call *call, struct filter_calls *calls)
{
	if (!call->branches)
		return;
	calls->beyond |= filter_branches_overlap(call->branches);
	if (calls->arch->wide && !calls->tangled)
		calls->tangled = filter_branches_tangled(call->branches);
}

void filter_calls_read(struct arena *arena, const struct spec_seccomp *profile,
		       const struct filter_arch *arch, struct filter_calls *ret)
{
	*ret = (struct filter_calls){ .arch = arch };
	ret->beyond = !action_known(profile->default_action);
	for (size_t i = 0; i < profile->rule_count && !ret->beyond; i++) {
		const struct spec_seccomp_rule *rule = &profile->rules[i];

		ret->beyond = !rule_known(rule);
		if (!ret->beyond)
			rule_read(arena, profile, rule, ret);
	}
	for (size_t i = 0; i < FILTER_SLOTS; i++)
		judge(&ret->call[i], ret);
}
