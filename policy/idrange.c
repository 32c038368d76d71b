#include "policy/idrange.h"

#include "common/attr.h"

struct idrange idrange_make(uint32_t first, uint32_t count)
{
	return (struct idrange){ .first = first, .end = (uint64_t)first + count };
}

bool idrange_sound(struct idrange range)
{
	return range.first < range.end && range.end <= UINT32_MAX;
}

bool idrange_inside(struct idrange inner, struct idrange outer)
{
	return inner.first >= outer.first && inner.end <= outer.end;
}

bool idrange_overlap(struct idrange a, struct idrange b)
{
	return a.first < b.end && b.first < a.end;
}

bool idranges_add(struct idranges *list, struct idrange range)
{
	if (list->count == count_of(list->range))
		return false;
	list->range[list->count++] = range;
	return true;
}

/* Wholly inside one of them: two neighbours together do not count (H-55). */
bool idranges_hold(const struct idranges *list, struct idrange range)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (idrange_inside(range, list->range[i]))
			return true;
	return false;
}

bool idranges_overlap(const struct idranges *list, struct idrange range)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (idrange_overlap(range, list->range[i]))
			return true;
	return false;
}

void idranges_drop_overlapping(struct idranges *list, struct idrange range)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < list->count; i++)
		if (!idrange_overlap(range, list->range[i]))
			list->range[kept++] = list->range[i];
	list->count = kept;
}
