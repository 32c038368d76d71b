/* Two compilers, one answer: what filter_compile makes is run beside what libseccomp makes, for
 * every number, every architecture and the arguments that could matter.
 *
 * libseccomp 2.5.4 is no oracle where several rules of one call have conditions and one of these
 * is LT or LE, is MASKED_EQ, or is anything but EQ and not its rule's last: it lets pass what no
 * rule names, stops what one does, or never returns. There the rules themselves are the oracle. */
#include "frontend/plan/filter_parts.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

#define RULES_MOST 64
#define VALUES_MOST 512
#define HOT_MOST 64

struct made {
	struct spec_seccomp profile;
	struct spec_seccomp_rule rules[RULES_MOST];
	struct arena arena;
};

struct values {
	uint64_t value[VALUES_MOST];
	size_t count;
};

static const struct json node = { .type = JSON_OBJECT, .key = "rule" };

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)((seed >> 33) % below);
}

/* What the kernel does with the few instructions that seccomp allows and both compilers use. */
static uint32_t load(const struct seccomp_data *data, uint32_t offset)
{
	uint32_t word;

	assert_true(offset % 4 == 0 && offset < sizeof(*data));
	memcpy(&word, (const char *)data + offset, sizeof(word));
	return word;
}

static bool jumps(uint16_t test, uint32_t a, uint32_t k)
{
	switch (test) {
	case BPF_JEQ:
		return a == k;
	case BPF_JGT:
		return a > k;
	case BPF_JGE:
		return a >= k;
	default:
		fail_msg("a jump of kind %#x", test);
		return false;
	}
}

static uint32_t answer(const struct filter *filter, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (uint32_t at = 0; at < filter->length; at++) {
		const struct sock_filter *i = &filter->program[at];

		if (i->code == (BPF_LD | BPF_W | BPF_ABS))
			a = load(data, i->k);
		else if (i->code == (BPF_ALU | BPF_AND | BPF_K))
			a &= i->k;
		else if (i->code == (BPF_JMP | BPF_JA))
			at += i->k;
		else if (i->code == (BPF_RET | BPF_K))
			return i->k;
		else if (BPF_CLASS(i->code) == BPF_JMP)
			at += jumps(BPF_OP(i->code), a, i->k) ? i->jt : i->jf;
		else
			fail_msg("an instruction of kind %#x", i->code);
	}
	fail_msg("the program has no end");
	return 0;
}

static bool stub_wanted(const struct spec_seccomp *profile)
{
	return (profile->default_action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO &&
	       profile->default_action != SCMP_ACT_ERRNO(ENOSYS);
}

static bool lists(const struct spec_seccomp *profile, uint32_t token)
{
	for (size_t i = 0; i < profile->architecture_count; i++)
		if (profile->architectures[i] == token)
			return true;
	return token == seccomp_arch_native();
}

static bool names(const struct spec_seccomp *profile, const char *name)
{
	for (size_t i = 0; i < profile->rule_count; i++)
		for (size_t j = 0; j < profile->rules[i].name_count; j++)
			if (strcmp(profile->rules[i].names[j], name) == 0)
				return true;
	return false;
}

static bool is_socket_call(const struct spec_seccomp *profile, int family)
{
	for (size_t i = 0; i < profile->rule_count; i++)
		for (size_t j = 0; j < profile->rules[i].name_count; j++)
			if (-seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86,
							       profile->rules[i].names[j]) /
				    100 ==
			    family)
				return true;
	return false;
}

/* By way of number to name, which the compiler does not go. */
static uint32_t greatest_named(const struct spec_seccomp *profile, uint32_t token)
{
	uint32_t base = token == SCMP_ARCH_X32 ? 0x40000000U : 0;

	for (uint32_t i = 0xf0100; i > 0; i = i == 0xf0000 ? 1024 : i - 1) {
		char *name = seccomp_syscall_resolve_num_arch(token, (int)(base + i - 1));
		bool named = name && names(profile, name);

		free(name);
		if (named ||
		    (token == SCMP_ARCH_X86 && i - 1 == 102 && is_socket_call(profile, 1)) ||
		    (token == SCMP_ARCH_X86 && i - 1 == 117 && is_socket_call(profile, 2)))
			return base + i - 1;
	}
	return UINT32_MAX;
}

