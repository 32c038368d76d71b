#include "frontend/state/record.h"

#include "frontend/codes.h"
#include "frontend/fd.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char CONFIG[] =
	"{\"ociVersion\":\"1.0\",\"x\":[1,2],\"trap\":\"\\n}\\n\",\n\"config\": 1}";

static struct state sample(const char *id)
{
	struct state sample = {
		.id = id,
		.bundle = "/b/\",\n\"config\": {}",
		.rootfs = "/b/rootfs \"x\"",
		.created = "2026-04-01T10:00:00.123456789Z",
		.ids = "single",
		.ids_note = "no line for \"u\"\n",
		.cgroup = { "/sys/fs/cgroup/rrun-no-such/ctr", UINT64_MAX, 7 },
		.cgroup_note = "held by \"job\"",
		.console = true,
		.config = CONFIG,
		.config_length = strlen(CONFIG),
	};
	struct error err;

	assert_int_equal(state_process_identify(getpid(), &sample.init, &err), 0);
	return sample;
}

struct place {
	char path[64];
	int root;
	struct arena arena;
};

static int place_make(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	snprintf(place->path, sizeof(place->path), "/tmp/rrun-unit-XXXXXX");
	if (!mkdtemp(place->path))
		return -1;
	place->root = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = place;
	return 0;
}

static int place_remove(void **state)
{
	struct place *place = *state;

	close_fd(&place->root);
	rmdir(place->path);
	arena_free(&place->arena);
	free(place);
	return 0;
}

static const char *text_of(struct place *place, const struct state *record)
{
	struct json_text text = { .arena = &place->arena };

	record_print(&text, record);
	return text.data;
}

/* TEXT with the first OLD replaced. */
static const char *with(struct place *place, const char *text, const char *old, const char *new)
{
	const char *at = strstr(text, old);

	assert_non_null(at);
	return arena_print(&place->arena, "%.*s%s%s", (int)(at - text), text, new,
			   at + strlen(old));
}

static void refuses_every_cut_of_a_record(void **state)
{
	struct place *place = *state;
	struct state record = sample("c"), back;
	const char *text = text_of(place, &record);
	struct error err;

	for (size_t length = 0; length < strlen(text); length++) {
		assert_int_equal(record_parse(&place->arena, "c", text, length, &back, &err), -1);
		assert_int_equal(err.code, RR_STA_02);
	}
}

static void refuses_values_that_no_rrun_wrote(void **state)
{
	struct place *place = *state;
	struct state record = sample("c"), back = { .id = "untouched" };
	const char *text = text_of(place, &record);
	const char *pid = arena_print(&place->arena, "\"pid\": %d", record.init.pid);
	const struct {
		const char *old, *new;
	} lies[] = {
		{ "\"version\": 1", "\"version\": 0" },
		{ "\"version\": 1", "\"version\": 2" },
		{ "\"version\": 1", "\"version\": \"1\"" },
		{ "\"version\": 1,", "" },
		{ pid, "\"pid\": 0" },
		{ pid, "\"pid\": 1" },
		{ pid, "\"pid\": -1" },
		{ pid, "\"pid\": 4294967295" },
		{ pid, "\"pid\": 1e3" },
		{ pid, "\"pid\": null" },
		{ "\"startTime\": ", "\"startTime\": -" },
		{ "\"startTime\"", "\"started\"" },
		{ "\"bootId\": \"", "\"bootId\": \"x" },
		{ "\"bundle\": \"/", "\"bundle\": \"" },
		{ "\"id\": \"c\"", "\"id\": \"d\"" },
		{ "\"id\"", "\"pid\"" },
		{ "\"console\": true", "\"console\": 1" },
		{ "\"/sys/fs/cgroup/rrun-no", "\"sys/fs/cgroup/rrun-no" },
		{ "\"/sys/fs/cgroup/rrun-no", "\"/tmp/rrun-no" },
		{ "/sys/fs/cgroup/rrun-no", "/proc/self/rrun-no" },
		{ "rrun-no-such/ctr", "../../../etc" },
		{ "rrun-no-such/ctr", "a/../.." },
		{ "rrun-no-such/ctr", "" },
		{ "\"/sys/fs/cgroup/rrun-no-such/ctr\"", "{}" },
		{ "\"cgroupInode\": ", "\"cgroupInode\": -" },
		{ "\"cgroupInode\"", "\"inode\"" },
		{ "\"cgroupTop\": ", "\"cgroupTop\": -" },
		{ "{", "[" },
	};
	struct error err;

	for (size_t i = 0; i < count_of(lies); i++) {
		const char *lie = with(place, text, lies[i].old, lies[i].new);

		assert_int_equal(record_parse(&place->arena, "c", lie, strlen(lie), &back, &err),
				 -1);
		assert_int_equal(err.code, RR_STA_02);
		assert_string_equal(back.id, "untouched");
	}
}

