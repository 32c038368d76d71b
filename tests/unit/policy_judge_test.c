#include "policy/judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define U 1000u
#define G 1005u

static struct facts facts;
static struct wire_request request;
static struct verdict verdict;

/* What is allowed; each test spoils one thing. */
static int begin(void **state)
{
	memset(&facts, 0, sizeof(facts));
	memset(&request, 0, sizeof(request));
	facts.caller = (struct caller){ U, G };
	facts.policy_sound = facts.received = true;
	facts.config.value[CONFIG_MAPPING] = 1;
	facts.config.value[CONFIG_MIN_UID] = U;
	facts.config.value[CONFIG_MIN_HOST_ID] = 100000;
	facts.config.value[CONFIG_MAX_EXTENTS] = 8;
	facts.config.value[CONFIG_SETGROUPS] = 1;
	facts.grants.granted[GRANTED_UIDS] = (struct idranges){ 1, { { 100000, 165536 } } };
	facts.grants.granted[GRANTED_GIDS] = (struct idranges){ 1, { { 200000, 265536 } } };
	facts.target = (struct target){
		.alive = true,
		.leader = true,
		.child = true,
		.pid = 77,
		.owner = U,
		.uid = { U, U, U, U },
		.gid = { G, G, G, G },
	};
	request.magic = WIRE_MAGIC;
	request.version = WIRE_VERSION;
	request.guard = WIRE_GUARD;
	request.op = OP_PREPARE;
	request.flags = WIRE_MAPS;
	request.uid = (struct wire_map){ 2, { { 0, U, 1 }, { 1, 100000, 65536 } } };
	request.gid = (struct wire_map){ 2, { { 0, G, 1 }, { 1, 200000, 65536 } } };
	return 0;
}

static enum wire_verdict judged(void)
{
	judge(&facts, &request, &verdict);
	return verdict.code;
}

#define REFUSES(what, code)                                                                        \
	do {                                                                                       \
		begin(NULL);                                                                       \
		what;                                                                              \
		assert_int_equal(judged(), code);                                                  \
		assert_false(verdict.deny_setgroups);                                              \
	} while (0)

static void refuses_what_is_no_request(void **state)
{
	REFUSES(facts.received = false, VERDICT_PROTOCOL);
	REFUSES(request.magic ^= 1, VERDICT_PROTOCOL);
	REFUSES(request.version++, VERDICT_PROTOCOL);
	REFUSES(request.guard = 0, VERDICT_PROTOCOL);
	REFUSES(request.op = 0, VERDICT_PROTOCOL);
	REFUSES(request.op = 5, VERDICT_PROTOCOL);
	REFUSES(request.op = 255, VERDICT_PROTOCOL);
	REFUSES(request.flags = 0, VERDICT_PROTOCOL);
	REFUSES(request.flags = WIRE_DENY_SETGROUPS, VERDICT_PROTOCOL);
	REFUSES(request.flags = WIRE_MAPS | 8, VERDICT_PROTOCOL);
	REFUSES(request.flags = WIRE_MAPS | 1u << 31, VERDICT_PROTOCOL);
	REFUSES(request.reserved = 1, VERDICT_PROTOCOL);
	REFUSES(request.cgroup = 1, VERDICT_PROTOCOL);
	REFUSES(request.limit[0] = 1, VERDICT_PROTOCOL);
	REFUSES(request.limit[WIRE_LIMITS - 1] = 1, VERDICT_PROTOCOL);
	REFUSES(request.uid.count = 341, VERDICT_PROTOCOL);
	REFUSES(request.gid.count = UINT32_MAX, VERDICT_PROTOCOL);
	REFUSES(request.uid.extent[2].inside = 1, VERDICT_PROTOCOL);
	REFUSES(request.gid.extent[339].count = 1, VERDICT_PROTOCOL);
}

static void no_maps(void)
{
	memset(&request.uid, 0, sizeof(request.uid));
	memset(&request.gid, 0, sizeof(request.gid));
	request.flags = WIRE_CGROUP;
}

static void of_cgroup(enum wire_op op)
{
	no_maps();
	request.op = (uint16_t)op;
	request.flags = 0;
	request.cgroup = 4711;
}

