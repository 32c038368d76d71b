#include "frontend/spawn/rung.h"

#include "common/attr.h"
#include "common/wire.h"
#include "frontend/codes.h"
#include "frontend/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define REPLY_MS 10000 /* the helper gives up by itself after five seconds */

static const char no_range[] = "no range of ids through rrun-helper";

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

void idmap_helper_end(struct idmap_helper *helper)
{
	if (helper->pid <= 0)
		return;
	close_fd(&helper->socket);
	rung_reap(helper->pid);
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
	if (pidfd < 0)
		message.msg_controllen = 0;
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

int helper_ask(struct idmap_helper *helper, const struct wire_request *request, int pidfd,
	       struct wire_reply *ret, int *ret_status)
{
	pid_t pid = helper->pid;
	int done = request_send(helper->socket, request, pidfd) < 0 ||
				   reply_wait(helper->socket, ret) < 0
			   ? -1
			   : 0;

	close_fd(&helper->socket);
	helper->pid = -1;
	*ret_status = rung_reap(pid);
	return done;
}

static enum idmap_answer absent(struct error *err, uint16_t code, const char *what, const char *why,
				const char *hint)
{
	error_set(err, code, "%s", what);
	error_why(err, "%s", why);
	error_hint(err, "%s", hint);
	return IDMAP_ABSENT;
}

static enum idmap_answer absent_by_policy(struct error *err, const char *why)
{
	absent(err, RR_MAP_04, no_range, why, "");
	hint_of_site(err, "ask your admin; rrun uses the policy in " POLICY_PATH);
	return IDMAP_ABSENT;
}

static bool is_traced(void)
{
	_cleanup_(close_fd) int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	char text[2048];
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	const char *line;

	text[got > 0 ? got : 0] = '\0';
	line = strstr(text, "\nTracerPid:\t");
	return line && line[strlen("\nTracerPid:\t")] != '0';
}

bool rung_powerless(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 || is_traced();
}

/* It runs and gains nothing: which of the causes is it, and who can end it (H-3)? */
static enum idmap_answer helper_powerless(const char *what, struct error *err)
{
	struct statvfs mounted;
	struct stat status;

	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return absent(
			err, RR_MAP_03, what,
			"no_new_privs is set: no program can gain privilege here",
			"start rrun outside the sandbox or unit that sets it (NoNewPrivileges=)");
	if (stat(HELPER_PATH, &status) == 0 && (status.st_uid != 0 || !(status.st_mode & S_ISUID)))
		return absent(
			err, RR_MAP_02, what, HELPER_PATH " is not set-uid root",
			"your admin can mend it: chown root:root and chmod 4711 " HELPER_PATH);
	if (statvfs(HELPER_PATH, &mounted) == 0 && (mounted.f_flag & ST_NOSUID))
		return absent(
			err, RR_MAP_03, what, HELPER_PATH " is on a filesystem mounted nosuid",
			"your admin can install rrun elsewhere, or mount that one without nosuid");
	if (is_traced())
		return absent(err, RR_MAP_03, what,
			      "rrun is being traced, and so is what it starts",
			      "run it without strace or a debugger");
	return absent(err, RR_MAP_03, what, "it gains no privilege here",
		      "ask your admin; /proc/self/status and the mount of " HELPER_PATH
		      " tell more");
}

/* The helper ended without a word: its exit code says why (common/wire.h). */
enum idmap_answer helper_silent(const char *what, int status, struct error *err)
{
	switch (status) {
	case 127:
		return absent(err, RR_MAP_02, what,
			      HELPER_PATH " is not there or cannot be executed",
			      "your admin can install it: make install-helper");
	case HELPER_UNPRIVILEGED:
		return helper_powerless(what, err);
	case HELPER_NAMESPACE:
		return absent(err, RR_MAP_03, what, "this is not the machine's own user namespace",
			      "inside a container rrun has only the ids of that container");
	case HELPER_CALLER:
		return absent(err, RR_MAP_04, what, "it does not serve this user id",
			      "use a user's account");
	case HELPER_LIMITS:
		absent(err, RR_MAP_07, what, "your limit of open files leaves it no room to work",
		       "ulimit -Hn must be at least 512");
		return IDMAP_FAILED;
	default:
		error_set(err, RR_MAP_07, "rrun-helper gave no answer");
		error_why(err, "exit code %d", status);
		return IDMAP_FAILED;
	}
}

static enum idmap_answer refused(struct error *err, uint16_t code, const struct wire_reply *reply,
				 const char *why, const char *hint)
{
	const char *map = reply->which == WHICH_GID ? "linux.gidMappings" : "linux.uidMappings";

	error_set(err, code, "%s[%u]", map, reply->detail);
	error_why(err, "%s", why);
	error_hint(err, "%s", hint);
	return IDMAP_REFUSED;
}

static enum idmap_answer failed(struct error *err, uint16_t code, const char *why, const char *hint)
{
	error_set(err, code, "map the container's ids");
	error_why(err, "%s", why);
	error_hint(err, "%s", hint);
	return IDMAP_FAILED;
}

static enum idmap_answer verdict(const struct wire_reply *reply, struct error *err)
{
	switch ((enum wire_verdict)reply->verdict) {
	case VERDICT_ALLOW:
		return IDMAP_DONE;
	case VERDICT_POLICY:
		return absent_by_policy(err, "the site's policy is missing or not valid");
	case VERDICT_CALLER:
		return absent_by_policy(err, "the site's policy does not serve this user");
	case VERDICT_OFF:
		return absent_by_policy(err, "the site has switched it off");
	case VERDICT_RANGE:
		return refused(err, RR_MAP_05, reply, "these ids were not granted to you",
			       "rrun spec shows your range; your admin grants one with a line in "
			       "/etc/subuid and one in /etc/subgid");
	case VERDICT_EXTENTS:
		error_set(err, RR_MAP_05, "linux.uidMappings and linux.gidMappings");
		error_why(err, "the site allows %u entries each", reply->detail);
		error_hint(err, "use fewer, larger ranges, or ask your admin");
		return IDMAP_REFUSED;
	case VERDICT_MAP:
		return refused(err, RR_MAP_06, reply, "no such map can be granted to anyone",
			       "ids must not overlap, go beyond the last id, or reach root's");
	case VERDICT_PROTOCOL:
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
	case VERDICT_CGROUP_OFF:
	case VERDICT_NO_TREE:
	case VERDICT_OWN_TREE:
	case VERDICT_ELSEWHERE:
	case VERDICT_JOB:
	case VERDICT_LOOSENS:
	case VERDICT_INHERIT:
	case VERDICT_LIMIT:
	case VERDICT_QUOTA:
	case VERDICT_UNKNOWN:
	case VERDICT_BUSY:
		break;
	}
	error_set(err, RR_MAP_07, "map the container's ids");
	error_why(err, "rrun-helper answered %u (%u)", reply->verdict, reply->detail);
	return IDMAP_FAILED;
}

/* Without the cgroup that would have been nice to have: that is no reason to go without ids. */
static enum idmap_answer maps_alone(struct wire_request *request, struct idmap_helper *helper,
				    int pidfd, struct wire_reply *reply, struct error *err)
{
	int status;

	request->flags = WIRE_MAPS;
	request->limits = 0;
	memset(request->limit, 0, sizeof(request->limit));
	if (idmap_helper_start(helper, err) < 0)
		return IDMAP_FAILED;
	if (helper_ask(helper, request, pidfd, reply, &status) < 0)
		return helper_silent(no_range, status, err);
	return verdict(reply, err);
}

enum idmap_answer rung_helper(const struct plan *plan, struct idmap_helper *helper, int pidfd,
			      struct idmap_result *ret, struct error *err)
{
	struct wire_request request = {
		.magic = WIRE_MAGIC,
		.version = WIRE_VERSION,
		.op = OP_PREPARE,
		.flags = WIRE_MAPS,
		.guard = WIRE_GUARD,
	};
	enum idmap_answer answer;
	struct wire_reply reply;
	int status;

	map_fill(&plan->uids, &request.uid);
	map_fill(&plan->gids, &request.gid);
	request_limits(&plan->cgroup, &request);
	if (helper_ask(helper, &request, pidfd, &reply, &status) < 0)
		return helper_silent(no_range, status, err);
	ret->top = reply.cgroup;
	if (verdict_of_cgroup(&reply) && plan->cgroup.optional && reply.cgroup == 0) {
		cgroup_refused(&reply, &ret->unplaced);
		answer = maps_alone(&request, helper, pidfd, &reply, err);
	} else if (verdict_of_cgroup(&reply)) {
		cgroup_refused(&reply, err);
		answer = IDMAP_FAILED;
	} else {
		answer = verdict(&reply, err);
		ret->placed = answer == IDMAP_DONE && request.flags & WIRE_CGROUP;
	}
	ret->clamped = reply.clamped;
	ret->denied = reply.setgroups_denied;
	return answer;
}
