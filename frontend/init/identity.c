#include "frontend/init/stages.h"

#include "frontend/codes.h"
#include "frontend/init/process.h"
#include "frontend/spawn/idmap.h"
#include "frontend/sync.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int maps_wait(struct init *init, struct error *err)
{
	unsigned char denied = 0;
	size_t size;

	if (init->plan->ids == IDS_SINGLE &&
	    idmap_write_single("/proc/self", &init->plan->uids, &init->plan->gids, err) < 0)
		return -1;
	if (sync_hear_bytes(init->sync, SYNC_MAPPED, &denied, 1, &size, err) < 0)
		return -1;
	init->groups_denied = denied;
	return 0;
}

/* True after: the maps are in force, the child is the user that makes things inside, and nobody may
 * trace it or read its memory. The window in which the maps are written, and in which
 * /proc/self must still be the caller's to write in, is over. */
int stage_identity(struct init *init, struct error *err)
{
	const struct plan *plan = init->plan;

	if (maps_wait(init, err) < 0)
		return -1;
	/* The helper has moved us: the root of the namespace is where we are now.
	 * cgroup_namespaces(7) */
	if (plan->cgroup.way == WAY_HELPER && plan->namespaces & CLONE_NEWCGROUP &&
	    unshare(CLONE_NEWCGROUP) < 0)
		return error_sys(err, "make the container's cgroup namespace");
	if (plan->process.oom_score_set && oom_score_write(plan->process.oom_score, err) < 0)
		return -1;
	if (setresgid(plan->setup_gid, plan->setup_gid, plan->setup_gid) < 0 ||
	    setresuid(plan->setup_uid, plan->setup_uid, plan->setup_uid) < 0) {
		error_sys(err, "become uid %u, gid %u of the container", plan->setup_uid,
			  plan->setup_gid);
		return error_code(err, RR_PRC_05);
	}
	/* After the ids: a change of them sets it to what sysctl fs.suid_dumpable says. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return error_sys(err, "make the container's first process untraceable");
	return 0;
}

/* True after: hostname and domain name are the plan's. */
int stage_names(struct init *init, struct error *err)
{
	const struct plan *plan = init->plan;

	if (plan->hostname && sethostname(plan->hostname, strlen(plan->hostname)) < 0) {
		error_sys(err, "hostname: set it to \"%.80s\"", plan->hostname);
		return error_code(err, RR_CFG_03);
	}
	if (plan->domainname && setdomainname(plan->domainname, strlen(plan->domainname)) < 0) {
		error_sys(err, "domainname: set it to \"%.80s\"", plan->domainname);
		return error_code(err, RR_CFG_03);
	}
	return 0;
}
