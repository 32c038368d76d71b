#include "frontend/spec/read.h"

#include <string.h>

/* linux.resources.devices is passed over: without privilege over the device cgroup it cannot be
 * enforced, and runc does likewise. Its rules deny what a user namespace cannot open anyway. */

static const char *where_of(struct arena *arena, const struct json *node)
{
	char path[256];

	json_path(node, path, sizeof(path));
	return arena_print(arena, "%s", path);
}

static int read_amount(struct arena *arena, const struct json *object, const char *key,
		       int64_t least, struct spec_amount *ret, struct error *err)
{
	const struct json *node = json_get(object, key);
	int64_t value = 0;

	if (!node)
		return 0;
	if (json_i64(object, key, &value, err) < 0)
		return -1;
	if (value < least)
		return json_refuse(node, err, "must be %lld or more, not %lld", (long long)least,
				   (long long)value);
	*ret = (struct spec_amount){ where_of(arena, node), value };
	return 0;
}

static int read_count(struct arena *arena, const struct json *object, const char *key,
		      struct spec_count *ret, struct error *err)
{
	const struct json *node = json_get(object, key);
	uint64_t value = 0;

	if (!node)
		return 0;
	if (json_u64(object, key, &value, err) < 0)
		return -1;
	*ret = (struct spec_count){ where_of(arena, node), value };
	return 0;
}

/* Zero is "not set", as the specification's own types have it. */
static int check_range(const struct json *object, const char *key, uint64_t value, uint64_t least,
		       uint64_t most, struct error *err)
{
	if (value == 0 || (value >= least && value <= most))
		return 0;
	return json_refuse(json_get(object, key), err, "must be from %llu to %llu, not %llu",
			   (unsigned long long)least, (unsigned long long)most,
			   (unsigned long long)value);
}

/* Properties that cgroup v2 has no file for: their kind is checked, and runc ignores them too. */
static int check_kinds(const struct json *object, const char *const *integers,
		       const char *const *truths, struct error *err)
{
	for (; *integers; integers++) {
		int64_t number;

		if (json_i64(object, *integers, &number, err) < 0)
			return -1;
	}
	for (; *truths; truths++) {
		bool truth;

		if (json_bool(object, *truths, &truth, err) < 0)
			return -1;
	}
	return 0;
}

static int read_memory(struct arena *arena, const struct json *object, struct spec_resources *ret,
		       struct error *err)
{
	static const char *const integers[] = { "kernel", "kernelTCP", NULL };
	static const char *const truths[] = { "disableOOMKiller", "useHierarchy", NULL };
	const struct json *memory = NULL;
	uint64_t swappiness = 0;

	if (json_object(object, "memory", &memory, err) < 0 ||
	    read_amount(arena, memory, "limit", -1, &ret->memory, err) < 0 ||
	    read_amount(arena, memory, "reservation", -1, &ret->reservation, err) < 0 ||
	    read_amount(arena, memory, "swap", -1, &ret->swap, err) < 0 ||
	    json_bool(memory, "checkBeforeUpdate", &ret->check_before_update, err) < 0 ||
	    check_kinds(memory, integers, truths, err) < 0 ||
	    json_u64(memory, "swappiness", &swappiness, err) < 0)
		return -1;
	return check_range(memory, "swappiness", swappiness, 0, 100, err);
}

/* A list like 0-3,8 with the kernel's strides, 0-31:2/4. One line: each line would be a write. */
static int read_list(struct arena *arena, const struct json *object, const char *key,
		     struct spec_text *ret, struct error *err)
{
	const char *text;

	if (read_text(object, key, &text, err) < 0)
		return -1;
	if (!text)
		return 0;
	if (text[strspn(text, "0123456789-,:/ ")])
		return json_refuse(json_get(object, key), err,
				   "must be a list like 0-3,8, not \"%.60s\"", text);
	*ret = (struct spec_text){ where_of(arena, json_get(object, key)), text };
	return 0;
}

static int check_cpu(const struct json *cpu, const struct spec_resources *resources,
		     struct error *err)
{
	int64_t quota = resources->quota.value;

	/* The kernel takes 1 ms to 1 s for a period, and no quota below 1 ms. */
	if (check_range(cpu, "period", resources->period.value, 1000, 1000000, err) < 0)
		return -1;
	if (quota > 0 && check_range(cpu, "quota", (uint64_t)quota, 1000, INT64_MAX, err) < 0)
		return -1;
	if (resources->idle.value > 1)
		return json_refuse(json_get(cpu, "idle"), err, "must be 0 or 1, not %lld",
				   (long long)resources->idle.value);
	return 0;
}

static int read_cpu(struct arena *arena, const struct json *object, struct spec_resources *ret,
		    struct error *err)
{
	static const char *const integers[] = { "realtimeRuntime", "realtimePeriod", NULL };
	static const char *const truths[] = { NULL };
	const struct json *cpu = NULL;

