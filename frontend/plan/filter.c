#include "frontend/plan/filter_parts.h"

#include "frontend/codes.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int filter_refuse(const struct spec_seccomp_rule *rule, struct error *err, const char *format, ...)
{
	char path[128], why[128];
	va_list arguments;

	json_path(rule->json, path, sizeof(path));
	va_start(arguments, format);
	vsnprintf(why, sizeof(why), format, arguments);
	va_end(arguments);
	return error_set(err, RR_SEC_01, "%s: %s", path, why);
}

/* With a null program the kernel looks at the flags first: EINVAL when it does not know one of
 * them, EFAULT when it does. seccomp(2), "SECCOMP_SET_MODE_FILTER". */
static int flags_probe(uint32_t flags)
{
	syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL);
	return errno;
}

static int flags_choose(const struct spec_seccomp *profile, uint32_t *ret, struct error *err)
{
	if (!profile->flags_set) {
		*ret = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
		if (flags_probe(*ret) != EFAULT)
			*ret = 0;
		return 0;
	}
	if (profile->flags && flags_probe(profile->flags) == EINVAL) {
		error_set(err, RR_SEC_01, "linux.seccomp.flags: 0x%x", profile->flags);
		return error_why(err, "this kernel does not know one of them");
	}
	*ret = profile->flags;
	return 0;
}

/* runc's answer for calls that are newer than the profile: a libc falls back on ENOSYS, not on
 * EPERM. Where the default kills, traps or lets pass, the profile has said what should become of
 * them. */
static enum filter_extent extent_of(const struct spec_seccomp *profile)
{
	uint32_t action = profile->default_action;

	if ((action & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO ||
	    (action & SECCOMP_RET_DATA) == ENOSYS)
		return EXTENT_PROFILE;
	return EXTENT_PROFILE_ENOSYS;
}

static int compile_slowly(const struct filter_part *part, const struct filter_whole *fast,
			  struct filter *ret, struct error *err)
{
	struct filter_part unknown = *part;
	struct filter_whole whole;

	if (fast->tangled)
		return filter_refuse(fast->tangled, err,
				     "libseccomp may not come to an end with it");
	if (filter_libseccomp(part->arena, part->profile, ret, err) < 0)
		return -1;
	if (part->extent == EXTENT_PROFILE)
		return 0;
	unknown.extent = EXTENT_ENOSYS;
	filter_ranges_make(&unknown, &whole);
	return filter_code_prepend(part->arena, &whole, ret, err);
}

int filter_compile(struct arena *arena, const struct spec_seccomp *profile, struct filter *ret,
		   struct error *err)
{
	struct filter_part part = { .arena = arena,
				    .profile = profile,
				    .extent = extent_of(profile) };
	struct filter filter = { 0 };
	struct filter_whole whole;
	int done;

	if (flags_choose(profile, &filter.flags, err) < 0)
		return -1;
	filter_ranges_make(&part, &whole);
	done = whole.beyond ? compile_slowly(&part, &whole, &filter, err)
			    : filter_code_make(arena, &whole, &filter, err);
	if (done < 0)
		return -1;
	*ret = filter;
	return 0;
}
