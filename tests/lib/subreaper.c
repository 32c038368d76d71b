/* subreaper CMD…: run CMD, and reap what it orphans at once, so that a test that looks for
 * left-over processes sees no zombie that a slow process 1 has not fetched yet. Ends with CMD's
 * status. CMD finds this process's number in RRT_REAPER: what CMD started stays below it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child;

static void pass(int signal)
{
	kill(child, signal);
}

int main(int argc, char **argv)
{
	char number[16];

	if (argc < 2 || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
		return 125;
	/* Whatever the caller left open is not a test's. */
	syscall(SYS_close_range, 3, ~0u, 0);
	snprintf(number, sizeof(number), "%d", getpid());
	setenv("RRT_REAPER", number, 1);
	child = fork();
	if (child == 0) {
		/* What the caller ignored (nohup, a background job) is not a test's either. */
		for (int signal_number = 1; signal_number < 65; signal_number++)
			signal(signal_number, SIG_DFL);
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	signal(SIGTERM, pass);
	signal(SIGINT, pass);
	signal(SIGHUP, pass);
	for (;;) {
		int status;
		pid_t pid = wait(&status);

		if (pid < 0 && errno == ECHILD)
			return 125;
		if (pid == child)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
}