/* What an operation has no use for is zero. */
static void refuses_words_that_the_operation_has_no_use_for(void **state)
{
	static const enum wire_op ops[] = { OP_ATTACH, OP_UPDATE, OP_RELEASE };

	REFUSES(request.limits = 1, VERDICT_PROTOCOL);
	REFUSES(request.limits = 1; request.limit[0] = 5, VERDICT_PROTOCOL);
	REFUSES(request.flags |= WIRE_CGROUP; request.limits = 1u << WIRE_LIMITS, VERDICT_PROTOCOL);
	REFUSES(request.flags |= WIRE_CGROUP; request.limits = UINT32_MAX, VERDICT_PROTOCOL);
	REFUSES(request.flags |= WIRE_CGROUP; request.limit[1] = 1, VERDICT_PROTOCOL);
	REFUSES(request.flags |= WIRE_CGROUP; request.limits = 1; request.limit[1] = 1,
		VERDICT_PROTOCOL);
	REFUSES(request.flags |= WIRE_CGROUP; request.cgroup = 1, VERDICT_PROTOCOL);
	REFUSES(request.flags = WIRE_CGROUP, VERDICT_PROTOCOL); /* with maps */
	REFUSES(no_maps(); request.flags |= WIRE_DENY_SETGROUPS, VERDICT_PROTOCOL);
	REFUSES(no_maps(); request.gid.extent[339].count = 1, VERDICT_PROTOCOL);
	REFUSES(no_maps(); request.uid.count = 1, VERDICT_PROTOCOL);
	for (size_t i = 0; i < 3; i++) {
		REFUSES(request.op = (uint16_t)ops[i], VERDICT_PROTOCOL);
		REFUSES(of_cgroup(ops[i]); request.cgroup = 0, VERDICT_PROTOCOL);
		REFUSES(of_cgroup(ops[i]); request.flags = WIRE_CGROUP, VERDICT_PROTOCOL);
		REFUSES(of_cgroup(ops[i]); request.flags = WIRE_DENY_SETGROUPS, VERDICT_PROTOCOL);
		REFUSES(of_cgroup(ops[i]); request.uid.extent[0].count = 1, VERDICT_PROTOCOL);
		REFUSES(of_cgroup(ops[i]); request.gid.extent[7].inside = 1, VERDICT_PROTOCOL);
		REFUSES(of_cgroup(ops[i]); request.limit[3] = 1, VERDICT_PROTOCOL);
	}
	REFUSES(of_cgroup(OP_ATTACH); request.limits = 1, VERDICT_PROTOCOL);
	REFUSES(of_cgroup(OP_RELEASE); request.limits = 1, VERDICT_PROTOCOL);
}

static void asks_for_facts_about_cgroups_and_targets_where_they_matter(void **state)
{
	begin(NULL);
	assert_false(judge_needs_cgroup(&request));
	assert_true(judge_needs_target(&request));
	request.flags |= WIRE_CGROUP;
	assert_true(judge_needs_cgroup(&request));
	of_cgroup(OP_ATTACH);
	assert_true(judge_needs_cgroup(&request) && judge_needs_target(&request));
	of_cgroup(OP_UPDATE);
	assert_true(judge_needs_cgroup(&request) && !judge_needs_target(&request));
	of_cgroup(OP_RELEASE);
	assert_true(judge_needs_cgroup(&request) && !judge_needs_target(&request));
}

static void place(void)
{
	struct cgroup_facts *cgroup = &facts.cgroup;

	*cgroup = (struct cgroup_facts){ .tree = true, .same = true, .recent = true, .path = "/",
					 .size = 1, .found = true, .pids = WIRE_MAX,
					 .place = PLACE_SLICE };
	for (int i = 0; i < PLACES; i++)
		cgroup->usable[i] = true, cgroup->offered[i] = 63;
	facts.config.value[CONFIG_CGROUP] = 1;
	for (int i = CONFIG_MAX_CGROUPS; i < CONFIG_ONCE; i++)
		facts.config.value[i] = i == CONFIG_MAX_CGROUPS ? 4 : CONFIG_NO_CAP;
}

