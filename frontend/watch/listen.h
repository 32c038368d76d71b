/* Socket activation and descriptors that the container is to keep.
 *
 * Promises: LISTEN_FDS counts only when LISTEN_PID names this process or is unset; the descriptors
 * 3 … 3+count-1 all exist, else RR_FD_01 names the first that does not.
 * Takes: the environment of rrun, and --preserve-fds N, which come after the activated ones.
 * Gives: how many descriptors from 3 on survive, and how many of them are LISTEN_FDS; their names.
 * Source: sd_listen_fds(3); reference cli-contract.md §11.5. */
#pragma once

#include "frontend/error.h"

#include <stdint.h>

struct listen_fds {
	uint32_t count;    /* 3 … 3+count-1 are kept open in the container */
	uint32_t activated; /* the first so many are LISTEN_FDS; 0: no LISTEN_ variable */
	const char *names; /* LISTEN_FDNAMES or null */
};

int listen_fds_read(uint32_t preserve, struct listen_fds *ret, struct error *err);
