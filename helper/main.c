/* rrun-helper: the set-uid half of rrun. Everything that root does for a user is on this screen.
 *
 * harden, receive, gather facts, judge, act, reply, exit. One request, one verdict, no dialogue;
 * the peer is the user and may be hostile. */
#include "common/attr.h"
#include "helper/act_idmap.h"
#include "helper/channel.h"
#include "helper/facts.h"
#include "helper/harden.h"
#include "helper/log.h"
#include "helper/priv.h"

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

/* Everything that is opened from here on is a file of procfs. Where there is no Landlock the ids
 * and the filter stand alone; likewise under hidepid, which asks ptrace, which Landlock forbids.
 * Only where pid 1 is root's and we see it, procfs hides nothing. */
static void restrict_to_proc(const struct host *host)
{
	struct stat st;

	if (host->ruleset < 0 || fstatat(host->proc, "1/status", &st, 0) < 0 || st.st_uid != 0)
		return;
	demand(syscall(SYS_landlock_restrict_self, host->ruleset, 0) == 0, HELPER_BROKEN);
}

int main(int argc, char **argv _unused_)
{
	static char *nothing[] = { NULL };
	static struct wire_request request;
	static struct facts facts;
	static struct verdict verdict;
	struct timespec start;
	struct host host;
	int pidfd = -1;
	int dir = -1;

	environ = nothing;
	demand(clock_gettime(CLOCK_MONOTONIC, &start) == 0, HELPER_BROKEN);
	harden(argc, &facts.caller, &host);
	facts.received = channel_receive(&request, &pidfd);
	facts_policy(&request, &facts);
	if (facts.received)
		facts_target(host.proc, pidfd, &facts.target, &dir);
	facts.received = facts.received && channel_is_silent();
	restrict_to_proc(&host);
	end_of_life(start.tv_sec);

	judge(&facts, &request, &verdict);
	if (verdict.code == VERDICT_ALLOW)
		act_idmap(dir, &verdict);

	priv_drop();
	channel_reply(&verdict);
	log_outcome(&host, &facts, &request, &verdict);
	_exit(verdict.code == VERDICT_ALLOW ? 0 : 1);
}
