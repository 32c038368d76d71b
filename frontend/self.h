/* rrun's own file, out of a container's reach.
 *
 * Promises: afterwards nobody in a container can write the file that this process runs. Either it
 * belongs to an id that no container has, or the process runs from a sealed copy in memory: then
 * self_protect has replaced the program by itself, and main begins anew.
 * Takes: the whole argument vector. Gives: nothing; environment and descriptors stay as they are.
 * Fails: where /proc is missing, or the machine runs nothing from a memfd (vm.memfd_noexec=2).
 * Source: CVE-2019-5736; security.md R-4; design.md §8, "re-exec"; memfd_create(2), "File
 * sealing". */
#pragma once

#include "frontend/error.h"

int self_protect(char *const *argv, struct error *err);
