#include "frontend/tty/console.h"

#include "frontend/codes.h"
#include "frontend/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int refused(const char *path, struct error *err)
{
	error_sys(err, "connect to the console socket %s", path);
	return error_code(err, RR_TTY_02);
}

static int connect_to(int socket, const struct sockaddr_un *address)
{
	int done;

	do
		done = connect(socket, (const struct sockaddr *)address, sizeof(*address));
	while (done < 0 && errno == EINTR);
	return done;
}

/* sun_path holds 107 bytes: a longer path is shortened to a descriptor of its directory. */
static int connect_below(int socket, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *name = strrchr(path, '/');
	size_t length = name ? (size_t)(name - path) + 1 : 0;
	char parent[PATH_MAX] = ".";
	_cleanup_(close_fd) int dir = -1;

	name = name ? name + 1 : path;
	if (length >= sizeof(parent)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (length)
		snprintf(parent, sizeof(parent), "%.*s", (int)length, path);
	dir = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -1;
	if (snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", dir,
		     name) >= (int)sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return connect_to(socket, &address);
}

static int connect_path(int socket, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path))
		return connect_below(socket, path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	return connect_to(socket, &address);
}

/* Who holds the master can type into the container: only the caller and root may. */
static int check_peer(int socket, const char *path, struct error *err)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return refused(path, err);
	if (peer.uid == geteuid() || peer.uid == 0)
		return 0;
	error_set(err, RR_TTY_02, "connect to the console socket %s", path);
	return error_why(err, "uid %u listens there, not the caller", peer.uid);
}

int console_connect(const char *path, int *ret, struct error *err)
{
	_cleanup_(close_fd) int fd = -1;

	/* An empty path would be an unnamed or, worse, an abstract address. */
	if (!path[0]) {
		error_set(err, RR_TTY_02, "connect to the console socket");
		return error_why(err, "its path is empty");
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect_path(fd, path) < 0)
		return refused(path, err);
	if (check_peer(fd, path, err) < 0)
		return -1;
	*ret = take_fd(&fd);
	return 0;
}

int console_send(int socket, int master, struct error *err)
{
	static const char name[] = "/dev/ptmx";
	struct iovec payload = { .iov_base = (void *)(uintptr_t)name, .iov_len = sizeof(name) - 1 };
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr message = {
		.msg_iov = &payload,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(master));
	memcpy(CMSG_DATA(header), &master, sizeof(master));
	if (TEMP_FAILURE_RETRY(sendmsg(socket, &message, MSG_NOSIGNAL)) == (ssize_t)payload.iov_len)
		return 0;
	error_sys(err, "send the terminal to the console socket");
	return error_code(err, RR_TTY_02);
}
