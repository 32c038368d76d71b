/* What --help and --version print, made from the tables.
 *
 * Promises: text on standard output that ends in a newline.
 * Fails: RR_SYS_01 when standard output cannot be written.
 * Source: users-and-callers.md §3.4 (the word "version" once), §4.3. */
#pragma once

#include "frontend/cmd/cmd.h"

int help_verb(struct arena *arena, const struct command *command, struct error *err);
int help_program(struct arena *arena, struct error *err);
int help_version(struct arena *arena, struct error *err);
