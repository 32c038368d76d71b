#include "frontend/cmd/container.h"
#include "frontend/cmd/duration.h"
#include "frontend/cmd/stats.h"
#include "frontend/cmd/verbs.h"

#include "frontend/cgroup/file.h"
#include "frontend/codes.h"
#include "frontend/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL_MS 5000

struct events_options {
	bool stats;
	const char *interval;
};

static const struct option events_options[] = {
	{ "stats", 0, OPTION_FLAG, offsetof(struct events_options, stats), NULL,
	  "print the figures once, and leave" },
	{ "interval", 0, OPTION_TEXT, offsetof(struct events_options, interval), "TIME",
	  "how often to print them; 5s by default" },
};

/* What is watched until the init ends. */
struct watch {
	const char *id;
	int dir, init;
	int memory; /* memory.events; -1: the cgroup has no memory controller */
	uint64_t oom, oom_kill;
};

static void watch_close(struct watch *watch)
{
	close_fd(&watch->dir);
	close_fd(&watch->init);
	close_fd(&watch->memory);
}

static int not_running(const char *id, struct error *err)
{
	return error_set(err, RR_ID_04, "container with id %s is not running", id);
}

/* Reading memory.events arms its wake-up. */
static void read_oom(struct watch *watch, uint64_t *ret_oom, uint64_t *ret_kill)
{
	char text[512];
	ssize_t got = watch->memory < 0 ? -1 : pread(watch->memory, text, sizeof(text) - 1, 0);

	*ret_oom = watch->oom;
	*ret_kill = watch->oom_kill;
	if (got < 0) {
		close_fd(&watch->memory);
		return;
	}
	text[got] = '\0';
	file_pair(text, "oom", ret_oom);
	file_pair(text, "oom_kill", ret_kill);
}

static int watch_open(const struct call *call, struct watch *watch, struct error *err)
{
	_cleanup_(container_close) struct container container = CONTAINER_CLOSED;

	if (container_find(call, &container, err) < 0)
		return -1;
	if (!container_lives(&container))
		return not_running(watch->id, err);
	if (container_cgroup(&container, &watch->dir, err) < 0 ||
	    state_process_open(&container.state.init, &watch->init, err) < 0)
		return -1;
	if (watch->init < 0)
		return not_running(watch->id, err);
	watch->memory = openat(watch->dir, "memory.events", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	read_oom(watch, &watch->oom, &watch->oom_kill);
	return 0;
}

static int print_event(const struct watch *watch, const char *type, int stats, struct error *err)
{
	struct arena arena = { 0 };
	struct json_text out = { .arena = &arena };
	int done;

	json_put_format(&out, "{\"type\":\"%s\",\"id\":", type);
	json_put_string(&out, watch->id);
	if (stats >= 0) {
		json_put(&out, ",\"data\":");
		stats_put(&out, stats);
	}
	json_put(&out, "}\n");
	done = cmd_print(out.data, err);
	arena_free(&arena);
	return done;
}

static int print_stats(const struct watch *watch, struct error *err)
{
	return print_event(watch, "stats", watch->dir, err);
}

static int print_oom(struct watch *watch, struct error *err)
{
	uint64_t oom, oom_kill;
	bool rose;

	read_oom(watch, &oom, &oom_kill);
	rose = oom > watch->oom || oom_kill > watch->oom_kill;
	watch->oom = oom;
	watch->oom_kill = oom_kill;
	return rose ? print_event(watch, "oom", -1, err) : 0;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* One wait at a time: as long as poll can, and no longer than to NEXT. */
static int patience(int64_t next)
{
	int64_t left = next - now_ms();

	return left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

static int stay(struct watch *watch, int64_t interval_ms, struct error *err)
{
	struct pollfd ends[] = { { .fd = watch->init, .events = POLLIN },
				 { .fd = watch->memory, .events = POLLPRI } };
	int64_t next = now_ms() + interval_ms;

	while (!ends[0].revents) {
		if (poll(ends, count_of(ends), patience(next)) < 0 && errno != EINTR)
			return error_sys(err, "wait for events of the container");
		if (print_oom(watch, err) < 0)
			return -1;
		/* The file of a cgroup that is gone would wake us for ever. */
		ends[1].fd = watch->memory;
		if (ends[0].revents || now_ms() < next)
			continue;
		if (print_stats(watch, err) < 0)
			return -1;
		next += interval_ms;
	}
	return 0;
}

static int read_interval(const struct events_options *options, int64_t *ret, struct error *err)
{
	int64_t interval = INTERVAL_MS;

	if (options->interval && duration_parse(options->interval, &interval) < 0) {
		error_set(err, RR_USE_04, "--interval needs a time like 5s or 1m30s, not \"%s\"",
			  options->interval);
		return error_kind(err, ERROR_USAGE);
	}
	if (interval <= 0) {
		error_set(err, RR_USE_04, "duration interval must be greater than 0");
		return error_kind(err, ERROR_USAGE);
	}
	*ret = interval;
	return 0;
}

static int events(const struct call *call, int *ret_status _unused_, struct error *err)
{
	_cleanup_(watch_close) struct watch watch = {
		.id = call->args[0], .dir = -1, .init = -1, .memory = -1
	};
	const struct events_options *options = call->options;
	int64_t interval_ms = 0;

	if (read_interval(options, &interval_ms, err) < 0 || watch_open(call, &watch, err) < 0)
		return -1;
	return options->stats ? print_stats(&watch, err) : stay(&watch, interval_ms, err);
}

const struct command command_events = {
	.name = "events",
	.synopsis = "[OPTION]... ID",
	.summary = "Print what a container uses, and when its memory runs out",
	.least = 1,
	.most = 1,
	.table = { events_options, count_of(events_options), OPTIONS_ANYWHERE },
	.size = sizeof(struct events_options),
	.run = events,
};
