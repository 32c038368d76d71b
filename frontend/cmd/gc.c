#include "frontend/cmd/container.h"
#include "frontend/cmd/sweep.h"
#include "frontend/cmd/verbs.h"

#include "common/text.h"
#include "frontend/caller.h"
#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/spawn/cgroup.h"
#include "frontend/state/process.h"
#include "frontend/state/record.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

struct gc_options {
	bool dry_run, kill;
	const char *user;
};

#define FIELD(name) offsetof(struct gc_options, name)

static const struct option gc_options[] = {
	{ "dry-run", 'n', OPTION_FLAG, FIELD(dry_run), NULL, "only say what would be removed" },
	{ "user", 'u', OPTION_TEXT, FIELD(user), "UID", "root: only this user's cgroups" },
	{ "kill", 0, OPTION_FLAG, FIELD(kill), NULL,
	  "root: first kill what runs in that user's cgroups" },
};

/* Why an entry may go; null: it may not. What cannot be read is left to `delete --force`. */
static const char *find_reason(struct arena *arena, int root, const char *id, const char *boot_id,
			       int *ret_dir)
{
	struct state state = { 0 };
	struct error ignored = { 0 };
	enum record_found found;

	if (record_look(arena, root, id, &found, &state, ret_dir, &ignored) < 0)
		return NULL;
	if (found == RECORD_MISSING)
		return "the rrun that made it did not finish";
	if (found == RECORD_READ && strcmp(state.init.boot_id, boot_id) != 0)
		return "of an earlier boot";
	return NULL;
}

/* The root stays held from the look to the removal: who claims an ID meanwhile waits. */
static int collect_entry(const struct call *call, int root, const char *id, const char *boot_id,
			 struct json_text *out, struct error *err)
{
	const struct gc_options *options = call->options;
	_cleanup_(close_fd) int dir = -1;
	const char *why;
	int done = 0;

	flock(root, LOCK_EX);
	why = find_reason(call->arena, root, id, boot_id, &dir);
	if (why && !options->dry_run)
		done = state_remove(root, id, dir, err);
	flock(root, LOCK_UN);
	if (why && done == 0)
		json_put_format(out, "%s container %s: %s\n",
				options->dry_run ? "would remove" : "removed", id, why);
	return done;
}

/* An entry that cannot be removed does not keep the others; the first failure is the one told. */
static int collect_entries(const struct call *call, int root, struct json_text *out,
			   struct error *err)
{
	int copy = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	char boot_id[BOOT_ID_LENGTH + 1];
	struct error ignored;
	int done = 0;

	if (!list) {
		close_fd(&copy);
		return error_sys(err, "read the state directory");
	}
	if (process_boot_id(boot_id, err) < 0)
		done = -1;
	for (const struct dirent *entry; done == 0 && (entry = readdir(list));)
		if (state_id_check(entry->d_name, &ignored) == 0)
			done = collect_entry(call, root, entry->d_name, boot_id, out, err);
	closedir(list);
	return done;
}

static int collect_states(const struct call *call, struct json_text *out, struct error *err)
{
	int roots[STATE_ROOTS], done = 0;
	size_t count;

	if (state_roots_open(call->globals.root, roots, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (done == 0)
			done = collect_entries(call, roots[i], out, err);
		close_fd(&roots[i]);
	}
	return done;
}

/* The user's own that are empty: rrun-helper removes them. One that is a moment old may be about to
 * be entered. Those that it does not find from here are left to root's half, sweep.h. */
static int cgroup_gc_user(struct arena *arena, bool dry_run, struct json_text *out,
			  struct error *err)
{
	const struct cgroup *tops;
	size_t count;

	if (cgroup_abandoned(arena, &tops, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (!dry_run && cgroup_release(&tops[i], err) < 0)
			return -1;
		json_put_format(out, "%s cgroup %s\n", dry_run ? "would remove" : "removed",
				tops[i].path);
	}
	return 0;
}

static int refuse_words(struct error *err, const char *what)
{
	error_set(err, RR_USE_04, "%s", what);
	return error_kind(err, ERROR_USAGE);
}

static int read_sweep(const struct gc_options *options, enum caller_mode mode, uint32_t *uid,
		      struct sweep *ret, struct error *err)
{
	if ((options->user || options->kill) && mode != MODE_ROOT)
		return refuse_words(err, "--user and --kill are for root, outside of any "
					 "user namespace");
	if (options->user && !text_number(text_of(options->user), uid))
		return refuse_words(err, "--user takes the number of a user");
	if (options->kill && !options->user)
		return refuse_words(err, "--kill needs --user UID: whose containers are to end?");
	*ret = (struct sweep){
		.dry_run = options->dry_run,
		.kill = options->kill,
		.user = options->user ? uid : NULL,
	};
	return 0;
}

/* Without cgroup v2 there are none, which is an error only for who asks for some. */
static int collect_cgroups(const struct sweep *sweep, struct json_text *out, struct error *err)
{
	struct error first = { 0 };

	if (sweep_cgroups(sweep, out, &first) == 0 || (first.code == RR_CGR_01 && !sweep->user))
		return 0;
	if (err->kind == ERROR_NONE)
		*err = first;
	return -1;
}

static int collect(const struct call *call, struct json_text *out, struct error *err)
{
	const struct gc_options *options = call->options;
	struct caller caller;
	struct sweep sweep;
	uint32_t uid;
	int done;

	if (caller_read(&caller, err) < 0 ||
	    read_sweep(options, caller.mode, &uid, &sweep, err) < 0)
		return -1;
	done = options->user ? 0 : collect_states(call, out, err);
	if (caller.mode != MODE_ROOT)
		return done < 0 ? -1 : cgroup_gc_user(call->arena, options->dry_run, out, err);
	/* A broken state directory of root's own keeps no user's cgroups. */
	return collect_cgroups(&sweep, out, err) < 0 ? -1 : done;
}

/* What was done before a failure is said all the same. */
static int gc(const struct call *call, int *ret_status _unused_, struct error *err)
{
	struct json_text out = { .arena = call->arena };
	struct error ignored = { 0 };
	int done = collect(call, &out, err);

	if (!out.data)
		return done;
	return cmd_print(out.data, done < 0 ? &ignored : err) < 0 ? -1 : done;
}

const struct command command_gc = {
	.name = "gc",
	.synopsis = "[OPTION]...",
	.summary = "Remove what killed rruns left behind; as root, of all users",
	.table = { gc_options, count_of(gc_options), OPTIONS_ANYWHERE },
	.size = sizeof(struct gc_options),
	.run = gc,
};
