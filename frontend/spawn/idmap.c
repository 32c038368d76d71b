#include "frontend/spawn/idmap.h"

#include "common/fd.h"
#include "common/wire.h"
#include "frontend/codes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define REPLY_MS 10000 /* the helper gives up by itself after five seconds */

static int write_failed(const char *name, struct error *err)
{
	error_sys(err, "write %s of the container", name);
	error_code(err, RR_MAP_07);
	return error_hint(err, "user namespaces may be restricted on this machine (AppArmor, SELinux): "
			       "ask your admin");
}

static int write_whole(const char *self, const char *name, const char *text, struct error *err)
{
	char path[64];
	_cleanup_(close_fd) int fd = -1;

	snprintf(path, sizeof(path), "%s/%s", self, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return write_failed(name, err);
	return 0;
}

/* Kept within the page that the kernel takes at most. user_namespaces(7). */
static int map_text(const struct plan_map *map, char *buffer, size_t size, struct error *err)
{
	size_t used = 0;

	for (uint32_t i = 0; i < map->count; i++) {
		const struct wire_extent *extent = &map->extent[i];
		int length = snprintf(buffer + used, size - used, "%u %u %u\n", extent->inside,
				      extent->outside, extent->count);

		used += (size_t)length;
		if (used >= size)
			return error_set(err, RR_MAP_06, "an id map has more text than the kernel takes");
	}
	return 0;
}

int idmap_write_single(const char *self, const struct plan_map *uids, const struct plan_map *gids,
		       struct error *err)
{
	char text[4096];

	if (write_whole(self, "setgroups", "deny", err) < 0 ||
	    map_text(gids, text, sizeof(text), err) < 0 || write_whole(self, "gid_map", text, err) < 0 ||
	    map_text(uids, text, sizeof(text), err) < 0)
		return -1;
	return write_whole(self, "uid_map", text, err);
}

int idmap_write_direct(const struct plan *plan, pid_t child, struct error *err)
{
	char text[4096], self[32];

	snprintf(self, sizeof(self), "/proc/%d", (int)child);
	if (map_text(&plan->gids, text, sizeof(text), err) < 0 ||
	    write_whole(self, "gid_map", text, err) < 0 ||
	    map_text(&plan->uids, text, sizeof(text), err) < 0)
		return -1;
	return write_whole(self, "uid_map", text, err);
}

int idmap_helper_start(struct idmap_helper *ret, struct error *err)
{
	char name[] = "rrun-helper";
	char *const arguments[] = { name, NULL }, *const environment[] = { NULL };
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_sys(err, "make a channel to rrun-helper");
	pid = vfork();
	if (pid == 0) {
		if (pair[1] == WIRE_FD)
			fcntl(WIRE_FD, F_SETFD, 0);
		else
			dup2(pair[1], WIRE_FD);
		execve(HELPER_PATH, arguments, environment);
		_exit(127);
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return error_sys(err, "start rrun-helper");
	}
	*ret = (struct idmap_helper){ pid, pair[0] };
	return 0;
}

static int reap(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void idmap_helper_end(struct idmap_helper *helper)
{
	if (helper->pid <= 0)
		return;
	close_fd(&helper->socket);
	reap(helper->pid);
	helper->pid = -1;
}

static void map_fill(const struct plan_map *from, struct wire_map *to)
{
	to->count = from->count;
	memcpy(to->extent, from->extent, from->count * sizeof(from->extent[0]));
}

static int request_send(int socket, const struct wire_request *request, int pidfd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec data = { (void *)(uintptr_t)request, sizeof(*request) };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &pidfd, sizeof(int));
	return sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)sizeof(*request) ? 0 : -1;
}

/* 0 with a reply, -1 when none came. */
static int reply_wait(int socket, struct wire_reply *reply)
{
	struct pollfd poll_for = { .fd = socket, .events = POLLIN };
	int ready;

	do
		ready = poll(&poll_for, 1, REPLY_MS);
	while (ready < 0 && errno == EINTR);
	if (ready <= 0 || recv(socket, reply, sizeof(*reply), 0) != (ssize_t)sizeof(*reply))
		return -1;
	return reply->magic == WIRE_MAGIC && reply->version == WIRE_VERSION &&
			       reply->guard == WIRE_GUARD
		       ? 0
		       : -1;
}

