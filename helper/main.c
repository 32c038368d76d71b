/* rrun-helper: the set-uid half of rrun. Everything that root does for a user is on this screen.
 *
 * harden, receive, gather facts, judge, act, reply, exit. One request, one verdict, no dialogue;
 * the peer is the user and may be hostile. */
#include "common/attr.h"
#include "helper/act_cgroup.h"
#include "helper/act_idmap.h"
#include "helper/channel.h"
#include "helper/facts.h"
#include "helper/facts_cgroup.h"
#include "helper/harden.h"
#include "helper/log.h"
#include "helper/priv.h"

#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define LIFE_S 5

/* Frozen for long, we would act on facts that are old: H-16. */
static void end_of_life(time_t start)
{
	struct timespec now;

	demand(clock_gettime(CLOCK_MONOTONIC, &now) == 0 && now.tv_sec - start < LIFE_S,
	       HELPER_BROKEN);
}

/* Everything that is opened from here on is a file of procfs or, where a request speaks of one, of
 * the cgroup tree. Where there is no Landlock the ids and the filter stand alone; likewise under
 * hidepid, which asks ptrace, which Landlock forbids. Only where pid 1 is root's and we see it,
 * procfs hides nothing. */
static void restrict_to(int proc, int tree)
{
	/* All that the first ABI knows. */
	static const struct landlock_ruleset_attr all = { (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1 };
	const uint64_t files = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;
	const uint64_t directories = LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_MAKE_DIR |
				     LANDLOCK_ACCESS_FS_REMOVE_DIR;
	const struct landlock_path_beneath_attr rules[] = {
		{ .allowed_access = files, .parent_fd = proc },
		{ .allowed_access = files | directories, .parent_fd = tree },
	};
	struct stat st;
	int ruleset;

	if (fstatat(proc, "1/status", &st, 0) < 0 || st.st_uid != 0)
		return;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	if (ruleset < 0)
		return;
	for (size_t i = 0; i < (tree < 0 ? 1 : count_of(rules)); i++)
		demand(syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
			       &rules[i], 0) == 0,
		       HELPER_BROKEN);
	demand(syscall(SYS_landlock_restrict_self, ruleset, 0) == 0, HELPER_BROKEN);
}

int main(int argc, char **argv _unused_)
{
	static char *nothing[] = { NULL };
	static struct wire_request request;
	static struct facts facts;
	static struct verdict verdict;
	struct timespec start;
	static struct tree tree;
	struct host host;
	int pidfd = -1;
	int dir = -1;

	environ = nothing;
	demand(clock_gettime(CLOCK_MONOTONIC, &start) == 0, HELPER_BROKEN);
	harden(argc, &facts.caller, &host);
	facts.received = channel_receive(&request, &pidfd);
	facts_policy(&request, &facts);
	if (facts.received && judge_needs_target(&request))
		facts_target(host.proc, pidfd, &facts.target, &dir);
	if (facts.received && facts.policy_sound && judge_needs_cgroup(&request))
		facts_cgroup(host.proc, dir, &request, &facts, &tree);
	facts.received = facts.received && channel_is_silent();
	restrict_to(host.proc, tree.root > 0 ? tree.root : -1);
	end_of_life(start.tv_sec);

	judge(&facts, &request, &verdict);
	if (verdict.code == VERDICT_ALLOW && request.flags & WIRE_MAPS)
		act_idmap(dir, &verdict);
	if (verdict.code == VERDICT_ALLOW && judge_needs_cgroup(&request))
		act_cgroup(request.op, dir, &facts, &tree, &verdict);

	priv_drop();
	channel_reply(&verdict);
	log_outcome(&host, &facts, &request, &verdict);
	_exit(verdict.code == VERDICT_ALLOW ? 0 : 1);
}
