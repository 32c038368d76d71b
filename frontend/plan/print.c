#include "frontend/plan/plan.h"

#include "frontend/spec/json.h"

#include <linux/mount.h>
#include <sched.h>
#include <string.h>

struct name {
	uint64_t flag;
	const char *name;
};

static const struct name namespace_names[] = {
	{ CLONE_NEWUSER, "user" },     { CLONE_NEWNS, "mount" }, { CLONE_NEWPID, "pid" },
	{ CLONE_NEWIPC, "ipc" },       { CLONE_NEWUTS, "uts" },	 { CLONE_NEWNET, "network" },
	{ CLONE_NEWCGROUP, "cgroup" },
};

static const struct name attribute_names[] = {
	{ MOUNT_ATTR_RDONLY, "ro" },
	{ MOUNT_ATTR_NOSUID, "nosuid" },
	{ MOUNT_ATTR_NODEV, "nodev" },
	{ MOUNT_ATTR_NOEXEC, "noexec" },
	{ MOUNT_ATTR_NOATIME, "noatime" },
	{ MOUNT_ATTR_STRICTATIME, "strictatime" },
	{ MOUNT_ATTR_NODIRATIME, "nodiratime" },
	{ MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow" },
};

static void put_names(struct json_text *out, const char *head, uint64_t flags,
		      const struct name *names, size_t count)
{
	if (flags == 0)
		return;
	json_put(out, head);
	for (size_t i = 0; i < count; i++) {
		if (flags & names[i].flag)
			json_put_format(out, " %s", names[i].name);
	}
}

static void put_map(struct json_text *out, const char *name, const struct plan_map *map)
{
	for (uint32_t i = 0; i < map->count; i++)
		json_put_format(out, "%s inside %u outside %u count %u\n", name,
				map->extent[i].inside, map->extent[i].outside,
				map->extent[i].count);
}

static void put_mount(struct json_text *out, const struct plan_mount *mount)
{
	if (mount->kind == MOUNT_BIND)
		json_put_format(out, "bind %s from %s%s", mount->target, mount->source,
				mount->recursive ? " recursive" : "");
	else
		json_put_format(out, "mount %s type %s flags 0x%lx data %s", mount->target,
				mount->type, mount->flags, mount->data ? mount->data : "-");
	put_names(out, " set", mount->attr_set, attribute_names, count_of(attribute_names));
	put_names(out, " clear", mount->attr_clear & ~(uint64_t)MOUNT_ATTR__ATIME, attribute_names,
		  count_of(attribute_names));
	put_names(out, " all-set", mount->recursive_set, attribute_names,
		  count_of(attribute_names));
	put_names(out, " all-clear", mount->recursive_clear & ~(uint64_t)MOUNT_ATTR__ATIME,
		  attribute_names, count_of(attribute_names));
	for (size_t i = 0; mount->propagation && mount->propagation[i]; i++)
		json_put_format(out, " propagation 0x%lx", mount->propagation[i]);
	json_put(out, mount->seal ? " read-only at the end\n" : "\n");
}

static void put_words(struct json_text *out, const char *name, const char *const *words)
{
	for (size_t i = 0; words && words[i]; i++) {
		json_put_format(out, "%s ", name);
		json_put_string(out, words[i]);
		json_put(out, "\n");
	}
}

static void put_process(struct json_text *out, const struct plan_process *process)
{
	put_words(out, "arg", process->args);
	put_words(out, "env", process->env);
	json_put(out, "cwd ");
	json_put_string(out, process->cwd);
	json_put_format(out, "\nuser %u group %u umask %04o\n", process->uid, process->gid,
			process->umask);
	for (size_t i = 0; i < process->group_count; i++)
		json_put_format(out, "additional group %u\n", process->groups[i]);
	json_put_format(
		out,
		"capabilities effective %#llx permitted %#llx inheritable %#llx bounding %#llx "
		"ambient %#llx\n",
		(unsigned long long)process->capabilities.effective,
		(unsigned long long)process->capabilities.permitted,
		(unsigned long long)process->capabilities.inheritable,
		(unsigned long long)process->capabilities.bounding,
		(unsigned long long)process->capabilities.ambient);
	for (size_t i = 0; i < process->rlimit_count; i++)
		json_put_format(out, "rlimit %s soft %llu hard %llu\n", process->rlimits[i].name,
				(unsigned long long)process->rlimits[i].soft,
				(unsigned long long)process->rlimits[i].hard);
	if (process->oom_score_set)
		json_put_format(out, "oom score %d\n", process->oom_score);
	json_put_format(out, "terminal %s, no new privileges %s, seccomp filter %s, keyring %s\n",
			process->terminal ? "yes" : "no", process->no_new_privileges ? "yes" : "no",
			process->filtered ? "yes" : "no",
			process->keyring ? process->keyring : "kept");
}

/* A value of several lines is quoted: one fact a line. */
static void put_limit(struct json_text *out, const struct cgroup_limit *limit)
{
	json_put_format(out, "limit %s=", limit->file);
	if (strpbrk(limit->value, "\n\r\033"))
		json_put_string(out, limit->value);
	else
		json_put(out, limit->value);
	json_put(out, limit->may_miss ? " if the file is there\n" : "\n");
}

/* Silent where nothing was asked for. */
static void put_cgroup(struct json_text *out, const struct plan_cgroup *cgroup)
{
	switch (cgroup->way) {
	case WAY_INHERIT:
		if (cgroup->note)
			json_put(out, "cgroup the caller's\n");
		break;
	case WAY_OWN:
		json_put_format(out, "cgroup %s%s made by rrun below %s\n", cgroup->mount,
				cgroup->path, cgroup->base);
		break;
	case WAY_HELPER:
		json_put_format(out, "cgroup made by rrun-helper%s\n",
				cgroup->optional ? ", if it can be" : "");
		break;
	}
	for (size_t i = 0; i < cgroup->limits.count; i++)
		put_limit(out, &cgroup->limits.item[i]);
	if (cgroup->note)
		json_put_format(out, "note %s\n", cgroup->note);
}

const char *plan_print(struct arena *arena, const struct plan *plan)
{
	static const char *const ids[] = {
		[IDS_SINGLE] = "one id, written by the container",
		[IDS_RANGE] = "ranges, through rrun-helper",
		[IDS_DIRECT] = "written by rrun",
	};
	struct json_text out = { .arena = arena };

	put_names(&out, "namespaces", plan->namespaces, namespace_names, count_of(namespace_names));
	json_put_format(&out, "\nids %s\n", ids[plan->ids]);
	put_map(&out, "uid", &plan->uids);
	put_map(&out, "gid", &plan->gids);
	json_put_format(&out, "root %s%s%s\n", plan->rootfs,
			plan->root_readonly ? " read-only" : "",
			plan->no_pivot ? " without pivot_root" : "");
	for (size_t i = 0; i < plan->mount_count; i++)
		put_mount(&out, &plan->mounts[i]);
	for (size_t i = 0; i < plan->device_count; i++)
		json_put_format(&out, "device %s %c %u:%u\n", plan->devices[i].path,
				plan->devices[i].type, plan->devices[i].major,
				plan->devices[i].minor);
	put_words(&out, "masked", plan->masked);
	put_words(&out, "read-only", plan->readonly);
	if (plan->hostname)
		json_put_format(&out, "hostname %s\n", plan->hostname);
	put_process(&out, &plan->process);
	put_cgroup(&out, &plan->cgroup);
	if (plan->ids_note)
		json_put_format(&out, "note %s\n", plan->ids_note);
	if (plan->note)
		json_put_format(&out, "note %s\n", plan->note);
	return out.data;
}
