#include "frontend/run.h"

#include "common/attr.h"
#include "frontend/caller.h"
#include "frontend/cgroup/here.h"
#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/init/init.h"
#include "frontend/init/process.h"
#include "frontend/log.h"
#include "frontend/plan/filter.h"
#include "frontend/plan/limits.h"
#include "frontend/plan/plan.h"
#include "frontend/run_parts.h"
#include "frontend/spawn/cgroup.h"
#include "frontend/spawn/clone.h"
#include "frontend/spawn/idmap.h"
#include "frontend/spec/spec.h"
#include "frontend/state/pidfile.h"
#include "frontend/sync.h"
#include "frontend/tty/console.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Everything that a start has in its hands. What is not handed on is undone at the end of its
 * scope. */
struct start {
	const struct run_request *request;
	struct arena arena;
	struct state state;
	const struct spec *spec;
	struct caller caller;
	struct here here;
	struct plan_facts facts;
	const struct plan *plan;

	int root, dir; /* state root, and the container's directory in it */
	bool claimed;  /* dir is to be removed */
	bool pid_file; /* is to be removed */
	bool placed, unplaced; /* the helper put the child into a cgroup, or would not */
	int console, listener, sync, signals, master, cgroup;
	struct terminal terminal;
	struct notify notify;
	struct idmap_helper helper;
	pid_t pid;
	int pidfd;
	uint64_t ignored; /* signals that rrun was started with ignored */
	bool running;	  /* the child is not ours to kill any more */
};

/* A cgroup that is left is said: nothing but `rrun gc` will find it. */
static void cgroup_undo(struct start *start)
{
	struct error err = { 0 };

	close_fd(&start->cgroup);
	if (cgroup_release(&start->state.cgroup, &err) < 0)
		log_note("%s%s%s: rrun gc removes it later", err.what, *err.why ? ": " : "",
			 err.why);
}

static void start_undo(struct start *start)
{
	struct error ignored;

	if (!start->running)
		clone_kill(start->pid, start->pidfd);
	idmap_helper_end(&start->helper);
	terminal_restore(&start->terminal);
	if (start->pid_file)
		pidfile_remove(start->request->pid_file);
	/* What is still claimed has no process any more. */
	if (start->claimed)
		cgroup_undo(start);
	if (start->claimed)
		state_remove(start->root, start->request->id, start->dir, &ignored);
	if (start->notify.socket >= 0)
		notify_close(&start->notify);
	for (size_t i = 0; i < 9; i++)
		close_fd((int *[]){ &start->root, &start->dir, &start->console, &start->listener,
				    &start->sync, &start->signals, &start->master, &start->cgroup,
				    &start->pidfd }[i]);
	/* The arena goes with the process, which ends now. */
}

static bool attached(const struct start *start)
{
	return start->request->mode == RUN_ATTACHED;
}

static int spec_load(struct start *start, struct error *err)
{
	const struct json *document;

	if (bundle_open(&start->arena, start->request->bundle, &start->state.bundle,
			&start->state.config, &start->state.config_length, err) < 0)
		return -1;
	if (json_parse(&start->arena, "config.json", start->state.config,
		       start->state.config_length, &document, err) < 0)
		return -1;
	return spec_read(&start->arena, document, &start->spec, err);
}

/* Only where a cgroup or a limit is asked for is the tree looked at. */
static int cgroup_facts(struct start *start, struct error *err)
{
	struct cgroup_limits asked = { 0 };

	if (plan_limits(&start->arena, &start->spec->resources, &asked, err) < 0)
		return -1;
	if (start->request->no_cgroup || (!start->spec->cgroups_path && asked.count == 0))
		return 0;
	if (here_read(&start->arena, &start->here, err) < 0)
		return -1;
	start->facts.here = &start->here;
	return 0;
}

