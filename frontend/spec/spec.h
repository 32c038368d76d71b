/* What was asked: config.json, read once into plain values.
 *
 * Promises: spec_read accepts what the OCI runtime specification 1.3 allows, ignores what it does
 * not know, and refuses by name what it knows and rrun does not do yet; it looks at nothing but the
 * text. Values are checked one by one here; how they go together is plan_make's to judge.
 * Takes: the tree of json_parse. Gives: a struct in the arena whose strings live there too.
 * Fails: RR_CFG_03, RR_CFG_04, RR_CFG_05, each with the JSON path.
 * Source: OCI runtime specification, config.md and config-linux.md. */
#pragma once

#include "frontend/spec/json.h"

#include <stdbool.h>
#include <stdint.h>

struct spec_mapping {
	uint32_t inside;
	uint32_t outside;
	uint32_t count;
};

struct spec_mappings {
	size_t count;
	const struct spec_mapping *item;
	const struct json *json; /* null when the property is absent */
};

/* An entry of namespaces[], by its place in NAMESPACE_TYPES. */
enum spec_namespace {
	NAMESPACE_USER,
	NAMESPACE_MOUNT,
	NAMESPACE_PID,
	NAMESPACE_IPC,
	NAMESPACE_UTS,
	NAMESPACE_NETWORK,
	NAMESPACE_CGROUP,
	NAMESPACE_TIME,
	NAMESPACE_COUNT
};

struct spec_mount {
	const struct json *json; /* for messages: its path in the document */
	const char *destination;
	const char *type;	    /* null when absent */
	const char *source;	    /* null when absent */
	const char *const *options; /* null-terminated, never null */
	size_t option_count;
};

struct spec_device {
	const struct json *json;
	const char *path;
	char type; /* 'c', 'b', 'p'; 'u' is read as 'c' */
	uint32_t major, minor;
};

struct spec_rlimit {
	const struct json *json;
	int resource; /* RLIMIT_… */
	const char *name;
	uint64_t soft, hard; /* UINT64_MAX is RLIM_INFINITY */
};

/* Bit N is capability N. Names that this kernel or table does not know are in `unknown`. */
struct spec_capabilities {
	bool present;
	uint64_t effective, permitted, inheritable, bounding, ambient;
	const char *unknown; /* one name to warn about, null when all are known */
};

struct spec_process {
	const struct json *json; /* null when config.json has no process */
	bool terminal;
	uint32_t console_height, console_width; /* 0: not given */
	const char *const *args;		/* null-terminated */
	size_t arg_count;
	const char *const *env; /* null-terminated */
	size_t env_count;
	const char *cwd;
	uint32_t uid, gid;
	bool umask_set;
	uint32_t umask;
	const uint32_t *groups;
	size_t group_count;
	struct spec_capabilities capabilities;
	const struct spec_rlimit *rlimits;
	size_t rlimit_count;
	bool no_new_privileges;
	bool oom_score_set;
	int oom_score;
	const struct json *apparmor_profile, *selinux_label; /* null when absent or empty */
};

struct spec_seccomp_argument {
	uint32_t index; /* 0…5 */
	uint64_t value, value_two;
	int op; /* enum scmp_compare */
};

struct spec_seccomp_rule {
	const struct json *json;
	const char *const *names;
	size_t name_count;
	uint32_t action; /* SCMP_ACT_…, errno folded in */
	const struct spec_seccomp_argument *arguments;
	size_t argument_count;
};

struct spec_seccomp {
	uint32_t default_action;
	const uint32_t *architectures; /* SCMP_ARCH_… */
	size_t architecture_count;
	uint32_t flags; /* SECCOMP_FILTER_FLAG_… */
	bool flags_set;
	const struct spec_seccomp_rule *rules;
	size_t rule_count;
};

struct spec_namespace_entry {
	bool listed;
	const struct json *json;
};

/* Of linux.resources: WHERE is null when it is absent, else the JSON path or the option that it
 * comes from, for messages. */
struct spec_amount {
	const char *where;
	int64_t value;
};

struct spec_count {
	const char *where;
	uint64_t value;
};

struct spec_text {
	const char *where;
	const char *value;
};

struct spec_device_rate {
	const char *where;
	const char *word; /* of io.max: "rbps", "wbps", "riops", "wiops" */
	uint32_t major, minor;
	uint64_t rate;
};

struct spec_device_weight {
	const char *where;
	uint32_t major, minor;
	uint32_t weight;
};

struct spec_hugepages {
	const char *where;
	const char *size; /* "2MB" */
	uint64_t limit;
};

struct spec_rdma {
	const char *device;
	struct spec_count handles, objects; /* at least one of them */
};

struct spec_unified {
	const char *where;
	const char *file, *value;
};

/* As it stands there: nothing is converted. What cgroup v2 has no file for is checked, and left
 * out. */
struct spec_resources {
	struct spec_amount memory, reservation, swap;
	bool check_before_update;
	struct spec_count shares, period, burst;
	struct spec_amount quota, idle;
	struct spec_text cpus, mems;
	struct spec_amount pids;
	struct spec_count io_weight;
	const struct spec_device_weight *io_weights;
	size_t io_weight_count;
	const struct spec_device_rate *io_rates;
	size_t io_rate_count;
	const struct spec_hugepages *hugepages;
	size_t hugepages_count;
	const struct spec_rdma *rdma;
	size_t rdma_count;
	const struct spec_unified *unified;
	size_t unified_count;
};

struct spec {
	const struct json *json; /* the document */
	const char *oci_version;
	const char *root_path; /* as written */
	bool root_readonly;
	const char *hostname, *domainname; /* null when absent */
	const struct spec_mount *mounts;
	size_t mount_count;
	struct spec_process process;
	const struct json *annotations; /* an object of strings, or null */

	struct spec_namespace_entry namespaces[NAMESPACE_COUNT];
	struct spec_mappings uid_mappings, gid_mappings;
	const struct spec_device *devices;
	size_t device_count;
	const char *const *masked_paths;
	const char *const *readonly_paths;
	const struct spec_seccomp *seccomp; /* null when absent */
	const char *rootfs_propagation;	    /* null when absent; a word of the specification */
	struct spec_resources resources;
	const char *cgroups_path; /* null when absent; one line without ".." */
};

int spec_read(struct arena *arena, const struct json *document, const struct spec **ret,
	      struct error *err);

/* A process object alone: config.json's, or the file of `exec --process`. */
int spec_read_process(struct arena *arena, const struct json *process, struct spec_process *ret,
		      struct error *err);

/* A resources object alone: linux.resources, or the file of `update --resources`. */
int spec_read_resources(struct arena *arena, const struct json *resources,
			struct spec_resources *ret, struct error *err);

/* Capability number of "CAP_CHOWN" (any case, the prefix may be missing); -1 when unknown. */
int spec_capability(const char *name);
