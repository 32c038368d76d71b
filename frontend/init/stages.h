/* The stages of init.c's table, a family a file. Each returns 0, or -1 with the error. */
#pragma once

#include "frontend/init/init.h"

int stage_loopback(struct init *init, struct error *err);    /* net.c */
int stage_sources(struct init *init, struct error *err);     /* sources.c */
int stage_identity(struct init *init, struct error *err);    /* identity.c */
int stage_names(struct init *init, struct error *err);       /* identity.c */
int stage_session(struct init *init, struct error *err);     /* identity.c */
int stage_root(struct init *init, struct error *err);        /* root.c */
int descriptors_restore(const struct init *init, struct error *err); /* sources.c */
int root_check(const struct init *init, struct error *err);  /* root.c: may we be in it? */
int stage_mounts(struct init *init, struct error *err);      /* mounts.c */
int stage_devices(struct init *init, struct error *err);     /* devices.c */
int stage_terminal(struct init *init, struct error *err);    /* console.c */
int stage_paths(struct init *init, struct error *err);       /* masks.c */
int stage_seal(struct init *init, struct error *err);        /* mounts.c */
int stage_pivot(struct init *init, struct error *err);       /* root.c */
