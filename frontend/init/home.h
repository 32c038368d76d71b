/* The home directory of a user, from the /etc/passwd of the container.
 *
 * Promises: the file is the image's and believed in nothing: opened in-root without blocking, read
 * only if regular and at most 1 MiB, parsed here (no NSS); anything odd gives "/".
 * Takes: the uid inside. Gives: "HOME=/path" in BUFFER.
 * Fails: never.
 * Source: passwd(5); security.md R-33, gotchas.md 59. */
#pragma once

#include <stddef.h>
#include <stdint.h>

void home_find(uint32_t uid, char *buffer, size_t size);
