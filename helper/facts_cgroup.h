/* What is so in the cgroup tree: where the caller is, what each cgroup above holds, which of the
 * caller's containers a request means.
 *
 * Promises: gathers, decides nothing. Works from the verified root of the tree, by names that the
 * kernel or this program made; no number or name of the client's leads anywhere but to a comparison
 * with an inode.
 * Takes: the caller's own place, from the helper's own /proc/self/cgroup, as exec left it. Gives:
 * the facts, and descriptors for whom acts.
 * Fails: by leaving the values that judge refuses.
 * Source: reference security.md C-1 to C-7, C-14; cgroup-userns.md §1.3, §1.4; bpf(2),
 * BPF_PROG_QUERY; cgroups(7). */
#pragma once

#include "policy/judge.h"

#define CGROUP_NAME 64

/* Directories; 0 or -1: there is none. */
struct tree {
	int root;
	int place[PLACES];
	int top; /* of the request's cgroup */
	char name[CGROUP_NAME];
};

void facts_cgroup(int proc, int dir, const struct wire_request *request, struct facts *facts,
		  struct tree *tree);

/* The cgroup of the process behind DIR, a directory of procfs; null: it is gone. */
struct text cgroup_of(int dir, char *data, size_t size);

/* Call EACH for every entry of DIR until it answers false; false if it cannot be read. */
bool cgroup_list(int dir,
		 bool (*each)(void *data, const char *name, uint64_t inode, bool directory),
		 void *data);

/* Is it the name of a `top` of the user's in that place? "rrun-UID-" and, in the slice only, 16
 * digits. */
bool cgroup_is_tops_name(enum cgroup_place place, uint32_t uid, const char *name);
/* The part before those digits. */
void cgroup_put_prefix(struct pen *pen, enum cgroup_place place, uint32_t uid);
