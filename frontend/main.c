/* rrun: words in, one verb, at most one error out, an exit status. */
#include "common/attr.h"
#include "frontend/arena.h"
#include "frontend/cmd/cmd.h"
#include "frontend/log.h"
#include "frontend/self.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

/* A descriptor that is opened later must never be taken for standard input, output or error. */
static int fill_standard(struct error *err)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		/* The lowest free descriptor is this one. */
		if (open("/dev/null", O_RDWR) != fd)
			return error_sys(err, "open /dev/null for descriptor %d", fd);
	}
	return 0;
}

/* True afterwards: 0, 1 and 2 are open; children can be waited for; no other process of this user
 * can trace this one or read its descriptors (security.md R-3). */
static int sanitise(struct error *err)
{
	if (fill_standard(err) < 0)
		return -1;
	if (signal(SIGCHLD, SIG_DFL) == SIG_ERR)
		return error_sys(err, "reset SIGCHLD");
	/* A limit on the size of files is an error, not an end without undoing: setrlimit(2). */
	if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		return error_sys(err, "ignore SIGXFSZ");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_sys(err, "clear the dumpable flag");
	return 0;
}

static int rrun(struct arena *arena, char *const *argv, struct call *call, struct log *log,
		int *ret_status, struct error *err)
{
	if (sanitise(err) < 0)
		return -1;
	if (cmd_read(arena, *argv ? argv + 1 : argv, call, err) < 0)
		return -1;
	if (call->command && call->command->enters && self_protect(argv, err) < 0)
		return -1;
	if (log_open(call->globals.log, call->globals.log_format, log, err) < 0)
		return -1;
	return cmd_perform(call, ret_status, err);
}

int main(int argc _unused_, char **argv)
{
	_cleanup_(arena_free) struct arena arena = { 0 };
	_cleanup_(log_close) struct log log = { .fd = -1 };
	struct call call = { 0 };
	struct error err = { 0 };
	int status = 0;

	if (rrun(&arena, argv, &call, &log, &status, &err) == 0)
		return status;
	log_error(&log, call.command ? call.command->name : NULL, &err);
	return cmd_exit(&call, &err);
}
