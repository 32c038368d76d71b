/* Who a process is, beyond its number.
 *
 * Promises: process_parse reads the text of /proc/PID/stat whatever the program calls itself.
 * Takes: text that ends in NUL. Gives: the three fields that matter here.
 * Fails: -1 when the text is not such a line.
 * Source: proc(5), /proc/PID/stat; security.md R-49. */
#pragma once

#include "frontend/state/state.h"

#define BOOT_ID_LENGTH 36

struct process_stat {
	char state;          /* field 3 */
	uint32_t threads;    /* field 20 */
	uint64_t start_time; /* field 22 */
};

int process_parse(const char *text, struct process_stat *ret);

/* The boot id of now: 36 characters and NUL. */
int process_boot_id(char *ret, struct error *err);

/* True while boot id, pid and start time name a process that has not ended. */
bool process_lives(const struct state_process *process);

/* Seconds since 1970 as date and time, UTC. Needs no time zone files. */
const char *process_date(struct arena *arena, int64_t seconds, long nanoseconds);
