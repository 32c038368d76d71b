/* console PATH MODE: the manager's end of a console socket.
 *
 * Binds PATH (longer than sun_path works: it goes to the directory first), prints "listening", and
 *   take    accepts one message, prints "payload N" and "fds N", then copies the pty to stdout
 *           until its end, and stdin to the pty
 *   close   accepts and closes at once
 *   closed  closes the listening socket before anyone came
 *   chat    accepts, sends bytes, and then takes as above
 * Ends after ten seconds in any case. */
#include <errno.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int bind_in_directory(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char directory[8192], name[8192];
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(directory, sizeof(directory), "%s", path);
	snprintf(name, sizeof(name), "%s", path);
	if (chdir(dirname(directory)) != 0)
		return -1;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", basename(name));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 1) != 0)
		return -1;
	return fd;
}

static int take(int peer)
{
	char payload[4096], control[CMSG_SPACE(sizeof(int) * 16)];
	struct iovec data = { payload, sizeof(payload) };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1,
				  .msg_control = control, .msg_controllen = sizeof(control) };
	ssize_t length = recvmsg(peer, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = length < 0 ? NULL : CMSG_FIRSTHDR(&message);
	int master = -1;
	size_t count = 0;

	if (header && header->cmsg_type == SCM_RIGHTS) {
		count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(&master, CMSG_DATA(header), sizeof(int));
	}
	printf("payload %zd\nfds %zu\n", length, count);
	return master;
}

static void copy(int master)
{
	struct pollfd wait[2] = { { .fd = master, .events = POLLIN },
				  { .fd = 0, .events = POLLIN } };
	char buffer[4096];

	for (;;) {
		ssize_t length;

		if (poll(wait, 2, -1) < 0)
			return;
		if (wait[0].revents) {
			length = read(master, buffer, sizeof(buffer));
			if (length <= 0 || write(1, buffer, (size_t)length) < 0)
				return;
		}
		if (wait[1].revents) {
			length = read(0, buffer, sizeof(buffer));
			if (length <= 0)
				wait[1].fd = -1;
			else if (write(master, buffer, (size_t)length) < 0)
				return;
		}
	}
}

int main(int argc, char **argv)
{
	int listener, peer;

	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(10);
	if (argc != 3)
		return 2;
	listener = bind_in_directory(argv[1]);
	if (listener < 0) {
		perror(argv[1]);
		return 1;
	}
	puts("listening");
	if (strcmp(argv[2], "closed") == 0)
		return 0;
	peer = accept(listener, NULL, NULL);
	if (peer < 0 || strcmp(argv[2], "close") == 0)
		return 0;
	if (strcmp(argv[2], "chat") == 0 && send(peer, "hello", 5, 0) < 0)
		return 1;
	int master = take(peer);

	if (master >= 0)
		copy(master);
	return 0;
}
