#include "frontend/cmd/verbs.h"

#include "frontend/cmd/nearest.h"
#include "frontend/codes.h"

#include <string.h>

const struct command *const verbs[] = {
	&command_run,  &command_create, &command_start,	 &command_exec,	 &command_state,
	&command_list, &command_kill,	&command_delete, &command_pause, &command_resume,
	&command_ps,   &command_update, &command_events, &command_scope, &command_spec,
	&command_plan, &command_policy, &command_gc,	 &command_help,	 NULL,
};

static const char *const later[] = {
	"features",
	"checkpoint",
	"restore",
	"mounts",
};

const struct command *verb_find(const char *name)
{
	for (size_t i = 0; verbs[i]; i++)
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
	return NULL;
}

int verb_unknown(const char *name, struct error *err)
{
	struct nearest nearest = { .word = name };

	for (size_t i = 0; i < count_of(later); i++) {
		if (strcmp(later[i], name) == 0) {
			error_set(err, RR_USE_05, "%s is not supported yet", name);
			return error_kind(err, ERROR_USAGE);
		}
	}
	for (size_t i = 0; verbs[i]; i++)
		nearest_try(&nearest, verbs[i]->name);
	error_set(err, RR_USE_01, "unknown verb %s", name);
	if (nearest.best)
		error_why(err, "did you mean %s?", nearest.best);
	return error_kind(err, ERROR_USAGE);
}
