#include "policy/config.h"

#include "common/attr.h"
#include "common/wire.h"

#include <string.h>

/* Words stand for their place in the list; numbers are 1 … highest. */
static const struct rule {
	const char *name;
	const char *word[2];
	uint32_t highest;
	uint32_t values;
} rules[CONFIG_KEYS] = {
	[CONFIG_MAPPING] = { "mapping", .word = { "off", "on" }, .values = 1 },
	[CONFIG_MIN_UID] = { "min_uid", .highest = CONFIG_HIGHEST_ID, .values = 1 },
	[CONFIG_SUBIDS] = { "subids", .word = { "off", "on" }, .values = 1 },
	[CONFIG_MIN_HOST_ID] = { "min_host_id", .highest = CONFIG_HIGHEST_ID, .values = 1 },
	[CONFIG_MAX_EXTENTS] = { "max_extents", .highest = WIRE_EXTENTS, .values = 1 },
	[CONFIG_SETGROUPS] = { "setgroups", .word = { "deny", "allow" }, .values = 1 },
	[CONFIG_LOG] = { "log", .word = { "refusals", "all" }, .values = 1 },
	[CONFIG_DENY_UID] = { "deny_uid", .highest = CONFIG_HIGHEST_ID, .values = 1 },
	[CONFIG_RESERVED] = { "reserved", .highest = UINT32_MAX - 1, .values = 2 },
	[CONFIG_BAND] = { "band", .highest = CONFIG_HIGHEST_ID, .values = 4 },
};

static bool value_read(const struct rule *rule, struct text word, uint32_t *ret)
{
	if (!rule->word[0])
		return text_number(word, ret) && *ret >= 1 && *ret <= rule->highest;
	*ret = text_equal(word, text_of(rule->word[1]));
	return *ret == 1 || text_equal(word, text_of(rule->word[0]));
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
	if (ret->seen != (1u << CONFIG_ONCE) - 1)
		return false;
	for (const struct band *band = ret->band; band < ret->band + ret->bands; band++) {
		if (!band_sound(ret, band)) {
			*ret_line = band->line;
			return false;
		}
	}
	return true;
}
