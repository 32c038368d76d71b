/* The site's policy as the frontend sees it: the values, the lines they stand on, and the words
 * that the site has for its users.
 *
 * Promises: the same pure code that rrun-helper decides by; only looks. A file that the helper
 * would not believe (not root's alone, not regular, over 64 KiB) is not believed here either.
 * Gives: struct policy in the arena, the words null when there are none.
 * Fails: never; what is wrong is the state, and `why` when it is about the file as such.
 * Source: design.md §4; reference security.md H-65, H-66, H-69. */
#pragma once

#include "common/text.h"
#include "frontend/arena.h"
#include "policy/config.h"

enum policy_state {
	POLICY_SOUND,
	POLICY_ABSENT,
	POLICY_UNREAD,  /* it is there and cannot be read */
	POLICY_FOREIGN, /* others than root could have written it */
	POLICY_INVALID,
};

struct policy {
	enum policy_state state;
	const char *why;      /* of UNREAD and FOREIGN */
	struct text text;     /* null unless it was read */
	struct config config; /* as far as it was read, unless SOUND */
	uint32_t line;	      /* at fault; 0: none, or none of its own */
};

/* PATH is any file, POLICY_PATH the one that must be root's alone. */
const struct policy *policy_read(struct arena *arena, const char *path);

/* /etc/passwd, /etc/subuid, /etc/subgid. An absent or unreadable file is an empty text: no range
 * comes of it. */
struct text policy_side_file(struct arena *arena, const char *path);

bool policy_admits(const struct config *config, uint32_t uid);

/* Line NUMBER, from 1; and the NTH, from 0, with this key, whose number is 0 when there is none. */
struct text policy_line(struct text text, uint32_t number);
struct text policy_line_of(struct text text, const char *key, uint32_t nth, uint32_t *ret_number);

/* What stands behind `notice` in the policy, for hints. */
const char *policy_notice(struct arena *arena);
const char *policy_notice_of(struct arena *arena, const struct policy *policy);

/* The part of a cgroup's PATH down to the last name that a never_leave line speaks of, null when
 * none does; *ret_pattern, which may be null, is the place of that line among its like. */
const char *policy_job(struct arena *arena, const struct config *config, const char *path,
		       uint32_t *ret_pattern);
