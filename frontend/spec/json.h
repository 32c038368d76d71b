/* JSON read once into a tree in the arena. Only json.c knows yajl.
 *
 * Promises: numbers keep their digits (a 64-bit limit never passes through a double); strings are
 * UTF-8 without NUL; names within an object are unique; depth, size and time are bounded; parsing
 * is linear in the size of the text.
 * Takes: text that need not end in NUL; NAME is how messages call the document ("config.json").
 * Gives: a tree of const nodes that lives as long as the arena.
 * Fails: RR_CFG_02 (not JSON: line and column are named), RR_CFG_07 (over JSON_BYTES, JSON_DEPTH or
 *        JSON_NODES); json_read_file also RR_CFG_01 (cannot be read);
 *        the readers with RR_CFG_03 or RR_CFG_04, naming the path ("linux.uidMappings[2].size").
 * Source: RFC 8259; OCI runtime specification, "config.md"; yajl's yajl_parse.h. */
#pragma once

#include "frontend/arena.h"
#include "frontend/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_BYTES ((size_t)16 * 1024 * 1024)
#define JSON_DEPTH 64
#define JSON_NODES ((uint32_t)1 << 20)

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
	enum json_type type;
	bool truth;       /* JSON_BOOL */
	uint32_t count;   /* JSON_ARRAY, JSON_OBJECT: members */
	uint32_t index;   /* this node's place among its siblings */
	const char *key;  /* this node's name in its object, else null */
	const char *text; /* JSON_STRING: the string; JSON_NUMBER: its digits; NUL-terminated */
	const struct json *parent;
	const struct json *first; /* members in the order of the text */
	const struct json *next;
};

int json_parse(struct arena *arena, const char *name, const char *text, size_t length,
	       const struct json **ret, struct error *err);

/* Read a whole regular file of at most JSON_BYTES, without following a last symlink that leads out
 * of DIRFD's rules: the caller opened it. Gives text and length. */
int json_read_file(struct arena *arena, const char *name, int fd, const char **ret_text,
		   size_t *ret_length, struct error *err);

/* A member by name, null when it is absent or null. OBJECT may be null: then so is the answer. */
const struct json *json_get(const struct json *object, const char *key);

/* "linux.namespaces[3].type" of a node, "(top level)" for the root; a name that is no plain word
 * stands as ["name"]. One line, cut to SIZE. */
void json_path(const struct json *node, char *buffer, size_t size);

/* Each reads member KEY of OBJECT. Absent (or null): *ret is left as it is and 0 is returned, so a
 * default can be set before. Present and of another type or out of range: -1 and RR_CFG_03. */
int json_bool(const struct json *object, const char *key, bool *ret, struct error *err);
int json_u32(const struct json *object, const char *key, uint32_t *ret, struct error *err);
int json_u64(const struct json *object, const char *key, uint64_t *ret, struct error *err);
int json_i64(const struct json *object, const char *key, int64_t *ret, struct error *err);
int json_string(const struct json *object, const char *key, const char **ret, struct error *err);
int json_object(const struct json *object, const char *key, const struct json **ret,
		struct error *err);
int json_array(const struct json *object, const char *key, const struct json **ret,
	       struct error *err);
/* An array of strings into a null-terminated vector in the arena; *ret_count may be null. */
int json_strings(struct arena *arena, const struct json *object, const char *key,
		 const char *const **ret, size_t *ret_count, struct error *err);

/* For the members of an array: RR_CFG_03 unless NODE is of that type; a number. */
int json_expect(const struct json *node, enum json_type type, struct error *err);
int json_item_u32(const struct json *node, uint32_t *ret, struct error *err);

/* RR_CFG_04 unless KEY is present. */
int json_require(const struct json *object, const char *key, struct error *err);

/* For a value the reader accepted and a later rule refuses: RR_CFG_03, "PATH: FORMAT". */
int json_refuse(const struct json *node, struct error *err, const char *format, ...) _printf_(3, 4);

/* Text out: append to a growing buffer in the arena, with all that must be escaped escaped and '/'
 * left alone. What is not UTF-8 in TEXT becomes U+FFFD. For state.json, `state`, `list`, `spec`. */
struct json_text {
	struct arena *arena;
	char *data; /* always NUL-terminated */
	size_t length;
	size_t capacity;
};

void json_put(struct json_text *out, const char *raw);            /* as it is */
void json_put_string(struct json_text *out, const char *text);    /* quoted and escaped */
void json_put_format(struct json_text *out, const char *format, ...) _printf_(2, 3); /* as it is */
