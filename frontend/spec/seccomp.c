#include "frontend/spec/read.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV /* Linux 5.19 */
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#define ERRNO_MOST 4095 /* linux/err.h, MAX_ERRNO: the kernel would cut a greater one */

struct word {
	const char *name;
	uint32_t value;
};

static const struct word actions[] = {
	{ .name = "SCMP_ACT_ALLOW", .value = SCMP_ACT_ALLOW },
	{ .name = "SCMP_ACT_ERRNO", .value = SCMP_ACT_ERRNO(0) },
	{ .name = "SCMP_ACT_KILL", .value = SCMP_ACT_KILL },
	{ .name = "SCMP_ACT_KILL_PROCESS", .value = SCMP_ACT_KILL_PROCESS },
	{ .name = "SCMP_ACT_KILL_THREAD", .value = SCMP_ACT_KILL_THREAD },
	{ .name = "SCMP_ACT_LOG", .value = SCMP_ACT_LOG },
	{ .name = "SCMP_ACT_NOTIFY", .value = SCMP_ACT_NOTIFY },
	{ .name = "SCMP_ACT_TRACE", .value = SCMP_ACT_TRACE(0) },
	{ .name = "SCMP_ACT_TRAP", .value = SCMP_ACT_TRAP },
};

static const struct word operators[] = {
	{ .name = "SCMP_CMP_EQ", .value = SCMP_CMP_EQ },
	{ .name = "SCMP_CMP_GE", .value = SCMP_CMP_GE },
	{ .name = "SCMP_CMP_GT", .value = SCMP_CMP_GT },
	{ .name = "SCMP_CMP_LE", .value = SCMP_CMP_LE },
	{ .name = "SCMP_CMP_LT", .value = SCMP_CMP_LT },
	{ .name = "SCMP_CMP_MASKED_EQ", .value = SCMP_CMP_MASKED_EQ },
	{ .name = "SCMP_CMP_NE", .value = SCMP_CMP_NE },
};

static const struct word flags[] = {
	{ .name = "SECCOMP_FILTER_FLAG_LOG", .value = SECCOMP_FILTER_FLAG_LOG },
	{ .name = "SECCOMP_FILTER_FLAG_SPEC_ALLOW", .value = SECCOMP_FILTER_FLAG_SPEC_ALLOW },
	{ .name = "SECCOMP_FILTER_FLAG_TSYNC", .value = SECCOMP_FILTER_FLAG_TSYNC },
	{ .name = "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
	  .value = SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV },
};

static const struct word architectures[] = {
	{ .name = "SCMP_ARCH_AARCH64", .value = SCMP_ARCH_AARCH64 },
	{ .name = "SCMP_ARCH_ARM", .value = SCMP_ARCH_ARM },
#ifdef SCMP_ARCH_LOONGARCH64
	{ .name = "SCMP_ARCH_LOONGARCH64", .value = SCMP_ARCH_LOONGARCH64 },
#endif
#ifdef SCMP_ARCH_M68K
	{ .name = "SCMP_ARCH_M68K", .value = SCMP_ARCH_M68K },
#endif
	{ .name = "SCMP_ARCH_MIPS", .value = SCMP_ARCH_MIPS },
	{ .name = "SCMP_ARCH_MIPS64", .value = SCMP_ARCH_MIPS64 },
	{ .name = "SCMP_ARCH_MIPS64N32", .value = SCMP_ARCH_MIPS64N32 },
	{ .name = "SCMP_ARCH_MIPSEL", .value = SCMP_ARCH_MIPSEL },
	{ .name = "SCMP_ARCH_MIPSEL64", .value = SCMP_ARCH_MIPSEL64 },
	{ .name = "SCMP_ARCH_MIPSEL64N32", .value = SCMP_ARCH_MIPSEL64N32 },
	{ .name = "SCMP_ARCH_PARISC", .value = SCMP_ARCH_PARISC },
	{ .name = "SCMP_ARCH_PARISC64", .value = SCMP_ARCH_PARISC64 },
	{ .name = "SCMP_ARCH_PPC", .value = SCMP_ARCH_PPC },
	{ .name = "SCMP_ARCH_PPC64", .value = SCMP_ARCH_PPC64 },
	{ .name = "SCMP_ARCH_PPC64LE", .value = SCMP_ARCH_PPC64LE },
	{ .name = "SCMP_ARCH_RISCV64", .value = SCMP_ARCH_RISCV64 },
	{ .name = "SCMP_ARCH_S390", .value = SCMP_ARCH_S390 },
	{ .name = "SCMP_ARCH_S390X", .value = SCMP_ARCH_S390X },
#ifdef SCMP_ARCH_SH
	{ .name = "SCMP_ARCH_SH", .value = SCMP_ARCH_SH },
	{ .name = "SCMP_ARCH_SHEB", .value = SCMP_ARCH_SHEB },
#endif
	{ .name = "SCMP_ARCH_X32", .value = SCMP_ARCH_X32 },
	{ .name = "SCMP_ARCH_X86", .value = SCMP_ARCH_X86 },
	{ .name = "SCMP_ARCH_X86_64", .value = SCMP_ARCH_X86_64 },
};

