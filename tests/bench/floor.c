/* The floor: the container of tests/bench/config.jq, made with as few system calls as will do.
 *
 * Promises: the container is the one that rrun makes from the same config (tests/bench/inside.sh
 * compares them from within); every system call below is one that a conforming start cannot leave
 * out, and the comment beside it says why. What a runtime owes its users beyond the container
 * (config parsing, paths resolved safely, a state record, signals passed on, errors with words) is
 * not here: that is what the ratio to the floor measures.
 * Takes: floor ROOTFS FILTER|- own|host PROGRAM [ARGUMENT...]; FILTER holds struct sock_filter[].
 * Gives: the program's exit status, 128+N for a signal. Fails: 125 and one line.
 * Source: OCI runtime specification, runtime.md and config-linux.md; mount_namespaces(7),
 * user_namespaces(7), pivot_root(2), seccomp(2). */
#include "nolibc.h"

/* Constants only: nothing of the library is called. */
#include <errno.h>
#include <fcntl.h>
#include <linux/auxvec.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/if.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define count_of(array) (sizeof(array) / sizeof((array)[0]))
#define PLAIN (MS_NOSUID | MS_NOEXEC | MS_NODEV)
#define LAST_CAP 40 /* of the machines that the bench knows: CAP_CHECKPOINT_RESTORE */

struct order {
	const char *rootfs, *filter;
	int host_network;
	char **argv;
	word uid, gid;
};

static const char *const devices[] = { "null", "zero", "full", "random", "urandom", "tty" };

static const struct {
	const char *target, *name;
} links[] = {
	{ "/proc/self/fd", "dev/fd" },	     { "/proc/self/fd/0", "dev/stdin" },
	{ "/proc/self/fd/1", "dev/stdout" }, { "/proc/self/fd/2", "dev/stderr" },
	{ "pts/ptmx", "dev/ptmx" },	     { "/proc/kcore", "dev/core" },
};

static const char *const masked[] = {
	"proc/acpi", "proc/kcore",	 "proc/keys",	    "proc/latency_stats",
	"proc/scsi", "proc/timer_list",	 "proc/timer_stats", "proc/sched_debug",
	"sys/firmware", "sys/fs/selinux", "sys/dev/block",
};

static const char *const readonly[] = {
	"proc/asound", "proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger",
};

static char *const environment[] = {
	(char *)"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	(char *)"TERM=xterm",
	(char *)"HOME=/",
	0,
};

#define CAP(name) (1u << CAP_##name)
static const unsigned kept_caps = CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(FOWNER) | CAP(FSETID) |
				  CAP(KILL) | CAP(NET_BIND_SERVICE) | CAP(SETFCAP) | CAP(SETGID) |
				  CAP(SETPCAP) | CAP(SETUID) | CAP(SYS_CHROOT);

static struct sock_filter program[BPF_MAXINSNS];

static long mount_on(const char *source, const char *target, const char *type, word flags,
		  const char *data)
{
	return sys(__NR_mount, source, target, type, flags, data);
}

/* Two calls: a map is written whole, in one write, and its file is opened first. Closed by exec. */
static void put(const char *path, const char *text, word size)
{
	long fd = must(path, sys(__NR_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC));

	must(path, sys(__NR_write, fd, text, size));
}

static void map_own_id(const char *path, word id)
{
	char text[32];
	word at = sizeof(text);

	text[--at] = '1';
	text[--at] = ' ';
	do
		text[--at] = (char)('0' + id % 10);
	while (id /= 10);
	text[--at] = ' ';
	text[--at] = '0';
	put(path, text + at, sizeof(text) - at);
}

/* linux.uidMappings, gidMappings. Without privilege a gid map needs "deny" first:
 * user_namespaces(7). Then the process must not be open to the caller's ptrace any more, nor to
 * what runs inside (CVE-2016-9962). */
static void ids(const struct order *order)
{
	put("/proc/self/setgroups", "deny", 4);
	map_own_id("/proc/self/gid_map", order->gid);
	map_own_id("/proc/self/uid_map", order->uid);
	must("dumpable", sys(__NR_prctl, PR_SET_DUMPABLE, 0));
}

/* config-linux.md: a new network namespace is useless to programs without lo. */
static void loopback(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	long fd = must("socket", sys(__NR_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));

	must("lo up", sys(__NR_ioctl, fd, SIOCSIFFLAGS, &lo));
}

