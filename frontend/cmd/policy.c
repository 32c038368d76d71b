#include "frontend/cmd/verbs.h"

#include "frontend/caller.h"
#include "frontend/cmd/owner.h"
#include "frontend/cmd/policy_fault.h"
#include "frontend/codes.h"
#include "frontend/log.h"
#include "frontend/spec/json.h"
#include "policy/grant.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct policy_options {
	const char *user;
};

static const struct option policy_options[] = {
	{ "user", 'u', OPTION_TEXT, offsetof(struct policy_options, user), "UID",
	  "what it lets this user do" },
};

/* Whom it is told about, and what is known. */
struct about {
	struct json_text out;
	const struct policy *policy;
	const struct config *config;
	uint32_t uid;
	bool other; /* somebody else than the caller */
	const char *who;
	struct text files[3]; /* /etc/passwd, /etc/subuid, /etc/subgid */
	struct grant_scan scan;
};

static const char *plain(struct arena *arena, struct text text)
{
	char *copy = arena_copy(arena, text.at, text.size);
	char *escaped = arena_alloc(arena, text.size * 4 + 1);

	log_escape(ESCAPE_PLAIN, copy, escaped, text.size * 4 + 1);
	return escaped;
}

static _printf_(2, 3) void say(struct about *about, const char *format, ...)
{
	char line[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	json_put(&about->out, line);
	json_put(&about->out, "\n");
}

static void cite_number(struct about *about, uint32_t number)
{
	struct text line = policy_line(about->policy->text, number);

	say(about, "    line %u: %s", number, plain(about->out.arena, line));
}

static void cite_nth(struct about *about, const char *key, uint32_t nth)
{
	uint32_t number;

	policy_line_of(about->policy->text, key, nth, &number);
	if (number)
		cite_number(about, number);
}

static void cite(struct about *about, const char *key)
{
	cite_nth(about, key, 0);
}

/* Without the helper. */
static void say_what_then_holds(struct about *about)
{
	say(about, "Then a container has the ids that newuidmap and newgidmap give, where they are "
		   "installed, else one id, its user's own.");
	say(about, "Limits (memory, processes, CPU) can be had where the cgroup is the user's own "
		   "already: in a systemd user session, or a delegated unit.");
}

static void say_who_mends(struct about *about, const char *how)
{
	say(about, "Root can mend it: %s", how);
}

static void tell_no_policy(struct about *about)
{
	const struct policy *policy = about->policy;
	struct arena *arena = about->out.arena;

	switch (policy->state) {
	case POLICY_ABSENT:
		say(about, "There is no policy: %s is not there, and rrun-helper refuses "
			   "everything.", POLICY_PATH);
		break;
	case POLICY_UNREAD:
		say(about, "The policy %s cannot be read: %s.", POLICY_PATH, policy->why);
		break;
	case POLICY_FOREIGN:
		say(about, "The policy is not believed, and rrun-helper refuses everything: %s.",
		    policy->why);
		break;
	case POLICY_INVALID:
	case POLICY_SOUND:
		say(about, "The policy %s is not valid, and rrun-helper refuses everything: %s.",
		    POLICY_PATH, plain(arena, text_of(policy_fault(arena, policy))));
		if (policy->line)
			cite_number(about, policy->line);
		break;
	}
	say_what_then_holds(about);
	say_who_mends(about, policy->state == POLICY_ABSENT
				     ? "make install-helper installs a policy."
				     : "rrun policy check says what is wrong and where.");
}

static void tell_helper(struct about *about)
{
	struct stat stat;

	if (lstat(HELPER_PATH, &stat) < 0)
		say(about, "rrun-helper is not installed (%s), so what follows is only what the "
			   "policy would let it do.", HELPER_PATH);
	else if (stat.st_uid != 0 || !(stat.st_mode & S_ISUID))
		say(about, "rrun-helper is not set-uid root (%s), so what follows is only what the "
			   "policy would let it do.", HELPER_PATH);
	else if (!about->other && access(HELPER_PATH, X_OK) < 0)
		say(about, "You may not start rrun-helper: only members of the group with gid %u "
			   "may. What follows is what the policy would let it do.", stat.st_gid);
}

/* Which deny_uid line. */
static void cite_denied(struct about *about)
{
	for (uint32_t i = 0, number = 1, uid; number; i++) {
		struct text line = policy_line_of(about->policy->text, "deny_uid", i, &number);

		text_cut(&line, ' ');
		if (number && text_number(line, &uid) && uid == about->uid)
			cite_number(about, number);
	}
}

static void tell_use(struct about *about)
{
	if (policy_admits(about->config, about->uid)) {
		say(about, "%s may use rrun-helper.", about->who);
		cite(about, "min_uid");
		return;
	}
	say(about, "%s may not use rrun-helper.", about->who);
	if (about->uid < about->config->value[CONFIG_MIN_UID])
		cite(about, "min_uid");
	cite_denied(about);
	say_what_then_holds(about);
}

static const struct band *find_band(const struct config *config, struct idrange range)
{
	for (const struct band *band = config->band; band < config->band + config->bands; band++)
		if (idrange_overlap(range, band->table))
			return band;
	return NULL;
}

/* OWNER:FIRST:COUNT of whom it is told about. */
static bool is_own_line(const struct about *about, struct text line, struct idrange *ret)
{
	struct text owner = text_cut(&line, ':');
	const struct text name = { about->scan.name, about->scan.name_size };
	uint32_t uid, first, count;

	if (!(text_number(owner, &uid) && uid == about->uid) &&
	    !(name.size > 0 && text_equal(owner, name)))
		return false;
	if (!text_number(text_cut(&line, ':'), &first) || !text_number(line, &count))
		return false;
	*ret = idrange_make(first, count);
	return true;
}

static const char *why_not_honoured(const struct about *about, struct idrange range)
{
	if (!idrange_sound(range))
		return "it is no range";
	if (range.first < about->config->value[CONFIG_MIN_HOST_ID])
		return "it begins below min_host_id";
	if (idranges_overlap(&about->config->reserved, range))
		return "it meets reserved ids";
	if (config_in_a_band(about->config, range))
		return "it meets a band";
	return "a line of another owner overlaps it, or the file is not believed";
}

/* The lines of /etc/subuid or /etc/subgid that speak of the user. */
static void tell_lines(struct about *about, const char *path, struct text text,
		       const struct idranges *granted)
{
	struct idrange range;

	for (uint32_t number = 1; text.at; number++) {
		struct text line = text_cut(&text, '\n');

		if (!is_own_line(about, line, &range))
			continue;
		say(about, "    %s line %u: %s", path, number, plain(about->out.arena, line));
		if (!idranges_hold(granted, range))
			say(about, "        is not honoured: %s",
			    why_not_honoured(about, range));
	}
}

static void tell_ranges(struct about *about, const char *what, const char *path, struct text text,
			const struct idranges *granted)
{
	say(about, "%s ids that a container of %s may have beside %s own:%s", what,
	    about->other ? about->who : "yours", about->other ? "its user's" : "your",
	    granted->count ? "" : " none");
	for (uint32_t i = 0; i < granted->count; i++) {
		const struct idrange *range = &granted->range[i];
		const struct band *band = find_band(about->config, *range);

		say(about, "  %llu to %llu (%llu ids)", (unsigned long long)range->first,
		    (unsigned long long)range->end - 1,
		    (unsigned long long)(range->end - range->first));
		if (band)
			cite_number(about, band->line);
	}
	cite(about, "subids");
	if (about->config->value[CONFIG_SUBIDS])
		tell_lines(about, path, text, granted);
}

static void tell_ids(struct about *about)
{
	const struct config *config = about->config;

	if (!config->value[CONFIG_MAPPING]) {
		say(about, "rrun-helper maps no ids for anybody.");
		cite(about, "mapping");
		return;
	}
	tell_ranges(about, "User", "/etc/subuid", about->files[1],
		    &about->scan.granted[GRANTED_UIDS]);
	tell_ranges(about, "Group", "/etc/subgid", about->files[2],
		    &about->scan.granted[GRANTED_GIDS]);
	if (about->scan.ignored)
		say(about, "  %u lines of these files were not understood.", about->scan.ignored);
	say(about, "A map may have %u lines.", config->value[CONFIG_MAX_EXTENTS]);
	cite(about, "max_extents");
	say(about, config->value[CONFIG_SETGROUPS]
			   ? "A container with granted group ids may call setgroups."
			   : "A container can never call setgroups.");
	cite(about, "setgroups");
}

static void tell_placement(struct about *about)
{
	static const char *const words[] = {
		[PLACEMENT_AUTO] = "A container that asks for limits gets a cgroup beside its "
				   "user's own or in /rrun.slice, whichever leaves no limit "
				   "of the user's behind.",
		[PLACEMENT_INHERIT] = "No cgroup is made for anybody: a container stays in that of "
				      "its user.",
		[PLACEMENT_SIBLING] = "A container that asks for limits gets a cgroup beside its "
				      "user's own, if that leaves no limit behind.",
		[PLACEMENT_SLICE] = "A container that asks for limits gets a cgroup in "
				    "/rrun.slice, if that leaves no limit behind.",
	};

	say(about, "%s", words[about->config->value[CONFIG_PLACEMENT]]);
	cite(about, "placement");
}

static void tell_caps(struct about *about, const char *whose, const char *const *keys,
		      enum config_key first)
{
	const uint32_t *value = &about->config->value[first];

	if (value[0] == CONFIG_NO_CAP && value[1] == CONFIG_NO_CAP && value[2] == CONFIG_NO_CAP)
		say(about, "%s may have as much memory, processes and CPU as is asked for.",
		    whose);
	else
		say(about, "%s may have at most:", whose);
	for (uint32_t i = 0; i < 3; i++)
		cite(about, keys[i]);
}

/* "0::/PATH" of /proc/self/cgroup; null: no cgroup v2. */
static const char *read_own_cgroup(struct arena *arena)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	const char *path = NULL;
	char line[4096];

	while (file && !path && fgets(line, sizeof(line), file))
		if (strncmp(line, "0::", 3) == 0)
			path = arena_copy(arena, line + 3, strcspn(line + 3, "\n"));
	if (file)
		fclose(file);
	return path;
}

