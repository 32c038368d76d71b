#include "frontend/cgroup/here.h"
#include "frontend/codes.h"
#include "frontend/plan/parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static int empty_arena(void **state _unused_)
{
	arena_free(&arena);
	return 0;
}

#define ALL_CONTROLLERS 255
#define NO_LIMITS                                                                                  \
	{                                                                                          \
		[0 ... LIMIT_IO_WEIGHT] = WIRE_MAX, [LIMIT_HUGETLB_2M] = WIRE_MAX,                 \
		       [LIMIT_HUGETLB_1G] = WIRE_MAX, [LIMIT_MEMS] = 1, [LIMIT_CPUS] = 0xff        \
	}

static const struct here login = {
	.mount = "/sys/fs/cgroup",
	.path = "/user.slice/user-1000.slice/session-1.scope",
	.held = NO_LIMITS,
};

static const struct here session = {
	.mount = "/sys/fs/cgroup",
	.path = "/user.slice/user-1000.slice/user@1000.service/app.slice/a.scope",
	.own = "/user.slice/user-1000.slice/user@1000.service/app.slice",
	.own_controllers = CONTROLLER_MEMORY | CONTROLLER_PIDS,
	.held = NO_LIMITS,
};

static const struct here root = {
	.mount = "/sys/fs/cgroup",
	.path = "/",
	.own = "/",
	.own_controllers = ALL_CONTROLLERS,
	.held = NO_LIMITS,
};

static const struct here blocked = {
	.mount = "/sys/fs/cgroup",
	.path = "/user.slice/user-1000.slice/session-1.scope",
	.own_blocked = "/sys/fs/cgroup/user.slice/user-1000.slice/session-1.scope/memory.max",
	.held = NO_LIMITS,
};

static const struct here version_1 = { .path = "/" };

static const struct here job = {
	.mount = "/sys/fs/cgroup",
	.path = "/slurm/job_7/step_0",
	.job = "/slurm/job_7",
	.held = { [LIMIT_PIDS] = WIRE_MAX,
		  [LIMIT_MEMORY] = 1000000,
		  [LIMIT_MEMORY_HIGH] = WIRE_MAX,
		  [LIMIT_SWAP] = 0,
		  [LIMIT_CPU_QUOTA] = 200000,
		  [LIMIT_CPU_PERIOD] = 100000,
		  [LIMIT_CPU_WEIGHT] = 100,
		  [LIMIT_IO_WEIGHT] = 100,
		  [LIMIT_HUGETLB_2M] = WIRE_MAX,
		  [LIMIT_HUGETLB_1G] = 0,
		  [LIMIT_MEMS] = 2,
		  [LIMIT_CPUS] = 0xf0f,
		  [LIMIT_CPUS + 1] = 1 },
};

/* A job that got its tree delegated, and the one of an engine. */
static const struct here own_in_job = {
	.mount = "/sys/fs/cgroup",
	.path = "/slurm/job_7",
	.job = "/slurm/job_7",
	.own = "/slurm/job_7/user",
	.own_controllers = ALL_CONTROLLERS,
	.held = NO_LIMITS,
};

struct question {
	const struct here *here;
	const char *resources; /* null: none */
	const char *path;      /* cgroupsPath, or null */
	const char *answer;
};

static const struct spec *spec_of(const struct question *question)
{
	struct spec *spec = arena_new(&arena, struct spec);
	const char *text = arena_print(&arena, "{\"linux\": {\"resources\": %s}}",
				       question->resources ? question->resources : "{}");
	const struct json *node = NULL;
	struct error err = { 0 };

	spec->cgroups_path = question->path;
	if (json_parse(&arena, "config.json", text, strlen(text), &node, &err) < 0 ||
	    spec_read_resources(&arena, json_get(json_get(node, "linux"), "resources"),
				&spec->resources, &err) < 0)
		fail_msg("%s: %s", text, err.what);
	return spec;
}

