/* How the readers of config.json share the work: one family of properties, one file.
 *
 * Promises: each reads its properties out of the tree into RET and touches nothing else.
 * Takes: the object that holds the properties, null when config.json has none.
 * Gives: what spec.h says; vectors are never null and end in null.
 * Fails: RR_CFG_03, RR_CFG_04, RR_CFG_05, with the JSON path. */
#pragma once

#include "frontend/spec/spec.h"

int read_mounts(struct arena *arena, const struct json *document, struct spec *ret,
		struct error *err);
int read_linux(struct arena *arena, const struct json *linux_object, struct spec *ret,
	       struct error *err);
int read_seccomp(struct arena *arena, const struct json *linux_object,
		 const struct spec_seccomp **ret, struct error *err);
int read_capabilities(const struct json *process, struct spec_capabilities *ret, struct error *err);

/* RR_CFG_05 for what the specification knows and rrun does not do yet. */
int refuse_unsupported(const struct json *document, struct error *err);
int refuse_unsupported_process(const struct json *process, struct error *err);
int refuse_unsupported_node(const struct json *node, struct error *err); /* NODE by its path */

/* As json_string, json_array, json_strings, but an empty one counts as absent, or must not be. */
int read_text(const struct json *object, const char *key, const char **ret, struct error *err);
int read_required_text(const struct json *object, const char *key, const char **ret,
		       struct error *err);
int read_array(const struct json *object, const char *key, const struct json **ret_first,
	       size_t *ret_count, struct error *err);
int read_strings(struct arena *arena, const struct json *object, const char *key,
		 const char *const **ret, size_t *ret_count, struct error *err);

/* Required, and absolute. */
int read_absolute(const struct json *object, const char *key, const char **ret, struct error *err);
int read_required_u32(const struct json *object, const char *key, uint32_t *ret, struct error *err);
int read_required_u64(const struct json *object, const char *key, uint64_t *ret, struct error *err);
