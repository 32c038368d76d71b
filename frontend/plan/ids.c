#include "frontend/plan/parts.h"

#include "frontend/codes.h"

#include <stdlib.h>
#include <string.h>

bool plan_maps(const struct plan_map *map, uint32_t id)
{
	for (uint32_t i = 0; i < map->count; i++) {
		const struct wire_extent *extent = &map->extent[i];

		if (id >= extent->inside && id - extent->inside < extent->count)
			return true;
	}
	return false;
}

static uint64_t start_of(const struct wire_extent *extent, bool outside)
{
	return outside ? extent->outside : extent->inside;
}

static int by_inside(const void *a, const void *b)
{
	const struct wire_extent *const *x = a, *const *y = b;

	return (*x)->inside < (*y)->inside ? -1 : (*x)->inside > (*y)->inside;
}

static int by_outside(const void *a, const void *b)
{
	const struct wire_extent *const *x = a, *const *y = b;

	return (*x)->outside < (*y)->outside ? -1 : (*x)->outside > (*y)->outside;
}

static bool overlaps(struct arena *arena, const struct plan_map *map, bool outside)
{
	const struct wire_extent **order = arena_array(arena, map->count, sizeof(*order));

	for (uint32_t i = 0; i < map->count; i++)
		order[i] = &map->extent[i];
	qsort(order, map->count, sizeof(*order), outside ? by_outside : by_inside);
	for (uint32_t i = 1; i < map->count; i++) {
		if (start_of(order[i - 1], outside) + order[i - 1]->count >
		    start_of(order[i], outside))
			return true;
	}
	return false;
}

/* user_namespaces(7), "User and group ID mappings": what the kernel would answer with EINVAL. */
static int extents_check(struct arena *arena, const char *path, const struct plan_map *map,
			 struct error *err)
{
	if (map->count > WIRE_EXTENTS) {
		error_set(err, RR_MAP_06, "%s has %u entries", path, map->count);
		return error_why(err, "the kernel takes at most %d", WIRE_EXTENTS);
	}
	for (uint32_t i = 0; i < map->count; i++) {
		const struct wire_extent *extent = &map->extent[i];

		if (extent->count == 0)
			return error_set(err, RR_MAP_06, "%s[%u].size is 0", path, i);
		if ((uint64_t)extent->inside + extent->count > UINT32_MAX ||
		    (uint64_t)extent->outside + extent->count > UINT32_MAX)
			return error_set(err, RR_MAP_06, "%s[%u] goes beyond the last id", path, i);
	}
	if (overlaps(arena, map, false) || overlaps(arena, map, true))
		return error_set(err, RR_MAP_06, "%s: two entries overlap", path);
	return 0;
}

static int map_from_spec(struct arena *arena, const char *path, const struct spec_mappings *from,
			 struct plan_map *ret, struct error *err)
{
	struct wire_extent *extent = arena_array(arena, from->count + 1, sizeof(*extent));

	for (size_t i = 0; i < from->count; i++)
		extent[i] = (struct wire_extent){ from->item[i].inside, from->item[i].outside,
						  from->item[i].count };
	*ret = (struct plan_map){ (uint32_t)from->count, extent };
	return extents_check(arena, path, ret, err);
}

static struct plan_map map_one(struct arena *arena, uint32_t inside, uint32_t outside)
{
	struct wire_extent *extent = arena_new(arena, struct wire_extent);

	*extent = (struct wire_extent){ inside, outside, 1 };
	return (struct plan_map){ 1, extent };
}

/* The caller is the asked-for id inside, the granted range fills what is around it: as crun and
 * podman lay it out, so that images keep their owners. reference cli-contract.md §13. */
static struct plan_map map_default(struct arena *arena, uint32_t inside, uint32_t own,
				   const struct caller_ranges *ranges)
{
	struct wire_extent *extent = arena_array(arena, 3, sizeof(*extent));
	uint32_t start = ranges->range[0].start, count = ranges->range[0].count;
	uint32_t used = 0;

	if (ranges->count == 0 || inside > count)
		return map_one(arena, inside, own);
	if (inside > 0)
		extent[used++] = (struct wire_extent){ 0, start, inside };
	extent[used++] = (struct wire_extent){ inside, own, 1 };
	if (count > inside)
		extent[used++] = (struct wire_extent){ inside + 1, start + inside, count - inside };
	return (struct plan_map){ used, extent };
}

