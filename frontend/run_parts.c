#include "frontend/run_parts.h"

#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/init/process.h"
#include "frontend/plan/filter.h"
#include "frontend/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int bundle_failed(const char *bundle, struct error *err)
{
	error_sys(err, "open the bundle %s", bundle);
	error_code(err, RR_CFG_01);
	return error_hint(
		err, "a bundle is a directory with config.json and a root filesystem: rrun spec "
		     "writes the first");
}

static int config_missing(const char *bundle, struct error *err)
{
	if (errno == ENOENT)
		error_set(err, RR_CFG_01, "JSON specification file config.json not found in %s",
			  bundle);
	else
		error_sys(err, "open config.json in %s", bundle);
	error_code(err, RR_CFG_01);
	return error_hint(err, "write one with: rrun spec --bundle %s", bundle);
}

int bundle_open(struct arena *arena, const char *bundle, const char **ret_path,
		const char **ret_config, size_t *ret_length, struct error *err)
{
	_cleanup_(close_fd) int dir = -1, file = -1;
	char absolute[PATH_MAX];

	dir = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || !realpath(bundle, absolute))
		return bundle_failed(bundle, err);
	file = openat(dir, "config.json", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (file < 0)
		return config_missing(bundle, err);
	if (json_read_file(arena, "config.json", file, ret_config, ret_length, err) < 0)
		return -1;
	*ret_path = arena_copy(arena, absolute, strlen(absolute));
	return 0;
}

void hard_limits_read(const struct spec_process *process, uint64_t *limits)
{
	for (size_t i = 0; i < 16; i++)
		limits[i] = UINT64_MAX;
	for (size_t i = 0; i < process->rlimit_count; i++) {
		int resource = process->rlimits[i].resource;
		struct rlimit value;

		if (getrlimit((__rlimit_resource_t)resource, &value) == 0)
			limits[resource] = value.rlim_max;
	}
}

int filter_send(struct arena *arena, const struct spec_seccomp *profile, int sync,
		struct error *err)
{
	struct filter filter;
	struct process_filter *message;
	size_t size;

	if (!profile)
		return 0;
	if (filter_compile(arena, profile, &filter, err) < 0)
		return -1;
	size = filter.length * sizeof(filter.program[0]);
	message = arena_alloc(arena, offsetof(struct process_filter, program) + size);
	message->flags = filter.flags;
	message->length = filter.length;
	memcpy(message->program, filter.program, size);
	return sync_say_bytes(sync, SYNC_FILTER, message,
			      offsetof(struct process_filter, program) + size, err);
}

/* proc(5), "SigIgn". Without /proc there is nothing to know, and nothing is changed. */
uint64_t signals_ignored(void)
{
	static const char key[] = "\nSigIgn:\t";
	_cleanup_(close_fd) int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	char text[4096];
	ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	const char *line;

	text[size > 0 ? size : 0] = '\0';
	line = strstr(text, key);
	return line ? strtoull(line + strlen(key), NULL, 16) : 0;
}

int start_socket_listen(int dir, int *ret, struct error *err)
{
	_cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	/* By descriptor, since the state root's path may be longer than sun_path. */
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/start.sock", dir);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 1) < 0) {
		error_sys(err, "make the socket that start will use");
		return error_code(err, RR_STA_01);
	}
	*ret = take_fd(&fd);
	return 0;
}

int notify_prepare(struct arena *arena, int dir, const char **ret_path, struct error *err)
{
	char link[64], path[PATH_MAX];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
	length = readlink(link, path, sizeof(path) - 1);
	if (length < 0 || (mkdirat(dir, "notify", 0755) < 0 && errno != EEXIST)) {
		error_sys(err, "make the directory of the notify socket");
		return error_code(err, RR_STA_01);
	}
	*ret_path = arena_print(arena, "%.*s/notify", (int)length, path);
	return 0;
}

void notify_until_ready(struct notify *notify, int pidfd)
{
	struct pollfd fds[] = {
		{ .fd = notify->socket, .events = POLLIN },
		{ .fd = pidfd, .events = POLLIN },
	};

	while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
		if (fds[0].revents && notify_pass(notify) == 1)
			return;
		if (!fds[0].revents && fds[1].revents)
			return;
	}
}
