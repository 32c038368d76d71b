/* What the files of this room say to each other. */
#pragma once

#include "frontend/cgroup/cgroup.h"
#include "frontend/cgroup/here.h"

#define CGROUP_MOUNT   "/sys/fs/cgroup"
#define CGROUP_UNIFIED "/sys/fs/cgroup/unified"
#define CGROUP2_MAGIC  0x63677270 /* of linux/magic.h */
#define CGROUP_SELF    "rrun-self" /* where rrun goes when it stands where controllers must be on */

/* The real root of all cgroups, which alone may hold processes and enable controllers. */
bool is_real_root(int dir);
bool is_cgroup2(int dir);

/* Of the processes of DIR itself: there is none; there is the caller and no other. */
bool holds_none(int dir);
bool holds_only_us(int dir);

/* The path of DIR, for messages. */
void dir_name(int dir, char *buffer, size_t size);
/* RR_CGR_06 from errno: "STEP FILE of DIR's path", and who could do it. */
int file_refused(struct error *err, const char *step, const char *file, int dir);

/* INTO for DIR and all below it; AFTER, which may be null, for each cgroup below when what is below
 * that is done. -1 and errno: one of them said so, or the tree is too deep. What goes away
 * meanwhile is passed over. */
int tree_walk(int dir, int (*into)(int dir, void *data),
	      int (*after)(int dir, const char *name, void *data), void *data);

/* Take CGROUP_SELF away again, where it stands beside a cgroup that was PATH's way down. Rrun goes
 * back to where it was if it is in it, and nothing else needs the controllers. */
void self_return(const char *path);

/* The controllers that stand in FILE, "cgroup.controllers" or "cgroup.subtree_control". */
uint32_t controllers_read(int dir, const char *file);
/* The same, from TEXT. */
uint32_t controllers_parse(const char *text);
const char *controller_name(uint32_t controller);
/* Every controller off for those below DIR. */
void controllers_drop(int dir);

/* here_read for the cgroup PATH below MOUNT, as /proc/self/cgroup has it. */
void here_look(struct arena *arena, const char *mount, const char *path, struct here *ret);
/* Of a whole /proc/self/cgroup: the path of its line "0::", null when there is none. */
const char *here_path(struct arena *arena, const char *text);
/* The path down to the last component that is a batch system's, null when there is none. */
const char *here_job(struct arena *arena, const char *path);
/* "0-3,8" into WORDS words of bits, without what does not fit; false when it is no such list. */
bool here_bits(const char *text, uint64_t *ret, size_t words);
/* "QUOTA PERIOD" as a quota for a period of 100000. */
bool here_quota(const char *text, uint64_t *ret);
