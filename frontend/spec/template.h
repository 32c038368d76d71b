/* The config.json that `rrun spec` writes.
 *
 * Promises: it runs as it stands for the caller that it was made for: a rootless one gets a user
 * namespace with explicit mappings.
 * Takes: the mappings in the order they should stand, none for the template of a root caller.
 * Gives: text with tab indentation and a newline at its end.
 * Fails: never (memory excepted).
 * Source: OCI runtime specification; runc's `spec` for which mounts and masks users expect. */
#pragma once

#include "frontend/spec/spec.h"

const char *template_config(struct arena *arena, const struct spec_mapping *uids, size_t uid_count,
			    const struct spec_mapping *gids, size_t gid_count);