static bool is_own(const struct plan_map *map, uint32_t own)
{
	return map->count == 1 && map->extent[0].count == 1 && map->extent[0].outside == own;
}

/* The inside id that the caller's own has in MAP, else FALLBACK. */
static uint32_t inside_of(const struct plan_map *map, uint32_t own, uint32_t fallback)
{
	for (uint32_t i = 0; i < map->count; i++) {
		const struct wire_extent *extent = &map->extent[i];

		if (own >= extent->outside && own - extent->outside < extent->count)
			return extent->inside + (own - extent->outside);
	}
	return fallback;
}

static void step_down(struct arena *arena, const struct plan_facts *facts, struct plan *plan)
{
	const struct caller *caller = facts->caller;

	plan->uids = map_one(arena, inside_of(&plan->uids, caller->uid, 0), caller->uid);
	plan->gids = map_one(arena, inside_of(&plan->gids, caller->gid, 0), caller->gid);
	plan->ids_note = facts->one_id;
}

static uint32_t setup_id(const struct plan_map *map, uint32_t own)
{
	return plan_maps(map, 0) ? 0 : inside_of(map, own, map->extent[0].inside);
}

/* Nothing was asked for in particular, and there is no range to fill the map with. */
static int default_is_single(struct arena *arena, const struct plan_facts *facts, struct plan *plan,
			     struct error *err)
{
	const struct caller *caller = facts->caller;

	if (caller->uids.count > 0 && caller->gids.count > 0)
		return 0;
	plan->ids_note = arena_print(arena, "no range of ids was granted to uid %u", caller->uid);
	if (!facts->require_range)
		return 0;
	error_set(err, RR_MAP_01, "%s", plan->ids_note);
	return error_hint(err,
			  "ask your admin for a line for uid %u in /etc/subuid and in "
			  "/etc/subgid, or leave --require-range out",
			  caller->uid);
}

static int maps_choose(struct arena *arena, const struct spec *spec, const struct plan_facts *facts,
		       struct plan *plan, struct error *err)
{
	const struct caller *caller = facts->caller;

	if (spec->uid_mappings.count == 0 && spec->gid_mappings.count == 0) {
		static const struct caller_ranges none;
		bool both = caller->uids.count > 0 && caller->gids.count > 0;

		plan->uids = map_default(arena, spec->process.uid, caller->uid,
					 both ? &caller->uids : &none);
		plan->gids = map_default(arena, spec->process.gid, caller->gid,
					 both ? &caller->gids : &none);
		return default_is_single(arena, facts, plan, err);
	}
	if (spec->uid_mappings.count == 0 || spec->gid_mappings.count == 0)
		return error_set(
			err, RR_CFG_06,
			"linux.uidMappings and linux.gidMappings: one is there without the other");
	if (map_from_spec(arena, "linux.uidMappings", &spec->uid_mappings, &plan->uids, err) < 0)
		return -1;
	return map_from_spec(arena, "linux.gidMappings", &spec->gid_mappings, &plan->gids, err);
}

int plan_ids(struct arena *arena, const struct spec *spec, const struct plan_facts *facts,
	     struct plan *plan, struct error *err)
{
	const struct caller *caller = facts->caller;

	if (caller->mode != MODE_DIRECT &&
	    (!spec->namespaces[NAMESPACE_USER].listed || spec->uid_mappings.count == 0)) {
		error_set(err, RR_NS_03,
			  "rrun as uid 0 without linux.uidMappings is not supported yet");
		return error_hint(err, "run rrun as a regular user");
	}
	if (maps_choose(arena, spec, facts, plan, err) < 0)
		return -1;
	if (facts->one_id)
		step_down(arena, facts, plan);

	plan->ids = caller->mode != MODE_DIRECT ? IDS_DIRECT
		    : is_own(&plan->uids, caller->uid) && is_own(&plan->gids, caller->gid)
			    ? IDS_SINGLE
			    : IDS_RANGE;
	plan->setup_uid = setup_id(&plan->uids, caller->uid);
	plan->setup_gid = setup_id(&plan->gids, caller->gid);
	return 0;
}
