/* Prints, at build time, the system calls that the helper may make once it is hardened: a C array
 * for the architecture in argv[1]. What is not here kills the process.
 *
 * Source: reference security.md H-75 to H-77; seccomp_rule_add(3). */
#include <err.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/nsfs.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define FREE 6u /* no call has a seventh argument */

static const struct {
	int call;
	unsigned argument; /* must be VALUE; the kernel reads its low 32 bits */
	unsigned value;
} allowed[] = {
	{ SCMP_SYS(bpf), 0, BPF_PROG_QUERY },
	{ SCMP_SYS(capget), FREE, 0 },
	{ SCMP_SYS(capset), FREE, 0 },
	{ SCMP_SYS(clock_gettime), FREE, 0 }, /* where the vDSO has none */
	{ SCMP_SYS(exit_group), FREE, 0 },
	{ SCMP_SYS(fchmodat), FREE, 0 }, /* as root without DAC_OVERRIDE or FOWNER: root's files */
	{ SCMP_SYS(fchownat), FREE, 0 }, /* CHOWN comes into effect for the hand-over only */
	{ SCMP_SYS(fstat), FREE, 0 },
	{ SCMP_SYS(fstatfs), FREE, 0 },
	{ SCMP_SYS(getdents64), FREE, 0 },
	{ SCMP_SYS(getrandom), FREE, 0 },
	{ SCMP_SYS(getresgid), FREE, 0 },
	{ SCMP_SYS(getresuid), FREE, 0 },
	{ SCMP_SYS(ioctl), 1, NS_GET_OWNER_UID },
	{ SCMP_SYS(ioctl), 1, NS_GET_PARENT },
	{ SCMP_SYS(landlock_add_rule), FREE, 0 },
	{ SCMP_SYS(landlock_create_ruleset), FREE, 0 },
	{ SCMP_SYS(landlock_restrict_self), FREE, 0 },
	{ SCMP_SYS(mkdirat), FREE, 0 },
	{ SCMP_SYS(newfstatat), FREE, 0 },
	{ SCMP_SYS(openat2), FREE, 0 },
	{ SCMP_SYS(pidfd_send_signal), 1, 0 },
	{ SCMP_SYS(ppoll), FREE, 0 },
	{ SCMP_SYS(pread64), FREE, 0 },
	{ SCMP_SYS(read), FREE, 0 },
	{ SCMP_SYS(recvmsg), FREE, 0 },
	{ SCMP_SYS(sendto), 5, 0 }, /* no address: to where it is connected, and nowhere else */
	{ SCMP_SYS(setresgid), FREE, 0 },
	{ SCMP_SYS(setresuid), FREE, 0 },
	{ SCMP_SYS(unlinkat), 2, AT_REMOVEDIR },
	{ SCMP_SYS(write), FREE, 0 },
};

static void allow(scmp_filter_ctx filter, size_t i)
{
	struct scmp_arg_cmp equal = { allowed[i].argument, SCMP_CMP_MASKED_EQ, 0xffffffff,
				      allowed[i].value };

	if (seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, allowed[i].call,
				   allowed[i].argument != FREE, &equal) < 0)
		errx(1, "no rule for call %d", allowed[i].call);
}

static void print(int fd)
{
	struct sock_filter step;

	puts("#include <linux/filter.h>\nstatic const struct sock_filter helper_filter[] = {");
	while (read(fd, &step, sizeof(step)) == sizeof(step))
		printf("\t{ 0x%x, %u, %u, 0x%x },\n", step.code, step.jt, step.jf, step.k);
	puts("};");
}

int main(int argc, char **argv)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	uint32_t arch = seccomp_arch_resolve_name(argc == 2 ? argv[1] : "");
	int fd = memfd_create("filter", MFD_CLOEXEC);

	if (!filter || fd < 0 || arch == 0)
		errx(1, "usage: filter-tool ARCHITECTURE");
	if (arch != seccomp_arch_native() && (seccomp_arch_remove(filter, SCMP_ARCH_NATIVE) < 0 ||
					      seccomp_arch_add(filter, arch) < 0))
		errx(1, "no filter for %s", argv[1]);
	/* x32 counts as a foreign architecture, too. */
	if (seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) < 0)
		errx(1, "foreign architectures would not be killed");
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		allow(filter, i);
	if (seccomp_export_bpf(filter, fd) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		errx(1, "libseccomp does not write the program");
	print(fd);
	return ferror(stdout) || fflush(stdout) == EOF;
}
