#include "frontend/watch/foreground.h"

#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/watch/flow.h"
#include "frontend/watch/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* A terminal that nobody holds open reports a hangup for as long as that lasts: look again
 * later. */
#define HUNG_UP_MS 100

/* After a signal that ends programs a reader gets so long to take some of what is left. */
#define LEAVE_MS 1000

/* What a program may leave behind when it ends: more comes from others who write without end. */
#define DRAIN_BYTES ((size_t)256 * 1024)

static const int endings[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

static bool is_ignored(int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

/* The kernel keeps blocked signals even if they are ignored, so an ignored one must not be
 * blocked. */
static void forwarded(sigset_t *ret)
{
	static const int keyboard[] = { SIGHUP, SIGINT, SIGQUIT };

	sigfillset(ret);
	/* A job that reads from or writes to a terminal that is not its own is to stop. */
	sigdelset(ret, SIGTTIN);
	sigdelset(ret, SIGTTOU);
	for (size_t i = 0; i < count_of(keyboard); i++)
		if (is_ignored(keyboard[i]))
			sigdelset(ret, keyboard[i]);
}

int signals_block(sigset_t *ret_old, int *ret_signalfd, struct error *err)
{
	const struct sigaction plain = { .sa_handler = SIG_DFL };
	_cleanup_(close_fd) int fd = -1;
	sigset_t set, old;

	/* Ignored by the caller, it would take the exit status away before it could be read.
	 * wait(2), NOTES. */
	if (sigaction(SIGCHLD, &plain, NULL) < 0)
		return error_sys(err, "reset SIGCHLD");
	forwarded(&set);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0 || sigprocmask(SIG_BLOCK, &set, &old) < 0)
		return error_sys(err, "take signals");
	*ret_old = old;
	*ret_signalfd = take_fd(&fd);
	return 0;
}

static int interrupted(int signals, struct error *err)
{
	struct signalfd_siginfo info = { 0 };

	if (read(signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return error_sys(err, "read a signal");
	error_set(err, RR_SYS_04, "wait for the process in the container");
	return error_why(err, "signal %u came first", info.ssi_signo);
}

int signals_await(int signals, int channel, struct error *err)
{
	_cleanup_(close_fd) int ending = -1;
	struct pollfd slots[] = { { .fd = channel, .events = POLLIN }, { .events = POLLIN } };
	sigset_t set;

	if (signals < 0)
		return 0;
	sigemptyset(&set);
	for (size_t i = 0; i < count_of(endings); i++)
		sigaddset(&set, endings[i]);
	ending = slots[1].fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (ending < 0)
		return error_sys(err, "take signals");
	while (poll(slots, count_of(slots), -1) < 0)
		if (errno != EINTR)
			return error_sys(err, "wait for the process in the container");
	return slots[0].revents ? 0 : interrupted(ending, err);
}

int foreground_status(int code, int status)
{
	return code == CLD_EXITED ? status & 0xff : 128 + status;
}

struct watch {
	const struct foreground *foreground;
	struct flow in, out; /* the caller's to the container's terminal, and back */
	struct flow_end in_end, out_end;
	bool hung_up; /* nobody in the container has its terminal open */
	bool leave;   /* a signal came that ends programs */
	bool ended;
	int status;
};

static int take_status(struct watch *watch, struct error *err)
{
	siginfo_t info = { 0 };

	if (TEMP_FAILURE_RETRY(waitid(P_PIDFD, (id_t)watch->foreground->pidfd, &info, WEXITED)) < 0)
		return error_sys(err, "wait for the container's process");
	watch->ended = true;
	watch->status = foreground_status(info.si_code, info.si_status);
	return 0;
}

/* Looked at first and taken then, so that the status of the one we wait for is not lost here. */
static void reap_orphans(const struct watch *watch)
{
	siginfo_t info = { 0 };

	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0 &&
	       info.si_pid != watch->foreground->pid) {
		waitid(P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG);
		info.si_pid = 0;
	}
}

static void resized(const struct watch *watch)
{
	const struct foreground *foreground = watch->foreground;

	if (foreground->terminal && foreground->master >= 0)
		terminal_resize(foreground->terminal, foreground->master);
}

/* Whoever stopped us has had the terminal to itself since. */
static void continued(const struct watch *watch)
{
	const struct foreground *foreground = watch->foreground;
	struct error ignored;

	if (foreground->terminal && foreground->terminal->saved)
		terminal_raw(foreground->terminal, &ignored);
	resized(watch);
}

static void signal_came(struct watch *watch, int number)
{
	switch (number) {
	case SIGCHLD:
		reap_orphans(watch);
		return;
	case SIGWINCH:
		resized(watch);
		return;
	case SIGPIPE:
		return;
	case SIGCONT:
		continued(watch);
		break;
	case SIGHUP:
	case SIGINT:
	case SIGQUIT:
	case SIGTERM:
		watch->leave = true;
		break;
	default:
		break;
	}
	/* One that has ended takes no signals; nothing is to be done about that. */
	if (!watch->ended)
		pidfd_send_signal(watch->foreground->pidfd, number, NULL, 0);
}

static void signals_read(struct watch *watch)
{
	struct signalfd_siginfo infos[8];
	ssize_t got;

	if (watch->foreground->signals < 0)
		return;
	got = TEMP_FAILURE_RETRY(read(watch->foreground->signals, infos, sizeof(infos)));
	for (size_t i = 0; got > 0 && i < (size_t)got / sizeof(infos[0]); i++)
		signal_came(watch, (int)infos[i].ssi_signo);
}

enum slot { ON_SIGNAL, ON_END, ON_NOTIFY, ON_INPUT, ON_MASTER, ON_OUTPUT, SLOTS };

/* poll(2) passes over a slot with a negative descriptor; the master has one for both its
 * directions. */
static void slots_fill(const struct watch *watch, struct pollfd *slots)
{
	const struct foreground *foreground = watch->foreground;
	const struct flow *in = &watch->in, *out = &watch->out;
	short master = 0;

	for (size_t i = 0; i < SLOTS; i++)
		slots[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	slots[ON_SIGNAL].fd = foreground->signals;
	slots[ON_END].fd = foreground->pidfd;
	if (foreground->notify)
		slots[ON_NOTIFY].fd = foreground->notify->socket;
	if (foreground->master < 0)
		return;

	if (!flow_waiting(in))
		slots[ON_INPUT].fd = in->from;
	if (flow_waiting(in))
		master |= POLLOUT;
	if (!flow_waiting(out))
		master |= POLLIN;
	if (master && !watch->hung_up)
		slots[ON_MASTER] = (struct pollfd){ .fd = foreground->master, .events = master };
	if (flow_waiting(out))
		slots[ON_OUTPUT] = (struct pollfd){ .fd = out->to, .events = POLLOUT };
}

/* The end of the caller's input means nothing to a terminal. */
static void input_read(struct watch *watch)
{
	if (flow_fill(&watch->in) == FLOW_OVER)
		watch->in.from = -1;
	flow_pour(&watch->in);
}

static void master_ready(struct watch *watch, short events)
{
	if (events & POLLOUT)
		flow_pour(&watch->in);
	watch->hung_up = events & POLLHUP;
	if (events & (POLLIN | POLLHUP | POLLERR) && !flow_waiting(&watch->out)) {
		watch->hung_up = flow_fill(&watch->out) == FLOW_OVER;
		flow_pour(&watch->out);
	}
}

static void terminal_ready(struct watch *watch, const struct pollfd *slots)
{
	if (slots[ON_INPUT].revents)
		input_read(watch);
	if (slots[ON_MASTER].revents)
		master_ready(watch, slots[ON_MASTER].revents);
	if (slots[ON_OUTPUT].revents)
		flow_pour(&watch->out);
}

static int turn(struct watch *watch, struct error *err)
{
	struct pollfd slots[SLOTS];
	int count;

	slots_fill(watch, slots);
	count = poll(slots, SLOTS, watch->hung_up ? HUNG_UP_MS : -1);
	if (count < 0)
		return errno == EINTR ? 0 : error_sys(err, "wait for events");
	if (count == 0)
		watch->hung_up = false;
	if (slots[ON_SIGNAL].revents)
		signals_read(watch);
	if (slots[ON_NOTIFY].revents)
		notify_pass(watch->foreground->notify);
	terminal_ready(watch, slots);
	return slots[ON_END].revents ? take_status(watch, err) : 0;
}

/* Until the output has room again. False when a signal asked for the end and nobody takes it any
 * more. */
static bool wait_for_room(struct watch *watch)
{
	struct pollfd slots[] = {
		{ .fd = watch->foreground->signals, .events = POLLIN },
		{ .fd = watch->out.to, .events = POLLOUT },
	};
	int count = poll(slots, count_of(slots), watch->leave ? LEAVE_MS : -1);

	if (count <= 0)
		return count < 0 && errno == EINTR;
	if (slots[0].revents)
		signals_read(watch);
	if (slots[1].revents)
		flow_pour(&watch->out);
	return true;
}

static void drain(struct watch *watch)
{
	struct flow *out = &watch->out;
	size_t left = DRAIN_BYTES;

	for (;;) {
		while (flow_waiting(out))
			if (!wait_for_room(watch))
				return;
		if (!left || flow_fill(out) != FLOW_DATA)
			return;
		left -= left < out->end ? left : out->end;
		flow_pour(out);
	}
}

/* What the container said last may still lie in its socket. */
static void drain_notify(struct notify *notify)
{
	struct pollfd slot = { .fd = notify->socket, .events = POLLIN };

	for (int count = 0; count < 64 && poll(&slot, 1, 0) == 1; count++)
		notify_pass(notify);
}

static int watch_begin(struct watch *watch, struct error *err)
{
	const struct foreground *foreground = watch->foreground;
	int flags;

	watch->in_end.own = watch->out_end.own = -1;
	watch->in_end.changed = watch->out_end.changed = -1;
	if (foreground->master < 0)
		return 0;
	if (foreground->terminal && !foreground->terminal->saved &&
	    terminal_raw(foreground->terminal, err) < 0)
		return -1;
	flags = fcntl(foreground->master, F_GETFL);
	if (flags < 0 || fcntl(foreground->master, F_SETFL, flags | O_NONBLOCK) < 0)
		return error_sys(err, "set up the terminal");
	flow_end_open(STDIN_FILENO, O_RDONLY, &watch->in_end);
	flow_end_open(STDOUT_FILENO, O_WRONLY, &watch->out_end);
	watch->in.from = watch->in_end.fd;
	watch->in.to = watch->out.from = foreground->master;
	watch->out.to = watch->out_end.fd;
	return 0;
}

static int watch_all(struct watch *watch, struct error *err)
{
	if (watch_begin(watch, err) < 0)
		return -1;
	while (!watch->ended)
		if (turn(watch, err) < 0)
			return -1;
	if (watch->foreground->master >= 0)
		drain(watch);
	if (watch->foreground->notify)
		drain_notify(watch->foreground->notify);
	reap_orphans(watch);
	return 0;
}

int foreground_wait(const struct foreground *foreground, int *ret_status, struct error *err)
{
	struct watch watch = { .foreground = foreground };
	int done = watch_all(&watch, err);

	/* In the reverse order: where both share one open file, the first has its original
	 * flags. */
	flow_end_close(&watch.out_end);
	flow_end_close(&watch.in_end);
	if (foreground->terminal)
		terminal_restore(foreground->terminal);
	if (done == 0)
		*ret_status = watch.status;
	return done;
}
