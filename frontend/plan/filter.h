/* From the seccomp part of a config to a program for seccomp(2).
 *
 * Promises: the program answers every system call as the rules read: the conditions of a rule
 * all hold, rules for one call are alternatives, and the first rule without conditions decides
 * for its call whatever others say. Other architectures die. That is libseccomp's answer too,
 * but for its errors. Where the default is an errno other than ENOSYS, numbers above the
 * greatest that the profile names for an architecture get ENOSYS, so that a libc newer than the
 * profile falls back. What only libseccomp decides is left to it, whole: notifying,
 * architectures but x86, ARM and RISC-V, rules of different actions that could match one call
 * together. Nothing is changed but a memfd made and closed then; the kernel is asked only which
 * flags it knows.
 * Takes: a profile whose words are already numbers. Names that libseccomp does not know and
 * rules that repeat the default action are passed over, as runc does.
 * Gives: a program in the arena and the flags for seccomp(2). Without "flags" in the profile
 * that is SPEC_ALLOW where the kernel knows it.
 * Fails: RR_SEC_01, with the JSON path of the rule where one is to blame.
 * Source: seccomp(2), seccomp_rule_add(3); OCI runtime specification, config-linux.md,
 * "Seccomp"; reference oci-reference.md §13. */
#pragma once

#include "frontend/arena.h"
#include "frontend/error.h"
#include "frontend/spec/spec.h"

#include <linux/filter.h>

struct filter {
	const struct sock_filter *program;
	uint16_t length;
	uint32_t flags; /* SECCOMP_FILTER_FLAG_… */
};

int filter_compile(struct arena *arena, const struct spec_seccomp *profile, struct filter *ret,
		   struct error *err);
