/* One arena holds what a command reads and decides (spec and plan); nobody frees pieces.
 *
 * Promises: memory is zeroed and aligned for any type; it lives until arena_free or the end of the
 * process. No pointer is ever null: when memory runs out, one line says so on stderr and the
 * process ends with 125, since nothing sensible can be reported from there.
 * Takes: sizes in bytes; arena_array's product may not overflow (it ends the process likewise).
 * Source: mmap(2). */
#pragma once

#include "common/attr.h"

#include <stddef.h>

struct arena {
	struct arena_chunk *chunk;
};

void *arena_alloc(struct arena *arena, size_t size);
void *arena_array(struct arena *arena, size_t count, size_t size);
char *arena_copy(struct arena *arena, const char *text, size_t length); /* adds the NUL */
char *arena_print(struct arena *arena, const char *format, ...) _printf_(2, 3);
void arena_free(struct arena *arena);

#define arena_new(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
