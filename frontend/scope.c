#include "frontend/run.h"

#include "common/attr.h"
#include "frontend/caller.h"
#include "frontend/cgroup/here.h"
#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/log.h"
#include "frontend/plan/plan.h"
#include "frontend/spawn/cgroup.h"
#include "frontend/spawn/clone.h"
#include "frontend/spec/spec.h"
#include "frontend/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct scope {
	const struct scope_request *request;
	struct arena arena;
	struct caller caller;
	struct here here;
	struct plan_cgroup plan;
	struct cgroup cgroup;
	struct idmap_helper helper;
	sigset_t before;
	int dir, sync, signals, pidfd;
	pid_t pid;
};

static void scope_undo(struct scope *scope)
{
	struct error err = { 0 };

	clone_kill(scope->pid, scope->pidfd);
	idmap_helper_end(&scope->helper);
	close_fd(&scope->dir);
	if (cgroup_release(&scope->cgroup, &err) < 0)
		log_note("%s%s%s: rrun gc removes it later", err.what, *err.why ? ": " : "",
			 err.why);
	close_fd(&scope->sync);
	close_fd(&scope->signals);
	close_fd(&scope->pidfd);
	arena_free(&scope->arena);
}

/* A tree without controllers is of little use to what will make cgroups in it: those that are here
 * are asked for, without a limit. What a cgroup has, its siblings can have. */
static void ask_controllers(struct scope *scope)
{
	static const struct {
		const char *name;
		enum wire_limit limit;
	} kinds[] = {
		{ "pids", LIMIT_PIDS },
		{ "memory", LIMIT_MEMORY },
		{ "cpu", LIMIT_CPU_QUOTA },
		{ "hugetlb", LIMIT_HUGETLB_2M },
	};
	const char *path = arena_print(&scope->arena, "%s%s/cgroup.controllers", scope->here.mount,
				       scope->here.path);
	_cleanup_(close_fd) int file = open(path, O_RDONLY | O_CLOEXEC);
	char text[256];
	ssize_t size = file < 0 ? -1 : read(file, text, sizeof(text) - 1);

	text[size > 0 ? size : 0] = '\0';
	for (char *at = text, *name; (name = strsep(&at, " \n"));)
		for (size_t i = 0; i < count_of(kinds); i++)
			if (strcmp(name, kinds[i].name) == 0 &&
			    !(scope->plan.asked >> kinds[i].limit & 1)) {
				scope->plan.asked |= 1u << kinds[i].limit;
				scope->plan.limit[kinds[i].limit] = WIRE_MAX;
			}
}

static int plan_scope(struct scope *scope, struct error *err)
{
	const struct plan_facts facts = {
		.caller = &scope->caller,
		.here = &scope->here,
		.id = arena_print(&scope->arena, "scope-%d", (int)getpid()),
	};
	const struct spec spec = {
		.resources = *scope->request->resources,
		.cgroups_path = arena_print(&scope->arena, "rrun-%s", facts.id),
	};

	if (caller_read(&scope->caller, err) < 0 || here_read(&scope->arena, &scope->here, err) < 0)
		return -1;
	if (plan_make_cgroup(&scope->arena, &spec, &facts, &scope->plan, err) < 0)
		return -1;
	if (scope->plan.note)
		log_note("%s", scope->plan.note);
	if (scope->plan.way == WAY_HELPER)
		ask_controllers(scope);
	if (scope->here.mount || scope->plan.way != WAY_INHERIT)
		return 0;
	return error_set(err, RR_CGR_01,
			 "a scope needs cgroup v2, and this machine has cgroup v1 "
			 "only");
}

static int write_word(int dir, const char *file, const char *word)
{
	_cleanup_(close_fd) int fd = openat(dir, file, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, word, strlen(word)) < 0 ? -1 : 0;
}

/* The program in a leaf of its own, so that the tree around it can have controllers and the program
 * can make cgroups beside itself. What the tree was not given cannot be enabled, and is no
 * error. */