/* The facts: what the command line, the environment and the caller's limits say. */
static int facts_gather(struct start *start, struct error *err)
{
	const struct run_request *request = start->request;
	struct listen_fds fds;

	if (listen_fds_read(request->preserve_fds, &fds, err) < 0)
		return -1;
	if (caller_read(&start->caller, err) < 0)
		return -1;
	/* Only a map that is left to us needs to know them. */
	if (start->spec->uid_mappings.count == 0 &&
	    caller_read_ranges(&start->arena, &start->caller, err) < 0)
		return -1;
	if (attached(start) && start->spec->process.terminal &&
	    terminal_find(&start->terminal, err) < 0)
		return -1;
	start->facts = (struct plan_facts){
		.caller = &start->caller,
		.detach = !attached(start),
		.console = request->console_socket,
		.attached_terminal = start->terminal.fd >= 0,
		.no_pivot = request->no_pivot,
		.no_new_keyring = request->no_new_keyring,
		.require_range = request->require_range,
		.clamp_rlimits = start->caller.mode == MODE_DIRECT && !request->require_limits,
		.keep_fds = fds.count,
		.activated_fds = fds.activated,
		.listen_names = fds.names,
		.bundle = start->state.bundle,
		.id = request->id,
	};
	hard_limits_read(&start->spec->process, start->facts.hard_limit);
	return cgroup_facts(start, err);
}

static int claim(struct start *start, struct error *err)
{
	const char *manager = getenv("NOTIFY_SOCKET");

	if (state_root_open(start->request->root, true, &start->root, err) < 0 ||
	    state_claim(start->root, start->request->id, &start->dir, err) < 0)
		return -1;
	start->claimed = true;
	if (!manager || !manager[0])
		return 0;
	if (notify_prepare(&start->arena, start->dir, &start->facts.notify_dir, err) < 0)
		return -1;
	/* With `create`, it is `start` that speaks to the manager. */
	if (start->request->mode == RUN_CREATE)
		return 0;
	return notify_open(start->dir, manager, &start->notify, err);
}

static int channels_open(struct start *start, sigset_t *signals, int *ret_child, struct error *err)
{
	const struct run_request *request = start->request;

	if (request->console_socket && start->console < 0 &&
	    console_connect(request->console_socket, &start->console, err) < 0)
		return -1;
	if (request->mode == RUN_CREATE && start->listener < 0 &&
	    start_socket_listen(start->dir, &start->listener, err) < 0)
		return -1;
	if (attached(start) && start->signals < 0 &&
	    signals_block(signals, &start->signals, err) < 0)
		return -1;
	return sync_pair(&start->sync, ret_child, err);
}

/* The child keeps nothing of the parent's: not the lock on the directory, and not the parent's end
 * of the channel, or it would never see that the parent is gone. */
static void child_forget(struct start *start)
{
	close_fd(&start->sync);
	close_fd(&start->root);
	close_fd(&start->dir);
	close_fd(&start->signals);
	close_fd(&start->cgroup);
	close_fd(&start->helper.socket);
	close_fd(&start->notify.socket);
	close_fd(&start->notify.manager);
}

static _Noreturn void child_become(struct start *start, int sync)
{
	struct init init = {
		.plan = start->plan,
		.sync = sync,
		.console = start->console,
		.start = start->listener,
		.die_with_parent = attached(start),
	};

	child_forget(start);
	init_main(&init);
}

/* In a tree of the caller's own the child is born in its cgroup. */
static int cgroup_own(struct start *start, struct error *err)
{
	const struct plan_cgroup *cgroup = &start->plan->cgroup;

	start->state.cgroup_note = cgroup->note ? cgroup->note : "";
	if (cgroup->way != WAY_OWN || start->cgroup >= 0)
		return 0;
	return cgroup_make(&start->arena, cgroup->mount, cgroup->base, cgroup->path,
			   &cgroup->limits, &start->state.cgroup, &start->cgroup, err);
}

