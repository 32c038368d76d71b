#include "frontend/spec/json.h"

#include "frontend/codes.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const type_names[] = {
	[JSON_NULL] = "null",	    [JSON_BOOL] = "a truth value", [JSON_NUMBER] = "a number",
	[JSON_STRING] = "a string", [JSON_ARRAY] = "an array",	   [JSON_OBJECT] = "an object",
};

/* Names and values come from the document: a message that quotes them stays one line of text,
 * whatever they hold. C1 controls are two bytes in UTF-8: 0xc2, 0x80 to 0x9f. */
static void tame(char *text)
{
	for (unsigned char *at = (unsigned char *)text; *at; at++) {
		if (*at < ' ' || *at == 0x7f)
			*at = '?';
		else if (*at == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f)
			at[0] = at[1] = '?';
	}
}

static bool is_word(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr("_-", *text))
			return false;
	return true;
}

static size_t put_step(char *buffer, size_t size, const struct json *node, bool first)
{
	int length;

	if (!node->key)
		length = snprintf(buffer, size, "[%u]", node->index);
	else if (is_word(node->key))
		length = snprintf(buffer, size, "%s%s", first ? "" : ".", node->key);
	else
		length = snprintf(buffer, size, "[\"%s\"]", node->key);
	return length < 0 || (size_t)length >= size ? size - 1 : (size_t)length;
}

void json_path(const struct json *node, char *buffer, size_t size)
{
	const struct json *way[JSON_DEPTH + 1];
	size_t steps = 0, length = 0;

	if (size == 0)
		return;
	snprintf(buffer, size, "%s", "(top level)");
	for (; node && node->parent && steps < count_of(way); node = node->parent)
		way[steps++] = node;
	for (size_t i = steps; i > 0; i--)
		length += put_step(buffer + length, size - length, way[i - 1], i == steps);
	tame(buffer);
}

int json_refuse(const struct json *node, struct error *err, const char *format, ...)
{
	char path[192], reason[sizeof(err->what) - sizeof(path)];
	va_list arguments;

	json_path(node, path, sizeof(path));
	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	tame(reason);
	return error_set(err, RR_CFG_03, "%s: %s", path, reason);
}

const struct json *json_get(const struct json *object, const char *key)
{
	if (!object || object->type != JSON_OBJECT)
		return NULL;
	for (const struct json *node = object->first; node; node = node->next)
		if (strcmp(node->key, key) == 0)
			return node->type == JSON_NULL ? NULL : node;
	return NULL;
}

int json_expect(const struct json *node, enum json_type type, struct error *err)
{
	if (node->type == type)
		return 0;
	return json_refuse(node, err, "must be %s, not %s", type_names[type],
			   type_names[node->type]);
}

int json_require(const struct json *object, const char *key, struct error *err)
{
	char path[256];

	if (json_get(object, key))
		return 0;
	if (!object || !object->parent)
		return error_set(err, RR_CFG_04, "%s is missing", key);
	json_path(object, path, sizeof(path));
	return error_set(err, RR_CFG_04, "%s.%s is missing", path, key);
}

/* Member KEY where it is present. Fails when it is of another type. */
static int member(const struct json *object, const char *key, enum json_type type,
		  const struct json **ret, struct error *err)
{
	const struct json *node = json_get(object, key);

	if (node && json_expect(node, type, err) < 0)
		return -1;
	*ret = node;
	return 0;
}

int json_bool(const struct json *object, const char *key, bool *ret, struct error *err)
{
	const struct json *node;

	if (member(object, key, JSON_BOOL, &node, err) < 0)
		return -1;
	if (node)
		*ret = node->truth;
	return 0;
}

int json_string(const struct json *object, const char *key, const char **ret, struct error *err)
{
	const struct json *node;

	if (member(object, key, JSON_STRING, &node, err) < 0)
		return -1;
	if (node)
		*ret = node->text;
	return 0;
}

int json_object(const struct json *object, const char *key, const struct json **ret,
		struct error *err)
{
	const struct json *node;

	if (member(object, key, JSON_OBJECT, &node, err) < 0)
		return -1;
	if (node)
		*ret = node;
	return 0;
}

int json_array(const struct json *object, const char *key, const struct json **ret,
	       struct error *err)
{
	const struct json *node;

	if (member(object, key, JSON_ARRAY, &node, err) < 0)
		return -1;
	if (node)
		*ret = node;
	return 0;
}

