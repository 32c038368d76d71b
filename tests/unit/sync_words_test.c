#include "frontend/sync.h"

#include "frontend/codes.h"
#include "frontend/fd.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct ends {
	int parent, child;
};

static int open_ends(void **state)
{
	struct ends *ends = calloc(1, sizeof(*ends));
	struct error err;

	*state = ends;
	return sync_pair(&ends->parent, &ends->child, &err);
}

static int close_ends(void **state)
{
	struct ends *ends = *state;

	close_fd(&ends->parent);
	close_fd(&ends->child);
	free(ends);
	return 0;
}

static void refuses_another_word_than_the_one_awaited(void **state)
{
	struct ends *ends = *state;
	struct error err = { 0 };

	assert_int_equal(sync_say(ends->child, SYNC_READY, &err), 0);
	assert_int_equal(sync_hear(ends->parent, SYNC_BORN, &err), -1);
	assert_int_equal(err.code, RR_SYS_04);
}

static void refuses_more_bytes_than_there_is_room_for(void **state)
{
	struct ends *ends = *state;
	struct error err = { 0 };
	char room[4];
	size_t size = 99;

	assert_int_equal(sync_say_bytes(ends->parent, SYNC_FILTER, "12345", 5, &err), 0);
	assert_int_equal(sync_hear_bytes(ends->child, SYNC_FILTER, room, sizeof(room), &size, &err),
			 -1);
	assert_int_equal(size, 99);
}

static void refuses_a_word_that_lost_its_descriptor(void **state)
{
	struct ends *ends = *state;
	struct error err = { 0 };
	int fd = -1;

	assert_int_equal(sync_say(ends->child, SYNC_MASTER, &err), 0);
	assert_int_equal(sync_hear_fd(ends->parent, SYNC_MASTER, &fd, &err), -1);
	assert_int_equal(fd, -1);
}

static void an_error_record_takes_the_place_of_any_word(void **state)
{
	struct ends *ends = *state;
	struct error sent = { 0 }, err = { 0 };
	char room[8];
	size_t size;

	error_set(&sent, RR_FS_02, "mount %s", "proc");
	error_hint(&sent, "ask");
	sync_fail(ends->child, &sent);
	assert_int_equal(
		sync_hear_bytes(ends->parent, SYNC_FILTER, room, sizeof(room), &size, &err), -1);
	assert_int_equal(err.code, RR_FS_02);
	assert_string_equal(err.what, "mount proc");
	assert_string_equal(err.hint, "ask");
}

static void the_record_is_found_when_the_child_died_before_it_listened(void **state)
{
	struct ends *ends = *state;
	struct error sent = { 0 }, err = { 0 };

	/* Our word lies unread at an end that closes: the kernel says ECONNRESET first. */
	error_set(&sent, RR_NS_02, "join");
	assert_int_equal(sync_say(ends->parent, SYNC_MAPPED, &err), 0);
	sync_fail(ends->child, &sent);
	close_fd(&ends->child);
	assert_int_equal(sync_hear(ends->parent, SYNC_READY, &err), -1);
	assert_int_equal(err.code, RR_NS_02);
}

static void the_record_is_found_when_we_speak_to_the_dead(void **state)
{
	struct ends *ends = *state;
	struct error sent = { 0 }, err = { 0 };

	error_set(&sent, RR_NS_02, "join");
	assert_int_equal(sync_say(ends->child, SYNC_READY, &err), 0);
	sync_fail(ends->child, &sent);
	close_fd(&ends->child);
	assert_int_equal(sync_say(ends->parent, SYNC_GO, &err), -1);
	assert_int_equal(err.code, RR_NS_02);
}

static void silence_is_the_end_only_after_all_was_read(void **state)
{
	struct ends *ends = *state;
	struct error err = { 0 };

	assert_int_equal(sync_say(ends->parent, SYNC_GO, &err), 0);
	close_fd(&ends->child);
	assert_int_equal(sync_hear_end(ends->parent, &err), -1);
	assert_int_equal(err.code, RR_SYS_04);
}

static void words_bytes_and_descriptors_arrive(void **state)
{
	struct ends *ends = *state;
	struct error err = { 0 };
	struct stat sent, came;
	char room[8];
	size_t size = 0;
	_cleanup_(close_fd) int fd = -1;

	assert_int_equal(sync_say(ends->child, SYNC_BORN, &err), 0);
	assert_int_equal(sync_hear(ends->parent, SYNC_BORN, &err), 0);
	assert_int_equal(sync_say_bytes(ends->parent, SYNC_FILTER, "abc", 3, &err), 0);
	assert_int_equal(sync_hear_bytes(ends->child, SYNC_FILTER, room, sizeof(room), &size, &err),
			 0);
	assert_int_equal(size, 3);
	assert_memory_equal(room, "abc", 3);
	assert_int_equal(sync_say_bytes(ends->parent, SYNC_FILTER, NULL, 0, &err), 0);
	assert_int_equal(sync_hear_bytes(ends->child, SYNC_FILTER, room, sizeof(room), &size, &err),
			 0);
	assert_int_equal(size, 0);

	assert_int_equal(sync_say_fd(ends->child, SYNC_MASTER, ends->child, &err), 0);
	assert_int_equal(sync_hear_fd(ends->parent, SYNC_MASTER, &fd, &err), 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(fstat(ends->child, &sent), 0);
	assert_int_equal(fstat(fd, &came), 0);
	assert_int_equal(sent.st_ino, came.st_ino);
	close_fd(&fd);

	assert_int_equal(sync_say(ends->parent, SYNC_GO, &err), 0);
	assert_int_equal(sync_hear(ends->child, SYNC_GO, &err), 0);
	close_fd(&ends->child);
	assert_int_equal(sync_hear_end(ends->parent, &err), 0);
}

#define with_ends(f) cmocka_unit_test_setup_teardown(f, open_ends, close_ends)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_ends(refuses_another_word_than_the_one_awaited),
		with_ends(refuses_more_bytes_than_there_is_room_for),
		with_ends(refuses_a_word_that_lost_its_descriptor),
		with_ends(an_error_record_takes_the_place_of_any_word),
		with_ends(the_record_is_found_when_the_child_died_before_it_listened),
		with_ends(the_record_is_found_when_we_speak_to_the_dead),
		with_ends(silence_is_the_end_only_after_all_was_read),
		with_ends(words_bytes_and_descriptors_arrive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
