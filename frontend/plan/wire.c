#include "frontend/plan/limits.h"

#include "frontend/plan/parts.h"

#include <string.h>

static const char digits[] = "0123456789";

/* Plain decimal, and what follows it; null when there is none or it does not fit. */
static const char *past_number(const char *text, uint64_t *ret)
{
	uint64_t value = 0;
	const char *end = text + strspn(text, digits);

	for (const char *at = text; at < end; at++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
			return NULL;
	*ret = value;
	return end > text ? end : NULL;
}

static bool is_end(const char *text)
{
	return text && !text[strspn(text, " \t\n")];
}

static bool read_max(const char *text, uint64_t *ret)
{
	if (strncmp(text, "max", 3) != 0 || !is_end(text + 3))
		return false;
	*ret = WIRE_MAX;
	return true;
}

static bool read_count(const char *text, uint64_t ret[])
{
	return read_max(text, ret) || is_end(past_number(text, ret));
}

/* The shift of K, M, G, T, which end a number of bytes: memparse() of the kernel; 0: none. */
static int unit_shift(char letter)
{
	static const char units[] = "KMGTkmgt";
	const char *unit = letter ? strchr(units, letter) : NULL;

	return unit ? 10 * (int)((unit - units) % 4 + 1) : 0;
}

/* What is over the kernel's greatest number is "max" to it: page_counter_memparse(). */
static bool read_bytes(const char *text, uint64_t ret[])
{
	const char *end;
	int shift;

	if (read_max(text, ret))
		return true;
	end = past_number(text, ret);
	if (!end)
		return false;
	shift = unit_shift(*end);
	if (ret[0] > UINT64_MAX >> shift)
		return false;
	ret[0] <<= shift;
	if (ret[0] > INT64_MAX)
		ret[0] = WIRE_MAX;
	return is_end(shift ? end + 1 : end);
}

static bool read_weight(const char *text, uint64_t ret[])
{
	static const char word[] = "default ";

	if (strncmp(text, word, strlen(word)) == 0)
		text += strlen(word);
	return is_end(past_number(text, ret)) && ret[0] >= 1 && ret[0] <= 10000;
}

/* "QUOTA PERIOD", "QUOTA"; a period without a quota says nothing. */
static bool read_bandwidth(const char *text, uint64_t ret[])
{
	ret[1] = 100000;
	if (strncmp(text, "max", 3) == 0) {
		ret[0] = WIRE_MAX;
		text += 3;
	} else {
		text = past_number(text, ret);
	}
	if (!text || is_end(text))
		return text;
	return *text == ' ' && is_end(past_number(text + 1, &ret[1])) && ret[1] >= 1000 &&
	       ret[1] <= 1000000;
}

static bool set_bits(uint64_t first, uint64_t last, size_t words, uint64_t ret[])
{
	if (first > last || last >= words * 64)
		return false;
	for (uint64_t i = first; i <= last; i++)
		ret[i / 64] |= (uint64_t)1 << (i % 64);
	return true;
}

/* "0-3,8": no strides. */
static bool read_set(const char *text, size_t words, uint64_t ret[])
{
	while (!is_end(text)) {
		uint64_t first, last;

		text = past_number(text, &first);
		if (!text)
			return false;
		last = first;
		if (*text == '-')
			text = past_number(text + 1, &last);
		if (!text || !set_bits(first, last, words, ret))
			return false;
		if (*text == ',')
			text++;
		else if (!is_end(text))
			return false;
	}
	return true;
}

static bool read_nodes(const char *text, uint64_t ret[])
{
	return read_set(text, 1, ret) && ret[0];
}

static bool read_processors(const char *text, uint64_t ret[])
{
	return read_set(text, 4, ret) && (ret[0] | ret[1] | ret[2] | ret[3]);
}

static const struct {
	const char *file;
	enum wire_limit place;
	size_t count; /* of places, from that on */
	bool (*read)(const char *text, uint64_t ret[]);
} words[] = {
	{ "pids.max", LIMIT_PIDS, 1, read_count },
	{ "memory.max", LIMIT_MEMORY, 1, read_bytes },
	{ "memory.high", LIMIT_MEMORY_HIGH, 1, read_bytes },
	{ "memory.swap.max", LIMIT_SWAP, 1, read_bytes },
	{ "cpu.max", LIMIT_CPU_QUOTA, 2, read_bandwidth },
	{ "cpu.weight", LIMIT_CPU_WEIGHT, 1, read_weight },
	{ "io.weight", LIMIT_IO_WEIGHT, 1, read_weight },
	{ "hugetlb.2MB.max", LIMIT_HUGETLB_2M, 1, read_bytes },
	{ "hugetlb.1GB.max", LIMIT_HUGETLB_1G, 1, read_bytes },
	{ "cpuset.mems", LIMIT_MEMS, 1, read_nodes },
	{ "cpuset.cpus", LIMIT_CPUS, 4, read_processors },
};

size_t plan_wire_limit(const struct cgroup_limit *limit, enum wire_limit *ret_place,
		       uint64_t ret[WIRE_PLACES])
{
	uint64_t value[WIRE_PLACES] = { 0 };

	for (size_t i = 0; i < count_of(words); i++) {
		if (strcmp(words[i].file, limit->file) != 0)
			continue;
		if (!words[i].read(limit->value, value))
			return 0;
		memcpy(ret, value, sizeof(value));
		*ret_place = words[i].place;
		return words[i].place == LIMIT_CPU_QUOTA && value[0] == WIRE_MAX ? 1
										 : words[i].count;
	}
	return 0;
}

/* Does it ask for what a new cgroup has anyway? */
static bool is_default(const struct cgroup_limit *limit)
{
	static const struct {
		const char *file, *value;
	} defaults[] = {
		{ "cgroup.freeze", "0" }, { "cpu.idle", "0" },	  { "cpu.max.burst", "0" },
		{ "cpu.weight", "100" },  { "io.weight", "100" }, { "io.weight", "default 100" },
		{ "memory.low", "0" },	  { "memory.min", "0" },  { "memory.oom.group", "0" },
	};

	if (!*limit->value || strcmp(limit->value, "max") == 0 ||
	    strncmp(limit->value, "max ", 4) == 0)
		return true;
	for (size_t i = 0; i < count_of(defaults); i++)
		if (strcmp(defaults[i].file, limit->file) == 0 &&
		    strcmp(defaults[i].value, limit->value) == 0)
			return true;
	return false;
}

bool plan_limit_asks(const struct cgroup_limit *limit)
{
	uint64_t value[WIRE_PLACES];
	enum wire_limit place;

	if (is_default(limit))
		return false;
	return !limit->may_miss || plan_wire_limit(limit, &place, value) > 0;
}

bool plan_limit_replaced(const struct cgroup_limits *limits, size_t index)
{
	for (size_t i = index + 1; i < limits->count; i++)
		if (strcmp(limits->item[i].file, limits->item[index].file) == 0)
			return true;
	return false;
}

int plan_wire_limits(const struct cgroup_limits *limits, uint32_t *ret_asked,
		     uint64_t ret_limit[WIRE_LIMITS], const char **ret_beyond)
{
	*ret_asked = 0;
	*ret_beyond = NULL;
	memset(ret_limit, 0, WIRE_LIMITS * sizeof(*ret_limit));
	for (size_t i = 0; i < limits->count; i++) {
		uint64_t value[WIRE_PLACES];
		enum wire_limit place = LIMIT_PIDS;
		size_t count = plan_wire_limit(&limits->item[i], &place, value);

		if (plan_limit_replaced(limits, i))
			continue;
		if (count == 0 && plan_limit_asks(&limits->item[i]) && !*ret_beyond)
			*ret_beyond = limits->item[i].where;
		for (size_t j = 0; j < count; j++) {
			ret_limit[place + j] = value[j];
			*ret_asked |= (uint32_t)1 << (place + j);
		}
	}
	return *ret_beyond ? -1 : 0;
}