/* Digits and nothing else, at most 2^64-1. "1.0" and "1e3" are integers to JSON Schema, not to the
 * decoders that config.json is written for. */
static bool whole(const char *digits, uint64_t *ret)
{
	uint64_t value = 0;

	if (!*digits)
		return false;
	for (; *digits; digits++) {
		if (*digits < '0' || *digits > '9' || __builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, (unsigned)(*digits - '0'), &value))
			return false;
	}
	*ret = value;
	return true;
}

static int unsigned_node(const struct json *node, uint64_t most, uint64_t *ret, struct error *err)
{
	uint64_t value;

	if (json_expect(node, JSON_NUMBER, err) < 0)
		return -1;
	if (!whole(node->text, &value) || value > most)
		return json_refuse(node, err, "must be a whole number from 0 to %llu, not %.40s",
				   (unsigned long long)most, node->text);
	*ret = value;
	return 0;
}

int json_item_u32(const struct json *node, uint32_t *ret, struct error *err)
{
	uint64_t value;

	if (unsigned_node(node, UINT32_MAX, &value, err) < 0)
		return -1;
	*ret = (uint32_t)value;
	return 0;
}

int json_u64(const struct json *object, const char *key, uint64_t *ret, struct error *err)
{
	const struct json *node = json_get(object, key);

	return node ? unsigned_node(node, UINT64_MAX, ret, err) : 0;
}

int json_u32(const struct json *object, const char *key, uint32_t *ret, struct error *err)
{
	const struct json *node = json_get(object, key);

	return node ? json_item_u32(node, ret, err) : 0;
}

static bool whole_signed(const char *text, int64_t *ret)
{
	bool negative = *text == '-';
	uint64_t value;

	if (!whole(text + negative, &value) || value > (uint64_t)INT64_MAX + negative)
		return false;
	/* Through the complement, so that -2^63 never stands there as +2^63. */
	*ret = negative && value > 0 ? -(int64_t)(value - 1) - 1 : (int64_t)value;
	return true;
}

int json_i64(const struct json *object, const char *key, int64_t *ret, struct error *err)
{
	const struct json *node;

	if (member(object, key, JSON_NUMBER, &node, err) < 0)
		return -1;
	if (node && !whole_signed(node->text, ret))
		return json_refuse(node, err, "must be a whole number of 64 bits, not %.40s",
				   node->text);
	return 0;
}

int json_strings(struct arena *arena, const struct json *object, const char *key,
		 const char *const **ret, size_t *ret_count, struct error *err)
{
	const struct json *array;
	const char **text;

	if (member(object, key, JSON_ARRAY, &array, err) < 0)
		return -1;
	if (!array)
		return 0;
	text = arena_array(arena, (size_t)array->count + 1, sizeof(*text));
	for (const struct json *node = array->first; node; node = node->next) {
		if (json_expect(node, JSON_STRING, err) < 0)
			return -1;
		text[node->index] = node->text;
	}
	*ret = text;
	if (ret_count)
		*ret_count = array->count;
	return 0;
}

static ssize_t read_whole(int fd, char *data, size_t size)
{
	size_t length = 0;

	while (length < size) {
		ssize_t count = read(fd, data + length, size - length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -1;
		if (count == 0)
			break;
		length += (size_t)count;
	}
	return (ssize_t)length;
}

int json_read_file(struct arena *arena, const char *name, int fd, const char **ret_text,
		   size_t *ret_length, struct error *err)
{
	struct stat facts;
	ssize_t length;
	char *data;

	if (fstat(fd, &facts) < 0) {
		error_sys(err, "look at %s", name);
		return error_code(err, RR_CFG_01);
	}
	if (!S_ISREG(facts.st_mode))
		return error_set(err, RR_CFG_01, "%s is not a regular file", name);
	if (facts.st_size > (off_t)JSON_BYTES)
		return error_set(err, RR_CFG_07, "%s: it is larger than %zu bytes", name,
				 JSON_BYTES);

	/* One byte more than there should be: it stays free unless the file grows meanwhile. */
	data = arena_alloc(arena, (size_t)facts.st_size + 1);
	length = read_whole(fd, data, (size_t)facts.st_size + 1);
	if (length < 0) {
		error_sys(err, "read %s", name);
		return error_code(err, RR_CFG_01);
	}
	if (length > facts.st_size)
		return error_set(err, RR_CFG_01, "%s was being written while it was read", name);
	*ret_text = data;
	*ret_length = (size_t)length;
	return 0;
}
