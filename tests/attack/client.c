/* client HELPER WORD…: the hostile regular user who starts the set-uid helper.
 *
 * Every WORD is NAME or NAME=VALUE, from one of the tables below: the target whose pidfd is sent,
 * the bytes of the request, how they are sent, what descriptor 3 is, and the state in which the
 * helper is started (those apply in the order of the words). Without words it is an honest client:
 * one fresh namespace of its own, one request, one reply.
 *
 * Gives: lines "NAME VALUE" on stdout: what the helper answered, how it ended, the maps of the
 * target, what reached descriptors 0 to 2; "effect none" when nothing changed at all.
 * Fails: exit status 2 with a sentence on stderr when the attack could not be mounted. */
#include "common/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <linux/netlink.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define count_of(array) (sizeof(array) / sizeof((array)[0]))
#define LIFE_MS 9000 /* the contract says 5 s; beyond this it hangs */
#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

struct target {
	pid_t pid; /* whose maps are looked at; 0 for none */
	int fd;	   /* what is sent */
};

struct attack;

struct target_kind {
	const char *name;
	struct target (*make)(struct attack *);
};

struct channel_kind {
	const char *name;
	void (*make)(int *ret_near, int *ret_far); /* far becomes descriptor 3 */
};

struct condition {
	const char *name;
	void (*apply)(const char *value);
};

struct started {
	const struct condition *condition;
	const char *value;
};

struct attack {
	const char *helper;
	const struct target_kind *target;
	const struct channel_kind *channel;
	unsigned char bytes[70000];
	size_t size;
	bool no_uid, no_gid; /* a map that is given replaces the honest one */

	long pid;      /* target=pid */
	long rights;   /* descriptors sent, -1 for as many as honest */
	long headers;  /* SCM_RIGHTS headers */
	long repeat;   /* datagrams */
	long delay_ms; /* before sending */
	long parallel;
	long drop; /* become this id when the channel exists */
	bool never, leave, hold, settle, credentials, passcred, probe, steal, deaf, linger, chaser;
	bool traced, sharefs, keys, nomaps, keep;
	long forks; /* between the target's and the helper's */
	const char *via;
	const char *swap;
	const char *pidfile;
	const char *argv[16];
	int argc;
	char *envp[32];
	int envc;
	struct started started[64];
	size_t starts;
};

static void die(const char *format, ...)
{
	va_list list;
	int saved = errno;

	va_start(list, format);
	fprintf(stderr, "client: ");
	vfprintf(stderr, format, list);
	fprintf(stderr, ": %s\n", strerror(saved));
	va_end(list);
	_exit(2);
}

static long now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void sleep_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&time, &time) < 0 && errno == EINTR)
		;
}

static long number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 0);

	if (end == text || *end)
		die("%s is no number", text);
	return value;
}

static void read_text(const char *path, char *buffer, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, buffer, size - 1);

	buffer[length < 0 ? 0 : length] = 0;
	if (fd >= 0)
		close(fd);
}

/* Targets */

static int open_pidfd(pid_t pid, unsigned flags)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, flags);

	if (fd < 0)
		die("pidfd_open %d", pid);
	return fd;
}

static int channel_near = -1, channel_far = -1; /* not the target's to keep open */
static const char *swap_how;
static bool keeps;
static uid_t caller_uid; /* as they are outside */
static gid_t caller_gid;

/* What the target does when somebody sends it SIGUSR1, while the helper looks or acts. */
static void on_swap(int signal)
{
	char text[64];
	int fd;

	(void)signal;
	if (strcmp(swap_how, "exec") == 0) {
		execl("/usr/bin/passwd", "passwd", (char *)NULL);
	} else if (strcmp(swap_how, "nondumpable") == 0) {
		prctl(PR_SET_DUMPABLE, 0);
	} else if (strcmp(swap_how, "die") == 0) {
		_exit(0);
	} else if (strcmp(swap_how, "nest") == 0) {
		/* Map ourselves, and then be in a namespace below the one that was judged. */
		fd = open("/proc/self/setgroups", O_WRONLY);
		if (write(fd, "deny", 4) < 0)
			return;
		fd = open("/proc/self/gid_map", O_WRONLY);
		snprintf(text, sizeof(text), "%u %u 1", caller_gid, caller_gid);
		if (write(fd, text, strlen(text)) < 0)
			return;
		fd = open("/proc/self/uid_map", O_WRONLY);
		snprintf(text, sizeof(text), "%u %u 1", caller_uid, caller_uid);
		if (write(fd, text, strlen(text)) < 0)
			return;
		if (unshare(CLONE_NEWUSER) != 0)
			return;
	}
}

static void await(void)
{
	for (;;)
		pause();
}

/* A child that runs BODY in a namespace of its own, writes one byte when it is ready, and waits. */
static pid_t child(unsigned long flags, void (*body)(int ready))
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) != 0)
		die("pipe");
	fflush(stdout);
	pid = (pid_t)syscall(SYS_clone, SIGCHLD | flags, NULL, NULL, NULL, 0);
	if (pid < 0)
		die("clone %lx", flags);
	if (pid == 0) {
		if (!keeps)
			prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(channel_near);
		close(channel_far);
		if (swap_how)
			signal(SIGUSR1, on_swap);
		body(ready[1]);
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		die("the target did not come up");
	close(ready[0]);
	return pid;
}

static void say_ready(int ready)
{
	if (write(ready, "r", 1) != 1)
		_exit(1);
}

static void body_wait(int ready)
{
	say_ready(ready);
	await();
}

static void body_nondumpable(int ready)
{
	prctl(PR_SET_DUMPABLE, 0);
	body_wait(ready);
}

static void body_end(int ready)
{
	say_ready(ready);
}

static void body_wild_name(int ready)
{
	prctl(PR_SET_NAME, "\n<0>root: fake");
	body_wait(ready);
}

static struct target made(pid_t pid)
{
	return (struct target){ pid, open_pidfd(pid, 0) };
}

static struct target target_fresh(struct attack *attack)
{
	(void)attack;
	return made(child(CLONE_NEWUSER, body_wait));
}

static struct target target_nondumpable(struct attack *attack)
{
	(void)attack;
	return made(child(CLONE_NEWUSER, body_nondumpable));
}

static struct target target_named(struct attack *attack)
{
	(void)attack;
	return made(child(CLONE_NEWUSER, body_wild_name));
}

/* The namespaces that an engine's child has. */
static struct target target_crowded(struct attack *attack)
{
	(void)attack;
	return made(child(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC |
				  CLONE_NEWUTS,
			  body_wait));
}

static struct target target_init(struct attack *attack)
{
	(void)attack;
	return made(child(0, body_wait));
}

