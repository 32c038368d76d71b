#include "frontend/watch/notify.h"

#include "frontend/codes.h"
#include "frontend/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define BARRIER_MS 30000

/* How long a manager that reads nothing may hold us up for one datagram that matters. */
#define PATIENCE_S 1

static int refused(const char *what, struct error *err)
{
	error_sys(err, "%s", what);
	return error_code(err, RR_STA_01);
}

static bool is_word(const char *line, size_t length, const char *word)
{
	return strlen(word) == length && memcmp(line, word, length) == 0;
}

static bool begins_with(const char *line, size_t length, const char *word)
{
	return strlen(word) <= length && memcmp(line, word, strlen(word)) == 0;
}

static bool is_plain(const char *line, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			return false;
	return true;
}

static bool is_number(const char *line, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (line[i] < '0' || line[i] > '9')
			return false;
	return length > 0 && length <= 20;
}

static void keep(struct notify_lines *lines, const char *line, size_t length)
{
	if (lines->length + length + 2 > sizeof(lines->text) - 32)
		return;
	memcpy(lines->text + lines->length, line, length);
	lines->length += length;
	lines->text[lines->length++] = '\n';
}

static void sort_line(struct notify_lines *lines, const char *line, size_t length)
{
	static const char clock[] = "MONOTONIC_USEC=";
	const size_t after = sizeof(clock) - 1;

	if (is_word(line, length, "READY=1")) {
		if (!lines->ready)
			keep(lines, line, length);
		lines->ready = lines->matters = true;
	} else if (is_word(line, length, "RELOADING=1") || is_word(line, length, "STOPPING=1")) {
		keep(lines, line, length);
		lines->matters = true;
	} else if (begins_with(line, length, clock) && is_number(line + after, length - after)) {
		keep(lines, line, length);
	} else if (begins_with(line, length, "STATUS=") && is_plain(line, length)) {
		keep(lines, line, length);
	}
}

void notify_filter(const char *text, size_t length, pid_t main_pid, struct notify_lines *ret)
{
	const char *end = text + length;

	ret->length = 0;
	ret->ready = ret->matters = false;
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));

		stop = stop ? stop : end;
		sort_line(ret, text, (size_t)(stop - text));
		text = stop + 1;
	}
	if (ret->ready && main_pid > 0)
		ret->length +=
			(size_t)snprintf(ret->text + ret->length, 32, "MAINPID=%d\n", main_pid);
	ret->text[ret->length] = '\0';
}

