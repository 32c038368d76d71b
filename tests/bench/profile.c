/* A seccomp profile, as the lines of rules.jq, compiled to struct sock_filter[] by libseccomp.
 *
 * Promises: what comes out is the program that libseccomp loads for these rules with its optimiser
 * on (SCMP_FLTATR_CTL_OPTIMIZE 2), the shape that the kernel takes fastest from libseccomp.
 * Takes: lines on stdin. Gives: the program on stdout. Names that libseccomp does not know are
 * left out, as crun and runc do.
 * Fails: exit 1 and a line for anything else.
 * Source: seccomp_rule_add(3), seccomp_export_bpf(3). */
#include <ctype.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void fail(const char *what, const char *line)
{
	fprintf(stderr, "profile: %s: %s\n", what, line);
	exit(1);
}

static uint32_t action(const char *name, const char *number)
{
	if (strcmp(name, "SCMP_ACT_ALLOW") == 0)
		return SCMP_ACT_ALLOW;
	if (strcmp(name, "SCMP_ACT_ERRNO") == 0)
		return SCMP_ACT_ERRNO((uint32_t)atoi(number));
	fail("unknown action", name);
	return 0;
}

static uint32_t architecture(const char *name)
{
	char lower[32] = "";

	for (size_t i = 0; i + 1 < sizeof(lower) && name[i + 10]; i++)
		lower[i] = (char)tolower(name[i + 10]);
	return seccomp_arch_resolve_name(lower);
}

static enum scmp_compare comparison(const char *name)
{
	static const struct {
		const char *name;
		enum scmp_compare op;
	} table[] = {
		{ "SCMP_CMP_EQ", SCMP_CMP_EQ }, { "SCMP_CMP_NE", SCMP_CMP_NE },
		{ "SCMP_CMP_LT", SCMP_CMP_LT }, { "SCMP_CMP_LE", SCMP_CMP_LE },
		{ "SCMP_CMP_GT", SCMP_CMP_GT }, { "SCMP_CMP_GE", SCMP_CMP_GE },
		{ "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(name, table[i].name) == 0)
			return table[i].op;
	fail("unknown comparison", name);
	return SCMP_CMP_EQ;
}

static void add_rule(scmp_filter_ctx filter, char **words, size_t count)
{
	struct scmp_arg_cmp args[6];
	unsigned used = 0;
	int number = seccomp_syscall_resolve_name(words[3]);

	if (number == __NR_SCMP_ERROR)
		return;
	for (size_t at = 4; at + 3 < count && used < 6; at += 4, used++)
		args[used] = (struct scmp_arg_cmp){
			.arg = (unsigned)atoi(words[at]),
			.op = comparison(words[at + 1]),
			.datum_a = strtoull(words[at + 2], NULL, 10),
			.datum_b = strtoull(words[at + 3], NULL, 10),
		};
	if (seccomp_rule_add_array(filter, action(words[1], words[2]), number, used, args) < 0)
		fail("rule refused", words[3]);
}

int main(void)
{
	scmp_filter_ctx filter = NULL;
	char line[1024];

	while (fgets(line, sizeof(line), stdin)) {
		char *words[32] = { NULL }, *rest = NULL;
		size_t count = 0;

		for (char *word = strtok_r(line, " \n", &rest); word && count < 32;
		     word = strtok_r(NULL, " \n", &rest))
			words[count++] = word;
		if (count == 3 && strcmp(words[0], "default") == 0) {
			filter = seccomp_init(action(words[1], words[2]));
			if (!filter || seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0)
				fail("libseccomp", words[1]);
		} else if (count == 2 && filter && strcmp(words[0], "arch") == 0) {
			int ret = seccomp_arch_add(filter, architecture(words[1]));

			if (ret < 0 && ret != -17)
				fail("architecture refused", words[1]);
		} else if (count >= 4 && filter && strcmp(words[0], "rule") == 0) {
			add_rule(filter, words, count);
		} else {
			fail("not a line of rules.jq", count ? words[0] : "(empty)");
		}
	}
	if (!filter || seccomp_export_bpf(filter, STDOUT_FILENO) < 0)
		fail("libseccomp", "export");
	return 0;
}
