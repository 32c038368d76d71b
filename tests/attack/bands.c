/* bands: exit status 0 when no two users of a band are granted the same id: a million random pairs
 * in random bands, and every neighbour in a band of 65536 users. */
#include "policy/grant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct grant_scan scan;

static struct idrange window(const struct config *config, uint32_t uid)
{
	grant_begin(&scan, config, uid);
	if (scan.granted[GRANTED_UIDS].count != 1 || scan.granted[GRANTED_GIDS].count != 1)
		exit(3);
	return scan.granted[GRANTED_UIDS].range[0];
}

static int config_of(struct config *config, uint32_t first, uint32_t last, uint32_t base,
		     uint32_t count)
{
	char text[512];
	uint32_t line;

	snprintf(text, sizeof(text),
		 "mapping on\nmin_uid 1\nsubids on\nmin_host_id 100000\nmax_extents 8\n"
		 "setgroups deny\nlog all\n"
		 "band %u %u %u %u\n",
		 first, last, base, count);
	return config_read((struct text){ text, strlen(text) }, config, &line);
}

static int differ(const struct config *config, uint32_t a, uint32_t b)
{
	struct idrange first = window(config, a), second = window(config, b);

	return a == b ||
	       (!idrange_overlap(first, second) && idrange_sound(first) && idrange_sound(second) &&
		first.first >= 100000 && second.first >= 100000 && first.end <= 1u << 31);
}

int main(void)
{
	static struct config config;
	uint32_t sound = 0;

	srandom(1);
	for (int i = 0; i < 20000; i++) {
		uint32_t first = 1 + (uint32_t)random() % 90000,
			 last = first + (uint32_t)random() % 5000;

		if (!config_of(&config, first, last, 100000 + (uint32_t)random() % 0x7ffe0000,
			       1u << random() % 17))
			continue;
		sound++;
		for (int j = 0; j < 300; j++)
			if (!differ(&config, first + (uint32_t)random() % (last - first + 1),
				    first + (uint32_t)random() % (last - first + 1)))
				return 1;
	}
	if (sound * 300 < 1000000 || !config_of(&config, 1000, 66535, 1 << 20, 16384))
		return 2;
	for (uint32_t uid = 1000; uid < 66535; uid++)
		if (!differ(&config, uid, uid + 1) ||
		    window(&config, uid).first != (1 << 20) + (uid - 1000) * 16384)
			return 1;
	return 0;
}
