#include "frontend/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHUNK_BYTES ((size_t)256 * 1024)

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;
	size_t used;
	size_t pad; /* keeps what follows aligned to 16 */
};

static void exhausted(void)
{
	static const char text[] = "rrun: out of memory\n";

	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(125);
	_exit(125);
}

static struct arena_chunk *chunk_add(struct arena *arena, size_t need)
{
	size_t size = need + sizeof(struct arena_chunk);
	struct arena_chunk *chunk;

	size = size > CHUNK_BYTES ? (size + 4095) & ~(size_t)4095 : CHUNK_BYTES;
	chunk = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (chunk == MAP_FAILED)
		exhausted();
	chunk->next = arena->chunk;
	chunk->size = size;
	chunk->used = sizeof(*chunk);
	arena->chunk = chunk;
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = arena->chunk;
	void *ret;

	if (size > SIZE_MAX / 4)
		exhausted();
	size = (size + 15) & ~(size_t)15;
	if (!chunk || chunk->size - chunk->used < size)
		chunk = chunk_add(arena, size);
	ret = (char *)chunk + chunk->used;
	chunk->used += size;
	return ret;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		exhausted();
	return arena_alloc(arena, total);
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
	char *ret = arena_alloc(arena, length + 1);

	memcpy(ret, text, length);
	return ret;
}

char *arena_print(struct arena *arena, const char *format, ...)
{
	va_list arguments;
	int length;
	char *ret;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		exhausted();

	ret = arena_alloc(arena, (size_t)length + 1);
	va_start(arguments, format);
	vsnprintf(ret, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return ret;
}

void arena_free(struct arena *arena)
{
	while (arena->chunk) {
		struct arena_chunk *next = arena->chunk->next;

		munmap(arena->chunk, arena->chunk->size);
		arena->chunk = next;
	}
}
