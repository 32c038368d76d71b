/* The filter as the kernel would run it, over every call: H-75 to H-77, H-79. */
#include "helper-filter.h"

#include <linux/audit.h>
#include <linux/nsfs.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

#if defined(__x86_64__)
#define HERE AUDIT_ARCH_X86_64
#else
#define HERE AUDIT_ARCH_AARCH64
#endif

static const int free_to_call[] = {
	SYS_capget,	SYS_capset,	SYS_clock_gettime, SYS_exit_group,
	SYS_fchmodat,	SYS_fchownat,	SYS_fstat,	   SYS_fstatfs,
	SYS_getdents64, SYS_getrandom,	SYS_getresgid,	   SYS_getresuid,
	SYS_mkdirat,	SYS_newfstatat, SYS_openat2,	   SYS_ppoll,
	SYS_pread64,	SYS_read,	SYS_recvmsg,	   SYS_setresgid,
	SYS_setresuid,	SYS_write,	SYS_landlock_add_rule,
	SYS_landlock_create_ruleset,	SYS_landlock_restrict_self,
};
static const int with_arguments[] = { SYS_bpf, SYS_ioctl, SYS_pidfd_send_signal, SYS_sendto,
				      SYS_unlinkat };

static uint32_t word(const struct seccomp_data *data, uint32_t at)
{
	uint32_t value;

	memcpy(&value, (const char *)data + at, sizeof(value));
	return value;
}

/* Of classic BPF what libseccomp writes. */
static uint32_t run(const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < sizeof(helper_filter) / sizeof(helper_filter[0]); pc++) {
		const struct sock_filter *step = &helper_filter[pc];
		int yes;

		switch (step->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			a = word(data, step->k);
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= step->k;
			continue;
		case BPF_JMP | BPF_JA:
			pc += step->k;
			continue;
		case BPF_RET | BPF_K:
			return step->k;
		case BPF_JMP | BPF_JEQ | BPF_K:
			yes = a == step->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			yes = a >= step->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			yes = a > step->k;
			break;
		default:
			fail_msg("instruction 0x%x", step->code);
			return 0;
		}
		pc += yes ? step->jt : step->jf;
	}
	return 0;
}

static int allows(uint32_t arch, int call, int argument, uint64_t value)
{
	struct seccomp_data data = { .nr = call, .arch = arch };
	uint32_t result;

	data.args[argument] = value;
	result = run(&data);
	if (result != SECCOMP_RET_ALLOW)
		assert_int_equal(result, SECCOMP_RET_KILL_PROCESS);
	return result == SECCOMP_RET_ALLOW;
}

static int listed(const int *list, size_t count, int call)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == call)
			return 1;
	return 0;
}

#define LISTED(list, call) listed(list, sizeof(list) / sizeof(list[0]), call)

static void kills_every_call_that_is_not_listed(void **state)
{
	for (int call = 0; call <= 600; call++)
		if (!LISTED(with_arguments, call) &&
		    allows(HERE, call, 0, 0) != LISTED(free_to_call, call))
			fail_msg("call %d", call);
}

static void kills_foreign_architectures_and_x32(void **state)
{
	static const uint32_t foreign[] = { AUDIT_ARCH_I386, AUDIT_ARCH_ARM, 0 };

	for (int call = 0; call <= 600; call++) {
		for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
			assert_false(allows(foreign[i], call, 0, 0));
		assert_false(allows(HERE, call | 0x40000000, 0, 0));
	}
	assert_false(allows(HERE, -1, 0, 0));
}

static void kills_other_commands_of_the_calls_with_arguments(void **state)
{
	static const uint32_t commands[] = { NS_GET_OWNER_UID, NS_GET_PARENT };

	for (size_t i = 0; i < 2; i++) {
		assert_true(allows(HERE, SYS_ioctl, 1, commands[i]));
		/* The kernel looks at 32 bits; so does the filter. */
		assert_true(allows(HERE, SYS_ioctl, 1, commands[i] | 1ULL << 32));
	}
	assert_false(allows(HERE, SYS_ioctl, 1, 0x5412)); /* TIOCSTI */
	assert_false(allows(HERE, SYS_ioctl, 1, NS_GET_USERNS));
	assert_false(allows(HERE, SYS_ioctl, 1, NS_GET_NSTYPE));
	for (uint64_t number = 1; number < 65; number++)
		assert_false(allows(HERE, SYS_pidfd_send_signal, 1, number));
	assert_true(allows(HERE, SYS_pidfd_send_signal, 1, 0));
	assert_false(allows(HERE, SYS_sendto, 5, 16));
	assert_true(allows(HERE, SYS_sendto, 5, 0));
	/* It removes directories and no file; it asks about programs and loads, attaches, detaches
	 * and makes none. */
	for (uint64_t flags = 0; flags < 0x2000; flags++)
		assert_int_equal(allows(HERE, SYS_unlinkat, 2, flags), flags == 0x200);
	for (uint64_t command = 0; command < 100; command++)
		assert_int_equal(allows(HERE, SYS_bpf, 0, command), command == 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kills_every_call_that_is_not_listed),
		cmocka_unit_test(kills_foreign_architectures_and_x32),
		cmocka_unit_test(kills_other_commands_of_the_calls_with_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
