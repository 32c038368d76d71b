#include "helper/channel.h"

#include <poll.h>
#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A descriptor that finds no room is closed by the kernel, here and now, and a socket may make the
 * last close wait for as long as its owner likes. What has come, be it too much, ends with us: at
 * exit nothing lingers. So there is room for 253 of them, SCM_MAX_FD of include/net/scm.h, and for
 * all else that the kernel puts beside a datagram. */
#define CONTROL_SIZE 4096

static bool one_descriptor(struct msghdr *message, int *ret)
{
	const struct cmsghdr *header = CMSG_FIRSTHDR(message);

	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
	    header->cmsg_len != CMSG_LEN(sizeof(int)) ||
	    message->msg_controllen != CMSG_SPACE(sizeof(int)))
		return false;
	memcpy(ret, CMSG_DATA(header), sizeof(int));
	return true;
}

bool channel_receive(struct wire_request *request, int *ret_pidfd)
{
	static const struct timespec patience = { .tv_sec = 2 };
	alignas(struct cmsghdr) static char control[CONTROL_SIZE];
	struct iovec data = { request, sizeof(*request) };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct pollfd channel = { .fd = WIRE_FD, .events = POLLIN };
	ssize_t size;

	if (ppoll(&channel, 1, &patience, NULL) != 1)
		return false;
	size = recvmsg(WIRE_FD, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (size == 0 && channel.revents & POLLHUP)
		_exit(0); /* the frontend had nothing to ask after all: no reply, no log */
	if (size != sizeof(*request) || message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return false;
	return judge_needs_target(request) ? one_descriptor(&message, ret_pidfd)
					   : message.msg_controllen == 0;
}

/* Looked at and left in the queue: what it brings must not be closed either. */
bool channel_is_silent(void)
{
	struct msghdr second = { 0 };

	return recvmsg(WIRE_FD, &second, MSG_PEEK | MSG_DONTWAIT) < 0 ||
	       !(second.msg_flags & MSG_TRUNC);
}

void channel_reply(const struct verdict *verdict)
{
	struct wire_reply reply = {
		.magic = WIRE_MAGIC,
		.version = WIRE_VERSION,
		.verdict = (uint16_t)verdict->code,
		.which = verdict->which,
		.detail = verdict->detail,
		.cgroup = verdict->made,
		.clamped = verdict->cgroup.clamped,
		.setgroups_denied = verdict->deny_setgroups,
		.guard = WIRE_GUARD,
	};

	/* What was done is done: nobody listening changes nothing (H-25). */
	(void)!send(WIRE_FD, &reply, sizeof(reply), MSG_NOSIGNAL | MSG_DONTWAIT);
}
