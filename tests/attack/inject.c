/* inject HELPER MODE… -- CMD…: run CMD, and as its root-owned tracer interfere with the helper that
 * it starts, at the Nth system call after its exec (0 is the first; the loader's are among them).
 *
 *   count            nothing; says how many calls there were, and how many from main on
 *   trace            the number of every call from main on
 *   kill N           SIGKILL at the entry of call N
 *   errno N E        call N is not made and answers -E
 *   hold N SCRIPT    at the entry of call N, sh -c SCRIPT with $HELPER_PID; then go on
 *   become N A1      the first call under the filter becomes number N, the second argument A1
 *   becomes FIRST LAST   that for each number, CMD anew each time; prints the numbers that live
 *
 * Gives: CMD's stdout, then lines "calls N", "from-main N", "helper exit|signal N".
 * Fails: exit status 2.
 * Source: ptrace(2): a tracer with CAP_SYS_PTRACE leaves the set-uid bit its power. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPTIONS                                                                                    \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |  \
	 PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

enum mode { COUNT, TRACE, KILL, ERRNO, HOLD, BECOME };

struct plan {
	enum mode mode;
	long at, value, argument;
	const char *script;
	const char *helper;
	char **command;
};

struct helper {
	pid_t pid;
	long calls, from_main;
	pid_t held_by; /* a script: the helper goes on when it ends */
	bool in_main, filtered, replaced, swallowed;
	int status;
};

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

#if defined(__x86_64__)
static void call_replace(pid_t pid, long number, long argument)
{
	struct user_regs_struct registers;

	if (ptrace(PTRACE_GETREGS, pid, 0, &registers) != 0)
		fail("registers");
	registers.orig_rax = (unsigned long long)number;
	registers.rdi = registers.r10 = registers.r8 = registers.r9 = 0;
	registers.rdx = 1; /* no address: ppoll must not wait for ever */
	registers.rsi = (unsigned long long)argument;
	ptrace(PTRACE_SETREGS, pid, 0, &registers);
}

static void call_answer(pid_t pid, long answer)
{
	struct user_regs_struct registers;

	if (ptrace(PTRACE_GETREGS, pid, 0, &registers) != 0)
		fail("registers");
	registers.rax = (unsigned long long)answer;
	ptrace(PTRACE_SETREGS, pid, 0, &registers);
}
#elif defined(__aarch64__)
static void call_replace(pid_t pid, long number, long argument)
{
	struct user_regs_struct registers;
	struct iovec vector = { &registers, sizeof(registers) };
	int call = (int)number;
	struct iovec word = { &call, sizeof(call) };

	ptrace(PTRACE_GETREGSET, pid, 1 /* NT_PRSTATUS */, &vector);
	for (int i = 0; i < 6; i++)
		registers.regs[i] = i == 1 ? (unsigned long long)argument : i == 2;
	ptrace(PTRACE_SETREGSET, pid, 1, &vector);
	ptrace(PTRACE_SETREGSET, pid, 0x404 /* NT_ARM_SYSTEM_CALL */, &word);
}

static void call_answer(pid_t pid, long answer)
{
	struct user_regs_struct registers;
	struct iovec vector = { &registers, sizeof(registers) };

	ptrace(PTRACE_GETREGSET, pid, 1, &vector);
	registers.regs[0] = (unsigned long long)answer;
	ptrace(PTRACE_SETREGSET, pid, 1, &vector);
}
#endif

