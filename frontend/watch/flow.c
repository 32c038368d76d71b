#include "frontend/watch/flow.h"

#include "frontend/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

bool flow_waiting(const struct flow *flow)
{
	return flow->start < flow->end;
}

enum flow_read flow_fill(struct flow *flow)
{
	ssize_t got = TEMP_FAILURE_RETRY(read(flow->from, flow->data, sizeof(flow->data)));

	if (got < 0 && errno == EAGAIN)
		return FLOW_NOTHING;
	if (got <= 0)
		return FLOW_OVER;
	flow->start = 0;
	flow->end = (size_t)got;
	return FLOW_DATA;
}

void flow_pour(struct flow *flow)
{
	while (flow_waiting(flow)) {
		ssize_t written = TEMP_FAILURE_RETRY(
			write(flow->to, flow->data + flow->start, flow->end - flow->start));

		if (written < 0 && errno == EAGAIN)
			return;
		flow->start = written < 0 ? flow->end : flow->start + (size_t)written;
	}
}

/* A file would lose its offset and O_APPEND by being opened again, and does not block. */
static bool may_block(int fd)
{
	struct stat stat;

	return fstat(fd, &stat) == 0 &&
	       (S_ISFIFO(stat.st_mode) || S_ISSOCK(stat.st_mode) || isatty(fd));
}

static void make_nonblocking(int fd, struct flow_end *ret)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || flags & O_NONBLOCK || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return;
	ret->changed = fd;
	ret->flags = flags;
}

void flow_end_open(int fd, int mode, struct flow_end *ret)
{
	char path[32];

	*ret = (struct flow_end){ .fd = fd, .own = -1, .changed = -1 };
	if (!may_block(fd))
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ret->own = open(path, mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (ret->own >= 0)
		ret->fd = ret->own;
	else
		make_nonblocking(fd, ret);
}

void flow_end_close(struct flow_end *end)
{
	if (end->changed >= 0)
		fcntl(end->changed, F_SETFL, end->flags);
	end->changed = -1;
	close_fd(&end->own);
}
