#include "frontend/plan/filter.h"

#include "frontend/codes.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const getppid_name[] = { "getppid", "a_name_that_nobody_knows", NULL };
static const struct json rules_json = { .type = JSON_ARRAY, .key = "syscalls" };
static const struct json rule_json = { .type = JSON_OBJECT, .parent = &rules_json, .index = 3 };

static struct spec_seccomp_rule deny_getppid(void)
{
	return (struct spec_seccomp_rule){
		.json = &rule_json,
		.names = getppid_name,
		.name_count = 2,
		.action = SCMP_ACT_ERRNO(ENOTTY),
	};
}

/* Load in a child, and see what becomes of a call there. */
static int errno_of(const struct filter *filter, long number)
{
	struct sock_fprog program = { .len = filter->length,
				      .filter = (struct sock_filter *)(uintptr_t)filter->program };
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, filter->flags, &program) < 0)
			_exit(255);
		_exit(syscall(number, 0, 0, 0) < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void refuses_flags_that_the_kernel_does_not_know(void **state)
{
	struct arena arena = { 0 };
	struct error err = { 0 };
	struct filter filter;
	struct spec_seccomp profile = {
		.default_action = SCMP_ACT_ALLOW,
		.flags_set = true,
		.flags = 1U << 30,
	};

	assert_int_equal(filter_compile(&arena, &profile, &filter, &err), -1);
	assert_int_equal(err.code, RR_SEC_01);
	assert_non_null(strstr(err.what, "linux.seccomp.flags"));
	arena_free(&arena);
}

static void refuses_a_rule_by_its_path(void **state)
{
	struct arena arena = { 0 };
	struct error err = { 0 };
	struct filter filter;
	struct spec_seccomp_argument argument = { .index = 0, .op = 77 };
	struct spec_seccomp_rule rule = deny_getppid();
	struct spec_seccomp profile = { .default_action = SCMP_ACT_ALLOW,
					.rules = &rule,
					.rule_count = 1 };

	rule.arguments = &argument;
	rule.argument_count = 1;
	assert_int_equal(filter_compile(&arena, &profile, &filter, &err), -1);
	assert_int_equal(err.code, RR_SEC_01);
	assert_non_null(strstr(err.what, "[3]"));
	arena_free(&arena);
}

/* Two actions could match: libseccomp's business, but over these rules it never returns. */
static void refuses_what_libseccomp_would_not_come_to_an_end_with(void **state)
{
	static const struct spec_seccomp_argument arguments[] = {
		{ .index = 0, .value = 0xffffffff, .op = SCMP_CMP_NE },
		{ .index = 1, .value = 2, .op = SCMP_CMP_NE },
		{ .index = 0, .value = 0xffffffff, .op = SCMP_CMP_NE },
		{ .index = 1, .value = 0x100000001, .op = SCMP_CMP_EQ },
	};
	struct arena arena = { 0 };
	struct error err = { 0 };
	struct filter filter;
	struct spec_seccomp_rule rules[] = { deny_getppid(), deny_getppid() };
	struct spec_seccomp profile = {
		.default_action = SCMP_ACT_ALLOW,
		.rules = rules,
		.rule_count = 2,
	};

	rules[0].arguments = arguments;
	rules[0].argument_count = 2;
	rules[1].arguments = arguments + 2;
	rules[1].argument_count = 2;
	rules[1].action = SCMP_ACT_LOG;
	assert_int_equal(filter_compile(&arena, &profile, &filter, &err), -1);
	assert_int_equal(err.code, RR_SEC_01);
	assert_non_null(strstr(err.what, "[3]"));
	rules[1].action = rules[0].action;
	assert_int_equal(filter_compile(&arena, &profile, &filter, &err), 0);
	assert_int_equal(errno_of(&filter, SYS_getppid), ENOTTY);
	arena_free(&arena);
}

static size_t all_names(const char **ret, size_t most)
{
	size_t count = 0;

	for (int number = 0; number < 330 && count < most; number++) {
		const char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);

		if (name)
			ret[count++] = name;
	}
	return count;
}

