/* Decisions as data: each tests/plan/NAME.json is planned for one fixed caller, and what plan_print
 * says, or the refusal, must be tests/plan/NAME.plan to the letter.
 *
 * Words in NAME are facts: facts_of().
 *
 *   RRUN_GOLDENS=write build/tests/plan/golden_test      writes the .plan files anew: read the diff
 */
#include "frontend/caller.h"
#include "frontend/cgroup/here.h"
#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/plan/plan.h"
#include "frontend/spec/spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* alice: uid and gid 1000, a range of 65536. */
static const struct caller alice = {
	.mode = MODE_DIRECT,
	.uid = 1000,
	.gid = 1000,
	.uids = { 1, { { 100000, 65536 } } },
	.gids = { 1, { { 200000, 65536 } } },
};

/* Where rrun runs, by a word in the name of the file; none: cgroups are disabled. */
static const struct {
	const char *word;
	struct here here;
} places[] = {
	{ "cgroup-v1", { .path = "/" } },
	{ "cgroup-login",
	  { .mount = "/sys/fs/cgroup",
	    .path = "/user.slice/user-1000.slice/session-1.scope",
	    .held = { [0 ... WIRE_LIMITS - 1] = WIRE_MAX } } },
	{ "cgroup-own",
	  { .mount = "/sys/fs/cgroup",
	    .path = "/user.slice/user-1000.slice/user@1000.service/app.slice/a.scope",
	    .own = "/user.slice/user-1000.slice/user@1000.service/app.slice",
	    .own_controllers = 255,
	    .held = { [0 ... WIRE_LIMITS - 1] = WIRE_MAX } } },
	{ "cgroup-job",
	  { .mount = "/sys/fs/cgroup",
	    .path = "/system.slice/slurmstepd.scope/job_7/step_0/user/task_0",
	    .job = "/system.slice/slurmstepd.scope/job_7",
	    .held = { [0] = WIRE_MAX,
		      [LIMIT_MEMORY] = 1073741824,
		      [LIMIT_MEMORY + 1 ... WIRE_LIMITS - 1] = WIRE_MAX } } },
};

static const struct here *here_of(const char *name)
{
	for (size_t i = 0; i < count_of(places); i++)
		if (strstr(name, places[i].word))
			return &places[i].here;
	return NULL;
}

static struct plan_facts facts_of(const char *name)
{
	struct plan_facts facts = {
		.caller = &alice,
		.here = here_of(name),
		.attached_terminal = true,
		.clamp_rlimits = !strstr(name, "strict"),
		.bundle = "/bundle",
		.id = "box",
	};

	for (size_t i = 0; i < 16; i++)
		facts.hard_limit[i] = 4096;
	if (strstr(name, "one-id"))
		facts.one_id = "no helper: it is not there";
	if (strstr(name, "detach"))
		facts.detach = true;
	if (strstr(name, "notify"))
		facts.notify_dir = "/run/rrun/box/notify";
	if (strstr(name, "listen")) {
		facts.keep_fds = 3;
		facts.activated_fds = 2;
		facts.listen_names = "http:https";
	}
	return facts;
}

static const char *planned(struct arena *arena, const char *name)
{
	_cleanup_(close_fd) int fd = open(name, O_RDONLY | O_CLOEXEC);
	const struct plan_facts facts = facts_of(name);
	const struct json *document;
	const struct spec *spec;
	const struct plan *plan;
	struct error err = { 0 };
	const char *text;
	size_t size;

	assert_true(fd >= 0);
	if (json_read_file(arena, name, fd, &text, &size, &err) == 0 &&
	    json_parse(arena, "config.json", text, size, &document, &err) == 0 &&
	    spec_read(arena, document, &spec, &err) == 0 &&
	    plan_make(arena, spec, &facts, &plan, &err) == 0)
		return plan_print(arena, plan);
	return arena_print(arena, "refused %s %s%s%s\n", code_name(err.code), err.what,
			   err.why[0] ? ": " : "", err.why);
}

static void compare(const char *name)
{
	struct arena arena = { 0 };
	const char *golden = arena_print(&arena, "%.*s.plan", (int)strlen(name) - 5, name);
	const char *have = planned(&arena, name), *wanted = "";
	_cleanup_(close_fd) int fd = -1;
	struct error err;
	size_t size;

	if (getenv("RRUN_GOLDENS")) {
		FILE *file = fopen(golden, "we");

		assert_non_null(file);
		fputs(have, file);
		fclose(file);
	}
	fd = open(golden, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || json_read_file(&arena, golden, fd, &wanted, &size, &err) < 0)
		fail_msg("%s is missing", golden);
	if (strlen(have) != size || memcmp(have, wanted, size) != 0)
		fail_msg("%s: the plan is not the golden one:\n%s", name, have);
	arena_free(&arena);
}

static void one_golden(void **state)
{
	compare(*state);
}

int main(void)
{
	struct CMUnitTest *tests;
	glob_t found;

	if (glob("tests/plan/*.json", 0, NULL, &found) != 0)
		return 1;
	tests = calloc(found.gl_pathc, sizeof(*tests));
	for (size_t i = 0; i < found.gl_pathc; i++)
		tests[i] = (struct CMUnitTest){ .name = found.gl_pathv[i],
						.test_func = one_golden,
						.initial_state = found.gl_pathv[i] };
	return _cmocka_run_group_tests("plan", tests, found.gl_pathc, NULL, NULL);
}
