#include "frontend/spawn/clone.h"

#include "frontend/codes.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int clone_failed(bool cgroup, struct error *err)
{
	int sys = errno;

	if (cgroup && (sys == EACCES || sys == EBUSY || sys == EOPNOTSUPP || sys == ENODEV)) {
		error_sys(err, "be born in the container's cgroup");
		return error_code(err, RR_CGR_03);
	}
	error_sys(err, "make the container's namespaces");
	error_code(err, RR_NS_01);
	if (sys == ENOSPC || sys == EUSERS) {
		error_why(err, "user namespaces are used up or switched off");
		return error_hint(err,
				  "your admin can raise user.max_user_namespaces (and its like in "
				  "/proc/sys/user); 0 means off");
	}
	if (sys == EPERM)
		return error_hint(
			err,
			"your admin can allow it: kernel.unprivileged_userns_clone=1 (Debian), "
			"an AppArmor profile with \"userns,\" (Ubuntu); in a chroot it is never "
			"possible");
	return error_code(err, RR_NS_02);
}

pid_t clone_child(uint64_t flags, int cgroup, int *ret_pidfd, struct error *err)
{
	int pidfd = -1;
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	long pid;

	if (cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (unsigned int)cgroup;
	}

	/* The child inherits it and gives it up when its maps are written: init/identity.c. */
	prctl(PR_SET_DUMPABLE, 1);
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		return 0;
	prctl(PR_SET_DUMPABLE, 0);
	if (pid < 0)
		return clone_failed(cgroup >= 0, err);
	*ret_pidfd = pidfd;
	return (pid_t)pid;
}

void clone_kill(pid_t pid, int pidfd)
{
	if (pid <= 0)
		return;
	pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
