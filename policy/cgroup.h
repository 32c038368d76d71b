/* A container's cgroup: where may it be, and what is written into its files?
 *
 * Promises: pure. Nobody is ever under looser limits than before: of every cgroup that a process
 * leaves each writable file must say "no limit", no program may hang on it, and what is not known
 * counts as a limit. A finite pids.max that is left for the site's slice is carried over. Limits
 * are the smaller of what was asked for and what policy allows, as the helper's own text.
 * Takes: facts about the caller's cgroup and those above it, from the caller's up; the request.
 * Gives: the place and the texts.
 * Fails: with the verdict that says why.
 * Source: reference security.md C-1 to C-25; cgroup-userns.md §1.3; kernel doc cgroup-v2.rst;
 * design.md §2, §8. */
#pragma once

#include "common/text.h"
#include "common/wire.h"
#include "policy/config.h"

#define CGROUP_LEVELS	   8
#define CGROUP_PATH	   1024
#define CGROUP_DESCENDANTS 64 /* below one container's, and how deep */
#define CGROUP_DEPTH	   8

enum controller { CGROUP_PIDS, CGROUP_MEMORY, CGROUP_CPU, CGROUP_IO, CGROUP_HUGETLB,
			 CGROUP_CPUSET, CGROUP_CONTROLLERS };
extern const char *const cgroup_controllers[CGROUP_CONTROLLERS];

/* PLACE_USER is only looked into: logind's slice of the user, where siblings of sessions are. */
enum cgroup_place { PLACE_SIBLING, PLACE_SLICE, PLACE_USER, PLACES };

/* What one of the cgroups that would be left holds. */
struct cgroup_level {
	bool limited, programs, unseen;
	uint64_t pids; /* WIRE_MAX: none */
};

struct cgroup_facts {
	bool tree;	/* cgroup v2, seen from its very root */
	bool same;	/* the target is in the caller's */
	bool own;	/* the caller may move or freeze what is in it */
	bool home;	/* beside the caller's is logind's slice of the user */
	bool recent;	/* the target's number is far from coming round to another process */
	char path[CGROUP_PATH];
	uint32_t size;	/* of the path, which begins with '/' */
	uint32_t depth; /* its names */
	uint32_t scanned;
	struct cgroup_level level[CGROUP_LEVELS];
	uint32_t offered[PLACES]; /* bit per controller that a cgroup made there can have */
	bool usable[PLACES];	  /* root's alone */
	bool found;		  /* the cgroup of the request, in this place: */
	enum cgroup_place place;
	uint64_t pids; /* its pids.max */
};

struct cgroup_write {
	const char *file;
	uint32_t limit; /* enum wire_limit, for the answer */
	uint32_t first, size; /* in text[] */
};

struct cgroup_writes {
	uint32_t count;
	struct cgroup_write write[16];
};

struct cgroup_verdict {
	enum cgroup_place place;
	uint32_t controllers; /* to be enabled down to `top`, and inside it */
	uint32_t clamped;     /* bits of enum wire_limit */
	uint32_t most;	      /* how many cgroups the caller may have */
	struct cgroup_writes user, top, ctr;
	uint32_t used;
	char text[2048];
};

/* How Linux 6.18 writes "max" of a hugetlb file that nobody has written yet: PAGE_COUNTER_MAX. */
#define CGROUP_PAGE_MAX "9223372036854771712"

/* Does a writable file of this NAME and CONTENT limit nothing? pids.max may, by *ret_pids. */
bool cgroup_unlimited(struct text name, struct text content, uint64_t *ret_pids);

/* No more levels need to be looked at: the nearest place will do. */
bool cgroup_settled(const struct cgroup_facts *facts, const struct config *config,
		    const struct wire_request *request);

/* VERDICT_DENY, the initial value, when there is nothing to object to. */
enum wire_verdict cgroup_judge(const struct cgroup_facts *facts, const struct config *config,
			       const struct wire_request *request, struct cgroup_verdict *ret,
			       uint32_t *ret_which, uint32_t *ret_detail);
