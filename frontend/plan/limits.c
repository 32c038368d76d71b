#include "frontend/plan/limits.h"

#include "frontend/codes.h"
#include "frontend/plan/parts.h"

#include <string.h>

#define PERIOD_DEFAULT 100000 /* µs: cgroup-v2.rst, cpu.max */

static const struct {
	const char *name; /* of the files, up to the dot */
	uint32_t controller;
} controllers[] = {
	{ "cpuset", CONTROLLER_CPUSET },   { "cpu", CONTROLLER_CPU },
	{ "io", CONTROLLER_IO },	   { "memory", CONTROLLER_MEMORY },
	{ "hugetlb", CONTROLLER_HUGETLB }, { "pids", CONTROLLER_PIDS },
	{ "rdma", CONTROLLER_RDMA },	   { "misc", CONTROLLER_MISC },
};

uint32_t plan_controller(const char *file)
{
	size_t length = strcspn(file, ".");

	for (size_t i = 0; i < count_of(controllers); i++)
		if (strncmp(controllers[i].name, file, length) == 0 && !controllers[i].name[length])
			return controllers[i].controller;
	return 0;
}

/* The list while it grows: LIMITS has room for what the resources can come to. */
struct list {
	struct arena *arena;
	struct cgroup_limit *item;
	size_t count;
	uint32_t controllers;
};

static struct cgroup_limit *add(struct list *list, const char *where, const char *file,
				const char *value)
{
	struct cgroup_limit *limit = &list->item[list->count++];

	*limit = (struct cgroup_limit){ .where = where, .file = file, .value = value };
	list->controllers |= plan_controller(file);
	return limit;
}

static void add_may_miss(struct list *list, const char *where, const char *file, const char *value)
{
	uint32_t needed = list->controllers;

	add(list, where, file, value)->may_miss = true;
	list->controllers = needed;
}

static const char *number(struct list *list, uint64_t value)
{
	return arena_print(list->arena, "%llu", (unsigned long long)value);
}

/* -1 is "max". */
static const char *amount(struct list *list, int64_t value)
{
	return value < 0 ? "max" : number(list, (uint64_t)value);
}

/* Two are equal where a process is: 0 would keep the container's own from being made. */
static void pids(struct list *list, const struct spec_amount *limit)
{
	if (limit->where)
		add(list, limit->where, "pids.max", amount(list, limit->value ? limit->value : 1));
}

/* memory.swap of the specification is memory and swap together: reference §12.1. A machine without
 * swap accounting has no such file, and neither "max" nor "0" misses it. */
static int swap(struct list *list, const struct spec_amount *memory, const struct spec_amount *both,
		struct error *err)
{
	const char *where = both->where ? both->where : memory->where;

	if (both->value < 0 || (memory->value < 0 && both->value == 0)) {
		add_may_miss(list, where, "memory.swap.max", "max");
		return 0;
	}
	if (both->value == 0)
		return 0;
	if (memory->value == 0) {
		error_set(err, RR_CFG_06, "%s", where);
		return error_why(err, "unable to set swap limit without memory limit");
	}
	if (memory->value > 0 && both->value < memory->value) {
		error_set(err, RR_CFG_06, "%s", where);
		return error_why(err, "memory+swap limit should be >= memory limit");
	}
	if (both->value == memory->value)
		add_may_miss(list, where, "memory.swap.max", "0");
	else
		add(list, where, "memory.swap.max",
		    amount(list, both->value - (memory->value > 0 ? memory->value : 0)));
	return 0;
}

/* swap first, as runc: reference §12.1. */
static int memory(struct list *list, const struct spec_resources *asked, struct error *err)
{
	if (swap(list, &asked->memory, &asked->swap, err) < 0)
		return -1;
	if (asked->memory.value)
		add(list, asked->memory.where, "memory.max", amount(list, asked->memory.value));
	if (asked->reservation.value)
		add(list, asked->reservation.where, "memory.low",
		    amount(list, asked->reservation.value));
	return 0;
}

/* BFQ has the specification's own scale, and its file only where it is built; the other scale is
 * 1 to 10000. */
static void io_weight(struct list *list, const struct spec_count *weight)
{
	if (weight->value == 0)
		return;
	add_may_miss(list, weight->where, "io.bfq.weight", number(list, weight->value));
	add(list, weight->where, "io.weight", number(list, 1 + (weight->value - 10) * 9999 / 990));
}

