#include "frontend/spec/read.h"

#include <string.h>

#define HOST_NAME_LONGEST 64 /* sethostname(2), __NEW_UTS_LEN */

/* Past a number without leading zeros; null when there is none. */
static const char *past_number(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits == 0 || (digits > 1 && text[0] == '0') ? NULL : text + digits;
}

/* Past ".word.word" of pre-release or build. */
static const char *past_words(const char *text)
{
	size_t length;

	do {
		text++;
		length = strspn(text, "0123456789-"
				      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
		text += length;
	} while (length > 0 && *text == '.');
	return length > 0 ? text : NULL;
}

/* "1.2.3-rc.1+build": Semantic Versioning 2.0.0, item 2, 9 and 10. */
static bool is_version(const char *text)
{
	for (int part = 0; part < 3; part++) {
		text = past_number(text);
		if (!text || (part < 2 && *text++ != '.'))
			return false;
	}
	if (*text == '-')
		text = past_words(text);
	if (text && *text == '+')
		text = past_words(text);
	return text && !*text;
}

static int read_version(const struct json *document, const char **ret, struct error *err)
{
	const char *version;

	if (read_required_text(document, "ociVersion", &version, err) < 0)
		return -1;
	if (!is_version(version))
		return json_refuse(json_get(document, "ociVersion"), err,
				   "must be a version like 1.3.0, not \"%.60s\"", version);
	if (strncmp(version, "1.", 2) != 0)
		return json_refuse(json_get(document, "ociVersion"), err,
				   "rrun knows version 1 of the specification, not %.60s", version);
	*ret = version;
	return 0;
}

static int read_root(const struct json *document, struct spec *ret, struct error *err)
{
	const struct json *root = NULL;

	if (json_require(document, "root", err) < 0 ||
	    json_object(document, "root", &root, err) < 0 ||
	    read_required_text(root, "path", &ret->root_path, err) < 0)
		return -1;
	return json_bool(root, "readonly", &ret->root_readonly, err);
}

static int read_host_name(const struct json *document, const char *key, const char **ret,
			  struct error *err)
{
	if (read_text(document, key, ret, err) < 0)
		return -1;
	if (*ret && strlen(*ret) > HOST_NAME_LONGEST)
		return json_refuse(json_get(document, key), err, "is longer than %d bytes",
				   HOST_NAME_LONGEST);
	return 0;
}

static int read_annotations(const struct json *document, const struct json **ret, struct error *err)
{
	const struct json *object = NULL;

	if (json_object(document, "annotations", &object, err) < 0)
		return -1;
	for (const struct json *node = object ? object->first : NULL; node; node = node->next) {
		if (!*node->key)
			return json_refuse(node, err, "an annotation needs a name");
		if (json_expect(node, JSON_STRING, err) < 0)
			return -1;
	}
	*ret = object;
	return 0;
}

static int read_process(struct arena *arena, const struct json *document, struct spec_process *ret,
			struct error *err)
{
	const struct json *process = NULL;

	if (json_object(document, "process", &process, err) < 0)
		return -1;
	return process ? spec_read_process(arena, process, ret, err) : 0;
}

static int read_platform(struct arena *arena, const struct json *document, struct spec *ret,
			 struct error *err)
{
	const struct json *object = NULL;

	if (json_object(document, "linux", &object, err) < 0)
		return -1;
	return read_linux(arena, object, ret, err);
}

int spec_read(struct arena *arena, const struct json *document, const struct spec **ret,
	      struct error *err)
{
	struct spec *spec = arena_new(arena, struct spec);

	spec->json = document;
	if (json_expect(document, JSON_OBJECT, err) < 0 ||
	    read_version(document, &spec->oci_version, err) < 0 ||
	    read_root(document, spec, err) < 0 ||
	    read_host_name(document, "hostname", &spec->hostname, err) < 0 ||
	    read_host_name(document, "domainname", &spec->domainname, err) < 0 ||
	    read_annotations(document, &spec->annotations, err) < 0 ||
	    read_process(arena, document, &spec->process, err) < 0 ||
	    read_mounts(arena, document, spec, err) < 0 ||
	    read_platform(arena, document, spec, err) < 0 || refuse_unsupported(document, err) < 0)
		return -1;
	*ret = spec;
	return 0;
}