static void a_record_comes_back_as_it_was(void **state)
{
	struct place *place = *state;
	struct state record = sample("c"), back;
	const char *text = text_of(place, &record);
	struct error err;

	assert_int_equal(record_parse(&place->arena, "c", text, strlen(text), &back, &err), 0);
	assert_string_equal(back.id, record.id);
	assert_string_equal(back.bundle, record.bundle);
	assert_string_equal(back.cgroup.path, record.cgroup.path);
	assert_true(back.cgroup.inode == record.cgroup.inode);
	assert_int_equal(back.cgroup.top, 7);
	assert_string_equal(back.cgroup_note, record.cgroup_note);
	assert_string_equal(back.rootfs, record.rootfs);
	assert_string_equal(back.created, record.created);
	assert_string_equal(back.ids, record.ids);
	assert_string_equal(back.ids_note, record.ids_note);
	assert_string_equal(back.config, CONFIG);
	assert_int_equal(back.config_length, strlen(CONFIG));
	assert_int_equal(back.init.pid, record.init.pid);
	assert_int_equal(back.init.start_time, record.init.start_time);
	assert_int_equal(back.init.inode, record.init.inode);
	assert_string_equal(back.init.boot_id, record.init.boot_id);
	assert_true(back.console);
}

static void a_record_without_a_cgroup_loads(void **state)
{
	struct place *place = *state;
	struct state record = sample("c"), back;
	const char *text;
	struct error err;

	record.cgroup = (struct cgroup){ 0 };
	record.cgroup_note = NULL;
	text = text_of(place, &record);
	assert_null(strstr(text, "cgroup"));
	assert_int_equal(record_parse(&place->arena, "c", text, strlen(text), &back, &err), 0);
	assert_string_equal(back.cgroup.path, "");
	assert_string_equal(back.cgroup_note, "");
	assert_int_equal(back.cgroup.inode, 0);
}

/* The file as a whole is JSON too, for who reads it with other tools. */
static void a_record_is_one_json_document(void **state)
{
	struct place *place = *state;
	struct state record = sample("c");
	const char *text = text_of(place, &record);
	const struct json *json;
	struct error err;

	assert_int_equal(json_parse(&place->arena, "x", text, strlen(text), &json, &err), 0);
	assert_non_null(json_get(json_get(json, "config"), "ociVersion"));
}

