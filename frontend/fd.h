/* File descriptors as owned values.
 *
 * Promises: close_fd closes what its variable holds, once, and leaves errno as it was; take_fd
 * hands the descriptor on and leaves -1 behind, so that exactly one scope closes it.
 * Takes: pointers to an int that holds a descriptor or -1.
 * Fails: never. */
#pragma once

void close_fd(int *fd);
int take_fd(int *fd);