	if (json_object(object, "cpu", &cpu, err) < 0 ||
	    read_count(arena, cpu, "shares", &ret->shares, err) < 0 ||
	    read_amount(arena, cpu, "quota", INT64_MIN, &ret->quota, err) < 0 ||
	    read_count(arena, cpu, "period", &ret->period, err) < 0 ||
	    read_count(arena, cpu, "burst", &ret->burst, err) < 0 ||
	    read_amount(arena, cpu, "idle", 0, &ret->idle, err) < 0 ||
	    read_list(arena, cpu, "cpus", &ret->cpus, err) < 0 ||
	    read_list(arena, cpu, "mems", &ret->mems, err) < 0 ||
	    check_kinds(cpu, integers, truths, err) < 0)
		return -1;
	return check_cpu(cpu, ret, err);
}

static int read_pids(struct arena *arena, const struct json *object, struct spec_resources *ret,
		     struct error *err)
{
	const struct json *pids = NULL;

	if (json_object(object, "pids", &pids, err) < 0)
		return -1;
	return read_amount(arena, pids, "limit", INT64_MIN, &ret->pids, err);
}

static int read_device_weight(struct arena *arena, const struct json *node,
			      struct spec_device_weight *ret, struct error *err)
{
	uint32_t leaf = 0;

	if (json_expect(node, JSON_OBJECT, err) < 0 ||
	    read_required_u32(node, "major", &ret->major, err) < 0 ||
	    read_required_u32(node, "minor", &ret->minor, err) < 0 ||
	    json_u32(node, "weight", &ret->weight, err) < 0 ||
	    json_u32(node, "leafWeight", &leaf, err) < 0 ||
	    check_range(node, "weight", ret->weight, 10, 1000, err) < 0 ||
	    check_range(node, "leafWeight", leaf, 10, 1000, err) < 0)
		return -1;
	ret->where = where_of(arena, node);
	return 0;
}

static int read_device_weights(struct arena *arena, const struct json *io,
			       struct spec_resources *ret, struct error *err)
{
	struct spec_device_weight *weights;
	const struct json *node;
	size_t count;

	if (read_array(io, "weightDevice", &node, &count, err) < 0)
		return -1;
	weights = arena_array(arena, count, sizeof(*weights));
	for (; node; node = node->next)
		if (read_device_weight(arena, node, &weights[node->index], err) < 0)
			return -1;
	ret->io_weights = weights;
	ret->io_weight_count = count;
	return 0;
}

static int read_rate(struct arena *arena, const struct json *node, struct spec_device_rate *ret,
		     struct error *err)
{
	if (json_expect(node, JSON_OBJECT, err) < 0 ||
	    read_required_u32(node, "major", &ret->major, err) < 0 ||
	    read_required_u32(node, "minor", &ret->minor, err) < 0 ||
	    read_required_u64(node, "rate", &ret->rate, err) < 0)
		return -1;
	ret->where = where_of(arena, node);
	return 0;
}

static const struct {
	const char *key, *word;
} throttles[] = {
	{ "throttleReadBpsDevice", "rbps" },
	{ "throttleWriteBpsDevice", "wbps" },
	{ "throttleReadIOPSDevice", "riops" },
	{ "throttleWriteIOPSDevice", "wiops" },
};

static int read_rates(struct arena *arena, const struct json *io, struct spec_resources *ret,
		      struct error *err)
{
	struct spec_device_rate *rates;
	const struct json *node;
	size_t count, total = 0;

	for (size_t i = 0; i < count_of(throttles); i++) {
		if (read_array(io, throttles[i].key, &node, &count, err) < 0)
			return -1;
		total += count;
	}
	rates = arena_array(arena, total, sizeof(*rates));
	ret->io_rates = rates;
	ret->io_rate_count = total;
	for (size_t i = 0; i < count_of(throttles); i++) {
		if (read_array(io, throttles[i].key, &node, &count, err) < 0)
			return -1;
		for (; node; node = node->next, rates++) {
			rates->word = throttles[i].word;
			if (read_rate(arena, node, rates, err) < 0)
				return -1;
		}
	}
	return 0;
}

static int read_io(struct arena *arena, const struct json *object, struct spec_resources *ret,
		   struct error *err)
{
	const struct json *io = NULL;
	uint32_t leaf = 0;

	if (json_object(object, "blockIO", &io, err) < 0 ||
	    read_count(arena, io, "weight", &ret->io_weight, err) < 0 ||
	    check_range(io, "weight", ret->io_weight.value, 10, 1000, err) < 0 ||
	    json_u32(io, "leafWeight", &leaf, err) < 0 ||
	    check_range(io, "leafWeight", leaf, 10, 1000, err) < 0 ||
	    read_device_weights(arena, io, ret, err) < 0)
		return -1;
	return read_rates(arena, io, ret, err);
}

/* ^[1-9][0-9]*[KMG]B$: it becomes part of a file's name. */
static bool is_page_size(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits > 0 && text[0] != '0' && text[digits] && strchr("KMG", text[digits]) &&
	       strcmp(text + digits + 1, "B") == 0;
}

