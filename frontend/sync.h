/* The words between the parent and the child that becomes the container.
 *
 * Promises: one datagram a word, in the order below; an error record travels instead of the next
 * word and ends the story; EOF from the child after SYNC_GO means that the program runs.
 * Channel: an AF_UNIX SOCK_SEQPACKET socketpair, close-on-exec at both ends.
 *
 *     child                           parent
 *                       ◂──────────   SYNC_MAPPED   the maps are written, or the child's to write
 *                       ◂──────────   SYNC_FILTER   with the seccomp program, if there is one
 *     SYNC_MASTER (fd)  ──────────▸   the pty master, if there is a terminal
 *     SYNC_READY        ──────────▸   set up; state and pid file are written now
 *                       ◂──────────   SYNC_GO       run (at once, or wait for `start`)
 *     EOF or an error   ──────────▸
 *
 * exec has one word more at the beginning: SYNC_BORN, with the pid of the process that it made in
 * the container, from the process between; SYNC_MAPPED answers it, and only then does the new one
 * speak.
 *
 * Takes: descriptors owned by the caller. Gives: what was said.
 * Fails: RR_SYS_04 when the other end is gone; the child's own record when it sent one.
 * Source: unix(7), cmsg(3). */
#pragma once

#include "frontend/error.h"

#include <stddef.h>
#include <stdint.h>

enum sync_word {
	SYNC_ERROR = 1,
	SYNC_BORN,
	SYNC_MAPPED,
	SYNC_FILTER,
	SYNC_MASTER,
	SYNC_READY,
	SYNC_GO,
};

int sync_pair(int *ret_parent, int *ret_child, struct error *err);
int sync_say(int socket, enum sync_word word, struct error *err);
int sync_say_fd(int socket, enum sync_word word, int fd, struct error *err);
int sync_say_bytes(int socket, enum sync_word word, const void *data, size_t size,
		   struct error *err);

/* Tell the other end why it ends here. Best effort. */
void sync_fail(int socket, const struct error *err);

/* Wait for WORD and nothing else. */
int sync_hear(int socket, enum sync_word word, struct error *err);
int sync_hear_fd(int socket, enum sync_word word, int *ret_fd, struct error *err);
/* At most SIZE bytes into DATA; *ret_size is what came. */
int sync_hear_bytes(int socket, enum sync_word word, void *data, size_t size, size_t *ret_size,
		    struct error *err);
/* 0 at EOF; -1 with the record that came, or RR_SYS_04 for any other word. */
int sync_hear_end(int socket, struct error *err);