static const char *text_of(const struct plan_cgroup *cgroup)
{
	static const char *const ways[] = {
		[WAY_INHERIT] = "inherit",
		[WAY_OWN] = "own",
		[WAY_HELPER] = "helper",
	};
	const char *text =
		arena_print(&arena, "%s%s", ways[cgroup->way], cgroup->optional ? " optional" : "");

	if (cgroup->way == WAY_OWN) {
		assert_string_equal(cgroup->mount, "/sys/fs/cgroup");
		text = arena_print(&arena, "%s %s", text, cgroup->path);
		assert_int_equal(strncmp(cgroup->path, cgroup->base, strlen(cgroup->base)), 0);
	}
	for (size_t i = 0; i < cgroup->limits.count; i++)
		text = arena_print(&arena, "%s %s=%s", text, cgroup->limits.item[i].file,
				   cgroup->limits.item[i].value);
	if (cgroup->asked)
		text = arena_print(&arena, "%s asked %#x", text, cgroup->asked);
	return cgroup->note ? arena_print(&arena, "%s: %s", text, cgroup->note) : text;
}

static const char *answer_to(const struct question *question, enum caller_mode mode)
{
	const struct caller caller = { .mode = mode };
	const struct plan_facts facts = { .caller = &caller, .here = question->here, .id = "box" };
	struct plan plan = { 0 };
	struct error err = { 0 };

	if (plan_cgroup(&arena, spec_of(question), &facts, &plan, &err) == 0)
		return text_of(&plan.cgroup);
	assert_string_equal(text_of(&plan.cgroup), "inherit");
	return arena_print(&arena, "%s %s; %s; %s", code_name(err.code), err.what, err.why,
			   err.hint);
}

static void ask_each(const struct question *questions, size_t count, enum caller_mode mode)
{
	for (size_t i = 0; i < count; i++) {
		const char *answer = answer_to(&questions[i], mode);

		if (strcmp(answer, questions[i].answer) != 0)
			fail_msg("%s, %s:\n%s\nnot\n%s",
				 questions[i].resources ? questions[i].resources : "-",
				 questions[i].path ? questions[i].path : "-", answer,
				 questions[i].answer);
	}
}

#define MEMORY "{\"memory\": {\"limit\": 5000}}"
#define UNLIMITED "{\"memory\": {\"limit\": -1}, \"pids\": {\"limit\": -1}}"

static void refuses_limits_without_version_2(void **state _unused_)
{
	static const struct question questions[] = {
		{ &version_1, MEMORY, NULL,
		  "RR-CGR-01 linux.resources.memory.limit needs cgroup v2, and this machine has "
		  "cgroup v1 only; ; the admin can switch it over with "
		  "systemd.unified_cgroup_hierarchy=1 on the kernel's command line" },
		{ NULL, MEMORY, "/a",
		  "RR-CGR-01 linux.resources.memory.limit needs cgroup v2, and cgroups are "
		  "disabled (--cgroup-manager disabled); ; leave the limit out, or that option" },
		{ NULL,
		  "{\"memory\": {\"limit\": 1, \"swap\": 2, \"reservation\": 3}, \"unified\": "
		  "{\"memory.max\": \"max\", \"memory.swap.max\": \"max\"}}",
		  NULL,
		  "RR-CGR-01 linux.resources.memory.reservation needs cgroup v2, and cgroups are "
		  "disabled (--cgroup-manager disabled); ; leave the limit out, or that option" },
		{ &version_1, UNLIMITED, NULL, "inherit" },
		{ &version_1, NULL, "/a", "inherit" },
		{ NULL, UNLIMITED, "/a", "inherit" },
		{ NULL, NULL, NULL, "inherit" },
	};

	ask_each(questions, count_of(questions), MODE_DIRECT);
	ask_each(questions, count_of(questions), MODE_ENGINE);
	ask_each(questions, count_of(questions), MODE_ROOT);
}

static void refuses_limits_that_contradict_each_other(void **state _unused_)
{
	static const struct question questions[] = {
		{ &root, "{\"memory\": {\"swap\": 1}}", NULL,
		  "RR-CFG-06 linux.resources.memory.swap; unable to set swap limit without memory "
		  "limit; " },
	};

	ask_each(questions, count_of(questions), MODE_DIRECT);
}