struct stub {
	bool wanted;
	uint32_t x86_64, x86, x32, aarch64, arm;
};

static struct stub stub_of(const struct spec_seccomp *profile)
{
	return (struct stub){
		.wanted = stub_wanted(profile),
		.x86_64 = greatest_named(profile, SCMP_ARCH_X86_64),
		.x86 = greatest_named(profile, SCMP_ARCH_X86),
		.x32 = greatest_named(profile, SCMP_ARCH_X32),
		.aarch64 = greatest_named(profile, SCMP_ARCH_AARCH64),
		.arm = greatest_named(profile, SCMP_ARCH_ARM),
	};
}

static bool above_x86_64(const struct spec_seccomp *profile, const struct stub *stub, uint32_t nr)
{
	if (nr < 0x40000000U)
		return nr > stub->x86_64;
	if (lists(profile, SCMP_ARCH_X32))
		return nr > stub->x32;
	return nr == UINT32_MAX && stub->x86_64 != UINT32_MAX;
}

static bool stub_answers(const struct spec_seccomp *profile, const struct stub *stub,
			 const struct seccomp_data *data)
{
	uint32_t nr = (uint32_t)data->nr;

	if (!stub->wanted)
		return false;
	switch (data->arch) {
	case AUDIT_ARCH_X86_64:
		return lists(profile, SCMP_ARCH_X86_64) && above_x86_64(profile, stub, nr);
	case AUDIT_ARCH_I386:
		return lists(profile, SCMP_ARCH_X86) && nr > stub->x86;
	case AUDIT_ARCH_AARCH64:
		return lists(profile, SCMP_ARCH_AARCH64) && nr > stub->aarch64;
	case AUDIT_ARCH_ARM:
		return lists(profile, SCMP_ARCH_ARM) && nr > stub->arm;
	default:
		return false;
	}
}

static bool condition_holds(const struct spec_seccomp_argument *argument, uint64_t value,
			    uint64_t whole)
{
	uint64_t with = argument->value & whole;

	value &= whole;
	switch (argument->op) {
	case SCMP_CMP_NE:
		return value != with;
	case SCMP_CMP_LT:
		return value < with;
	case SCMP_CMP_LE:
		return value <= with;
	case SCMP_CMP_EQ:
		return value == with;
	case SCMP_CMP_GE:
		return value >= with;
	case SCMP_CMP_GT:
		return value > with;
	default:
		return (value & with) == (argument->value_two & with);
	}
}

/* One rule as libseccomp gets it, for one number of one architecture. */
struct part {
	const struct spec_seccomp_argument *arguments;
	size_t count;
	uint64_t whole;	 /* the bits of an argument that are looked at */
	uint64_t select; /* 0: not through socketcall or ipc */
};

static bool part_holds(const struct part *part, const struct seccomp_data *data)
{
	if (part->select && (data->args[0] & part->whole) != part->select)
		return false;
	for (size_t i = 0; i < part->count; i++) {
		const struct spec_seccomp_argument *argument = &part->arguments[i];

		if (part->select && argument->index == 0)
			continue;
		if (!condition_holds(argument, data->args[argument->index], part->whole))
			return false;
	}
	return true;
}

static bool part_asks_nothing(const struct part *part)
{
	for (size_t i = 0; i < part->count; i++)
		if (part->arguments[i].op != SCMP_CMP_MASKED_EQ ||
		    (part->arguments[i].value & part->whole) != 0)
			return false;
	return part->select == 0;
}

static bool reaches(uint32_t token, const char *name, uint32_t nr, uint64_t *select)
{
	int number = seccomp_syscall_resolve_name_arch(token, name);

	*select = 0;
	if (number >= 0 || token != SCMP_ARCH_X86)
		return number >= 0 && (uint32_t)number == nr;
	if (-number / 100 == (nr == 102 ? 1 : nr == 117 ? 2 : -1)) {
		*select = (uint64_t)(-number % 100);
		return true;
	}

	char *direct = nr < 0x10000 ? seccomp_syscall_resolve_num_arch(token, (int)nr) : NULL;
	bool same = direct && strcmp(direct, name) == 0;

	free(direct);
	return same;
}

