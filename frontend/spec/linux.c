#include "frontend/spec/read.h"

#include <string.h>

static const char *const namespace_types[NAMESPACE_COUNT] = {
	[NAMESPACE_USER] = "user",     [NAMESPACE_MOUNT] = "mount", [NAMESPACE_PID] = "pid",
	[NAMESPACE_IPC] = "ipc",       [NAMESPACE_UTS] = "uts",	    [NAMESPACE_NETWORK] = "network",
	[NAMESPACE_CGROUP] = "cgroup", [NAMESPACE_TIME] = "time",
};

static int read_namespace_type(const struct json *node, size_t *ret, struct error *err)
{
	const char *type;

	if (json_expect(node, JSON_OBJECT, err) < 0 ||
	    read_required_text(node, "type", &type, err) < 0)
		return -1;
	for (size_t i = 0; i < NAMESPACE_COUNT; i++) {
		if (strcmp(namespace_types[i], type) == 0) {
			*ret = i;
			return 0;
		}
	}
	return json_refuse(json_get(node, "type"), err, "unknown namespace \"%.60s\"", type);
}

static int read_namespace(const struct json *node, struct spec_namespace_entry *entries,
			  struct error *err)
{
	const char *path = NULL;
	size_t type = NAMESPACE_USER;

	if (read_namespace_type(node, &type, err) < 0 || read_text(node, "path", &path, err) < 0)
		return -1;
	if (entries[type].listed)
		return json_refuse(node, err, "namespace %s stands there twice",
				   namespace_types[type]);
	if (path)
		return refuse_unsupported_node(json_get(node, "path"), err);
	if (type == NAMESPACE_TIME) {
		refuse_unsupported_node(node, err);
		return error_why(err, "a time namespace");
	}
	entries[type] = (struct spec_namespace_entry){ .listed = true, .json = node };
	return 0;
}

static int read_namespaces(const struct json *object, struct spec *ret, struct error *err)
{
	const struct json *node;
	size_t count;

	if (read_array(object, "namespaces", &node, &count, err) < 0)
		return -1;
	for (; node; node = node->next)
		if (read_namespace(node, ret->namespaces, err) < 0)
			return -1;
	return 0;
}

static int read_mapping(const struct json *node, struct spec_mapping *ret, struct error *err)
{
	if (json_expect(node, JSON_OBJECT, err) < 0 ||
	    read_required_u32(node, "containerID", &ret->inside, err) < 0 ||
	    read_required_u32(node, "hostID", &ret->outside, err) < 0 ||
	    read_required_u32(node, "size", &ret->count, err) < 0)
		return -1;
	return 0;
}

static int read_mappings(struct arena *arena, const struct json *object, const char *key,
			 struct spec_mappings *ret, struct error *err)
{
	const struct json *node;
	struct spec_mapping *item;
	size_t count;

	if (read_array(object, key, &node, &count, err) < 0)
		return -1;
	if (count == 0)
		return 0;
	item = arena_array(arena, count, sizeof(*item));
	ret->json = node->parent;
	for (; node; node = node->next)
		if (read_mapping(node, &item[node->index], err) < 0)
			return -1;
	ret->item = item;
	ret->count = count;
	return 0;
}

/* 'u' is an unbuffered character device, which Linux does not tell from 'c'. */
static int read_device_type(const struct json *node, char *ret, struct error *err)
{
	const char *type;

	if (read_required_text(node, "type", &type, err) < 0)
		return -1;
	if (type[1] || !strchr("cbup", type[0]))
		return json_refuse(json_get(node, "type"), err,
				   "must be c, b, u or p, not \"%.60s\"", type);
	*ret = type[0] == 'u' ? 'c' : type[0];
	return 0;
}

/* Mode and owner are only looked at: a node of the host that is bound in keeps its own. */
static int check_device_owner(const struct json *node, struct error *err)
{
	static const char *const keys[] = { "fileMode", "uid", "gid" };
	uint32_t value;

	for (size_t i = 0; i < count_of(keys); i++)
		if (json_u32(node, keys[i], &value, err) < 0)
			return -1;
	return 0;
}

