/* What is wrong with a policy.conf, in words for its admin.
 *
 * Promises: it explains and does not judge: whether a file is sound, and which line is at fault, is
 * config_read's to say. The forms of the keys in its table are held against config_read by a test.
 * Takes: a policy that was read. Gives: text in the arena.
 * Fails: never; where no reason is known it says so.
 * Source: policy/config.h. */
#pragma once

#include "frontend/policy_file.h"

/* Of an INVALID one: "unknown key min_udi: did you mean min_uid?" */
const char *policy_fault(struct arena *arena, const struct policy *policy);

/* Of a sound one: what an admin may not have meant. Null-terminated. */
const char *const *policy_warnings(struct arena *arena, const struct policy *policy);
