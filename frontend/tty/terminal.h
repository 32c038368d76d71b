/* The caller's terminal, while a container in the foreground uses it.
 *
 * Promises: terminal_raw saves the settings that terminal_restore puts back; restore can be called
 * on every way out, and twice.
 * Takes: nothing; finds a terminal among descriptors 2, 1, 0, else /dev/tty.
 * Gives: struct terminal with fd -1 where there is none.
 * Fails: RR_TTY_03 when a terminal is there and refuses.
 * Source: termios(3), ioctl_tty(2); reference cli-contract.md §12. */
#pragma once

#include "frontend/error.h"

#include <stdbool.h>
#include <termios.h>

struct terminal {
	int fd;     /* -1: the caller has no terminal */
	bool ours;  /* fd was opened here */
	bool saved;
	struct termios settings;
};

int terminal_find(struct terminal *ret, struct error *err);
int terminal_raw(struct terminal *terminal, struct error *err);
void terminal_restore(struct terminal *terminal);

/* Copy the window size of TERMINAL to MASTER. Best effort. */
void terminal_resize(const struct terminal *terminal, int master);
