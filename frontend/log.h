/* The only place that speaks of failure.
 *
 * Promises: one error is one line in the log file, appended with one write, and nothing is written
 * there on success; every control byte, quote and backslash is escaped, so that no text of an image
 * can forge a second line or move a cursor; what is not UTF-8 becomes U+FFFD.
 * On stderr line 1 stands alone: "rrun VERB failed: WHAT: WHY"; hint and code follow it, unless a
 * log file was named: then a caller reads both, and one line is what callers keep.
 * Takes: --log (null: none) and --log-format (null: text); VERB, null before it is known.
 * Fails: log_open with RR_USE_04 when the file cannot be opened. The others never.
 * Source: reference cli-contract.md §2; users-and-callers.md §4.2; RFC 8259 §7; RFC 3339. */
#pragma once

#include "frontend/error.h"

#include <stddef.h>

enum log_format { LOG_TEXT, LOG_JSON };

struct log {
	int fd; /* -1: no log file */
	enum log_format format;
};

int log_open(const char *path, const char *format, struct log *ret, struct error *err);
void log_close(struct log *log);
void log_error(const struct log *log, const char *verb, const struct error *err);

/* One line for a person: to stderr if that is a terminal, else to nobody. */
void log_note(const char *format, ...) _printf_(1, 2);

enum escape {
	ESCAPE_PLAIN, /* control bytes */
	ESCAPE_QUOTE, /* and quotes and backslashes, as Go writes them */
	ESCAPE_JSON,
};

/* Append TEXT escaped to the string in BUFFER of SIZE bytes; what does not fit is cut between
 * characters. */
void log_escape(enum escape escape, const char *text, char *buffer, size_t size);
