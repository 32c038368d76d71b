/* Amounts as people type them.
 *
 * Promises: the whole word is read, or nothing; no locale.
 * Takes: "512m" (b, k, m, g, t of 1024, any case), "-1" for none; "1.5" of a CPU.
 * Gives: bytes; µs in each period of 100000.
 * Fails: -1.
 * Source: reference cli-contract.md §9.1; docker run --cpus. */
#pragma once

#include <stdint.h>

int amount_bytes(const char *text, int64_t *ret);
int amount_cpus(const char *text, int64_t *ret_quota_us);
int amount_number(const char *text, int64_t *ret); /* plain, or -1 */
