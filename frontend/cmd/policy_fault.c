#include "frontend/cmd/policy_fault.h"

#include "common/attr.h"
#include "frontend/cmd/nearest.h"

#include <string.h>

#define QUOTED(text) (int)(text).size, (text).at

/* What stands behind each key, for people. NUMBERS with their highest, or words. */
static const struct form {
	const char *name;
	const char *takes;
	const char *word[5]; /* also beside a number */
	uint32_t highest;    /* 0: no numbers */
	uint32_t values;     /* 0: free words */
} forms[] = {
	[CONFIG_MAPPING] = { "mapping", "on or off", { "on", "off" }, 0, 1 },
	[CONFIG_MIN_UID] = { "min_uid", "a uid from 1 to 2147483647", {}, CONFIG_HIGHEST_ID, 1 },
	[CONFIG_SUBIDS] = { "subids", "on or off", { "on", "off" }, 0, 1 },
	[CONFIG_MIN_HOST_ID] = { "min_host_id", "an id from 1 to 2147483647", {},
				 CONFIG_HIGHEST_ID, 1 },
	[CONFIG_MAX_EXTENTS] = { "max_extents", "a number from 1 to 340", {}, 340, 1 },
	[CONFIG_SETGROUPS] = { "setgroups", "deny or allow", { "deny", "allow" }, 0, 1 },
	[CONFIG_LOG] = { "log", "refusals or all", { "refusals", "all" }, 0, 1 },
	[CONFIG_CGROUP] = { "cgroup", "on or off", { "on", "off" }, 0, 1 },
	[CONFIG_PLACEMENT] = { "placement", "auto, inherit, sibling or slice",
			       { "auto", "inherit", "sibling", "slice" }, 0, 1 },
	[CONFIG_MAX_CGROUPS] = { "max_cgroups", "a number from 1 to 1024", {}, 1024, 1 },
	[CONFIG_CONTAINER_MEMORY] = { "container_memory_mib", "MiB from 1 to 1073741824, or max",
				      { "max" }, 1u << 30, 1 },
	[CONFIG_CONTAINER_PIDS] = { "container_pids", "a number from 1 to 4194304, or max",
				    { "max" }, 4194304, 1 },
	[CONFIG_CONTAINER_CPU] = { "container_cpu_percent", "percent from 1 to 1000000, or max",
				   { "max" }, 1000000, 1 },
	[CONFIG_USER_MEMORY] = { "user_memory_mib", "MiB from 1 to 1073741824, or max",
				 { "max" }, 1u << 30, 1 },
	[CONFIG_USER_PIDS] = { "user_pids", "a number from 1 to 4194304, or max", { "max" },
			       4194304, 1 },
	[CONFIG_USER_CPU] = { "user_cpu_percent", "percent from 1 to 1000000, or max", { "max" },
			      1000000, 1 },
	[CONFIG_DENY_UID] = { "deny_uid", "a uid from 1 to 2147483647", {}, CONFIG_HIGHEST_ID, 1 },
	[CONFIG_RESERVED] = { "reserved", "FIRST LAST, from 1 to 4294967294", {}, UINT32_MAX - 1,
			      2 },
	[CONFIG_BAND] = { "band", "FIRST_UID LAST_UID BASE COUNT, from 1 to 2147483647", {},
			  CONFIG_HIGHEST_ID, 4 },
	[CONFIG_NEVER_LEAVE] = { "never_leave", "one name, with * at one end or none", {}, 0, 0 },
	[CONFIG_NOTICE] = { "notice", "\"words\"", {}, 0, 0 },
};
static_assert(count_of(forms) == CONFIG_KEYS, "a form for each key");

static const struct form *find_form(struct text name)
{
	for (const struct form *form = forms; form < forms + count_of(forms); form++)
		if (text_equal(name, text_of(form->name)))
			return form;
	return NULL;
}

