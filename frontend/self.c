#include "frontend/self.h"

#include "common/attr.h"
#include "frontend/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SELF "/proc/self/exe"
#define UNMAPPED 65534 /* how a user namespace shows an owner that it has no number for */
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U
#endif

/* Root of the machine is never mapped, and what has no number here has none below. */
static bool is_out_of_reach(const struct stat *status)
{
	bool foreign = status->st_uid == 0 || status->st_uid == UNMAPPED;

	return foreign && status->st_uid != geteuid() && !(status->st_mode & (S_IWGRP | S_IWOTH));
}

/* MFD_EXEC is asked for where vm.memfd_noexec is 1; before Linux 6.3 there is none. */
static int memory_open(void)
{
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("rrun", flags | MFD_EXEC);

	return fd < 0 && errno == EINVAL ? memfd_create("rrun", flags) : fd;
}

static int copy_all(int from, int to)
{
	ssize_t sent;

	do
		sent = sendfile(to, from, NULL, 1 << 24);
	while (sent > 0 || (sent < 0 && errno == EINTR));
	return (int)sent;
}

static int copy_run(int self, char *const *argv, struct error *err)
{
	_cleanup_(close_fd) int copy = memory_open();

	if (copy >= 0 && copy_all(self, copy) == 0 && fcntl(copy, F_ADD_SEALS, SEALS) == 0)
		syscall(SYS_execveat, copy, "", argv, environ, AT_EMPTY_PATH);
	error_sys(err, "run a copy of rrun that no container can write");
	return error_hint(err, "a container of yours could write this rrun, which is not root's: "
			       "install it as root, or have vm.memfd_noexec below 2");
}

int self_protect(char *const *argv, struct error *err)
{
	_cleanup_(close_fd) int self = -1;
	struct stat status;

	if (stat(SELF, &status) < 0)
		return error_sys(err, "look at rrun's own file");
	if (is_out_of_reach(&status))
		return 0;
	self = open(SELF, O_RDONLY | O_CLOEXEC);
	if (self < 0)
		return error_sys(err, "open rrun's own file");
	if (fcntl(self, F_GET_SEALS) != SEALS)
		return copy_run(self, argv, err);
	/* The kernel named it after a descriptor. */
	return prctl(PR_SET_NAME, "rrun") < 0 ? error_sys(err, "name the process") : 0;
}
