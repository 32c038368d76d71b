#include "frontend/codes.h"
#include "frontend/spec/spec.h"

#include <linux/capability.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

static struct arena arena;

static int empty_arena(void **state _unused_)
{
	arena_free(&arena);
	return 0;
}

static const struct json *document(const char *text)
{
	const struct json *node = NULL;
	struct error err = { 0 };

	if (json_parse(&arena, "config.json", text, strlen(text), &node, &err) < 0)
		fail_msg("%s: %s", text, err.what);
	return node;
}

static void refused(const char *text, enum code code, const char *words)
{
	const struct spec *spec = NULL;
	struct error err = { 0 };

	if (spec_read(&arena, document(text), &spec, &err) == 0)
		fail_msg("accepted: %s", text);
	assert_null(spec);
	if (err.code != code || !strstr(err.what, words))
		fail_msg("%s: \"%s\" %s says nothing of \"%s\"", text, code_name(err.code),
			 err.what, words);
}

static const struct spec *accepted(const char *text)
{
	const struct spec *spec = NULL;
	struct error err = { 0 };

	if (spec_read(&arena, document(text), &spec, &err) < 0)
		fail_msg("%s: %s", text, err.what);
	return spec;
}

/* The least that is a config, and one property more. */
#define TOP "\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"rootfs\"}"
#define PROCESS "\"args\": [\"sh\"], \"cwd\": \"/\""

static const char *with_top(const char *property)
{
	return arena_print(&arena, "{" TOP ", %s}", property);
}

static const char *with_process(const char *property)
{
	return arena_print(&arena, "{" TOP ", \"process\": {" PROCESS ", %s}}", property);
}

static const char *with_linux(const char *property)
{
	return arena_print(&arena, "{" TOP ", \"linux\": {%s}}", property);
}

static const char *with_seccomp(const char *property)
{
	return arena_print(&arena,
			   "{" TOP ", \"linux\": {\"seccomp\": {\"defaultAction\": "
			   "\"SCMP_ACT_ALLOW\", %s}}}",
			   property);
}

static const char *with_argument(const char *argument)
{
	return with_seccomp(arena_print(&arena,
					"\"syscalls\": [{\"names\": [\"kill\"], \"action\": "
					"\"SCMP_ACT_ERRNO\", \"args\": [%s]}]",
					argument));
}

struct refusal {
	const char *property;
	enum code code;
	const char *words;
};

static void refuse_each(const struct refusal *cases, size_t count,
			const char *(*wrap)(const char *))
{
	for (size_t i = 0; i < count; i++)
		refused(wrap(cases[i].property), cases[i].code, cases[i].words);
}

static void refuses_a_document_that_lacks_what_is_required(void **state _unused_)
{
	refused("[]", RR_CFG_03, "(top level): must be an object, not an array");
	refused("null", RR_CFG_03, "(top level)");
	refused("{}", RR_CFG_04, "ociVersion is missing");
	refused("{\"ociVersion\": \"1.3.0\"}", RR_CFG_04, "root is missing");
	refused("{\"ociVersion\": \"1.3.0\", \"root\": null}", RR_CFG_04, "root is missing");
	refused("{\"ociVersion\": \"1.3.0\", \"root\": {}}", RR_CFG_04, "root.path is missing");
	refused("{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"\"}}", RR_CFG_03,
		"root.path: must not be empty");
	refused("{\"ociVersion\": \"1.3.0\", \"root\": \"rootfs\"}", RR_CFG_03,
		"root: must be an object");
	refused("{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"r\", \"readonly\": 1}}",
		RR_CFG_03, "root.readonly: must be a truth value, not a number");
}

static void refuses_versions_that_it_cannot_know(void **state _unused_)
{
	static const char *const bad[] = { "",	       "1",	     "1.0",    "1.0.0.0",
					   "v1.0.0",   "01.0.0",     "1.00.0", "1.0.0-",
					   "1.0.0+",   "1.0.0-a..b", "1.0.0 ", "1.0.x",
					   "-1.0.0",   "2.0.0",	     "0.9.0",  "10.0.0",
					   "1.0.0-a_", "1.0.0+b+c" };
	static const char *const good[] = { "1.0.0",  "1.0.2-dev", "1.2.0-rc.1+build.5",
					    "1.99.0", "1.0.0+x-y", "1.10.100" };
	static const char form[] = "{\"ociVersion\": \"%s\", \"root\": {\"path\": \"rootfs\"}}";

	for (size_t i = 0; i < count_of(bad); i++)
		refused(arena_print(&arena, form, bad[i]), RR_CFG_03, "ociVersion: ");
	for (size_t i = 0; i < count_of(good); i++)
		assert_string_equal(accepted(arena_print(&arena, form, good[i]))->oci_version,
				    good[i]);
	refused("{\"ociVersion\": 1, \"root\": {\"path\": \"r\"}}", RR_CFG_03, "must be a string");
}

