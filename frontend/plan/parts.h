/* The parts of plan_make, a family each. Private to frontend/plan. */
#pragma once

#include "frontend/caller.h"
#include "frontend/plan/plan.h"
#include "frontend/spec/spec.h"

int plan_ids(struct arena *arena, const struct spec *spec, const struct plan_facts *facts,
	     struct plan *plan, struct error *err);
int plan_mounts(struct arena *arena, const struct spec *spec, const struct plan_facts *facts,
		struct plan *plan, struct error *err);
int plan_devices(struct arena *arena, const struct spec *spec, struct plan *plan,
		 struct error *err);

/* Is ID one of the inside ids of MAP? */
bool plan_maps(const struct plan_map *map, uint32_t id);

/* Lexically clean, absolute: "/a//b/./c/" is "/a/b/c"; ".." is kept. */
const char *plan_clean(struct arena *arena, const char *path);
