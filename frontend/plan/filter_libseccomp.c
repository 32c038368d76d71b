#include "frontend/plan/filter_parts.h"

#include "frontend/codes.h"
#include "frontend/fd.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARGUMENTS 6 /* struct seccomp_data */

static void release(scmp_filter_ctx *context)
{
	if (*context)
		seccomp_release(*context);
}

static int refuse(struct error *err, int code, const char *what)
{
	error_set(err, RR_SEC_01, "linux.seccomp: %s", what);
	return error_why(err, "libseccomp: %s", strerror(-code));
}

static int add_architectures(scmp_filter_ctx context, const struct spec_seccomp *profile,
			     struct error *err)
{
	for (size_t i = 0; i < profile->architecture_count; i++) {
		int code = seccomp_arch_add(context, profile->architectures[i]);

		if (code < 0 && code != -EEXIST) {
			error_set(err, RR_SEC_01, "linux.seccomp.architectures[%zu]", i);
			return error_why(err, "libseccomp: %s", strerror(-code));
		}
	}
	return 0;
}

static struct scmp_arg_cmp condition(const struct spec_seccomp_argument *argument)
{
	return (struct scmp_arg_cmp){
		.arg = argument->index,
		.op = (enum scmp_compare)argument->op,
		.datum_a = argument->value,
		.datum_b = argument->value_two,
	};
}

static int add(scmp_filter_ctx context, const struct spec_seccomp_rule *rule, const char *name,
	       size_t first, size_t count, struct error *err)
{
	int number = seccomp_syscall_resolve_name(name), code;
	struct scmp_arg_cmp conditions[ARGUMENTS] = { 0 };

	if (number == __NR_SCMP_ERROR)
		return 0;
	for (size_t i = 0; i < count; i++)
		conditions[i] = condition(&rule->arguments[first + i]);
	code = seccomp_rule_add_array(context, rule->action, number, (unsigned)count, conditions);
	if (code < 0)
		return filter_refuse(rule, err, "%s: libseccomp: %s", name, strerror(-code));
	return 0;
}

bool filter_repeats_index(const struct spec_seccomp_rule *rule)
{
	unsigned seen = 0;

	for (size_t i = 0; i < rule->argument_count; i++) {
		unsigned bit = 1U << rule->arguments[i].index;

		if (seen & bit)
			return true;
		seen |= bit;
	}
	return false;
}

static int add_rule(scmp_filter_ctx context, const struct spec_seccomp_rule *rule, const char *name,
		    struct error *err)
{
	if (!filter_repeats_index(rule))
		return add(context, rule, name, 0, rule->argument_count, err);
	for (size_t i = 0; i < rule->argument_count; i++)
		if (add(context, rule, name, i, 1, err) < 0)
			return -1;
	return 0;
}

static int add_rules(scmp_filter_ctx context, const struct spec_seccomp *profile, struct error *err)
{
	for (size_t i = 0; i < profile->rule_count; i++) {
		const struct spec_seccomp_rule *rule = &profile->rules[i];

		if (rule->action == profile->default_action)
			continue;
		for (size_t j = 0; j < rule->name_count; j++)
			if (add_rule(context, rule, rule->names[j], err) < 0)
				return -1;
	}
	return 0;
}

static bool many_rules(const struct spec_seccomp *profile)
{
	size_t names = 0;

	for (size_t i = 0; i < profile->rule_count; i++)
		names += profile->rules[i].name_count;
	return names > 32;
}

/* libseccomp 2.5 can only write to a descriptor; seccomp_export_bpf_mem is 2.6. */
static int export(struct arena *arena, scmp_filter_ctx context, struct filter *ret,
		  struct error *err)
{
	_cleanup_(close_fd) int fd = memfd_create("seccomp", MFD_CLOEXEC);
	struct sock_filter *program;
	struct stat status;
	int code;

	if (fd < 0)
		return error_sys(err, "memfd_create for the seccomp program");
	code = seccomp_export_bpf(context, fd);
	if (code < 0)
		return refuse(err, code, "the profile cannot be made a program");
	if (fstat(fd, &status) < 0)
		return error_sys(err, "read the seccomp program");

	size_t size = (size_t)status.st_size, length = size / sizeof(*program);

	if (length > BPF_MAXINSNS)
		return error_set(err, RR_SEC_01,
				 "linux.seccomp: the program is too long: %zu instructions, "
				 "the kernel takes %d",
				 length, BPF_MAXINSNS);
	program = arena_array(arena, length, sizeof(*program));
	if (pread(fd, program, size, 0) != (ssize_t)size)
		return error_sys(err, "read the seccomp program");
	ret->program = program;
	ret->length = (uint16_t)length;
	return 0;
}

int filter_libseccomp(struct arena *arena, const struct spec_seccomp *profile, struct filter *ret,
		      struct error *err)
{
	_cleanup_(release) scmp_filter_ctx context = seccomp_init(profile->default_action);

	if (!context)
		return refuse(err, -EINVAL, "defaultAction");
	/* No_new_privs is the process's business, not the filter's. */
	seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, 0);
	/* A tree instead of a list: worth it, and free of a bug of 2.5, only where there are
	 * many. */
	if (many_rules(profile))
		seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (add_architectures(context, profile, err) < 0 || add_rules(context, profile, err) < 0)
		return -1;
	return export(arena, context, ret, err);
}
