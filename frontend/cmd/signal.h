/* Signals as people write them.
 *
 * Promises: numbers 0 to 64; names in any case, with or without SIG, and with a dash in front as
 * kill(1) has them; RTMIN, RTMIN+N, RTMAX, RTMAX-N; the aliases of signal(7).
 * Fails: RR_SIG_01, `unknown signal "X"`.
 * Source: signal(7); reference cli-contract.md §7.1. */
#pragma once

#include "frontend/error.h"

int signal_parse(const char *text, int *ret, struct error *err);
