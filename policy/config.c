#include "policy/config.h"

#include "common/attr.h"
#include "common/wire.h"

#include <string.h>

/* Words stand for their place in the list; numbers are 1 … highest, or `max` where there may be no
 * cap. */
static const struct rule {
	const char *name;
	const char *word[4];
	uint32_t highest;
	uint32_t values;
	bool cap;
} rules[CONFIG_KEYS] = {
	[CONFIG_MAPPING] = { "mapping", .word = { "off", "on" }, .values = 1 },
	[CONFIG_MIN_UID] = { "min_uid", .highest = CONFIG_HIGHEST_ID, .values = 1 },
	[CONFIG_SUBIDS] = { "subids", .word = { "off", "on" }, .values = 1 },
	[CONFIG_MIN_HOST_ID] = { "min_host_id", .highest = CONFIG_HIGHEST_ID, .values = 1 },
	[CONFIG_MAX_EXTENTS] = { "max_extents", .highest = WIRE_EXTENTS, .values = 1 },
	[CONFIG_SETGROUPS] = { "setgroups", .word = { "deny", "allow" }, .values = 1 },
	[CONFIG_LOG] = { "log", .word = { "refusals", "all" }, .values = 1 },
	[CONFIG_CGROUP] = { "cgroup", .word = { "off", "on" }, .values = 1 },
	[CONFIG_PLACEMENT] = { "placement", .word = { "auto", "inherit", "sibling", "slice" },
			       .values = 1 },
	[CONFIG_MAX_CGROUPS] = { "max_cgroups", .highest = 1024, .values = 1 },
	[CONFIG_CONTAINER_MEMORY] = { "container_memory_mib", .highest = 1u << 30, .values = 1,
				      .cap = true },
	[CONFIG_CONTAINER_PIDS] = { "container_pids", .highest = 4194304, .values = 1,
				    .cap = true },
	[CONFIG_CONTAINER_CPU] = { "container_cpu_percent", .highest = 1000000, .values = 1,
				   .cap = true },
	[CONFIG_USER_MEMORY] = { "user_memory_mib", .highest = 1u << 30, .values = 1, .cap = true },
	[CONFIG_USER_PIDS] = { "user_pids", .highest = 4194304, .values = 1, .cap = true },
	[CONFIG_USER_CPU] = { "user_cpu_percent", .highest = 1000000, .values = 1, .cap = true },
	[CONFIG_DENY_UID] = { "deny_uid", .highest = CONFIG_HIGHEST_ID, .values = 1 },
	[CONFIG_RESERVED] = { "reserved", .highest = UINT32_MAX - 1, .values = 2 },
	[CONFIG_BAND] = { "band", .highest = CONFIG_HIGHEST_ID, .values = 4 },
	[CONFIG_NEVER_LEAVE] = { "never_leave" },
	[CONFIG_NOTICE] = { "notice" },
};

#define BITS(count) ((1u << (count)) - 1)

static bool value_read(const struct rule *rule, struct text word, uint32_t *ret)
{
	if (rule->cap && text_equal(word, text_of("max"))) {
		*ret = CONFIG_NO_CAP;
		return true;
	}
	if (!rule->word[0])
		return text_number(word, ret) && *ret >= 1 && *ret <= rule->highest;
	for (*ret = 0; *ret < count_of(rule->word) && rule->word[*ret]; ++*ret)
		if (text_equal(word, text_of(rule->word[*ret])))
			return true;
	return false;
}

/* A name with at most one *, at one of its ends: whole names are compared, never parts of them
 * (H-69). */
static bool pattern_add(struct config *config, struct text name)
{
	const char *star = name.size > 0 ? memchr(name.at, '*', name.size) : NULL;
	const char *end = name.at + name.size;

	if (name.size < 2 || name.size > sizeof(config->never_leave[0]) ||
	    config->never_leaves == count_of(config->never_leave) ||
	    memchr(name.at, '/', name.size) || memchr(name.at, ' ', name.size) ||
	    (star && star != name.at && star != end - 1) ||
	    (star && memchr(star + 1, '*', (size_t)(end - star - 1))))
		return false;
	memcpy(config->never_leave[config->never_leaves++], name.at, name.size);
	return true;
}

