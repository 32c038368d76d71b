/* The parts of filter_compile. Private to frontend/plan/filter*.c and its tests.
 *
 * Source: seccomp(2), linux/filter.h, libseccomp 2.5. */
#pragma once

#include "frontend/plan/filter.h"

/* The slow way, right for every profile: libseccomp makes the program. */
int filter_libseccomp(struct arena *arena, const struct spec_seccomp *profile, struct filter *ret,
		      struct error *err);

/* RR_SEC_01 with the path of RULE. */
int filter_refuse(const struct spec_seccomp_rule *rule, struct error *err, const char *format, ...)
	_printf_(3, 4);

/* Two conditions on one argument cannot stand in one rule of libseccomp: each becomes a rule of its
 * own, as runc does it. */
bool filter_repeats_index(const struct spec_seccomp_rule *rule);