static void refuses_top_level_values_of_another_kind(void **state _unused_)
{
	static const struct refusal cases[] = {
		{ "\"hostname\": 1", RR_CFG_03, "hostname: must be a string" },
		{ "\"hostname\": "
		  "\"12345678901234567890123456789012345678901234567890123456789012345\"",
		  RR_CFG_03, "hostname: is longer than 64 bytes" },
		{ "\"domainname\": []", RR_CFG_03, "domainname: must be a string" },
		{ "\"annotations\": [1]", RR_CFG_03, "annotations: must be an object" },
		{ "\"annotations\": {\"a\": \"b\", \"org.x\": 1}", RR_CFG_03,
		  "annotations[\"org.x\"]: must be a string" },
		{ "\"annotations\": {\"\": \"b\"}", RR_CFG_03, "needs a name" },
		{ "\"process\": []", RR_CFG_03, "process: must be an object" },
		{ "\"hooks\": 1", RR_CFG_03, "hooks: must be an object, not a number" },
		{ "\"linux\": {\"resources\": \"x\"}", RR_CFG_03,
		  "linux.resources: must be an object" },
		{ "\"linux\": \"x\"", RR_CFG_03, "linux: must be an object" },
		{ "\"mounts\": {}", RR_CFG_03, "mounts: must be an array" },
		{ "\"mounts\": [null]", RR_CFG_03, "mounts[0]: must be an object, not null" },
		{ "\"mounts\": [{\"destination\": \"/a\"}, {\"type\": \"proc\"}]", RR_CFG_04,
		  "mounts[1].destination is missing" },
		{ "\"mounts\": [{\"destination\": \"\"}]", RR_CFG_03, "must not be empty" },
		{ "\"mounts\": [{\"destination\": \"/a\", \"type\": 1}]", RR_CFG_03,
		  "mounts[0].type" },
		{ "\"mounts\": [{\"destination\": \"/a\", \"source\": 1}]", RR_CFG_03,
		  "mounts[0].source" },
		{ "\"mounts\": [{\"destination\": \"/a\", \"options\": \"ro\"}]", RR_CFG_03,
		  "mounts[0].options: must be an array" },
		{ "\"mounts\": [{\"destination\": \"/a\", \"options\": [\"ro\", 1]}]", RR_CFG_03,
		  "mounts[0].options[1]: must be a string" },
	};

	refuse_each(cases, count_of(cases), with_top);
}

static void refuses_by_name_what_it_does_not_do_yet(void **state _unused_)
{
	static const struct refusal top[] = {
		{ "\"hooks\": {\"prestart\": [{\"path\": \"/x\"}]}", RR_CFG_05,
		  "hooks.prestart is not supported yet" },
		{ "\"hooks\": {\"createRuntime\": [{}]}", RR_CFG_05, "hooks.createRuntime is" },
		{ "\"hooks\": {\"createContainer\": [{}]}", RR_CFG_05, "hooks.createContainer is" },
		{ "\"hooks\": {\"startContainer\": [{}]}", RR_CFG_05, "hooks.startContainer is" },
		{ "\"hooks\": {\"poststart\": [{}]}", RR_CFG_05, "hooks.poststart is" },
		{ "\"hooks\": {\"poststop\": [{}]}", RR_CFG_05, "hooks.poststop is" },
		{ "\"mounts\": [{\"destination\": \"/a\", \"uidMappings\": [{}]}]", RR_CFG_05,
		  "mounts[0].uidMappings is not supported yet" },
		{ "\"mounts\": [{\"destination\": \"/a\", \"gidMappings\": [{}]}]", RR_CFG_05,
		  "mounts[0].gidMappings is" },
	};
	static const struct refusal process[] = {
		{ "\"apparmorProfile\": \"unconfined\"", RR_CFG_05, "process.apparmorProfile is" },
		{ "\"selinuxLabel\": \"u:r:t:s0\"", RR_CFG_05, "process.selinuxLabel is" },
		{ "\"scheduler\": {\"policy\": \"SCHED_OTHER\"}", RR_CFG_05,
		  "process.scheduler is" },
		{ "\"ioPriority\": {\"class\": \"IOPRIO_CLASS_BE\"}", RR_CFG_05,
		  "process.ioPriority is" },
		{ "\"execCPUAffinity\": {\"initial\": \"0\"}", RR_CFG_05,
		  "process.execCPUAffinity is" },
	};
	static const struct refusal linux_object[] = {
		{ "\"sysctl\": {\"net.ipv4.ip_forward\": \"1\"}", RR_CFG_05, "linux.sysctl is" },
		{ "\"timeOffsets\": {\"boottime\": {\"secs\": 1}}", RR_CFG_05,
		  "linux.timeOffsets is" },
		{ "\"netDevices\": {\"eth0\": {\"name\": \"x\"}}", RR_CFG_05,
		  "linux.netDevices is" },
		{ "\"memoryPolicy\": {\"mode\": \"MPOL_BIND\"}", RR_CFG_05,
		  "linux.memoryPolicy is" },
		{ "\"personality\": {\"domain\": \"LINUX32\"}", RR_CFG_05, "linux.personality is" },
		{ "\"intelRdt\": {\"closID\": \"x\"}", RR_CFG_05,
		  "linux.intelRdt is not supported yet" },
		{ "\"mountLabel\": \"x\"", RR_CFG_05, "linux.mountLabel is" },
		{ "\"namespaces\": [{\"type\": \"pid\"}, {\"type\": \"ipc\", \"path\": "
		  "\"/proc/1/ns/ipc\"}]",
		  RR_CFG_05, "linux.namespaces[1].path is not supported yet" },
		{ "\"namespaces\": [{\"type\": \"time\"}]", RR_CFG_05, "linux.namespaces[0] is" },
	};
	static const struct refusal seccomp[] = {
		{ "\"listenerPath\": \"/run/x\"", RR_CFG_05, "linux.seccomp.listenerPath is" },
		{ "\"listenerPath\": \"/run/x\", \"listenerMetadata\": \"x\"", RR_CFG_05,
		  "listenerPath is" },
		{ "\"flags\": [\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]", RR_CFG_05,
		  "linux.seccomp.flags[0] is" },
		{ "\"syscalls\": [{\"names\": [\"kill\"], \"action\": \"SCMP_ACT_NOTIFY\"}]",
		  RR_CFG_05, "linux.seccomp.syscalls[0].action is" },
	};

	refuse_each(top, count_of(top), with_top);
	refuse_each(process, count_of(process), with_process);
	refuse_each(linux_object, count_of(linux_object), with_linux);
	refuse_each(seccomp, count_of(seccomp), with_seccomp);
	refused(with_linux("\"seccomp\": {\"defaultAction\": \"SCMP_ACT_NOTIFY\"}"), RR_CFG_05,
		"linux.seccomp.defaultAction is");
}