static int read_word(const struct json *node, const struct word *words, size_t count, uint32_t *ret,
		     struct error *err)
{
	if (json_expect(node, JSON_STRING, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(words[i].name, node->text) == 0) {
			*ret = words[i].value;
			return 0;
		}
	}
	return json_refuse(node, err, "unknown word \"%.60s\"", node->text);
}

static bool takes_number(uint32_t action)
{
	return action == SCMP_ACT_ERRNO(0) || action == SCMP_ACT_TRACE(0);
}

static int fold_number(const struct json *number, uint32_t *action, struct error *err)
{
	uint32_t most = *action == SCMP_ACT_TRACE(0) ? UINT16_MAX : ERRNO_MOST, value = EPERM;

	if (number && !takes_number(*action))
		return json_refuse(number, err,
				   "only SCMP_ACT_ERRNO and SCMP_ACT_TRACE take a number");
	if (!takes_number(*action))
		return 0;
	if (number && json_item_u32(number, &value, err) < 0)
		return -1;
	if (value > most)
		return json_refuse(number, err, "must be at most %u, not %u", most, value);
	*action |= value;
	return 0;
}

static int read_action(const struct json *object, const char *key, const char *number_key,
		       uint32_t *ret, struct error *err)
{
	const struct json *node = json_get(object, key);
	uint32_t action;

	if (json_require(object, key, err) < 0 ||
	    read_word(node, actions, count_of(actions), &action, err) < 0)
		return -1;
	if (action == SCMP_ACT_NOTIFY) {
		refuse_unsupported_node(node, err);
		return error_why(err, "%s", node->text);
	}
	if (fold_number(json_get(object, number_key), &action, err) < 0)
		return -1;
	*ret = action;
	return 0;
}

static int read_operator(const struct json *object, int *ret, struct error *err)
{
	uint32_t value;

	if (json_require(object, "op", err) < 0 ||
	    read_word(json_get(object, "op"), operators, count_of(operators), &value, err) < 0)
		return -1;
	*ret = (int)value;
	return 0;
}

static int read_argument(const struct json *node, struct spec_seccomp_argument *ret,
			 struct error *err)
{
	if (json_expect(node, JSON_OBJECT, err) < 0 ||
	    read_required_u32(node, "index", &ret->index, err) < 0 ||
	    read_required_u64(node, "value", &ret->value, err) < 0 ||
	    json_u64(node, "valueTwo", &ret->value_two, err) < 0)
		return -1;
	if (ret->index > 5)
		return json_refuse(json_get(node, "index"), err, "must be from 0 to 5, not %u",
				   ret->index);
	return read_operator(node, &ret->op, err);
}

static int read_arguments(struct arena *arena, const struct json *object,
			  struct spec_seccomp_rule *ret, struct error *err)
{
	const struct json *node;
	struct spec_seccomp_argument *arguments;
	size_t count;

