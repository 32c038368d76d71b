/* Paired, interleaved runs: each round starts every contestant once, in shuffled order, and times
 * it from spawn to reap.
 *
 * Promises: all runs happen in this one process; rounds of the warm-up are not counted; a
 * contestant that exits other than 0 is counted as failed and its time dropped.
 * Takes: rounds ROUNDS WARMUP LOG; on stdin a line for each contestant, fields separated by tabs:
 * NAME, a file to be open on descriptor 9 or "-", then the words of the command. stderr goes to
 * LOG.
 * Gives: a line for each contestant: NAME, runs, failures, median and p10 in us, then the median
 * of the paired ratios to the first contestant and to the one named "rrun" (0 if there is none).
 * Fails: exit 1 and a line. */
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CONTESTANTS = 16, WORDS = 128, ROUNDS = 5000, PAUSE_US = 4000 };

struct contestant {
	char *name, *file;
	char *argv[WORDS];
	int failures;
	double us[ROUNDS]; /* 0: failed */
};

static struct contestant contestants[CONTESTANTS];
static const char *log_path;

static void fail(const char *what)
{
	fprintf(stderr, "rounds: %s\n", what);
	exit(1);
}

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static size_t read_contestants(void)
{
	size_t count = 0;
	char *line = NULL;
	size_t room = 0;

	for (ssize_t n; (n = getline(&line, &room, stdin)) > 0; line = NULL, room = 0) {
		struct contestant *c = &contestants[count];
		char *rest = NULL;
		size_t words = 0;

		if (count++ == CONTESTANTS)
			fail("too many contestants");
		line[strcspn(line, "\n")] = '\0';
		c->name = strtok_r(line, "\t", &rest);
		c->file = strtok_r(NULL, "\t", &rest);
		for (char *word; words < WORDS - 1 && (word = strtok_r(NULL, "\t", &rest));)
			c->argv[words++] = word;
		if (words == 0)
			fail("a contestant without a command");
	}
	return count;
}

static double run_once(const struct contestant *c, const posix_spawn_file_actions_t *actions,
		       char **envp)
{
	double start = now_us();
	int status;
	pid_t pid;

	if (posix_spawn(&pid, c->argv[0], actions, NULL, c->argv, envp) != 0)
		return 0;
	if (waitpid(pid, &status, 0) != pid)
		fail("waitpid");
	return status == 0 ? now_us() - start : 0;
}

static void set_up(posix_spawn_file_actions_t *actions, const struct contestant *c)
{
	posix_spawn_file_actions_init(actions);
	posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(actions, 2, log_path, O_WRONLY | O_APPEND, 0);
	if (strcmp(c->file, "-") != 0)
		posix_spawn_file_actions_addopen(actions, 9, c->file, O_RDONLY, 0);
}

/* Fisher and Yates; the same order every time the bench runs. */
static void shuffle(size_t *order, size_t count)
{
	for (size_t i = count - 1; i > 0; i--) {
		size_t other = (size_t)random() % (i + 1), kept = order[i];

		order[i] = order[other];
		order[other] = kept;
	}
}

static int by_value(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double quantile(const double *values, size_t count, double part)
{
	static double sorted[ROUNDS];

	if (count == 0)
		return 0;
	memcpy(sorted, values, count * sizeof(*values));
	qsort(sorted, count, sizeof(*sorted), by_value);
	return sorted[(size_t)(part * (double)(count - 1) + 0.5)];
}

static double paired(const struct contestant *c, const struct contestant *base, size_t rounds)
{
	static double ratios[ROUNDS];
	size_t count = 0;

	for (size_t i = 0; base && i < rounds; i++)
		if (c->us[i] > 0 && base->us[i] > 0)
			ratios[count++] = c->us[i] / base->us[i];
	return quantile(ratios, count, 0.5);
}

static void report(const struct contestant *c, const struct contestant *rrun, size_t rounds)
{
	static double good[ROUNDS];
	size_t count = 0;

	for (size_t i = 0; i < rounds; i++)
		if (c->us[i] > 0)
			good[count++] = c->us[i];
	printf("%s\t%zu\t%d\t%.0f\t%.0f\t%.3f\t%.3f\n", c->name, count, c->failures,
	       quantile(good, count, 0.5), quantile(good, count, 0.1),
	       paired(c, &contestants[0], rounds), paired(c, rrun, rounds));
}

int main(int argc, char **argv, char **envp)
{
	static posix_spawn_file_actions_t actions[CONTESTANTS];
	const struct contestant *rrun = NULL;
	size_t order[CONTESTANTS], count, rounds, warmup;

	if (argc != 4)
		fail("rounds ROUNDS WARMUP LOG");
	rounds = (size_t)atoi(argv[1]);
	warmup = (size_t)atoi(argv[2]);
	log_path = argv[3];
	if (rounds == 0 || rounds > ROUNDS)
		fail("1 to 5000 rounds");

	count = read_contestants();
	for (size_t i = 0; i < count; i++) {
		order[i] = i;
		set_up(&actions[i], &contestants[i]);
		if (strcmp(contestants[i].name, "rrun") == 0)
			rrun = &contestants[i];
	}
	for (size_t round = 0; round < warmup + rounds; round++) {
		shuffle(order, count);
		for (size_t i = 0; i < count; i++) {
			struct contestant *c = &contestants[order[i]];
			double us = run_once(c, &actions[order[i]], envp);

			if (round >= warmup) {
				c->us[round - warmup] = us;
				c->failures += us == 0;
			}
			/* What the kernel tears down after the reap is nobody's to pay. */
			usleep(PAUSE_US);
		}
	}
	for (size_t i = 0; i < count; i++)
		report(&contestants[i], rrun, rounds);
	return 0;
}