static void what_is_empty_or_null_counts_as_absent(void **state _unused_)
{
	static const char *const empty[] = { "null", "{}", "[]", "\"\"" };
	static const char *const path[][2] = {
		{ "\"linux\": {\"sysctl\": ", "}" },
		{ "\"linux\": {\"intelRdt\": ", "}" },
		{ "\"hooks\": {\"poststop\": ", "}" },
		{ "\"hooks\": ", "" },
	};
	const struct spec *spec;

	for (size_t i = 0; i < count_of(path); i++)
		for (size_t j = 0; j < count_of(empty); j++)
			accepted(with_top(
				arena_print(&arena, "%s%s%s", path[i][0], empty[j], path[i][1])));
	spec = accepted(with_top("\"hostname\": \"\", \"process\": null, \"linux\": {\"seccomp\": "
				 "{}, "
				 "\"uidMappings\": [], \"rootfsPropagation\": \"\", "
				 "\"namespaces\": [{\"type\": \"pid\", \"path\": \"\"}]}"));
	assert_null(spec->hostname);
	assert_null(spec->process.json);
	assert_null(spec->seccomp);
	assert_null(spec->uid_mappings.json);
	assert_null(spec->rootfs_propagation);
	assert_true(spec->namespaces[NAMESPACE_PID].listed);
}

static void what_it_does_not_know_is_ignored(void **state _unused_)
{
	accepted(with_top("\"solaris\": {\"milestone\": 1}, \"windows\": [], \"vm\": 1, \"zos\": "
			  "\"\", "
			  "\"freebsd\": {}, \"x\": [[[1]]], \"linux\": {\"new\": 1, \"resources\": "
			  "{\"new\": 1, \"devices\": [{\"allow\": false, \"access\": \"rwm\"}]}}, "
			  "\"mounts\": [{\"destination\": \"/a\", \"new\": 1}], \"process\": {"
			  "\"commandLine\": \"x\", \"user\": {\"username\": \"x\"}, " PROCESS "}"));
}