static void tell_job(struct about *about)
{
	const char *path = read_own_cgroup(about->out.arena);
	uint32_t pattern = 0;
	const char *job = path ? policy_job(about->out.arena, about->config, path, &pattern) : NULL;

	if (!path) {
		say(about, "This machine has no cgroup v2: no cgroup can be made here.");
		return;
	}
	if (!job) {
		say(about, "You are in no batch job: your cgroup is %s.",
		    plain(about->out.arena, text_of(path)));
		return;
	}
	say(about, "You are in a batch job: %s. No process leaves it through rrun-helper: a "
		   "container stays under the job's limits, and cannot have tighter ones.",
	    plain(about->out.arena, text_of(job)));
	cite_nth(about, "never_leave", pattern);
}

static void tell_never_leave(struct about *about)
{
	if (!about->config->never_leaves) {
		say(about, "No cgroup is known as a batch job's.");
		return;
	}
	say(about, "Processes in a batch job's cgroup never leave it. It is known by a name in its "
		   "path:");
	for (uint32_t i = 0; i < about->config->never_leaves; i++)
		cite_nth(about, "never_leave", i);
}

static void tell_cgroups(struct about *about)
{
	static const char *const container[] = { "container_memory_mib", "container_pids",
						 "container_cpu_percent" };
	static const char *const user[] = { "user_memory_mib", "user_pids", "user_cpu_percent" };
	const struct config *config = about->config;

	if (!config->value[CONFIG_CGROUP]) {
		say(about, "rrun-helper makes no cgroup for anybody%s",
		    config->seen & 1u << CONFIG_CGROUP ? "." : ": no line speaks of cgroups.");
		cite(about, "cgroup");
		return;
	}
	say(about, "rrun-helper makes cgroups, which hold a container's limits.");
	cite(about, "cgroup");
	tell_placement(about);
	say(about, "%s may have %u cgroups at once.", about->who,
	    config->value[CONFIG_MAX_CGROUPS]);
	cite(about, "max_cgroups");
	tell_caps(about, "One container", container, CONFIG_CONTAINER_MEMORY);
	tell_caps(about, "All containers of a user in /rrun.slice together", user,
		  CONFIG_USER_MEMORY);
	tell_never_leave(about);
	if (!about->other)
		tell_job(about);
}

