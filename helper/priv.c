#include "helper/priv.h"

#include <cap-ng.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BIT(capability) (1u << (capability))
#define CGROUPS		(BIT(CAP_CHOWN) | BIT(CAP_SYS_NICE))
#define MAPS		(BIT(CAP_SETUID) | BIT(CAP_SETGID) | CGROUPS)
#define ALL		(MAPS | BIT(CAP_NET_ADMIN))

#define SECUREBITS                                                                                 \
	(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |                           \
	 SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |   \
	 SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

void demand(bool true_of_it, enum helper_exit otherwise)
{
	if (!true_of_it)
		_exit((int)otherwise);
}

/* Of what is permitted and in effect, bits 0-31; above them and inheritable there is nothing. */
static void check_capabilities(uint32_t permitted, uint32_t effective)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct wanted[2] = { { effective, permitted, 0 } };
	struct __user_cap_data_struct now[2];

	demand(syscall(SYS_capget, &header, now) == 0 && memcmp(now, wanted, sizeof(now)) == 0,
	       HELPER_BROKEN);
}

static void set_capabilities(uint32_t permitted, uint32_t effective)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct wanted[2] = { { effective, permitted, 0 } };

	demand(syscall(SYS_capset, &header, wanted) == 0, HELPER_BROKEN);
	check_capabilities(permitted, effective);
}

static void check_ids(uid_t uid, gid_t gid)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	demand(getresuid(&ruid, &euid, &suid) == 0 && ruid == 0 && euid == uid && suid == 0,
	       HELPER_BROKEN);
	demand(getresgid(&rgid, &egid, &sgid) == 0 && rgid == 0 && egid == gid && sgid == 0,
	       HELPER_BROKEN);
}

/* The groups come first: with nothing in effect they could not be changed. The user ids come
 * last: with NO_SETUID_FIXUP they leave the capabilities alone. */
void priv_lower(uid_t uid, gid_t gid)
{
	demand(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, HELPER_BROKEN);
	demand(prctl(PR_SET_SECUREBITS, SECUREBITS, 0, 0, 0) == 0, HELPER_BROKEN);
	demand(setgroups(0, NULL) == 0, HELPER_BROKEN);
	demand(setresgid(0, gid, 0) == 0, HELPER_BROKEN);

	capng_clear(CAPNG_SELECT_CAPS);
	demand(capng_updatev(CAPNG_ADD, CAPNG_PERMITTED, CAP_SETUID, CAP_SETGID, CAP_CHOWN,
			     CAP_SYS_NICE,
			     CAP_NET_ADMIN, -1) == 0,
	       HELPER_BROKEN);
	demand(capng_apply(CAPNG_SELECT_CAPS) == 0, HELPER_BROKEN);

	demand(setresuid(0, uid, 0) == 0, HELPER_BROKEN);
	check_ids(uid, gid);
	check_capabilities(ALL, 0);
	/* A change of ids sets dumpable to what sysctl fs.suid_dumpable says. */
	demand(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, HELPER_BROKEN);
	demand(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0, HELPER_BROKEN);
}

void priv_begin_query(void)
{
	set_capabilities(ALL, BIT(CAP_NET_ADMIN));
}

void priv_end_query(void)
{
	set_capabilities(ALL, 0);
}

void priv_use_setgid(void)
{
	set_capabilities(MAPS, BIT(CAP_SETGID));
}

void priv_use_setuid(void)
{
	set_capabilities(BIT(CAP_SETUID) | CGROUPS, BIT(CAP_SETUID));
}

/* No capability is needed: an effective id may become the real one, setresuid(2). */
void priv_own_cgroups(void)
{
	set_capabilities(CGROUPS, 0);
	demand(setresgid(0, 0, 0) == 0 && setresuid(0, 0, 0) == 0, HELPER_BROKEN);
	check_ids(0, 0);
	check_capabilities(CGROUPS, 0);
}

void priv_begin_move(void)
{
	set_capabilities(CGROUPS, BIT(CAP_SYS_NICE));
}

void priv_end_move(void)
{
	set_capabilities(CGROUPS, 0);
}

void priv_use_chown(void)
{
	set_capabilities(BIT(CAP_CHOWN), BIT(CAP_CHOWN));
}

void priv_drop(void)
{
	set_capabilities(0, 0);
}