/* With the host's network the caller does not own the network namespace, so sysfs cannot be
 * mounted: the host's is bound, and made read-only, as engines do. Its cgroup2 comes along. */
static void sysfs(const struct order *order)
{
	if (order->host_network) {
		must("sysfs", mount_on("/sys", "sys", 0, MS_BIND | MS_REC, 0));
		must("sysfs", mount_on(0, "sys", 0, MS_BIND | MS_REMOUNT | PLAIN | MS_RDONLY, 0));
		return;
	}
	must("sysfs", mount_on("sysfs", "sys", "sysfs", PLAIN | MS_RDONLY, 0));
	must("cgroup",
	     mount_on("cgroup", "sys/fs/cgroup", "cgroup2", PLAIN | MS_RDONLY | MS_RELATIME, 0));
}

/* config.mounts, in order: one call each, and a mkdir where /dev has no mount point yet. */
static void mounts(const struct order *order)
{
	/* linux.rootfsPropagation: nothing may travel back to the host. */
	must("propagation", mount_on(0, "/", 0, MS_PRIVATE | MS_REC, 0));
	/* pivot_root(2): the new root must be a mount point. */
	must("rootfs", mount_on(order->rootfs, order->rootfs, 0, MS_BIND | MS_REC, 0));
	must("rootfs", sys(__NR_chdir, order->rootfs));

	must("proc", mount_on("proc", "proc", "proc", PLAIN, 0));
	must("dev",
	     mount_on("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"));
	must("pts", sys(__NR_mkdirat, AT_FDCWD, "dev/pts", 0755));
	must("pts", mount_on("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
			  "newinstance,ptmxmode=0666,mode=0620"));
	must("shm", sys(__NR_mkdirat, AT_FDCWD, "dev/shm", 0755));
	must("shm", mount_on("shm", "dev/shm", "tmpfs", PLAIN, "mode=1777,size=65536k"));
	must("mqueue", sys(__NR_mkdirat, AT_FDCWD, "dev/mqueue", 0755));
	must("mqueue", mount_on("mqueue", "dev/mqueue", "mqueue", PLAIN, 0));
	sysfs(order);
}

/* config-linux.md, "Default Devices", "Dev symbolic links". A user cannot mknod a device, so each
 * is the host's, bound on an empty file: two calls a device, one a link. */
static void device_nodes(void)
{
	static char host[16] = "/dev/", ours[16] = "dev/";

	for (word i = 0; i < count_of(devices); i++) {
		memcpy(host + 5, devices[i], text_length(devices[i]) + 1);
		memcpy(ours + 4, devices[i], text_length(devices[i]) + 1);
		must(host, sys(__NR_mknodat, AT_FDCWD, ours, S_IFREG | 0666, 0));
		must(host, mount_on(host, ours, 0, MS_BIND, 0));
	}
	for (word i = 0; i < count_of(links); i++)
		must("link", sys(__NR_symlinkat, links[i].target, AT_FDCWD, links[i].name));
}

/* linux.maskedPaths: /dev/null over a file, an empty directory over a directory; what is not there
 * needs nothing. A bind that fails on the wrong kind costs fifty times what asking for the kind
 * does (the kernel waits for readers of the mount table), and a bind of the first empty directory
 * a third of another tmpfs. */
static void mask(const char *path, const char **empty)
{
	struct stat at;
	long ret = sys(__NR_newfstatat, AT_FDCWD, path, &at, 0);

	if (ret == -ENOENT)
		return;
	must(path, ret);
	if (!S_ISDIR(at.st_mode)) {
		must(path, mount_on("/dev/null", path, 0, MS_BIND, 0));
	} else if (*empty) {
		must(path, mount_on(*empty, path, 0, MS_BIND, 0));
	} else {
		must(path, mount_on("tmpfs", path, "tmpfs", MS_RDONLY | PLAIN,
				    "nr_blocks=1,nr_inodes=1"));
		*empty = path;
	}
}

/* linux.readonlyPaths: a mount point of its own, then its flag; the flags of proc stay. */
static void read_only(const char *path)
{
	long ret = mount_on(path, path, 0, MS_BIND | MS_REC, 0);

	if (ret == -ENOENT)
		return;
	must(path, ret);
	must(path, mount_on(0, path, 0, MS_BIND | MS_REMOUNT | MS_RDONLY | PLAIN, 0));
}