/* A cgroup namespace has its root where its maker was: what is moved makes one afterwards. */
static uint64_t namespaces_at_birth(const struct plan *plan)
{
	return plan->cgroup.way == WAY_HELPER ? plan->namespaces & ~(uint64_t)CLONE_NEWCGROUP
					      : plan->namespaces;
}

static int child_make(struct start *start, struct error *err)
{
	_cleanup_(close_fd) int sync = -1;
	sigset_t signals;
	bool helper = start->plan->ids == IDS_RANGE || start->plan->cgroup.way == WAY_HELPER;

	if (channels_open(start, &signals, &sync, err) < 0 || cgroup_own(start, err) < 0)
		return -1;
	/* Started before the child, so that both are on their way at once. */
	if (helper && idmap_helper_start(&start->helper, err) < 0)
		return -1;
	start->pid = clone_child(namespaces_at_birth(start->plan), start->cgroup, &start->pidfd,
				 err);
	if (start->pid == 0)
		child_become(start, sync);
	return start->pid < 0 ? -1 : 0;
}

/* One id is the way out where no range can be had at all. Where the user has one and asked for
 * other ids, it is an error: the map that was asked for matters. */
static bool one_id_will_do(struct start *start, enum idmap_answer answer)
{
	struct error ignored;

	if (start->request->require_range || start->facts.one_id)
		return false;
	if (answer == IDMAP_ABSENT)
		return true;
	return answer == IDMAP_REFUSED &&
	       caller_read_ranges(&start->arena, &start->caller, &ignored) == 0 &&
	       (start->caller.uids.count == 0 || start->caller.gids.count == 0);
}

/* What came of the cgroup that is less than what was asked. */
static void cgroup_say(struct start *start, uint32_t clamped, const struct error *unplaced)
{
	if (unplaced->kind != ERROR_NONE) {
		start->state.cgroup_note =
			arena_print(&start->arena, "%s: %s", unplaced->what, unplaced->why);
		start->unplaced = true;
	}
	if (clamped) {
		start->state.cgroup_note =
			arena_print(&start->arena, "the site's policy allows less: %s",
				    cgroup_clamped(&start->arena, clamped));
		log_note("%s", start->state.cgroup_note);
	}
}

/* Moved by the helper, with the maps or after them; then it is known where that is. */
static int cgroup_enter(struct start *start, struct error *err)
{
	const struct plan_cgroup *cgroup = &start->plan->cgroup;
	struct error why = { 0 };
	uint32_t clamped;

	if (cgroup->way != WAY_HELPER || start->unplaced)
		return 0;
	if (!start->placed) {
		if (cgroup_helper_make(cgroup, &start->helper, start->pidfd,
				       &start->state.cgroup.top, &clamped, &why) < 0) {
			if (!cgroup->optional || start->state.cgroup.top) {
				*err = why;
				return -1;
			}
			cgroup_say(start, 0, &why);
			return 0;
		}
		cgroup_say(start, clamped, &why);
	}
	return cgroup_find(&start->arena, start->here.mount, start->pid, &start->state.cgroup,
			   err);
}

/* By the helper, else newuidmap: a step down, which the state remembers and a terminal is told. */
static enum idmap_answer range_map(struct start *start, bool *ret_denied, struct error *err)
{
	struct idmap_result result;
	enum idmap_answer answer =
		idmap_write_range(start->plan, &start->helper, start->pid, start->pidfd,
				  start->request->require_range, &result, err);

	start->state.ids = result.ids;
	*ret_denied = result.denied;
	start->state.cgroup.top = result.top;
	start->placed = result.placed;
	cgroup_say(start, result.clamped, &result.unplaced);
	if (answer == IDMAP_DONE && result.why.kind != ERROR_NONE) {
		start->state.ids_note =
			arena_print(&start->arena, "%s: %s", result.why.what, result.why.why);
		log_note("ids are mapped by newuidmap (%s)", start->state.ids_note);
	}
	return answer;
}

