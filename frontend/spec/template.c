#include "frontend/spec/template.h"

#include <string.h>

/* In the order runc's template has. */
static const char head[] =
	"{\n"
	"\t\"ociVersion\": \"1.3.0\",\n"
	"\t\"process\": {\n"
	"\t\t\"terminal\": true,\n"
	"\t\t\"user\": {\n"
	"\t\t\t\"uid\": 0,\n"
	"\t\t\t\"gid\": 0\n"
	"\t\t},\n"
	"\t\t\"args\": [\n"
	"\t\t\t\"sh\"\n"
	"\t\t],\n"
	"\t\t\"env\": [\n"
	"\t\t\t\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\",\n"
	"\t\t\t\"TERM=xterm\"\n"
	"\t\t],\n"
	"\t\t\"cwd\": \"/\",\n";

static const char *const capability_sets[] = { "bounding", "effective", "permitted" };

static const char *const capabilities[] = {
	"CAP_AUDIT_WRITE",
	"CAP_KILL",
	"CAP_NET_BIND_SERVICE",
};

static const char body[] = "\t\t\"rlimits\": [\n"
			   "\t\t\t{\n"
			   "\t\t\t\t\"type\": \"RLIMIT_NOFILE\",\n"
			   "\t\t\t\t\"hard\": 1024,\n"
			   "\t\t\t\t\"soft\": 1024\n"
			   "\t\t\t}\n"
			   "\t\t],\n"
			   "\t\t\"noNewPrivileges\": true\n"
			   "\t},\n"
			   "\t\"root\": {\n"
			   "\t\t\"path\": \"rootfs\",\n"
			   "\t\t\"readonly\": true\n"
			   "\t},\n"
			   "\t\"hostname\": \"rrun\",\n";

struct mount {
	const char *destination, *type, *source;
	const char *options[8];
};

static const struct mount mounts[] = {
	{ .destination = "/proc", .type = "proc", .source = "proc" },
	{ .destination = "/dev",
	  .type = "tmpfs",
	  .source = "tmpfs",
	  .options = { "nosuid", "strictatime", "mode=755", "size=65536k" } },
	{ .destination = "/dev/pts",
	  .type = "devpts",
	  .source = "devpts",
	  .options = { "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5" } },
	{ .destination = "/dev/shm",
	  .type = "tmpfs",
	  .source = "shm",
	  .options = { "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" } },
	{ .destination = "/dev/mqueue",
	  .type = "mqueue",
	  .source = "mqueue",
	  .options = { "nosuid", "noexec", "nodev" } },
	{ .destination = "/sys",
	  .type = "sysfs",
	  .source = "sysfs",
	  .options = { "nosuid", "noexec", "nodev", "ro" } },
	{ .destination = "/sys/fs/cgroup",
	  .type = "cgroup",
	  .source = "cgroup",
	  .options = { "nosuid", "noexec", "nodev", "relatime", "ro" } },
};

/* The network namespace stays for a rootless caller too: rrun brings its loopback up, and sysfs can
 * only be mounted by the owner of the network namespace that it shows. */
static const char *const namespaces[] = { "pid", "network", "ipc", "uts", "mount", "cgroup" };

static const char *const masked[] = {
	"/proc/acpi",	       "/proc/asound",	   "/proc/kcore",	"/proc/keys",
	"/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
	"/sys/firmware",       "/proc/scsi",
};

