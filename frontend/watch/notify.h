/* sd_notify between the container and the service manager that started rrun.
 *
 * Promises: from the container's datagrams only READY=1, STATUS=, RELOADING=1 (with
 * MONOTONIC_USEC=) and STOPPING=1 lines are passed on, wherever they stand in the datagram;
 * BARRIER=1 is answered by closing its descriptor after what came before was passed on; every other
 * line and every other descriptor is dropped. READY goes out together with MAINPID. The container
 * sees a socket at /run/notify/notify.sock in a directory that rrun binds read-only.
 * Takes: the value of NOTIFY_SOCKET (a path, or '@' and an abstract name); the container's state
 * directory.
 * Gives: struct notify with the descriptor to poll; main_pid is the caller's to set, before
 * notify_pass.
 * Fails: RR_STA_01. A manager that is gone is no error.
 * Source: sd_notify(3), systemd.service(5); reference users-and-callers.md §3.8. */
#pragma once

#include "frontend/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct notify {
	int socket;     /* the container's end: poll for POLLIN */
	int manager;    /* connected datagram socket to NOTIFY_SOCKET */
	pid_t main_pid; /* for READY: init when rrun will leave, else rrun */
};

/* Bind DIR/notify/notify.sock (0777 below a 0755 directory) and connect to the manager. */
int notify_open(int dir, const char *notify_socket, struct notify *ret, struct error *err);
/* Read and pass on one datagram. Returns 1 when it was READY, 0 otherwise. Where READY names
 * another process than this one, rrun is about to leave: then it waits (at most 30 s) until the
 * manager has read it, since that looks up the sender by its pid. */
int notify_pass(struct notify *notify);
void notify_close(struct notify *notify);

#define NOTIFY_BYTES 4096

struct notify_lines {
	char text[NOTIFY_BYTES + 32]; /* to be passed on, NUL-terminated */
	size_t length;
	bool ready, matters; /* it says READY; it says more than a STATUS that can be lost */
};

/* Keep the lines of TEXT that may be passed on. */
void notify_filter(const char *text, size_t length, pid_t main_pid, struct notify_lines *ret);