/* The maps, by whoever may write them. *ret_single: one id is all there is; plan again for that. */
static int ids_map(struct start *start, bool *ret_single, struct error *err)
{
	const struct plan *plan = start->plan;
	enum idmap_answer answer = IDMAP_DONE;
	bool denied = plan->ids == IDS_SINGLE;

	*ret_single = false;
	start->state.ids = plan->ids == IDS_DIRECT ? "direct" : "single";
	start->state.ids_note = plan->ids_note ? plan->ids_note : "";
	/* While the child still waits and can be looked at: with hidepid=2, proc(5), what is not
	 * dumpable is not there. */
	if (state_process_identify(start->pid, &start->state.init, err) < 0)
		return -1;
	if (plan->ids == IDS_DIRECT && idmap_write_direct(plan, start->pid, err) < 0)
		return -1;
	if (plan->ids == IDS_RANGE)
		answer = range_map(start, &denied, err);
	if (answer != IDMAP_DONE) {
		*ret_single = one_id_will_do(start, answer);
		return -1;
	}
	if (cgroup_enter(start, err) < 0)
		return -1;
	return sync_say_bytes(start->sync, SYNC_MAPPED, &denied, 1, err);
}

static void child_drop(struct start *start)
{
	clone_kill(start->pid, start->pidfd);
	start->pid = 0;
	close_fd(&start->pidfd);
	close_fd(&start->sync);
	idmap_helper_end(&start->helper);
}

/* The last rung: the same story, planned for one id. */
static int child_make_single(struct start *start, struct error *err)
{
	const char *hint = arena_print(&start->arena, "%s", err->hint);
	bool single;

	child_drop(start);
	start->facts.one_id = arena_print(&start->arena, "%s: %s", err->what, err->why);
	if (plan_make(&start->arena, start->spec, &start->facts, &start->plan, err) < 0)
		return -1;
	log_note("one id only: chown and apt will fail inside (%s). %s", start->facts.one_id, hint);
	return child_make(start, err) < 0 ? -1 : ids_map(start, &single, err);
}

/* A child in its namespaces, with its ids, that is now making itself a container. */
static int child_launch(struct start *start, struct error *err)
{
	bool single;

	if (plan_make(&start->arena, start->spec, &start->facts, &start->plan, err) < 0)
		return -1;
	if (start->plan->ids_note)
		log_note("one id only: chown and apt will fail inside (%s)", start->plan->ids_note);
	if (child_make(start, err) < 0)
		return -1;
	if (ids_map(start, &single, err) == 0)
		return 0;
	return single ? child_make_single(start, err) : -1;
}

/* What others will know of it, written while it is still making itself. */
static int record(struct start *start, struct error *err)
{
	struct state *state = &start->state;

	state->id = start->request->id;
	state->rootfs = start->plan->rootfs;
	state->created = state_now(&start->arena);
	state->console = start->plan->process.terminal;
	start->ignored = signals_ignored();
	return state_prepare(start->dir, state, err);
}

static int child_hear(struct start *start, struct error *err)
{
	if (filter_send(&start->arena, start->spec->seccomp, start->sync, err) < 0 ||
	    record(start, err) < 0)
		return -1;
	if (start->plan->process.terminal && attached(start) &&
	    (signals_await(start->signals, start->sync, err) < 0 ||
	     sync_hear_fd(start->sync, SYNC_MASTER, &start->master, err) < 0))
		return -1;
	return signals_await(start->signals, start->sync, err) < 0
		       ? -1
		       : sync_hear(start->sync, SYNC_READY, err);
}

/* It is ready: from here on others see it. */
static int commit(struct start *start, struct error *err)
{
	if (state_publish(start->dir, err) < 0)
		return -1;
	if (!start->request->pid_file)
		return 0;
	if (pidfile_write(start->request->pid_file, start->pid, err) < 0)
		return -1;
	start->pid_file = true;
	return 0;
}

