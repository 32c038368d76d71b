#include "frontend/state/process.h"

#include "frontend/codes.h"
#include "frontend/fd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define REST                                                                                       \
	" 1 1 1 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 3 0 987654321 1000 200 18446744073709551615\n"

static void refuses_text_that_is_no_stat_line(void **state)
{
	struct process_stat stat;

	assert_int_equal(process_parse("", &stat), -1);
	assert_int_equal(process_parse("1 (x", &stat), -1);
	assert_int_equal(process_parse("1 (x)", &stat), -1);
	assert_int_equal(process_parse("1 (x) S 1 2 3", &stat), -1);
}

static void a_name_cannot_stand_for_the_fields(void **state)
{
	struct process_stat stat;

	assert_int_equal(process_parse("42 (a) Z 1 (b)) S" REST, &stat), 0);
	assert_int_equal(stat.state, 'S');
	assert_int_equal(stat.threads, 3);
	assert_int_equal(stat.start_time, 987654321);
}

/* Of each field of the record one lie, and a process that lives. */
static void a_live_process_is_known_only_when_all_agrees(void **state)
{
	struct state_process process;
	struct error err;
	int pidfd = -1;

	assert_int_equal(state_process_identify(getpid(), &process, &err), 0);
	assert_true(process_lives(&process));
	assert_int_equal(state_process_open(&process, &pidfd, &err), 0);
	assert_true(pidfd >= 0);
	close_fd(&pidfd);

	process.start_time++;
	assert_false(process_lives(&process));
	assert_int_equal(state_process_open(&process, &pidfd, &err), 0);
	assert_int_equal(pidfd, -1);
	process.start_time--;

	process.boot_id[0] = process.boot_id[0] == '0' ? '1' : '0';
	assert_false(process_lives(&process));
}

static void a_zombie_and_a_reaped_one_are_gone(void **state)
{
	struct state_process process;
	siginfo_t info;
	struct error err = { 0 };
	int hold[2];
	pid_t pid;

	assert_int_equal(pipe(hold), 0);
	pid = fork();
	if (pid == 0) {
		char byte;
		close(hold[1]);
		_exit(read(hold[0], &byte, 1) == 0 ? 0 : 1);
	}
	assert_int_equal(state_process_identify(pid, &process, &err), 0);
	assert_true(process_lives(&process));

	close(hold[1]);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_false(process_lives(&process));
	assert_int_equal(state_process_identify(pid, &process, &err), -1);
	assert_int_equal(err.code, RR_SYS_04);

	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_false(process_lives(&process));
	close(hold[0]);
}

static void pids_that_mean_several_processes_are_never_opened(void **state)
{
	static const pid_t pids[] = { 0, -1, 1 };
	struct state_process process;
	struct error err;

	assert_int_equal(state_process_identify(getpid(), &process, &err), 0);
	for (size_t i = 0; i < count_of(pids); i++) {
		process.pid = pids[i];
		assert_false(process_lives(&process));
	}
}

static void dates_are_those_of_the_calendar(void **state)
{
	struct arena arena = { 0 };

	assert_string_equal(process_date(&arena, 0, 0), "1970-01-01T00:00:00.000000000Z");
	assert_string_equal(process_date(&arena, 951782399, 1), "2000-02-28T23:59:59.000000001Z");
	assert_string_equal(process_date(&arena, 951782400, 0), "2000-02-29T00:00:00.000000000Z");
	assert_string_equal(process_date(&arena, 951868800, 0), "2000-03-01T00:00:00.000000000Z");
	assert_string_equal(process_date(&arena, 1775037600, 123456789),
			    "2026-04-01T10:00:00.123456789Z");
	assert_string_equal(process_date(&arena, 4102444799, 999999999),
			    "2099-12-31T23:59:59.999999999Z");
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_text_that_is_no_stat_line),
		cmocka_unit_test(a_name_cannot_stand_for_the_fields),
		cmocka_unit_test(a_live_process_is_known_only_when_all_agrees),
		cmocka_unit_test(a_zombie_and_a_reaped_one_are_gone),
		cmocka_unit_test(pids_that_mean_several_processes_are_never_opened),
		cmocka_unit_test(dates_are_those_of_the_calendar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
