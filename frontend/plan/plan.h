/* What will be done: everything is decided here, before anything is done.
 *
 * Promises: plan_make is pure and total. From the same spec and facts it makes the same plan, or
 * refuses with the JSON path of what cannot be. Stages perform a plan and decide nothing.
 * Takes: the spec and the facts about caller and command line, borrowed; strings of the plan may
 * point into the spec's arena.
 * Gives: an immutable struct in the arena; plan_print writes it, one fact a line, for `rrun plan`
 * and the goldens of tests/plan.
 * Fails: RR_CFG_03…06, RR_MAP_06, RR_MAP_09, RR_TTY_01, RR_NS_03, RR_CGR_01, RR_CGR_02.
 * Source: OCI runtime specification, config.md, config-linux.md; design.md §2, §5. */
#pragma once

#include "common/wire.h"
#include "frontend/arena.h"
#include "frontend/cgroup/limit.h"
#include "frontend/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spec;
struct spec_process;
struct caller;
struct here;

/* What the command line and the environment said. */
struct plan_facts {
	const struct caller *caller;
	const struct here *here; /* null: --cgroup-manager disabled */
	const char *one_id; /* the ladder ended on one id, and this is why; null: it did not */
	bool detach;        /* create or --detach */
	bool console;       /* a console socket was given */
	bool attached_terminal; /* in the foreground: the caller has a terminal to relay */
	bool no_pivot, no_new_keyring;
	bool require_range; /* one id will not do */
	bool clamp_rlimits; /* lower what the caller may not raise, instead of refusing */
	uint64_t hard_limit[16]; /* the caller's own, by RLIMIT_…; UINT64_MAX: none */
	uint32_t keep_fds, activated_fds; /* watch/listen.h */
	const char *listen_names;
	const char *notify_dir; /* host directory to bind at /run/notify, or null */
	const char *bundle;     /* absolute */
	const char *id;
};

/* How the id maps come to be written. */
enum plan_ids {
	IDS_SINGLE, /* one id each, the caller's own: the child writes them itself */
	IDS_RANGE,  /* through rrun-helper, else newuidmap and newgidmap */
	IDS_DIRECT, /* engine and root mode: the parent holds the capabilities */
};

struct plan_map {
	uint32_t count;
	const struct wire_extent *extent;
};

enum plan_mount_kind {
	MOUNT_FILESYSTEM, /* a new instance: type, flags, data */
	MOUNT_BIND,       /* source, perhaps with attributes */
};

struct plan_mount {
	const char *path;   /* of the document, for messages: "mounts[2]" */
	enum plan_mount_kind kind;
	const char *target; /* absolute, in the container */
	const char *source; /* bind: absolute host path; filesystem: the device's name */
	const char *type;
	const char *data;   /* null: none */
	unsigned long flags; /* filesystem: MS_… */
	bool recursive;      /* bind: with what is mounted below */
	uint64_t attr_set, attr_clear;                     /* MOUNT_ATTR_…: this mount */
	uint64_t recursive_set, recursive_clear;           /* MOUNT_ATTR_…: and all below */
	const unsigned long *propagation;                  /* zero-terminated MS_…, or null */
	bool real_directory; /* the target may not be a symlink: proc, sysfs */
	bool seal; /* read-only, but only when all mounts are done */
	bool keep_mode; /* tmpfs: give it the mode of what it covers */
};

struct plan_device {
	const char *where;  /* for messages */
	const char *path;   /* absolute, in the container, and on the host */
	char type;          /* 'c', 'b' bound from the host, 'p' made */
	uint32_t major, minor;
};

struct plan_rlimit {
	const char *name;
	int resource;
	uint64_t soft, hard;
};

struct plan_capabilities {
	uint64_t effective, permitted, inheritable, bounding, ambient;
};

/* What the program is started with: also of `exec`. */
struct plan_process {
	bool terminal;
	uint32_t rows, columns; /* 0: the caller's */
	const char *const *args;
	const char *const *env;
	bool home_unset; /* HOME comes from the container's /etc/passwd */
	const char *cwd;
	uint32_t uid, gid;
	const uint32_t *groups;
	size_t group_count;
	uint32_t umask;
	struct plan_capabilities capabilities;
	const struct plan_rlimit *rlimits;
	size_t rlimit_count;
	bool no_new_privileges;
	bool oom_score_set;
	int oom_score;
	uint32_t keep_fds;
	bool filtered;      /* a seccomp filter will come */
	const char *keyring; /* session keyring to join, or null */
};

/* Whose cgroup the container comes to be in: design.md §2. */
enum plan_way {
	WAY_INHERIT, /* the caller's, as it is */
	WAY_OWN,     /* one made in the caller's own tree; born there */
	WAY_HELPER,  /* one made by rrun-helper; moved there before it does anything */
};

struct plan_cgroup {
	enum plan_way way;
	const char *mount, *base, *path; /* WAY_OWN: make PATH, below BASE, which is there */
	struct cgroup_limits limits;     /* WAY_OWN: what is written */
	uint32_t asked;                  /* WAY_HELPER: of struct wire_request */
	uint64_t limit[WIRE_LIMITS];
	bool optional; /* WAY_HELPER: no limit was asked for; without a cgroup is no error */
	const char *note; /* what the user should know: "held by the job …"; or null */
};

struct plan {
	const char *id;
	uint64_t namespaces; /* CLONE_NEW… */
	enum plan_ids ids;
	struct plan_map uids, gids;
	uint32_t setup_uid, setup_gid; /* who makes files inside while the container is set up */
	const char *rootfs; /* absolute host path */
	bool root_readonly, no_pivot;
	unsigned long propagation; /* of the root, after the pivot; 0: leave */
	bool private_propagation;  /* make all mounts private first */
	const char *hostname, *domainname; /* null: leave */
	bool loopback;             /* bring lo up */
	const struct plan_mount *mounts;
	size_t mount_count;
	bool make_dev; /* devices, links, ptmx: unless /dev is a bind */
	const struct plan_device *devices;
	size_t device_count;
	const char *const *masked;
	const char *const *readonly;
	struct plan_process process;
	struct plan_cgroup cgroup;
	const char *ids_note; /* why one id only, when more were asked for; null: no step down */
	const char *note;     /* one thing that the user should know, or null */
};

int plan_make(struct arena *arena, const struct spec *spec, const struct plan_facts *facts,
	      const struct plan **ret, struct error *err);

/* The cgroup part alone: of SPEC only resources and cgroups_path count. `scope` has no more. */
int plan_make_cgroup(struct arena *arena, const struct spec *spec, const struct plan_facts *facts,
		     struct plan_cgroup *ret, struct error *err);

/* The process part alone, for `exec` into a container with these maps (null: unknown, not
 * checked). */
int plan_make_process(struct arena *arena, const struct spec_process *process,
		      const struct plan_facts *facts, const struct plan_map *uids,
		      const struct plan_map *gids, struct plan_process *ret,
		      struct error *err);

/* Text, one fact a line. */
const char *plan_print(struct arena *arena, const struct plan *plan);
