#include "policy/grant.h"

#include <string.h>

void grant_begin(struct grant_scan *scan, const struct config *config, uint32_t uid)
{
	*scan = (struct grant_scan){ .config = config, .uid = uid };
	for (uint32_t i = 0; i < config->bands; i++) {
		const struct band *band = &config->band[i];
		struct idrange window;

		if (uid < band->uids.first || uid >= band->uids.end)
			continue;
		window.first = band->table.first + (uid - band->uids.first) * band->count;
		window.end = window.first + band->count;
		idranges_add(&scan->granted[GRANTED_UIDS], window);
		idranges_add(&scan->granted[GRANTED_GIDS], window);
	}
}

/* NAME:PASSWORD:UID:… The first name of the uid counts, as for getpwuid(3), and only if no other
 * uid has it: the name would then stand for two users. */
static void read_account(struct grant_scan *scan, struct text line)
{
	struct text name = text_cut(&line, ':');
	struct text known = { scan->name, scan->name_size };
	uint32_t uid;

	text_cut(&line, ':');
	if (!text_number(text_cut(&line, ':'), &uid))
		return;
	if (scan->step == GRANT_NAME_AGAIN) {
		if (uid != scan->uid && text_equal(name, known))
			scan->name_size = 0;
	} else if (uid == scan->uid && scan->name_size == 0 && name.size <= sizeof(scan->name)) {
		memcpy(scan->name, name.at, name.size);
		scan->name_size = (uint32_t)name.size;
	}
}

/* An owner of digits is a uid, never a name: H-68. */
static bool owns(const struct grant_scan *scan, struct text owner)
{
	uint32_t uid;

	if (text_all_digits(owner))
		return text_number(owner, &uid) && uid == scan->uid;
	return owner.size > 0 && text_equal(owner, (struct text){ scan->name, scan->name_size });
}

static bool read_range(struct text line, struct text *ret_owner, struct idrange *ret)
{
	struct text owner = text_cut(&line, ':');
	uint32_t first, count;

	if (!text_number(text_cut(&line, ':'), &first) || first == 0 ||
	    !text_number(text_cut(&line, ':'), &count) || line.at)
		return false;
	*ret_owner = owner;
	*ret = idrange_make(first, count);
	return idrange_sound(*ret);
}

static void read_grant(struct grant_scan *scan, struct text line)
{
	struct idranges *granted = &scan->granted[scan->step >= GRANT_GIDS];
	bool again = scan->step == GRANT_UIDS_AGAIN || scan->step == GRANT_GIDS_AGAIN;
	struct idrange range;
	struct text owner;

	if (line.size > GRANT_LINE_SIZE || !read_range(line, &owner, &range)) {
		scan->ignored += !again;
	} else if (!owns(scan, owner)) {
		if (again)
			idranges_drop_overlapping(granted, range);
	} else if (!again) {
		if (range.first < scan->config->value[CONFIG_MIN_HOST_ID] ||
		    config_in_a_band(scan->config, range) || !idranges_add(granted, range))
			scan->ignored++;
	}
}

void grant_feed(struct grant_scan *scan, struct text lines)
{
	while (lines.at) {
		struct text line = text_cut(&lines, '\n');

		if (line.size == 0)
			continue;
		if (++scan->lines > GRANT_LINES)
			grant_refuse(scan);
		else if (scan->step <= GRANT_NAME_AGAIN)
			read_account(scan, line);
		else
			read_grant(scan, line);
	}
}

void grant_next(struct grant_scan *scan)
{
	scan->step++;
	scan->lines = 0;
}

void grant_refuse(struct grant_scan *scan)
{
	if (scan->step <= GRANT_NAME_AGAIN)
		scan->name_size = 0;
	else
		scan->granted[scan->step >= GRANT_GIDS].count = 0;
}

void grant_from_texts(struct grant_scan *scan, const struct config *config, uint32_t uid,
		      const struct text files[3])
{
	for (grant_begin(scan, config, uid); scan->step < GRANT_DONE; grant_next(scan))
		if (config->value[CONFIG_SUBIDS])
			grant_feed(scan, files[scan->step / 2]);
}
