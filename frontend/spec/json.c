#include "frontend/spec/json.h"

#include "frontend/codes.h"
#include "frontend/spec/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

/* Up to here every name of an object is compared with every other; above, they are sorted. */
#define FEW_NAMES 16

/* What grows while yajl reads: the way from the root to the open container, the name that waits for
 * its value, and the characters of all strings and numbers, which together are shorter than the
 * text. */
struct builder {
	struct arena *arena;
	struct json *root;
	struct {
		struct json *node;
		struct json *last;
	} open[JSON_DEPTH];
	size_t depth;
	uint32_t nodes;
	const char *key;
	char *characters;
	const char *limit;	     /* why reading stopped: a limit of ours */
	const struct json *repeated; /* why reading stopped: a name that stood there before */
};

static const char *keep(struct builder *builder, const char *text, size_t length)
{
	char *ret = builder->characters;

	memcpy(ret, text, length);
	ret[length] = '\0';
	builder->characters += length + 1;
	return ret;
}

static void attach(struct builder *builder, struct json *node)
{
	struct json *parent, *last;

	if (builder->depth == 0) {
		builder->root = node;
		return;
	}
	parent = builder->open[builder->depth - 1].node;
	last = builder->open[builder->depth - 1].last;
	if (last)
		last->next = node;
	else
		parent->first = node;
	builder->open[builder->depth - 1].last = node;
	node->parent = parent;
	node->index = parent->count++;
	node->key = builder->key;
	builder->key = NULL;
}

static struct json *node_add(struct builder *builder, enum json_type type)
{
	struct json *node;

	if (builder->nodes == JSON_NODES) {
		builder->limit = "it has too many values";
		return NULL;
	}
	builder->nodes++;
	node = arena_new(builder->arena, struct json);
	node->type = type;
	attach(builder, node);
	return node;
}

static int on_null(void *context)
{
	return node_add(context, JSON_NULL) != NULL;
}

static int on_boolean(void *context, int truth)
{
	struct json *node = node_add(context, JSON_BOOL);

	if (!node)
		return 0;
	node->truth = truth != 0;
	return 1;
}

static int add_text(struct builder *builder, enum json_type type, const char *text, size_t length)
{
	struct json *node = node_add(builder, type);

	if (!node)
		return 0;
	node->text = keep(builder, text, length);
	return 1;
}

static int on_number(void *context, const char *digits, size_t length)
{
	return add_text(context, JSON_NUMBER, digits, length);
}

static int on_string(void *context, const unsigned char *text, size_t length)
{
	return add_text(context, JSON_STRING, (const char *)text, length);
}

static int on_key(void *context, const unsigned char *text, size_t length)
{
	struct builder *builder = context;

	builder->key = keep(builder, (const char *)text, length);
	return 1;
}

static int open_container(struct builder *builder, enum json_type type)
{
	struct json *node;

	if (builder->depth == JSON_DEPTH) {
		builder->limit = "it is nested too deeply";
		return 0;
	}
	node = node_add(builder, type);
	if (!node)
		return 0;
	builder->open[builder->depth].node = node;
	builder->open[builder->depth].last = NULL;
	builder->depth++;
	return 1;
}

static int on_start_object(void *context)
{
	return open_container(context, JSON_OBJECT);
}

static int on_start_array(void *context)
{
	return open_container(context, JSON_ARRAY);
}

static int on_end_array(void *context)
{
	struct builder *builder = context;

	builder->depth--;
	return 1;
}

static const struct json *repeated_of_few(const struct json *object)
{
	for (const struct json *later = object->first; later; later = later->next)
		for (const struct json *node = object->first; node != later; node = node->next)
			if (strcmp(node->key, later->key) == 0)
				return later;
	return NULL;
}

static int by_key(const void *left, const void *right)
{
	const struct json *const *a = left, *const *b = right;

	return strcmp((*a)->key, (*b)->key);
}

