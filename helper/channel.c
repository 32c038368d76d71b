#include "helper/channel.h"

#include <poll.h>
#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

bool channel_receive(struct wire_request *request, int *ret_pidfd)
{
	static const struct timespec patience = { .tv_sec = 2 };
	struct iovec data = { request, sizeof(*request) };
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	/* No room for a second descriptor: the kernel closes it and says MSG_CTRUNC. */
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = CMSG_LEN(sizeof(int)) };
	struct msghdr second = { 0 };
	struct pollfd channel = { .fd = WIRE_FD, .events = POLLIN };
	const struct cmsghdr *header;
	ssize_t size;

	if (ppoll(&channel, 1, &patience, NULL) != 1)
		return false;
	size = recvmsg(WIRE_FD, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (size == 0 && channel.revents & POLLHUP)
		_exit(0); /* the frontend had nothing to ask after all: no reply, no log */
	if (size != sizeof(*request))
		return false;
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
		return false;
	memcpy(ret_pidfd, CMSG_DATA(header), sizeof(int));
	return !(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) &&
	       (recvmsg(WIRE_FD, &second, MSG_DONTWAIT) < 0 || !(second.msg_flags & MSG_TRUNC));
}

void channel_reply(const struct verdict *verdict)
{
	struct wire_reply reply = {
		.magic = WIRE_MAGIC,
		.version = WIRE_VERSION,
		.verdict = (uint16_t)verdict->code,
		.which = verdict->which,
		.detail = verdict->detail,
		.setgroups_denied = verdict->deny_setgroups,
		.guard = WIRE_GUARD,
	};

	/* What was done is done: nobody listening changes nothing (H-25). */
	(void)!send(WIRE_FD, &reply, sizeof(reply), MSG_NOSIGNAL | MSG_DONTWAIT);
}