/* White space and bytes that people do not see. */
static const char *explain_bytes(struct text line, uint32_t number)
{
	if (number == 1 && line.size >= 3 && memcmp(line.at, "\xef\xbb\xbf", 3) == 0)
		return "the file begins with a byte order mark (EF BB BF): remove it";
	if (line.at[line.size - 1] == '\r')
		return "it ends in a carriage return: the file has the line ends of DOS";
	if (memchr(line.at, '\t', line.size))
		return "it has a tab: words stand apart by one space";
	if (line.at[0] == ' ')
		return "it begins with a space";
	if (line.at[line.size - 1] == ' ')
		return "it ends in a space";
	return NULL;
}

static const char *explain_name(struct arena *arena, struct text name)
{
	struct nearest nearest = { .word = arena_copy(arena, name.at, name.size) };

	for (const struct form *form = forms; form < forms + count_of(forms); form++)
		nearest_try(&nearest, form->name);
	if (!nearest.best)
		return arena_print(arena, "unknown key %s", nearest.word);
	return arena_print(arena, "unknown key %s: did you mean %s?", nearest.word, nearest.best);
}

static const char *explain_word(struct arena *arena, const struct form *form, struct text word)
{
	struct nearest nearest = { .word = arena_copy(arena, word.at, word.size) };
	uint32_t number;

	for (size_t i = 0; form->word[i]; i++) {
		if (text_equal(word, text_of(form->word[i])))
			return NULL;
		nearest_try(&nearest, form->word[i]);
	}
	if (form->highest && text_number(word, &number) && number >= 1 && number <= form->highest)
		return NULL;
	if (form->highest && text_all_digits(word) && word.size > 1 && word.at[0] == '0')
		return arena_print(arena, "%s has a leading zero; %s takes %s", nearest.word,
				   form->name, form->takes);
	if (form->highest && text_all_digits(word))
		return arena_print(arena, "%s is out of bounds; %s takes %s", nearest.word,
				   form->name, form->takes);
	if (form->highest)
		return arena_print(arena, "\"%s\" is no plain decimal number; %s takes %s",
				   nearest.word, form->name, form->takes);
	return arena_print(arena, "\"%s\" is not known here; %s takes %s%s%s%s", nearest.word,
			   form->name, form->takes, nearest.best ? ": did you mean " : "",
			   nearest.best ? nearest.best : "", nearest.best ? "?" : "");
}

/* The words of a line one by one; their number. */
static const char *explain_words(struct arena *arena, const struct form *form, struct text rest)
{
	uint32_t count = 0;

	if (rest.at == NULL)
		return arena_print(arena, "%s stands alone; it takes %s", form->name, form->takes);
	while (rest.at) {
		struct text word = text_cut(&rest, ' ');

		if (word.size == 0)
			return "it has two spaces in a row: words stand apart by one";
		if (word.at[0] == '#')
			return "a comment stands on a line of its own";
		const char *why = ++count > form->values ? NULL : explain_word(arena, form, word);
		if (why)
			return why;
	}
	if (count == form->values)
		return NULL;
	return arena_print(arena, "%s takes %u value%s (%s), not %u", form->name, form->values,
			   form->values == 1 ? "" : "s", form->takes, count);
}

static const char *explain_pattern(struct text name)
{
	const char *star = name.at ? memchr(name.at, '*', name.size) : NULL;

	if (!name.at || name.size < 2)
		return "the name is too short: it would stand for nearly everything, or nothing";
	if (memchr(name.at, ' ', name.size))
		return "never_leave takes one name a line";
	if (memchr(name.at, '/', name.size))
		return "a name has no slash: each name of a cgroup's path is compared by itself";
	if (name.size > sizeof(((struct config *)NULL)->never_leave[0]))
		return "the name is longer than 48 bytes";
	if (star && star != name.at && star != name.at + name.size - 1)
		return "* stands at one end of the name, not within it";
	if (star && memchr(star + 1, '*', name.size - (size_t)(star + 1 - name.at)))
		return "* stands at one end of the name, not at both";
	return "it is one too many: 16 never_leave lines are the most";
}

static const char *explain_notice(struct text words)
{
	if (!words.at || words.size < 2 || words.at[0] != '"' || words.at[words.size - 1] != '"')
		return "the words of notice stand between double quotes";
	return "the words of notice are plain ASCII, without a double quote among them";
}