/* What one rung of the ladder said. */
enum rung {
	RUNG_DONE,
	RUNG_ABSENT,  /* it is not here or has no power: try the next, and then one id will do */
	RUNG_REFUSED, /* it is here and says no to this map: the next may know more, one id will not do */
	RUNG_FAILED,  /* something broke: stop */
};

static enum rung absent(struct error *err, uint16_t code, const char *what, const char *why,
			const char *hint)
{
	error_set(err, code, "%s", what);
	error_why(err, "%s", why);
	error_hint(err, "%s", hint);
	return RUNG_ABSENT;
}

/* The helper ended without a word: its exit code says why (common/wire.h). */
static enum rung helper_silent(int status, struct error *err)
{
	static const char what[] = "no range of ids through rrun-helper";

	switch (status) {
	case 127:
		return absent(err, RR_MAP_02, what, HELPER_PATH " is not there or cannot be executed",
			      "your admin can install it: make install-helper");
	case HELPER_UNPRIVILEGED:
		return absent(err, RR_MAP_03, what,
			      "it gains no privilege: its set-uid bit is missing, its filesystem is mounted "
			      "nosuid, no_new_privs is set, or a debugger is attached",
			      "your admin can check the first two; a sandbox or systemd unit sets the third");
	case HELPER_NAMESPACE:
		return absent(err, RR_MAP_03, what, "this is not the machine's own user namespace",
			      "inside a container rrun has only the ids of that container");
	case HELPER_CALLER:
		return absent(err, RR_MAP_04, what, "it does not serve this user id", "use a user's account");
	default:
		error_set(err, RR_MAP_07, "rrun-helper gave no answer");
		error_why(err, "exit code %d", status);
		return RUNG_FAILED;
	}
}

static enum rung refused(struct error *err, uint16_t code, const struct wire_reply *reply,
			 const char *why, const char *hint)
{
	const char *map = reply->which == WHICH_GID ? "linux.gidMappings" : "linux.uidMappings";

	error_set(err, code, "%s[%u]", map, reply->detail);
	error_why(err, "%s", why);
	error_hint(err, "%s", hint);
	return RUNG_REFUSED;
}

static enum rung failed(struct error *err, uint16_t code, const char *why, const char *hint)
{
	error_set(err, code, "map the container's ids");
	error_why(err, "%s", why);
	error_hint(err, "%s", hint);
	return RUNG_FAILED;
}

static enum rung verdict(const struct wire_reply *reply, struct error *err)
{
	static const char what[] = "no range of ids through rrun-helper";
	static const char admin[] = "ask your admin; rrun uses the policy in " POLICY_PATH;

	switch ((enum wire_verdict)reply->verdict) {
	case VERDICT_ALLOW:
		return RUNG_DONE;
	case VERDICT_POLICY:
		return absent(err, RR_MAP_04, what, "the site's policy is missing or not valid", admin);
	case VERDICT_CALLER:
		return absent(err, RR_MAP_04, what, "the site's policy does not serve this user", admin);
	case VERDICT_OFF:
		return absent(err, RR_MAP_04, what, "the site has switched it off", admin);
	case VERDICT_RANGE:
		return refused(err, RR_MAP_05, reply, "these ids were not granted to you",
			       "rrun spec shows your range; your admin grants one with a line in "
			       "/etc/subuid and one in /etc/subgid");
	case VERDICT_EXTENTS:
		error_set(err, RR_MAP_05, "linux.uidMappings and linux.gidMappings");
		error_why(err, "the site allows %u entries each", reply->detail);
		error_hint(err, "use fewer, larger ranges, or ask your admin");
		return RUNG_REFUSED;
	case VERDICT_MAP:
		return refused(err, RR_MAP_06, reply, "no such map can be granted to anyone",
			       "ids must not overlap, go beyond the last id, or reach root's");
	case VERDICT_PROTOCOL:
	case VERDICT_UNBUILT:
		return failed(err, RR_MAP_08, "rrun and rrun-helper are of different versions",
			      "install both from one build");
	case VERDICT_LIMITS:
		return failed(err, RR_MAP_07, "your resource limits leave rrun-helper no room",
			      "ulimit -n must be at least 16");
	case VERDICT_DENY:
	case VERDICT_TARGET:
	case VERDICT_DUMPABLE:
	case VERDICT_MAPPED:
	case VERDICT_HALF:
	case VERDICT_INTERNAL:
		break;
	}
	error_set(err, RR_MAP_07, "map the container's ids");
	error_why(err, "rrun-helper answered %u (%u)", reply->verdict, reply->detail);
	return RUNG_FAILED;
}