static uint64_t whole_of(uint32_t token)
{
	return token == SCMP_ARCH_X86_64 || token == SCMP_ARCH_AARCH64 ? UINT64_MAX : UINT32_MAX;
}

/* What is said so far about a call; the parts of a rule are added in the order of the profile. */
struct verdict {
	uint32_t action;
	bool matched, decided;
};

static void hear(struct verdict *verdict, const struct spec_seccomp_rule *rule, uint32_t token,
		 uint64_t select, const struct seccomp_data *data)
{
	size_t parts = filter_repeats_index(rule) ? rule->argument_count : 1;

	for (size_t i = 0; i < parts && !verdict->decided; i++) {
		struct part part = { &rule->arguments[i], parts > 1 ? 1 : rule->argument_count,
				     whole_of(token), select };

		verdict->decided = part_asks_nothing(&part);
		if (verdict->decided || (!verdict->matched && part_holds(&part, data))) {
			verdict->action = rule->action;
			verdict->matched = true;
		}
	}
}

/* The rules as they read: the first without conditions, else whichever holds. */
static uint32_t meaning(const struct spec_seccomp *profile, uint32_t token,
			const struct seccomp_data *data)
{
	struct verdict verdict = { .action = profile->default_action };
	uint64_t select;

	for (size_t i = 0; i < profile->rule_count; i++) {
		const struct spec_seccomp_rule *rule = &profile->rules[i];

		for (size_t j = 0; j < rule->name_count && rule->action != profile->default_action;
		     j++)
			if (reaches(token, rule->names[j], (uint32_t)data->nr, &select))
				hear(&verdict, rule, token, select, data);
	}
	return verdict.action;
}

static uint32_t token_of(const struct seccomp_data *data)
{
	uint32_t nr = (uint32_t)data->nr;

	if (data->arch == AUDIT_ARCH_X86_64 && nr >= 0x40000000U && nr != UINT32_MAX)
		return SCMP_ARCH_X32;
	return data->arch;
}

struct pair {
	const struct spec_seccomp *profile;
	struct filter ours, theirs;
	struct stub stub;
	bool made_here;
	size_t excused;
};

static void print_rules(const struct spec_seccomp *profile)
{
	fprintf(stderr, "default %#x, %zu architectures\n", profile->default_action,
		profile->architecture_count);
	for (size_t i = 0; i < profile->rule_count && i < 40; i++) {
		const struct spec_seccomp_rule *rule = &profile->rules[i];

		fprintf(stderr, "  %s %s -> %#x", rule->names[0],
			rule->name_count > 1 ? rule->names[1] : "", rule->action);
		for (size_t j = 0; j < rule->argument_count; j++)
			fprintf(stderr, "  a%u op%d %#llx %#llx", rule->arguments[j].index,
				rule->arguments[j].op, (unsigned long long)rule->arguments[j].value,
				(unsigned long long)rule->arguments[j].value_two);
		fprintf(stderr, "\n");
	}
}

static void compare(struct pair *pair, const struct seccomp_data *data)
{
	uint32_t ours = answer(&pair->ours, data);
	uint32_t theirs = stub_answers(pair->profile, &pair->stub, data)
				  ? SCMP_ACT_ERRNO(ENOSYS)
				  : answer(&pair->theirs, data);

	if (ours == theirs)
		return;
	if (pair->made_here && lists(pair->profile, token_of(data)) &&
	    ours == meaning(pair->profile, token_of(data), data)) {
		pair->excused++;
		return;
	}
	print_rules(pair->profile);
	fail_msg("arch %#x nr %#x (%llx %llx %llx %llx %llx %llx): ours %#x, libseccomp's %#x",
		 data->arch, (unsigned)data->nr, (unsigned long long)data->args[0],
		 (unsigned long long)data->args[1], (unsigned long long)data->args[2],
		 (unsigned long long)data->args[3], (unsigned long long)data->args[4],
		 (unsigned long long)data->args[5], ours, theirs);
}

