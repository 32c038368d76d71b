/* What ps(1) prints, cut down to a container.
 *
 * Promises: the header and the lines of MEMBERS, as they are.
 * Takes: TEXT, all that ps printed. Gives: lines appended to OUT.
 * Fails: RR_USE_04, "couldn't find PID field in ps output".
 * Source: ps(1); reference cli-contract.md §7.3. */
#pragma once

#include "frontend/cmd/members.h"

int ps_filter(const char *text, const struct members *members, struct json_text *out,
	      struct error *err);