static int release(struct start *start, struct error *err)
{
	if (start->plan->note)
		log_note("%s", start->plan->note);
	if (start->plan->cgroup.note)
		log_note("%s", start->plan->cgroup.note);
	if (start->master >= 0 && start->terminal.fd >= 0) {
		if (start->plan->process.rows == 0)
			terminal_resize(&start->terminal, start->master);
		if (terminal_raw(&start->terminal, err) < 0)
			return -1;
	}
	if (sync_say_bytes(start->sync, SYNC_GO, &start->ignored, sizeof(start->ignored), err) <
		    0 ||
	    sync_hear_end(start->sync, err) < 0)
		return -1;
	idmap_helper_end(&start->helper);
	/* Made. The directory stays open: it tells ours from a later one of that name. */
	flock(start->dir, LOCK_UN);
	return 0;
}

static int watch(struct start *start, int *ret_status, struct error *err)
{
	struct foreground foreground = {
		.pid = start->pid,
		.pidfd = start->pidfd,
		.signals = start->signals,
		.master = start->master,
		.terminal = &start->terminal,
		.notify = start->notify.socket >= 0 ? &start->notify : NULL,
	};

	start->notify.main_pid = getpid();
	start->running = true;
	start->claimed = !start->request->keep;
	if (foreground_wait(&foreground, ret_status, err) < 0)
		return -1;
	start->pid_file = false;
	return 0;
}

/* Detached: rrun stays until the service manager knows that the program is ready. */
static int leave(struct start *start)
{
	start->running = true;
	start->claimed = start->pid_file = false;
	start->notify.main_pid = start->pid;
	if (start->notify.socket >= 0)
		notify_until_ready(&start->notify, start->pidfd);
	return 0;
}

/* A child that gave up said why before it went: that is the cause, and what we found afterwards (it
 * is gone, its socket is closed) only follows from it. */
static void child_heed(struct start *start, struct error *err)
{
	struct pollfd said = { .fd = start->sync, .events = POLLIN };
	struct error word = { 0 };

	if (start->sync >= 0 && poll(&said, 1, 0) == 1 && sync_hear_end(start->sync, &word) < 0 &&
	    word.code != RR_SYS_04)
		*err = word;
}

#define START_EMPTY                                                                                \
	.root = -1, .dir = -1, .console = -1, .listener = -1, .sync = -1, .signals = -1,           \
	.master = -1, .cgroup = -1, .pidfd = -1, .terminal.fd = -1, .notify.socket = -1,           \
	.notify.manager = -1,                                                                      \
	.helper.pid = -1, .helper.socket = -1

int run_plan(struct arena *arena, const struct run_request *request, const char **ret,
	     struct error *err)
{
	_cleanup_(start_undo) struct start start = { .request = request, START_EMPTY };

	if (spec_load(&start, err) < 0 || facts_gather(&start, err) < 0 ||
	    plan_make(&start.arena, start.spec, &start.facts, &start.plan, err) < 0)
		return -1;
	*ret = plan_print(arena, start.plan);
	return 0;
}

int run_container(const struct run_request *request, int *ret_status, struct error *err)
{
	_cleanup_(start_undo) struct start start = { .request = request, START_EMPTY };

	if (attached(&start) && !request->no_subreaper && prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return error_sys(err, "become a subreaper");
	if (state_id_check(request->id, err) < 0 || spec_load(&start, err) < 0 ||
	    facts_gather(&start, err) < 0 || claim(&start, err) < 0)
		return -1;
	if (child_launch(&start, err) < 0) {
		child_heed(&start, err);
		return -1;
	}
	if (child_hear(&start, err) < 0 || commit(&start, err) < 0 || release(&start, err) < 0) {
		child_heed(&start, err);
		return error_while(err, "unable to start container process");
	}
	return attached(&start) ? watch(&start, ret_status, err) : leave(&start);
}
