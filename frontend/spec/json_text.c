#include "frontend/spec/json.h"

#include "frontend/spec/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIRST_CAPACITY ((size_t)4096)

/* Room for LENGTH more characters and the NUL. */
static char *room(struct json_text *out, size_t length)
{
	size_t need = out->length + length + 1, capacity = out->capacity;
	char *data;

	if (need <= capacity)
		return out->data + out->length;
	capacity = capacity ? capacity : FIRST_CAPACITY;
	while (capacity < need)
		capacity *= 2;
	data = arena_alloc(out->arena, capacity);
	if (out->length > 0)
		memcpy(data, out->data, out->length);
	out->data = data;
	out->capacity = capacity;
	return out->data + out->length;
}

static void append(struct json_text *out, const char *text, size_t length)
{
	char *at = room(out, length);

	memcpy(at, text, length);
	at[length] = '\0';
	out->length += length;
}

void json_put(struct json_text *out, const char *raw)
{
	append(out, raw, strlen(raw));
}

void json_put_format(struct json_text *out, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;

	va_start(arguments, format);
	vsnprintf(room(out, (size_t)length), (size_t)length + 1, format, arguments);
	va_end(arguments);
	out->length += (size_t)length;
}

/* Characters that stand for themselves: RFC 8259, section 7, "unescaped". */
static size_t plain_length(const char *text)
{
	size_t length = 0;

	while (text[length] >= ' ' && text[length] < 0x7f && text[length] != '"' &&
	       text[length] != '\\')
		length++;
	return length;
}

static void put_escaped(struct json_text *out, char c)
{
	static const char short_form[] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
					   ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\' };
	size_t index = (unsigned char)c;

	if (index < sizeof(short_form) && short_form[index])
		append(out, (const char[]){ '\\', short_form[index] }, 2);
	else
		json_put_format(out, "\\u%04zx", index);
}

/* One character; what is not UTF-8 is said as such, or the whole text could not be read again. */
static size_t put_character(struct json_text *out, const char *text, size_t length)
{
	size_t step = utf8_length(text, length);

	if (step == 0)
		json_put(out, "\\ufffd");
	else if (step == 1)
		put_escaped(out, text[0]);
	else
		append(out, text, step);
	return step ? step : 1;
}

void json_put_string(struct json_text *out, const char *text)
{
	size_t length = strlen(text), offset = 0;

	json_put(out, "\"");
	while (offset < length) {
		size_t plain = plain_length(text + offset);

		append(out, text + offset, plain);
		offset += plain;
		if (offset < length)
			offset += put_character(out, text + offset, length - offset);
	}
	json_put(out, "\"");
}
