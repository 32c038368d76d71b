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
	for (uint32_t i = 0; i < count_of(rule->word) && rule->word[i]; i++) {
		if (text_equal(word, text_of(rule->word[i]))) {
			*ret = i;
			return true;
		}
	}
	return text_number(word, ret) && *ret >= 1 && *ret <= rule->highest;
}

static bool value_set(struct config *config, enum config_key key, uint32_t value)
{
	if (config->seen & 1u << key)
		return false;
	config->seen |= 1u << key;
	config->value[key] = value;
	return true;
}

static bool band_add(struct config *config, const uint32_t *value, uint32_t line)
{
	if (config->bands == count_of(config->band))
		return false;
	config->band[config->bands++] = (struct band){
		.uids = { value[0], (uint64_t)value[1] + 1 },
		.base = value[2],
		.count = value[3],
		.line = line,
	};
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
	if (line.at)
		return false;

	if (key == CONFIG_BAND)
		return band_add(config, value, number);
	if (key == CONFIG_DENY_UID)
		return idranges_add(&config->denied, idrange_make(value[0], 1));
	if (key == CONFIG_RESERVED)
		return value[0] <= value[1] &&
		       idranges_add(&config->reserved,
				    (struct idrange){ value[0], (uint64_t)value[1] + 1 });
	return value_set(config, key, value[0]);
}

struct idrange config_band_table(const struct band *band)
{
	/* Less than 2^31 users of less than 2^31 ids each: below 2^63. */
	return (struct idrange){
		band->base,
		band->base + (band->uids.end - band->uids.first) * band->count,
	};
}

bool config_in_a_band(const struct config *config, struct idrange range)
{
	for (uint32_t i = 0; i < config->bands; i++)
		if (idrange_overlap(range, config_band_table(&config->band[i])))
			return true;
	return false;
}

/* Whatever two users the band is for, they and all others keep apart: H-67, for the whole table
 * at once. */
static bool band_sound(const struct config *config, const struct band *band)
{
	struct idrange table;

	if (!idrange_sound(band->uids) || band->count > 65536 || band->count & (band->count - 1))
		return false;
	table = config_band_table(band);
	if (table.first < config->value[CONFIG_MIN_HOST_ID] || table.end > CONFIG_HIGHEST_ID ||
	    idranges_overlap(&config->reserved, table))
		return false;
	for (const struct band *other = config->band; other < config->band + config->bands; other++)
		if (idrange_overlap(table, other->uids) ||
		    (other != band && (idrange_overlap(band->uids, other->uids) ||
				       idrange_overlap(table, config_band_table(other)))))
			return false;
	return true;
}

static bool whole_sound(const struct config *config, uint32_t *ret_line)
{
	*ret_line = 0;
	if (config->seen != (1u << CONFIG_ONCE) - 1)
		return false;
	for (uint32_t i = 0; i < config->bands; i++) {
		if (!band_sound(config, &config->band[i])) {
			*ret_line = config->band[i].line;
			return false;
		}
	}
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
	return whole_sound(ret, ret_line);
}
