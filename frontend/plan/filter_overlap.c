#include "frontend/plan/filter_parts.h"

#include <seccomp.h>

struct interval {
	uint64_t low, high;
	bool empty;
};

static bool holds(const struct filter_condition *condition, uint64_t value)
{
	value &= condition->mask;
	switch (condition->op) {
	case SCMP_CMP_NE:
		return value != condition->datum;
	case SCMP_CMP_LT:
		return value < condition->datum;
	case SCMP_CMP_LE:
		return value <= condition->datum;
	case SCMP_CMP_GE:
		return value >= condition->datum;
	case SCMP_CMP_GT:
		return value > condition->datum;
	default:
		return value == condition->datum;
	}
}

static struct interval interval_of(const struct filter_condition *condition)
{
	struct interval all = { .low = 0, .high = condition->mask };

	switch (condition->op) {
	case SCMP_CMP_LT:
		return (struct interval){ 0, condition->datum - 1, condition->datum == 0 };
	case SCMP_CMP_LE:
		all.high = condition->datum;
		return all;
	case SCMP_CMP_GE:
		all.low = condition->datum;
		return all;
	case SCMP_CMP_GT:
		return (struct interval){ condition->datum + 1, condition->mask,
					  condition->datum == condition->mask };
	default:
		return all;
	}
}

static bool names_one_value(const struct filter_condition *condition)
{
	return condition->op == SCMP_CMP_EQ;
}

static bool exclude_each_other(const struct filter_condition *a, const struct filter_condition *b)
{
	if (names_one_value(a))
		return !holds(b, a->datum);
	if (names_one_value(b))
		return !holds(a, b->datum);
	if (a->op == SCMP_CMP_MASKED_EQ && b->op == SCMP_CMP_MASKED_EQ)
		return ((a->datum ^ b->datum) & a->mask & b->mask) != 0;
	if (a->op == SCMP_CMP_MASKED_EQ || b->op == SCMP_CMP_MASKED_EQ)
		return false;

	struct interval x = interval_of(a), y = interval_of(b);

	return x.empty || y.empty || x.high < y.low || y.high < x.low;
}

static bool disjoint(const struct filter_branch *a, const struct filter_branch *b)
{
	for (uint32_t i = 0; i < a->count; i++)
		for (uint32_t j = 0; j < b->count; j++)
			if (a->condition[i].index == b->condition[j].index &&
			    exclude_each_other(&a->condition[i], &b->condition[j]))
				return true;
	return false;
}

bool filter_branches_overlap(const struct filter_branch *first)
{
	for (const struct filter_branch *a = first; a; a = a->next)
		for (const struct filter_branch *b = a->next; b; b = b->next)
			if (a->action != b->action && !disjoint(a, b))
				return true;
	return false;
}

static bool is_equation(const struct filter_condition *condition)
{
	return condition->op == SCMP_CMP_EQ || condition->op == SCMP_CMP_MASKED_EQ;
}

/* libseccomp asks in the order of the arguments. */
static bool followed(const struct filter_branch *branch, const struct filter_condition *condition)
{
	for (uint32_t i = 0; i < branch->count; i++)
		if (branch->condition[i].index > condition->index)
			return true;
	return false;
}

static bool forks(const struct filter_branch *branch)
{
	for (uint32_t i = 0; i < branch->count; i++)
		if (!is_equation(&branch->condition[i]) && followed(branch, &branch->condition[i]))
			return true;
	return false;
}

const struct spec_seccomp_rule *filter_branches_tangled(const struct filter_branch *first)
{
	const struct filter_branch *before = NULL;

	for (const struct filter_branch *branch = first; branch; branch = branch->next) {
		if (!forks(branch))
			continue;
		if (before)
			return branch->rule;
		before = branch;
	}
	return NULL;
}
