/* How long the UTF-8 sequence at the start of a text is.
 *
 * Promises: only the shortest form of a scalar value counts: no surrogate, nothing above U+10FFFF.
 * Takes: LENGTH readable bytes, at least one.
 * Gives: 1 to 4, or 0 when the text does not start with a whole sequence.
 * Fails: never.
 * Source: RFC 3629, section 4. */
#pragma once

#include <stddef.h>

size_t utf8_length(const char *text, size_t length);
