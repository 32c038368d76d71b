#include "frontend/run.h"

#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/run_parts.h"
#include "frontend/sync.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int status_check(enum state_status status, struct error *err)
{
	switch (status) {
	case STATUS_CREATED:
		return 0;
	case STATUS_RUNNING:
		return error_set(err, RR_ID_04, "cannot start an already running container");
	case STATUS_STOPPED:
		return error_set(err, RR_ID_04, "cannot start a container that has stopped");
	case STATUS_CREATING:
	case STATUS_PAUSED:
		break;
	}
	return error_set(err, RR_ID_04, "cannot start a container in the %s state",
			 state_status_name(status));
}

/* Another start was first, or init is dead. */
static int too_late(const struct state *state, struct error *err)
{
	_cleanup_(close_fd) int pidfd = -1;

	if (state_process_open(&state->init, &pidfd, err) == 0 && pidfd >= 0)
		return error_set(err, RR_ID_04, "cannot start an already running container");
	return error_set(err, RR_ID_04, "cannot start a container that has stopped");
}

/* The socket is taken away before the word is said: who comes later finds the container started.
 * One at a time: of two at the door init lets in the first, and the other must not be the one that
 * took the socket away. */
static int init_connect(const struct state *state, int dir, int *ret, struct error *err)
{
	_cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/start.sock", dir);
	if (fd < 0)
		return error_sys(err, "make a socket");
	if (flock(dir, LOCK_EX) < 0)
		return error_sys(err, "hold the state of the container");
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return too_late(state, err);
	if (unlinkat(dir, "start.sock", 0) < 0)
		return error_set(err, RR_ID_04, "cannot start an already running container");
	flock(dir, LOCK_UN);
	*ret = take_fd(&fd);
	return 0;
}

int run_start(const char *root_option, const char *id, struct error *err)
{
	_cleanup_(arena_free) struct arena arena = { 0 };
	_cleanup_(close_fd) int root = -1, dir = -1, init = -1, pidfd = -1;
	struct notify notify = { .socket = -1 };
	const char *manager = getenv("NOTIFY_SOCKET");
	struct state state;

	if (state_id_check(id, err) < 0 || state_root_find(root_option, id, &root, err) < 0 ||
	    state_load(&arena, root, id, &state, &dir, err) < 0 ||
	    status_check(state_status(&state, dir), err) < 0)
		return -1;
	if (manager && manager[0] && faccessat(dir, "notify", F_OK, 0) == 0 &&
	    notify_open(dir, manager, &notify, err) < 0)
		return -1;
	if (init_connect(&state, dir, &init, err) < 0)
		return -1;
	if (sync_say(init, SYNC_GO, err) < 0 || sync_hear_end(init, err) < 0)
		return error_while(err, "unable to start container process");
	if (notify.socket >= 0) {
		notify.main_pid = state.init.pid;
		if (state_process_open(&state.init, &pidfd, err) == 0 && pidfd >= 0)
			notify_until_ready(&notify, pidfd);
		notify_close(&notify);
	}
	return 0;
}