static struct target target_zombie(struct attack *attack)
{
	pid_t pid = child(CLONE_NEWUSER, body_end);
	siginfo_t info;

	(void)attack;
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	return (struct target){ 0, open_pidfd(pid, 0) };
}

static struct target target_dead(struct attack *attack)
{
	struct target target = target_fresh(attack);

	kill(target.pid, SIGKILL);
	waitpid(target.pid, NULL, 0);
	target.pid = 0;
	return target;
}

static void write_file(pid_t pid, const char *name, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die("write %s", path);
	close(fd);
}

static void map_self(pid_t pid, unsigned inside)
{
	char text[64];

	write_file(pid, "setgroups", "deny");
	snprintf(text, sizeof(text), "%u %u 1", inside, getegid());
	write_file(pid, "gid_map", text);
	snprintf(text, sizeof(text), "%u %u 1", inside, geteuid());
	write_file(pid, "uid_map", text);
}

static struct target target_mapped(struct attack *attack)
{
	struct target target = target_fresh(attack);

	map_self(target.pid, 0);
	return target;
}

static struct target target_half(struct attack *attack)
{
	struct target target = target_fresh(attack);
	char text[64];

	snprintf(text, sizeof(text), "0 %u 1", geteuid());
	write_file(target.pid, "uid_map", text);
	return target;
}

static struct target target_half_gid(struct attack *attack)
{
	struct target target = target_fresh(attack);
	char text[64];

	write_file(target.pid, "setgroups", "deny");
	snprintf(text, sizeof(text), "0 %u 1", getegid());
	write_file(target.pid, "gid_map", text);
	return target;
}

static struct target target_denied(struct attack *attack)
{
	struct target target = target_fresh(attack);

	write_file(target.pid, "setgroups", "deny");
	return target;
}

/* A namespace in a namespace: the inner one's parent is not ours. */
static int nested_pipe[2];

static void body_nested(int ready)
{
	char byte;
	pid_t pid;

	say_ready(ready);
	if (read(nested_pipe[0], &byte, 1) != 1)
		_exit(1);
	pid = (pid_t)syscall(SYS_clone, SIGCHLD | CLONE_NEWUSER, NULL, NULL, NULL, 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		await();
	}
	if (write(nested_pipe[0], &pid, sizeof(pid)) < 0)
		_exit(1);
	await();
}

static struct target target_nested(struct attack *attack)
{
	pid_t outer, inner = -1;

	(void)attack;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, nested_pipe) != 0)
		die("socketpair");
	outer = child(CLONE_NEWUSER, body_nested);
	map_self(outer, geteuid());
	/* Ours is end 1, the child's is end 0. */
	if (write(nested_pipe[1], "g", 1) != 1 ||
	    read(nested_pipe[1], &inner, sizeof(inner)) != sizeof(inner) || inner < 0)
		die("a nested namespace");
	return made(inner);
}

static int thread_ready;

static void *thread_wait(void *unused)
{
	pid_t tid = (pid_t)syscall(SYS_gettid);

	(void)unused;
	if (write(nested_pipe[1], &tid, sizeof(tid)) < 0)
		_exit(1);
	say_ready(thread_ready);
	await();
	return NULL;
}

static void body_thread(int ready)
{
	pthread_t thread;

	thread_ready = ready;
	if (pthread_create(&thread, NULL, thread_wait, NULL) != 0)
		_exit(1);
	await();
}

static struct target target_thread(struct attack *attack)
{
	struct target target = { 0, -1 };
	pid_t tid;

	(void)attack;
	if (pipe2(nested_pipe, O_CLOEXEC) != 0)
		die("pipe");
	target.pid = child(CLONE_NEWUSER, body_thread);
	if (read(nested_pipe[0], &tid, sizeof(tid)) != sizeof(tid))
		die("thread");
	target.fd = open_pidfd(tid, PIDFD_THREAD);
	return target;
}

/* The leader is dead, a thread lives on. */
static void body_leaderless(int ready)
{
	pthread_t thread;

	thread_ready = ready;
	if (pthread_create(&thread, NULL, thread_wait, NULL) != 0)
		_exit(1);
	pthread_exit(NULL);
}

static struct target target_leaderless(struct attack *attack)
{
	(void)attack;
	if (pipe2(nested_pipe, O_CLOEXEC) != 0)
		die("pipe");
	return made(child(CLONE_NEWUSER, body_leaderless));
}

/* Of a parent that does not wait: when it dies, its number is free at once. */
static void body_parent(int ready)
{
	pid_t pid;

	signal(SIGCHLD, SIG_IGN);
	pid = (pid_t)syscall(SYS_clone, SIGCHLD | CLONE_NEWUSER, NULL, NULL, NULL, 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		await();
	}
	if (write(nested_pipe[1], &pid, sizeof(pid)) < 0)
		_exit(1);
	say_ready(ready);
	await();
}

static struct target target_orphan(struct attack *attack)
{
	pid_t pid = -1;

	(void)attack;
	if (pipe2(nested_pipe, O_CLOEXEC) != 0)
		die("pipe");
	child(0, body_parent);
	if (read(nested_pipe[0], &pid, sizeof(pid)) != sizeof(pid) || pid < 0)
		die("an orphan");
	return made(pid);
}

static struct target target_pid(struct attack *attack)
{
	return made((pid_t)attack->pid);
}

static struct target target_self(struct attack *attack)
{
	(void)attack;
	return made(getpid());
}

static struct target target_later(struct attack *attack)
{
	(void)attack;
	return (struct target){ 0, -1 };
}

static struct target target_procdir(struct attack *attack)
{
	struct target target = target_fresh(attack);
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d", target.pid);
	close(target.fd);
	target.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return target;
}

static struct target target_nsfd(struct attack *attack)
{
	struct target target = target_fresh(attack);
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/user", target.pid);
	close(target.fd);
	target.fd = open(path, O_RDONLY | O_CLOEXEC);
	return target;
}

static struct target target_eventfd(struct attack *attack)
{
	struct target target = target_fresh(attack);

	close(target.fd);
	target.fd = eventfd(1, EFD_CLOEXEC);
	return target;
}

/* A file whose name in /proc/self/fd could be taken for a pidfd's, with a text like its fdinfo. */
static struct target target_forged(struct attack *attack)
{
	struct target target = target_fresh(attack);
	char text[64];

	close(target.fd);
	target.fd = memfd_create("anon_inode:[pidfd]", MFD_CLOEXEC);
	snprintf(text, sizeof(text), "Pid:\t%d\nNSpid:\t%d\n", target.pid, target.pid);
	if (target.fd < 0 || write(target.fd, text, strlen(text)) < 0)
		die("a forged pidfd");
	return target;
}

static struct target target_socket(struct attack *attack)
{
	struct target target = target_fresh(attack);

