/* The one request and the one reply between rrun (the frontend) and rrun-helper.
 *
 * Promises: both are fixed in size and layout; nothing but integers crosses, and beside the request
 * one pidfd in SCM_RIGHTS. No text, no path, no pid number.
 * Channel: fd 3 of the helper, an AF_UNIX SOCK_SEQPACKET socketpair, one datagram each way.
 * Version: frontend and helper ship from one build. Any difference is WIRE_VERSION's to show: the
 * size, the magic and the version must match exactly, else the answer is VERDICT_PROTOCOL.
 * Source: reference security.md B.3 (H-22 to H-29); unix(7), "SOCK_SEQPACKET". */
#pragma once

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_MAGIC   0x6e757272u /* "rrun" */
#define WIRE_GUARD   0x21646e65u /* "end!" */
#define WIRE_VERSION 2
#define WIRE_FD      3
#define WIRE_EXTENTS 340 /* the kernel's own limit: user_namespaces(7) */
#define WIRE_MAX     UINT64_MAX /* the word "max" of a limit: none */

enum wire_op {
	OP_PREPARE = 1, /* id maps for the pidfd's user namespace, a cgroup for its process */
	OP_ATTACH = 2,  /* the pidfd's process into the container cgroup of `cgroup` */
	OP_UPDATE = 3,  /* other limits for `cgroup`; no pidfd */
	OP_RELEASE = 4, /* remove `cgroup`; no pidfd */
};

/* Of PREPARE; at least one of the latter two. */
enum wire_flag {
	WIRE_DENY_SETGROUPS = 1, /* the stricter value is always the client's to ask for: H-61 */
	WIRE_MAPS = 2,           /* write the maps; without it they are zero */
	WIRE_CGROUP = 4,         /* make a cgroup; without it there are no limits */
};

/* Places in limit[]: a number, or WIRE_MAX. */
enum wire_limit {
	LIMIT_PIDS,        /* pids.max */
	LIMIT_MEMORY,      /* memory.max, bytes */
	LIMIT_MEMORY_HIGH, /* memory.high, bytes */
	LIMIT_SWAP,        /* memory.swap.max, bytes */
	LIMIT_CPU_QUOTA,   /* cpu.max: µs in each period */
	LIMIT_CPU_PERIOD,  /* cpu.max: µs, 1000 to 1000000; only with a quota */
	LIMIT_CPU_WEIGHT,  /* cpu.weight, 1 to 10000 */
	LIMIT_IO_WEIGHT,   /* io.weight, 1 to 10000 */
	LIMIT_HUGETLB_2M,  /* hugetlb.2MB.max, bytes */
	LIMIT_HUGETLB_1G,  /* hugetlb.1GB.max, bytes */
	LIMIT_MEMS,        /* cpuset.mems: bit N is node N */
	LIMIT_CPUS,        /* cpuset.cpus, four words: bit N of word W is CPU 64 W + N */
	WIRE_LIMITS = LIMIT_CPUS + 4,
};

/* Ids INSIDE … INSIDE+COUNT-1 of the new namespace are OUTSIDE … OUTSIDE+COUNT-1 of the host. */
struct wire_extent {
	uint32_t inside;
	uint32_t outside;
	uint32_t count;
};

struct wire_map {
	uint32_t count; /* extents in use; the rest of them must be zero */
	struct wire_extent extent[WIRE_EXTENTS];
};

struct wire_request {
	uint32_t magic;
	uint16_t version;
	uint16_t op;
	uint32_t flags;
	uint32_t limits; /* bit N: limit[N] is asked for; the others are zero */
	struct wire_map uid;
	struct wire_map gid;
	uint64_t cgroup; /* what PREPARE answered before; zero for PREPARE */
	uint64_t limit[WIRE_LIMITS];
	uint32_t reserved; /* zero */
	uint32_t guard;
};

/* What came of it. A verdict depends on the request, the policy and what the caller owns, never on
 * anything that the caller could not see (H-92). */
