#include "frontend/run.h"

#include "common/attr.h"
#include "frontend/caller.h"
#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/init/process.h"
#include "frontend/plan/plan.h"
#include "frontend/run_parts.h"
#include "frontend/spawn/cgroup.h"
#include "frontend/spawn/clone.h"
#include "frontend/state/pidfile.h"
#include "frontend/sync.h"
#include "frontend/tty/console.h"
#include "frontend/tty/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct enter {
	const struct exec_request *request;
	struct arena arena;
	struct state state;
	struct caller caller;
	const struct spec *spec;
	struct spec_process asked;
	struct plan_facts facts;
	struct plan_process process;

	int root, dir, init; /* init: pidfd of the container's first process */
	uint64_t namespaces;
	bool groups_denied;
	bool attach; /* the helper has to put the process into the container's cgroup */
	int console, sync, signals, master;
	struct terminal terminal;
	pid_t pid;
	int pidfd;
	bool running, pid_file;
};

static void enter_undo(struct enter *enter)
{
	if (!enter->running && enter->pidfd >= 0)
		clone_kill(enter->pid, enter->pidfd);
	terminal_restore(&enter->terminal);
	if (enter->pid_file)
		pidfile_remove(enter->request->pid_file);
	for (size_t i = 0; i < 8; i++)
		close_fd((int *[]){ &enter->root, &enter->dir, &enter->init, &enter->console,
				    &enter->sync, &enter->signals, &enter->master,
				    &enter->pidfd }[i]);
	arena_free(&enter->arena);
}

static int container_open(struct enter *enter, struct error *err)
{
	const struct exec_request *request = enter->request;
	enum state_status status;

	if (state_id_check(request->id, err) < 0 ||
	    state_root_find(request->root, request->id, &enter->root, err) < 0 ||
	    state_load(&enter->arena, enter->root, request->id, &enter->state, &enter->dir, err) <
		    0)
		return -1;
	status = state_status(&enter->state, enter->dir);
	if (status == STATUS_PAUSED)
		return error_set(err, RR_ID_04,
				 "cannot exec in a paused container "
				 "(use --ignore-paused to override)");
	if (status == STATUS_CREATED) {
		error_set(err, RR_ID_04, "cannot exec in a created container");
		return error_hint(err, "start it first: rrun start %s", request->id);
	}
	if (status != STATUS_RUNNING ||
	    state_process_open(&enter->state.init, &enter->init, err) < 0 || enter->init < 0)
		return error_set(err, RR_ID_04, "cannot exec in a stopped container");
	return 0;
}

static int config_read(struct enter *enter, struct error *err)
{
	const struct json *document;

	if (json_parse(&enter->arena, "state.json", enter->state.config, enter->state.config_length,
		       &document, err) < 0 ||
	    spec_read(&enter->arena, document, &enter->spec, err) < 0)
		return -1;
	enter->asked = enter->spec->process;
	return 0;
}

static int process_file_read(struct enter *enter, struct error *err)
{
	const char *path = enter->request->process_file, *text;
	_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	const struct json *document;
	size_t length;

	if (fd < 0) {
		error_sys(err, "open %s", path);
		return error_code(err, RR_CFG_01);
	}
	if (json_read_file(&enter->arena, path, fd, &text, &length, err) < 0 ||
	    json_parse(&enter->arena, path, text, length, &document, err) < 0)
		return -1;
	return spec_read_process(&enter->arena, document, &enter->asked, err);
}

static int number_read(const char *text, size_t length, uint32_t *ret)
{
	uint64_t value = 0;

	if (length == 0 || length > 10)
		return -1;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	/* -1 means "leave as it is" to setuid(2): no user has it. */
	if (value >= UINT32_MAX)
		return -1;
	*ret = (uint32_t)value;
	return 0;
}

/* "UID" or "UID:GID", digits only: a part that is missing never means 0. */
static int user_read(const char *text, struct spec_process *process, struct error *err)
{
	size_t length = strcspn(text, ":");

	if (number_read(text, length, &process->uid) < 0) {
		error_set(err, RR_USE_04, "bad uid: --user \"%.80s\"", text);
		error_why(err, "it takes UID or UID:GID, in digits");
		return error_kind(err, ERROR_USAGE);
	}
	if (text[length] == ':' &&
	    number_read(text + length + 1, strlen(text + length + 1), &process->gid) < 0) {
		error_set(err, RR_USE_04, "bad gid: --user \"%.80s\"", text);
		error_why(err, "it takes UID or UID:GID, in digits");
		return error_kind(err, ERROR_USAGE);
	}
	return 0;
}

