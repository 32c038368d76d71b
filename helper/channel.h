/* The one request and the one reply.
 *
 * Promises: never blocks longer than two seconds, never writes to anything but the verified
 * WIRE_FD.
 * Takes: the channel that harden verified.
 * Gives: the request, and the descriptor that came with it or -1; it is the caller's, whatever the
 * answer.
 * Fails: by ending the process, quietly, when the other end closes without a word; false for
 * silence, any size but the request's, any other control message, a second datagram.
 * Source: reference security.md H-22 to H-26; unix(7), "SCM_RIGHTS". */
#pragma once

#include "policy/judge.h"

bool channel_receive(struct wire_request *request, int *ret_pidfd);
bool channel_is_silent(void); /* no second datagram has come */
void channel_reply(const struct verdict *verdict);
