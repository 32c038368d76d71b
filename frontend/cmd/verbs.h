/* Every verb that rrun has, in the order that help shows them, and those it is to have.
 *
 * Promises: names are unique. A verb that comes later is refused by name, whatever follows it:
 * podman takes `checkpoint --help` with exit 0 to mean that there is a checkpoint.
 * Fails: verb_unknown always, with ERROR_USAGE and RR_USE_01 or RR_USE_05. */
#pragma once

#include "frontend/cmd/cmd.h"

extern const struct command command_run;
extern const struct command command_create;
extern const struct command command_start;
extern const struct command command_exec;
extern const struct command command_state;
extern const struct command command_list;
extern const struct command command_kill;
extern const struct command command_delete;
extern const struct command command_pause;
extern const struct command command_resume;
extern const struct command command_ps;
extern const struct command command_update;
extern const struct command command_events;
extern const struct command command_plan;
extern const struct command command_spec;
extern const struct command command_scope;
extern const struct command command_policy;
extern const struct command command_gc;
extern const struct command command_help;

extern const struct command *const verbs[]; /* null-terminated */

const struct command *verb_find(const char *name); /* null: no such verb */
int verb_unknown(const char *name, struct error *err);