/* The target is judged also where no map is asked for: a live leader of the caller's own ids; in
 * its own namespace or not, mapped or not, is no matter then. */
static void a_cgroup_alone_needs_the_callers_own_process_and_no_namespace(void **state)
{
	REFUSES(place(); no_maps(); facts.target.alive = false, VERDICT_TARGET);
	REFUSES(place(); no_maps(); facts.target.leader = false, VERDICT_TARGET);
	REFUSES(place(); of_cgroup(OP_ATTACH); facts.target.alive = false, VERDICT_TARGET);
	for (int i = 0; i < 4; i++) {
		REFUSES(place(); no_maps(); facts.target.uid[i] = U + 1, VERDICT_TARGET);
		REFUSES(place(); no_maps(); facts.target.gid[i] = 0, VERDICT_TARGET);
		REFUSES(place(); of_cgroup(OP_ATTACH); facts.target.uid[i] = 0, VERDICT_TARGET);
	}
	begin(NULL);
	place();
	no_maps();
	facts.target.child = false, facts.target.mapped = facts.target.hidden = true;
	facts.target.owner = 0;
	facts.config.value[CONFIG_MAPPING] = 0; /* not what is asked for */
	assert_int_equal(judged(), VERDICT_ALLOW);
	assert_false(verdict.deny_setgroups);
	of_cgroup(OP_ATTACH);
	assert_int_equal(judged(), VERDICT_ALLOW);
	of_cgroup(OP_UPDATE);
	memset(&facts.target, 0, sizeof(facts.target));
	assert_int_equal(judged(), VERDICT_ALLOW);
	of_cgroup(OP_RELEASE);
	assert_int_equal(judged(), VERDICT_ALLOW);
}

/* Both or nothing: maps that are refused make no cgroup, a cgroup that is refused no maps. */
static void maps_and_a_cgroup_are_judged_together(void **state)
{
	REFUSES(place(); request.flags |= WIRE_CGROUP; request.uid.extent[1].count++,
		VERDICT_RANGE);
	REFUSES(place(); request.flags |= WIRE_CGROUP; facts.cgroup.tree = false, VERDICT_NO_TREE);
	REFUSES(place(); request.flags |= WIRE_CGROUP; facts.config.value[CONFIG_CGROUP] = 0,
		VERDICT_CGROUP_OFF);
	REFUSES(place(); request.flags |= WIRE_CGROUP; facts.config.value[CONFIG_MAPPING] = 0,
		VERDICT_OFF);
	begin(NULL);
	place();
	request.flags |= WIRE_CGROUP | WIRE_DENY_SETGROUPS;
	assert_int_equal(judged(), VERDICT_ALLOW);
	assert_true(verdict.deny_setgroups);
	assert_int_equal(verdict.cgroup.place, PLACE_SLICE);
}

static void refuses_everything_under_an_invalid_policy(void **state)
{
	REFUSES(facts.policy_sound = false; facts.policy_line = 12, VERDICT_POLICY);
	assert_int_equal(verdict.detail, 12);
}

static void refuses_callers_that_the_policy_does_not_let_in(void **state)
{
	REFUSES(facts.config.value[CONFIG_MIN_UID] = U + 1, VERDICT_CALLER);
	REFUSES(idranges_add(&facts.config.denied, idrange_make(U, 1)), VERDICT_CALLER);
	REFUSES(facts.config.value[CONFIG_MAPPING] = 0, VERDICT_OFF);
	begin(NULL);
	idranges_add(&facts.config.denied, idrange_make(U - 1, 1));
	idranges_add(&facts.config.denied, idrange_make(U + 1, 1));
	assert_int_equal(judged(), VERDICT_ALLOW);
}