static bool read_numbers(struct text line, uint32_t *value, uint32_t count)
{
	text_cut(&line, ' ');
	for (uint32_t i = 0; i < count; i++)
		if (!text_number(text_cut(&line, ' '), &value[i]))
			return false;
	return true;
}

/* A band by itself. */
static const char *explain_band(struct arena *arena, const uint32_t *value)
{
	if (value[1] < value[0])
		return arena_print(arena, "LAST_UID %u is below FIRST_UID %u", value[1], value[0]);
	if (value[3] > 65536)
		return arena_print(arena, "COUNT %u is more than 65536", value[3]);
	if (value[3] & (value[3] - 1))
		return arena_print(arena, "COUNT %u is not a power of two", value[3]);
	return "it is one too many: 16 bands are the most";
}

/* Which reserved line meets TABLE; those that need no line are said by number. */
static const char *explain_reserved(struct arena *arena, struct text text, struct idrange table)
{
	uint32_t number, value[2];

	for (uint32_t i = 0;; i++) {
		struct text line = policy_line_of(text, "reserved", i, &number);

		if (!number)
			return "the band holds 65534 or 65535, which are always reserved";
		if (read_numbers(line, value, 2) &&
		    idrange_overlap(table, (struct idrange){ value[0], (uint64_t)value[1] + 1 }))
			return arena_print(arena, "the band meets line %u: %.*s", number,
					   QUOTED(line));
	}
}

/* A band beside the others; the same order as config_read's. */
static const char *explain_place(struct arena *arena, const struct policy *policy,
				 const struct band *band)
{
	const struct config *config = &policy->config;
	struct idrange table = band->table;

	if (table.first < config->value[CONFIG_MIN_HOST_ID])
		return arena_print(arena, "BASE %llu is below min_host_id %u",
				   (unsigned long long)table.first,
				   config->value[CONFIG_MIN_HOST_ID]);
	if (table.end > CONFIG_HIGHEST_ID)
		return arena_print(arena, "its last id would be %llu; 2147483646 is the highest",
				   (unsigned long long)table.end - 1);
	if (idranges_overlap(&config->reserved, table))
		return explain_reserved(arena, policy->text, table);
	for (const struct band *other = config->band; other < config->band + config->bands;
	     other++) {
		struct text line = policy_line(policy->text, other->line);

		if (idrange_overlap(table, other->uids))
			return arena_print(arena, "its ids %llu to %llu meet the users of line %u: "
						  "%.*s",
					   (unsigned long long)table.first,
					   (unsigned long long)table.end - 1, other->line,
					   QUOTED(line));
		if (other != band && (idrange_overlap(band->uids, other->uids) ||
				      idrange_overlap(table, other->table)))
			return arena_print(arena, "it meets line %u: %.*s", other->line,
					   QUOTED(line));
	}
	return NULL;
}

static const char *explain_value(struct arena *arena, const struct policy *policy,
				 const struct form *form, struct text line)
{
	enum config_key key = (enum config_key)(form - forms);
	uint32_t first, value[4] = { 0 };

	if (key < CONFIG_ONCE) {
		policy_line_of(policy->text, form->name, 0, &first);
		return first < policy->line
			       ? arena_print(arena, "%s stands on line %u already", form->name,
					     first)
			       : "no reason is known";
	}
	read_numbers(line, value, form->values);
	if (key == CONFIG_RESERVED && value[1] < value[0])
		return arena_print(arena, "LAST %u is below FIRST %u", value[1], value[0]);
	if (key != CONFIG_BAND)
		return arena_print(arena, "it is one too many: there is no room for more %s lines",
				   form->name);
	for (uint32_t i = 0; i < policy->config.bands; i++)
		if (policy->config.band[i].line == policy->line)
			return explain_place(arena, policy, &policy->config.band[i]);
	return explain_band(arena, value);
}

