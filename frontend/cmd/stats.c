#include "frontend/cmd/stats.h"

#include "common/attr.h"
#include "frontend/cgroup/file.h"
#include "frontend/fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIST_MOST 65536 /* CPUs and nodes: more than any kernel numbers */

static uint64_t number(int dir, const char *file, uint64_t absent)
{
	uint64_t value;

	return file_number(dir, file, &value) ? value : absent;
}

static uint64_t value_of(int dir, const char *file, const char *key)
{
	uint64_t value;

	return file_value(dir, file, key, &value) ? value : 0;
}

static uint64_t sum(uint64_t a, uint64_t b)
{
	uint64_t both;

	return __builtin_add_overflow(a, b, &both) ? UINT64_MAX : both;
}

void stats_put_pressure(struct json_text *out, const char *text)
{
	const char *comma = "";
	char kind[8], avg[3][16];
	unsigned long long total;

	json_put(out, "{");
	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line,
			   "%7[a-z] avg10=%15[0-9.] avg60=%15[0-9.] avg300=%15[0-9.] total=%llu",
			   kind, avg[0], avg[1], avg[2], &total) != 5)
			continue;
		json_put_format(out,
				"%s\"%s\":{\"avg10\":%s,\"avg60\":%s,\"avg300\":%s,\"total\":%llu}",
				comma, kind, avg[0], avg[1], avg[2], total);
		comma = ",";
	}
	json_put(out, "}");
}

static void put_pressure(struct json_text *out, int dir, const char *file)
{
	char text[512];

	if (file_read(dir, file, text, sizeof(text)) < 0 || !*text)
		return;
	json_put(out, ",\"psi\":");
	stats_put_pressure(out, text);
}

static void put_cpu(struct json_text *out, int dir)
{
	const char *file = "cpu.stat";

	json_put_format(out,
			"\"cpu\":{\"usage\":{\"total\":%" PRIu64 ",\"kernel\":%" PRIu64
			",\"user\":%" PRIu64 "}",
			value_of(dir, file, "usage_usec") * 1000,
			value_of(dir, file, "system_usec") * 1000,
			value_of(dir, file, "user_usec") * 1000);
	json_put_format(out,
			",\"throttling\":{\"periods\":%" PRIu64 ",\"throttledPeriods\":%" PRIu64
			",\"throttledTime\":%" PRIu64 "}",
			value_of(dir, file, "nr_periods"), value_of(dir, file, "nr_throttled"),
			value_of(dir, file, "throttled_usec") * 1000);
	put_pressure(out, dir, "cpu.pressure");
	json_put(out, "}");
}

void stats_put_list(struct json_text *out, const char *text)
{
	const char *comma = "";
	char *end;

	json_put(out, "[");
	while (*text >= '0' && *text <= '9') {
		unsigned long first = strtoul(text, &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (; first <= last && first < LIST_MOST; first++) {
			json_put_format(out, "%s%lu", comma, first);
			comma = ",";
		}
		text = end + (*end == ',');
	}
	json_put(out, "]");
}

static void put_list(struct json_text *out, int dir, const char *file)
{
	char text[4096];

	stats_put_list(out, file_read(dir, file, text, sizeof(text)) < 0 ? "" : text);
}

static void put_cpuset(struct json_text *out, int dir)
{
	json_put(out, ",\"cpuset\":{\"cpus\":");
	put_list(out, dir, "cpuset.cpus.effective");
	json_put(out, ",\"cpu_exclusive\":0,\"mems\":");
	put_list(out, dir, "cpuset.mems.effective");
	json_put(out, ",\"mem_hardwall\":0,\"mem_exclusive\":0,\"memory_migrate\":0,"
		      "\"memory_spread_page\":0,\"memory_spread_slab\":0,\"memory_pressure\":0,"
		      "\"sched_load_balance\":0,\"sched_relax_domain_level\":0}");
}

void stats_put_flat(struct json_text *out, const char *text)
{
	const char *comma = "";
	char key[64];
	unsigned long long value;

	json_put(out, "{");
	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, "%63[A-Za-z0-9_] %llu", key, &value) != 2)
			continue;
		json_put_format(out, "%s\"%s\":%llu", comma, key, value);
		comma = ",";
	}
	json_put(out, "}");
}

static void put_memory_entry(struct json_text *out, const char *name, uint64_t limit,
			     uint64_t usage, uint64_t max, uint64_t failures)
{
	json_put_format(out,
			",\"%s\":{\"limit\":%" PRIu64 ",\"usage\":%" PRIu64 ",\"max\":%" PRIu64
			",\"failcnt\":%" PRIu64 "}",
			name, limit, usage, max, failures);
}