static const uint32_t audits[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_I386,	  AUDIT_ARCH_AARCH64,
				   AUDIT_ARCH_ARM,    AUDIT_ARCH_PPC64LE, 0 };

static void compare_everywhere(struct pair *pair, struct seccomp_data data, uint32_t nr)
{
	data.nr = (int)nr;
	for (size_t i = 0; i < count_of(audits); i++) {
		data.arch = audits[i];
		compare(pair, &data);
	}
}

static void compare_numbers(struct pair *pair)
{
	static const uint32_t edges[] = { 0x3ffffffe, 0x3fffffff, 0x40000401, 0x7fffffff,
					  0x80000000, 0xbfffffff, 0xc0000000, 0xc0000001,
					  0xfffffffe, 0xffffffff, 0xf0000,    0xf0001,
					  0xf0005,    0xf0006,	  0xf00ff,    0xf0100 };
	struct seccomp_data data = { 0 };

	for (uint32_t nr = 0; nr <= 1024; nr++) {
		compare_everywhere(pair, data, nr);
		compare_everywhere(pair, data, 0x40000000U + nr);
	}
	for (size_t i = 0; i < count_of(edges); i++)
		compare_everywhere(pair, data, edges[i]);
}

static void value_add(struct values *values, uint64_t value)
{
	if (values->count < VALUES_MOST)
		values->value[values->count++] = value;
}

/* Around a constant of a rule, with and without the high word, inside and outside a mask. */
static void values_around(struct values *values, uint64_t value)
{
	value_add(values, value);
	value_add(values, value - 1);
	value_add(values, value + 1);
	value_add(values, value ^ (1ULL << 32));
	value_add(values, value ^ (1ULL << 63));
	value_add(values, value & UINT32_MAX);
	value_add(values, value ^ (1ULL << draw(64)));
}

static void values_of(const struct spec_seccomp *profile, uint32_t index, struct values *values)
{
	value_add(values, 0);
	value_add(values, UINT64_MAX);
	for (size_t i = 0; i < profile->rule_count; i++)
		for (size_t j = 0; j < profile->rules[i].argument_count; j++) {
			const struct spec_seccomp_argument *argument =
				&profile->rules[i].arguments[j];

			if (argument->index != index)
				continue;
			values_around(values, argument->value);
			values_around(values, argument->value_two);
			value_add(values, argument->value_two | ~argument->value);
			value_add(values, argument->value_two & argument->value);
		}
}

/* The numbers, in all architectures, of calls whose arguments are looked at. */
static size_t hot_numbers(const struct spec_seccomp *profile, uint32_t hot[HOT_MOST])
{
	static const uint32_t tokens[] = { SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32,
					   SCMP_ARCH_AARCH64, SCMP_ARCH_ARM };
	size_t count = 0;

	hot[count++] = 102;
	hot[count++] = 117;
	for (size_t i = 0; i < profile->rule_count; i++)
		for (size_t j = 0;
		     j < profile->rules[i].name_count && profile->rules[i].argument_count; j++)
			for (size_t k = 0; k < count_of(tokens); k++) {
				int nr = seccomp_syscall_resolve_name_arch(
					tokens[k], profile->rules[i].names[j]);
				bool known = nr < 0 && nr != -101;

				for (size_t l = 0; l < count; l++)
					known |= hot[l] == (uint32_t)nr;
				if (!known && count < HOT_MOST)
					hot[count++] = nr == -101 ? 359 : (uint32_t)nr;
			}
	return count;
}

static void compare_arguments(struct pair *pair, size_t rounds)
{
	struct values values[FILTER_ARGUMENTS] = { 0 };
	uint32_t hot[HOT_MOST];
	size_t count = hot_numbers(pair->profile, hot);

	for (uint32_t i = 0; i < FILTER_ARGUMENTS; i++)
		values_of(pair->profile, i, &values[i]);
	for (uint64_t select = 0; select <= 25; select++)
		value_add(&values[0], select);
	for (size_t i = 0; i < count; i++)
		for (size_t round = 0; round < rounds; round++) {
			struct seccomp_data data = { 0 };

			for (size_t j = 0; j < FILTER_ARGUMENTS; j++)
				data.args[j] = values[j].value[draw((uint32_t)values[j].count)];
			compare_everywhere(pair, data, hot[i]);
		}
}

