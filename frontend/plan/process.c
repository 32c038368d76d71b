#include "frontend/plan/parts.h"

#include "frontend/codes.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_UMASK 022

static const char *const *env_plan(struct arena *arena, const struct spec_process *process,
				   const struct plan_facts *facts, bool *ret_home_unset)
{
	/* HOME, the three of socket activation, NOTIFY_SOCKET, the end. */
	const char **env = arena_array(arena, process->env_count + 6, sizeof(*env));
	size_t used = 0;

	*ret_home_unset = true;
	for (size_t i = 0; i < process->env_count; i++) {
		if (strncmp(process->env[i], "HOME=", 5) == 0) {
			if (process->env[i][5] == '\0')
				continue;
			*ret_home_unset = false;
		}
		env[used++] = process->env[i];
	}
	if (facts->activated_fds > 0) {
		env[used++] = arena_print(arena, "LISTEN_FDS=%u", facts->activated_fds);
		env[used++] = "LISTEN_PID=1";
		if (facts->listen_names)
			env[used++] = arena_print(arena, "LISTEN_FDNAMES=%s", facts->listen_names);
	}
	if (facts->notify_dir)
		env[used++] = "NOTIFY_SOCKET=/run/notify/notify.sock";
	return env;
}

static int rlimits_plan(struct arena *arena, const struct spec_process *process,
			const struct plan_facts *facts, struct plan_process *ret, struct error *err)
{
	struct plan_rlimit *limits = arena_array(arena, process->rlimit_count, sizeof(*limits));

	for (size_t i = 0; i < process->rlimit_count; i++) {
		const struct spec_rlimit *from = &process->rlimits[i];
		uint64_t ceiling = facts->hard_limit[from->resource];

		limits[i] =
			(struct plan_rlimit){ from->name, from->resource, from->soft, from->hard };
		if (from->hard <= ceiling)
			continue;
		if (!facts->clamp_rlimits) {
			json_refuse(from->json, err, "%s: the hard limit is above your own, %llu",
				    from->name, (unsigned long long)ceiling);
			error_code(err, RR_PRC_04);
			return error_hint(
				err, "lower it in config.json, or ask your admin to raise yours");
		}
		limits[i].hard = ceiling;
		limits[i].soft = from->soft < ceiling ? from->soft : ceiling;
	}
	ret->rlimits = limits;
	ret->rlimit_count = process->rlimit_count;
	return 0;
}

/* The kernel would answer EINVAL or EPERM at the last moment, without a name. capset(2),
 * capabilities(7) "Ambient". */
static int capabilities_check(const struct spec_process *process, struct error *err)
{
	const struct spec_capabilities *caps = &process->capabilities;
	const struct json *json = json_get(process->json, "capabilities");

	if (caps->effective & ~caps->permitted) {
		json_refuse(json, err, "effective has capabilities that permitted has not");
		return error_code(err, RR_CFG_06);
	}
	return 0;
}

/* Ambient must be permitted and inheritable: what is not is left out with a note, as the
 * specification wants of what cannot be granted. */
static struct plan_capabilities capabilities_plan(const struct spec_capabilities *caps)
{
	return (struct plan_capabilities){
		.effective = caps->effective,
		.permitted = caps->permitted,
		.inheritable = caps->inheritable,
		.bounding = caps->bounding,
		.ambient = caps->ambient & caps->permitted & caps->inheritable,
	};
}

static int ids_check(const struct spec_process *process, const struct plan_map *uids,
		     const struct plan_map *gids, struct error *err)
{
	if (uids && !plan_maps(uids, process->uid))
		return error_set(
			err, RR_MAP_09,
			"process.user.uid: cannot setuid to unmapped uid %u in user namespace",
			process->uid);
	if (gids && !plan_maps(gids, process->gid))
		return error_set(
			err, RR_MAP_09,
			"process.user.gid: cannot setgid to unmapped gid %u in user namespace",
			process->gid);
	for (size_t i = 0; gids && i < process->group_count; i++) {
		if (!plan_maps(gids, process->groups[i]))
			return error_set(
				err, RR_MAP_09,
				"process.user.additionalGids[%zu]: gid %u is not mapped in the "
				"container",
				i, process->groups[i]);
	}
	return 0;
}

int plan_make_process(struct arena *arena, const struct spec_process *process,
		      const struct plan_facts *facts, const struct plan_map *uids,
		      const struct plan_map *gids, struct plan_process *ret, struct error *err)
{
	if (process->arg_count == 0)
		return error_set(err, RR_CFG_04, "process.args must not be empty");
	if (!process->cwd || !process->cwd[0])
		return error_set(err, RR_CFG_04, "process.cwd: Cwd property must not be empty");
	if (process->cwd[0] != '/')
		return error_set(err, RR_CFG_03, "process.cwd: Cwd must be an absolute path");
	if (ids_check(process, uids, gids, err) < 0 || capabilities_check(process, err) < 0)
		return -1;

	*ret = (struct plan_process){
		.terminal = process->terminal,
		.rows = process->console_height,
		.columns = process->console_width,
		.args = process->args,
		.cwd = process->cwd,
		.uid = process->uid,
		.gid = process->gid,
		.groups = process->groups,
		.group_count = process->group_count,
		.umask = process->umask_set ? process->umask & 0777 : DEFAULT_UMASK,
		.capabilities = capabilities_plan(&process->capabilities),
		.no_new_privileges = process->no_new_privileges,
		.oom_score_set = process->oom_score_set,
		.oom_score = process->oom_score,
		.keep_fds = facts->keep_fds,
		.keyring = facts->no_new_keyring ? NULL : arena_print(arena, "_ses.%s", facts->id),
	};
	ret->env = env_plan(arena, process, facts, &ret->home_unset);
	return rlimits_plan(arena, process, facts, ret, err);
}
