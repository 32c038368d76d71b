/* The verbs: one table entry each, found by name and run the same way.
 *
 * Promises: cmd_read, cmd_perform and cmd_exit print nothing but what the verb is to print; every
 * option and its help live in a verb's table, and nowhere else.
 * Takes: the command line. Gives: a struct call that the verbs read.
 * Fails: ERROR_USAGE with RR_USE_01…05 for the words; else what the verb says.
 * Source: reference cli-contract.md §1, §2, §4; design.md §8, "exit codes". */
#pragma once

#include "frontend/arena.h"
#include "frontend/cmd/options.h"
#include "frontend/error.h"

#include <stdbool.h>
#include <stddef.h>

#define SPEC_VERSION "1.3.0"

/* The options before the verb. */
struct globals {
	const char *root, *log, *log_format; /* null: not given */
	const char *log_level, *cgroup_manager, *rootless, *criu;
	bool debug, systemd_cgroup, version;
};

struct command;

struct call {
	struct arena *arena;
	struct globals globals;
	bool help;                     /* asked for before the verb */
	const char *verb;              /* null: none was given */
	const struct command *command; /* null: no such verb */
	char *const *words;            /* what came after the verb */
	void *options;                 /* the verb's own struct, null before the words were read */
	const char *const *args;       /* what the verb's options left over, null-terminated */
	size_t arg_count;
};

struct command {
	const char *name;
	const char *synopsis; /* "[OPTION]… ID" */
	const char *summary;  /* one line, no full stop */
	const char *takes;    /* what they are, said with the count; null: nothing */
	const char *advice;   /* and the hint that goes with it; null: none */
	size_t least, most;   /* arguments */
	bool enters;	      /* a process of rrun's goes into a container */
	struct option_table table;
	size_t size; /* of the struct that the table's fields are offsets into */
	int (*run)(const struct call *call, int *ret_status, struct error *err);
	/* The exit status of a failure; null: 1. The options are as far as they could be read. */
	int (*failure)(const void *options, const struct error *err);
};

extern const struct option_table globals_table;

/* Read the globals and the verb's name: what is needed to open the log. */
int cmd_read(struct arena *arena, char *const *argv, struct call *ret, struct error *err);
/* Read the verb's words and run it. *ret_status is set when all went well. */
int cmd_perform(struct call *call, int *ret_status, struct error *err);
/* The exit status that ERR becomes. */
int cmd_exit(const struct call *call, const struct error *err);

/* All of TEXT, or an error that calls FD by NAME. */
int cmd_write(int fd, const char *name, const char *text, struct error *err);
int cmd_print(const char *text, struct error *err);
