/* The parts of filter_compile. Private to frontend/plan/filter*.c.
 *
 * filter_calls.c    a profile as seen by one architecture: what becomes of each system call
 * filter_x86.c      the calls that i386 reaches through socketcall and ipc
 * filter_overlap.c  whether the conditional rules of one call leave no doubt about their order
 * filter_ranges.c   all numbers of one kernel architecture as sorted ranges of one answer
 * filter_code.c     ranges as instructions
 * filter_libseccomp.c  the slow way, for what the above does not cover
 *
 * Source: seccomp(2), linux/filter.h; seccomp_rule_add(3), libseccomp 2.5. */
#pragma once

#include "frontend/plan/filter.h"

#define FILTER_ARGUMENTS 6 /* struct seccomp_data */
#define FILTER_SLOTS 1280

/* An architecture whose system calls we know how to lay out; all little-endian. */
struct filter_arch {
	uint32_t token; /* SCMP_ARCH_… */
	uint32_t audit; /* AUDIT_ARCH_…, what the kernel says */
	uint32_t base;	/* the bits all its numbers have */
	bool wide;	/* arguments are compared in 64 bits */
	bool multiplexed;
};

/* (argument & mask) OP datum; for all but MASKED_EQ the mask is that of the whole argument. */
struct filter_condition {
	uint32_t index;
	int op; /* enum scmp_compare */
	uint64_t mask, datum;
};

/* ACTION when all conditions hold. */
struct filter_branch {
	struct filter_branch *next;
	const struct spec_seccomp_rule *rule; /* where it comes from */
	uint32_t action;
	uint32_t count;
	struct filter_condition condition[FILTER_ARGUMENTS];
};

/* A rule without conditions decides, whatever else was said: the first one if there are several. */
struct filter_call {
	struct filter_branch *branches, **tail; /* in the order of the profile, until decided */
	bool decided;
	uint32_t action;
};

/* The system calls of one architecture, by slot: ascending numbers, with the gap before the private
 * ones of ARM left out. */
struct filter_calls {
	const struct filter_arch *arch;
	bool named;				 /* any rule names a call of this architecture */
	uint32_t greatest;			 /* number among those */
	bool beyond;				 /* something that only libseccomp does right */
	const struct spec_seccomp_rule *tangled; /* see filter_branches_tangled; null: none */
	struct filter_call call[FILTER_SLOTS];
};

const struct filter_arch *filter_arch_find(uint32_t token);
void filter_calls_read(struct arena *arena, const struct spec_seccomp *profile,
		       const struct filter_arch *arch, struct filter_calls *ret);
uint32_t filter_slot_number(const struct filter_arch *arch, size_t slot);

/* For a pseudo number of i386 (negative): the multiplexer's number, the first argument that
 * selects the call in it, and the number of the direct call, 0 when there is none. False: it has
 * neither. */
bool filter_x86_multiplexed(int pseudo, uint32_t *ret_number, uint32_t *ret_select,
			    uint32_t *ret_direct);

/* Two branches with different actions could both match: libseccomp's answer then depends on how its
 * tree grew. */
bool filter_branches_overlap(const struct filter_branch *first);

/* A rule over which libseccomp 2.5.4 may never return: the second of those with a condition that
 * is no equation and is followed by another. Null: there is none. Only where arguments are wide:
 * the two halves of such a condition lead to the same next one, and merging two such trees can
 * make a loop. */
const struct spec_seccomp_rule *filter_branches_tangled(const struct filter_branch *first);

enum filter_leaf_kind {
	LEAF_ACTION,
	LEAF_BRANCHES, /* ACTION when none of them matches */
	LEAF_ONWARD,   /* to the program that follows */
};

struct filter_range {
	uint32_t first; /* up to the next range's */
	enum filter_leaf_kind kind;
	uint32_t action;
	const struct filter_branch *branches;
};

/* What a kernel architecture (two of them for x86-64 and x32) answers for all numbers from 0. */
struct filter_ranges {
	uint32_t audit;
	size_t count;
	struct filter_range *range;
};

enum filter_extent {
	EXTENT_PROFILE,
	EXTENT_PROFILE_ENOSYS, /* and ENOSYS above the greatest number that the profile names */
	EXTENT_ENOSYS,	       /* only that; LEAF_ONWARD for all else */
};

struct filter_part {
	struct arena *arena;
	const struct spec_seccomp *profile;
	enum filter_extent extent;
};

#define FILTER_ARCHES 8

/* All architectures of a profile, the native one first. */
struct filter_whole {
	struct filter_ranges ranges[FILTER_ARCHES];
	size_t count;
	bool beyond; /* there is something that only libseccomp does right */
	const struct spec_seccomp_rule *tangled; /* what must not be left to it; null: nothing */
};

void filter_ranges_make(const struct filter_part *part, struct filter_whole *ret);

/* Other architectures die, as libseccomp has it. */
int filter_code_make(struct arena *arena, const struct filter_whole *whole, struct filter *ret,
		     struct error *err);
/* In front of *ret, to which LEAF_ONWARD and other architectures lead. */
int filter_code_prepend(struct arena *arena, const struct filter_whole *whole, struct filter *ret,
			struct error *err);

/* The slow way, right for every profile: libseccomp makes the program. */
int filter_libseccomp(struct arena *arena, const struct spec_seccomp *profile, struct filter *ret,
		      struct error *err);

/* Two conditions on one argument cannot stand in one rule of libseccomp: each becomes a rule of its
 * own, as runc does it. */
bool filter_repeats_index(const struct spec_seccomp_rule *rule);

/* RR_SEC_01 with the path of RULE. */
int filter_refuse(const struct spec_seccomp_rule *rule, struct error *err, const char *format, ...)
	_printf_(3, 4);
