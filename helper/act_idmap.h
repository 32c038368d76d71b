/* Write the two maps.
 *
 * Promises: decides nothing: writes the bytes of the verdict, each with one write, with the one
 * capability that it needs in effect while it is opened and written. setgroups first, for after
 * gid_map it is too late; "allow" is never written. The process may move while we work, but only
 * down: if it is in a namespace further down by the time of the write, the kernel refuses: the
 * parent of what is mapped must be the namespace of who opened the file (H-40; and after Landlock
 * ns/user cannot be asked).
 * Takes: the verdict ALLOW and the /proc directory of the target.
 * Gives: verdict->deny_setgroups as the kernel has it now.
 * Fails: the verdict becomes INTERNAL with errno while nothing but setgroups was written, HALF
 * after.
 * Source: reference security.md H-40, H-53, H-58 to H-63; user_namespaces(7). */
#pragma once

#include "policy/judge.h"

void act_idmap(int dir, struct verdict *verdict);
