#include "frontend/init/init.h"

#include "common/attr.h"
#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/init/process.h"
#include "frontend/init/stages.h"
#include "frontend/sync.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* The order is the kernel's: what needs no ids, then ids, then what makes files; the paths while
 * the host's root is still there to copy mounts from; the pivot last. */
static const struct {
	int (*run)(struct init *init, struct error *err);
} stages[] = {
	{ stage_loopback }, /* lo is up */
	{ stage_root },	    /* the root filesystem is a mount */
	{ stage_sources },  /* what the host gives is held, opened as the caller */
	{ stage_identity }, /* the maps are in force; nobody may trace us */
	{ stage_session },  /* a session and a keyring of its own */
	{ stage_names },    /* hostname, domainname */
	{ stage_mounts },   /* the plan's mounts */
	{ stage_devices },  /* /dev */
	{ stage_terminal }, /* 0, 1, 2 */
	{ stage_paths },    /* masked and read-only paths */
	{ stage_seal },	    /* what waited to become read-only */
	{ stage_pivot },    /* the host is out of reach */
};

int stage_session(struct init *init, struct error *err)
{
	/* A leader already would be one that exec'd without fork: cannot be, we were cloned. */
	if (setsid() < 0)
		return error_sys(err, "begin a session");
	return process_keyring(init->plan->process.keyring, err);
}

static int filter_hear(const struct init *init, struct process_filter *filter, struct error *err)
{
	size_t size, head = offsetof(struct process_filter, program);

	if (!init->plan->process.filtered)
		return 0;
	if (sync_hear_bytes(init->sync, SYNC_FILTER, filter, sizeof(*filter), &size, err) < 0)
		return -1;
	if (size < head || size != head + filter->length * sizeof(filter->program[0]))
		return error_set(err, RR_SYS_04, "the seccomp filter arrived cut");
	return 0;
}

/* PDEATHSIG does not outlive a change of ids, so it is set after the last (prctl(2)). A parent that
 * died before is noticed at the next word: it never comes. */
static int tie_to_parent(const struct init *init, struct error *err)
{
	if (init->die_with_parent && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return error_sys(err, "tie the container to rrun");
	return 0;
}

/* The parent had time to look at its signals while we worked. */
static int go_hear(struct init *init, struct error *err)
{
	size_t size;

	return sync_hear_bytes(init->sync, SYNC_GO, &init->ignored, sizeof(init->ignored), &size,
			       err);
}

/* A created container waits here for `start`. The first to connect has it; the socket is closed
 * before its word is heard, so that a second one is refused. Our report goes to that peer from now
 * on. */
static int start_wait(struct init *init, struct error *err)
{
	int peer;

	if (init->start < 0)
		return 0;
	close_fd(&init->sync);
	do
		peer = accept4(init->start, NULL, NULL, SOCK_CLOEXEC);
	while (peer < 0 && errno == EINTR);
	if (peer < 0)
		return error_sys(err, "wait for start");
	close_fd(&init->start);
	init->sync = peer;
	return sync_hear(peer, SYNC_GO, err);
}

static int setup(struct init *init, struct error *err)
{
	umask(0);
	process_prepare();
	for (size_t i = 0; i < count_of(stages); i++) {
		if (stages[i].run(init, err) < 0)
			return -1;
	}
	return 0;
}

static int go(struct init *init, struct error *err)
{
	static struct process_filter filter;
	const struct plan_process *process = &init->plan->process;
	const char *path;

	if (setup(init, err) < 0 || filter_hear(init, &filter, err) < 0 ||
	    process_become(process, init->groups_denied, &filter, err) < 0 ||
	    process_find(process, &path, err) < 0 || tie_to_parent(init, err) < 0 ||
	    sync_say(init->sync, SYNC_READY, err) < 0 || go_hear(init, err) < 0 ||
	    start_wait(init, err) < 0)
		return -1;
	return process_exec(process, path, &init->sync, &filter, init->ignored, err);
}

_Noreturn void init_main(struct init *init)
{
	struct error err = { 0 };

	init->root = init->dev = init->null = -1;
	go(init, &err);
	sync_fail(init->sync, &err);
	_exit(125);
}
