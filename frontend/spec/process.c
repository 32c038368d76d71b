#include "frontend/spec/read.h"

#include <string.h>
#include <sys/resource.h>

static int read_console(const struct json *process, struct spec_process *ret, struct error *err)
{
	const struct json *size = NULL;

	/* config.md: consoleSize is ignored when terminal is false. */
	if (!ret->terminal)
		return 0;
	if (json_object(process, "consoleSize", &size, err) < 0)
		return -1;
	if (!size)
		return 0;
	if (read_required_u32(size, "height", &ret->console_height, err) < 0 ||
	    read_required_u32(size, "width", &ret->console_width, err) < 0)
		return -1;
	/* struct winsize holds 16 bits of each. */
	if (ret->console_height > UINT16_MAX || ret->console_width > UINT16_MAX)
		return json_refuse(size, err, "a terminal has at most %u rows and columns",
				   UINT16_MAX);
	return 0;
}

static int read_args(struct arena *arena, const struct json *process, struct spec_process *ret,
		     struct error *err)
{
	if (json_require(process, "args", err) < 0 ||
	    read_strings(arena, process, "args", &ret->args, &ret->arg_count, err) < 0)
		return -1;
	if (ret->arg_count == 0)
		return json_refuse(json_get(process, "args"), err, "must name a program");
	if (!*ret->args[0])
		return json_refuse(json_get(process, "args")->first, err, "must not be empty");
	return 0;
}

static int read_env(struct arena *arena, const struct json *process, struct spec_process *ret,
		    struct error *err)
{
	const struct json *array = NULL;

	if (read_strings(arena, process, "env", &ret->env, &ret->env_count, err) < 0 ||
	    json_array(process, "env", &array, err) < 0)
		return -1;
	for (const struct json *node = array ? array->first : NULL; node; node = node->next) {
		const char *equals = strchr(node->text, '=');

		if (!equals || equals == node->text)
			return json_refuse(node, err, "must be NAME=VALUE, not \"%.60s\"",
					   node->text);
	}
	return 0;
}

/* To setresuid(2) and its kin, -1 means "leave as it is". */
static int check_id(const struct json *node, uint32_t id, struct error *err)
{
	if (id == UINT32_MAX)
		return json_refuse(node, err, "no process can have id %u", id);
	return 0;
}

static int read_groups(struct arena *arena, const struct json *user, struct spec_process *ret,
		       struct error *err)
{
	const struct json *node;
	uint32_t *groups;
	size_t count;

	if (read_array(user, "additionalGids", &node, &count, err) < 0)
		return -1;
	groups = arena_array(arena, count, sizeof(*groups));
	for (; node; node = node->next)
		if (json_item_u32(node, &groups[node->index], err) < 0 ||
		    check_id(node, groups[node->index], err) < 0)
			return -1;
	ret->groups = groups;
	ret->group_count = count;
	return 0;
}

static int read_user(struct arena *arena, const struct json *process, struct spec_process *ret,
		     struct error *err)
{
	const struct json *user = NULL;

	if (json_object(process, "user", &user, err) < 0 ||
	    json_u32(user, "uid", &ret->uid, err) < 0 ||
	    check_id(json_get(user, "uid"), ret->uid, err) < 0 ||
	    json_u32(user, "gid", &ret->gid, err) < 0 ||
	    check_id(json_get(user, "gid"), ret->gid, err) < 0 ||
	    json_u32(user, "umask", &ret->umask, err) < 0)
		return -1;
	ret->umask_set = json_get(user, "umask") != NULL;
	ret->umask &= 0777; /* as umask(2) does */
	return read_groups(arena, user, ret, err);
}

