#include "frontend/tty/pty.h"

#include "frontend/codes.h"
#include "frontend/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>
#include <unistd.h>

static int refused(struct error *err, const char *step)
{
	error_sys(err, "%s", step);
	return error_code(err, RR_TTY_03);
}

static int on_devpts(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -1;
	if (fs.f_type == DEVPTS_SUPER_MAGIC)
		return 0;
	errno = ENODEV;
	return -1;
}

/* On a devpts nobody but the kernel makes names, so what is found there needs no further trust. */
static int devpts_open(int dev)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	_cleanup_(close_fd) int pts = (int)syscall(SYS_openat2, dev, "pts", &how, sizeof(how));

	if (pts < 0 || on_devpts(pts) < 0)
		return -1;
	return take_fd(&pts);
}

static int master_open(int dev, struct error *err)
{
	_cleanup_(close_fd) int pts = devpts_open(dev), master = -1;
	struct stat stat;

	if (pts < 0) {
		refused(err, "find a devpts on /dev/pts of the container");
		return error_hint(
			err, "a terminal needs a mount of type devpts on /dev/pts in config.json");
	}
	master = openat(pts, "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	if (master < 0) {
		refused(err, "open /dev/pts/ptmx of the container");
		if (err->sys == EACCES)
			error_hint(err, "mount the container's devpts with ptmxmode=0666");
		return -1;
	}
	/* Something may be mounted on the name. */
	if (fstat(master, &stat) < 0 || on_devpts(master) < 0)
		return refused(err, "look at /dev/pts/ptmx of the container");
	if (!S_ISCHR(stat.st_mode) || stat.st_rdev != makedev(5, 2)) {
		errno = ENODEV;
		return refused(err, "look at /dev/pts/ptmx of the container");
	}
	return take_fd(&master);
}

static int slave_open(int master, struct error *err)
{
	int locked = 0;
	int slave;

	if (ioctl(master, TIOCSPTLCK, &locked) < 0)
		return refused(err, "unlock the container's terminal");
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return refused(err, "open the container's terminal");
	return slave;
}

/* Whoever shows the output has a terminal of its own that makes CR LF out of LF: once is enough. */
static int translate_nothing(int master, struct error *err)
{
	struct termios settings;

	if (tcgetattr(master, &settings) < 0)
		return refused(err, "read the settings of the container's terminal");
	settings.c_oflag &= ~(tcflag_t)ONLCR;
	if (tcsetattr(master, TCSANOW, &settings) < 0)
		return refused(err, "set up the container's terminal");
	return 0;
}

static int size_set(int master, uint32_t rows, uint32_t columns, struct error *err)
{
	struct winsize size;

	if (!rows && !columns)
		return 0;
	if (ioctl(master, TIOCGWINSZ, &size) < 0)
		return refused(err, "read the size of the container's terminal");
	if (rows)
		size.ws_row = rows > UINT16_MAX ? UINT16_MAX : (unsigned short)rows;
	if (columns)
		size.ws_col = columns > UINT16_MAX ? UINT16_MAX : (unsigned short)columns;
	if (ioctl(master, TIOCSWINSZ, &size) < 0)
		return refused(err, "set the size of the container's terminal");
	return 0;
}

int pty_open(int dev, uint32_t rows, uint32_t columns, int *ret_master, int *ret_slave,
	     struct error *err)
{
	_cleanup_(close_fd) int master = -1, slave = -1;

	master = master_open(dev, err);
	if (master < 0)
		return -1;
	slave = slave_open(master, err);
	if (slave < 0)
		return -1;
	if (translate_nothing(master, err) < 0 || size_set(master, rows, columns, err) < 0)
		return -1;
	*ret_master = take_fd(&master);
	*ret_slave = take_fd(&slave);
	return 0;
}

/* Like dup2, but also where the two are the same and the descriptor would not survive execve. */
static int put_on(int fd, int number)
{
	return fd == number ? fcntl(fd, F_SETFD, 0) : dup2(fd, number);
}

int pty_enter(int slave, struct error *err)
{
	_cleanup_(close_fd) int fd = slave;

	if (setsid() < 0 && getsid(0) != getpid())
		return refused(err, "start a session for the terminal");
	if (ioctl(fd, TIOCSCTTY, 0) < 0)
		return refused(err, "make the terminal the session's own");
	for (int number = 0; number <= 2; number++)
		if (put_on(fd, number) < 0)
			return refused(err, "put the terminal on the standard descriptors");
	if (fd <= 2)
		take_fd(&fd);
	return 0;
}