static int read_hugepage(struct arena *arena, const struct json *node, struct spec_hugepages *ret,
			 struct error *err)
{
	if (json_expect(node, JSON_OBJECT, err) < 0 ||
	    read_required_text(node, "pageSize", &ret->size, err) < 0 ||
	    read_required_u64(node, "limit", &ret->limit, err) < 0)
		return -1;
	if (!is_page_size(ret->size))
		return json_refuse(json_get(node, "pageSize"), err,
				   "must be a size like 2MB, not \"%.60s\"", ret->size);
	ret->where = where_of(arena, node);
	return 0;
}

static int read_hugepages(struct arena *arena, const struct json *object,
			  struct spec_resources *ret, struct error *err)
{
	struct spec_hugepages *pages;
	const struct json *node;
	size_t count;

	if (read_array(object, "hugepageLimits", &node, &count, err) < 0)
		return -1;
	pages = arena_array(arena, count, sizeof(*pages));
	for (; node; node = node->next)
		if (read_hugepage(arena, node, &pages[node->index], err) < 0)
			return -1;
	ret->hugepages = pages;
	ret->hugepages_count = count;
	return 0;
}

static int read_rdma_device(struct arena *arena, const struct json *node, struct spec_rdma *ret,
			    struct error *err)
{
	ret->device = node->key;
	if (!*node->key || strpbrk(node->key, " \t\r\n"))
		return json_refuse(node, err, "must be the name of a device");
	if (json_expect(node, JSON_OBJECT, err) < 0 ||
	    read_count(arena, node, "hcaHandles", &ret->handles, err) < 0 ||
	    read_count(arena, node, "hcaObjects", &ret->objects, err) < 0 ||
	    check_range(node, "hcaHandles", ret->handles.value, 0, UINT32_MAX, err) < 0 ||
	    check_range(node, "hcaObjects", ret->objects.value, 0, UINT32_MAX, err) < 0)
		return -1;
	if (!ret->handles.where && !ret->objects.where)
		return json_refuse(node, err, "needs hcaHandles or hcaObjects");
	return 0;
}

static int read_rdma(struct arena *arena, const struct json *object, struct spec_resources *ret,
		     struct error *err)
{
	const struct json *rdma = NULL;
	struct spec_rdma *devices;

	if (json_object(object, "rdma", &rdma, err) < 0)
		return -1;
	if (!rdma)
		return 0;
	devices = arena_array(arena, rdma->count, sizeof(*devices));
	for (const struct json *node = rdma->first; node; node = node->next)
		if (read_rdma_device(arena, node, &devices[node->index], err) < 0)
			return -1;
	ret->rdma = devices;
	ret->rdma_count = rdma->count;
	return 0;
}

/* net_cls and net_prio went with cgroup v1. */
static int check_network(const struct json *object, struct error *err)
{
	const struct json *network = NULL, *node;
	uint32_t number;
	size_t count;

	if (json_object(object, "network", &network, err) < 0 ||
	    json_u32(network, "classID", &number, err) < 0 ||
	    read_array(network, "priorities", &node, &count, err) < 0)
		return -1;
	for (; node; node = node->next) {
		const char *name;

		if (json_expect(node, JSON_OBJECT, err) < 0 ||
		    read_required_text(node, "name", &name, err) < 0 ||
		    read_required_u32(node, "priority", &number, err) < 0)
			return -1;
	}
	return 0;
}

static const char file_letters[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

static int read_file(struct arena *arena, const struct json *node, struct spec_unified *ret,
		     struct error *err)
{
	const char *name = node->key;

	if (name[0] == '.' || name[strspn(name, file_letters)] || !strchr(name, '.'))
		return json_refuse(node, err,
				   "must be the name of a cgroup file, like memory.high");
	if (json_expect(node, JSON_STRING, err) < 0)
		return -1;
	*ret = (struct spec_unified){ where_of(arena, node), name, node->text };
	return 0;
}

static int read_unified(struct arena *arena, const struct json *object, struct spec_resources *ret,
			struct error *err)
{
	const struct json *unified = NULL;
	struct spec_unified *files;

	if (json_object(object, "unified", &unified, err) < 0)
		return -1;
	if (!unified)
		return 0;
	files = arena_array(arena, unified->count, sizeof(*files));
	for (const struct json *node = unified->first; node; node = node->next)
		if (read_file(arena, node, &files[node->index], err) < 0)
			return -1;
	ret->unified = files;
	ret->unified_count = unified->count;
	return 0;
}

int spec_read_resources(struct arena *arena, const struct json *resources,
			struct spec_resources *ret, struct error *err)
{
	struct spec_resources read = { 0 };

	if (json_expect(resources, JSON_OBJECT, err) < 0 ||
	    read_memory(arena, resources, &read, err) < 0 ||
	    read_cpu(arena, resources, &read, err) < 0 ||
	    read_pids(arena, resources, &read, err) < 0 ||
	    read_io(arena, resources, &read, err) < 0 ||
	    read_hugepages(arena, resources, &read, err) < 0 ||
	    read_rdma(arena, resources, &read, err) < 0 || check_network(resources, err) < 0 ||
	    read_unified(arena, resources, &read, err) < 0)
		return -1;
	*ret = read;
	return 0;
}
