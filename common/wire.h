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
#define WIRE_VERSION 1
#define WIRE_FD      3
#define WIRE_EXTENTS 340 /* the kernel's own limit: user_namespaces(7) */
#define WIRE_LIMITS  16

enum wire_op {
	OP_PREPARE = 1, /* write the id maps of the pidfd's user namespace */
	OP_ATTACH = 2,  /* the cgroup operations: not built yet, always refused */
	OP_UPDATE = 3,
	OP_RELEASE = 4,
};

enum wire_flag {
	WIRE_DENY_SETGROUPS = 1, /* the stricter value is always the client's to ask for: H-61 */
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
	uint32_t reserved; /* zero */
	struct wire_map uid;
	struct wire_map gid;
	uint64_t cgroup;             /* of the cgroup operations: zero until they exist */
	uint64_t limit[WIRE_LIMITS]; /* likewise */
	uint32_t reserved_too;       /* zero */
	uint32_t guard;
};

/* What came of it. A verdict depends on the request, the policy and what the caller owns, never on
 * anything that the caller could not see (H-92). */
enum wire_verdict {
	VERDICT_DENY = 0,      /* the initial value; never sent when all went as it should */
	VERDICT_ALLOW = 1,     /* done */
	VERDICT_PROTOCOL = 2,  /* not a request of this version */
	VERDICT_UNBUILT = 3,   /* an operation that this helper does not have */
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
};

/* Which map detail speaks of. */
enum wire_which { WHICH_NONE = 0, WHICH_UID = 1, WHICH_GID = 2 };

struct wire_reply {
	uint32_t magic;
	uint16_t version;
	uint16_t verdict; /* enum wire_verdict */
	uint32_t which;   /* enum wire_which */
	uint32_t detail;
	uint64_t cgroup; /* zero until the cgroup operations exist */
	uint32_t setgroups_denied; /* 1 when the namespace can never call setgroups(2) */
	uint32_t guard;
};

static_assert(sizeof(struct wire_extent) == 12, "extent");
static_assert(offsetof(struct wire_request, uid) == 16, "request head");
static_assert(offsetof(struct wire_request, gid) == 16 + 4 + 12 * WIRE_EXTENTS, "gid map");
static_assert(offsetof(struct wire_request, cgroup) == 8184, "cgroup");
static_assert(sizeof(struct wire_request) == 8184 + 8 + 8 * WIRE_LIMITS + 8, "request");
static_assert(sizeof(struct wire_reply) == 32, "reply");

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
