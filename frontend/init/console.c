#include "frontend/init/stages.h"

#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/init/mountapi.h"
#include "frontend/sync.h"
#include "frontend/tty/console.h"
#include "frontend/tty/pty.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The slave stands at /dev/console too: bound from its descriptor, never from a path that the image
 * could have swapped. */
static int console_bind(const struct init *init, int slave, struct error *err)
{
	_cleanup_(close_fd) int copy = mount_copy_fd(slave, false);

	if (copy < 0 || (mknodat(init->dev, "console", S_IFREG | 0620, 0) < 0 && errno != EEXIST) ||
	    syscall(SYS_move_mount, copy, "", init->dev, "console", MOVE_MOUNT_F_EMPTY_PATH) < 0) {
		error_sys(err, "put the terminal on /dev/console");
		return error_code(err, RR_TTY_03);
	}
	return 0;
}

static int master_send(const struct init *init, int master, struct error *err)
{
	return init->console >= 0 ? console_send(init->console, master, err)
				  : sync_say_fd(init->sync, SYNC_MASTER, master, err);
}

/* True after: descriptors 0, 1 and 2 are the container's own terminal, and its master is with
 * whoever asked for it; or, without a terminal, they are what rrun was started with. */
int stage_terminal(struct init *init, struct error *err)
{
	const struct plan_process *process = &init->plan->process;
	_cleanup_(close_fd) int master = -1, slave = -1;

	if (!process->terminal)
		return 0;
	if (pty_open(init->dev, process->rows, process->columns, &master, &slave, err) < 0)
		return -1;
	/* The program's user must be able to open it again by name. */
	if (fchown(slave, process->uid, (gid_t)-1) < 0) {
		error_sys(err, "give the terminal to uid %u of the container", process->uid);
		return error_code(err, RR_TTY_03);
	}
	if (init->plan->make_dev && console_bind(init, slave, err) < 0)
		return -1;
	if (master_send(init, master, err) < 0)
		return -1;
	return pty_enter(take_fd(&slave), err);
}