static enum rung by_helper(const struct plan *plan, struct idmap_helper *helper, int pidfd,
			   bool *ret_denied, struct error *err)
{
	struct wire_request request = {
		.magic = WIRE_MAGIC,
		.version = WIRE_VERSION,
		.op = OP_PREPARE,
		.guard = WIRE_GUARD,
	};
	struct wire_reply reply;
	pid_t pid = helper->pid;

	map_fill(&plan->uids, &request.uid);
	map_fill(&plan->gids, &request.gid);
	if (request_send(helper->socket, &request, pidfd) < 0 ||
	    reply_wait(helper->socket, &reply) < 0) {
		close_fd(&helper->socket);
		helper->pid = -1;
		return helper_silent(reap(pid), err);
	}
	*ret_denied = reply.setgroups_denied;
	return verdict(&reply, err);
}

/* Run PROGRAM with the map as its arguments, its stderr in TEXT. Gives its exit code, 127 if missing. */
static int mapper_run(const char *program, pid_t child, const struct plan_map *map, char *text,
		      size_t size)
{
	static char numbers[WIRE_EXTENTS * 3 + 1][12];
	char *arguments[WIRE_EXTENTS * 3 + 3] = { (char *)(uintptr_t)program, numbers[0] };
	char *const environment[] = { NULL };
	int out[2], used = 1;
	ssize_t got;
	pid_t pid;

	snprintf(numbers[0], sizeof(numbers[0]), "%d", (int)child);
	for (uint32_t i = 0; i < map->count; i++) {
		const uint32_t values[] = { map->extent[i].inside, map->extent[i].outside,
					    map->extent[i].count };

		for (size_t k = 0; k < count_of(values); k++, used++) {
			snprintf(numbers[used], sizeof(numbers[0]), "%u", values[k]);
			arguments[used + 1] = numbers[used];
		}
	}
	if (pipe2(out, O_CLOEXEC) < 0)
		return 127;
	pid = vfork();
	if (pid == 0) {
		dup2(out[1], STDERR_FILENO);
		execve(program, arguments, environment);
		_exit(127);
	}
	close(out[1]);
	got = pid < 0 ? 0 : read(out[0], text, size - 1);
	text[got > 0 ? got : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	close(out[0]);
	return pid < 0 ? 127 : reap(pid);
}

static bool groups_denied(pid_t child)
{
	char path[64], text[8] = "";
	_cleanup_(close_fd) int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/setgroups", (int)child);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 || read(fd, text, sizeof(text) - 1) < 4 || strncmp(text, "deny", 4) == 0;
}

/* For sites whose ranges live in LDAP, and those without rrun-helper. */
static enum rung by_shadow(const struct plan *plan, pid_t child, bool *ret_denied, struct error *err)
{
	static const char *const programs[] = { "/usr/bin/newgidmap", "/usr/bin/newuidmap" };
	const struct plan_map *maps[] = { &plan->gids, &plan->uids };
	char text[200] = "";

	for (size_t i = 0; i < count_of(programs); i++) {
		int status = mapper_run(programs[i], child, maps[i], text, sizeof(text));

		if (status == 0)
			continue;
		error_set(err, RR_MAP_10, "%s", programs[i]);
		error_why(err, "%s", status == 127 ? "not installed" : text);
		return status == 127 ? RUNG_ABSENT : i == 0 ? RUNG_REFUSED : RUNG_FAILED;
	}
	*ret_denied = groups_denied(child);
	return RUNG_DONE;
}

int idmap_write_range(const struct plan *plan, struct idmap_helper *helper, pid_t child, int pidfd,
		      bool *ret_denied, const char **ret_ids, bool *ret_exhausted, struct error *err)
{
	struct error second;
	enum rung rung = by_helper(plan, helper, pidfd, ret_denied, err), next;

	*ret_exhausted = false;
	*ret_ids = "helper";
	if (rung == RUNG_DONE)
		return 0;
	if (rung == RUNG_FAILED)
		return -1;
	next = by_shadow(plan, child, ret_denied, &second);
	*ret_ids = "newuidmap";
	if (next == RUNG_DONE)
		return 0;
	if (next == RUNG_FAILED) {
		*err = second;
		return -1;
	}
	*ret_exhausted = rung == RUNG_ABSENT || plan->no_grant;
	return -1;
}
