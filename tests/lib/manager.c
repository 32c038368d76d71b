/* manager PATH SECONDS [COUNT]: a service manager's notify socket.
 *
 * Binds PATH ('@NAME' is abstract), prints "listening", then each datagram as one line: newlines as
 * "|", and " fds=N" when descriptors came with it; they are closed at once, which is the answer to
 * BARRIER=1. Ends after SECONDS or COUNT datagrams. */
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static long now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void print_one(int fd)
{
	char text[8192], control[CMSG_SPACE(sizeof(int) * 64)];
	struct iovec data = { text, sizeof(text) };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	ssize_t length = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	size_t count = 0;

	if (length < 0)
		return;
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&message); h; h = CMSG_NXTHDR(&message, h)) {
		int received[64];

		count = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(received, CMSG_DATA(h), count * sizeof(int));
		for (size_t i = 0; i < count; i++)
			close(received[i]);
	}
	while (length > 0 && text[length - 1] == '\n')
		length--;
	for (ssize_t i = 0; i < length; i++)
		putchar(text[i] == '\n' ? '|' : text[i]);
	if (count)
		printf(" fds=%zu", count);
	putchar('\n');
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t size = sizeof(address);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	long end, left;
	int count = argc > 3 ? atoi(argv[3]) : 1 << 30;

	if (argc < 3)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", argv[1]);
	if (argv[1][0] == '@') {
		address.sun_path[0] = 0;
		size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(argv[1]));
	}
	if (bind(fd, (struct sockaddr *)&address, size) != 0) {
		perror(argv[1]);
		return 1;
	}
	if (argv[1][0] != '@')
		chmod(argv[1], 0777);
	puts("listening");
	end = now_ms() + (long)(atof(argv[2]) * 1000);
	while (count > 0 && (left = end - now_ms()) > 0) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };

		if (poll(&wait, 1, (int)left) == 1) {
			print_one(fd);
			count--;
		}
	}
	return 0;
}