static void refuses_a_process_that_cannot_be(void **state _unused_)
{
	static const struct refusal bare[] = {
		{ "\"cwd\": \"/\"", RR_CFG_04, "process.args is missing" },
		{ "\"args\": [], \"cwd\": \"/\"", RR_CFG_03, "process.args: must name a program" },
		{ "\"args\": [\"\"], \"cwd\": \"/\"", RR_CFG_03,
		  "process.args[0]: must not be empty" },
		{ "\"args\": [\"a\", 1], \"cwd\": \"/\"", RR_CFG_03,
		  "process.args[1]: must be a string" },
		{ "\"args\": \"sh\", \"cwd\": \"/\"", RR_CFG_03, "process.args: must be an array" },
		{ "\"args\": [\"sh\"]", RR_CFG_04, "process.cwd is missing" },
		{ "\"args\": [\"sh\"], \"cwd\": \"\"", RR_CFG_03,
		  "process.cwd: must not be empty" },
		{ "\"args\": [\"sh\"], \"cwd\": \"tmp\"", RR_CFG_03,
		  "process.cwd: must be an absolute path, not \"tmp\"" },
	};
	static const struct refusal cases[] = {
		{ "\"terminal\": \"yes\"", RR_CFG_03, "process.terminal" },
		{ "\"env\": [\"A=1\", \"B\"]", RR_CFG_03,
		  "process.env[1]: must be NAME=VALUE, not \"B\"" },
		{ "\"env\": [\"=B\"]", RR_CFG_03, "process.env[0]: must be NAME=VALUE" },
		{ "\"env\": [\"\"]", RR_CFG_03, "process.env[0]: must be NAME=VALUE" },
		{ "\"env\": {}", RR_CFG_03, "process.env: must be an array" },
		{ "\"user\": 0", RR_CFG_03, "process.user: must be an object" },
		{ "\"user\": {\"uid\": -1}", RR_CFG_03,
		  "process.user.uid: must be a whole number" },
		{ "\"user\": {\"uid\": 4294967295}", RR_CFG_03, "process.user.uid: no process" },
		{ "\"user\": {\"uid\": 4294967296}", RR_CFG_03, "process.user.uid: must be" },
		{ "\"user\": {\"gid\": 1.0}", RR_CFG_03, "process.user.gid: must be" },
		{ "\"user\": {\"gid\": 4294967295}", RR_CFG_03, "process.user.gid: no process" },
		{ "\"user\": {\"umask\": \"022\"}", RR_CFG_03,
		  "process.user.umask: must be a number" },
		{ "\"user\": {\"umask\": 4294967296}", RR_CFG_03, "process.user.umask" },
		{ "\"user\": {\"additionalGids\": [1, -1]}", RR_CFG_03,
		  "user.additionalGids[1]: must be" },
		{ "\"user\": {\"additionalGids\": [4294967295]}", RR_CFG_03,
		  "additionalGids[0]: no" },
		{ "\"user\": {\"additionalGids\": [null]}", RR_CFG_03,
		  "additionalGids[0]: must be" },
		{ "\"terminal\": true, \"consoleSize\": {\"height\": 1}", RR_CFG_04,
		  "process.consoleSize.width is missing" },
		{ "\"terminal\": true, \"consoleSize\": {\"height\": 65536, \"width\": 1}",
		  RR_CFG_03, "process.consoleSize: a terminal has" },
		{ "\"terminal\": true, \"consoleSize\": {\"height\": 1, \"width\": -1}", RR_CFG_03,
		  "process.consoleSize.width" },
		{ "\"noNewPrivileges\": 1", RR_CFG_03, "process.noNewPrivileges" },
		{ "\"oomScoreAdj\": 1001", RR_CFG_03,
		  "process.oomScoreAdj: must be from -1000 to 1000" },
		{ "\"oomScoreAdj\": -1001", RR_CFG_03, "process.oomScoreAdj" },
		{ "\"oomScoreAdj\": 1e2", RR_CFG_03, "process.oomScoreAdj" },
		{ "\"oomScoreAdj\": 18446744073709551615", RR_CFG_03, "process.oomScoreAdj" },
		{ "\"capabilities\": []", RR_CFG_03, "process.capabilities: must be an object" },
		{ "\"capabilities\": {\"bounding\": \"CAP_KILL\"}", RR_CFG_03,
		  "bounding: must be an array" },
		{ "\"capabilities\": {\"ambient\": [1]}", RR_CFG_03, "capabilities.ambient[0]" },
	};

	for (size_t i = 0; i < count_of(bare); i++)
		refused(arena_print(&arena, "{" TOP ", \"process\": {%s}}", bare[i].property),
			bare[i].code, bare[i].words);
	refuse_each(cases, count_of(cases), with_process);
}

static void refuses_limits_that_cannot_be(void **state _unused_)
{
	static const struct refusal cases[] = {
		{ "\"rlimits\": {}", RR_CFG_03, "process.rlimits: must be an array" },
		{ "\"rlimits\": [1]", RR_CFG_03, "process.rlimits[0]: must be an object" },
		{ "\"rlimits\": [{\"soft\": 1, \"hard\": 1}]", RR_CFG_04,
		  "rlimits[0].type is missing" },
		{ "\"rlimits\": [{\"type\": \"RLIMIT_CPU\", \"hard\": 1}]", RR_CFG_04,
		  "rlimits[0].soft is missing" },
		{ "\"rlimits\": [{\"type\": \"RLIMIT_CPU\", \"soft\": 1}]", RR_CFG_04,
		  "rlimits[0].hard is missing" },
		{ "\"rlimits\": [{\"type\": \"RLIMIT_X\", \"soft\": 1, \"hard\": 1}]", RR_CFG_03,
		  "rlimits[0].type: unknown limit \"RLIMIT_X\"" },
		{ "\"rlimits\": [{\"type\": \"rlimit_cpu\", \"soft\": 1, \"hard\": 1}]", RR_CFG_03,
		  "unknown limit" },
		{ "\"rlimits\": [{\"type\": \"RLIMIT_CPU\", \"soft\": 2, \"hard\": 1}]", RR_CFG_03,
		  "process.rlimits[0]: the soft limit of RLIMIT_CPU is above" },
		{ "\"rlimits\": [{\"type\": \"RLIMIT_CPU\", \"soft\": 1, \"hard\": "
		  "18446744073709551616}]",
		  RR_CFG_03, "rlimits[0].hard" },
		{ "\"rlimits\": [{\"type\": \"RLIMIT_CPU\", \"soft\": -1, \"hard\": 1}]", RR_CFG_03,
		  "rlimits[0].soft" },
		{ "\"rlimits\": [{\"type\": \"RLIMIT_CPU\", \"soft\": 1, \"hard\": 1}, "
		  "{\"type\": \"RLIMIT_CPU\", \"soft\": 1, \"hard\": 1}]",
		  RR_CFG_03, "process.rlimits[1]: RLIMIT_CPU stands there twice" },
	};

	refuse_each(cases, count_of(cases), with_process);
}

