/* What a cgroup has used, as runc's `events` prints it.
 *
 * Promises: all keys of the reference, in its order; what this kernel or this cgroup does not count
 * is 0 or empty, and no limit is 18446744073709551615 for bytes and 0 for pids. psi only where the
 * kernel has it.
 * Takes: DIR, a directory of cgroup v2; texts of its files. Gives: JSON appended to OUT.
 * Fails: never.
 * Source: reference cli-contract.md §9.2; kernel doc cgroup-v2.rst. */
#pragma once

#include "frontend/spec/json.h"

void stats_put(struct json_text *out, int dir);

/* Parts of it, from the text of one file each. */
void stats_put_flat(struct json_text *out, const char *text);     /* memory.stat */
void stats_put_list(struct json_text *out, const char *text);     /* "0-2,4" as [0,1,2,4] */
void stats_put_pressure(struct json_text *out, const char *text); /* cpu.pressure */
/* io.stat: of each device READ and WRITE, two of its keys, as "Read" and "Write". */
void stats_put_io(struct json_text *out, const char *text, const char *read, const char *write);
