#include "frontend/spec/read.h"

#include <linux/capability.h>
#include <strings.h>

static const char *const names[] = {
	[CAP_CHOWN] = "CHOWN",
	[CAP_DAC_OVERRIDE] = "DAC_OVERRIDE",
	[CAP_DAC_READ_SEARCH] = "DAC_READ_SEARCH",
	[CAP_FOWNER] = "FOWNER",
	[CAP_FSETID] = "FSETID",
	[CAP_KILL] = "KILL",
	[CAP_SETGID] = "SETGID",
	[CAP_SETUID] = "SETUID",
	[CAP_SETPCAP] = "SETPCAP",
	[CAP_LINUX_IMMUTABLE] = "LINUX_IMMUTABLE",
	[CAP_NET_BIND_SERVICE] = "NET_BIND_SERVICE",
	[CAP_NET_BROADCAST] = "NET_BROADCAST",
	[CAP_NET_ADMIN] = "NET_ADMIN",
	[CAP_NET_RAW] = "NET_RAW",
	[CAP_IPC_LOCK] = "IPC_LOCK",
	[CAP_IPC_OWNER] = "IPC_OWNER",
	[CAP_SYS_MODULE] = "SYS_MODULE",
	[CAP_SYS_RAWIO] = "SYS_RAWIO",
	[CAP_SYS_CHROOT] = "SYS_CHROOT",
	[CAP_SYS_PTRACE] = "SYS_PTRACE",
	[CAP_SYS_PACCT] = "SYS_PACCT",
	[CAP_SYS_ADMIN] = "SYS_ADMIN",
	[CAP_SYS_BOOT] = "SYS_BOOT",
	[CAP_SYS_NICE] = "SYS_NICE",
	[CAP_SYS_RESOURCE] = "SYS_RESOURCE",
	[CAP_SYS_TIME] = "SYS_TIME",
	[CAP_SYS_TTY_CONFIG] = "SYS_TTY_CONFIG",
	[CAP_MKNOD] = "MKNOD",
	[CAP_LEASE] = "LEASE",
	[CAP_AUDIT_WRITE] = "AUDIT_WRITE",
	[CAP_AUDIT_CONTROL] = "AUDIT_CONTROL",
	[CAP_SETFCAP] = "SETFCAP",
	[CAP_MAC_OVERRIDE] = "MAC_OVERRIDE",
	[CAP_MAC_ADMIN] = "MAC_ADMIN",
	[CAP_SYSLOG] = "SYSLOG",
	[CAP_WAKE_ALARM] = "WAKE_ALARM",
	[CAP_BLOCK_SUSPEND] = "BLOCK_SUSPEND",
	[CAP_AUDIT_READ] = "AUDIT_READ",
	[CAP_PERFMON] = "PERFMON",
	[CAP_BPF] = "BPF",
	[CAP_CHECKPOINT_RESTORE] = "CHECKPOINT_RESTORE",
};

int spec_capability(const char *name)
{
	if (strncasecmp(name, "CAP_", 4) == 0)
		name += 4;
	for (size_t i = 0; i < count_of(names); i++)
		if (strcasecmp(name, names[i]) == 0)
			return (int)i;
	return -1;
}

/* An unknown name is no error: config.md, "process", "capabilities". */
static int read_set(const struct json *capabilities, const char *key, uint64_t *ret,
		    const char **ret_unknown, struct error *err)
{
	const struct json *node;
	size_t count;

	if (read_array(capabilities, key, &node, &count, err) < 0)
		return -1;
	for (; node; node = node->next) {
		int number;

		if (json_expect(node, JSON_STRING, err) < 0)
			return -1;
		number = spec_capability(node->text);
		if (number >= 0)
			*ret |= (uint64_t)1 << number;
		else
			*ret_unknown = node->text;
	}
	return 0;
}

int read_capabilities(const struct json *process, struct spec_capabilities *ret, struct error *err)
{
	const struct json *object = NULL;

	if (json_object(process, "capabilities", &object, err) < 0)
		return -1;
	ret->present = object != NULL;
	if (read_set(object, "effective", &ret->effective, &ret->unknown, err) < 0 ||
	    read_set(object, "permitted", &ret->permitted, &ret->unknown, err) < 0 ||
	    read_set(object, "inheritable", &ret->inheritable, &ret->unknown, err) < 0 ||
	    read_set(object, "bounding", &ret->bounding, &ret->unknown, err) < 0 ||
	    read_set(object, "ambient", &ret->ambient, &ret->unknown, err) < 0)
		return -1;
	return 0;
}