static int env_append(struct enter *enter, struct error *err)
{
	const char *const *more = enter->request->env;
	struct spec_process *asked = &enter->asked;
	size_t count = 0, used = asked->env_count;
	const char **env;

	while (more && more[count])
		count++;
	if (count == 0)
		return 0;
	env = arena_array(&enter->arena, used + count + 1, sizeof(*env));
	memcpy(env, asked->env, used * sizeof(*env));
	for (size_t i = 0; i < count; i++) {
		const char *equals = strchr(more[i], '=');

		if (!equals || equals == more[i]) {
			error_set(err, RR_USE_04, "--env \"%.80s\" is not NAME=VALUE", more[i]);
			return error_kind(err, ERROR_USAGE);
		}
		env[used++] = more[i];
	}
	asked->env = env;
	asked->env_count = used;
	return 0;
}

/* The container's own process with what the command line changes of it. */
static int process_from_options(struct enter *enter, struct error *err)
{
	const struct exec_request *request = enter->request;
	struct spec_process *asked = &enter->asked;
	size_t count = 0;

	while (request->args && request->args[count])
		count++;
	if (count == 0) {
		error_set(err, RR_USE_03, "exec args cannot be empty");
		return error_kind(err, ERROR_USAGE);
	}
	asked->args = request->args;
	asked->arg_count = count;
	asked->terminal = request->tty;
	asked->console_height = asked->console_width = 0;
	if (request->cwd)
		asked->cwd = request->cwd;
	if (request->no_new_privs)
		asked->no_new_privileges = true;
	if (request->user && user_read(request->user, asked, err) < 0)
		return -1;
	return env_append(enter, err);
}

static int terminal_check(const struct enter *enter, struct error *err)
{
	const struct exec_request *request = enter->request;
	bool terminal = enter->asked.terminal;

	if (request->detach && terminal && !request->console_socket)
		return error_set(
			err, RR_TTY_01,
			"cannot allocate tty if rrun will detach without setting console socket");
	if (request->console_socket && (!request->detach || !terminal))
		return error_set(
			err, RR_TTY_01,
			"cannot use console socket if rrun will not detach or allocate tty");
	if (!request->detach && terminal && enter->terminal.fd < 0)
		return error_set(err, RR_TTY_01,
				 "a terminal was asked for, and rrun has none to use");
	return 0;
}

static int plan_process(struct enter *enter, struct error *err)
{
	const struct exec_request *request = enter->request;
	struct listen_fds fds;

	/* Socket activation is for the container's first process only. */
	unsetenv("LISTEN_FDS");
	if (request->process_file ? process_file_read(enter, err)
				  : process_from_options(enter, err))
		return -1;
	if (!request->detach && enter->asked.terminal && terminal_find(&enter->terminal, err) < 0)
		return -1;
	if (terminal_check(enter, err) < 0 || caller_read(&enter->caller, err) < 0 ||
	    listen_fds_read(request->preserve_fds, &fds, err) < 0)
		return -1;
	enter->facts = (struct plan_facts){
		.caller = &enter->caller,
		.clamp_rlimits = enter->caller.mode == MODE_DIRECT,
		.keep_fds = fds.count,
		.id = request->id,
	};
	hard_limits_read(&enter->asked, enter->facts.hard_limit);
	if (plan_make_process(&enter->arena, &enter->asked, &enter->facts, NULL, NULL,
			      &enter->process, err) < 0)
		return -1;
	enter->process.filtered = enter->spec->seccomp;
	return 0;
}

/* Which of init's namespaces are not ours: those are to be entered. namespaces(7): the inode
 * says. */
static int namespaces_read(struct enter *enter, struct error *err)
{
	static const struct {
		const char *name;
		uint64_t flag;
	} kinds[] = {
		{ "user", CLONE_NEWUSER },     { "mnt", CLONE_NEWNS },	{ "pid", CLONE_NEWPID },
		{ "ipc", CLONE_NEWIPC },       { "uts", CLONE_NEWUTS }, { "net", CLONE_NEWNET },
		{ "cgroup", CLONE_NEWCGROUP },
	};
	char text[16], path[64];
	_cleanup_(close_fd) int groups = -1;

	for (size_t i = 0; i < count_of(kinds); i++) {
		struct stat theirs, ours;

		snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)enter->state.init.pid,
			 kinds[i].name);
		if (stat(path, &theirs) < 0)
			return error_sys(err, "look at the container's %s namespace",
					 kinds[i].name);
		snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i].name);
		if (stat(path, &ours) < 0)
			return error_sys(err, "look at our %s namespace", kinds[i].name);
		if (theirs.st_ino != ours.st_ino)
			enter->namespaces |= kinds[i].flag;
	}
	snprintf(path, sizeof(path), "/proc/%d/setgroups", (int)enter->state.init.pid);
	groups = open(path, O_RDONLY | O_CLOEXEC);
	enter->groups_denied = groups >= 0 && read(groups, text, sizeof(text)) >= 4 &&
			       strncmp(text, "deny", 4) == 0;
	return 0;
}

