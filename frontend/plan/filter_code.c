#include "frontend/plan/filter_parts.h"

#include "frontend/codes.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>

/* A conditional jump reaches 255 instructions. One is kept back: aiming one half of a jump may
 * put an instruction between it and the target of the other. */
#define REACH 254

/* A program jumps only forward, so it is written from its end: where a jump leads to is then
 * known. A place is the number of instructions from it to the end, its own included. */
struct assembly {
	struct sock_filter *room; /* BPF_MAXINSNS */
	uint32_t used;
	bool full;
	uint32_t onward; /* the place LEAF_ONWARD leads to */
	struct {
		uint32_t action;
		uint32_t place; /* 0: none yet */
	} recent[8];
};

static struct sock_filter *at(const struct assembly *code, uint32_t place)
{
	return &code->room[BPF_MAXINSNS - place];
}

static uint32_t emit(struct assembly *code, struct sock_filter instruction)
{
	if (code->used == BPF_MAXINSNS) {
		code->full = true;
		return code->used;
	}
	code->used++;
	*at(code, code->used) = instruction;
	return code->used;
}

static uint32_t emit_load(struct assembly *code, size_t offset)
{
	return emit(code, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static uint32_t emit_return(struct assembly *code, uint32_t action)
{
	return emit(code, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* A place for a conditional jump to PLACE that is near: itself, a copy of a return, or a jump
 * on. */
static uint32_t near(struct assembly *code, uint32_t place)
{
	struct sock_filter target = *at(code, place);

	if (code->used - place <= REACH)
		return place;
	if (BPF_CLASS(target.code) == BPF_RET)
		return emit(code, target);
	return emit(code, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, code->used - place));
}

static uint32_t emit_jump(struct assembly *code, uint16_t test, uint32_t value, uint32_t yes,
			  uint32_t no)
{
	yes = near(code, yes);
	no = near(code, no);
	return emit(code, (struct sock_filter){
				  .code = BPF_JMP | BPF_K | test,
				  .jt = (uint8_t)(code->used - yes),
				  .jf = (uint8_t)(code->used - no),
				  .k = value,
			  });
}

static uint32_t action_place(struct assembly *code, uint32_t action)
{
	size_t i = 0;

	while (i + 1 < count_of(code->recent) && code->recent[i].place &&
	       code->recent[i].action != action)
		i++;
	if (code->recent[i].place == 0 || code->recent[i].action != action ||
	    code->used - code->recent[i].place > REACH) {
		code->recent[i].action = action;
		code->recent[i].place = emit_return(code, action);
	}
	return code->recent[i].place;
}

/* Half an argument: little-endian, as all of filter_arch_find are. */
struct word {
	size_t offset;
	uint32_t mask, datum;
};

static struct word low_word(const struct filter_condition *condition)
{
	return (struct word){
		.offset = offsetof(struct seccomp_data, args) + 8 * (size_t)condition->index,
		.mask = (uint32_t)condition->mask,
		.datum = (uint32_t)condition->datum,
	};
}

static struct word high_word(const struct filter_condition *condition)
{
	return (struct word){
		.offset = offsetof(struct seccomp_data, args) + 8 * (size_t)condition->index + 4,
		.mask = (uint32_t)(condition->mask >> 32),
		.datum = (uint32_t)(condition->datum >> 32),
	};
}

static uint32_t emit_word_load(struct assembly *code, const struct word *word)
{
	if (word->mask != UINT32_MAX)
		emit(code, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, word->mask));
	return emit_load(code, word->offset);
}

static uint32_t emit_word_equal(struct assembly *code, const struct word *word, uint32_t yes,
				uint32_t no)
{
	if (word->mask == 0)
		return yes;
	emit_jump(code, BPF_JEQ, word->datum, yes, no);
	return emit_word_load(code, word);
}

static uint32_t emit_equal(struct assembly *code, const struct filter_condition *condition,
			   uint32_t yes, uint32_t no)
{
	struct word low = low_word(condition), high = high_word(condition);
	uint32_t rest = emit_word_equal(code, &low, yes, no);

	return emit_word_equal(code, &high, rest, no);
}

/* TEST is BPF_JGT or BPF_JGE. */
static uint32_t emit_greater(struct assembly *code, uint16_t test,
			     const struct filter_condition *condition, uint32_t yes, uint32_t no)
{
	struct word low = low_word(condition), high = high_word(condition);
	uint32_t rest;

	emit_jump(code, test, low.datum, yes, no);
	rest = emit_word_load(code, &low);
	if (high.mask == 0)
		return rest;
	rest = emit_jump(code, BPF_JEQ, high.datum, rest, no);
	emit_jump(code, BPF_JGT, high.datum, yes, rest);
	return emit_word_load(code, &high);
}

static uint32_t emit_condition(struct assembly *code, const struct filter_condition *condition,
			       uint32_t yes, uint32_t no)
{
	switch (condition->op) {
	case SCMP_CMP_NE:
		return emit_equal(code, condition, no, yes);
	case SCMP_CMP_LT:
		return emit_greater(code, BPF_JGE, condition, no, yes);
	case SCMP_CMP_LE:
		return emit_greater(code, BPF_JGT, condition, no, yes);
	case SCMP_CMP_GE:
		return emit_greater(code, BPF_JGE, condition, yes, no);
	case SCMP_CMP_GT:
		return emit_greater(code, BPF_JGT, condition, yes, no);
	default:
		return emit_equal(code, condition, yes, no);
	}
}

/* NO is where to go when this branch does not match. */
static uint32_t emit_branch(struct assembly *code, const struct filter_branch *branch, uint32_t no)
{
	uint32_t place = action_place(code, branch->action);

	for (uint32_t i = branch->count; i > 0; i--)
		place = emit_condition(code, &branch->condition[i - 1], place, no);
	return place;
}

static uint32_t emit_branches(struct assembly *code, const struct filter_range *range)
{
	uint32_t place = action_place(code, range->action);

	/* No two of different actions match: any order will do, and this one comes by itself. */
	for (const struct filter_branch *branch = range->branches; branch; branch = branch->next)
		place = emit_branch(code, branch, place);
	return place;
}

static uint32_t emit_leaf(struct assembly *code, const struct filter_range *range)
{
	if (range->kind == LEAF_ONWARD)
		return code->onward;
	if (range->kind == LEAF_BRANCHES)
		return emit_branches(code, range);
	return action_place(code, range->action);
}

static uint32_t emit_search(struct assembly *code, const struct filter_range *range, size_t count)
{
	size_t half = count / 2;
	uint32_t above, below;

	if (count == 1)
		return emit_leaf(code, range);
	above = emit_search(code, range + half, count - half);
	below = emit_search(code, range, half);
	return emit_jump(code, BPF_JGE, range[half].first, above, below);
}

static uint32_t emit_ranges(struct assembly *code, const struct filter_ranges *ranges)
{
	uint32_t place = emit_search(code, ranges->range, ranges->count);

	/* One answer for all is a leaf, which may stand anywhere: nothing may fall into it. */
	return ranges->count == 1 ? place : emit_load(code, offsetof(struct seccomp_data, nr));
}

/* The native architecture comes first in the program, so it is written last. */
static void emit_whole(struct assembly *code, const struct filter_whole *whole, uint32_t foreign)
{
	uint32_t places[FILTER_ARCHES];
	uint32_t place = foreign;

	for (size_t i = whole->count; i > 0; i--)
		places[i - 1] = emit_ranges(code, &whole->ranges[i - 1]);
	for (size_t i = whole->count; i > 0; i--)
		place = emit_jump(code, BPF_JEQ, whole->ranges[i - 1].audit, places[i - 1], place);
	emit_load(code, offsetof(struct seccomp_data, arch));
}

static int finish(const struct assembly *code, struct filter *ret, struct error *err)
{
	if (code->full)
		return error_set(err, RR_SEC_01,
				 "linux.seccomp: the program would be longer than %d "
				 "instructions, which is all that the kernel takes",
				 BPF_MAXINSNS);
	ret->program = at(code, code->used);
	ret->length = (uint16_t)code->used;
	return 0;
}

static struct sock_filter *room_make(struct arena *arena)
{
	return arena_array(arena, BPF_MAXINSNS, sizeof(struct sock_filter));
}

int filter_code_make(struct arena *arena, const struct filter_whole *whole, struct filter *ret,
		     struct error *err)
{
	struct assembly code = { .room = room_make(arena) };

	emit_whole(&code, whole, emit_return(&code, SCMP_ACT_KILL_THREAD));
	return finish(&code, ret, err);
}

int filter_code_prepend(struct arena *arena, const struct filter_whole *whole, struct filter *ret,
			struct error *err)
{
	struct assembly code = { .room = room_make(arena),
				 .used = ret->length,
				 .onward = ret->length };

	memcpy(at(&code, code.used), ret->program, ret->length * sizeof(ret->program[0]));
	emit_whole(&code, whole, code.onward);
	return finish(&code, ret, err);
}