static void refuses_linux_properties_that_cannot_be(void **state _unused_)
{
	static const struct refusal cases[] = {
		{ "\"namespaces\": [{}]", RR_CFG_04, "linux.namespaces[0].type is missing" },
		{ "\"namespaces\": [{\"type\": \"net\"}]", RR_CFG_03,
		  "linux.namespaces[0].type: unknown namespace \"net\"" },
		{ "\"namespaces\": [{\"type\": \"pid\"}, {\"type\": \"pid\"}]", RR_CFG_03,
		  "linux.namespaces[1]: namespace pid stands there twice" },
		{ "\"namespaces\": [{\"type\": \"pid\", \"path\": 1}]", RR_CFG_03,
		  "namespaces[0].path" },
		{ "\"uidMappings\": {}", RR_CFG_03, "linux.uidMappings: must be an array" },
		{ "\"uidMappings\": [{\"hostID\": 0, \"size\": 1}]", RR_CFG_04,
		  "linux.uidMappings[0].containerID is missing" },
		{ "\"uidMappings\": [{\"containerID\": 0, \"size\": 1}]", RR_CFG_04,
		  "hostID is missing" },
		{ "\"gidMappings\": [{\"containerID\": 0, \"hostID\": 0}]", RR_CFG_04,
		  "linux.gidMappings[0].size is missing" },
		{ "\"gidMappings\": [{\"containerID\": 0, \"hostID\": 0, \"size\": 4294967296}]",
		  RR_CFG_03, "linux.gidMappings[0].size" },
		{ "\"gidMappings\": [{\"containerID\": -1, \"hostID\": 0, \"size\": 1}]", RR_CFG_03,
		  "linux.gidMappings[0].containerID" },
		{ "\"devices\": [{\"path\": \"/dev/x\"}]", RR_CFG_04,
		  "linux.devices[0].type is missing" },
		{ "\"devices\": [{\"type\": \"a\", \"path\": \"/dev/x\"}]", RR_CFG_03,
		  "linux.devices[0].type: must be c, b, u or p, not \"a\"" },
		{ "\"devices\": [{\"type\": \"cb\", \"path\": \"/dev/x\"}]", RR_CFG_03,
		  "devices[0].type" },
		{ "\"devices\": [{\"type\": \"p\"}]", RR_CFG_04,
		  "linux.devices[0].path is missing" },
		{ "\"devices\": [{\"type\": \"p\", \"path\": \"dev/x\"}]", RR_CFG_03,
		  "absolute path" },
		{ "\"devices\": [{\"type\": \"c\", \"path\": \"/dev/x\", \"minor\": 1}]", RR_CFG_04,
		  "linux.devices[0].major is missing" },
		{ "\"devices\": [{\"type\": \"b\", \"path\": \"/dev/x\", \"major\": 1}]", RR_CFG_04,
		  "linux.devices[0].minor is missing" },
		{ "\"devices\": [{\"type\": \"c\", \"path\": \"/dev/x\", \"major\": -1, \"minor\": "
		  "1}]",
		  RR_CFG_03, "linux.devices[0].major" },
		{ "\"devices\": [{\"type\": \"p\", \"path\": \"/dev/x\", \"fileMode\": -1}]",
		  RR_CFG_03, "linux.devices[0].fileMode" },
		{ "\"devices\": [{\"type\": \"p\", \"path\": \"/dev/x\", \"uid\": \"root\"}]",
		  RR_CFG_03, "linux.devices[0].uid" },
		{ "\"maskedPaths\": [\"proc\"]", RR_CFG_03,
		  "linux.maskedPaths[0]: must be an absolute" },
		{ "\"readonlyPaths\": [\"/a\", \"\"]", RR_CFG_03,
		  "linux.readonlyPaths[1]: must be an" },
		{ "\"readonlyPaths\": [1]", RR_CFG_03, "linux.readonlyPaths[0]: must be a string" },
		{ "\"rootfsPropagation\": \"none\"", RR_CFG_03,
		  "rootfsPropagation: unknown word \"none\"" },
		{ "\"rootfsPropagation\": 1", RR_CFG_03, "rootfsPropagation: must be a string" },
	};

	refuse_each(cases, count_of(cases), with_linux);
}

