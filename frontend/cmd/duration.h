/* A length of time as Go's programs write it.
 *
 * Promises: "5s", "1m30s", "1.5h", "250ms", "10us", "0"; a sign in front. Below a millisecond it is
 * rounded up, so that what is more than nothing stays so.
 * Gives: milliseconds.
 * Fails: -1 when TEXT is none, or is more than a year.
 * Source: Go's time.ParseDuration; reference cli-contract.md §9.2. */
#pragma once

#include <stdint.h>

int duration_parse(const char *text, int64_t *ret_ms);
