/* The container's own terminal, made inside the container.
 *
 * Promises: the pty comes from the container's devpts, checked to be one (magic, not a path that
 * the image chose); the slave is opened by TIOCGPTPEER, never by name; ONLCR is off.
 * Takes: DEV, an O_PATH descriptor of the container's /dev; rows and columns, 0 for "leave".
 * Gives: *ret_master and *ret_slave, close-on-exec.
 * Fails: RR_TTY_03.
 * Source: pts(4), ioctl_tty(2); security.md R-17; gotchas.md 6, 116 to 120. */
#pragma once

#include "frontend/error.h"

#include <stdint.h>

int pty_open(int dev, uint32_t rows, uint32_t columns, int *ret_master, int *ret_slave,
	     struct error *err);

/* setsid, make SLAVE the controlling terminal and descriptors 0, 1, 2. Closes SLAVE. */
int pty_enter(int slave, struct error *err);