/* Every jump stays inside, as the kernel's own check wants it. */
static void check_shape(const struct filter *filter)
{
	assert_true(filter->length > 0 && filter->length <= BPF_MAXINSNS);
	for (uint32_t at = 0; at < filter->length; at++) {
		const struct sock_filter *i = &filter->program[at];

		if (i->code == (BPF_JMP | BPF_JA))
			assert_true(at + i->k + 1 < filter->length);
		else if (BPF_CLASS(i->code) == BPF_JMP)
			assert_true(at + i->jt + 1 < filter->length &&
				    at + i->jf + 1 < filter->length);
	}
	assert_int_equal(BPF_CLASS(filter->program[filter->length - 1].code), BPF_RET);
}

static bool made_here(struct arena *arena, const struct spec_seccomp *profile)
{
	struct filter_part part = { .arena = arena, .profile = profile };
	struct filter_whole whole;

	filter_ranges_make(&part, &whole);
	return !whole.beyond;
}

struct tally {
	size_t here, refused, excused;
};

static void compare_profile(struct arena *arena, const struct spec_seccomp *profile, size_t rounds,
			    struct tally *tally)
{
	struct pair pair = { .profile = profile, .made_here = made_here(arena, profile) };
	struct error ours = { 0 }, theirs = { 0 };
	int refused = filter_libseccomp(arena, profile, &pair.theirs, &theirs);

	/* libseccomp also refuses rules that contradict each other on a call that does not
	 * exist. */
	if (filter_compile(arena, profile, &pair.ours, &ours) != refused &&
	    !(pair.made_here && strstr(theirs.what, strerror(EEXIST)))) {
		print_rules(profile);
		fail_msg("ours: %s, libseccomp's: %s", ours.what, theirs.what);
	}
	tally->here += pair.made_here;
	tally->refused += refused < 0;
	if (refused < 0)
		return;
	pair.stub = stub_of(profile);
	check_shape(&pair.ours);
	compare_numbers(&pair);
	compare_arguments(&pair, rounds);
	tally->excused += pair.excused > 0;
}

/* What libseccomp is asked, so that it answers rightly. */
struct style {
	const char *const *names;
	uint32_t name_count;
	const int *ops;
	uint32_t op_count;
	uint32_t conditions;
	bool once; /* no two rules for one name */
};

static const char *const all_names[] = {
	"read",		"clone",
	"personality",	"socket",
	"bind",		"accept",
	"send",		"semop",
	"shmget",	"write",
	"socketcall",	"ipc",
	"ioctl",	"prctl",
	"openat2",	"clone3",
	"arch_prctl",	"breakpoint",
	"cacheflush",	"waitpid",
	"futex_time64", "semtimedop_time64",
	"memfd_secret", "a_name_that_nobody_knows",
};
static const char *const plain_names[] = {
	"read",		"clone",
	"personality",	"ioctl",
	"prctl",	"openat2",
	"clone3",	"breakpoint",
	"waitpid",	"cacheflush",
	"futex_time64", "arch_prctl",
	"write",	"a_name_that_nobody_knows",
	"mmap",		"mmap2",
};
static const int equal_ops[] = { SCMP_CMP_EQ };
static const int single_ops[] = { SCMP_CMP_EQ, SCMP_CMP_NE, SCMP_CMP_GE, SCMP_CMP_GT };
static const int every_op[] = { SCMP_CMP_NE, SCMP_CMP_LT, SCMP_CMP_LE,	     SCMP_CMP_EQ,
				SCMP_CMP_GE, SCMP_CMP_GT, SCMP_CMP_MASKED_EQ };

static const struct style styles[] = {
	{ all_names, count_of(all_names), equal_ops, count_of(equal_ops), 3, false },
	{ all_names, 8, equal_ops, count_of(equal_ops), 3, false },
	{ plain_names, 6, single_ops, count_of(single_ops), 1, false },
	{ plain_names, count_of(plain_names), every_op, count_of(every_op), 3, true },
};
static const struct style any_style = { plain_names, 3, every_op, count_of(every_op), 3, false };

