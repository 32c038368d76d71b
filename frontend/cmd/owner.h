/* The name of a user, for people to read.
 *
 * Promises: /etc/passwd alone is asked, its first 256 KiB, by a reader of our own: NSS would load
 * shared objects into a static program.
 * Gives: the name, or "#UID" when the file does not have it.
 * Fails: never.
 * Source: passwd(5). */
#pragma once

#include "frontend/arena.h"

#include <sys/types.h>

const char *owner_name(struct arena *arena, uid_t uid);
/* The same over TEXT, which is cut at its end as a file may be. */
const char *owner_find(struct arena *arena, const char *text, uid_t uid);