static int read_device(const struct json *node, struct spec_device *ret, struct error *err)
{
	ret->json = node;
	if (json_expect(node, JSON_OBJECT, err) < 0 ||
	    read_device_type(node, &ret->type, err) < 0 ||
	    read_absolute(node, "path", &ret->path, err) < 0 || check_device_owner(node, err) < 0)
		return -1;
	if (ret->type == 'p')
		return 0;
	if (read_required_u32(node, "major", &ret->major, err) < 0 ||
	    read_required_u32(node, "minor", &ret->minor, err) < 0)
		return -1;
	return 0;
}

static int read_devices(struct arena *arena, const struct json *object, struct spec *ret,
			struct error *err)
{
	const struct json *node;
	struct spec_device *devices;
	size_t count;

	if (read_array(object, "devices", &node, &count, err) < 0)
		return -1;
	devices = arena_array(arena, count, sizeof(*devices));
	for (; node; node = node->next)
		if (read_device(node, &devices[node->index], err) < 0)
			return -1;
	ret->devices = devices;
	ret->device_count = count;
	return 0;
}

static int read_paths(struct arena *arena, const struct json *object, const char *key,
		      const char *const **ret, struct error *err)
{
	const struct json *node;
	size_t count;

	if (read_strings(arena, object, key, ret, &count, err) < 0 ||
	    read_array(object, key, &node, &count, err) < 0)
		return -1;
	for (; node; node = node->next)
		if (node->text[0] != '/')
			return json_refuse(node, err, "must be an absolute path, not \"%.100s\"",
					   node->text);
	return 0;
}

static int read_propagation(const struct json *object, const char **ret, struct error *err)
{
	static const char *const words[] = { "shared",	"slave",  "private",  "unbindable",
					     "rshared", "rslave", "rprivate", "runbindable" };
	const char *word;

	if (read_text(object, "rootfsPropagation", &word, err) < 0)
		return -1;
	if (!word)
		return 0;
	for (size_t i = 0; i < count_of(words); i++) {
		if (strcmp(words[i], word) == 0) {
			*ret = words[i];
			return 0;
		}
	}
	return json_refuse(json_get(object, "rootfsPropagation"), err, "unknown word \"%.60s\"",
			   word);
}

static int read_resources(struct arena *arena, const struct json *object,
			  struct spec_resources *ret, struct error *err)
{
	const struct json *resources = NULL;

	if (json_object(object, "resources", &resources, err) < 0)
		return -1;
	return resources ? spec_read_resources(arena, resources, ret, err) : 0;
}

static bool climbs(const char *path)
{
	while (*path) {
		size_t name = strcspn(path, "/");

		if (name == 2 && path[0] == '.' && path[1] == '.')
			return true;
		path += name + (path[name] == '/');
	}
	return false;
}

static int read_cgroups_path(const struct json *object, const char **ret, struct error *err)
{
	const char *path;

	if (read_text(object, "cgroupsPath", &path, err) < 0)
		return -1;
	if (path && climbs(path))
		return json_refuse(json_get(object, "cgroupsPath"), err,
				   "must not climb with \"..\": \"%.100s\"", path);
	if (path && strpbrk(path, "\n\r"))
		return json_refuse(json_get(object, "cgroupsPath"), err, "must be one line");
	*ret = path;
	return 0;
}

int read_linux(struct arena *arena, const struct json *object, struct spec *ret, struct error *err)
{
	if (read_namespaces(object, ret, err) < 0 ||
	    read_mappings(arena, object, "uidMappings", &ret->uid_mappings, err) < 0 ||
	    read_mappings(arena, object, "gidMappings", &ret->gid_mappings, err) < 0 ||
	    read_devices(arena, object, ret, err) < 0 ||
	    read_paths(arena, object, "maskedPaths", &ret->masked_paths, err) < 0 ||
	    read_paths(arena, object, "readonlyPaths", &ret->readonly_paths, err) < 0 ||
	    read_propagation(object, &ret->rootfs_propagation, err) < 0 ||
	    read_resources(arena, object, &ret->resources, err) < 0 ||
	    read_cgroups_path(object, &ret->cgroups_path, err) < 0 ||
	    read_seccomp(arena, object, &ret->seccomp, err) < 0)
		return -1;
	return 0;
}
