/* What run.c, start.c and exec.c share. Private to them. */
#pragma once

#include "frontend/arena.h"
#include "frontend/error.h"
#include "frontend/spec/spec.h"
#include "frontend/state/state.h"
#include "frontend/watch/foreground.h"
#include "frontend/watch/listen.h"
#include "frontend/watch/notify.h"

/* BUNDLE's absolute path and the bytes of its config.json. Fails with RR_CFG_01. */
int bundle_open(struct arena *arena, const char *bundle, const char **ret_path,
		const char **ret_config, size_t *ret_length, struct error *err);

/* The caller's hard limits of the resources that the process wants limited, UINT64_MAX
 * elsewhere. */
void hard_limits_read(const struct spec_process *process, uint64_t *limits);

/* Compile the profile and send it as SYNC_FILTER; nothing where there is none. */
int filter_send(struct arena *arena, const struct spec_seccomp *profile, int sync,
		struct error *err);

/* The signals that this process was started with ignored, bit N-1 for signal N. */
uint64_t signals_ignored(void);

/* DIR/start.sock, where a created container waits. */
int start_socket_listen(int dir, int *ret, struct error *err);

/* Make DIR/notify and give its absolute path. */
int notify_prepare(struct arena *arena, int dir, const char **ret_path, struct error *err);
/* Pass on datagrams until READY went out or the process is gone. */
void notify_until_ready(struct notify *notify, int pidfd);
