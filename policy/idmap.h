/* One id map: is it one that the caller may have, and what are the bytes to write?
 *
 * Promises: only numbers that were checked are written, as the helper's own text. No host id 0,
 * 65534, 65535, 2^32-1; nothing but the caller's own id, once, and pieces of one granted range
 * each.
 * Takes: the map that was asked for, the caller's own id, the ranges granted to it, the policy.
 * Gives: the text of the map and how many extents came from grants.
 * Fails: with the verdict that says why; detail is the extent, or the limit for VERDICT_EXTENTS.
 * Source: reference security.md H-50 to H-57; user_namespaces(7), "Defining user and group ID
 * mappings". */
#pragma once

#include "common/wire.h"
#include "policy/config.h"

#define IDMAP_TEXT 4095 /* the kernel takes less than a page: H-53 */

struct idmap {
	uint32_t detail;
	uint32_t granted;
	uint32_t size;
	char text[IDMAP_TEXT];
};

/* Of nothing but the caller's own id: no grant has a say in it. */
bool idmap_is_own(const struct wire_map *asked, uint32_t own);

/* VERDICT_DENY, the initial value, when there is nothing to object to. */
enum wire_verdict idmap_judge(const struct wire_map *asked, uint32_t own,
			      const struct idranges *granted, const struct config *config,
			      struct idmap *ret);
