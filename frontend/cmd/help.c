#include "frontend/cmd/help.h"

#include "frontend/cmd/verbs.h"

#include <seccomp.h>
#include <stdio.h>
#include <string.h>

#define COLUMN 32

/* "  -b, --bundle DIR" */
static const char *option_words(struct arena *arena, const struct option *option)
{
	char letter[] = "    ";

	if (option->letter) {
		letter[0] = '-';
		letter[1] = option->letter;
		letter[2] = ',';
	}
	return arena_print(arena, "  %s--%s%s%s", letter, option->name, option->value ? " " : "",
			   option->value ? option->value : "");
}

static const char *option_line(struct arena *arena, const struct option *option)
{
	const char *words = option_words(arena, option);

	if (strlen(words) >= COLUMN)
		return arena_print(arena, "%s\n%*s%s\n", words, COLUMN, "", option->help);
	return arena_print(arena, "%-*s%s\n", COLUMN, words, option->help);
}

static const char *option_list(struct arena *arena, const struct option_table *table)
{
	const char *text = "";

	for (size_t i = 0; i < table->count; i++)
		if (table->option[i].help)
			text = arena_print(arena, "%s%s", text,
					   option_line(arena, &table->option[i]));
	return arena_print(arena, "%s%-*s%s\n", text, COLUMN, "  -h, --help", "print this");
}

int help_verb(struct arena *arena, const struct command *command, struct error *err)
{
	const char *text = arena_print(arena, "usage: rrun %s %s\n\n%s.\n\noptions:\n%s",
				       command->name, command->synopsis, command->summary,
				       option_list(arena, &command->table));

	return cmd_print(text, err);
}

int help_program(struct arena *arena, struct error *err)
{
	const char *text = "usage: rrun [OPTION]... VERB [OPTION]... [ARGUMENT]...\n\n"
			   "Runs OCI containers for the user who calls it.\n\nverbs:\n";

	for (size_t i = 0; verbs[i]; i++)
		text = arena_print(arena, "%s  %-10s%s\n", text, verbs[i]->name, verbs[i]->summary);
	text = arena_print(arena, "%s\noptions before the verb:\n%s\nsee rrun VERB --help\n", text,
			   option_list(arena, &globals_table));
	return cmd_print(text, err);
}

/* dockerd reads every line with the word "version" in it, and the last one wins. */
int help_version(struct arena *arena, struct error *err)
{
	const struct scmp_version *seccomp = seccomp_version();
	const char *text = arena_print(arena,
				       "rrun version %s\n"
				       "commit: %s\n"
				       "spec: %s\n"
				       "libseccomp: %u.%u.%u\n",
				       RRUN_VERSION, RRUN_COMMIT, SPEC_VERSION, seccomp->major,
				       seccomp->minor, seccomp->micro);

	return cmd_print(text, err);
}

static int help_run(const struct call *call, int *ret_status _unused_, struct error *err)
{
	const struct command *command;

	if (!call->arg_count)
		return help_program(call->arena, err);
	command = verb_find(call->args[0]);
	if (!command)
		return verb_unknown(call->args[0], err);
	return help_verb(call->arena, command, err);
}

const struct command command_help = {
	.name = "help",
	.synopsis = "[VERB]",
	.summary = "Say how rrun, or a verb of it, is called",
	.most = 1,
	.run = help_run,
};