/* DIR/NAME as an address, however long the path of DIR. */
static int address_below(int dir, const char *name, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (snprintf(ret->sun_path, sizeof(ret->sun_path), "/proc/self/fd/%d/%s", dir, name) <
	    (int)sizeof(ret->sun_path))
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

static int directory_open(int dir)
{
	_cleanup_(close_fd) int below = -1;
	struct stat stat;

	if (mkdirat(dir, "notify", 0755) < 0 && errno != EEXIST)
		return -1;
	below = openat(dir, "notify", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (below < 0 || fstat(below, &stat) < 0)
		return -1;
	if (stat.st_uid != geteuid()) {
		errno = EPERM;
		return -1;
	}
	/* Whatever the umask: the container's users are others here. */
	return fchmod(below, 0755) < 0 ? -1 : take_fd(&below);
}

/* A socket of an earlier `create` has no one to read it: a new one takes its name. */
static int container_socket(int dir)
{
	_cleanup_(close_fd) int below = directory_open(dir), fd = -1;
	struct sockaddr_un address;

	if (below < 0 || address_below(below, "notify.sock", &address) < 0)
		return -1;
	if (unlinkat(below, "notify.sock", 0) < 0 && errno != ENOENT)
		return -1;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    fchmodat(below, "notify.sock", 0777, 0) < 0)
		return -1;
	return take_fd(&fd);
}

static int connect_abstract(int fd, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(name);

	if (length > sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	/* The first byte becomes NUL, and the rest is as long as it is said to be. unix(7),
	 * "abstract". */
	memcpy(address.sun_path + 1, name + 1, length - 1);
	return connect(fd, (struct sockaddr *)&address,
		       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
}

static int connect_path(int fd, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	_cleanup_(close_fd) int dir = -1;
	struct sockaddr_un address;
	char parent[PATH_MAX];

	if (snprintf(parent, sizeof(parent), "%.*s", (int)(name - path), path) >=
	    (int)sizeof(parent)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	dir = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || address_below(dir, name, &address) < 0)
		return -1;
	return connect(fd, (struct sockaddr *)&address, sizeof(address));
}

/* -1 in *ret when no one is there to be told. */
static int manager_connect(const char *where, int *ret, struct error *err)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	_cleanup_(close_fd) int fd = -1;
	int done;

	*ret = -1;
	if (where[0] != '/' && (where[0] != '@' || !where[1])) {
		error_set(err, RR_STA_01, "use NOTIFY_SOCKET=%s", where);
		return error_why(err, "it is neither a path nor an abstract socket");
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
		return refused("make a socket", err);
	done = where[0] == '/' ? connect_path(fd, where) : connect_abstract(fd, where);
	if (done == 0)
		*ret = take_fd(&fd);
	else if (errno != ENOENT && errno != ECONNREFUSED)
		return refused("connect to NOTIFY_SOCKET", err);
	return 0;
}

int notify_open(int dir, const char *notify_socket, struct notify *ret, struct error *err)
{
	_cleanup_(close_fd) int manager = -1, container = -1;

	if (manager_connect(notify_socket, &manager, err) < 0)
		return -1;
	container = container_socket(dir);
	if (container < 0)
		return refused("make the container's notify socket", err);
	*ret = (struct notify){ .socket = take_fd(&container), .manager = take_fd(&manager) };
	return 0;
}

union one_fd {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static int fd_of(struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int fd = -1;

	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(fd)))
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

/* One datagram and at most one descriptor: the kernel drops those that find no room, and CMSG_SPACE
 * would be room for two. */
static ssize_t receive(int socket, char *text, size_t size, int *ret_fd)
{
	struct iovec part = { .iov_base = text, .iov_len = size };
	union one_fd control = { 0 };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = CMSG_LEN(sizeof(int)),
	};
	ssize_t got =
		TEMP_FAILURE_RETRY(recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC));

	*ret_fd = got < 0 ? -1 : fd_of(&message);
	return got >= 0 && message.msg_flags & MSG_TRUNC ? -1 : got;
}

static int send_lines(int manager, const struct notify_lines *lines)
{
	const int flags = MSG_NOSIGNAL | (lines->matters ? 0 : MSG_DONTWAIT);

	if (manager < 0 || !lines->length)
		return -1;
	return TEMP_FAILURE_RETRY(send(manager, lines->text, lines->length, flags)) < 0 ? -1 : 0;
}

static int send_barrier(int manager, int fd)
{
	static const char text[] = "BARRIER=1";
	struct iovec part = { .iov_base = (void *)(uintptr_t)text, .iov_len = sizeof(text) - 1 };
	union one_fd control = { 0 };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	return TEMP_FAILURE_RETRY(sendmsg(manager, &message, MSG_NOSIGNAL)) < 0 ? -1 : 0;
}

/* sd_notify_barrier(3): the manager closes what it gets when it has come that far. */
static void wait_until_read(int manager)
{
	int pipe[2];

	if (pipe2(pipe, O_CLOEXEC) < 0)
		return;
	struct pollfd closed = { .fd = pipe[0] };
	int sent = send_barrier(manager, pipe[1]);

	close(pipe[1]);
	if (sent == 0)
		poll(&closed, 1, BARRIER_MS);
	close(pipe[0]);
}

/* The descriptor of a BARRIER is closed at the end, after what came before it was passed on. */
int notify_pass(struct notify *notify)
{
	_cleanup_(close_fd) int fd = -1;
	char text[NOTIFY_BYTES];
	struct notify_lines lines;
	ssize_t got = receive(notify->socket, text, sizeof(text), &fd);

	if (got <= 0)
		return 0;
	notify_filter(text, (size_t)got, notify->main_pid, &lines);
	if (send_lines(notify->manager, &lines) == 0 && lines.ready && notify->main_pid != getpid())
		wait_until_read(notify->manager);
	/* Also where nobody could be told: no one will be later. */
	return lines.ready;
}

void notify_close(struct notify *notify)
{
	close_fd(&notify->socket);
	close_fd(&notify->manager);
}
