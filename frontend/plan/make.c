#include "frontend/plan/parts.h"

#include "frontend/codes.h"

#include <sched.h>
#include <string.h>
#include <sys/mount.h>

static const struct {
	enum spec_namespace namespace;
	uint64_t flag;
} namespace_flags[] = {
	{ NAMESPACE_USER, CLONE_NEWUSER },     { NAMESPACE_MOUNT, CLONE_NEWNS },
	{ NAMESPACE_PID, CLONE_NEWPID },       { NAMESPACE_IPC, CLONE_NEWIPC },
	{ NAMESPACE_UTS, CLONE_NEWUTS },       { NAMESPACE_NETWORK, CLONE_NEWNET },
	{ NAMESPACE_CGROUP, CLONE_NEWCGROUP },
};

static int namespaces_plan(const struct spec *spec, struct plan *plan, struct error *err)
{
	/* A regular user can do nothing without a user namespace: it is added, as crun does. */
	plan->namespaces = CLONE_NEWUSER;
	for (size_t i = 0; i < count_of(namespace_flags); i++) {
		if (spec->namespaces[namespace_flags[i].namespace].listed)
			plan->namespaces |= namespace_flags[i].flag;
	}
	if (!(plan->namespaces & CLONE_NEWNS)) {
		error_set(err, RR_CFG_05, "linux.namespaces has no entry of type \"mount\"");
		return error_why(err, "a container in the host's mount namespace is not supported");
	}
	if ((spec->hostname || spec->domainname) && !(plan->namespaces & CLONE_NEWUTS))
		return error_set(err, RR_CFG_06,
				 "%s is set, and linux.namespaces has no entry of type \"uts\"",
				 spec->hostname ? "hostname" : "domainname");
	plan->loopback = plan->namespaces & CLONE_NEWNET;
	plan->hostname = spec->hostname;
	plan->domainname = spec->domainname;
	return 0;
}

/* The two refusals keep runc's words: engines know them. reference cli-contract.md §2, §5. */
static int terminal_check(const struct spec *spec, const struct plan_facts *facts,
			  struct error *err)
{
	if (facts->detach && spec->process.terminal && !facts->console)
		return error_set(
			err, RR_TTY_01,
			"cannot allocate tty if rrun will detach without setting console socket");
	if (facts->console && (!facts->detach || !spec->process.terminal))
		return error_set(
			err, RR_TTY_01,
			"cannot use console socket if rrun will not detach or allocate tty");
	if (!facts->detach && spec->process.terminal && !facts->attached_terminal) {
		error_set(err, RR_TTY_01,
			  "process.terminal is true, and rrun has no terminal to use");
		return error_hint(err, "set process.terminal to false, or run it from a terminal");
	}
	return 0;
}

static unsigned long propagation_flag(const char *word)
{
	static const struct {
		const char *word;
		unsigned long flag;
	} words[] = {
		{ "shared", MS_SHARED },
		{ "rshared", MS_SHARED | MS_REC },
		{ "unbindable", MS_UNBINDABLE },
		{ "runbindable", MS_UNBINDABLE | MS_REC },
	};

	for (size_t i = 0; word && i < count_of(words); i++) {
		if (strcmp(word, words[i].word) == 0)
			return words[i].flag;
	}
	return 0;
}

static void root_plan(struct arena *arena, const struct spec *spec, const struct plan_facts *facts,
		      struct plan *plan)
{
	const char *path = spec->root_path;
	const char *word = spec->rootfs_propagation;

	plan->rootfs = path[0] == '/' ? path : arena_print(arena, "%s/%s", facts->bundle, path);
	plan->root_readonly = spec->root_readonly;
	plan->no_pivot = facts->no_pivot;
	plan->propagation = propagation_flag(word);
	plan->private_propagation =
		word && (strcmp(word, "private") == 0 || strcmp(word, "rprivate") == 0);
}

static const char *note_plan(struct arena *arena, const struct spec *spec, const struct plan *plan)
{
	for (size_t i = 0; i < plan->process.rlimit_count; i++) {
		if (plan->process.rlimits[i].hard != spec->process.rlimits[i].hard)
			return arena_print(arena, "%s is lowered to your own hard limit, %llu",
					   plan->process.rlimits[i].name,
					   (unsigned long long)plan->process.rlimits[i].hard);
	}
	if (spec->process.capabilities.unknown)
		return arena_print(arena, "capability %s is unknown and was left out",
				   spec->process.capabilities.unknown);
	return NULL;
}

static int groups_check(const struct plan *plan, const struct spec *spec, struct error *err)
{
	if (plan->ids != IDS_SINGLE || spec->process.group_count == 0)
		return 0;
	error_set(err, RR_PRC_05,
		  "process.user.additionalGids: cannot set any additional groups in a "
		  "rootless container with one id");
	return error_hint(err, "use a range of ids: rrun spec shows yours");
}

int plan_make(struct arena *arena, const struct spec *spec, const struct plan_facts *facts,
	      const struct plan **ret, struct error *err)
{
	struct plan *plan = arena_new(arena, struct plan);

	if (!spec->process.json) {
		error_set(err, RR_CFG_04, "process");
		return error_why(err, "process property must not be empty");
	}
	plan->id = facts->id;
	root_plan(arena, spec, facts, plan);
	plan->masked = spec->masked_paths;
	plan->readonly = spec->readonly_paths;
	if (namespaces_plan(spec, plan, err) < 0 || terminal_check(spec, facts, err) < 0 ||
	    plan_ids(arena, spec, facts, plan, err) < 0 ||
	    plan_mounts(arena, spec, facts, plan, err) < 0 ||
	    plan_devices(arena, spec, plan, err) < 0 ||
	    plan_make_process(arena, &spec->process, facts, &plan->uids, &plan->gids,
			      &plan->process, err) < 0 ||
	    groups_check(plan, spec, err) < 0 || plan_cgroup(arena, spec, facts, plan, err) < 0)
		return -1;

	plan->process.filtered = spec->seccomp;
	plan->note = note_plan(arena, spec, plan);
	*ret = plan;
	return 0;
}