#define STAYS "start it outside a job; a job's container stays in the job"
#define TIGHTER " is tighter than the batch job's own limit; "
#define LESS "ask the scheduler for less (srun --"

static void refuses_what_is_tighter_than_the_job(void **state _unused_)
{
	static const struct question questions[] = {
		{ &job, "{\"memory\": {\"limit\": 999999}}", NULL,
		  "RR-CGR-02 linux.resources.memory.limit: 999999" TIGHTER
		  "memory.max of the job /slurm/job_7 is 1000000; " LESS "mem=…), or " STAYS },
		{ &job, "{\"pids\": {\"limit\": 5}}", NULL,
		  "RR-CGR-02 linux.resources.pids.limit: 5" TIGHTER
		  "pids.max of the job /slurm/job_7 is none; " STAYS },
		{ &job, "{\"cpu\": {\"quota\": 99999, \"period\": 50000}}", NULL,
		  "RR-CGR-02 linux.resources.cpu.quota: 99999 50000" TIGHTER
		  "cpu.max of the job /slurm/job_7 is 200000 100000; " LESS
		  "cpus-per-task=…), or " STAYS },
		{ &job, "{\"cpu\": {\"cpus\": \"0-3,8-10,64\"}}", NULL,
		  "RR-CGR-02 linux.resources.cpu.cpus: 0-3,8-10,64" TIGHTER
		  "cpuset.cpus of the job /slurm/job_7 is 0-3,8-11,64; " LESS
		  "cpus-per-task=…), or " STAYS },
		{ &job, "{\"cpu\": {\"mems\": \"0\"}}", NULL,
		  "RR-CGR-02 linux.resources.cpu.mems: 0" TIGHTER
		  "cpuset.mems of the job /slurm/job_7 is 1; " LESS "cpus-per-task=…), or " STAYS },
		{ &job, "{\"cpu\": {\"shares\": 2048}}", NULL,
		  "RR-CGR-02 linux.resources.cpu.shares: 174" TIGHTER
		  "cpu.weight of the job /slurm/job_7 is 100; " LESS
		  "cpus-per-task=…), or " STAYS },
		{ &job, "{\"memory\": {\"reservation\": 5}}", NULL,
		  "RR-CGR-02 linux.resources.memory.reservation: 5" TIGHTER
		  "memory.low of the job /slurm/job_7 is not known to hold it; " LESS
		  "mem=…), or " STAYS },
		{ &job, "{\"unified\": {\"misc.max\": \"res_a 1\"}}", NULL,
		  "RR-CGR-02 linux.resources.unified[\"misc.max\"]: res_a 1" TIGHTER
		  "misc.max of the job /slurm/job_7 is not known to hold it; " STAYS },
	};

	ask_each(questions, count_of(questions), MODE_DIRECT);
	ask_each(questions, count_of(questions), MODE_ENGINE);
}

static void what_the_job_holds_is_held(void **state _unused_)
{
#define HELD "inherit: the limits are held by the batch job /slurm/job_7"
#define IN_JOB "inherit: the container stays in the batch job /slurm/job_7"
	static const struct question questions[] = {
		{ &job, "{\"memory\": {\"limit\": 1000000, \"swap\": 1000000}}", "/a", HELD },
		{ &job, "{\"memory\": {\"limit\": 1000000, \"swap\": 1000001}}", NULL, HELD },
		{ &job, "{\"cpu\": {\"quota\": 100000, \"period\": 50000}}", NULL, HELD },
		{ &job, "{\"cpu\": {\"quota\": 9223372036854775807}}", NULL, HELD },
		{ &job, "{\"cpu\": {\"cpus\": \"0-255\", \"mems\": \"0-1\"}}", NULL, HELD },
		{ &job, "{\"hugepageLimits\": [{\"pageSize\": \"1GB\", \"limit\": 0}]}", NULL,
		  HELD },
		{ &job,
		  "{\"pids\": {\"limit\": 5}, \"memory\": {\"limit\": 1000000}, \"unified\": "
		  "{\"pids.max\": \"max\"}}",
		  NULL, HELD },
		{ &job, UNLIMITED, NULL, IN_JOB },
		{ &job, "{\"cpu\": {\"shares\": 1024}}", NULL, IN_JOB },
		{ &job, NULL, "/a", IN_JOB },
		{ &job, NULL, NULL, "inherit" },
	};

	ask_each(questions, count_of(questions), MODE_DIRECT);
	ask_each(questions, count_of(questions), MODE_ENGINE);
}