/* pivot_root(2), "pivot_root(".", ".")": no directory is needed for the old root, and nothing of
 * the host can be reached when it is gone. */
static void enter_root(void)
{
	must("pivot", sys(__NR_pivot_root, ".", "."));
	must("old root", sys(__NR_umount2, ".", MNT_DETACH));
	must("cwd", sys(__NR_chdir, "/"));
}

static word read_filter(const struct order *order)
{
	long fd, size;

	if (order->filter[0] == '-')
		return 0;
	/* linux.seccomp, compiled beforehand: the floor does not pay for a compiler. */
	fd = must("filter", sys(__NR_openat, AT_FDCWD, order->filter, O_RDONLY | O_CLOEXEC));
	size = must("filter", sys(__NR_read, fd, program, sizeof(program)));
	return (word)size / sizeof(program[0]);
}

/* process.capabilities: the bounding set one call a capability, the rest in one; the new user
 * namespace cleared inheritable and ambient. process.noNewPrivileges. linux.seccomp last. */
static void privileges(word instructions)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = kept_caps, .permitted = kept_caps },
	};
	struct sock_fprog filter = { (unsigned short)instructions, program };

	for (unsigned cap = 0; cap <= LAST_CAP; cap++)
		if (cap >= 32 || !(kept_caps & 1u << cap))
			must("bounding set", sys(__NR_prctl, PR_CAPBSET_DROP, cap));
	must("capset", sys(__NR_capset, &head, data));
	must("no_new_privs", sys(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1));
	if (instructions)
		must("seccomp", sys(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter));
}

_Noreturn static void child(const struct order *order)
{
	const char *empty = 0;
	word instructions;

	ids(order);
	if (!order->host_network)
		loopback();
	mounts(order);
	device_nodes();
	for (word i = 0; i < count_of(masked); i++)
		mask(masked[i], &empty);
	for (word i = 0; i < count_of(readonly); i++)
		read_only(readonly[i]);
	/* Before the host's files are out of reach. */
	instructions = read_filter(order);
	enter_root();

	must("hostname", sys(__NR_sethostname, "bench", 5));
	/* A session and a session keyring of its own: neither the caller's terminal nor the
	 * caller's keys may be reached. process.user.umask: 0022 unless said otherwise. */
	must("setsid", sys(__NR_setsid, 0));
	must("keyring", sys(__NR_keyctl, KEYCTL_JOIN_SESSION_KEYRING, 0));
	sys(__NR_umask, 0022);
	/* Nothing above stdio survives (CVE-2024-21626). */
	must("descriptors", sys(__NR_close_range, 3, ~0u, CLOSE_RANGE_CLOEXEC));
	privileges(instructions);
	sys(__NR_execve, order->argv[0], order->argv, environment);
	die("exec", 0);
}

/* The ids stand in the auxiliary vector: no call for them. */
static void own_ids(char **envp, struct order *order)
{
	while (*envp)
		envp++;
	for (word *aux = (word *)(envp + 1); aux[0] != AT_NULL; aux += 2) {
		if (aux[0] == AT_UID)
			order->uid = aux[1];
		if (aux[0] == AT_GID)
			order->gid = aux[1];
	}
}

static int start_main(int argc, char **argv, char **envp)
{
	/* linux.namespaces: all seven in one call. */
	struct clone3_order {
		unsigned long long flags, pidfd, child_tid, parent_tid, exit_signal;
		unsigned long long stack, stack_size, tls;
	} how = {
		.flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
			 CLONE_NEWCGROUP | CLONE_NEWNET,
		.exit_signal = SIGCHLD,
	};
	struct order order = { 0 };
	int status = 0;
	long pid;

	if (argc < 5)
		die("floor ROOTFS FILTER|- own|host PROGRAM [ARGUMENT...]", 0);
	order.rootfs = argv[1];
	order.filter = argv[2];
	order.host_network = argv[3][0] == 'h';
	order.argv = argv + 4;
	own_ids(envp, &order);
	if (order.host_network)
		how.flags &= ~(unsigned long long)CLONE_NEWNET;

	pid = must("clone3", sys(__NR_clone3, &how, sizeof(how)));
	if (pid == 0)
		child(&order);
	must("wait", sys(__NR_wait4, pid, &status, 0, 0));
	return status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff;
}