static const uint32_t actions[] = { SCMP_ACT_ALLOW,	   SCMP_ACT_ALLOW,
				    SCMP_ACT_ERRNO(EPERM), SCMP_ACT_ERRNO(ENOSYS),
				    SCMP_ACT_KILL_THREAD,  SCMP_ACT_KILL_PROCESS,
				    SCMP_ACT_LOG,	   SCMP_ACT_TRAP,
				    SCMP_ACT_TRACE(7) };

static const uint64_t constants[] = { 0,
				      1,
				      2,
				      5,
				      8,
				      9,
				      16,
				      40,
				      0x20000,
				      0x7e020000,
				      0x7fffffff,
				      0x80000000,
				      UINT32_MAX,
				      0x100000000,
				      0x100000001,
				      0x200000009,
				      0xffffffff00000000,
				      UINT64_MAX };

static uint64_t draw_constant(void)
{
	if (draw(8) == 0)
		return ((uint64_t)draw(UINT32_MAX) << 32) | draw(UINT32_MAX);
	return constants[draw(count_of(constants))];
}

static void draw_arguments(struct made *made, const struct style *style,
			   struct spec_seccomp_rule *rule)
{
	size_t count = draw(3) == 0 ? 0 : 1 + draw(style->conditions);
	struct spec_seccomp_argument *arguments =
		arena_array(&made->arena, count, sizeof(*arguments));
	uint32_t first = draw(style->once ? 3 : 5) == 0 ? 3 : 0;

	for (size_t i = 0; i < count; i++)
		arguments[i] = (struct spec_seccomp_argument){
			.index = style->once ? first + (uint32_t)i : first + draw(3),
			.value = draw_constant(),
			.value_two = draw_constant(),
			.op = style->ops[draw(style->op_count)],
		};
	rule->arguments = arguments;
	rule->argument_count = count;
}

static void draw_rule(struct made *made, const struct style *style, size_t i, uint32_t actions_most)
{
	const char **drawn = arena_array(&made->arena, 3, sizeof(*drawn));
	struct spec_seccomp_rule *rule = &made->rules[i];

	rule->json = &node;
	rule->name_count = style->once ? 1 : 1 + draw(2);
	for (size_t j = 0; j < rule->name_count; j++)
		drawn[j] =
			style->names[style->once ? i % style->name_count : draw(style->name_count)];
	rule->names = drawn;
	rule->action = actions[draw(actions_most)];
	draw_arguments(made, style, rule);
}

static void draw_profile(struct made *made, const struct style *style)
{
	static const uint32_t architectures[] = { SCMP_ARCH_X86,    SCMP_ARCH_X32,
						  SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64,
						  SCMP_ARCH_ARM,    SCMP_ARCH_PPC64LE };
	uint32_t *drawn = arena_array(&made->arena, 4, sizeof(*drawn));
	uint32_t actions_most = draw(2) ? 2 : count_of(actions);

	made->profile.default_action = actions[2 + draw(count_of(actions) - 2)];
	if (draw(8) == 0)
		made->profile.default_action = SCMP_ACT_ALLOW;
	made->profile.architecture_count = draw(5);
	for (size_t i = 0; i < made->profile.architecture_count; i++)
		drawn[i] = architectures[draw(draw(2) ? 3 : draw(4) ? 5 : 6)];
	made->profile.architectures = drawn;
	made->profile.rule_count = draw(9);
	for (size_t i = 0; i < made->profile.rule_count; i++)
		draw_rule(made, style, i, actions_most);
	made->profile.rules = made->rules;
}

static size_t many(size_t otherwise)
{
	const char *asked = getenv("PROFILES");

	return asked ? (size_t)atol(asked) : otherwise;
}

static void agrees_with_libseccomp_on_thousands_of_profiles(void **state)
{
	size_t count = many(3000);
	struct tally tally = { 0 };

	for (size_t i = 0; i < count; i++) {
		struct made made = { 0 };

		seed = i;
		draw_profile(&made, &styles[i % count_of(styles)]);
		compare_profile(&made.arena, &made.profile, 40, &tally);
		arena_free(&made.arena);
	}
	printf("%zu profiles: %zu made here, %zu refused, libseccomp was wrong about %zu\n", count,
	       tally.here, tally.refused, tally.excused);
	assert_true(tally.here > count / 4);
	assert_true(tally.excused < count / 25);
}

