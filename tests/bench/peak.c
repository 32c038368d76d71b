/* The peak memory of a command: ru_maxrss of it and of what it waited for, in kB, on descriptor 8.
 *
 * Promises: this program is small enough (no library) not to be what is measured: a process starts
 * with the high-water mark of the one that spawned it.
 * Takes: peak PROGRAM [ARGUMENT...]; descriptor 8 open for writing. Gives: a number and a newline.
 * Fails: 125 and one line. Source: getrusage(2), wait4(2). */
#include "nolibc.h"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

static int start_main(int argc, char **argv, char **envp)
{
	struct rusage usage = { 0 };
	char text[24];
	word at = sizeof(text);
	int status = 0;
	long pid;

	if (argc < 2)
		die("peak PROGRAM [ARGUMENT...]", 0);
	pid = must("clone", sys(__NR_clone, SIGCHLD, 0, 0, 0, 0));
	if (pid == 0) {
		must("close", sys(__NR_close, 8));
		die(argv[1], sys(__NR_execve, argv[1], argv + 1, envp));
	}
	must("wait", sys(__NR_wait4, pid, &status, 0, &usage));
	text[--at] = '\n';
	do
		text[--at] = (char)('0' + usage.ru_maxrss % 10);
	while (usage.ru_maxrss /= 10);
	must("descriptor 8", sys(__NR_write, 8, text + at, sizeof(text) - at));
	return status ? 1 : 0;
}
