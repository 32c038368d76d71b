/* Ranges of ids as half-open intervals of 64-bit numbers: the only range arithmetic there is.
 *
 * Promises: nothing here can wrap: an end is at most 2^33. A sound range is not empty and never
 * holds 2^32-1, which means "no id" to the kernel.
 * Takes: any 32-bit numbers. Gives: values. Fails: idranges_add when the list is full.
 * Source: reference security.md H-50, H-51; user_namespaces(7). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct idrange {
	uint64_t first;
	uint64_t end; /* the first id that is no longer in it */
};

struct idranges {
	uint32_t count;
	struct idrange range[64];
};

struct idrange idrange_make(uint32_t first, uint32_t count);
bool idrange_sound(struct idrange range);
bool idrange_inside(struct idrange inner, struct idrange outer);
bool idrange_overlap(struct idrange a, struct idrange b);

bool idranges_add(struct idranges *list, struct idrange range);
bool idranges_hold(const struct idranges *list, struct idrange range);
bool idranges_overlap(const struct idranges *list, struct idrange range);
void idranges_drop_overlapping(struct idranges *list, struct idrange range);