static void io(struct list *list, const struct spec_resources *asked)
{
	io_weight(list, &asked->io_weight);
	for (size_t i = 0; i < asked->io_weight_count; i++) {
		const struct spec_device_weight *device = &asked->io_weights[i];

		if (device->weight)
			add_may_miss(list, device->where, "io.bfq.weight",
				     arena_print(list->arena, "%u:%u %u", device->major,
						 device->minor, device->weight));
	}
	for (size_t i = 0; i < asked->io_rate_count; i++) {
		const struct spec_device_rate *device = &asked->io_rates[i];

		add(list, device->where, "io.max",
		    arena_print(list->arena, "%u:%u %s=%llu", device->major, device->minor,
				device->word, (unsigned long long)device->rate));
	}
}

static const char *bandwidth(struct list *list, const struct spec_resources *asked)
{
	uint64_t period = asked->period.value ? asked->period.value : PERIOD_DEFAULT;

	if (asked->quota.value <= 0)
		return arena_print(list->arena, "max %llu", (unsigned long long)period);
	return arena_print(list->arena, "%lld %llu", (long long)asked->quota.value,
			   (unsigned long long)period);
}

/* In an idle cgroup the kernel refuses a weight: cgroup-v2.rst, cpu.idle. */
static int cpu(struct list *list, const struct spec_resources *asked, struct error *err)
{
	if (asked->quota.value > 0 && asked->burst.value > (uint64_t)asked->quota.value) {
		error_set(err, RR_CFG_06, "%s", asked->burst.where);
		return error_why(err, "cpu burst should be <= cpu quota");
	}
	if (asked->idle.where)
		add(list, asked->idle.where, "cpu.idle", amount(list, asked->idle.value));
	if (asked->shares.value && asked->idle.value != 1)
		add(list, asked->shares.where, "cpu.weight",
		    number(list, plan_cpu_weight(asked->shares.value)));
	if (asked->quota.value || asked->period.value)
		add(list, asked->quota.value ? asked->quota.where : asked->period.where, "cpu.max",
		    bandwidth(list, asked));
	if (asked->burst.where)
		add(list, asked->burst.where, "cpu.max.burst", number(list, asked->burst.value));
	return 0;
}

static void cpuset(struct list *list, const struct spec_resources *asked)
{
	if (asked->cpus.where)
		add(list, asked->cpus.where, "cpuset.cpus", asked->cpus.value);
	if (asked->mems.where)
		add(list, asked->mems.where, "cpuset.mems", asked->mems.value);
}

static void hugepages(struct list *list, const struct spec_resources *asked)
{
	for (size_t i = 0; i < asked->hugepages_count; i++) {
		const struct spec_hugepages *pages = &asked->hugepages[i];
		const char *value = number(list, pages->limit);

		add(list, pages->where, arena_print(list->arena, "hugetlb.%s.max", pages->size),
		    value);
		add_may_miss(list, pages->where,
			     arena_print(list->arena, "hugetlb.%s.rsvd.max", pages->size), value);
	}
}

static void rdma(struct list *list, const struct spec_resources *asked)
{
	for (size_t i = 0; i < asked->rdma_count; i++) {
		const struct spec_rdma *device = &asked->rdma[i];
		const char *value = device->device;

		if (device->handles.where)
			value = arena_print(list->arena, "%s hca_handle=%llu", value,
					    (unsigned long long)device->handles.value);
		if (device->objects.where)
			value = arena_print(list->arena, "%s hca_object=%llu", value,
					    (unsigned long long)device->objects.value);
		add(list, device->handles.where ? device->handles.where : device->objects.where,
		    "rdma.max", value);
	}
}

#define SINGLE_FILES 16 /* what is no array comes to less than this */

static size_t most_limits(const struct spec_resources *asked)
{
	return SINGLE_FILES + asked->io_weight_count + asked->io_rate_count +
	       2 * asked->hugepages_count + asked->rdma_count + asked->unified_count;
}

int plan_limits(struct arena *arena, const struct spec_resources *asked, struct cgroup_limits *ret,
		struct error *err)
{
	struct list list = { .arena = arena };

	list.item = arena_array(arena, most_limits(asked), sizeof(*list.item));
	pids(&list, &asked->pids);
	if (memory(&list, asked, err) < 0)
		return -1;
	io(&list, asked);
	if (cpu(&list, asked, err) < 0)
		return -1;
	cpuset(&list, asked);
	hugepages(&list, asked);
	rdma(&list, asked);
	for (size_t i = 0; i < asked->unified_count; i++)
		add(&list, asked->unified[i].where, asked->unified[i].file,
		    asked->unified[i].value);
	*ret = (struct cgroup_limits){ list.count, list.item, list.controllers };
	return 0;
}
