#include "helper/harden.h"

#include "common/attr.h"
#include "helper/log.h"
#include "helper/priv.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

/* clang-format off */
#include "helper-filter.h"
/* clang-format on */

#define ENOUGH_FDS 512 /* the 253 that one message can bring, and what we open */

/* 65534 is nobody, 65535 was -1 once, and programs with signed ids take the upper half for
 * errors. */
static bool ordinary(uint32_t id)
{
	return id != 0 && id != 65534 && id != 65535 && id <= CONFIG_HIGHEST_ID;
}

/* Under no_new_privs, nosuid, a tracer, CLONE_FS or in a user namespace the set-uid bit gave
 * nothing: the frontend finds out which (H-3). */
static void know_caller(int argc, struct caller *caller)
{
	uid_t uid, euid, suid;
	gid_t gid, egid, sgid;

	demand(getresuid(&uid, &euid, &suid) == 0, HELPER_BROKEN);
	demand(getresgid(&gid, &egid, &sgid) == 0, HELPER_BROKEN);
	demand(euid == 0 && suid == 0, HELPER_UNPRIVILEGED);
	demand(argc == 1, HELPER_ARGUMENTS);
	demand(ordinary(uid) && ordinary(gid), HELPER_CALLER);
	caller->uid = uid;
	caller->gid = gid;
}

/* All 64, for the whole life: SIGINT of a terminal and the caller's timers cannot stop us between
 * two maps, and glibc would leave two out. SIGKILL and SIGSTOP are refused by the ids. The
 * parent-death signal is gone since exec: prctl(2). */
static void block_signals(void)
{
	static const uint64_t all = UINT64_MAX;

	demand(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof(all)) == 0,
	       HELPER_BROKEN);
	setsid(); /* or SIGCONT may come from the session; fails for a group leader */
}

/* A limit of the caller's that matters: a descriptor that comes and finds no room is closed, and
 * that may take for ever (channel.c). Files of procfs have no size, and RLIMIT_CPU can only kill
 * us, which is safe at any instruction (H-93). */
static void raise_descriptors(void)
{
	static const struct rlimit enough = { ENOUGH_FDS, ENOUGH_FDS };

	demand(setrlimit(RLIMIT_NOFILE, &enough) == 0, HELPER_LIMITS);
}

/* Whatever 0-2 were, a stray message must not end up in a file of the caller's choice. */
static void keep_only_the_channel(void)
{
	struct stat st;
	int null = open("/dev/null", O_RDWR);

	demand(null >= 0 && fstat(null, &st) == 0, HELPER_LIMITS);
	demand(S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3), HELPER_BROKEN);
	for (int fd = 0; fd < WIRE_FD; fd++)
		demand(dup2(null, fd) == fd, HELPER_BROKEN);
	demand(close_range(WIRE_FD + 1, ~0u, 0) == 0, HELPER_BROKEN);
}

/* Only a connected socket has a peer, and only a Unix one this family. The peer's id is that of
 * who made the pair: a check of consistency, not of identity (H-21). */
static void know_channel(uid_t uid)
{
	struct sockaddr_storage peer;
	struct ucred made_by;
	socklen_t size = sizeof(peer);
	int type;

	demand(getpeername(WIRE_FD, (struct sockaddr *)&peer, &size) == 0 &&
		       peer.ss_family == AF_UNIX,
	       HELPER_CHANNEL);
	size = sizeof(type);
	demand(getsockopt(WIRE_FD, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
		       type == SOCK_SEQPACKET,
	       HELPER_CHANNEL);
	size = sizeof(made_by);
	demand(getsockopt(WIRE_FD, SOL_SOCKET, SO_PEERCRED, &made_by, &size) == 0 &&
		       made_by.uid == uid,
	       HELPER_CHANNEL);
}

/* The initial namespace has a number of its own; what its map says proves nothing (H-4). Only the
 * root of procfs has a `self`, which is nothing but ourselves. */
static int open_proc(void)
{
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct statfs fs;
	struct stat st;

	demand(fstatfs(proc, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC, HELPER_NAMESPACE);
	demand(fstatat(proc, "self/ns/user", &st, 0) == 0 && st.st_ino == INITIAL_USERNS,
	       HELPER_NAMESPACE);
	return proc;
}

static void filter_calls(void)
{
	static const struct sock_fprog program = {
		.len = count_of(helper_filter),
		/* The kernel only reads it. */
		.filter = (struct sock_filter *)(uintptr_t)helper_filter,
	};

	demand(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) ==
		       0,
	       HELPER_BROKEN);
}

void harden(int argc, struct caller *caller, struct host *host)
{
	know_caller(argc, caller);
	block_signals();
	keep_only_the_channel();
	raise_descriptors();
	know_channel(caller->uid);
	host->proc = open_proc();
	host->log = log_open();
	priv_lower(caller->uid, caller->gid);
	filter_calls();
}