/* Sorted rather than hashed: no choice of names makes it slow. */
static const struct json *repeated_of_many(struct arena *arena, const struct json *object)
{
	const struct json **member = arena_array(arena, object->count, sizeof(const struct json *));
	size_t count = 0;

	for (const struct json *node = object->first; node; node = node->next)
		member[count++] = node;
	qsort(member, count, sizeof(const struct json *), by_key);
	for (size_t i = 1; i < count; i++)
		if (strcmp(member[i - 1]->key, member[i]->key) == 0)
			return member[i];
	return NULL;
}

static int on_end_object(void *context)
{
	struct builder *builder = context;
	const struct json *object = builder->open[--builder->depth].node;

	builder->repeated = object->count <= FEW_NAMES ? repeated_of_few(object)
						       : repeated_of_many(builder->arena, object);
	return builder->repeated == NULL;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_start_object,
	.yajl_map_key = on_key,
	.yajl_end_map = on_end_object,
	.yajl_start_array = on_start_array,
	.yajl_end_array = on_end_array,
};

/* yajl's memory comes from the arena too. What it grows keeps its size in front of it. */
struct grown {
	size_t size;
	size_t pad; /* keeps what follows aligned to 16 */
};

static void *yajl_take(void *context, size_t size)
{
	struct grown *head = arena_alloc(context, size + sizeof(*head));

	head->size = size;
	return head + 1;
}

static void *yajl_grow(void *context, void *old, size_t size)
{
	void *ret = yajl_take(context, size);

	if (old) {
		size_t had = ((struct grown *)old - 1)->size;

		memcpy(ret, old, had < size ? had : size);
	}
	return ret;
}

static void yajl_leave(void *context _unused_, void *memory _unused_)
{
}

static int refuse_at(const char *name, const char *text, size_t offset, uint16_t code,
		     const char *what, struct error *err)
{
	size_t line = 1, column = 1;

	for (size_t i = 0; i < offset; i++) {
		column = text[i] == '\n' ? 1 : column + 1;
		line += text[i] == '\n';
	}
	return error_set(err, code, "%s line %zu, column %zu: %s", name, line, column, what);
}

/* The value of the \uXXXX at TEXT, or -1 when there is none. */
static int unit_at(const char *text, size_t length)
{
	int ret = 0;

	if (length < 6 || text[0] != '\\' || text[1] != 'u')
		return -1;
	for (size_t i = 2; i < 6; i++) {
		char c = text[i];

		ret *= 16;
		if (c >= '0' && c <= '9')
			ret += c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			ret += (c | 0x20) - 'a' + 10;
		else
			return -1;
	}
	return ret;
}

/* How many bytes the escape at TEXT takes; 0 and a reason when it stands for no character that a
 * string may hold. An escape that is not one is left for yajl to refuse. */
static size_t escape_length(const char *text, size_t length, const char **reason)
{
	int unit = unit_at(text, length), second;

	if (unit < 0)
		return length > 1 && (unsigned char)text[1] < 0x80 ? 2 : 1;
	if (unit == 0) {
		*reason = "a string may not contain \\u0000";
		return 0;
	}
	if (unit < 0xd800 || unit > 0xdfff)
		return 6;

	second = unit_at(text + 6, length - 6);
	if (unit < 0xdc00 && second >= 0xdc00 && second <= 0xdfff)
		return 12;
	*reason = "half of a surrogate pair";
	return 0;
}

static bool is_plain(char c)
{
	return c != '\\' && (unsigned char)c < 0x80;
}

/* ASCII without a backslash, eight bytes at a time; "Bit Twiddling Hacks", "Determine if a word has
 * a zero byte". */
static size_t plain_length(const char *text, size_t length)
{
	const uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
	size_t i = 0;

	for (; length - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
		uint64_t word, other;

		memcpy(&word, text + i, sizeof(word));
		other = word ^ (ones * '\\');
		if ((word | ((other - ones) & ~other)) & highs)
			break;
	}
	while (i < length && is_plain(text[i]))
		i++;
	return i;
}