static int leaf_make(int dir, struct error *err)
{
	_cleanup_(close_fd) int leaf = -1;
	_cleanup_(close_fd) int file = openat(dir, "cgroup.controllers", O_RDONLY | O_CLOEXEC);
	char text[256];
	ssize_t size;

	if (mkdirat(dir, "main", 0755) < 0 ||
	    (leaf = openat(dir, "main", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
	    write_word(leaf, "cgroup.procs", "0") < 0) {
		error_sys(err, "enter the scope's cgroup");
		return error_code(err, RR_CGR_03);
	}
	size = file < 0 ? -1 : read(file, text, sizeof(text) - 1);
	text[size > 0 ? size : 0] = '\0';
	for (char *at = text, *name; (name = strsep(&at, " \n"));) {
		char word[32];

		snprintf(word, sizeof(word), "+%.20s", name);
		if (*name)
			(void)write_word(dir, "cgroup.subtree_control", word);
	}
	return 0;
}

static int become(const struct scope *scope, int sync, struct error *err)
{
	_cleanup_(close_fd) int dir = -1;
	char path[4096];
	size_t size;

	if (sync_hear_bytes(sync, SYNC_GO, path, sizeof(path) - 1, &size, err) < 0)
		return -1;
	path[size] = '\0';
	if (size > 0) {
		dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0)
			return error_sys(err, "open %s", path);
		if (leaf_make(dir, err) < 0)
			return -1;
	}
	sigprocmask(SIG_SETMASK, &scope->before, NULL);
	execvp(scope->request->args[0], (char *const *)(uintptr_t)scope->request->args);
	error_sys(err, "run %s", scope->request->args[0]);
	error_code(err, errno == ENOENT ? RR_PRC_01 : RR_PRC_02);
	return error_kind(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_NOT_EXECUTABLE);
}

static _Noreturn void child_main(struct scope *scope, int sync)
{
	struct error err = { 0 };

	close_fd(&scope->sync);
	close_fd(&scope->helper.socket);
	close_fd(&scope->dir);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	become(scope, sync, &err);
	sync_fail(sync, &err);
	_exit(125);
}

/* Signals of the terminal reach the program by themselves. */
static int signals_hold(struct scope *scope, struct error *err)
{
	static const int passed[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2 };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < count_of(passed); i++)
		sigaddset(&set, passed[i]);
	sigprocmask(SIG_BLOCK, &set, &scope->before);
	scope->signals = signalfd(-1, &set, SFD_CLOEXEC);
	return scope->signals < 0 ? error_sys(err, "watch signals") : 0;
}

static int enter(struct scope *scope, struct error *err)
{
	uint32_t clamped = 0;

	if (scope->plan.way == WAY_HELPER) {
		if (cgroup_helper_make(&scope->plan, &scope->helper, scope->pidfd,
				       &scope->cgroup.top, &clamped, err) < 0 ||
		    cgroup_find(&scope->arena, scope->here.mount, scope->pid, &scope->cgroup, err) <
			    0)
			return -1;
	}
	if (clamped)
		log_note("the site's policy allows less: %s",
			 cgroup_clamped(&scope->arena, clamped));
	return sync_say_bytes(scope->sync, SYNC_GO, scope->cgroup.path ? scope->cgroup.path : "",
			      scope->cgroup.path ? strlen(scope->cgroup.path) : 0, err);
}

static int start_program(struct scope *scope, struct error *err)
{
	_cleanup_(close_fd) int sync = -1;

	if (scope->plan.way == WAY_OWN &&
	    cgroup_make(&scope->arena, scope->plan.mount, scope->plan.base, scope->plan.path,
			&scope->plan.limits, &scope->cgroup, &scope->dir, err) < 0)
		return -1;
	if (signals_hold(scope, err) < 0 || sync_pair(&scope->sync, &sync, err) < 0)
		return -1;
	scope->pid = clone_child(0, scope->dir, &scope->pidfd, err);
	if (scope->pid == 0)
		child_main(scope, sync);
	if (scope->pid < 0)
		return -1;
	close_fd(&sync);
	return enter(scope, err) < 0 || sync_hear_end(scope->sync, err) < 0 ? -1 : 0;
}

static int wait_program(struct scope *scope, int *ret_status, struct error *err)
{
	struct signalfd_siginfo info;
	siginfo_t end = { 0 };
	struct pollfd fds[] = {
		{ .fd = scope->signals, .events = POLLIN },
		{ .fd = scope->pidfd, .events = POLLIN },
	};

	while (poll(fds, 2, -1) < 0 || !fds[1].revents) {
		if (read(scope->signals, &info, sizeof(info)) == sizeof(info) &&
		    info.ssi_code != SI_KERNEL)
			pidfd_send_signal(scope->pidfd, (int)info.ssi_signo, NULL, 0);
	}
	if (waitid(P_PIDFD, (id_t)scope->pidfd, &end, WEXITED) < 0)
		return error_sys(err, "wait for %s", scope->request->args[0]);
	scope->pid = 0;
	*ret_status = end.si_code == CLD_EXITED ? end.si_status : 128 + end.si_status;
	return 0;
}

int run_scope(const struct scope_request *request, int *ret_status, struct error *err)
{
	_cleanup_(scope_undo) struct scope scope = {
		.request = request,
		.helper = { -1, -1 },
		.dir = -1,
		.sync = -1,
		.signals = -1,
		.pidfd = -1,
	};

	if (plan_scope(&scope, err) < 0 || start_program(&scope, err) < 0)
		return -1;
	return wait_program(&scope, ret_status, err);
}
