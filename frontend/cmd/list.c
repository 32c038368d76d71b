#include "frontend/cmd/container.h"
#include "frontend/cmd/owner.h"
#include "frontend/cmd/verbs.h"

#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct list_options {
	const char *format;
	bool quiet;
};

#define FIELD(name) offsetof(struct list_options, name)

static const struct option list_options[] = {
	{ "format", 'f', OPTION_TEXT, FIELD(format), "table|json", "the form of the list" },
	{ "quiet", 'q', OPTION_FLAG, FIELD(quiet), NULL, "print IDs only" },
};

/* What is listed of one container. */
struct entry {
	struct container container;
	const char *owner;
};

struct entries {
	size_t count;
	struct entry *item;
};

struct names {
	size_t count, room;
	const char **item;
};

static void add_name(struct arena *arena, struct names *names, const char *name)
{
	if (names->count == names->room) {
		size_t room = names->room ? names->room * 2 : 64;
		const char **item = arena_array(arena, room, sizeof(*item));

		if (names->count)
			memcpy(item, names->item, names->count * sizeof(*item));
		names->item = item;
		names->room = room;
	}
	names->item[names->count++] = arena_copy(arena, name, strlen(name));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int read_names(struct arena *arena, int root, struct names *ret, struct error *err)
{
	int copy = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct error ignored;

	if (!dir) {
		close_fd(&copy);
		return error_sys(err, "read the state directory");
	}
	for (const struct dirent *entry; (entry = readdir(dir));)
		if (state_id_check(entry->d_name, &ignored) == 0)
			add_name(arena, ret, entry->d_name);
	closedir(dir);
	if (ret->count)
		qsort(ret->item, ret->count, sizeof(*ret->item), by_name);
	return 0;
}

/* A broken entry is no reason to hide the others; one that went away since was none of them. */
static void add_entry(struct arena *arena, int root, const char *name, struct entries *entries)
{
	struct entry *entry = &entries->item[entries->count];
	struct error err = { 0 };
	struct stat stat;

	if (container_load(arena, root, name, &entry->container, &err) < 0) {
		if (err.code != RR_ID_03)
			log_note("%s is left out: %s%s%s", name, err.what, err.why[0] ? ": " : "",
				 err.why);
		return;
	}
	if (fstat(entry->container.dir, &stat) == 0)
		entry->owner = owner_name(arena, stat.st_uid);
	container_close(&entry->container);
	entries->count++;
}

static int by_id(const void *a, const void *b)
{
	const struct entry *one = a, *other = b;

	return strcmp(one->container.state.id, other->container.state.id);
}

static int read_root(const struct call *call, int root, struct entries *ret, struct error *err)
{
	struct names names = { 0 };
	struct entry *item;

	if (read_names(call->arena, root, &names, err) < 0)
		return -1;
	item = arena_array(call->arena, ret->count + names.count, sizeof(*item));
	if (ret->count)
		memcpy(item, ret->item, ret->count * sizeof(*item));
	ret->item = item;
	for (size_t i = 0; i < names.count; i++)
		add_entry(call->arena, root, names.item[i], ret);
	return 0;
}

static int read_entries(const struct call *call, struct entries *ret, struct error *err)
{
	int roots[STATE_ROOTS], done = 0;
	size_t count;

	if (state_roots_open(call->globals.root, roots, &count, err) < 0)
		return -1;
	if (count == 0 && call->globals.root)
		return error_set(err, RR_STA_01, "there is no state directory %s",
				 call->globals.root);
	for (size_t i = 0; i < count; i++) {
		if (done == 0)
			done = read_root(call, roots[i], ret, err);
		close_fd(&roots[i]);
	}
	if (count > 1 && ret->count)
		qsort(ret->item, ret->count, sizeof(*ret->item), by_id);
	return done;
}

static void put_ids(struct json_text *out, const struct entries *entries)
{
	for (size_t i = 0; i < entries->count; i++) {
		json_put(out, entries->item[i].container.state.id);
		json_put(out, "\n");
	}
}

static int put_json(struct json_text *out, const struct entries *entries, struct error *err)
{
	json_put(out, "[");
	for (size_t i = 0; i < entries->count; i++) {
		const struct entry *entry = &entries->item[i];

		if (i)
			json_put(out, ",");
		if (container_json(LAYOUT_LINE, &entry->container, entry->owner, out, err) < 0)
			return -1;
	}
	json_put(out, "]\n");
	return 0;
}

enum column {
	COLUMN_ID,
	COLUMN_PID,
	COLUMN_STATUS,
	COLUMN_BUNDLE,
	COLUMN_CREATED,
	COLUMN_OWNER,
	COLUMN_COUNT
};

/* Padding and least width of runc's table, which scripts cut by. */
#define PADDING 3
#define WIDTH_LEAST 12

struct row {
	const char *cell[COLUMN_COUNT];
};

static const char *cell_text(struct arena *arena, const char *text)
{
	size_t size = (text ? strlen(text) : 0) * 6 + 1;
	char *cell = arena_alloc(arena, size);

	log_escape(ESCAPE_PLAIN, text ? text : "", cell, size);
	return cell;
}

static struct row make_row(struct arena *arena, const struct entry *entry)
{
	const struct state *state = &entry->container.state;

	return (struct row){ .cell = {
				     [COLUMN_ID] = state->id,
				     [COLUMN_PID] = arena_print(arena, "%d",
								container_pid(&entry->container)),
				     [COLUMN_STATUS] = state_status_name(entry->container.status),
				     [COLUMN_BUNDLE] = cell_text(arena, state->bundle),
				     [COLUMN_CREATED] = cell_text(arena, state->created),
				     [COLUMN_OWNER] = cell_text(arena, entry->owner),
			     } };
}

static size_t column_width(const struct row *row, size_t count, enum column column)
{
	size_t width = WIDTH_LEAST;

	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(row[i].cell[column]) + PADDING;

		width = length > width ? length : width;
	}
	return width;
}

