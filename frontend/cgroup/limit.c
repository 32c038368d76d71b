#include "frontend/cgroup/parts.h"

#include "frontend/cgroup/file.h"
#include "frontend/codes.h"

#include <errno.h>
#include <string.h>

#define VALUE_SIZE 4096

static int write_lines(struct arena *arena, int dir, const char *file, const char *value)
{
	do {
		size_t length = strcspn(value, "\n");

		if (file_write(dir, file, arena_copy(arena, value, length)) < 0)
			return -1;
		value += length + (value[length] == '\n');
	} while (*value);
	return 0;
}

static int refused(int dir, const struct cgroup_limit *limit, struct error *err)
{
	int saved = errno;
	const char *file = limit->file;
	size_t length = strcspn(file, ".");

	file_refused(err, "write to", file, dir);
	if (saved == ENOENT)
		error_why(err, "the controller %.*s is not there", (int)length, file);
	if (saved == ENOENT)
		error_hint(err,
			   "the owner of the cgroup above must enable it: write +%.*s into its "
			   "cgroup.subtree_control",
			   (int)length, file);
	return limit->where ? error_while(err, "%s", limit->where) : -1;
}

/* The text that was there before, and null for a file that cannot be read. An empty one is put
 * back as an empty line: for cpuset files that means none of their own. */
static const char *old_value(struct arena *arena, int dir, const char *file)
{
	char text[VALUE_SIZE];

	if (file_read(dir, file, text, sizeof(text)) < 0)
		return NULL;
	return arena_copy(arena, text, strlen(text));
}

static bool passes(const struct cgroup_limit *limit)
{
	return errno == ENOENT && limit->may_miss;
}

static void put_back(struct arena *arena, int dir, const struct cgroup_limit *item,
		     const char *const *old, size_t count)
{
	for (size_t i = count; i-- > 0;)
		if (old[i])
			write_lines(arena, dir, item[i].file, *old[i] ? old[i] : "\n");
}

int cgroup_limit(struct arena *arena, int dir, const struct cgroup_limits *limits,
		 struct error *err)
{
	const char **old = arena_array(arena, limits->count + 1, sizeof(*old));

	for (size_t i = 0; i < limits->count; i++) {
		const struct cgroup_limit *limit = &limits->item[i];

		/* No file of a cgroup is outside its directory. */
		if (!*limit->file || strchr(limit->file, '/')) {
			errno = EINVAL;
			refused(dir, limit, err);
			put_back(arena, dir, limits->item, old, i);
			return -1;
		}
		old[i] = old_value(arena, dir, limit->file);
		if (write_lines(arena, dir, limit->file, limit->value) < 0 && !passes(limit)) {
			refused(dir, limit, err);
			put_back(arena, dir, limits->item, old, i + 1);
			return -1;
		}
	}
	return 0;
}