static void compare_meaning(const struct spec_seccomp *profile, const struct filter *filter,
			    const char *name, uint32_t token)
{
	int nr = seccomp_syscall_resolve_name_arch(token, name);
	struct seccomp_data data = { .nr = nr, .arch = token };
	struct values values[FILTER_ARGUMENTS] = { 0 };

	for (uint32_t i = 0; i < FILTER_ARGUMENTS; i++)
		values_of(profile, i, &values[i]);
	for (size_t round = 0; round < 60 && nr >= 0; round++) {
		for (size_t j = 0; j < FILTER_ARGUMENTS; j++)
			data.args[j] = values[j].value[draw((uint32_t)values[j].count)];
		if (answer(filter, &data) == meaning(profile, token, &data))
			continue;
		print_rules(profile);
		fail_msg("%s on %#x (%llx %llx %llx): %#x instead of %#x", name, token,
			 (unsigned long long)data.args[0], (unsigned long long)data.args[1],
			 (unsigned long long)data.args[2], answer(filter, &data),
			 meaning(profile, token, &data));
	}
}

static void means_what_the_rules_say_whatever_their_operators(void **state)
{
	static const uint32_t tokens[] = { SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64, SCMP_ARCH_ARM };
	size_t here = 0, count = many(8000);

	for (size_t i = 0; i < count; i++) {
		struct made made = { 0 };
		struct filter_part part = { .arena = &made.arena, .profile = &made.profile };
		struct filter_whole whole;
		struct filter filter;
		struct error err;

		seed = i;
		draw_profile(&made, &any_style);
		made.profile.architectures = tokens;
		made.profile.architecture_count = count_of(tokens);
		filter_ranges_make(&part, &whole);
		if (!whole.beyond) {
			here++;
			assert_int_equal(filter_code_make(&made.arena, &whole, &filter, &err), 0);
			check_shape(&filter);
			for (size_t j = 0; j < count_of(tokens); j++)
				for (size_t k = 0; k < any_style.name_count; k++)
					compare_meaning(&made.profile, &filter, plain_names[k],
							tokens[j]);
		}
		arena_free(&made.arena);
	}
	printf("%zu profiles: %zu made here\n", count, here);
	assert_true(here > count / 4);
}

#define ARGUMENT(i, v, two, o)                                                                     \
	{                                                                                          \
		.index = (i), .value = (v), .value_two = (two), .op = SCMP_CMP_##o                 \
	}

static const char *const personality_name[] = { "personality", NULL };
static const char *const socket_name[] = { "socket", NULL };
static const char *const clone_name[] = { "clone", NULL };

static const struct spec_seccomp_argument personalities[] = {
	ARGUMENT(0, 0, 0, EQ),	     ARGUMENT(0, 8, 0, EQ),	     ARGUMENT(0, 0x20000, 0, EQ),
	ARGUMENT(0, 0x20008, 0, EQ), ARGUMENT(0, 0xffffffff, 0, EQ),
};
static const struct spec_seccomp_argument audit_socket[] = { ARGUMENT(0, 16, 0, EQ),
							     ARGUMENT(2, 9, 0, EQ) };
static const struct spec_seccomp_argument not_audit[] = { ARGUMENT(2, 9, 0, NE) };
static const struct spec_seccomp_argument not_netlink[] = { ARGUMENT(0, 16, 0, NE) };
static const struct spec_seccomp_argument not_vsock[] = { ARGUMENT(0, 40, 0, NE) };
static const struct spec_seccomp_argument no_namespace[] = { ARGUMENT(0, 0x7e020000, 0,
								      MASKED_EQ) };

static void add_rule(struct made *made, const char *const *rule_names, size_t name_count,
		     uint32_t action, const struct spec_seccomp_argument *arguments,
		     size_t argument_count)
{
	made->rules[made->profile.rule_count++] = (struct spec_seccomp_rule){
		.json = &node,
		.names = rule_names,
		.name_count = name_count,
		.action = action,
		.arguments = arguments,
		.argument_count = argument_count,
	};
	made->profile.rules = made->rules;
}

