/* The judgement: what is known and what is asked, to what root will write.
 *
 * Promises: pure and total. The verdict is DENY until every check has passed and becomes ALLOW in
 * one place; the bytes of both maps are in it, and nothing that acts on it decides anything.
 * Takes: facts that the helper gathered from the kernel and from root's files; the request as it
 * came.
 * Gives: the verdict, which map and what detail it speaks of, the bytes, whether to deny setgroups.
 * Fails: never; what it does not know it refuses.
 * Source: reference security.md H-22, H-27, H-28, H-35, H-39 to H-44, H-57 to H-62, H-91, H-92. */
#pragma once

#include "common/wire.h"
#include "policy/cgroup.h"
#include "policy/config.h"
#include "policy/grant.h"
#include "policy/idmap.h"

struct caller {
	uint32_t uid, gid; /* the real ones */
};

/* The process behind the pidfd, as /proc shows it to the caller. */
struct target {
	bool alive;  /* the process in /proc is the pidfd's */
	bool leader; /* of its thread group */
	bool hidden; /* the kernel does not let the caller look at its namespace: not dumpable */
	bool child;  /* its user namespace was made in ours */
	bool mapped; /* one of its maps has bytes */
	uint32_t pid;
	uint32_t uid[4], gid[4]; /* real, effective, saved, file system */
	uint32_t owner;		 /* of its user namespace */
};

struct facts {
	struct caller caller;
	bool policy_sound;
	uint32_t policy_line;
	struct config config;
	struct grant_scan grants;
	bool received; /* one datagram of the right size, and nothing else */
	struct target target;
	struct cgroup_facts cgroup; /* of a request that speaks of one */
};

struct verdict {
	enum wire_verdict code;
	uint32_t which; /* enum wire_which, or how far up */
	uint32_t detail;
	bool deny_setgroups;
	struct idmap uid, gid;
	struct cgroup_verdict cgroup;
	uint64_t made; /* the cgroup that was made, also where a later step failed */
};

/* Must the facts about cgroups be there for this request? And those about maps? */
bool judge_needs_cgroup(const struct wire_request *request);
bool judge_needs_target(const struct wire_request *request);

void judge(const struct facts *facts, const struct wire_request *request, struct verdict *ret);
