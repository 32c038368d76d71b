#include "frontend/cmd/container.h"

#include "frontend/codes.h"
#include "frontend/fd.h"

/* How deep a line of a page is; on one line all of it is nothing. */
struct layout {
	const char *outer, *inner, *close, *colon;
};

static const struct layout layouts[] = {
	[LAYOUT_LINE] = { "", "", "", ":" },
	[LAYOUT_PAGE] = { "\n  ", "\n    ", "\n", ": " },
};

void container_close(struct container *container)
{
	close_fd(&container->dir);
}

int container_root(const struct call *call, const char *id, int *ret, struct error *err)
{
	return state_root_find(call->globals.root, id, ret, err);
}

int container_load(struct arena *arena, int root, const char *id, struct container *ret,
		   struct error *err)
{
	struct container container = CONTAINER_CLOSED;

	if (state_load(arena, root, id, &container.state, &container.dir, err) < 0)
		return -1;
	container.status = state_status(&container.state, container.dir);
	*ret = container;
	return 0;
}

int container_find(const struct call *call, struct container *ret, struct error *err)
{
	_cleanup_(close_fd) int root = -1;
	const char *id = call->args[0];

	if (state_id_check(id, err) < 0 || container_root(call, id, &root, err) < 0)
		return -1;
	if (root < 0)
		return error_set(err, RR_ID_03, "container does not exist");
	return container_load(call->arena, root, id, ret, err);
}

int container_pid(const struct container *container)
{
	return container->status == STATUS_STOPPED ? 0 : (int)container->state.init.pid;
}

bool container_lives(const struct container *container)
{
	return container->status == STATUS_CREATED || container->status == STATUS_RUNNING ||
	       container->status == STATUS_PAUSED;
}

static int has_no_cgroup(const struct state *state, struct error *err)
{
	const char *path = state->cgroup.path, *note = state->cgroup_note;

	error_set(err, RR_CGR_04, "container %s has no cgroup of its own", state->id);
	if (path && *path) {
		error_hint(err, "delete the container and run it again");
		return error_why(err, "%s is gone, or another's by now", path);
	}
	error_hint(err, "set linux.cgroupsPath or a limit of linux.resources in config.json");
	return error_why(err, "%s",
			 note && *note ? note
				       : "no limits and no linux.cgroupsPath were asked for");
}

int container_cgroup(const struct container *container, int *ret, struct error *err)
{
	_cleanup_(close_fd) int dir = -1;

	if (cgroup_open(&container->state.cgroup, &dir, err) < 0)
		return -1;
	if (dir < 0)
		return has_no_cgroup(&container->state, err);
	*ret = take_fd(&dir);
	return 0;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static void put_key(struct json_text *out, const char *lead, const struct layout *layout,
		    const char *key)
{
	json_put(out, lead);
	json_put_string(out, key);
	json_put(out, layout->colon);
}

static void put_pair(struct json_text *out, const char *line, const struct layout *layout,
		     const char *key, const char *value)
{
	json_put(out, line);
	put_key(out, "", layout, key);
	json_put_string(out, or_empty(value));
}

static int read_annotations(const struct state *state, struct arena *arena, const struct json **ret,
			    struct error *err)
{
	const struct json *config = NULL;

	if (!state->config)
		return 0;
	if (json_parse(arena, "the config that was kept", state->config, state->config_length,
		       &config, err) < 0)
		return -1;
	return json_object(config, "annotations", ret, err);
}

static void put_annotations(struct json_text *out, const struct layout *layout,
			    const struct json *annotations)
{
	const char *comma = "";

	if (!annotations || !annotations->count)
		return;
	json_put(out, ",");
	put_key(out, layout->outer, layout, "annotations");
	json_put(out, "{");
	for (const struct json *member = annotations->first; member; member = member->next) {
		json_put(out, comma);
		put_pair(out, layout->inner, layout, member->key, member->text);
		comma = ",";
	}
	json_put(out, layout->outer);
	json_put(out, "}");
}

static void put_present(struct json_text *out, const struct layout *layout, const char *key,
			const char *value)
{
	if (!*or_empty(value))
		return;
	json_put(out, ",");
	put_pair(out, layout->inner, layout, key, value);
}

static void put_ours(struct json_text *out, const struct layout *layout, const struct state *state)
{
	json_put(out, ",");
	put_key(out, layout->outer, layout, "rrun");
	json_put(out, "{");
	put_pair(out, layout->inner, layout, "ids", state->ids);
	json_put(out, ",");
	put_pair(out, layout->inner, layout, "idsNote", state->ids_note);
	put_present(out, layout, "cgroup", state->cgroup.path);
	put_present(out, layout, "cgroupNote", state->cgroup_note);
	json_put(out, layout->outer);
	json_put(out, "}");
}

int container_json(enum container_layout which, const struct container *container,
		   const char *owner, struct json_text *out, struct error *err)
{
	const struct layout *layout = &layouts[which];
	const struct state *state = &container->state;
	const struct json *annotations = NULL;

	if (read_annotations(state, out->arena, &annotations, err) < 0)
		return -1;
	json_put(out, "{");
	put_pair(out, layout->outer, layout, "ociVersion", SPEC_VERSION);
	json_put(out, ",");
	put_pair(out, layout->outer, layout, "id", state->id);
	json_put(out, ",");
	put_key(out, layout->outer, layout, "pid");
	json_put_format(out, "%d,", container_pid(container));
	put_pair(out, layout->outer, layout, "status", state_status_name(container->status));
	json_put(out, ",");
	put_pair(out, layout->outer, layout, "bundle", state->bundle);
	json_put(out, ",");
	put_pair(out, layout->outer, layout, "rootfs", state->rootfs);
	json_put(out, ",");
	put_pair(out, layout->outer, layout, "created", state->created);
	put_annotations(out, layout, annotations);
	json_put(out, ",");
	put_pair(out, layout->outer, layout, "owner", owner);
	put_ours(out, layout, state);
	json_put(out, layout->close);
	json_put(out, "}");
	return 0;
}