bool config_never_leave(const struct config *config, struct text component)
{
	for (uint32_t i = 0; i < config->never_leaves; i++) {
		const char *at = config->never_leave[i];
		struct text name = { at, strnlen(at, sizeof(config->never_leave[i])) };
		bool head = at[0] == '*', tail = at[name.size - 1] == '*';
		struct text part = component;

		name = (struct text){ at + head, name.size - head - tail };
		if (component.size < name.size)
			continue;
		if (head)
			part.at += component.size - name.size;
		if (head || tail)
			part.size = name.size;
		if (text_equal(part, name))
			return true;
	}
	return false;
}

static bool notice_sound(struct text words)
{
	if (words.size < 2 || words.at[0] != '"' || words.at[words.size - 1] != '"')
		return false;
	for (size_t i = 1; i < words.size - 1; i++)
		if (words.at[i] < ' ' || words.at[i] > '~' || words.at[i] == '"')
			return false;
	return true;
}

/* What can be said of it alone; less than 2^31 users of at most 65536 ids each: below 2^47. */
static bool band_add(struct config *config, const uint32_t *value, uint32_t line)
{
	struct idrange uids = { value[0], (uint64_t)value[1] + 1 };
	struct idrange table = { value[2], value[2] + (uids.end - uids.first) * value[3] };
	uint32_t count = value[3];

	if (config->bands == count_of(config->band) || !idrange_sound(uids) || count > 65536 ||
	    count & (count - 1))
		return false;
	config->band[config->bands++] = (struct band){ uids, table, count, line };
	return true;
}

static bool value_add(struct config *config, enum config_key key, const uint32_t *value,
		      uint32_t line)
{
	/* deny_uid has one number, reserved has two. */
	struct idrange ids = { value[0], (uint64_t)value[rules[key].values - 1] + 1 };

	if (key == CONFIG_BAND)
		return band_add(config, value, line);
	if (key >= CONFIG_ONCE)
		return idrange_sound(ids) &&
		       idranges_add(key == CONFIG_RESERVED ? &config->reserved : &config->denied,
				    ids);
	if (config->seen & 1u << key)
		return false;
	config->seen |= 1u << key;
	config->value[key] = value[0];
	return true;
}

static bool line_read(struct config *config, struct text line, uint32_t number)
{
	struct text name = text_cut(&line, ' ');
	uint32_t value[4];
	uint32_t key = 0;

	while (key < CONFIG_KEYS && !text_equal(name, text_of(rules[key].name)))
		key++;
	if (key == CONFIG_KEYS)
		return false;
	if (key == CONFIG_NEVER_LEAVE)
		return pattern_add(config, line);
	if (key == CONFIG_NOTICE)
		return notice_sound(line);
	for (uint32_t i = 0; i < rules[key].values; i++)
		if (!value_read(&rules[key], text_cut(&line, ' '), &value[i]))
			return false;
	return !line.at && value_add(config, key, value, number);
}

bool config_in_a_band(const struct config *config, struct idrange range)
{
	for (uint32_t i = 0; i < config->bands; i++)
		if (idrange_overlap(range, config->band[i].table))
			return true;
	return false;
}

/* Whatever two users the band is for, they and all others keep apart: H-67, for the whole table
 * at once. */
static bool band_sound(const struct config *config, const struct band *band)
{
	struct idrange table = band->table;

	if (table.first < config->value[CONFIG_MIN_HOST_ID] || table.end > CONFIG_HIGHEST_ID ||
	    idranges_overlap(&config->reserved, table))
		return false;
	for (const struct band *other = config->band; other < config->band + config->bands; other++)
		if (idrange_overlap(table, other->uids) ||
		    (other != band && (idrange_overlap(band->uids, other->uids) ||
				       idrange_overlap(table, other->table))))
			return false;
	return true;
}

bool config_read(struct text text, struct config *ret, uint32_t *ret_line)
{
	*ret = (struct config){ .reserved = { 2, { { 0, 1 }, { 65534, 65536 } } } };
	*ret_line = 0;
	/* A last line without its newline may be half of a line. */
	if (text.size == 0 || text.at[text.size - 1] != '\n' || memchr(text.at, '\0', text.size))
		return false;
	text.size--;
	while (text.at) {
		struct text line = text_cut(&text, '\n');

		++*ret_line;
		if (line.size > 0 && line.at[0] != '#' && !line_read(ret, line, *ret_line))
			return false;
	}
	*ret_line = 0;
	if (ret->seen != BITS(CONFIG_ONCE) && ret->seen != BITS(CONFIG_CGROUP))
		return false;
	for (const struct band *band = ret->band; band < ret->band + ret->bands; band++) {
		if (!band_sound(ret, band)) {
			*ret_line = band->line;
			return false;
		}
	}
	return true;
}