static const struct {
	const char *name;
	int number;
} resources[] = {
	{ .name = "RLIMIT_AS", .number = RLIMIT_AS },
	{ .name = "RLIMIT_CORE", .number = RLIMIT_CORE },
	{ .name = "RLIMIT_CPU", .number = RLIMIT_CPU },
	{ .name = "RLIMIT_DATA", .number = RLIMIT_DATA },
	{ .name = "RLIMIT_FSIZE", .number = RLIMIT_FSIZE },
	{ .name = "RLIMIT_LOCKS", .number = RLIMIT_LOCKS },
	{ .name = "RLIMIT_MEMLOCK", .number = RLIMIT_MEMLOCK },
	{ .name = "RLIMIT_MSGQUEUE", .number = RLIMIT_MSGQUEUE },
	{ .name = "RLIMIT_NICE", .number = RLIMIT_NICE },
	{ .name = "RLIMIT_NOFILE", .number = RLIMIT_NOFILE },
	{ .name = "RLIMIT_NPROC", .number = RLIMIT_NPROC },
	{ .name = "RLIMIT_RSS", .number = RLIMIT_RSS },
	{ .name = "RLIMIT_RTPRIO", .number = RLIMIT_RTPRIO },
	{ .name = "RLIMIT_RTTIME", .number = RLIMIT_RTTIME },
	{ .name = "RLIMIT_SIGPENDING", .number = RLIMIT_SIGPENDING },
	{ .name = "RLIMIT_STACK", .number = RLIMIT_STACK },
};

static int read_resource(const struct json *node, struct spec_rlimit *ret, struct error *err)
{
	if (read_required_text(node, "type", &ret->name, err) < 0)
		return -1;
	for (size_t i = 0; i < count_of(resources); i++) {
		if (strcmp(resources[i].name, ret->name) == 0) {
			ret->resource = resources[i].number;
			return 0;
		}
	}
	return json_refuse(json_get(node, "type"), err, "unknown limit \"%.60s\"", ret->name);
}

static int read_rlimit(const struct json *node, struct spec_rlimit *ret, struct error *err)
{
	ret->json = node;
	if (json_expect(node, JSON_OBJECT, err) < 0 || read_resource(node, ret, err) < 0 ||
	    read_required_u64(node, "soft", &ret->soft, err) < 0 ||
	    read_required_u64(node, "hard", &ret->hard, err) < 0)
		return -1;
	if (ret->soft > ret->hard)
		return json_refuse(node, err, "the soft limit of %s is above its hard limit",
				   ret->name);
	return 0;
}

static int read_rlimits(struct arena *arena, const struct json *process, struct spec_process *ret,
			struct error *err)
{
	const struct json *node;
	struct spec_rlimit *rlimits;
	uint64_t seen = 0;
	size_t count;

	if (read_array(process, "rlimits", &node, &count, err) < 0)
		return -1;
	rlimits = arena_array(arena, count, sizeof(*rlimits));
	for (; node; node = node->next) {
		struct spec_rlimit *rlimit = &rlimits[node->index];

		if (read_rlimit(node, rlimit, err) < 0)
			return -1;
		if (seen & (uint64_t)1 << rlimit->resource)
			return json_refuse(node, err, "%s stands there twice", rlimit->name);
		seen |= (uint64_t)1 << rlimit->resource;
	}
	ret->rlimits = rlimits;
	ret->rlimit_count = count;
	return 0;
}

static int read_oom_score(const struct json *process, struct spec_process *ret, struct error *err)
{
	int64_t score = 0;

	if (json_i64(process, "oomScoreAdj", &score, err) < 0)
		return -1;
	if (score < -1000 || score > 1000)
		return json_refuse(json_get(process, "oomScoreAdj"), err,
				   "must be from -1000 to 1000, not %lld", (long long)score);
	ret->oom_score_set = json_get(process, "oomScoreAdj") != NULL;
	ret->oom_score = (int)score;
	return 0;
}

int spec_read_process(struct arena *arena, const struct json *process, struct spec_process *ret,
		      struct error *err)
{
	struct spec_process read = { .json = process };

	if (json_expect(process, JSON_OBJECT, err) < 0 ||
	    json_bool(process, "terminal", &read.terminal, err) < 0 ||
	    read_console(process, &read, err) < 0 || read_args(arena, process, &read, err) < 0 ||
	    read_env(arena, process, &read, err) < 0 ||
	    read_absolute(process, "cwd", &read.cwd, err) < 0 ||
	    read_user(arena, process, &read, err) < 0 ||
	    read_capabilities(process, &read.capabilities, err) < 0 ||
	    read_rlimits(arena, process, &read, err) < 0 ||
	    json_bool(process, "noNewPrivileges", &read.no_new_privileges, err) < 0 ||
	    read_oom_score(process, &read, err) < 0 || refuse_unsupported_process(process, err) < 0)
		return -1;
	*ret = read;
	return 0;
}