static void refuses_to_leave_a_limit_behind(void **state _unused_)
{
	static const struct question questions[] = {
		{ &blocked, MEMORY, NULL,
		  "RR-CGR-02 linux.resources.memory.limit cannot be held here; a cgroup of your "
		  "own would leave the limit in "
		  "/sys/fs/cgroup/user.slice/user-1000.slice/session-1.scope/memory.max behind; "
		  "start it from where that limit is none, or ask the admin to lift it" },
		{ &blocked, NULL, "/a",
		  "inherit: no cgroup of its own: that would leave the limit in "
		  "/sys/fs/cgroup/user.slice/user-1000.slice/session-1.scope/memory.max behind" },
		{ &blocked, NULL, NULL, "inherit" },
	};

	ask_each(questions, count_of(questions), MODE_DIRECT);
}

static void refuses_what_the_helper_has_no_word_for(void **state _unused_)
{
	static const char scope[] =
		" can only be held in a cgroup tree of your own; ; systemd-run --user --scope -p "
		"Delegate=yes rrun …";
	const struct question questions[] = {
		{ &login, "{\"memory\": {\"limit\": 5, \"reservation\": 5}}", NULL,
		  arena_print(&arena, "RR-CGR-02 linux.resources.memory.reservation%s", scope) },
		{ &login, "{\"unified\": {\"io.latency\": \"8:0 target=1\"}}", NULL,
		  arena_print(&arena, "RR-CGR-02 linux.resources.unified[\"io.latency\"]%s",
			      scope) },
		{ &session, "{\"cpu\": {\"idle\": 1}}", NULL,
		  "RR-CGR-02 linux.resources.cpu.idle cannot be held here; the controller cpu is "
		  "not delegated to /user.slice/user-1000.slice/user@1000.service/app.slice; the "
		  "admin can delegate it: Delegate=cpu cpuset io memory pids in a drop-in for "
		  "user@.service" },
	};

	ask_each(questions, count_of(questions), MODE_DIRECT);
}

static void the_helper_makes_what_the_caller_cannot(void **state _unused_)
{
	static const struct question questions[] = {
		{ &login, MEMORY, NULL, "helper memory.max=5000 asked 0x2" },
		{ &login, MEMORY, "/a", "helper memory.max=5000 asked 0x2" },
		{ &login, UNLIMITED, NULL,
		  "helper optional pids.max=max memory.swap.max=max memory.max=max asked 0xb" },
		{ &login, NULL, "/a", "helper optional" },
		{ &login, NULL, NULL, "inherit" },
		/* The tree is there, but not the controller. */
		{ &session, "{\"cpu\": {\"quota\": 5000}}", NULL,
		  "RR-CGR-02 linux.resources.cpu.quota cannot be held here; the controller cpu is "
		  "not delegated to /user.slice/user-1000.slice/user@1000.service/app.slice; the admin can delegate it: Delegate=cpu cpuset io "
		  "memory pids in a drop-in for user@.service" },
	};

	ask_each(questions, count_of(questions), MODE_DIRECT);
}

#define OWN "/user.slice/user-1000.slice/user@1000.service/app.slice"