	if (read_array(object, "args", &node, &count, err) < 0)
		return -1;
	if (count == 0)
		return 0;
	arguments = arena_array(arena, count, sizeof(*arguments));
	for (; node; node = node->next)
		if (read_argument(node, &arguments[node->index], err) < 0)
			return -1;
	ret->arguments = arguments;
	ret->argument_count = count;
	return 0;
}

static int read_rule(struct arena *arena, const struct json *node, struct spec_seccomp_rule *ret,
		     struct error *err)
{
	ret->json = node;
	if (json_expect(node, JSON_OBJECT, err) < 0 || json_require(node, "names", err) < 0 ||
	    read_strings(arena, node, "names", &ret->names, &ret->name_count, err) < 0)
		return -1;
	if (ret->name_count == 0)
		return json_refuse(json_get(node, "names"), err, "must name a system call");
	if (read_action(node, "action", "errnoRet", &ret->action, err) < 0)
		return -1;
	return read_arguments(arena, node, ret, err);
}

static int read_rules(struct arena *arena, const struct json *object, struct spec_seccomp *ret,
		      struct error *err)
{
	const struct json *node;
	struct spec_seccomp_rule *rules;
	size_t count;

	if (read_array(object, "syscalls", &node, &count, err) < 0)
		return -1;
	rules = arena_array(arena, count, sizeof(*rules));
	for (; node; node = node->next)
		if (read_rule(arena, node, &rules[node->index], err) < 0)
			return -1;
	ret->rules = rules;
	ret->rule_count = count;
	return 0;
}

static int read_architectures(struct arena *arena, const struct json *object,
			      struct spec_seccomp *ret, struct error *err)
{
	const struct json *node;
	uint32_t *found;
	size_t count;

	if (read_array(object, "architectures", &node, &count, err) < 0)
		return -1;
	found = arena_array(arena, count, sizeof(*found));
	for (; node; node = node->next)
		if (read_word(node, architectures, count_of(architectures), &found[node->index],
			      err) < 0)
			return -1;
	ret->architectures = found;
	ret->architecture_count = count;
	return 0;
}

/* "flags": [] asks for none, no "flags" for what the runtime thinks best. */
static int read_flags(const struct json *object, struct spec_seccomp *ret, struct error *err)
{
	const struct json *node;
	size_t count;

	if (read_array(object, "flags", &node, &count, err) < 0)
		return -1;
	ret->flags_set = json_get(object, "flags") != NULL;
	for (; node; node = node->next) {
		uint32_t flag;

		if (read_word(node, flags, count_of(flags), &flag, err) < 0)
			return -1;
		/* It is about a listener: seccomp(2) refuses it without one. */
		if (flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) {
			refuse_unsupported_node(node, err);
			return error_why(err, "%s", node->text);
		}
		ret->flags |= flag;
	}
	return 0;
}

/* config-linux.md, "Seccomp": metadata without a listener is an error. A listener is refused by
 * name with the other properties that are not supported yet. */
static int check_listener(const struct json *object, struct error *err)
{
	const char *path = NULL, *metadata = NULL;

	if (read_text(object, "listenerPath", &path, err) < 0 ||
	    read_text(object, "listenerMetadata", &metadata, err) < 0)
		return -1;
	if (metadata && !path)
		return json_refuse(json_get(object, "listenerMetadata"), err, "needs listenerPath");
	return 0;
}

int read_seccomp(struct arena *arena, const struct json *linux_object,
		 const struct spec_seccomp **ret, struct error *err)
{
	const struct json *object = NULL;
	struct spec_seccomp *seccomp;

	if (json_object(linux_object, "seccomp", &object, err) < 0)
		return -1;
	if (!object || object->count == 0)
		return 0;
	seccomp = arena_new(arena, struct spec_seccomp);
	if (read_action(object, "defaultAction", "defaultErrnoRet", &seccomp->default_action, err) <
		    0 ||
	    check_listener(object, err) < 0 ||
	    read_architectures(arena, object, seccomp, err) < 0 ||
	    read_flags(object, seccomp, err) < 0 || read_rules(arena, object, seccomp, err) < 0)
		return -1;
	*ret = seccomp;
	return 0;
}
