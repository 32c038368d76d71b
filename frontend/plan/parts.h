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

int plan_cgroup(struct arena *arena, const struct spec *spec, const struct plan_facts *facts,
		struct plan *plan, struct error *err);

/* Is ID one of the inside ids of MAP? */
bool plan_maps(const struct plan_map *map, uint32_t id);

/* Lexically clean, absolute: "/a//b/./c/" is "/a/b/c"; ".." is kept. */
const char *plan_clean(struct arena *arena, const char *path);

/* cpu.weight of cpu.shares. */
uint32_t plan_cpu_weight(uint64_t shares);

/* CONTROLLER_… that a file belongs to; 0: to the core, as "cgroup.freeze". */
uint32_t plan_controller(const char *file);

/* A limit in the helper's words: values for as many places of limit[], from *ret_place on; 0: it
 * has no word for it. */
#define WIRE_PLACES 4
size_t plan_wire_limit(const struct cgroup_limit *limit, enum wire_limit *ret_place,
		       uint64_t ret[WIRE_PLACES]);

/* Would its absence be missed? "max", the default weight and what may miss would not. */
bool plan_limit_asks(const struct cgroup_limit *limit);

/* Does a later one write the same file? */
bool plan_limit_replaced(const struct cgroup_limits *limits, size_t index);