static void refuses_seccomp_profiles_that_cannot_be(void **state _unused_)
{
	static const struct refusal cases[] = {
		{ "\"defaultErrnoRet\": 1", RR_CFG_03,
		  "linux.seccomp.defaultErrnoRet: only SCMP_ACT_ERRNO" },
		{ "\"architectures\": [\"SCMP_ARCH_VAX\"]", RR_CFG_03,
		  "linux.seccomp.architectures[0]: unknown word \"SCMP_ARCH_VAX\"" },
		{ "\"flags\": [\"SECCOMP_FILTER_FLAG_X\"]", RR_CFG_03,
		  "linux.seccomp.flags[0]: unknown" },
		{ "\"flags\": {}", RR_CFG_03, "linux.seccomp.flags: must be an array" },
		{ "\"listenerMetadata\": \"x\"", RR_CFG_03,
		  "listenerMetadata: needs listenerPath" },
		{ "\"syscalls\": [{\"action\": \"SCMP_ACT_LOG\"}]", RR_CFG_04,
		  "linux.seccomp.syscalls[0].names is missing" },
		{ "\"syscalls\": [{\"names\": [], \"action\": \"SCMP_ACT_LOG\"}]", RR_CFG_03,
		  "syscalls[0].names: must name a system call" },
		{ "\"syscalls\": [{\"names\": [\"kill\"]}]", RR_CFG_04,
		  "syscalls[0].action is missing" },
		{ "\"syscalls\": [{\"names\": [\"kill\"], \"action\": \"ALLOW\"}]", RR_CFG_03,
		  "syscalls[0].action: unknown word \"ALLOW\"" },
		{ "\"syscalls\": [{\"names\": [\"kill\"], \"action\": 1}]", RR_CFG_03,
		  "syscalls[0].action" },
		{ "\"syscalls\": [{\"names\": [\"kill\"], \"action\": \"SCMP_ACT_ALLOW\", "
		  "\"errnoRet\": 1}]",
		  RR_CFG_03, "syscalls[0].errnoRet: only" },
		{ "\"syscalls\": [{\"names\": [\"kill\"], \"action\": \"SCMP_ACT_ERRNO\", "
		  "\"errnoRet\": 4096}]",
		  RR_CFG_03, "syscalls[0].errnoRet: must be at most 4095" },
		{ "\"syscalls\": [{\"names\": [\"kill\"], \"action\": \"SCMP_ACT_TRACE\", "
		  "\"errnoRet\": 65536}]",
		  RR_CFG_03, "syscalls[0].errnoRet: must be at most 65535" },
	};
	static const struct refusal arguments[] = {
		{ "1", RR_CFG_03, "args[0]: must be an object" },
		{ "{\"value\": 1, \"op\": \"SCMP_CMP_EQ\"}", RR_CFG_04,
		  "args[0].index is missing" },
		{ "{\"index\": 0, \"op\": \"SCMP_CMP_EQ\"}", RR_CFG_04,
		  "args[0].value is missing" },
		{ "{\"index\": 0, \"value\": 1}", RR_CFG_04, "args[0].op is missing" },
		{ "{\"index\": 6, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}", RR_CFG_03,
		  "args[0].index: must be from 0 to 5, not 6" },
		{ "{\"index\": 0, \"value\": -1, \"op\": \"SCMP_CMP_EQ\"}", RR_CFG_03,
		  "args[0].value" },
		{ "{\"index\": 0, \"value\": 18446744073709551616, \"op\": \"SCMP_CMP_EQ\"}",
		  RR_CFG_03, "args[0].value" },
		{ "{\"index\": 0, \"value\": 1, \"valueTwo\": 0.5, \"op\": \"SCMP_CMP_EQ\"}",
		  RR_CFG_03, "args[0].valueTwo" },
		{ "{\"index\": 0, \"value\": 1, \"op\": \"==\"}", RR_CFG_03,
		  "args[0].op: unknown word" },
	};

	refuse_each(cases, count_of(cases), with_seccomp);
	refuse_each(arguments, count_of(arguments), with_argument);
	refused(with_linux("\"seccomp\": {\"syscalls\": []}"), RR_CFG_04,
		"linux.seccomp.defaultAction is missing");
	refused(with_linux("\"seccomp\": []"), RR_CFG_03, "linux.seccomp: must be an object");
}

static void the_least_config_has_no_null_vectors(void **state _unused_)
{
	const struct spec *spec = accepted("{" TOP ", \"mounts\": [{\"destination\": \"/a\"}], "
					   "\"process\": {" PROCESS "}}");

	assert_null(spec->process.env[0]);
	assert_null(spec->masked_paths[0]);
	assert_null(spec->readonly_paths[0]);
	assert_null(spec->mounts[0].options[0]);
	assert_null(spec->mounts[0].type);
	assert_null(spec->mounts[0].source);
	assert_false(spec->root_readonly);
	assert_false(spec->process.capabilities.present);
	assert_false(spec->process.umask_set);
	assert_false(spec->process.oom_score_set);
	assert_null(accepted("{" TOP "}")->masked_paths[0]);
}

static void reads_the_top_level(void **state _unused_)
{
	const struct spec *spec = accepted("{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": "
					   "\"/a/rootfs\", \"readonly\": "
					   "true}, \"hostname\": \"h\", \"domainname\": \"d\", "
					   "\"annotations\": {\"k\": \"v\"}}");

	assert_string_equal(spec->root_path, "/a/rootfs");
	assert_true(spec->root_readonly);
	assert_string_equal(spec->hostname, "h");
	assert_string_equal(spec->domainname, "d");
	assert_string_equal(spec->annotations->first->text, "v");
}

static void reads_mounts_in_their_order(void **state _unused_)
{
	const struct spec *spec = accepted(with_top("\"mounts\": [{\"destination\": \"/proc\", "
						    "\"type\": \"proc\", \"source\": \"proc\"}, "
						    "{\"destination\": \"data\", \"source\": "
						    "\"/srv\", \"options\": [\"rbind\", \"ro\"], "
						    "\"uidMappings\": []}]"));

	assert_int_equal(spec->mount_count, 2);
	assert_string_equal(spec->mounts[0].type, "proc");
	assert_int_equal(spec->mounts[0].option_count, 0);
	assert_string_equal(spec->mounts[1].destination, "data");
	assert_int_equal(spec->mounts[1].option_count, 2);
	assert_string_equal(spec->mounts[1].options[1], "ro");
	assert_null(spec->mounts[1].options[2]);
	assert_int_equal(spec->mounts[1].json->index, 1);
}