static void tell_notice(struct about *about)
{
	const char *notice = policy_notice_of(about->out.arena, about->policy);

	if (notice)
		say(about, "The site says: %s", notice);
}

static void tell(struct about *about)
{
	if (about->policy->state != POLICY_SOUND) {
		tell_no_policy(about);
		return;
	}
	tell_helper(about);
	tell_use(about);
	if (policy_admits(about->config, about->uid)) {
		tell_ids(about);
		tell_cgroups(about);
	}
	tell_notice(about);
}

static void gather(struct arena *arena, struct about *about)
{
	about->out.arena = arena;
	about->policy = policy_read(arena, POLICY_PATH);
	about->config = &about->policy->config;
	about->files[0] = policy_side_file(arena, "/etc/passwd");
	about->files[1] = policy_side_file(arena, "/etc/subuid");
	about->files[2] = policy_side_file(arena, "/etc/subgid");
	grant_from_texts(&about->scan, about->config, about->uid, about->files);
	about->who = about->other ? arena_print(arena, "%s (uid %u)",
						owner_name(arena, about->uid), about->uid)
				  : "You";
}

/* Those whom the policy does not concern. */
static const char *const unconcerned[] = {
	[MODE_ENGINE] = "You are root in a user namespace: rrun-helper is of no use here, and rrun "
			"maps ids and makes cgroups by itself as far as this namespace may.\n",
	[MODE_ROOT] = "You are root: rrun-helper is not needed, and its policy does not concern "
		      "you. rrun policy --user UID says what it lets a user do.\n",
};

