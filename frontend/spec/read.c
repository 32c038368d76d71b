#include "frontend/spec/read.h"

static const char *const no_strings[] = { NULL };

int read_text(const struct json *object, const char *key, const char **ret, struct error *err)
{
	const char *text = NULL;

	if (json_string(object, key, &text, err) < 0)
		return -1;
	*ret = text && *text ? text : NULL;
	return 0;
}

int read_required_text(const struct json *object, const char *key, const char **ret,
		       struct error *err)
{
	const char *text = NULL;

	if (json_require(object, key, err) < 0 || read_text(object, key, &text, err) < 0)
		return -1;
	if (!text)
		return json_refuse(json_get(object, key), err, "must not be empty");
	*ret = text;
	return 0;
}

int read_absolute(const struct json *object, const char *key, const char **ret, struct error *err)
{
	const char *path;

	if (read_required_text(object, key, &path, err) < 0)
		return -1;
	if (path[0] != '/')
		return json_refuse(json_get(object, key), err,
				   "must be an absolute path, not \"%.100s\"", path);
	*ret = path;
	return 0;
}

int read_array(const struct json *object, const char *key, const struct json **ret_first,
	       size_t *ret_count, struct error *err)
{
	const struct json *array = NULL;

	if (json_array(object, key, &array, err) < 0)
		return -1;
	*ret_first = array ? array->first : NULL;
	*ret_count = array ? array->count : 0;
	return 0;
}

int read_strings(struct arena *arena, const struct json *object, const char *key,
		 const char *const **ret, size_t *ret_count, struct error *err)
{
	*ret = no_strings;
	*ret_count = 0;
	return json_strings(arena, object, key, ret, ret_count, err);
}

int read_required_u32(const struct json *object, const char *key, uint32_t *ret, struct error *err)
{
	if (json_require(object, key, err) < 0)
		return -1;
	return json_u32(object, key, ret, err);
}

int read_required_u64(const struct json *object, const char *key, uint64_t *ret, struct error *err)
{
	if (json_require(object, key, err) < 0)
		return -1;
	return json_u64(object, key, ret, err);
}
