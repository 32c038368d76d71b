/* One direction of a terminal: what was read here is written there.
 *
 * Promises: nothing blocks; at most one buffer is held, and no more is read until it went out. When
 * no one takes the output any more it is dropped, so that the program does not stall.
 * Takes: descriptors of the caller's, -1 for an end that is closed.
 * Source: poll(2), pipe(7), tty_ioctl(4). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define FLOW_BYTES 16384

struct flow {
	int from, to;
	size_t start, end; /* data[start … end) waits to be written */
	char data[FLOW_BYTES];
};

enum flow_read { FLOW_DATA, FLOW_NOTHING, FLOW_OVER };

bool flow_waiting(const struct flow *flow);
enum flow_read flow_fill(struct flow *flow);
void flow_pour(struct flow *flow);

/* A standard descriptor that never blocks. Where it can, it is an open file of its own; O_NONBLOCK
 * on the given one would be everyone's who shares it, so that is done only where nothing else
 * helps, and undone. */
struct flow_end {
	int fd;
	int own;     /* fd, when it is to be closed */
	int changed; /* the descriptor whose flags are to be put back, or -1 */
	int flags;
};

void flow_end_open(int fd, int mode, struct flow_end *ret);
void flow_end_close(struct flow_end *end);
