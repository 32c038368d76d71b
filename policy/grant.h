/* Which host ids a user was granted: bands of the policy, lines of /etc/subuid and /etc/subgid.
 *
 * Promises: no two users are ever granted the same id, whatever the sources: a line of another
 * owner that overlaps takes the range away from both, a line that overlaps a band is not honoured.
 * Owners are numbers, or the one name that /etc/passwd has for the uid. Lines that are not exactly
 * OWNER:FIRST:COUNT in plain decimal are ignored and counted.
 * Takes: the three files in chunks of whole lines, each file twice, in the order of enum
 * grant_step.
 * Gives: the ranges, in scan->granted, after the last step. Nothing is kept of the text.
 * Fails: closed: a file that is too long, or that the caller could not read to its end
 * (grant_refuse), grants nothing.
 * Source: reference security.md H-67, H-68, H-70; subuid(5).
 *
 * grant_from_texts does it all for who has the files in memory: the frontend, that is. */
#pragma once

#include "common/text.h"
#include "policy/config.h"
#include "policy/idrange.h"

#define GRANT_LINES     65536
#define GRANT_LINE_SIZE 256

enum grant_step {
	GRANT_NAME,       /* /etc/passwd: what is the user's name? */
	GRANT_NAME_AGAIN, /* is it anybody else's, too? */
	GRANT_UIDS,       /* /etc/subuid: what is the user's? */
	GRANT_UIDS_AGAIN, /* is it anybody else's, too? */
	GRANT_GIDS,       /* /etc/subgid */
	GRANT_GIDS_AGAIN,
	GRANT_DONE,
};

enum grant_kind { GRANTED_UIDS, GRANTED_GIDS, GRANT_KINDS };

struct grant_scan {
	const struct config *config;
	uint32_t uid;
	uint32_t step; /* enum grant_step */
	uint32_t lines;
	uint32_t ignored;
	uint32_t name_size;
	char name[32];
	struct idranges granted[GRANT_KINDS];
};

void grant_begin(struct grant_scan *scan, const struct config *config, uint32_t uid);
void grant_feed(struct grant_scan *scan, struct text lines);
void grant_next(struct grant_scan *scan); /* that file is at its end: the next step */
void grant_refuse(struct grant_scan *scan);

/* FILES are the texts of /etc/passwd, /etc/subuid, /etc/subgid; an absent file is an empty text. */
void grant_from_texts(struct grant_scan *scan, const struct config *config, uint32_t uid,
		      const struct text files[3]);
