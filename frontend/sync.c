#include "frontend/sync.h"

#include "frontend/codes.h"
#include "frontend/fd.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const WORDS[] = {
	[SYNC_ERROR] = "an error record", [SYNC_BORN] = "the new process",
	[SYNC_MAPPED] = "the id maps",	  [SYNC_FILTER] = "the seccomp filter",
	[SYNC_MASTER] = "the terminal",	  [SYNC_READY] = "the end of the setup",
	[SYNC_GO] = "the word to go on",
};

static const char *name_of(uint32_t word)
{
	return word < count_of(WORDS) && WORDS[word] ? WORDS[word] : "an unknown word";
}

static int gone(uint32_t word, struct error *err)
{
	error_set(err, RR_SYS_04, "wait for %s", name_of(word));
	return error_why(err, "the process at the other end is gone");
}

int sync_pair(int *ret_parent, int *ret_child, struct error *err)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_sys(err, "make a socket pair");
	*ret_parent = pair[0];
	*ret_child = pair[1];
	return 0;
}

union one_fd {
	struct cmsghdr header; /* for its alignment */
	char bytes[CMSG_SPACE(sizeof(int))];
};

static ssize_t send_word(int socket, uint32_t word, const void *data, size_t size, int fd,
			 int flags)
{
	struct iovec parts[] = {
		{ .iov_base = &word, .iov_len = sizeof(word) },
		/* sendmsg does not write through it. */
		{ .iov_base = (void *)(uintptr_t)data, .iov_len = size },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = count_of(parts) };
	union one_fd control = { 0 };

	if (fd >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	}
	return TEMP_FAILURE_RETRY(sendmsg(socket, &message, MSG_NOSIGNAL | flags));
}

/* An end that is closed with words unread resets the connection, and the kernel tells that before
 * it hands out what was sent earlier: ask once more. unix(7), ECONNRESET. */
static ssize_t peek_word(int socket, uint32_t *word, int flags, bool *ret_reset)
{
	ssize_t size;

	*word = 0;
	*ret_reset = false;
	size = TEMP_FAILURE_RETRY(recv(socket, word, sizeof(*word), MSG_PEEK | flags));
	if (size >= 0 || errno != ECONNRESET)
		return size;
	*ret_reset = true;
	return TEMP_FAILURE_RETRY(recv(socket, word, sizeof(*word), MSG_PEEK | flags));
}

static ssize_t take_word(int socket, void *data, size_t size, int *ret_fd, int flags)
{
	uint32_t word;
	struct iovec parts[] = {
		{ .iov_base = &word, .iov_len = sizeof(word) },
		{ .iov_base = data, .iov_len = size },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = count_of(parts) };
	union one_fd control = { 0 };
	ssize_t got;

	*ret_fd = -1;
	/* Without room for them the kernel drops descriptors that nobody asked for. */
	if (flags & MSG_CMSG_CLOEXEC) {
		message.msg_control = control.bytes;
		/* CMSG_SPACE would be room for two. */
		message.msg_controllen = CMSG_LEN(sizeof(int));
	}
	got = TEMP_FAILURE_RETRY(recvmsg(socket, &message, flags));
	if (got < 0)
		return got;

	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(ret_fd, CMSG_DATA(header), sizeof(int));
	if (message.msg_flags & MSG_TRUNC || got < (ssize_t)sizeof(word)) {
		close_fd(ret_fd);
		errno = EMSGSIZE;
		return -1;
	}
	return got - (ssize_t)sizeof(word);
}

/* The record that explains the end of the story. */
static int hear_error(int socket, struct error *err)
{
	struct error record;
	int fd;

	if (take_word(socket, &record, sizeof(record), &fd, 0) != (ssize_t)sizeof(record))
		return gone(SYNC_ERROR, err);
	record.what[sizeof(record.what) - 1] = '\0';
	record.why[sizeof(record.why) - 1] = '\0';
	record.hint[sizeof(record.hint) - 1] = '\0';
	if (record.kind == ERROR_NONE || record.kind > ERROR_SILENT)
		record.kind = ERROR_FAILED;
	*err = record;
	return -1;
}

