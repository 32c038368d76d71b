/* The files of a cgroup: small texts, read and written whole.
 *
 * Promises: a read gives NUL-terminated text of at most SIZE - 1 bytes, a write is one write(2).
 * Nothing is created and no link is followed.
 * Takes: DIR, a directory of cgroup v2; NAME, a file in it.
 * Fails: file_read, file_write: -1 and errno. The others answer what stands for absent.
 * Source: cgroups(7); kernel doc cgroup-v2.rst, "Interface Files". */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int file_read(int dir, const char *name, char *buffer, size_t size);
int file_write(int dir, const char *name, const char *text);

/* The number that TEXT begins with; "max" is UINT64_MAX. False: neither. */
bool file_parse(const char *text, uint64_t *ret);
/* The value of the line "KEY VALUE" in TEXT. False: no such line. */
bool file_pair(const char *text, const char *key, uint64_t *ret);

/* The same out of a file. False: it is not there, or has no such value. */
bool file_number(int dir, const char *name, uint64_t *ret);
bool file_value(int dir, const char *name, const char *key, uint64_t *ret);
