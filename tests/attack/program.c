/* program DIR: hang a program that allows everything on the cgroup DIR, as its incoming filter of
 * packets. It goes with the cgroup. Exit status 3: this kernel has none. Source: bpf(2). */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static const struct bpf_insn allow[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr load = { .prog_type = BPF_PROG_TYPE_CGROUP_SKB,
				.insn_cnt = 2,
				.insns = (uintptr_t)allow,
				.license = (uintptr_t) "GPL" };
	union bpf_attr attach;
	int dir = argc == 2 ? open(argv[1], O_RDONLY | O_DIRECTORY) : -1;
	int program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load));

	if (dir < 0 || program < 0) {
		perror("load");
		return dir < 0 ? 2 : 3;
	}
	memset(&attach, 0, sizeof(attach));
	attach.target_fd = (uint32_t)dir;
	attach.attach_bpf_fd = (uint32_t)program;
	attach.attach_type = BPF_CGROUP_INET_INGRESS;
	attach.attach_flags = BPF_F_ALLOW_MULTI; /* as systemd does */
	if (syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof(attach)) != 0) {
		perror("attach");
		return 3;
	}
	return 0;
}
