#include "frontend/cmd/amounts.h"

#include "common/attr.h"
#include "frontend/codes.h"

#include <string.h>

static const char digits[] = "0123456789";

enum amount_kind {
	AMOUNT_BYTES,  /* struct spec_amount, with a unit */
	AMOUNT_NUMBER, /* struct spec_amount */
	AMOUNT_COUNT,  /* struct spec_count */
	AMOUNT_LIST,   /* struct spec_text */
	AMOUNT_NONE,   /* cgroup v2 has no file for it */
};

/* 0 is "not set", as in JSON, where `least` is more. */
struct amount {
	const char *name; /* the option with its dashes, for messages */
	size_t word;
	enum amount_kind kind;
	size_t field;
	int64_t least, most;
};

#define WORD(name) offsetof(struct amounts, name)
#define FIELD(name) offsetof(struct spec_resources, name)

static const struct amount known[] = {
	{ "--blkio-weight", WORD(blkio_weight), AMOUNT_COUNT, FIELD(io_weight), 10, 1000 },
	{ "--cpu-period", WORD(cpu_period), AMOUNT_COUNT, FIELD(period), 1000, 1000000 },
	{ "--cpu-quota", WORD(cpu_quota), AMOUNT_NUMBER, FIELD(quota), -1, INT64_MAX },
	{ "--cpu-burst", WORD(cpu_burst), AMOUNT_COUNT, FIELD(burst), 0, INT64_MAX },
	{ "--cpu-share", WORD(cpu_share), AMOUNT_COUNT, FIELD(shares), 0, INT64_MAX },
	{ "--cpu-idle", WORD(cpu_idle), AMOUNT_NUMBER, FIELD(idle), 0, 1 },
	{ "--cpu-rt-period", WORD(cpu_rt_period), AMOUNT_NONE, 0, 0, INT64_MAX },
	{ "--cpu-rt-runtime", WORD(cpu_rt_runtime), AMOUNT_NONE, 0, -1, INT64_MAX },
	{ "--cpuset-cpus", WORD(cpuset_cpus), AMOUNT_LIST, FIELD(cpus), 0, 0 },
	{ "--cpuset-mems", WORD(cpuset_mems), AMOUNT_LIST, FIELD(mems), 0, 0 },
	{ "--memory", WORD(memory), AMOUNT_BYTES, FIELD(memory), -1, INT64_MAX },
	{ "--memory-reservation", WORD(memory_reservation), AMOUNT_BYTES, FIELD(reservation), -1,
	  INT64_MAX },
	{ "--memory-swap", WORD(memory_swap), AMOUNT_BYTES, FIELD(swap), -1, INT64_MAX },
	{ "--pids-limit", WORD(pids_limit), AMOUNT_NUMBER, FIELD(pids), -1, INT64_MAX },
};

static int invalid(const struct amount *amount, const char *text, struct error *err)
{
	error_set(err, RR_USE_04, "invalid value for %s: \"%.100s\"", amount->name + 2, text);
	return error_kind(err, ERROR_USAGE);
}

/* Plain decimal; what follows it, null when there is none or it does not fit. */
static const char *past_number(const char *text, int64_t *ret)
{
	int64_t value = 0;
	const char *end = text + strspn(text, digits);

	for (const char *at = text; at < end; at++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *at - '0', &value))
			return NULL;
	*ret = value;
	return end > text ? end : NULL;
}

static bool read_number(const char *text, int64_t *ret)
{
	bool minus = *text == '-';
	const char *end = past_number(text + minus, ret);

	if (end && minus)
		*ret = -*ret;
	return end && !*end;
}

/* What stands behind the point, in bytes of the unit: six digits are more than anybody means. */
static int64_t read_fraction(const char *text, int shift)
{
	__int128 value = 0, scale = 1;

	for (; *text >= '0' && *text <= '9' && scale < 1000000; text++) {
		value = value * 10 + (*text - '0');
		scale *= 10;
	}
	return (int64_t)((value << shift) / scale);
}

/* "k", "KB", "KiB", "b", nothing, with a space before it or not. -1: no unit. */
static int unit_shift(const char *text)
{
	static const char units[] = "kmgtpKMGTP";
	const char *unit;
	int shift = 0;

	text += *text == ' ';
	unit = *text ? strchr(units, *text) : NULL;
	if (unit) {
		shift = 10 * (int)((unit - units) % 5 + 1);
		text++;
		text += *text == 'i' || *text == 'I';
	}
	text += *text == 'b' || *text == 'B';
	return *text ? -1 : shift;
}

bool amounts_bytes(const char *text, int64_t *ret)
{
	int64_t whole, rest = 0;
	const char *end, *point;
	int shift;

	if (strcmp(text, "-1") == 0) {
		*ret = -1;
		return true;
	}
	end = point = past_number(text, &whole);
	if (!end || (*end == '.' && !strspn(end + 1, digits)))
		return false;
	if (*end == '.')
		end += 1 + strspn(end + 1, digits);
	shift = unit_shift(end);
	if (shift < 0 || whole > INT64_MAX >> shift)
		return false;
	if (*point == '.')
		rest = read_fraction(point + 1, shift);
	return !__builtin_add_overflow(whole << shift, rest, ret);
}

static bool is_within(const struct amount *amount, int64_t value)
{
	return value == 0 || (value >= amount->least && value <= amount->most);
}

static bool read_list(const char *text)
{
	return *text && !text[strspn(text, "0123456789-,:/ ")];
}

static int read_one(const struct amount *amount, const char *text, struct spec_resources *resources,
		    struct error *err)
{
	void *field = (char *)resources + amount->field;
	int64_t value = 0;
	bool good = false;

	switch (amount->kind) {
	case AMOUNT_BYTES:
		good = amounts_bytes(text, &value) && is_within(amount, value);
		break;
	case AMOUNT_NUMBER:
	case AMOUNT_COUNT:
	case AMOUNT_NONE:
		good = read_number(text, &value) && is_within(amount, value);
		break;
	case AMOUNT_LIST:
		good = read_list(text);
		break;
	}
	if (!good)
		return invalid(amount, text, err);
	if (amount->kind == AMOUNT_BYTES || amount->kind == AMOUNT_NUMBER)
		*(struct spec_amount *)field = (struct spec_amount){ amount->name, value };
	if (amount->kind == AMOUNT_COUNT)
		*(struct spec_count *)field = (struct spec_count){ amount->name, (uint64_t)value };
	if (amount->kind == AMOUNT_LIST)
		*(struct spec_text *)field = (struct spec_text){ amount->name, text };
	return 0;
}

int amounts_read(const struct amounts *words, struct spec_resources *ret, struct error *err)
{
	struct spec_resources read = { 0 };

	for (size_t i = 0; i < count_of(known); i++) {
		const char *text = *(const char *const *)((const char *)words + known[i].word);

		if (text && read_one(&known[i], text, &read, err) < 0)
			return -1;
	}
	*ret = read;
	return 0;
}