static const char *const readonly[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

/* The device cgroup is out of a rootless caller's reach: no rules for it there. */
static const char device_rules[] = "\t\t\"resources\": {\n"
				   "\t\t\t\"devices\": [\n"
				   "\t\t\t\t{\n"
				   "\t\t\t\t\t\"allow\": false,\n"
				   "\t\t\t\t\t\"access\": \"rwm\"\n"
				   "\t\t\t\t}\n"
				   "\t\t\t]\n"
				   "\t\t},\n";

static const char *comma(bool more)
{
	return more ? ",\n" : "\n";
}

static void put_words(struct json_text *out, const char *tabs, const char *name,
		      const char *const *words, size_t count)
{
	json_put_format(out, "%s\"%s\": [\n", tabs, name);
	for (size_t i = 0; i < count; i++)
		json_put_format(out, "%s\t\"%s\"%s", tabs, words[i], comma(i + 1 < count));
	json_put_format(out, "%s]", tabs);
}

static void put_capabilities(struct json_text *out)
{
	json_put(out, "\t\t\"capabilities\": {\n");
	for (size_t i = 0; i < count_of(capability_sets); i++) {
		put_words(out, "\t\t\t", capability_sets[i], capabilities, count_of(capabilities));
		json_put(out, comma(i + 1 < count_of(capability_sets)));
	}
	json_put(out, "\t\t},\n");
}

/* devpts refuses a group that has no mapping. */
#define TTY_GROUP 5
#define TTY_OPTION "gid=5"

static bool is_mapped(uint32_t inside, const struct spec_mapping *mappings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (inside >= mappings[i].inside && inside - mappings[i].inside < mappings[i].count)
			return true;
	return false;
}

static size_t choose_options(const struct mount *mount, bool has_tty_group, const char **ret)
{
	size_t count = 0;

	for (size_t i = 0; mount->options[i]; i++)
		if (has_tty_group || strcmp(mount->options[i], TTY_OPTION) != 0)
			ret[count++] = mount->options[i];
	return count;
}

static void put_mount(struct json_text *out, const struct mount *mount, bool has_tty_group)
{
	const char *options[count_of(mount->options)];
	size_t count = choose_options(mount, has_tty_group, options);

	json_put_format(out,
			"\t\t{\n"
			"\t\t\t\"destination\": \"%s\",\n"
			"\t\t\t\"type\": \"%s\",\n"
			"\t\t\t\"source\": \"%s\"%s",
			mount->destination, mount->type, mount->source, comma(count > 0));
	if (count > 0) {
		put_words(out, "\t\t\t", "options", options, count);
		json_put(out, "\n");
	}
	json_put(out, "\t\t}");
}

static void put_mounts(struct json_text *out, bool has_tty_group)
{
	json_put(out, "\t\"mounts\": [\n");
	for (size_t i = 0; i < count_of(mounts); i++) {
		put_mount(out, &mounts[i], has_tty_group);
		json_put(out, comma(i + 1 < count_of(mounts)));
	}
	json_put(out, "\t],\n");
}

static void put_mappings(struct json_text *out, const char *name,
			 const struct spec_mapping *mappings, size_t count)
{
	json_put_format(out, "\t\t\"%s\": [\n", name);
	for (size_t i = 0; i < count; i++)
		json_put_format(out,
				"\t\t\t{\n"
				"\t\t\t\t\"containerID\": %u,\n"
				"\t\t\t\t\"hostID\": %u,\n"
				"\t\t\t\t\"size\": %u\n"
				"\t\t\t}%s",
				mappings[i].inside, mappings[i].outside, mappings[i].count,
				comma(i + 1 < count));
	json_put(out, "\t\t],\n");
}

static void put_namespaces(struct json_text *out, bool with_user)
{
	json_put(out, "\t\t\"namespaces\": [\n");
	for (size_t i = 0; i < count_of(namespaces); i++)
		json_put_format(out, "\t\t\t{\n\t\t\t\t\"type\": \"%s\"\n\t\t\t}%s", namespaces[i],
				comma(with_user || i + 1 < count_of(namespaces)));
	if (with_user)
		json_put(out, "\t\t\t{\n\t\t\t\t\"type\": \"user\"\n\t\t\t}\n");
	json_put(out, "\t\t],\n");
}

static void put_paths(struct json_text *out)
{
	put_words(out, "\t\t", "maskedPaths", masked, count_of(masked));
	json_put(out, ",\n");
	put_words(out, "\t\t", "readonlyPaths", readonly, count_of(readonly));
	json_put(out, "\n");
}

const char *template_config(struct arena *arena, const struct spec_mapping *uids, size_t uid_count,
			    const struct spec_mapping *gids, size_t gid_count)
{
	struct json_text out = { .arena = arena };
	bool rootless = uid_count > 0 || gid_count > 0;

	json_put(&out, head);
	put_capabilities(&out);
	json_put(&out, body);
	put_mounts(&out, !rootless || is_mapped(TTY_GROUP, gids, gid_count));
	json_put(&out, "\t\"linux\": {\n");
	if (rootless) {
		put_mappings(&out, "uidMappings", uids, uid_count);
		put_mappings(&out, "gidMappings", gids, gid_count);
	} else {
		json_put(&out, device_rules);
	}
	put_namespaces(&out, rootless);
	put_paths(&out);
	json_put(&out, "\t}\n}\n");
	return out.data;
}
