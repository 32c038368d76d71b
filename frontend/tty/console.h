/* The console socket: the pty master goes to whoever manages the container's terminal.
 *
 * Promises: connects as the caller before any namespace is entered; paths longer than sun_path
 * work; one message with the name "/dev/ptmx" and exactly one descriptor.
 * Takes: a path relative to the caller's working directory; the master to send.
 * Fails: RR_TTY_02 naming the path; console_send also when the peer has closed (no SIGPIPE).
 * Source: reference cli-contract.md §11.2; unix(7). */
#pragma once

#include "frontend/error.h"

int console_connect(const char *path, int *ret, struct error *err);
int console_send(int socket, int master, struct error *err);
