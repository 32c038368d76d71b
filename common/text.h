/* Text as a view of bytes: cutting it, reading numbers from it, writing numbers into it.
 *
 * Promises: no heap, no locale, no NUL needed. A number is plain decimal: no sign, no leading zero,
 * no space, no suffix; what does not fit in 32 bits is no number.
 * Takes: views that outlive the call; a pen over a buffer that the caller owns.
 * Gives: views into the text that came in.
 * Fails: readers answer false and leave *ret alone; a pen without room writes nothing and answers
 * false.
 * Source: reference security.md H-52, H-66, H-68; common mistake they avoid: strtoul(3) accepts
 * "-1". */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	const char *at; /* null: there was nothing, not even an empty piece */
	size_t size;
};

struct pen {
	char *at;
	size_t size;
	size_t used;
};

struct text text_of(const char *string);
bool text_equal(struct text a, struct text b);

/* The piece before SEPARATOR, or all there is; *rest is what stands behind it, null when there was
 * none. */
struct text text_cut(struct text *rest, char separator);

bool text_all_digits(struct text text);
bool text_number(struct text text, uint32_t *ret);

bool text_put(struct pen *pen, struct text text);
bool text_put_number(struct pen *pen, uint64_t number);