static void reads_a_process(void **state _unused_)
{
	const struct spec_process *process =
		&accepted(with_process("\"terminal\": true, \"consoleSize\": {\"height\": 65535, "
				       "\"width\": 80}, "
				       "\"env\": [\"A=\", \"B=c=d\"], \"user\": {\"uid\": "
				       "4294967294, \"gid\": 2, "
				       "\"umask\": 18, \"additionalGids\": [5, 6]}, "
				       "\"noNewPrivileges\": true, "
				       "\"oomScoreAdj\": -1000, \"apparmorProfile\": \"\""))
			 ->process;

	assert_true(process->terminal);
	assert_int_equal(process->console_height, 65535);
	assert_int_equal(process->console_width, 80);
	assert_string_equal(process->args[0], "sh");
	assert_null(process->args[1]);
	assert_int_equal(process->env_count, 2);
	assert_int_equal(process->uid, 4294967294);
	assert_int_equal(process->gid, 2);
	assert_true(process->umask_set);
	assert_int_equal(process->umask, 022);
	assert_int_equal(process->group_count, 2);
	assert_int_equal(process->groups[1], 6);
	assert_true(process->no_new_privileges);
	assert_true(process->oom_score_set);
	assert_int_equal(process->oom_score, -1000);
	assert_null(process->apparmor_profile);
}

static void a_size_without_a_terminal_is_ignored(void **state _unused_)
{
	assert_int_equal(
		accepted(with_process("\"consoleSize\": {\"height\": -1}"))->process.console_height,
		0);
}

static void reads_limits_up_to_infinity(void **state _unused_)
{
	const struct spec_process *process = &accepted(with_process("\"rlimits\": [{\"type\": "
								    "\"RLIMIT_CORE\", \"soft\": "
								    "9007199254740993, "
								    "\"hard\": "
								    "18446744073709551615}, "
								    "{\"type\": \"RLIMIT_AS\", "
								    "\"soft\": 0, \"hard\": 0}]"))
						      ->process;

	assert_int_equal(process->rlimit_count, 2);
	assert_int_equal(process->rlimits[0].resource, RLIMIT_CORE);
	assert_true(process->rlimits[0].soft == 9007199254740993);
	assert_true(process->rlimits[0].hard == UINT64_MAX);
	assert_int_equal(process->rlimits[1].resource, RLIMIT_AS);
}

static void an_unknown_capability_is_noted_and_no_error(void **state _unused_)
{
	const struct spec_capabilities *sets =
		&accepted(with_process("\"capabilities\": {\"bounding\": [\"CAP_CHOWN\", "
				       "\"CAP_NEW\"], "
				       "\"effective\": [\"cap_kill\"], \"permitted\": [\"KILL\"], "
				       "\"inheritable\": null, \"ambient\": "
				       "[\"CAP_CHECKPOINT_RESTORE\"]}"))
			 ->process.capabilities;

	assert_true(sets->present);
	assert_string_equal(sets->unknown, "CAP_NEW");
	assert_true(sets->bounding == 1 << CAP_CHOWN);
	assert_true(sets->effective == 1 << CAP_KILL);
	assert_true(sets->permitted == 1 << CAP_KILL);
	assert_true(sets->inheritable == 0);
	assert_true(sets->ambient == (uint64_t)1 << 40);
	assert_int_equal(spec_capability("CAP_"), -1);
	assert_int_equal(spec_capability(""), -1);
	assert_int_equal(spec_capability("CAP_CAP_KILL"), -1);
}

static void reads_the_linux_object(void **state _unused_)
{
	const struct spec *spec = accepted(with_linux("\"namespaces\": [{\"type\": \"user\"}, "
						      "{\"type\": \"network\"}], "
						      "\"uidMappings\": [{\"containerID\": 0, "
						      "\"hostID\": 4294967295, \"size\": "
						      "4294967295}], "
						      "\"gidMappings\": [{\"containerID\": 1, "
						      "\"hostID\": 2, \"size\": 0}], "
						      "\"devices\": [{\"type\": \"u\", \"path\": "
						      "\"/dev/a\", \"major\": 1, \"minor\": 2, "
						      "\"fileMode\": 8624, \"uid\": 0, \"gid\": "
						      "0}, {\"type\": \"p\", \"path\": "
						      "\"/dev/p\"}], "
						      "\"maskedPaths\": [\"/proc/kcore\"], "
						      "\"readonlyPaths\": [\"/proc/sys\", "
						      "\"/proc/bus\"], "
						      "\"rootfsPropagation\": \"rslave\""));

	assert_true(spec->namespaces[NAMESPACE_USER].listed);
	assert_int_equal(spec->namespaces[NAMESPACE_NETWORK].json->index, 1);
	assert_false(spec->namespaces[NAMESPACE_PID].listed);
	assert_int_equal(spec->uid_mappings.item[0].outside, UINT32_MAX);
	assert_string_equal(spec->gid_mappings.json->key, "gidMappings");
	assert_int_equal(spec->gid_mappings.item[0].count, 0);
	assert_int_equal(spec->devices[0].type, 'c');
	assert_int_equal(spec->devices[0].minor, 2);
	assert_int_equal(spec->devices[1].type, 'p');
	assert_string_equal(spec->readonly_paths[1], "/proc/bus");
	assert_string_equal(spec->rootfs_propagation, "rslave");
}