static bool has_name(const char *const *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

/* Every call of an architecture but those that the rules with arguments speak of. */
static size_t collect_names(struct made *made, uint32_t token, const char **list, size_t count)
{
	for (int nr = 0; nr < 500; nr++) {
		char *name = seccomp_syscall_resolve_num_arch(token, nr);

		if (name && !has_name(list, count, name) && strcmp(name, "personality") != 0 &&
		    strcmp(name, "socket") != 0 && strcmp(name, "clone") != 0)
			list[count++] = arena_copy(&made->arena, name, strlen(name));
		free(name);
	}
	return count;
}

/* As engines write it: a long list that is allowed, a shorter one that is not, a few with
 * arguments. */
static void engine_profile(struct made *made, const uint32_t *architectures,
			   size_t architecture_count)
{
	const char **list = arena_array(&made->arena, 1024, sizeof(*list));
	const char **denied = arena_array(&made->arena, 1024, sizeof(*denied));
	const char **allowed = arena_array(&made->arena, 1024, sizeof(*allowed));
	size_t count = collect_names(made, SCMP_ARCH_X86_64, list, 0), no = 0, yes = 0;

	count = collect_names(made, SCMP_ARCH_X86, list, count);
	for (size_t i = 0; i < count; i++) {
		/* Engines let socketcall pass, and libseccomp refuses podman's rules for socket
		 * without. */
		uint32_t luck = strcmp(list[i], "socketcall") == 0 ? 50 : draw(100);

		if (luck < 10)
			denied[no++] = list[i];
		else if (luck < 95)
			allowed[yes++] = list[i];
	}
	made->profile.architectures = architectures;
	made->profile.architecture_count = architecture_count;
	add_rule(made, denied, no, SCMP_ACT_ERRNO(EPERM), NULL, 0);
	add_rule(made, allowed, yes, SCMP_ACT_ALLOW, NULL, 0);
	for (size_t i = 0; i < count_of(personalities); i++)
		add_rule(made, personality_name, 1, SCMP_ACT_ALLOW, &personalities[i], 1);
}

static void podman_socket(struct made *made)
{
	add_rule(made, socket_name, 1, SCMP_ACT_ERRNO(EINVAL), audit_socket, 2);
	add_rule(made, socket_name, 1, SCMP_ACT_ALLOW, not_audit, 1);
	add_rule(made, socket_name, 1, SCMP_ACT_ALLOW, not_netlink, 1);
	add_rule(made, socket_name, 1, SCMP_ACT_ALLOW, not_audit, 1);
	add_rule(made, clone_name, 1, SCMP_ACT_ALLOW, NULL, 0);
}

static void moby_socket(struct made *made)
{
	add_rule(made, socket_name, 1, SCMP_ACT_ALLOW, not_vsock, 1);
	add_rule(made, clone_name, 1, SCMP_ACT_ALLOW, no_namespace, 1);
}

static const uint32_t x86_family[] = { SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32 };
static const uint32_t arm_family[] = { SCMP_ARCH_AARCH64, SCMP_ARCH_ARM };

static void agrees_with_libseccomp_on_the_profiles_of_engines(void **state)
{
	for (uint64_t i = 0; i < 12; i++) {
		struct tally tally = { 0 };
		struct made made = { 0 };

		seed = i;
		engine_profile(&made, i % 3 ? x86_family : arm_family, i % 3 ? 3 : 2);
		made.profile.default_action = SCMP_ACT_ERRNO(i % 2 ? ENOSYS : EPERM);
		if (i % 4 < 2)
			moby_socket(&made);
		else
			podman_socket(&made);
		compare_profile(&made.arena, &made.profile, 400, &tally);
		assert_int_equal(tally.refused, 0);
		assert_int_equal(tally.excused, 0);
		if (!tally.here)
			print_message("profile %d is left to libseccomp\n", (int)i);
		arena_free(&made.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_libseccomp_on_the_profiles_of_engines),
		cmocka_unit_test(agrees_with_libseccomp_on_thousands_of_profiles),
		cmocka_unit_test(means_what_the_rules_say_whatever_their_operators),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