	close(target.fd);
	target.fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	return target;
}

/* One that open(2) gave us: CLIENT_FILE, which may be on a file system that never answers. */
static struct target target_file(struct attack *attack)
{
	struct target target = target_fresh(attack);

	close(target.fd);
	target.fd = open(getenv("CLIENT_FILE"), O_RDONLY | O_CLOEXEC);
	if (target.fd < 0)
		die("open CLIENT_FILE");
	return target;
}

static const struct target_kind targets[] = {
	{ "fresh", target_fresh },   { "nondumpable", target_nondumpable },
	{ "named", target_named },   { "crowded", target_crowded },
	{ "init", target_init },     { "zombie", target_zombie },
	{ "dead", target_dead },     { "mapped", target_mapped },
	{ "half", target_half },     { "half-gid", target_half_gid },
	{ "denied", target_denied }, { "nested", target_nested },
	{ "thread", target_thread }, { "leaderless", target_leaderless },
	{ "orphan", target_orphan }, { "pid", target_pid },
	{ "self", target_self },     { "helper", target_later },
	{ "none", target_later },    { "procdir", target_procdir },
	{ "nsfd", target_nsfd },     { "eventfd", target_eventfd },
	{ "forged", target_forged }, { "socket", target_socket },
	{ "file", target_file },
};

/* Channels */

static void pair_of(int type, int *near, int *far)
{
	int pair[2];

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) != 0)
		die("socketpair");
	*near = pair[0];
	*far = pair[1];
}

static void channel_honest(int *near, int *far)
{
	pair_of(SOCK_SEQPACKET, near, far);
}
static void channel_stream(int *near, int *far)
{
	pair_of(SOCK_STREAM, near, far);
}
static void channel_dgram(int *near, int *far)
{
	pair_of(SOCK_DGRAM, near, far);
}

static void channel_none(int *near, int *far)
{
	*near = *far = -1;
}

static void channel_pipe(int *near, int *far)
{
	int pair[2];

	if (pipe2(pair, O_CLOEXEC) != 0)
		die("pipe");
	*far = pair[0];
	*near = pair[1];
}

static void channel_file(int *near, int *far)
{
	*near = -1;
	*far = memfd_create("channel", MFD_CLOEXEC);
	if (write(*far, "0123456789", 10) != 10 || lseek(*far, 0, SEEK_SET) != 0)
		die("memfd");
}

static void channel_tty(int *near, int *far)
{
	*near = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	grantpt(*near);
	unlockpt(*near);
	*far = open(ptsname(*near), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*far < 0)
		die("pty");
}

static void channel_eventfd(int *near, int *far)
{
	*far = eventfd(7, EFD_CLOEXEC);
	*near = -1;
}

static void channel_path(int *near, int *far)
{
	*far = open("/", O_PATH | O_CLOEXEC);
	*near = -1;
}

static void channel_inet(int *near, int *far)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*far = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(listener, 1) != 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) != 0 ||
	    connect(*far, (struct sockaddr *)&address, size) != 0)
		die("loopback");
	*near = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}

static void channel_netlink(int *near, int *far)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	*near = -1;
	*far = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (connect(*far, (struct sockaddr *)&kernel, sizeof(kernel)) != 0)
		die("netlink");
}

static int listener(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&address, sizeof(sa_family_t)) != 0 || listen(fd, 8) != 0)
		die("listen");
	return fd;
}

static void channel_listening(int *near, int *far)
{
	*near = -1;
	*far = listener();
}

static void channel_unconnected(int *near, int *far)
{
	*near = -1;
	*far = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
}

/* Connected through an address: everything the helper checks is as in a pair. */
static void channel_accepted(int *near, int *far)
{
	struct sockaddr_un address;
	socklen_t size = sizeof(address);
	int fd = listener();

	*near = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (getsockname(fd, (struct sockaddr *)&address, &size) != 0 ||
	    connect(*near, (struct sockaddr *)&address, size) != 0)
		die("connect");
	*far = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
}

static void channel_shut(int *near, int *far)
{
	pair_of(SOCK_SEQPACKET, near, far);
	shutdown(*far, SHUT_WR);
}

static const struct channel_kind channels[] = {
	{ "socketpair", channel_honest },
	{ "none", channel_none },
	{ "pipe", channel_pipe },
	{ "file", channel_file },
	{ "tty", channel_tty },
	{ "eventfd", channel_eventfd },
	{ "path", channel_path },
	{ "stream", channel_stream },
	{ "dgram", channel_dgram },
	{ "inet", channel_inet },
	{ "netlink", channel_netlink },
	{ "listening", channel_listening },
	{ "unconnected", channel_unconnected },
	{ "accepted", channel_accepted },
	{ "shut", channel_shut },
};

/* Start conditions: run in the child, after descriptors 0 to 3 stand and before the exec. */

static void limit_set(int resource, rlim_t value)
{
	struct rlimit limit = { value, value };

	if (setrlimit(resource, &limit) != 0)
		die("setrlimit %d", resource);
}

#define LIMIT(name, resource)                                                                      \
	static void limit_##name(const char *value)                                                \
	{                                                                                          \
		limit_set(resource, (rlim_t)number(value));                                        \
	}
LIMIT(nofile, RLIMIT_NOFILE)
LIMIT(fsize, RLIMIT_FSIZE)
LIMIT(cpu, RLIMIT_CPU)
LIMIT(nproc, RLIMIT_NPROC)
LIMIT(memlock, RLIMIT_MEMLOCK)
LIMIT(sigpending, RLIMIT_SIGPENDING)
LIMIT(stack, RLIMIT_STACK)
LIMIT(as, RLIMIT_AS)
LIMIT(data, RLIMIT_DATA)
LIMIT(msgqueue, RLIMIT_MSGQUEUE)

static void limit_core(const char *value)
{
	struct rlimit limit;

	(void)value;
	getrlimit(RLIMIT_CORE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_CORE, &limit);
}

static void block_all(const char *value)
{
	sigset_t all;

	(void)value;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
}

static void ignore_all(const char *value)
{
	(void)value;
	for (int number = 1; number <= 64; number++)
		signal(number, SIG_IGN);
}

static void ignore_one(const char *value)
{
	signal((int)number(value), SIG_IGN);
}

static void timers(const char *value)
{
	struct itimerval one_ms = { { 0, 1000 }, { 0, 1000 } };

	(void)value;
	/* The loader is not yet protected from a tick: let the first come when main is reached. */
	one_ms.it_value.tv_usec = number(value) * 1000;
	setitimer(ITIMER_REAL, &one_ms, NULL);
	setitimer(ITIMER_VIRTUAL, &one_ms, NULL);
	setitimer(ITIMER_PROF, &one_ms, NULL);
}