/* In the container: what init does at its end, for another program. */
static int guest_setup(const struct enter *enter, int sync, struct process_filter *filter,
		       struct error *err)
{
	const struct plan_process *process = &enter->process;
	_cleanup_(close_fd) int dev = -1, master = -1, slave = -1;
	size_t size;

	if (setsid() < 0)
		return error_sys(err, "begin a session");
	/* Until the parent has heard of us, a word of ours could overtake SYNC_BORN. */
	if (sync_hear(sync, SYNC_MAPPED, err) < 0)
		return -1;
	if (process->filtered &&
	    sync_hear_bytes(sync, SYNC_FILTER, filter, sizeof(*filter), &size, err) < 0)
		return -1;
	if (!process->terminal)
		return 0;
	dev = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dev < 0 || pty_open(dev, process->rows, process->columns, &master, &slave, err) < 0)
		return dev < 0 ? error_sys(err, "open /dev of the container") : -1;
	if (fchown(slave, process->uid, (gid_t)-1) < 0)
		return error_sys(err, "give the terminal to uid %u of the container", process->uid);
	if (enter->console >= 0 ? console_send(enter->console, master, err)
				: sync_say_fd(sync, SYNC_MASTER, master, err))
		return -1;
	return pty_enter(take_fd(&slave), err);
}

static int guest(const struct enter *enter, int *sync, struct error *err)
{
	static struct process_filter filter;
	const char *path;
	uint64_t ignored;
	size_t size;

	umask(0);
	if (guest_setup(enter, *sync, &filter, err) < 0 ||
	    process_keyring(enter->process.keyring, err) < 0 ||
	    process_become(&enter->process, enter->groups_denied, &filter, err) < 0 ||
	    process_find(&enter->process, &path, err) < 0)
		return -1;
	if (!enter->request->detach && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return error_sys(err, "tie the process to rrun");
	if (sync_say(*sync, SYNC_READY, err) < 0 ||
	    sync_hear_bytes(*sync, SYNC_GO, &ignored, sizeof(ignored), &size, err) < 0)
		return -1;
	return process_exec(&enter->process, path, sync, &filter, ignored, err);
}

/* Enter the namespaces; then, since a pid namespace takes effect for children only, one more clone
 * whose
 * child is rrun's, not ours. setns(2) "PID namespaces", clone(2) CLONE_PARENT. */
static int between(const struct enter *enter, int *sync, struct error *err)
{
	struct clone_args args = { .flags = CLONE_PARENT, .exit_signal = 0 };
	long pid;

	process_prepare();
	if (enter->attach && sync_hear(*sync, SYNC_MAPPED, err) < 0)
		return -1;
	if (enter->process.oom_score_set && oom_score_write(enter->process.oom_score, err) < 0)
		return -1;
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return error_sys(err, "make the process untraceable");
	if (setns(enter->init, (int)enter->namespaces) < 0) {
		error_sys(err, "enter the container's namespaces");
		return error_code(err, RR_NS_02);
	}
	/* The program's ids are set later; until then we are who makes things inside. */
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0) {
		if (errno != EINVAL)
			return error_sys(err, "become uid 0 of the container");
	}
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		return error_sys(err, "make a process in the container");
	if (pid == 0)
		return guest(enter, sync, err);
	if (sync_say_bytes(*sync, SYNC_BORN, &pid, sizeof(pid), err) < 0)
		return -1;
	_exit(0);
}

/* The parent's end of the channel above all: held here, its EOF would never come. */
static _Noreturn void between_main(struct enter *enter, int sync)
{
	struct error err = { 0 };

	close_fd(&enter->sync);
	close_fd(&enter->root);
	close_fd(&enter->dir);
	close_fd(&enter->signals);
	between(enter, &sync, &err);
	sync_fail(sync, &err);
	_exit(255);
}

/* Born in the container's cgroup where it is in a tree of ours, else moved there by the helper,
 * before it enters anything: what is executed in a container is under its limits, from whichever
 * login. */
