/* One datagram to the system log.
 *
 * Promises: decimal numbers and fixed words, no byte of anybody's choosing; never blocks, never
 * fails the call. Refusals and errors always, successes where the policy says `log all`.
 * Takes: what was found and what came of it.
 * Gives: nothing. Fails: silently, as a log that is not there must not keep anybody from working.
 * Source: reference security.md H-80 to H-82; RFC 3164 for the priority. */
#pragma once

#include "helper/harden.h"

/* The socket, or -1: connected before the filter forbids it. */
int log_open(void);

void log_outcome(const struct host *host, const struct facts *facts,
		 const struct wire_request *request, const struct verdict *verdict);