static void refuses_a_profile_that_is_too_long_for_the_kernel(void **state)
{
	struct arena arena = { 0 };
	struct error err = { 0 };
	struct filter filter;
	struct spec_seccomp_argument arguments[16];
	const char *names[330];
	struct spec_seccomp_rule rule = {
		.json = &rule_json,
		.names = names,
		.action = SCMP_ACT_ALLOW,
		.arguments = arguments,
		.argument_count = 16,
	};
	struct spec_seccomp profile = {
		.default_action = SCMP_ACT_KILL_PROCESS,
		.rules = &rule,
		.rule_count = 1,
	};

	rule.name_count = all_names(names, 330);
	for (size_t i = 0; i < 16; i++)
		arguments[i] = (struct spec_seccomp_argument){ .value = i, .op = SCMP_CMP_EQ };
	assert_int_equal(filter_compile(&arena, &profile, &filter, &err), -1);
	assert_int_equal(err.code, RR_SEC_01);
	assert_non_null(strstr(err.what, "4096"));
	arena_free(&arena);
}

static const char *const last_name[] = { "exit_group", NULL };

static int errno_under_default(uint32_t action, uint32_t architecture)
{
	struct arena arena = { 0 };
	struct error err = { 0 };
	struct filter filter;
	struct spec_seccomp_rule rule = {
		.json = &rule_json,
		.names = last_name,
		.name_count = 1,
		.action = SCMP_ACT_ALLOW,
	};
	struct spec_seccomp profile = {
		.default_action = action,
		.rules = &rule,
		.rule_count = 1,
		.architectures = &architecture,
		.architecture_count = 1,
	};
	int ret;

	assert_int_equal(filter_compile(&arena, &profile, &filter, &err), 0);
	ret = errno_of(&filter, SYS_seccomp);
	arena_free(&arena);
	return ret;
}

/* The second architecture makes libseccomp compile the rest. */
static void a_call_newer_than_the_profile_does_not_exist(void **state)
{
	assert_int_equal(errno_under_default(SCMP_ACT_ERRNO(EPERM), SCMP_ARCH_NATIVE), ENOSYS);
	assert_int_equal(errno_under_default(SCMP_ACT_ERRNO(EPERM), SCMP_ARCH_PPC64LE), ENOSYS);
}

static void answers_as_the_rule_says(void **state)
{
	struct arena arena = { 0 };
	struct error err = { 0 };
	struct filter filter;
	struct spec_seccomp_rule rule = deny_getppid();
	struct spec_seccomp profile = { .default_action = SCMP_ACT_ALLOW,
					.rules = &rule,
					.rule_count = 1 };

	assert_int_equal(filter_compile(&arena, &profile, &filter, &err), 0);
	assert_int_equal(errno_of(&filter, SYS_getppid), ENOTTY);
	assert_int_equal(filter.flags, SECCOMP_FILTER_FLAG_SPEC_ALLOW);
	arena_free(&arena);
}

static void an_empty_list_of_flags_is_none(void **state)
{
	struct arena arena = { 0 };
	struct error err = { 0 };
	struct filter filter;
	struct spec_seccomp profile = { .default_action = SCMP_ACT_ALLOW, .flags_set = true };

	assert_int_equal(filter_compile(&arena, &profile, &filter, &err), 0);
	assert_int_equal(filter.flags, 0);
	assert_int_equal(errno_of(&filter, SYS_getppid), 0);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_flags_that_the_kernel_does_not_know),
		cmocka_unit_test(refuses_a_rule_by_its_path),
		cmocka_unit_test(refuses_what_libseccomp_would_not_come_to_an_end_with),
		cmocka_unit_test(refuses_a_profile_that_is_too_long_for_the_kernel),
		cmocka_unit_test(a_call_newer_than_the_profile_does_not_exist),
		cmocka_unit_test(answers_as_the_rule_says),
		cmocka_unit_test(an_empty_list_of_flags_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
