/* pty STEP… -- CMD…: run CMD on a terminal of its own and act out the steps on it.
 *
 *   size=ROWSxCOLS   set the window size (as first step: before CMD starts; later: SIGWINCH)
 *   expect=TEXT      wait until TEXT has been printed; five seconds, or PTY_WAIT
 *   send=TEXT        type TEXT; "\r" is Enter, "\x03" and the like are bytes
 *   signal=N         send N to CMD
 *   sleep=MS         wait
 *   raw              say "the terminal is raw" or "… is not raw"
 *   hangup           close the terminal
 * Prints what CMD prints, and when it has ended "[the terminal is as it was]" or "[the terminal was
 * left changed]". Ends with CMD's status, 128+N for a signal, 124 when a text never came. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static char seen[1 << 20];
static size_t length, looked;
static int master;

static long now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Read what is there within MS; -1 at the end. */
static int drain(int ms)
{
	struct pollfd wait = { .fd = master, .events = POLLIN };
	ssize_t got;

	if (master < 0 || poll(&wait, 1, ms) <= 0)
		return 0;
	if (length > sizeof(seen) - 4097)
		length = looked = 0;
	got = read(master, seen + length, 4096);
	if (got <= 0)
		return -1;
	if (write(1, seen + length, (size_t)got) < 0)
		return -1;
	length += (size_t)got;
	seen[length] = 0;
	return 1;
}

static int expect(const char *text)
{
	long end = now_ms() + (getenv("PTY_WAIT") ? atoi(getenv("PTY_WAIT")) : 5) * 1000;

	for (;;) {
		char *at = strstr(seen + looked, text);

		if (at) {
			looked = (size_t)(at - seen) + strlen(text);
			return 0;
		}
		if (now_ms() > end || drain(50) < 0) {
			printf("\n[never seen: %s]\n", text);
			return -1;
		}
	}
}

static void type(const char *text)
{
	char bytes[4096];
	size_t count = 0;

	for (; *text && count < sizeof(bytes); text++) {
		if (text[0] == '\\' && text[1] == 'r') {
			bytes[count++] = '\r';
			text++;
		} else if (text[0] == '\\' && text[1] == 'x' && text[2] && text[3]) {
			char hex[3] = { text[2], text[3], 0 };

			bytes[count++] = (char)strtol(hex, NULL, 16);
			text += 3;
		} else {
			bytes[count++] = *text;
		}
	}
	if (write(master, bytes, count) < 0)
		perror("type");
}

static void resize(const char *text)
{
	struct winsize size = { 0 };

	if (sscanf(text, "%hux%hu", &size.ws_row, &size.ws_col) == 2)
		ioctl(master, TIOCSWINSZ, &size);
}

static pid_t start(char **command, int slave)
{
	pid_t child = fork();

	if (child != 0)
		return child;
	setsid();
	ioctl(slave, TIOCSCTTY, 0);
	dup2(slave, 0);
	dup2(slave, 1);
	dup2(slave, 2);
	if (slave > 2)
		close(slave);
	execvp(command[0], command);
	perror(command[0]);
	_exit(127);
}

static int act(pid_t child, const char *step)
{
	struct termios settings;

	if (strncmp(step, "size=", 5) == 0)
		resize(step + 5);
	else if (strncmp(step, "expect=", 7) == 0)
		return expect(step + 7);
	else if (strncmp(step, "send=", 5) == 0)
		type(step + 5);
	else if (strncmp(step, "signal=", 7) == 0)
		kill(child, atoi(step + 7));
	else if (strncmp(step, "sleep=", 6) == 0)
		for (long end = now_ms() + atoi(step + 6); now_ms() < end;) {
			if (drain(10) < 0)
				break;
		}
	else if (strcmp(step, "raw") == 0 && tcgetattr(master, &settings) == 0)
		printf("[the terminal is %sraw]\n",
		       settings.c_lflag & (ICANON | ECHO) ? "not " : "");
	else if (strcmp(step, "hangup") == 0) {
		close(master);
		master = -1;
	} else {
		fprintf(stderr, "pty: what is %s?\n", step);
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct termios before, after;
	int slave, i, status = 0, failed = 0, steps = 1;
	char name[64];
	pid_t child;

	setvbuf(stdout, NULL, _IONBF, 0);
	while (steps < argc && strcmp(argv[steps], "--") != 0)
		steps++;
	if (steps + 1 >= argc)
		return 2;
	master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || unlockpt(master) != 0 || ptsname_r(master, name, sizeof(name)) != 0)
		return 125;
	slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return 125;
	i = 1;
	if (i < steps && strncmp(argv[i], "size=", 5) == 0)
		resize(argv[i++] + 5);
	tcgetattr(slave, &before);
	child = start(argv + steps + 1, slave);
	for (; i < steps && !failed; i++)
		failed = act(child, argv[i]) != 0;
	for (long end = now_ms() + 10000;;) {
		drain(20);
		if (waitpid(child, &status, WNOHANG) == child)
			break;
		if (now_ms() > end || failed) {
			printf("\n[it did not end by itself]\n");
			kill(child, SIGKILL);
			waitpid(child, &status, 0);
			failed = 1;
			break;
		}
	}
	while (drain(100) > 0)
		;
	if (tcgetattr(slave, &after) == 0)
		printf("\n[the terminal %s]\n",
		       memcmp(&before.c_iflag, &after.c_iflag, 4 * sizeof(tcflag_t)) == 0 ?
			       "is as it was" :
			       "was left changed");
	if (failed)
		return 124;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