static void put_row(struct json_text *out, const struct row *row, const size_t *width)
{
	for (size_t column = 0; column < COLUMN_OWNER; column++)
		json_put_format(out, "%-*s", (int)width[column], row->cell[column]);
	json_put_format(out, "%s\n", row->cell[COLUMN_OWNER]);
}

static void put_table(struct json_text *out, const struct entries *entries)
{
	size_t count = entries->count + 1;
	struct row *row = arena_array(out->arena, count, sizeof(*row));
	size_t width[COLUMN_COUNT];

	row[0] = (struct row){ { "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER" } };
	for (size_t i = 1; i < count; i++)
		row[i] = make_row(out->arena, &entries->item[i - 1]);
	for (size_t column = 0; column < COLUMN_COUNT; column++)
		width[column] = column_width(row, count, (enum column)column);
	for (size_t i = 0; i < count; i++)
		put_row(out, &row[i], width);
}

static int list(const struct call *call, int *ret_status _unused_, struct error *err)
{
	const struct list_options *options = call->options;
	const char *format = options->format ? options->format : "table";
	struct json_text out = { .arena = call->arena };
	struct entries entries = { 0 };

	if (strcmp(format, "table") != 0 && strcmp(format, "json") != 0) {
		error_set(err, RR_USE_04, "invalid format option");
		error_why(err, "it is table or json, not \"%s\"", format);
		return error_kind(err, ERROR_USAGE);
	}
	if (read_entries(call, &entries, err) < 0)
		return -1;
	json_put(&out, "");
	if (options->quiet)
		put_ids(&out, &entries);
	else if (strcmp(format, "table") == 0)
		put_table(&out, &entries);
	else if (put_json(&out, &entries, err) < 0)
		return -1;
	return cmd_print(out.data, err);
}

const struct command command_list = {
	.name = "list",
	.synopsis = "[OPTION]...",
	.summary = "List your containers",
	.table = { list_options, count_of(list_options), OPTIONS_ANYWHERE },
	.size = sizeof(struct list_options),
	.run = list,
};