enum wire_verdict {
	VERDICT_DENY = 0,      /* the initial value; never sent when all went as it should */
	VERDICT_ALLOW = 1,     /* done */
	VERDICT_PROTOCOL = 2,  /* not a request of this version */
	VERDICT_CGROUP_OFF = 3, /* the admin switched cgroups off */
	VERDICT_POLICY = 4,    /* policy.conf is missing or invalid: detail is its line or 0 */
	VERDICT_CALLER = 5,    /* this user may not use the helper */
	VERDICT_OFF = 6,       /* the admin switched mapping off */
	VERDICT_TARGET = 7,    /* the pidfd is not a fresh child namespace of the caller */
	VERDICT_DUMPABLE = 8,  /* the target must be dumpable while it is mapped */
	VERDICT_MAPPED = 9,    /* the namespace has maps already */
	VERDICT_MAP = 10,      /* a map that no policy could allow: detail is the extent */
	VERDICT_RANGE = 11,    /* an extent that the caller was not granted: detail is the extent */
	VERDICT_EXTENTS = 12,  /* more extents than policy allows: detail is the limit */
	VERDICT_HALF = 13,     /* one of the two maps was written: kill the child */
	VERDICT_INTERNAL = 14, /* the kernel answered what it should not: detail is errno */
	VERDICT_LIMITS = 15,   /* the caller's own resource limits leave no room to work */
	VERDICT_NO_TREE = 16,  /* no cgroup v2 tree that the helper could work in */
	VERDICT_OWN_TREE = 17, /* the caller's cgroup is the caller's own: no helper is needed */
	VERDICT_ELSEWHERE = 18, /* the target is not in the caller's cgroup */
	VERDICT_JOB = 19,      /* a cgroup that may never be left: which is how far up */
	VERDICT_LOOSENS = 20,  /* a limit would be left: which is how far up, detail what */
	VERDICT_INHERIT = 21,  /* the site's placement is `inherit` */
	VERDICT_LIMIT = 22,    /* this limit cannot be held here: detail is its place in limit[] */
	VERDICT_QUOTA = 23,    /* the caller has as many cgroups as policy allows: detail */
	VERDICT_UNKNOWN = 24,  /* no such cgroup of the caller's */
	VERDICT_BUSY = 25,     /* processes or cgroups are left in it */
};

/* Which map detail speaks of. */
enum wire_which { WHICH_NONE = 0, WHICH_UID = 1, WHICH_GID = 2 };

/* What would be left behind: detail of VERDICT_LOOSENS. */
enum wire_left { LEFT_LIMIT = 0, LEFT_PROGRAM = 1, LEFT_UNSEEN = 2 };

struct wire_reply {
	uint32_t magic;
	uint16_t version;
	uint16_t verdict; /* enum wire_verdict */
	uint32_t which;   /* enum wire_which */
	uint32_t detail;
	uint64_t cgroup;           /* what was made: the inode of `top`; zero: nothing */
	uint32_t clamped;          /* bit N: policy allowed less than limit[N] */
	uint32_t setgroups_denied; /* 1 when the namespace can never call setgroups(2) */
	uint32_t reserved;         /* zero */
	uint32_t guard;
};

static_assert(sizeof(struct wire_extent) == 12, "extent");
static_assert(offsetof(struct wire_request, uid) == 16, "request head");
static_assert(offsetof(struct wire_request, gid) == 16 + 4 + 12 * WIRE_EXTENTS, "gid map");
static_assert(offsetof(struct wire_request, cgroup) == 8184, "cgroup");
static_assert(sizeof(struct wire_request) == 8184 + 8 + 8 * WIRE_LIMITS + 8, "request");
static_assert(sizeof(struct wire_reply) == 40, "reply");

/* Exit codes of the helper: 0 done (or nothing was asked), 1 refused, and before it has a
 * channel to answer on (H-3 to H-10, H-73). */
enum helper_exit {
	HELPER_UNPRIVILEGED = 64, /* euid is not 0: set-uid bit, nosuid, no_new_privs, tracer */
	HELPER_NAMESPACE = 65,    /* not in the initial user namespace */
	HELPER_ARGUMENTS = 66,    /* argc is not 1 */
	HELPER_CHANNEL = 67,      /* fd 3 is not a connected SOCK_SEQPACKET of the caller's */
	HELPER_LIMITS = 68,       /* too few descriptors to work with */
	HELPER_CALLER = 69,       /* real uid 0, or an id that is no user */
	HELPER_BROKEN = 70,       /* a step of lowering privilege did not read back */
};