static pid_t between_make(struct enter *enter, int sync, int *ret_pidfd, struct error *err)
{
	_cleanup_(close_fd) int cgroup = -1;
	pid_t pid;

	if (enter->state.cgroup.path && *enter->state.cgroup.path) {
		if (cgroup_open(&enter->state.cgroup, &cgroup, err) < 0)
			return -1;
		/* Without it the program would be under nobody's limits. */
		if (cgroup < 0)
			return error_set(err, RR_CGR_03, "the container's cgroup %.200s is gone",
					 enter->state.cgroup.path);
	}
	pid = clone_child(0, cgroup, ret_pidfd, err);
	if (pid < 0 && err->code == RR_CGR_03 && enter->state.cgroup.top) {
		enter->attach = true;
		pid = clone_child(0, -1, ret_pidfd, err);
	}
	if (pid == 0)
		between_main(enter, sync);
	if (pid > 0 && enter->attach &&
	    (cgroup_helper_attach(enter->state.cgroup.top, *ret_pidfd, err) < 0 ||
	     sync_say(enter->sync, SYNC_MAPPED, err) < 0)) {
		clone_kill(pid, *ret_pidfd);
		return -1;
	}
	if (pid < 0 && err->code == RR_CGR_03)
		error_hint(err, "enter it from where it was started, or from a scope of that tree: "
				"systemd-run --user --scope rrun exec …");
	return pid;
}

static int guest_make(struct enter *enter, struct error *err)
{
	_cleanup_(close_fd) int sync = -1, helper = -1;
	const struct exec_request *request = enter->request;
	sigset_t signals;
	pid_t middle;
	size_t size;
	long pid;
	int heard;

	if (request->console_socket &&
	    console_connect(request->console_socket, &enter->console, err) < 0)
		return -1;
	if (!request->detach && signals_block(&signals, &enter->signals, err) < 0)
		return -1;
	if (sync_pair(&enter->sync, &sync, err) < 0)
		return -1;
	middle = between_make(enter, sync, &helper, err);
	if (middle < 0)
		return -1;
	close_fd(&sync);
	heard = sync_hear_bytes(enter->sync, SYNC_BORN, &pid, sizeof(pid), &size, err);
	while (waitpid(middle, NULL, 0) < 0 && errno == EINTR)
		;
	if (heard < 0)
		return -1;
	/* Our own child, not reaped yet: the number cannot be another's. */
	enter->pid = (pid_t)pid;
	enter->pidfd = pidfd_open(enter->pid, 0);
	if (enter->pidfd < 0)
		return error_sys(err, "hold the process in the container");
	return sync_say(enter->sync, SYNC_MAPPED, err);
}

static int guest_start(struct enter *enter, struct error *err)
{
	const struct exec_request *request = enter->request;
	uint64_t ignored;

	if (filter_send(&enter->arena, enter->spec->seccomp, enter->sync, err) < 0)
		return -1;
	if (enter->process.terminal && !request->detach) {
		if (signals_await(enter->signals, enter->sync, err) < 0 ||
		    sync_hear_fd(enter->sync, SYNC_MASTER, &enter->master, err) < 0)
			return -1;
		if (enter->process.rows == 0)
			terminal_resize(&enter->terminal, enter->master);
	}
	if (signals_await(enter->signals, enter->sync, err) < 0 ||
	    sync_hear(enter->sync, SYNC_READY, err) < 0)
		return -1;
	if (request->pid_file) {
		if (pidfile_write(request->pid_file, enter->pid, err) < 0)
			return -1;
		enter->pid_file = true;
	}
	if (enter->master >= 0 && terminal_raw(&enter->terminal, err) < 0)
		return -1;
	ignored = signals_ignored();
	if (sync_say_bytes(enter->sync, SYNC_GO, &ignored, sizeof(ignored), err) < 0 ||
	    signals_await(enter->signals, enter->sync, err) < 0 ||
	    sync_hear_end(enter->sync, err) < 0)
		return -1;
	enter->running = true;
	enter->pid_file = false;
	return 0;
}

int run_exec(const struct exec_request *request, int *ret_status, struct error *err)
{
	_cleanup_(enter_undo) struct enter enter = {
		.request = request,
		.root = -1,
		.dir = -1,
		.init = -1,
		.console = -1,
		.sync = -1,
		.signals = -1,
		.master = -1,
		.pidfd = -1,
		.terminal.fd = -1,
	};
	struct foreground foreground;

	if (container_open(&enter, err) < 0 || config_read(&enter, err) < 0 ||
	    plan_process(&enter, err) < 0 || namespaces_read(&enter, err) < 0)
		return -1;
	if (guest_make(&enter, err) < 0 || guest_start(&enter, err) < 0)
		return -1;
	if (request->detach)
		return 0;
	foreground = (struct foreground){
		.pid = enter.pid,
		.pidfd = enter.pidfd,
		.signals = enter.signals,
		.master = enter.master,
		.terminal = &enter.terminal,
	};
	return foreground_wait(&foreground, ret_status, err);
}
