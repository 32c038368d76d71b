/* The text of state.json.
 *
 * Promises: what record_parse accepts was written by this version or an older one, is whole, and
 * holds only values that can be acted on. The text of "config" is handed out, not parsed: whoever
 * needs it does that, and those who only need the process (kill, delete) do not wait for it.
 * Takes: ID, the name of the directory that the text was found in.
 * Fails: RR_STA_02. */
#pragma once

#include "frontend/state/state.h"

void record_print(struct json_text *out, const struct state *state);
int record_parse(struct arena *arena, const char *id, const char *text, size_t length,
		 struct state *ret, struct error *err);

enum record_found {
	RECORD_READ,    /* *ret_state is filled in */
	RECORD_HELD,    /* no record yet, but someone is making the container */
	RECORD_MISSING, /* a directory that nobody holds and that has no record */
	RECORD_NOWHERE, /* no such directory */
};

/* Look at ROOT/ID. *ret_dir is its directory unless there is none. */
int record_look(struct arena *arena, int root, const char *id, enum record_found *ret_found,
		struct state *ret_state, int *ret_dir, struct error *err);