static void an_id_is_claimed_once(void **state)
{
	struct place *place = *state;
	struct state record = sample("c"), back;
	_cleanup_(close_fd) int dir = -1, other = -1, loaded = -1;
	struct error err;

	assert_int_equal(state_load(&place->arena, place->root, "c", &back, &loaded, &err), -1);
	assert_int_equal(err.code, RR_ID_03);
	assert_int_equal(state_claim(place->root, "c", &dir, &err), 0);
	assert_int_equal(state_claim(place->root, "c", &other, &err), -1);
	assert_int_equal(err.code, RR_ID_02);
	assert_string_equal(err.what, "container with given ID already exists");

	/* Held and without a record: being made. */
	assert_int_equal(state_load(&place->arena, place->root, "c", &back, &loaded, &err), 0);
	assert_int_equal(state_status(&back, loaded), STATUS_CREATING);
	close_fd(&loaded);

	assert_int_equal(state_write(dir, &record, &err), 0);
	close_fd(&dir);
	assert_int_equal(state_load(&place->arena, place->root, "c", &back, &loaded, &err), 0);
	assert_int_equal(state_status(&back, loaded), STATUS_RUNNING);
	close(openat(loaded, "start.sock", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(state_status(&back, loaded), STATUS_CREATED);
	back.init.start_time++;
	assert_int_equal(state_status(&back, loaded), STATUS_STOPPED);
	assert_int_equal(state_claim(place->root, "c", &other, &err), -1);

	assert_int_equal(state_remove(place->root, "c", -1, &err), 0);
	assert_int_equal(state_remove(place->root, "c", -1, &err), 0);
	assert_int_equal(state_claim(place->root, "c", &other, &err), 0);
	assert_int_equal(state_remove(place->root, "c", -1, &err), 0);
}

static void wreckage_is_told_from_work_and_removed(void **state)
{
	struct place *place = *state;
	_cleanup_(close_fd) int dir = -1, loaded = -1;
	struct state back;
	struct error err;

	assert_int_equal(state_claim(place->root, "c", &dir, &err), 0);
	close_fd(&dir);
	assert_int_equal(state_load(&place->arena, place->root, "c", &back, &loaded, &err), -1);
	assert_int_equal(err.code, RR_STA_02);
	assert_int_equal(state_claim(place->root, "c", &dir, &err), -1);
	assert_int_equal(state_remove(place->root, "c", -1, &err), 0);
}

static void a_dead_entry_of_an_earlier_boot_is_replaced(void **state)
{
	struct place *place = *state;
	struct state record = sample("c"), back;
	_cleanup_(close_fd) int dir = -1, loaded = -1;
	struct error err;

	memcpy(record.init.boot_id, "00000000-1111-2222-3333-444444444444", 37);
	assert_int_equal(state_claim(place->root, "c", &dir, &err), 0);
	assert_int_equal(state_write(dir, &record, &err), 0);
	assert_int_equal(mkdirat(dir, "notify", 0755), 0);
	close_fd(&dir);
	assert_int_equal(state_claim(place->root, "c", &dir, &err), 0);
	assert_int_equal(state_load(&place->arena, place->root, "c", &back, &loaded, &err), 0);
	assert_int_equal(state_status(&back, loaded), STATUS_CREATING);
	assert_int_equal(state_remove(place->root, "c", -1, &err), 0);
}

static void links_are_neither_followed_nor_emptied(void **state)
{
	struct place *place = *state;
	_cleanup_(close_fd) int dir = -1, loaded = -1;
	struct state back;
	struct error err;
	struct stat stat;

	assert_int_equal(mkdirat(place->root, "target", 0700), 0);
	close(openat(place->root, "target/file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));

	assert_int_equal(symlinkat("target", place->root, "c"), 0);
	assert_int_equal(state_load(&place->arena, place->root, "c", &back, &loaded, &err), -1);
	assert_int_equal(err.code, RR_STA_02);
	assert_int_equal(state_remove(place->root, "c", -1, &err), -1);
	assert_int_equal(unlinkat(place->root, "c", 0), 0);

	assert_int_equal(state_claim(place->root, "c", &dir, &err), 0);
	assert_int_equal(symlinkat("../target", dir, "notify"), 0);
	assert_int_equal(symlinkat("../target/file", dir, "state.json"), 0);
	assert_int_equal(state_load(&place->arena, place->root, "c", &back, &loaded, &err), -1);
	assert_int_equal(err.code, RR_STA_02);
	assert_int_equal(state_remove(place->root, "c", -1, &err), 0);
	assert_int_equal(fstatat(place->root, "target/file", &stat, 0), 0);
	assert_int_equal(unlinkat(place->root, "target/file", 0), 0);
	assert_int_equal(unlinkat(place->root, "target", AT_REMOVEDIR), 0);
}

static void a_fifo_for_a_record_holds_up_nobody(void **state)
{
	struct place *place = *state;
	_cleanup_(close_fd) int dir = -1, loaded = -1;
	struct state back;
	struct error err;

	assert_int_equal(state_claim(place->root, "c", &dir, &err), 0);
	assert_int_equal(mkfifoat(dir, "state.json", 0600), 0);
	assert_int_equal(state_load(&place->arena, place->root, "c", &back, &loaded, &err), -1);
	assert_int_equal(err.code, RR_STA_02);
	assert_int_equal(state_remove(place->root, "c", -1, &err), 0);
}

static void without_a_root_nothing_exists(void **state)
{
	struct place *place = *state;
	struct state back;
	struct error err;
	int dir = -1;

	assert_int_equal(state_load(&place->arena, -1, "c", &back, &dir, &err), -1);
	assert_string_equal(err.what, "container does not exist");
	assert_int_equal(state_remove(-1, "c", -1, &err), 0);
}

#define in_a_place(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_a_place(refuses_every_cut_of_a_record),
		in_a_place(refuses_values_that_no_rrun_wrote),
		in_a_place(a_record_comes_back_as_it_was),
		in_a_place(a_record_without_a_cgroup_loads),
		in_a_place(a_record_is_one_json_document),
		in_a_place(an_id_is_claimed_once),
		in_a_place(wreckage_is_told_from_work_and_removed),
		in_a_place(a_dead_entry_of_an_earlier_boot_is_replaced),
		in_a_place(links_are_neither_followed_nor_emptied),
		in_a_place(a_fifo_for_a_record_holds_up_nobody),
		in_a_place(without_a_root_nothing_exists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
