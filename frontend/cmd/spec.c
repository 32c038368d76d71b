#include "frontend/cmd/verbs.h"

#include "frontend/caller.h"
#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/spec/template.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct spec_options {
	const char *bundle;
	bool print, rootless;
};

#define FIELD(name) offsetof(struct spec_options, name)

static const struct option spec_options[] = {
	{ "bundle", 'b', OPTION_TEXT, FIELD(bundle), "DIR", "write it there (default: .)" },
	{ "print", 0, OPTION_FLAG, FIELD(print), NULL, "print it instead" },
	{ "rootless", 0, OPTION_FLAG, FIELD(rootless), NULL,
	  "with a user namespace; implied unless root calls" },
	{ "config", 'f', OPTION_LATER, 0, "FILE", NULL },
};

/* Root of the container is the caller; the ids above it are the first range that was granted. */
static size_t map_ids(uint32_t own, const struct caller_ranges *ranges, struct spec_mapping *ret)
{
	ret[0] = (struct spec_mapping){ .inside = 0, .outside = own, .count = 1 };
	if (!ranges->count)
		return 1;
	ret[1] = (struct spec_mapping){
		.inside = 1,
		.outside = ranges->range[0].start,
		.count = ranges->range[0].count,
	};
	return 2;
}

static int make_config(const struct call *call, const char **ret, struct error *err)
{
	const struct spec_options *options = call->options;
	struct spec_mapping uids[2], gids[2];
	struct caller caller = { 0 };
	size_t uid_count = 0, gid_count = 0;

	if (caller_read(&caller, err) < 0)
		return -1;
	if (caller.mode == MODE_DIRECT && caller_read_ranges(call->arena, &caller, err) < 0)
		return -1;
	if (caller.mode == MODE_DIRECT || options->rootless) {
		uid_count = map_ids(caller.uid, &caller.uids, uids);
		gid_count = map_ids(caller.gid, &caller.gids, gids);
	}
	*ret = template_config(call->arena, uids, uid_count, gids, gid_count);
	return 0;
}

static int write_config(const char *bundle, const char *config, struct error *err)
{
	_cleanup_(close_fd) int dir = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(close_fd) int fd = -1;

	if (dir < 0)
		return error_sys(err, "open the bundle %s", bundle);
	fd = openat(dir, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 && errno == EEXIST)
		return error_set(err, RR_SYS_01, "File config.json exists. Remove it first");
	if (fd < 0)
		return error_sys(err, "create config.json in %s", bundle);
	if (cmd_write(fd, "config.json", config, err) < 0) {
		unlinkat(dir, "config.json", 0);
		return -1;
	}
	return 0;
}

static int spec(const struct call *call, int *ret_status _unused_, struct error *err)
{
	const struct spec_options *options = call->options;
	const char *config = NULL;

	if (make_config(call, &config, err) < 0)
		return -1;
	if (options->print)
		return cmd_print(config, err);
	return write_config(options->bundle ? options->bundle : ".", config, err);
}

const struct command command_spec = {
	.name = "spec",
	.synopsis = "[OPTION]...",
	.summary = "Write a config.json that runs sh for you in ./rootfs",
	.table = { spec_options, count_of(spec_options), OPTIONS_ANYWHERE },
	.size = sizeof(struct spec_options),
	.run = spec,
};
