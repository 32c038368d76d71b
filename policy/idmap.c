#include "policy/idmap.h"

static struct idrange inside(const struct wire_extent *extent)
{
	return idrange_make(extent->inside, extent->count);
}

static struct idrange outside(const struct wire_extent *extent)
{
	return idrange_make(extent->outside, extent->count);
}

static bool own_id(const struct wire_extent *extent, uint32_t own)
{
	return extent->outside == own && extent->count == 1;
}

bool idmap_is_own(const struct wire_map *asked, uint32_t own)
{
	return asked->count == 1 && own_id(&asked->extent[0], own);
}

/* Sound, and apart from all before it on both sides (H-50, H-51). A second extent for the
 * caller's own id overlaps the first: H-56 needs no check of its own. */
static bool well_formed(const struct wire_map *asked, uint32_t i)
{
	const struct wire_extent *extent = &asked->extent[i];

	if (!idrange_sound(inside(extent)) || !idrange_sound(outside(extent)))
		return false;
	for (uint32_t j = 0; j < i; j++)
		if (idrange_overlap(inside(extent), inside(&asked->extent[j])) ||
		    idrange_overlap(outside(extent), outside(&asked->extent[j])))
			return false;
	return true;
}

static bool from_a_grant(const struct wire_extent *extent, const struct idranges *granted,
			 const struct config *config)
{
	struct idrange host = outside(extent);

	return idranges_hold(granted, host) && host.first >= config->value[CONFIG_MIN_HOST_ID] &&
	       !idranges_overlap(&config->reserved, host);
}

static bool write_extent(struct idmap *map, const struct wire_extent *extent)
{
	struct pen pen = { map->text, sizeof(map->text), map->size };
	bool fits = text_put_number(&pen, extent->inside) && text_put(&pen, text_of(" ")) &&
		    text_put_number(&pen, extent->outside) && text_put(&pen, text_of(" ")) &&
		    text_put_number(&pen, extent->count) && text_put(&pen, text_of("\n"));

	map->size = (uint32_t)pen.used;
	return fits;
}

enum wire_verdict idmap_judge(const struct wire_map *asked, uint32_t own,
			      const struct idranges *granted, const struct config *config,
			      struct idmap *ret)
{
	uint32_t limit = config->value[CONFIG_MAX_EXTENTS];

	*ret = (struct idmap){ .detail = limit };
	if (asked->count > limit)
		return VERDICT_EXTENTS;
	ret->detail = 0;
	if (asked->count == 0)
		return VERDICT_MAP;
	for (uint32_t i = 0; i < asked->count; i++) {
		const struct wire_extent *extent = &asked->extent[i];

		ret->detail = i;
		if (!well_formed(asked, i) || !write_extent(ret, extent))
			return VERDICT_MAP;
		if (own_id(extent, own))
			continue;
		if (!from_a_grant(extent, granted, config))
			return VERDICT_RANGE;
		ret->granted++;
	}
	return VERDICT_DENY;
}