/* H-92: one answer for all that is not the caller's, and the particular ones for what is. */
static void refuses_targets_that_are_not_a_fresh_child_of_the_callers(void **state)
{
	REFUSES(memset(&facts.target, 0, sizeof(facts.target)), VERDICT_TARGET);
	REFUSES(facts.target.alive = false, VERDICT_TARGET);
	REFUSES(facts.target.leader = false, VERDICT_TARGET);
	REFUSES(facts.target.child = false, VERDICT_TARGET);
	REFUSES(facts.target.owner = U + 1, VERDICT_TARGET);
	for (int i = 0; i < 4; i++) {
		REFUSES(facts.target.uid[i] = 0; facts.target.hidden = true, VERDICT_TARGET);
		REFUSES(facts.target.gid[i] = 0; facts.target.mapped = true, VERDICT_TARGET);
	}
	REFUSES(facts.target.hidden = true; facts.target.child = false, VERDICT_DUMPABLE);
	REFUSES(facts.target.mapped = true, VERDICT_MAPPED);
	REFUSES(facts.target.mapped = true; facts.target.child = false, VERDICT_TARGET);
}

static void refuses_both_maps_if_one_is_wrong_and_says_which(void **state)
{
	REFUSES(request.uid.extent[1].count++, VERDICT_RANGE);
	assert_int_equal(verdict.which, WHICH_UID);
	assert_int_equal(verdict.detail, 1);
	REFUSES(request.gid.extent[0].outside++, VERDICT_RANGE);
	assert_int_equal(verdict.which, WHICH_GID);
	assert_int_equal(verdict.detail, 0);
	REFUSES(request.gid.extent[1].outside = 100000, VERDICT_RANGE);
	REFUSES(memset(&request.gid, 0, sizeof(request.gid)), VERDICT_MAP);
	REFUSES(facts.config.value[CONFIG_MAX_EXTENTS] = 1, VERDICT_EXTENTS);
	assert_int_equal(verdict.detail, 1);
}

static void denies_setgroups_where_only_the_own_group_is_mapped(void **state)
{
	begin(NULL);
	request.gid = (struct wire_map){ 1, { { 0, G, 1 } } };
	assert_int_equal(judged(), VERDICT_ALLOW);
	assert_true(verdict.deny_setgroups);
}

static void denies_setgroups_where_the_policy_or_the_client_wants_it(void **state)
{
	begin(NULL);
	facts.config.value[CONFIG_SETGROUPS] = 0;
	assert_int_equal(judged(), VERDICT_ALLOW);
	assert_true(verdict.deny_setgroups);
	begin(NULL);
	request.flags |= WIRE_DENY_SETGROUPS;
	assert_int_equal(judged(), VERDICT_ALLOW);
	assert_true(verdict.deny_setgroups);
}

static void allows_what_was_granted_and_gives_the_bytes(void **state)
{
	static const char uid_map[] = "0 1000 1\n1 100000 65536\n";
	static const char gid_map[] = "0 1005 1\n1 200000 65536\n";

	begin(NULL);
	assert_int_equal(judged(), VERDICT_ALLOW);
	assert_false(verdict.deny_setgroups);
	assert_int_equal(verdict.which, WHICH_NONE);
	assert_int_equal(verdict.detail, 0);
	assert_int_equal(verdict.uid.size, sizeof(uid_map) - 1);
	assert_memory_equal(verdict.uid.text, uid_map, sizeof(uid_map) - 1);
	assert_memory_equal(verdict.gid.text, gid_map, sizeof(gid_map) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_no_request),
		cmocka_unit_test(refuses_words_that_the_operation_has_no_use_for),
		cmocka_unit_test(asks_for_facts_about_cgroups_and_targets_where_they_matter),
		cmocka_unit_test(a_cgroup_alone_needs_the_callers_own_process_and_no_namespace),
		cmocka_unit_test(maps_and_a_cgroup_are_judged_together),
		cmocka_unit_test(refuses_everything_under_an_invalid_policy),
		cmocka_unit_test(refuses_callers_that_the_policy_does_not_let_in),
		cmocka_unit_test(refuses_targets_that_are_not_a_fresh_child_of_the_callers),
		cmocka_unit_test(refuses_both_maps_if_one_is_wrong_and_says_which),
		cmocka_unit_test(denies_setgroups_where_only_the_own_group_is_mapped),
		cmocka_unit_test(denies_setgroups_where_the_policy_or_the_client_wants_it),
		cmocka_unit_test(allows_what_was_granted_and_gives_the_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
