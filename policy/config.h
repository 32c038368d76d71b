/* policy.conf: what the site lets its users do.
 *
 * Promises: one `key value…` a line, single spaces, `#` at the start of a line for a comment, a
 * newline at the end of every line, no NUL. Any doubt makes the whole file invalid: an unknown key,
 * a key twice, a missing key, a number with a sign, a leading zero or a suffix, a value out of
 * bounds, a band that meets a reserved id, another band or the users it is for. The keys about
 * cgroups stand all or not at all; without them `cgroup` is off. The words of `notice` are for
 * people: they are checked to be one line of plain text between quotes, and not kept.
 * Takes: the text of the file. Gives: the values.
 * Fails: false, and *ret_line is the line at fault, 0 when the fault has no line of its own.
 * Source: reference security.md H-55, H-66, H-67; design.md §4. */
#pragma once

#include "common/text.h"
#include "policy/idrange.h"

#define CONFIG_HIGHEST_ID 0x7fffffffu /* some programs keep ids in signed integers */

/* The keys that stand exactly once come first: value[] has them. */
enum config_key {
	CONFIG_MAPPING,     /* off 0, on 1 */
	CONFIG_MIN_UID,     /* users below may not use the helper */
	CONFIG_SUBIDS,      /* off 0, on 1: grant what /etc/subuid and /etc/subgid say */
	CONFIG_MIN_HOST_ID, /* no granted range starts below */
	CONFIG_MAX_EXTENTS,
	CONFIG_SETGROUPS, /* deny 0, allow 1: where group ids come from a grant */
	CONFIG_LOG,       /* refusals 0, all 1 */
	CONFIG_CGROUP,    /* off 0, on 1 */
	CONFIG_PLACEMENT, /* enum config_placement */
	CONFIG_MAX_CGROUPS,
	CONFIG_CONTAINER_MEMORY, /* the caps: MiB, processes, percent of one CPU */
	CONFIG_CONTAINER_PIDS,
	CONFIG_CONTAINER_CPU,
	CONFIG_USER_MEMORY,
	CONFIG_USER_PIDS,
	CONFIG_USER_CPU,
	CONFIG_ONCE,
	CONFIG_DENY_UID = CONFIG_ONCE, /* UID */
	CONFIG_RESERVED,               /* FIRST LAST */
	CONFIG_BAND,                   /* FIRST_UID LAST_UID BASE COUNT */
	CONFIG_NEVER_LEAVE,            /* a name in a cgroup's path; * at one end: anything */
	CONFIG_NOTICE,                 /* "words" */
	CONFIG_KEYS,
};

enum config_placement { PLACEMENT_AUTO, PLACEMENT_INHERIT, PLACEMENT_SIBLING, PLACEMENT_SLICE };

#define CONFIG_NO_CAP UINT32_MAX /* the word `max` */

/* User U of UIDS owns the host ids from table.first + (U - uids.first) * count, COUNT of them. */
struct band {
	struct idrange uids;
	struct idrange table; /* what they own together */
	uint32_t count;
	uint32_t line;
};

struct config {
	uint32_t value[CONFIG_ONCE];
	uint32_t seen; /* one bit for each of them */
	uint32_t bands;
	struct band band[16];
	uint32_t never_leaves;
	char never_leave[16][48]; /* padded with NUL */
	struct idranges denied;
	struct idranges reserved; /* 0, 65534 and 65535 always among them */
};

bool config_read(struct text text, struct config *ret, uint32_t *ret_line);

bool config_in_a_band(const struct config *config, struct idrange range);

/* Is COMPONENT, one name of a cgroup's path, a batch job's? */
bool config_never_leave(const struct config *config, struct text component);