/* The other end closed while we spoke: it may have said why before. */
static int hear_last_words(int socket, uint32_t word, struct error *err)
{
	uint32_t said;
	bool reset;
	int fd;

	while (peek_word(socket, &said, MSG_DONTWAIT, &reset) > 0) {
		if (said == SYNC_ERROR)
			return hear_error(socket, err);
		if (take_word(socket, NULL, 0, &fd, MSG_DONTWAIT) < 0 && errno != EMSGSIZE)
			break;
	}
	return gone(word, err);
}

static int say(int socket, enum sync_word word, const void *data, size_t size, int fd,
	       struct error *err)
{
	if (send_word(socket, word, data, size, fd, 0) >= 0)
		return 0;
	if (errno == EPIPE || errno == ECONNRESET)
		return hear_last_words(socket, word, err);
	return error_sys(err, "send %s", name_of(word));
}

int sync_say(int socket, enum sync_word word, struct error *err)
{
	return say(socket, word, NULL, 0, -1, err);
}

int sync_say_fd(int socket, enum sync_word word, int fd, struct error *err)
{
	if (fd < 0) {
		errno = EBADF;
		return error_sys(err, "send %s", name_of(word));
	}
	return say(socket, word, NULL, 0, fd, err);
}

int sync_say_bytes(int socket, enum sync_word word, const void *data, size_t size,
		   struct error *err)
{
	return say(socket, word, data, size, -1, err);
}

void sync_fail(int socket, const struct error *err)
{
	if (send_word(socket, SYNC_ERROR, err, sizeof(*err), -1, 0) < 0)
		return;
}

static int hear(int socket, enum sync_word word, void *data, size_t size, size_t *ret_size,
		int *ret_fd, struct error *err)
{
	uint32_t said;
	bool reset;
	ssize_t got = peek_word(socket, &said, 0, &reset);

	if (got < 0 && errno != ECONNRESET)
		return error_sys(err, "wait for %s", name_of(word));
	if (got <= 0)
		return gone(word, err);
	if (said == SYNC_ERROR)
		return hear_error(socket, err);
	if (said != word) {
		error_set(err, RR_SYS_04, "wait for %s", name_of(word));
		return error_why(err, "%s came instead", name_of(said));
	}

	_cleanup_(close_fd) int fd = -1;
	got = take_word(socket, data, size, &fd, ret_fd ? MSG_CMSG_CLOEXEC : 0);
	if (got < 0)
		return error_sys(err, "receive %s", name_of(word));
	if (ret_fd && fd < 0) {
		error_set(err, RR_SYS_04, "receive %s", name_of(word));
		return error_why(err, "it came without its descriptor");
	}
	if (ret_fd)
		*ret_fd = take_fd(&fd);
	if (ret_size)
		*ret_size = (size_t)got;
	return 0;
}

int sync_hear(int socket, enum sync_word word, struct error *err)
{
	return hear(socket, word, NULL, 0, NULL, NULL, err);
}

int sync_hear_fd(int socket, enum sync_word word, int *ret_fd, struct error *err)
{
	return hear(socket, word, NULL, 0, NULL, ret_fd, err);
}

int sync_hear_bytes(int socket, enum sync_word word, void *data, size_t size, size_t *ret_size,
		    struct error *err)
{
	return hear(socket, word, data, size, ret_size, NULL, err);
}

int sync_hear_end(int socket, struct error *err)
{
	uint32_t said;
	bool reset;
	ssize_t got = peek_word(socket, &said, 0, &reset);

	if (got > 0 && said == SYNC_ERROR)
		return hear_error(socket, err);
	if (got > 0) {
		error_set(err, RR_SYS_04, "wait for the program to run");
		return error_why(err, "%s came instead", name_of(said));
	}
	/* A reset means that our last word was never read: no program can run. */
	if (got == 0 && !reset)
		return 0;
	if (got < 0 && errno != ECONNRESET)
		return error_sys(err, "wait for the program to run");
	error_set(err, RR_SYS_04, "wait for the program to run");
	return error_why(err, "the process at the other end is gone");
}