/* yajl lets overlong forms and surrogates through, so the text is read for them first. A backslash
 * outside a string is no matter: yajl refuses it. */
static int check_text(const char *name, const char *text, size_t length, struct error *err)
{
	size_t offset = plain_length(text, length);

	while (offset < length) {
		const char *reason = "this is not UTF-8";
		size_t step = text[offset] == '\\'
				      ? escape_length(text + offset, length - offset, &reason)
				      : utf8_length(text + offset, length - offset);

		if (step == 0)
			return refuse_at(name, text, offset, RR_CFG_02, reason, err);
		offset += step;
		offset += plain_length(text + offset, length - offset);
	}
	return 0;
}

static int refuse_repeated(const char *name, const struct json *node, struct error *err)
{
	char path[256];

	json_path(node, path, sizeof(path));
	return error_set(err, RR_CFG_02, "%s: %s stands there twice", name, path);
}

static bool starts_with(const char *text, const char *words)
{
	return strncmp(text, words, strlen(words)) == 0;
}

/* Where the byte is that did not fit, when yajl stopped at END: behind a token that it does not
 * allow, but in front of a byte that breaks a token, or where the text ends. */
static size_t misfit(const char *said, size_t end)
{
	if (end == 0 || starts_with(said, "parse error: premature EOF"))
		return end;
	if (starts_with(said, "lexical error") &&
	    !starts_with(said, "lexical error: invalid char in json text"))
		return end;
	return end - 1;
}

static int refuse_syntax(yajl_handle handle, const char *name, const char *text, size_t length,
			 size_t end, struct error *err)
{
	const char *said = (const char *)yajl_get_error(handle, 0, NULL, 0);
	const char *reason = strchr(said, ':');
	size_t at = misfit(said, end);
	char what[32];

	if (at >= length)
		return refuse_at(name, text, length, RR_CFG_02, "the text ends too early", err);
	if (text[at] > ' ' && text[at] < 0x7f)
		snprintf(what, sizeof(what), "unexpected '%c'", text[at]);
	else
		snprintf(what, sizeof(what), "unexpected byte 0x%02x", (unsigned char)text[at]);
	refuse_at(name, text, at, RR_CFG_02, what, err);
	return reason ? error_why(err, "%.*s", (int)strcspn(reason + 2, "\n"), reason + 2) : -1;
}

int json_parse(struct arena *arena, const char *name, const char *text, size_t length,
	       const struct json **ret, struct error *err)
{
	yajl_alloc_funcs memory = {
		.malloc = yajl_take, .realloc = yajl_grow, .free = yajl_leave, .ctx = arena
	};
	struct builder builder = { .arena = arena };
	yajl_handle handle;
	size_t end;

	if (length > JSON_BYTES)
		return error_set(err, RR_CFG_07, "%s: it is larger than %zu bytes", name,
				 JSON_BYTES);
	if (check_text(name, text, length, err) < 0)
		return -1;

	builder.characters = arena_alloc(arena, length + 1);
	handle = yajl_alloc(&callbacks, &memory, &builder);
	yajl_config(handle, yajl_dont_validate_strings, 1);
	if (yajl_parse(handle, (const unsigned char *)text, length) == yajl_status_ok)
		end = length;
	else
		end = yajl_get_bytes_consumed(handle);

	if (builder.limit)
		return refuse_at(name, text, end > 0 ? end - 1 : 0, RR_CFG_07, builder.limit, err);
	if (builder.repeated)
		return refuse_repeated(name, builder.repeated, err);
	if (yajl_complete_parse(handle) != yajl_status_ok)
		return refuse_syntax(handle, name, text, length, end, err);
	*ret = builder.root;
	return 0;
}