static void the_callers_own_tree_comes_first(void **state _unused_)
{
	static const struct question questions[] = {
		{ &session, MEMORY, NULL, "own " OWN "/rrun-box memory.max=5000" },
		{ &session, NULL, "/a", "own " OWN "/rrun-box" },
		{ &session, NULL, OWN, "own " OWN "/rrun-box" },
		{ &session, NULL, OWN "x/a", "own " OWN "/rrun-box" },
		{ &session, NULL, OWN "//a/./b/", "own " OWN "/a/b" },
		{ &session, MEMORY, "a/b", "own " OWN "/a/b memory.max=5000" },
		{ &session, NULL, ".", "own " OWN "/rrun-box" },
		{ &session, NULL, "user.slice:libpod:1", "own " OWN "/user.slice:libpod:1" },
		{ &session, UNLIMITED, NULL,
		  "own " OWN "/rrun-box pids.max=max memory.swap.max=max memory.max=max" },
		{ &session, "{\"cpu\": {\"quota\": -1}}", NULL, "own " OWN "/rrun-box" },
		{ &session, NULL, NULL, "inherit" },
		{ &root, "{\"memory\": {\"reservation\": 5}}", "/a/b", "own /a/b memory.low=5" },
		{ &root, NULL, "a", "own /a" },
		{ &root, MEMORY, "/", "own /rrun-box memory.max=5000" },
		{ &own_in_job, MEMORY, NULL, "own /slurm/job_7/user/rrun-box memory.max=5000" },
	};

	ask_each(questions, count_of(questions), MODE_DIRECT);
	ask_each(questions, count_of(questions), MODE_ENGINE);
	ask_each(questions, count_of(questions), MODE_ROOT);
}

static void an_engine_has_no_helper(void **state _unused_)
{
	static const struct question questions[] = {
		{ &session, "{\"memory\": {\"limit\": 5}, \"cpu\": {\"quota\": 5000}}", NULL,
		  "RR-CGR-02 linux.resources.cpu.quota cannot be held here; the controller cpu is "
		  "not delegated to " OWN "; the admin can delegate it: Delegate=cpu cpuset io "
		  "memory pids in a drop-in for user@.service" },
		{ &login, MEMORY, NULL,
		  "inherit: linux.resources.memory.limit is not held: the cgroup tree here is not "
		  "the engine's own, and the container stays in the engine's cgroup" },
		{ &login, UNLIMITED, NULL, "inherit" },
		{ &login, NULL, "/a", "inherit" },
		{ &blocked, NULL, "/a", "inherit" },
		{ &login, NULL, NULL, "inherit" },
	};

	ask_each(questions, count_of(questions), MODE_ENGINE);
}

static void a_long_id_still_fits_a_file_name(void **state _unused_)
{
	static const struct caller caller = { .mode = MODE_DIRECT };
	const struct question question = { &root, MEMORY, NULL, NULL };
	struct plan_facts facts = { .caller = &caller, .here = &root };
	struct plan plan = { 0 };
	struct error err = { 0 };
	char id[256];

	memset(id, 'x', 255);
	id[255] = '\0';
	facts.id = id;
	assert_int_equal(plan_cgroup(&arena, spec_of(&question), &facts, &plan, &err), 0);
	assert_int_equal(strlen(plan.cgroup.path), 1 + 255);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(refuses_limits_without_version_2, empty_arena),
		cmocka_unit_test_teardown(refuses_limits_that_contradict_each_other, empty_arena),
		cmocka_unit_test_teardown(refuses_what_is_tighter_than_the_job, empty_arena),
		cmocka_unit_test_teardown(refuses_to_leave_a_limit_behind, empty_arena),
		cmocka_unit_test_teardown(refuses_what_the_helper_has_no_word_for, empty_arena),
		cmocka_unit_test_teardown(what_the_job_holds_is_held, empty_arena),
		cmocka_unit_test_teardown(the_helper_makes_what_the_caller_cannot, empty_arena),
		cmocka_unit_test_teardown(the_callers_own_tree_comes_first, empty_arena),
		cmocka_unit_test_teardown(an_engine_has_no_helper, empty_arena),
		cmocka_unit_test_teardown(a_long_id_still_fits_a_file_name, empty_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
