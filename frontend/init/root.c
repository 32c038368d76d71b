#include "frontend/init/stages.h"

#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/init/mountapi.h"
#include "frontend/init/target.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int root_failed(const struct plan *plan, struct error *err)
{
	error_sys(err, "make %s the root filesystem", plan->rootfs);
	return error_code(err, RR_FS_01);
}

/* True after: the root filesystem is a mount of its own, and init->root its descriptor.
 * A mount namespace owned by a new user namespace begins with every shared mount turned into a
 * slave (mount_namespaces(7)), so nothing done here reaches the host; no extra call is needed for
 * that. */
int stage_root(struct init *init, struct error *err)
{
	const struct plan *plan = init->plan;
	_cleanup_(close_fd) int place = -1, tree = -1;

	if (plan->private_propagation && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return root_failed(plan, err);
	place = open(plan->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (place < 0)
		return root_failed(plan, err);
	tree = mount_copy_fd(place, true);
	if (tree < 0 || mount_attach(tree, place) < 0)
		return root_failed(plan, err);
	init->root = take_fd(&tree);
	return 0;
}

int root_check(const struct init *init, struct error *err)
{
	return fchdir(init->root) < 0 ? root_failed(init->plan, err) : 0;
}

static int pivot_failed(struct error *err)
{
	int sys = errno;

	error_sys(err, "enter the new root");
	error_code(err, RR_FS_05);
	if (sys == EINVAL)
		return error_hint(err,
				  "where / is an initramfs, pivot_root cannot work: --no-pivot");
	return -1;
}

/* pivot_root(2), "pivot_root(".", ".")": the old root lands on top of the new one and is taken
 * off. */
static int pivot(struct error *err)
{
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return pivot_failed(err);
	if (umount2(".", MNT_DETACH) < 0)
		return pivot_failed(err);
	return chdir("/") < 0 ? pivot_failed(err) : 0;
}

/* chroot keeps the old mounts below: a proc or sysfs among them would let the container mount a
 * full one. They are covered first. gotchas.md 17. */
static int cover_old(struct error *err)
{
	static const char *const places[] = { "/proc", "/sys" };

	for (size_t i = 0; i < count_of(places); i++) {
		if (umount2(places[i], MNT_DETACH) == 0)
			continue;
		if (mount("none", places[i], "tmpfs", MS_RDONLY, "nr_blocks=1,nr_inodes=2") < 0)
			return pivot_failed(err);
	}
	return 0;
}

static int move_and_chroot(struct error *err)
{
	if (cover_old(err) < 0)
		return -1;
	if (mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0)
		return pivot_failed(err);
	return 0;
}

/* True after: / is the container's root and the host's is out of reach. */
int stage_pivot(struct init *init, struct error *err)
{
	const struct plan *plan = init->plan;

	if (fchdir(init->root) < 0)
		return pivot_failed(err);
	if (plan->no_pivot ? move_and_chroot(err) : pivot(err))
		return -1;
	if (plan->propagation && mount_propagation(init->root, plan->propagation) < 0)
		return pivot_failed(err);
	if (plan->root_readonly && mount_attributes(init->root, MOUNT_ATTR_RDONLY, 0, false) < 0)
		return pivot_failed(err);
	return 0;
}