static void reads_a_seccomp_profile(void **state _unused_)
{
	const struct spec_seccomp *seccomp =
		accepted(with_linux("\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ERRNO\", "
				    "\"defaultErrnoRet\": 38, "
				    "\"architectures\": [\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X32\"], "
				    "\"flags\": [\"SECCOMP_FILTER_FLAG_LOG\", "
				    "\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"], "
				    "\"syscalls\": [{\"names\": [\"read\", \"write\"], \"action\": "
				    "\"SCMP_ACT_ALLOW\", \"args\": null}, {\"names\": [\"kill\"], "
				    "\"action\": "
				    "\"SCMP_ACT_ERRNO\", \"args\": [{\"index\": 5, \"value\": "
				    "18446744073709551615, \"valueTwo\": 2, \"op\": "
				    "\"SCMP_CMP_MASKED_EQ\"}]}, "
				    "{\"names\": [\"x\"], \"action\": \"SCMP_ACT_TRACE\", "
				    "\"errnoRet\": 65535}]}"))
			->seccomp;

	assert_true(seccomp->default_action == SCMP_ACT_ERRNO(38));
	assert_int_equal(seccomp->architecture_count, 2);
	assert_true(seccomp->architectures[1] == SCMP_ARCH_X32);
	assert_true(seccomp->flags_set);
	assert_true(seccomp->flags == (SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW));
	assert_int_equal(seccomp->rule_count, 3);
	assert_int_equal(seccomp->rules[0].name_count, 2);
	assert_true(seccomp->rules[0].action == SCMP_ACT_ALLOW);
	assert_int_equal(seccomp->rules[0].argument_count, 0);
	assert_true(seccomp->rules[1].action == SCMP_ACT_ERRNO(1));
	assert_int_equal(seccomp->rules[1].arguments[0].index, 5);
	assert_true(seccomp->rules[1].arguments[0].value == UINT64_MAX);
	assert_true(seccomp->rules[1].arguments[0].value_two == 2);
	assert_int_equal(seccomp->rules[1].arguments[0].op, SCMP_CMP_MASKED_EQ);
	assert_true(seccomp->rules[2].action == SCMP_ACT_TRACE(65535));
}

static void no_flags_and_an_empty_list_of_flags_differ(void **state _unused_)
{
	assert_true(accepted(with_seccomp("\"flags\": []"))->seccomp->flags_set);
	assert_false(accepted(with_seccomp("\"x\": 1"))->seccomp->flags_set);
}

static void reads_a_process_that_stands_alone(void **state _unused_)
{
	struct spec_process process = { .uid = 7 };
	struct error err;

	assert_int_equal(spec_read_process(&arena, document("{\"cwd\": \"/\"}"), &process, &err),
			 -1);
	assert_string_equal(err.what, "args is missing");
	assert_int_equal(spec_read_process(&arena, document("[]"), &process, &err), -1);
	assert_int_equal(spec_read_process(&arena,
					   document("{" PROCESS ", \"scheduler\": {\"policy\": "
						    "\"x\"}}"),
					   &process, &err),
			 -1);
	assert_string_equal(err.what, "scheduler is not supported yet");
	assert_int_equal(process.uid, 7);
	assert_int_equal(spec_read_process(&arena, document("{" PROCESS "}"), &process, &err), 0);
	assert_string_equal(process.cwd, "/");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(refuses_a_document_that_lacks_what_is_required,
					  empty_arena),
		cmocka_unit_test_teardown(refuses_versions_that_it_cannot_know, empty_arena),
		cmocka_unit_test_teardown(refuses_top_level_values_of_another_kind, empty_arena),
		cmocka_unit_test_teardown(refuses_by_name_what_it_does_not_do_yet, empty_arena),
		cmocka_unit_test_teardown(refuses_a_process_that_cannot_be, empty_arena),
		cmocka_unit_test_teardown(refuses_limits_that_cannot_be, empty_arena),
		cmocka_unit_test_teardown(refuses_linux_properties_that_cannot_be, empty_arena),
		cmocka_unit_test_teardown(refuses_seccomp_profiles_that_cannot_be, empty_arena),
		cmocka_unit_test_teardown(what_is_empty_or_null_counts_as_absent, empty_arena),
		cmocka_unit_test_teardown(what_it_does_not_know_is_ignored, empty_arena),
		cmocka_unit_test_teardown(the_least_config_has_no_null_vectors, empty_arena),
		cmocka_unit_test_teardown(reads_the_top_level, empty_arena),
		cmocka_unit_test_teardown(reads_mounts_in_their_order, empty_arena),
		cmocka_unit_test_teardown(reads_a_process, empty_arena),
		cmocka_unit_test_teardown(a_size_without_a_terminal_is_ignored, empty_arena),
		cmocka_unit_test_teardown(reads_limits_up_to_infinity, empty_arena),
		cmocka_unit_test_teardown(an_unknown_capability_is_noted_and_no_error, empty_arena),
		cmocka_unit_test_teardown(reads_the_linux_object, empty_arena),
		cmocka_unit_test_teardown(reads_a_seccomp_profile, empty_arena),
		cmocka_unit_test_teardown(no_flags_and_an_empty_list_of_flags_differ, empty_arena),
		cmocka_unit_test_teardown(reads_a_process_that_stands_alone, empty_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