static void alarm_one(const char *value)
{
	alarm((unsigned)number(value));
}
static void set_umask(const char *value)
{
	umask((mode_t)strtol(value, NULL, 8));
}
static void set_nice(const char *value)
{
	setpriority(PRIO_PROCESS, 0, (int)number(value));
}
static void close_one(const char *value)
{
	close((int)number(value));
}
static void pdeathsig(const char *value)
{
	prctl(PR_SET_PDEATHSIG, number(value));
}

static void no_new_privs(const char *value)
{
	(void)value;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static void dumpable_off(const char *value)
{
	(void)value;
	prctl(PR_SET_DUMPABLE, 0);
}

static void set_idle(const char *value)
{
	struct sched_param zero = { 0 };

	(void)value;
	sched_setscheduler(0, SCHED_IDLE, &zero);
}

static void one_cpu(const char *value)
{
	cpu_set_t set;

	(void)value;
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* A directory, a device, an O_PATH of root, a pipe, a socket: whatever a reader could fall into. */
static void open_all(const char *value)
{
	static const char *const paths[] = { "/", "/dev/zero", "/proc/self/mem", "/etc/passwd",
					     "/dev/null" };
	struct rlimit limit = { 4096, 4096 };
	int fds[count_of(paths)];

	setrlimit(RLIMIT_NOFILE, &limit);
	for (size_t i = 0; i < count_of(paths); i++)
		fds[i] = open(paths[i], O_RDONLY);
	for (int fd = 4; fd < number(value); fd++)
		dup2(fds[(size_t)fd % count_of(paths)], fd);
}

static void deleted_cwd(const char *value)
{
	char path[] = "/tmp/rrun-attack-XXXXXX";

	(void)value;
	if (!mkdtemp(path) || chdir(path) != 0 || rmdir(path) != 0)
		die("a deleted directory");
}

static void closed_cwd(const char *value)
{
	char path[] = "/tmp/rrun-attack-XXXXXX";

	(void)value;
	if (!mkdtemp(path) || chdir(path) != 0 || chmod(path, 0) != 0 || rmdir(path) != 0)
		die("a closed directory");
}

static void change_cwd(const char *value)
{
	if (chdir(value) != 0)
		die("chdir %s", value);
}

/* A terminal of the helper's own, whose keys reach it as the kernel's signals. */
static void own_session(const char *value)
{
	(void)value;
	setsid();
	ioctl(0, TIOCSCTTY, 0);
}

static void stop_self(const char *value)
{
	(void)value;
	raise(SIGSTOP);
}

static const struct condition conditions[] = {
	{ "nofile", limit_nofile },
	{ "fsize", limit_fsize },
	{ "cpu", limit_cpu },
	{ "core", limit_core },
	{ "nproc", limit_nproc },
	{ "memlock", limit_memlock },
	{ "sigpending", limit_sigpending },
	{ "stack", limit_stack },
	{ "as", limit_as },
	{ "data", limit_data },
	{ "msgqueue", limit_msgqueue },
	{ "block-all", block_all },
	{ "ignore-all", ignore_all },
	{ "ignore", ignore_one },
	{ "timers", timers },
	{ "alarm", alarm_one },
	{ "umask", set_umask },
	{ "nice", set_nice },
	{ "idle", set_idle },
	{ "one-cpu", one_cpu },
	{ "close", close_one },
	{ "open-all", open_all },
	{ "deleted-cwd", deleted_cwd },
	{ "closed-cwd", closed_cwd },
	{ "cwd", change_cwd },
	{ "pdeathsig", pdeathsig },
	{ "no-new-privs", no_new_privs },
	{ "dumpable-off", dumpable_off },
	{ "own-session", own_session },
	{ "stop", stop_self },
};

/* The request */

static struct wire_request *request_of(struct attack *attack)
{
	return (void *)attack->bytes;
}

static void extent_read(const char *text, struct wire_extent *ret)
{
	unsigned long long inside, outside, count;

	if (sscanf(text, "%llu:%llu:%llu", &inside, &outside, &count) != 3)
		die("%s is no extent", text);
	*ret = (struct wire_extent){ (uint32_t)inside, (uint32_t)outside, (uint32_t)count };
}

static void map_read(struct wire_map *map, const char *text)
{
	char copy[65536], *word, *rest = copy;

	snprintf(copy, sizeof(copy), "%s", text);
	*map = (struct wire_map){ 0 };
	while ((word = strsep(&rest, ",")) && *word && map->count < WIRE_EXTENTS)
		extent_read(word, &map->extent[map->count++]);
}

/* SLOT:INSIDE:OUTSIDE:COUNT beyond the number in use. */
static void slot_read(struct wire_map *map, const char *text)
{
	unsigned slot = (unsigned)strtoul(text, NULL, 10);

	if (slot >= WIRE_EXTENTS || !strchr(text, ':'))
		die("%s is no slot", text);
	extent_read(strchr(text, ':') + 1, &map->extent[slot]);
}

/* OFFSET:BYTE */
static void byte_set(struct attack *attack, const char *text)
{
	unsigned offset, byte;

	if (sscanf(text, "%u:%x", &offset, &byte) != 2 || offset >= sizeof(attack->bytes))
		die("%s is no byte", text);
	attack->bytes[offset] = (unsigned char)byte;
}

static void request_honest(struct attack *attack)
{
	*request_of(attack) = (struct wire_request){
		.magic = WIRE_MAGIC,
		.version = WIRE_VERSION,
		.op = OP_PREPARE,
		.flags = WIRE_MAPS,
		.uid = { .count = 1, .extent = { { 0, getuid(), 1 } } },
		.gid = { .count = 1, .extent = { { 0, getgid(), 1 } } },
		.guard = WIRE_GUARD,
	};
	attack->size = sizeof(struct wire_request);
}

/* Words */

struct field {
	const char *name;
	size_t offset;
	size_t width;
};

#define FIELD(name, member)                                                                        \
	{                                                                                          \
		name, offsetof(struct wire_request, member),                                       \
			sizeof(((struct wire_request *)0)->member)                                 \
	}
static const struct field fields[] = {
	FIELD("magic", magic),	       FIELD("version", version),   FIELD("op", op),
	FIELD("flags", flags),	       FIELD("reserved", reserved), FIELD("uid-count", uid.count),
	FIELD("gid-count", gid.count), FIELD("cgroup", cgroup),	    FIELD("limit0", limit[0]),
	FIELD("limit1", limit[1]),     FIELD("limit2", limit[2]),   FIELD("limit3", limit[3]),
	FIELD("limit4", limit[4]),     FIELD("limit5", limit[5]),   FIELD("limit6", limit[6]),
	FIELD("limit7", limit[7]),     FIELD("limit8", limit[8]),   FIELD("limit9", limit[9]),
	FIELD("limit10", limit[10]),   FIELD("limit11", limit[11]), FIELD("limit12", limit[12]),
	FIELD("limit13", limit[13]),   FIELD("limit14", limit[14]), FIELD("limits", limits),
	FIELD("guard", guard),
};

struct option_number {
	const char *name;
	size_t offset;
};

#define NUMBER(name, member)                                                                       \
	{                                                                                          \
		name, offsetof(struct attack, member)                                              \
	}
static const struct option_number numbers[] = {
	NUMBER("pid", pid),	  NUMBER("rights", rights),  NUMBER("headers", headers),
	NUMBER("repeat", repeat), NUMBER("delay", delay_ms), NUMBER("parallel", parallel),
	NUMBER("drop", drop),	  NUMBER("forks", forks),
};

/* never: nothing is sent. leave: close after sending. hold: keep a copy of the helper's end.
 * settle: wait until the helper has lowered itself. deaf: no room for a reply. linger: all
 * descriptors but the first are sockets whose last close waits. chaser: an empty datagram with such
 * a one comes second. keep: the target lives on, and its number is printed. */
static const struct option_number switches[] = {
	NUMBER("never", never),
	NUMBER("leave", leave),
	NUMBER("nomaps", nomaps),
	NUMBER("keep", keep),
	NUMBER("hold", hold),
	NUMBER("settle", settle),
	NUMBER("probe", probe),
	NUMBER("steal", steal),
	NUMBER("deaf", deaf),
	NUMBER("linger", linger),
	NUMBER("passcred", passcred),
	NUMBER("traced", traced),
	NUMBER("sharefs", sharefs),
	NUMBER("keys", keys),
	NUMBER("credentials", credentials),
	NUMBER("chaser", chaser),
};

static bool word_table(struct attack *attack, const char *name, const char *value)
{
	char *base = (char *)attack;

	for (size_t i = 0; i < count_of(fields); i++)
		if (strcmp(name, fields[i].name) == 0) {
			unsigned long long wide = strtoull(value, NULL, 0);

			memcpy(attack->bytes + fields[i].offset, &wide, fields[i].width);
			return true;
		}
	for (size_t i = 0; i < count_of(numbers); i++)
		if (strcmp(name, numbers[i].name) == 0) {
			*(long *)(void *)(base + numbers[i].offset) = number(value);
			return true;
		}
	for (size_t i = 0; i < count_of(switches); i++)
		if (strcmp(name, switches[i].name) == 0) {
			*(bool *)(base + switches[i].offset) = true;
			return true;
		}
	for (size_t i = 0; i < count_of(conditions); i++)
		if (strcmp(name, conditions[i].name) == 0 &&
		    attack->starts < count_of(attack->started)) {
			attack->started[attack->starts++] =
				(struct started){ &conditions[i], value };
			return true;
		}
	return false;
}

static const struct target_kind *target_find(const char *name)
{
	for (size_t i = 0; i < count_of(targets); i++)
		if (strcmp(name, targets[i].name) == 0)
			return &targets[i];
	die("no target %s", name);
	return NULL;
}

static const struct channel_kind *channel_find(const char *name)
{
	for (size_t i = 0; i < count_of(channels); i++)
		if (strcmp(name, channels[i].name) == 0)
			return &channels[i];
	die("no channel %s", name);
	return NULL;
}

static void word_read(struct attack *attack, char *word)
{
	char *value = strchr(word, '=');

	if (value)
		*value++ = 0;
	else
		value = "";
	if (word_table(attack, word, value))
		return;
	if (strcmp(word, "target") == 0)
		attack->target = target_find(value);
	else if (strcmp(word, "channel") == 0)
		attack->channel = channel_find(value);
	else if (strcmp(word, "uid") == 0)
		map_read(&request_of(attack)->uid, value);
	else if (strcmp(word, "gid") == 0)
		map_read(&request_of(attack)->gid, value);
	else if (strcmp(word, "uid-slot") == 0)
		slot_read(&request_of(attack)->uid, value);
	else if (strcmp(word, "gid-slot") == 0)
		slot_read(&request_of(attack)->gid, value);
	else if (strcmp(word, "byte") == 0)
		byte_set(attack, value);
	else if (strcmp(word, "size") == 0)
		attack->size = (size_t)number(value);
	else if (strcmp(word, "via") == 0)
		attack->via = value;
	else if (strcmp(word, "swap") == 0)
		attack->swap = swap_how = value;
	else if (strcmp(word, "pidfile") == 0)
		attack->pidfile = value;
	else if (strcmp(word, "argv") == 0 && attack->argc < 15)
		attack->argv[attack->argc++] = value;
	else if (strcmp(word, "argc0") == 0)
		attack->argc = 0;
	else if (strcmp(word, "env") == 0 && attack->envc < 31)
		attack->envp[attack->envc++] = value;
	else
		die("no word %s", word);
	if (attack->size > sizeof(attack->bytes))
		die("too large");
}

/* The helper's process */

struct run {
	struct target target;
	int near, far; /* the channel */
	int stdio;     /* what stands on 0 to 2: one file, whose size and offset must stay 0 */
	int keyboard;  /* the other end of its terminal, -1 for none */
	pid_t pid;
	int pidfd;
	int status;
	bool ended;
	long began, ms;
};

static void huge_argument(struct attack *attack)
{
	for (int i = 0; i < attack->argc; i++) {
		if (strcmp(attack->argv[i], "MiB") == 0) {
			char *text = malloc(1 << 17);

			memset(text, 'x', (1 << 17) - 2);
			text[(1 << 17) - 2] = 0;
			attack->argv[i] = text;
		}
	}
}

static void helper_exec(const struct attack *attack)
{
	char *const *argv = (char *const *)(uintptr_t)attack->argv;
	char path[64];
	int fd;

	if (!attack->via)
		execve(attack->helper, argv, attack->envp);
	else if (strcmp(attack->via, "fexecve") == 0 || strcmp(attack->via, "procfd") == 0) {
		fd = open(attack->helper, O_PATH | (attack->via[0] == 'f' ? O_CLOEXEC : 0));
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if (attack->via[0] == 'f')
			syscall(SYS_execveat, fd, "", argv, attack->envp, AT_EMPTY_PATH);
		else
			execve(path, argv, attack->envp);
	} else {
		execve(attack->via, argv, attack->envp);
	}
	_exit(120);
}

static void stand_on(int fd, int where)
{
	if (fd < 0)
		close(where);
	else if (dup2(fd, where) < 0)
		die("dup2");
}

static void helper_child(struct attack *attack, const struct run *run, int terminal)
{
	int high = run->far < 0 ? -1 : fcntl(run->far, F_DUPFD, 100);
	int base = fcntl(terminal >= 0 ? terminal : run->stdio, F_DUPFD, 100);

	for (int fd = 0; fd < 3; fd++)
		stand_on(base, fd);
	stand_on(high, 3);
	syscall(SYS_close_range, 4, ~0u, 0);
	for (size_t i = 0; i < attack->starts; i++)
		attack->started[i].condition->apply(attack->started[i].value);
	if (attack->traced)
		ptrace(PTRACE_TRACEME, 0, 0, 0);
	helper_exec(attack);
}

static void helper_start(struct attack *attack, struct run *run)
{
	int terminal = -1;

	if (attack->keys)
		channel_tty(&run->keyboard, &terminal);
	run->began = now_ms();
	fflush(stdout);
	run->pid = (pid_t)syscall(SYS_clone, SIGCHLD | (attack->sharefs ? CLONE_FS : 0UL), NULL,
				  NULL, NULL, 0);
	if (run->pid < 0)
		die("fork");
	if (run->pid == 0)
		helper_child(attack, run, terminal);
	if (terminal >= 0)
		close(terminal);
	run->pidfd = open_pidfd(run->pid, 0);
}

/* A tracer that changes nothing: all it wants is that the helper has one. */
static void tracer_serve(struct run *run)
{
	for (;;) {
		if (waitpid(run->pid, &run->status, 0) < 0)
			die("waitpid");
		if (!WIFSTOPPED(run->status))
			break;
		ptrace(PTRACE_CONT, run->pid, 0,
		       WSTOPSIG(run->status) == SIGTRAP ? 0 : WSTOPSIG(run->status));
	}
	run->ended = true;
	run->ms = now_ms() - run->began;
}

static void helper_wait(struct run *run)
{
	struct pollfd wait = { .fd = run->pidfd, .events = POLLIN };
	long left;

	while (!run->ended) {
		left = run->began + LIFE_MS - now_ms();
		if (left <= 0)
			return;
		if (poll(&wait, 1, (int)left) > 0 &&
		    waitpid(run->pid, &run->status, 0) == run->pid) {
			run->ended = true;
			run->ms = now_ms() - run->began;
		}
	}
}

/* Sending */

static int lingering(void)
{
	struct linger linger = { 1, 60 };
	static int far; /* stays open, and never reads */
	static char block[1 << 16];
	int fd;

	channel_inet(&far, &fd);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (write(fd, block, sizeof(block)) > 0)
		;
	fcntl(fd, F_SETFL, 0);
	return fd;
}

static void rights_put(struct msghdr *message, const int *fds, size_t count)
{
	struct cmsghdr *header = (void *)((char *)message->msg_control + message->msg_controllen);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(header), fds, count * sizeof(int));
	message->msg_controllen += CMSG_SPACE(count * sizeof(int));
}

static void credentials_put(struct msghdr *message)
{
	struct cmsghdr *header = (void *)((char *)message->msg_control + message->msg_controllen);
	struct ucred self = { getpid(), getuid(), getgid() };

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_CREDENTIALS;
	header->cmsg_len = CMSG_LEN(sizeof(self));
	memcpy(CMSG_DATA(header), &self, sizeof(self));
	message->msg_controllen += CMSG_SPACE(sizeof(self));
}

static bool send_one(struct attack *attack, const struct run *run)
{
	static char control[8192] __attribute__((aligned(16)));
	struct iovec data = { attack->bytes, attack->size };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control };
	int fds[256];
	size_t count = attack->rights >= 0 ? (size_t)attack->rights : run->target.fd >= 0;
	size_t headers = attack->headers > 0 ? (size_t)attack->headers : 1;

	memset(control, 0, sizeof(control));
	for (size_t i = 0; i < count; i++)
		fds[i] = i == 0 || !attack->linger ? (run->target.fd >= 0 ? run->target.fd : 1)
						   : lingering();
	for (size_t i = 0; i < headers && count; i++)
		rights_put(&message, fds, count);
	if (attack->credentials)
		credentials_put(&message);
	if (message.msg_controllen == 0)
		message.msg_control = NULL;
	if (sendmsg(run->near, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return false;
	/* The last reference is in flight: whoever drops it waits. */
	for (size_t i = 1; attack->linger && i < count; i++)
		close(fds[i]);
	return true;
}

static void press_keys(const struct run *run)
{
	static const char keys[] = { 3, 26, 28, 17 }; /* ^C ^Z ^\ ^Q */

	for (size_t i = 0; i < sizeof(keys); i++) {
		if (write(run->keyboard, &keys[i], 1) != 1)
			return;
		sleep_ms(10);
	}
	close(run->keyboard); /* hang up */
}

static bool lowered(pid_t pid)
{
	char path[64], text[4096], *line;
	unsigned real, effective, saved;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	read_text(path, text, sizeof(text));
	line = strstr(text, "\nUid:");
	return line && sscanf(line, "\nUid: %u %u %u", &real, &effective, &saved) == 3 &&
	       real == 0 && saved == 0;
}

static void settle(const struct run *run)
{
	for (int i = 0; i < 1500 && !lowered(run->pid); i++)
		sleep_ms(1);
	printf("settled %s\n", lowered(run->pid) ? "yes" : "no");
	sleep_ms(20);
}

/* What its own caller can do to a helper that has lowered itself and waits. */
static void probe(const struct run *run)
{
	static const char *const files[] = { "mem",  "maps", "environ", "stack",  "syscall",
					     "auxv", "io",   "fd",	"fdinfo", "ns/user",
					     "root", "cwd",  "exe",	"wchan_", "map_files" };
	static const char *const written[] = { "oom_score_adj", "oom_adj",	 "coredump_filter",
					       "comm",		"timerslack_ns", "clear_refs",
					       "mem",		"attr/current" };
	char path[64];
	struct rlimit limit = { 0, 0 };
	struct iovec vector = { path, sizeof(path) };
	struct iovec remote = { (void *)0x1000, 1 };

	for (size_t i = 0; i < count_of(files); i++) {
		char byte[8];
		int fd;

		snprintf(path, sizeof(path), "/proc/%d/%s", run->pid, files[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		/* Some are judged at the open, some at the read. */
		if (fd >= 0 && (read(fd, byte, 1) >= 0 || errno == EISDIR))
			printf("can read-%s\n", files[i]);
		if (readlink(path, byte, sizeof(byte)) >= 0)
			printf("can follow-%s\n", files[i]);
	}
	for (size_t i = 0; i < count_of(written); i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", run->pid, written[i]);
		if (write(open(path, O_WRONLY | O_CLOEXEC), "0", 1) >= 0)
			printf("can write-%s\n", written[i]);
	}
	for (int signal = 0; signal <= 64; signal++)
		if (kill(run->pid, signal) == 0)
			printf("can kill-%d\n", signal);
	if (syscall(SYS_pidfd_send_signal, run->pidfd, SIGSTOP, NULL, 0) == 0)
		puts("can pidfd_send_signal");
	if (syscall(SYS_prlimit64, run->pid, RLIMIT_CPU, &limit, NULL) == 0)
		puts("can prlimit-set");
	if (syscall(SYS_prlimit64, run->pid, RLIMIT_CPU, NULL, &limit) == 0)
		puts("can prlimit-get");
	if (ptrace(PTRACE_SEIZE, run->pid, 0, 0) == 0 || ptrace(PTRACE_ATTACH, run->pid, 0, 0) == 0)
		puts("can ptrace");
	if (syscall(SYS_process_vm_readv, run->pid, &vector, 1, &remote, 1, 0) >= 0 ||
	    errno != EPERM)
		puts("can process_vm_readv");
	if (syscall(SYS_pidfd_getfd, run->pidfd, 3, 0) >= 0)
		puts("can pidfd_getfd");
	if (syscall(SYS_setpgid, run->pid, 0) == 0)
		puts("can setpgid");
	if (syscall(SYS_process_madvise, run->pidfd, &vector, 1, 21, 0) >= 0)
		puts("can process_madvise");
	if (setpriority(PRIO_PROCESS, (id_t)run->pid, 19) == 0)
		puts("may renice");
}

static void steal_request(const struct run *run)
{
	char byte;

	/* The user holds the helper's own end too: whoever is faster has the datagram. */
	for (int i = 0; i < 3; i++)
		recv(run->far, &byte, 1, MSG_DONTWAIT);
}

static void send_all(struct attack *attack, struct run *run)
{
	long count = attack->repeat > 0 ? attack->repeat : 1;

	if (attack->settle)
		settle(run);
	if (attack->delay_ms)
		sleep_ms(attack->delay_ms);
	if (attack->keys)
		press_keys(run);
	if (attack->probe)
		probe(run);
	if (run->near < 0)
		return;
	if (attack->never)
		count = 0;
	if (strcmp(attack->target->name, "helper") == 0)
		run->target.fd = run->pidfd;
	for (long i = 0; i < count; i++)
		if (!send_one(attack, run))
			printf("unsent %d\n", errno);
	if (attack->chaser) {
		attack->size = 0;
		attack->rights = 2;
		attack->linger = true;
		send_one(attack, run);
	}
	if (attack->steal)
		steal_request(run);
	if (attack->leave) {
		close(run->near);
		run->near = -1;
	}
}

/* Receiving and reporting */

static const char *const verdicts[] = {
	[VERDICT_DENY] = "DENY",
	[VERDICT_ALLOW] = "ALLOW",
	[VERDICT_PROTOCOL] = "PROTOCOL",
	[VERDICT_CGROUP_OFF] = "CGROUP_OFF",
	[VERDICT_POLICY] = "POLICY",
	[VERDICT_CALLER] = "CALLER",
	[VERDICT_OFF] = "OFF",
	[VERDICT_TARGET] = "TARGET",
	[VERDICT_DUMPABLE] = "DUMPABLE",
	[VERDICT_MAPPED] = "MAPPED",
	[VERDICT_MAP] = "MAP",
	[VERDICT_RANGE] = "RANGE",
	[VERDICT_EXTENTS] = "EXTENTS",
	[VERDICT_HALF] = "HALF",
	[VERDICT_INTERNAL] = "INTERNAL",
	[VERDICT_LIMITS] = "LIMITS",
	[VERDICT_NO_TREE] = "NO_TREE",
	[VERDICT_OWN_TREE] = "OWN_TREE",
	[VERDICT_ELSEWHERE] = "ELSEWHERE",
	[VERDICT_JOB] = "JOB",
	[VERDICT_LOOSENS] = "LOOSENS",
	[VERDICT_INHERIT] = "INHERIT",
	[VERDICT_LIMIT] = "LIMIT",
	[VERDICT_QUOTA] = "QUOTA",
	[VERDICT_UNKNOWN] = "UNKNOWN",
	[VERDICT_BUSY] = "BUSY",
};

static void reply_print(const struct wire_reply *reply, const struct msghdr *message, ssize_t size)
{
	printf("reply-size %zd\nreply-control %zu\n", size, (size_t)message->msg_controllen);
	if (size != sizeof(*reply) || reply->magic != WIRE_MAGIC ||
	    reply->version != WIRE_VERSION || reply->guard != WIRE_GUARD || reply->reserved != 0)
		puts("reply malformed");
	printf("verdict %s\n",
	       reply->verdict < count_of(verdicts) ? verdicts[reply->verdict] : "UNDEFINED");
	printf("cgroup %llu\nclamped %u\n", (unsigned long long)reply->cgroup, reply->clamped);
	printf("which %u\ndetail %u\nsetgroups-denied %u\n", reply->which, reply->detail,
	       reply->setgroups_denied);
}

/* Read replies until the helper has closed its end or has ended. */
static void replies_read(struct run *run)
{
	int count = 0;

	while (run->near >= 0) {
		struct pollfd wait[2] = { { .fd = run->near, .events = POLLIN },
					  { .fd = run->ended ? -1 : run->pidfd,
					    .events = POLLIN } };
		char control[512];
		union {
			struct wire_reply reply;
			char bytes[70000];
		} got = { 0 };
		struct iovec data = { &got, sizeof(got) };
		struct msghdr message = { .msg_iov = &data,
					  .msg_iovlen = 1,
					  .msg_control = control,
					  .msg_controllen = sizeof(control) };
		long left = run->began + LIFE_MS - now_ms();
		ssize_t size;

		if (poll(wait, 2, left > 0 && !run->ended ? (int)left : 0) <= 0)
			break;
		size = recvmsg(run->near, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		/* A helper that ends with unread datagrams leaves this error before its reply. */
		if (size < 0 && errno == ECONNRESET)
			size = recvmsg(run->near, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (size <= 0)
			break;
		count++;
		reply_print(&got.reply, &message, size);
	}
	printf("replies %d\n", count);
}

struct maps {
	char uid[8192], gid[8192], setgroups[32];
};

static void flatten(char *text)
{
	char *to = text;

	for (char *from = text; *from; from++) {
		if (*from == ' ' && (to == text || to[-1] == ' ' || to[-1] == ','))
			continue;
		*to++ = *from == '\n' ? ',' : *from;
	}
	while (to > text && (to[-1] == ',' || to[-1] == ' '))
		to--;
	*to = 0;
}

static void maps_read(pid_t pid, struct maps *ret)
{
	char path[64];

	*ret = (struct maps){ 0 };
	if (pid <= 0)
		return;
	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	read_text(path, ret->uid, sizeof(ret->uid));
	snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	read_text(path, ret->gid, sizeof(ret->gid));
	snprintf(path, sizeof(path), "/proc/%d/setgroups", pid);
	read_text(path, ret->setgroups, sizeof(ret->setgroups));
	flatten(ret->uid);
	flatten(ret->gid);
	flatten(ret->setgroups);
}

static void report(const struct run *run, const struct maps *before)
{
	struct maps after;
	struct stat info;
	off_t offset = lseek(run->stdio, 0, SEEK_CUR);

	maps_read(run->target.pid, &after);
	fstat(run->stdio, &info);
	if (!run->ended)
		puts("exit hung");
	else if (WIFEXITED(run->status))
		printf("exit %d\n", WEXITSTATUS(run->status));
	else
		printf("signal %d\ncore %d\n", WTERMSIG(run->status),
		       WCOREDUMP(run->status) ? 1 : 0);
	printf("ms %ld\nuid-map %s\ngid-map %s\nsetgroups %s\n", run->ms, after.uid, after.gid,
	       after.setgroups);
	printf("output %lld\ninput %lld\n", (long long)info.st_size, (long long)offset);
	bool same = memcmp(before, &after, sizeof(after)) == 0;

	printf("mapping %s\n", same ? "none" : "some");
	printf("effect %s\n", same && info.st_size == 0 && offset == 0 ? "none" : "some");
	if (info.st_size > 0 && info.st_size < 4096) {
		char text[4096] = { 0 };

		if (pread(run->stdio, text, sizeof(text) - 1, 0) > 0) {
			flatten(text);
			printf("text %s\n", text);
		}
	}
}

static void pid_note(const char *path, pid_t target, pid_t helper)
{
	FILE *file = path ? fopen(path, "we") : NULL;

	if (file) {
		fprintf(file, "%d %d\n", target, helper);
		fclose(file);
	}
}

/* A process that ends at once. */
static pid_t number_used(void)
{
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);

	if (pid == 0)
		_exit(0);
	return pid;
}

/* Where it is in the tree of cgroups now. */
static void cgroup_print(pid_t pid)
{
	char path[64], text[8192], *line;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	read_text(path, text, sizeof(text));
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (strncmp(line, "0::", 3) == 0)
			printf("target %d\nplace %s\n", pid, line + 3);
}

static int attack_run(struct attack *attack)
{
	struct run run = { .near = -1, .far = -1, .keyboard = -1 };
	struct maps before;
	int one = 1, least = 1;

	run.stdio = memfd_create("stdio", MFD_CLOEXEC);
	attack->channel->make(&run.near, &run.far);
	channel_near = run.near;
	channel_far = run.far;
	if (attack->drop &&
	    (setresgid((gid_t)attack->drop, (gid_t)attack->drop, (gid_t)attack->drop) != 0 ||
	     setresuid((uid_t)attack->drop, (uid_t)attack->drop, (uid_t)attack->drop) != 0))
		die("drop");
	keeps = attack->keep;
	run.target = attack->target->make(attack);
	for (long i = 0; i < attack->forks; i++)
		waitpid(number_used(), NULL, 0);
	maps_read(run.target.pid, &before);
	if (attack->passcred)
		setsockopt(run.far, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one));
	if (attack->deaf) {
		setsockopt(run.far, SOL_SOCKET, SO_SNDBUF, &least, sizeof(least));
		while (send(run.far, attack->bytes, 512, MSG_DONTWAIT) > 0)
			;
	}
	helper_start(attack, &run);
	pid_note(attack->pidfile, run.target.pid, run.pid);
	if (attack->traced) {
		send_all(attack, &run);
		tracer_serve(&run);
	}
	if (run.far >= 0 && !attack->steal && !attack->hold)
		close(run.far);
	if (!attack->traced)
		send_all(attack, &run);
	if (attack->deaf)
		run.near = -1;
	if (attack->hold || attack->steal)
		helper_wait(&run);
	replies_read(&run);
	helper_wait(&run);
	report(&run, &before);
	if (run.target.pid > 0)
		cgroup_print(run.target.pid);
	fflush(stdout);
	if (!attack->keep && run.target.pid > 0 && run.target.pid != getpid() &&
	    strcmp(attack->target->name, "pid") != 0) {
		kill(run.target.pid, SIGKILL);
		waitpid(run.target.pid, NULL, 0);
	}
	return run.ended ? 0 : 3;
}

/* COUNT attacks at once; how many were allowed with just the maps they asked for. */
static bool parallel_one(struct attack *attack, uint32_t index, int go)
{
	struct wire_extent *extent = &request_of(attack)->uid.extent[0];
	char want[64], text[16384], byte;
	int fd = memfd_create("stdout", MFD_CLOEXEC);
	ssize_t size;

	if (!attack->nomaps)
		extent->inside = 1000000 + index;
	snprintf(want, sizeof(want), "uid-map %u %u %u\n", extent->inside, extent->outside,
		 extent->count);
	if (dup2(fd, 1) < 0 || read(go, &byte, 1) != 0)
		return false;
	attack_run(attack);
	size = pread(fd, text, sizeof(text) - 1, 0);
	text[size < 0 ? 0 : size] = 0;
	return strstr(text, "verdict ALLOW\n") && (attack->nomaps || strstr(text, want));
}

static int attack_parallel(struct attack *attack)
{
	long allowed = 0, began;
	int go[2], status;

	if (pipe2(go, O_CLOEXEC) != 0)
		die("pipe");
	for (long i = 0; i < attack->parallel; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork %ld", i);
		if (pid == 0) {
			close(go[1]);
			_exit(parallel_one(attack, (uint32_t)i, go[0]) ? 0 : 1);
		}
	}
	began = now_ms();
	close(go[1]);
	while (wait(&status) > 0)
		allowed += WIFEXITED(status) && WEXITSTATUS(status) == 0;
	printf("allowed %ld\nms %ld\n", allowed, now_ms() - began);
	return 0;
}

int main(int argc, char **argv)
{
	static struct attack attack = { .rights = -1, .argc = 1 };

	if (argc < 2)
		die("usage: client HELPER WORD…");
	attack.helper = argv[1];
	attack.argv[0] = argv[1];
	attack.target = &targets[0];
	attack.channel = &channels[0];
	signal(SIGPIPE, SIG_IGN);
	caller_uid = getuid();
	caller_gid = getgid();
	request_honest(&attack);
	for (int i = 2; i < argc; i++)
		word_read(&attack, argv[i]);
	if (attack.nomaps) {
		memset(&request_of(&attack)->uid, 0, sizeof(struct wire_map));
		memset(&request_of(&attack)->gid, 0, sizeof(struct wire_map));
	}
	huge_argument(&attack);
	return attack.parallel ? attack_parallel(&attack) : attack_run(&attack);
}
