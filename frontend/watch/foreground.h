/* The parent of a container in the foreground: signals in, terminal both ways, status out.
 *
 * Promises: every catchable signal but SIGCHLD, SIGWINCH, SIGPIPE, SIGTTIN/SIGTTOU that rrun gets
 * is sent on to the program through its pidfd; SIGWINCH resizes; the last output is drained before
 * the end; orphans that come to rrun as subreaper are reaped; the terminal is restored on every way
 * out.
 * Takes: signals_block's descriptor made before the child (so that no signal is lost).
 * Gives: the exit status as a shell has it: the program's, or 128+N for a signal.
 * Source: signalfd(2), pidfd_send_signal(2), waitid(2), signal(7); reference cli-contract.md
 * §12. */
#pragma once

#include "frontend/error.h"
#include "frontend/tty/terminal.h"

#include <signal.h>
#include <sys/types.h>

struct notify;

struct foreground {
	pid_t pid;
	int pidfd;
	int signals;                /* signalfd of signals_block, or -1: forward nothing */
	int master;                 /* pty master, or -1: stdio was passed as it is */
	struct terminal *terminal;  /* with a master: the caller's terminal */
	struct notify *notify;      /* null: no NOTIFY_SOCKET */
};

/* Blocks all signals that are to be forwarded; *ret_old is what the child must restore. A hangup or
 * a keyboard signal that the caller had set to be ignored (nohup, a shell's background job) stays
 * so. */
int signals_block(sigset_t *ret_old, int *ret_signalfd, struct error *err);
/* Wait until CHANNEL can be heard; SIGNALS is signals_block's descriptor, -1: there is nothing to
 * wait for. Fails when a hangup, a keyboard signal or SIGTERM comes first: what is being made may
 * be stopped, or hang, and could not be waited for without end. */
int signals_await(int signals, int channel, struct error *err);
int foreground_wait(const struct foreground *foreground, int *ret_status, struct error *err);

/* si_code and si_status of waitid(2) as a shell has them. */
int foreground_status(int code, int status);
