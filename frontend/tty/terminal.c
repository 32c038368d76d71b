#include "frontend/tty/terminal.h"

#include "frontend/codes.h"
#include "frontend/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int refused(struct error *err, const char *step)
{
	error_sys(err, "%s", step);
	return error_code(err, RR_TTY_03);
}

int terminal_find(struct terminal *ret, struct error *err)
{
	for (int fd = 2; fd >= 0; fd--)
		if (isatty(fd)) {
			*ret = (struct terminal){ .fd = fd };
			return 0;
		}

	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	/* ENXIO: there is no controlling terminal; EIO: it hung up. tty(4). */
	if (fd < 0 && errno != ENXIO && errno != ENOENT && errno != ENODEV && errno != EIO)
		return refused(err, "open /dev/tty");
	*ret = (struct terminal){ .fd = fd, .ours = fd >= 0 };
	return 0;
}

int terminal_raw(struct terminal *terminal, struct error *err)
{
	struct termios raw;

	if (terminal->fd < 0)
		return 0;
	if (!terminal->saved && tcgetattr(terminal->fd, &terminal->settings) < 0)
		return refused(err, "read the settings of the terminal");
	terminal->saved = true;

	raw = terminal->settings;
	cfmakeraw(&raw);
	/* The container's terminal leaves LF alone, so this one must still make CR LF out of it. */
	raw.c_oflag |= OPOST;
	/* Not TCSADRAIN, which waits for a terminal that may be stuck. */
	if (tcsetattr(terminal->fd, TCSANOW, &raw) < 0)
		return refused(err, "put the terminal into raw mode");
	return 0;
}

/* In the background the shell has put its own settings in place: a change would be to its harm, and
 * SIGTTOU would stop us here. */
static bool in_background(int fd)
{
	pid_t group = tcgetpgrp(fd);

	return group >= 0 && group != getpgrp();
}

void terminal_restore(struct terminal *terminal)
{
	int saved = errno;

	if (terminal->saved && terminal->fd >= 0 && !in_background(terminal->fd))
		tcsetattr(terminal->fd, TCSANOW, &terminal->settings);
	terminal->saved = false;
	if (terminal->ours)
		close_fd(&terminal->fd);
	terminal->ours = false;
	errno = saved;
}

void terminal_resize(const struct terminal *terminal, int master)
{
	struct winsize size;

	if (terminal->fd >= 0 && master >= 0 && ioctl(terminal->fd, TIOCGWINSZ, &size) == 0)
		ioctl(master, TIOCSWINSZ, &size);
}