static const char *explain_line(struct arena *arena, const struct policy *policy)
{
	struct text line = policy_line(policy->text, policy->line), rest = line;
	const char *why = explain_bytes(line, policy->line);
	const struct form *form;
	struct text name;

	if (why)
		return why;
	name = text_cut(&rest, ' ');
	form = find_form(name);
	if (!form)
		return explain_name(arena, name);
	if (form == &forms[CONFIG_NEVER_LEAVE])
		return explain_pattern(rest);
	if (form == &forms[CONFIG_NOTICE])
		return explain_notice(rest);
	why = explain_words(arena, form, rest);
	return why ? why : explain_value(arena, policy, form, line);
}

/* The keys from FIRST to END that are not there: "min_uid, log"; null: none. */
static const char *list_missing(struct arena *arena, const struct config *config, uint32_t first,
				uint32_t end)
{
	const char *list = NULL;

	for (uint32_t key = first; key < end; key++)
		if (!(config->seen & 1u << key))
			list = arena_print(arena, "%s%s%s", list ? list : "", list ? ", " : "",
					   forms[key].name);
	return list;
}

static const char *explain_file(struct arena *arena, const struct policy *policy)
{
	struct text text = policy->text;
	const char *list, *nul = text.size ? memchr(text.at, '\0', text.size) : NULL;
	uint32_t line = 1;

	if (text.size == 0)
		return "the file is empty";
	if (nul) {
		for (const char *at = text.at; at < nul; at++)
			line += *at == '\n';
		return arena_print(arena, "there is a NUL byte on line %u", line);
	}
	if (text.at[text.size - 1] != '\n')
		return "there is no newline at the end: the last line may be half of one";
	list = list_missing(arena, &policy->config, 0, CONFIG_CGROUP);
	if (list)
		return arena_print(arena, "missing: %s", list);
	list = list_missing(arena, &policy->config, CONFIG_CGROUP, CONFIG_ONCE);
	if (list)
		return arena_print(arena,
				   "missing: %s (the keys about cgroups stand all or not at all)",
				   list);
	return "no reason is known";
}

const char *policy_fault(struct arena *arena, const struct policy *policy)
{
	return policy->line ? explain_line(arena, policy) : explain_file(arena, policy);
}

struct warnings {
	const char **item;
	size_t count;
};

static void warn(struct warnings *warnings, const char *text)
{
	warnings->item[warnings->count++] = text;
}

static bool keeps(const struct config *config, const char *name)
{
	return config_never_leave(config, text_of(name));
}

static void warn_of_cgroups(const struct config *config, struct warnings *warnings)
{
	if (!(config->seen & 1u << CONFIG_CGROUP))
		warn(warnings, "no key about cgroups is there: cgroups are off");
	if (!config->value[CONFIG_CGROUP])
		return;
	if (!keeps(config, "slurmstepd.scope") || !keeps(config, "node1_slurmstepd.scope") ||
	    !keeps(config, "job_1"))
		warn(warnings, "never_leave does not name Slurm's jobs (slurmstepd.scope, "
			       "*_slurmstepd.scope, job_*): on a node of a Slurm cluster only "
			       "their limits keep processes in them");
	for (uint32_t key = CONFIG_CONTAINER_MEMORY; key <= CONFIG_CONTAINER_CPU; key++)
		if (config->value[key] != CONFIG_NO_CAP)
			return;
	warn(warnings, "container_memory_mib, container_pids and container_cpu_percent are all "
		       "max: one container may take the machine");
}

static void warn_of_ids(const struct config *config, struct warnings *warnings)
{
	if (!config->value[CONFIG_MAPPING])
		warn(warnings, "mapping is off: containers have one id, or what newuidmap gives");
	else if (!config->value[CONFIG_SUBIDS] && !config->bands)
		warn(warnings, "subids is off and there is no band: nobody is granted a range");
	if (config->value[CONFIG_SETGROUPS])
		warn(warnings, "setgroups allow: a user can leave a group that exists to keep its "
			       "members out of something, as with newgidmap");
}

const char *const *policy_warnings(struct arena *arena, const struct policy *policy)
{
	struct warnings warnings = { .item = arena_array(arena, 8, sizeof(char *)) };

	warn_of_cgroups(&policy->config, &warnings);
	warn_of_ids(&policy->config, &warnings);
	return warnings.item;
}
