#include "frontend/spec/read.h"

#include "frontend/codes.h"

#include <string.h>

/* What the specification knows and rrun does not do yet. A line goes when the feature comes. */
static const char *const in_document[] = {
	"hooks.prestart",
	"hooks.createRuntime",
	"hooks.createContainer",
	"hooks.startContainer",
	"hooks.poststart",
	"hooks.poststop",
	"linux.sysctl",
	"linux.timeOffsets",
	"linux.netDevices",
	"linux.memoryPolicy",
	"linux.personality",
	"linux.intelRdt",
	"linux.mountLabel",
	"linux.seccomp.listenerPath",
};

static const char *const in_process[] = {
	"apparmorProfile", "selinuxLabel", "scheduler", "ioPriority", "execCPUAffinity",
};

static bool is_blank(const struct json *node)
{
	switch (node->type) {
	case JSON_NULL:
		return true;
	case JSON_STRING:
		return !*node->text;
	case JSON_ARRAY:
	case JSON_OBJECT:
		return node->count == 0;
	case JSON_BOOL:
	case JSON_NUMBER:
		return false;
	}
	return false;
}

/* "intelRdt": {} and "intelRdt": {"closID": ""} ask for nothing; "netDevices": {"eth0": {}} does:
 * its keys are the caller's own. */
static bool asks_nothing(const struct json *node)
{
	if (is_blank(node))
		return true;
	if (node->type != JSON_OBJECT || strcmp(node->key, "netDevices") == 0)
		return false;
	for (const struct json *inner = node->first; inner; inner = inner->next)
		if (!is_blank(inner))
			return false;
	return true;
}

static const struct json *step(const struct json *object, const char *name, size_t length)
{
	for (const struct json *node = object->first; node; node = node->next)
		if (strncmp(node->key, name, length) == 0 && !node->key[length])
			return node;
	return NULL;
}

/* The node at PATH, null when something on the way is absent. Fails when it is no object. */
static int find(const struct json *object, const char *path, const struct json **ret,
		struct error *err)
{
	const struct json *node = object;

	while (node && *path) {
		size_t length = strcspn(path, ".");

		if (is_blank(node))
			node = NULL;
		else if (json_expect(node, JSON_OBJECT, err) < 0)
			return -1;
		else
			node = step(node, path, length);
		path += length + (path[length] == '.');
	}
	*ret = node;
	return 0;
}

int refuse_unsupported_node(const struct json *node, struct error *err)
{
	char path[256];

	json_path(node, path, sizeof(path));
	return error_set(err, RR_CFG_05, "%s is not supported yet", path);
}

static int refuse_any(const struct json *object, const char *const *paths, size_t count,
		      struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct json *node;

		if (find(object, paths[i], &node, err) < 0)
			return -1;
		if (node && !asks_nothing(node))
			return refuse_unsupported_node(node, err);
	}
	return 0;
}

int refuse_unsupported(const struct json *document, struct error *err)
{
	return refuse_any(document, in_document, count_of(in_document), err);
}

int refuse_unsupported_process(const struct json *process, struct error *err)
{
	return refuse_any(process, in_process, count_of(in_process), err);
}
