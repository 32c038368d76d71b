/* Prints, at build time, the system calls that the helper may make once it is hardened: a C array for the
 * architecture in argv[1]. What is not here kills the process.
 *
 * Source: reference security.md H-75 to H-77; seccomp_rule_add(3). */
#include <err.h>
#include <linux/filter.h>
#include <linux/nsfs.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define NO_ARGUMENT 6u
#define ALLOW(call) { #call, NO_ARGUMENT, 0 }
#define ALLOW_IF(call, argument, value) { #call, argument, value }

static const struct {
	const char *call;
	unsigned argument; /* its low 32 bits must be VALUE: the rest is not the kernel's to read */
	unsigned value;
} allowed[] = {
	ALLOW(capget),
	ALLOW(capset),
	ALLOW(clock_gettime), /* where the vDSO has none */
	ALLOW(close),
	ALLOW(exit_group),
	ALLOW(fstat),
	ALLOW(fstatfs),
	ALLOW_IF(ioctl, 1, NS_GET_NSTYPE),
	ALLOW_IF(ioctl, 1, NS_GET_OWNER_UID),
	ALLOW_IF(ioctl, 1, NS_GET_PARENT),
	ALLOW(landlock_restrict_self),
	ALLOW(newfstatat),
	ALLOW(openat2),
	ALLOW_IF(pidfd_send_signal, 1, 0),
	ALLOW(ppoll),
	ALLOW(pread64),
	ALLOW(read),
	ALLOW(recvmsg),
	ALLOW_IF(sendto, 4, 0), /* only where it is connected */
	ALLOW(write),
};

static void allow(scmp_filter_ctx filter, size_t i)
{
	int call = seccomp_syscall_resolve_name(allowed[i].call);
	struct scmp_arg_cmp equal = { allowed[i].argument, SCMP_CMP_MASKED_EQ, 0xffffffff,
				      allowed[i].value };
	int result;

	if (call == __NR_SCMP_ERROR)
		errx(1, "libseccomp does not know %s", allowed[i].call);
	result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call,
					allowed[i].argument != NO_ARGUMENT, &equal);
	if (result < 0)
		errx(1, "rule for %s: %d", allowed[i].call, result);
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
	if (arch != seccomp_arch_native() &&
	    (seccomp_arch_remove(filter, SCMP_ARCH_NATIVE) < 0 || seccomp_arch_add(filter, arch) < 0))
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