static void put_memory(struct json_text *out, int dir)
{
	const uint64_t limit = number(dir, "memory.max", UINT64_MAX);
	const uint64_t used = number(dir, "memory.current", 0);
	char text[16384];

	json_put_format(out, ",\"memory\":{\"cache\":%" PRIu64,
			value_of(dir, "memory.stat", "file"));
	put_memory_entry(out, "usage", limit, used, number(dir, "memory.peak", 0),
			 value_of(dir, "memory.events", "max"));
	put_memory_entry(out, "swap", sum(limit, number(dir, "memory.swap.max", UINT64_MAX)),
			 sum(used, number(dir, "memory.swap.current", 0)),
			 number(dir, "memory.swap.peak", 0),
			 value_of(dir, "memory.swap.events", "max"));
	put_memory_entry(out, "kernel", 0, value_of(dir, "memory.stat", "kernel"), 0, 0);
	put_memory_entry(out, "kernelTCP", 0, value_of(dir, "memory.stat", "sock"), 0, 0);
	json_put(out, ",\"raw\":");
	stats_put_flat(out, file_read(dir, "memory.stat", text, sizeof(text)) < 0 ? "" : text);
	put_pressure(out, dir, "memory.pressure");
	json_put(out, "}");
}

static void put_pids(struct json_text *out, int dir)
{
	const uint64_t limit = number(dir, "pids.max", UINT64_MAX);

	json_put_format(out, ",\"pids\":{\"current\":%" PRIu64 ",\"limit\":%" PRIu64 "}",
			number(dir, "pids.current", 0), limit == UINT64_MAX ? 0 : limit);
}

/* The value of "KEY=" on the line that begins at LINE. */
static bool io_value(const char *line, const char *key, uint64_t *ret)
{
	const size_t length = strlen(key), size = strcspn(line, "\n");

	for (const char *at = line; (at = memchr(at, ' ', size - (size_t)(at - line)));) {
		at++;
		if (strncmp(at, key, length) == 0 && at[length] == '=')
			return file_parse(at + length + 1, ret);
	}
	return false;
}

static void put_io_entry(struct json_text *out, const char **comma, const char *line,
			 const char *key, const char *op)
{
	unsigned major, minor;
	uint64_t value;

	if (sscanf(line, "%u:%u ", &major, &minor) != 2 || !io_value(line, key, &value))
		return;
	json_put_format(out, "%s{\"major\":%u,\"minor\":%u,\"op\":\"%s\",\"value\":%" PRIu64 "}",
			*comma, major, minor, op, value);
	*comma = ",";
}

void stats_put_io(struct json_text *out, const char *text, const char *read, const char *write)
{
	const char *comma = "";

	json_put(out, "[");
	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		put_io_entry(out, &comma, line, read, "Read");
		put_io_entry(out, &comma, line, write, "Write");
	}
	json_put(out, "]");
}

static void put_io(struct json_text *out, int dir)
{
	char text[16384];

	if (file_read(dir, "io.stat", text, sizeof(text)) < 0)
		*text = '\0';
	json_put(out, ",\"blkio\":{\"ioServiceBytesRecursive\":");
	stats_put_io(out, text, "rbytes", "wbytes");
	json_put(out, ",\"ioServicedRecursive\":");
	stats_put_io(out, text, "rios", "wios");
	json_put(out, ",\"ioQueueRecursive\":[],\"ioServiceTimeRecursive\":[],"
		      "\"ioWaitTimeRecursive\":[],\"ioMergedRecursive\":[],\"ioTimeRecursive\":[],"
		      "\"sectorsRecursive\":[]");
	put_pressure(out, dir, "io.pressure");
	json_put(out, "}");
}

/* "hugetlb.2MB.current": the size between the dots. */
static void put_hugetlb_size(struct json_text *out, int dir, const char *current,
			     const char **comma)
{
	char size[16], tail[16], events[64];

	if (sscanf(current, "hugetlb.%15[0-9KMGTB].%15s", size, tail) != 2 ||
	    strcmp(tail, "current") != 0)
		return;
	snprintf(events, sizeof(events), "hugetlb.%s.events", size);
	json_put_format(out, "%s\"%s\":{\"usage\":%" PRIu64 ",\"max\":0,\"failcnt\":%" PRIu64 "}",
			*comma, size, number(dir, current, 0), value_of(dir, events, "max"));
	*comma = ",";
}

static void put_hugetlb(struct json_text *out, int dir)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	const char *comma = "";

	json_put(out, ",\"hugetlb\":{");
	if (list) {
		for (const struct dirent *entry; (entry = readdir(list));)
			put_hugetlb_size(out, dir, entry->d_name, &comma);
		closedir(list);
	} else {
		close_fd(&copy);
	}
	json_put(out, "}");
}

void stats_put(struct json_text *out, int dir)
{
	json_put(out, "{");
	put_cpu(out, dir);
	put_cpuset(out, dir);
	put_memory(out, dir);
	put_pids(out, dir);
	put_io(out, dir);
	put_hugetlb(out, dir);
	json_put(out, ",\"intel_rdt\":{},\"network_interfaces\":null}");
}
