/* Errors are values: one struct of plain bytes, no heap, the same in the parent, the child and the
 * init that answers a later `start`.
 *
 * Promises: every function here that sets or widens an error returns -1, so that a caller can write
 * `return error_sys(err, "open %s", name);`. The first failure stays the cause: the first setter
 * fills the record, later ones only go in front of it (error_while) or beside it (error_hint).
 * Takes: err, never null; printf formats and their arguments. Text that does not fit is cut.
 * Gives: what  - what we tried, for a person: "mount proc on /proc";
 *        why   - what the kernel or the rule said: "Operation not permitted";
 *        hint  - who must do what, empty when nobody can;
 *        code  - one of frontend/codes.def, stable for ever; sys - errno or 0.
 * Fails: never.
 * Only main prints an error, through log.h. */
#pragma once

#include "common/attr.h"

#include <stdint.h>

enum error_kind {
	ERROR_NONE = 0,
	ERROR_FAILED,         /* exit 125 for an attached run, 255 for exec, else 1 */
	ERROR_USAGE,          /* the words of the command line: the same exits, another form */
	ERROR_NOT_EXECUTABLE, /* exit 126 for an attached run */
	ERROR_NOT_FOUND,      /* exit 127 for an attached run */
	ERROR_SILENT,         /* nothing to print: only an exit code */
};

struct error {
	uint16_t kind;
	uint16_t code;
	int32_t sys;
	char what[512];
	char why[256];
	char hint[320];
};

/* Set the record: CODE is an enum code of frontend/codes.h. */
int error_set(struct error *err, uint16_t code, const char *format, ...) _printf_(3, 4);

/* The same from errno, with a plain code that says "the kernel refused"; error_code makes it
 * sharper. */
int error_sys(struct error *err, const char *format, ...) _printf_(2, 3);

int error_code(struct error *err, uint16_t code);
int error_why(struct error *err, const char *format, ...) _printf_(2, 3);
int error_hint(struct error *err, const char *format, ...) _printf_(2, 3);

/* Put "FORMAT: " in front of what. */
int error_while(struct error *err, const char *format, ...) _printf_(2, 3);

int error_kind(struct error *err, enum error_kind kind);