static int explain(const struct call *call, struct error *err)
{
	const struct policy_options *options = call->options;
	struct about *about = arena_new(call->arena, struct about);
	struct caller caller;

	if (caller_read(&caller, err) < 0)
		return -1;
	about->uid = caller.uid;
	about->other = options->user != NULL;
	if (about->other && !text_number(text_of(options->user), &about->uid)) {
		error_set(err, RR_USE_04, "--user takes the number of a user, not \"%s\"",
			  options->user);
		return error_kind(err, ERROR_USAGE);
	}
	if (caller.mode != MODE_DIRECT && !about->other)
		return cmd_print(unconcerned[caller.mode], err);
	gather(call->arena, about);
	tell(about);
	return cmd_print(about->out.data, err);
}

static int refuse_file(struct arena *arena, const char *path, const struct policy *policy,
		       struct error *err)
{
	struct text line = policy_line(policy->text, policy->line);

	if (policy->line)
		error_set(err, RR_MAP_04, "%s: line %u: %s", path, policy->line,
			  plain(arena, line));
	else
		error_set(err, RR_MAP_04, "%s", path);
	if (policy->state == POLICY_INVALID)
		return error_why(err, "%s", policy_fault(arena, policy));
	return error_why(err, "%s",
			 policy->state == POLICY_ABSENT ? "there is no such file" : policy->why);
}

static int check(const struct call *call, const char *path, struct error *err)
{
	const struct policy *policy = policy_read(call->arena, path);
	struct json_text out = { .arena = call->arena };
	const char *const *warning;

	if (policy->state != POLICY_SOUND)
		return refuse_file(call->arena, path, policy, err);
	json_put_format(&out, "%s: sound\n", path);
	for (warning = policy_warnings(call->arena, policy); *warning; warning++)
		json_put_format(&out, "warning: %s\n", *warning);
	return cmd_print(out.data, err);
}

static int policy(const struct call *call, int *ret_status _unused_, struct error *err)
{
	if (!call->arg_count)
		return explain(call, err);
	if (strcmp(call->args[0], "check") == 0)
		return check(call, call->arg_count > 1 ? call->args[1] : POLICY_PATH, err);
	error_set(err, RR_USE_03, "policy does not know the word \"%s\"", call->args[0]);
	error_hint(err, "rrun policy, or rrun policy check FILE");
	return error_kind(err, ERROR_USAGE);
}

const struct command command_policy = {
	.name = "policy",
	.synopsis = "[OPTION]... [check [FILE]]",
	.summary = "Say what the site lets you do, or check a policy.conf",
	.most = 2,
	.table = { policy_options, count_of(policy_options), OPTIONS_ANYWHERE },
	.size = sizeof(struct policy_options),
	.run = policy,
};
