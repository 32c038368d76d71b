#include "frontend/spec/read.h"

static int refuse_mappings(const struct json *node, struct error *err)
{
	static const char *const keys[] = { "uidMappings", "gidMappings" };

	for (size_t i = 0; i < count_of(keys); i++) {
		const struct json *mappings = NULL;

		if (json_array(node, keys[i], &mappings, err) < 0)
			return -1;
		if (mappings && mappings->count > 0)
			return refuse_unsupported_node(mappings, err);
	}
	return 0;
}

static int read_mount(struct arena *arena, const struct json *node, struct spec_mount *ret,
		      struct error *err)
{
	ret->json = node;
	if (json_expect(node, JSON_OBJECT, err) < 0 ||
	    read_required_text(node, "destination", &ret->destination, err) < 0 ||
	    read_text(node, "type", &ret->type, err) < 0 ||
	    read_text(node, "source", &ret->source, err) < 0 ||
	    read_strings(arena, node, "options", &ret->options, &ret->option_count, err) < 0)
		return -1;
	return refuse_mappings(node, err);
}

int read_mounts(struct arena *arena, const struct json *document, struct spec *ret,
		struct error *err)
{
	const struct json *node;
	struct spec_mount *mounts;
	size_t count;

	if (read_array(document, "mounts", &node, &count, err) < 0)
		return -1;
	mounts = arena_array(arena, count, sizeof(*mounts));
	for (; node; node = node->next)
		if (read_mount(arena, node, &mounts[node->index], err) < 0)
			return -1;
	ret->mounts = mounts;
	ret->mount_count = count;
	return 0;
}