static bool is_helper(pid_t pid, const char *path)
{
	struct stat a, b;
	char link[64];

	snprintf(link, sizeof(link), "/proc/%d/exe", pid);
	return stat(link, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino &&
	       a.st_dev == b.st_dev;
}

/* It runs beside us, as the processes that it waits for may be waiting for their tracer. */
static pid_t run_script(const struct plan *plan, pid_t helper)
{
	char text[32];
	pid_t pid = fork();

	if (pid == 0) {
		snprintf(text, sizeof(text), "%d", helper);
		setenv("HELPER_PID", text, 1);
		execl("/bin/sh", "sh", "-c", plan->script, (char *)NULL);
		_exit(127);
	}
	return pid;
}

static void on_entry(const struct plan *plan, struct helper *helper, long number)
{
	long index = helper->calls++;

	/* The first thing that main does with the kernel. */
	helper->in_main |= number == SYS_getresuid;
	helper->from_main += helper->in_main;
	if (plan->mode == TRACE && helper->in_main)
		printf("call %ld\n", number);
	/* It made another call, so it lived; that is all we want to know. */
	if (helper->replaced)
		kill(helper->pid, SIGKILL);
	if (plan->mode == BECOME && helper->filtered && !helper->replaced) {
		helper->replaced = true;
		call_replace(helper->pid, plan->value, plan->argument);
	}
	helper->filtered |= number == SYS_seccomp;
	if (index != plan->at)
		return;
	if (plan->mode == KILL)
		kill(helper->pid, SIGKILL);
	if (plan->mode == HOLD)
		helper->held_by = run_script(plan, helper->pid);
	if (plan->mode == ERRNO) {
		/* A call that does nothing, and that the filter allows. */
		helper->swallowed = true;
		call_replace(helper->pid, SYS_clock_gettime, 0);
	}
}

static void on_exit_of(const struct plan *plan, struct helper *helper)
{
	if (helper->swallowed) {
		helper->swallowed = false;
		call_answer(helper->pid, -plan->value);
	}
}

static void on_syscall(const struct plan *plan, struct helper *helper)
{
	struct __ptrace_syscall_info info = { 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, helper->pid, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		on_entry(plan, helper, (long)info.entry.nr);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		on_exit_of(plan, helper);
}

/* One stop of one process, and how it goes on. */
static void on_stop(const struct plan *plan, struct helper *helper, pid_t pid, int status)
{
	int event = status >> 16, deliver = 0;

	if (event == PTRACE_EVENT_EXEC && helper->pid == 0 && is_helper(pid, plan->helper))
		helper->pid = pid;
	else if (event == 0 && WSTOPSIG(status) == (SIGTRAP | 0x80)) {
		if (pid == helper->pid)
			on_syscall(plan, helper);
	} else if (event == 0 && WSTOPSIG(status) != SIGTRAP) {
		deliver = WSTOPSIG(status);
	}
	if (pid == helper->pid && helper->held_by)
		return;
	ptrace(pid == helper->pid ? PTRACE_SYSCALL : PTRACE_CONT, pid, 0, deliver);
}

static struct helper follow(const struct plan *plan)
{
	struct helper helper = { 0 };
	int status;
	pid_t pid, first = fork();

	if (first == 0) {
		raise(SIGSTOP);
		execvp(plan->command[0], plan->command);
		_exit(127);
	}
	waitpid(first, &status, WUNTRACED);
	if (ptrace(PTRACE_SEIZE, first, 0, OPTIONS) != 0)
		fail("seize");
	kill(first, SIGCONT);
	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid <= 0)
			continue;
		if (WIFSTOPPED(status)) {
			on_stop(plan, &helper, pid, status);
			continue;
		}
		if (pid == helper.pid)
			helper.status = status;
		if (pid == helper.held_by) {
			helper.held_by = 0;
			ptrace(PTRACE_SYSCALL, helper.pid, 0, 0);
		}
		/* The client has waited for its helper; targets die with it. */
		if (pid == first)
			break;
	}
	while (waitpid(-1, &status, __WALL | WNOHANG) > 0)
		if (WIFSTOPPED(status))
			break;
	return helper;
}

static void becomes(struct plan *plan, long first, long last)
{
	for (long number = first; number <= last; number++) {
		struct helper helper;

		plan->value = number;
		helper = follow(plan);
		if (!helper.replaced)
			fail("the filter was never reached");
		if (!WIFSIGNALED(helper.status) || WTERMSIG(helper.status) != SIGSYS)
			printf("lives %ld\n", number);
	}
}

static void report(const struct helper *helper)
{
	printf("calls %ld\nfrom-main %ld\n", helper->calls, helper->from_main);
	if (WIFSIGNALED(helper->status))
		printf("helper signal %d\n", WTERMSIG(helper->status));
	else
		printf("helper exit %d\n", WEXITSTATUS(helper->status));
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "count", "trace", "kill", "errno", "hold", "become" };
	struct plan plan = { .at = -1, .helper = argc > 1 ? argv[1] : "" };
	struct helper helper;
	int i = 3;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while (i < argc && strcmp(argv[i], "--") != 0)
		i++;
	if (i >= argc - 1)
		fail("usage");
	plan.command = argv + i + 1;
	if (strcmp(argv[2], "becomes") == 0) {
		plan.mode = BECOME;
		becomes(&plan, strtol(argv[3], NULL, 0), strtol(argv[4], NULL, 0));
		return 0;
	}
	for (int mode = COUNT; mode <= BECOME; mode++)
		if (strcmp(argv[2], names[mode]) == 0)
			plan.mode = (enum mode)mode;
	if (plan.mode == BECOME) {
		plan.value = strtol(argv[3], NULL, 0);
		plan.argument = strtol(argv[4], NULL, 0);
	} else if (plan.mode >= KILL) {
		plan.at = strtol(argv[3], NULL, 0);
		plan.script = plan.mode == HOLD ? argv[4] : NULL;
		plan.value = plan.mode == ERRNO ? strtol(argv[4], NULL, 0) : 0;
	}
	helper = follow(&plan);
	report(&helper);
	return 0;
}
