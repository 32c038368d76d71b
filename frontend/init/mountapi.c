#include "frontend/init/mountapi.h"

#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

int mount_copy(int dir, const char *path, bool recursive)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0);

	return (int)syscall(SYS_open_tree, dir, path, flags);
}

int mount_copy_fd(int fd, bool recursive)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH |
			 (recursive ? AT_RECURSIVE : 0);

	return (int)syscall(SYS_open_tree, fd, "", flags);
}

int mount_attach(int tree, int target)
{
	return (int)syscall(SYS_move_mount, tree, "", target, "",
			    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

int mount_attributes(int tree, uint64_t set, uint64_t clear, bool recursive)
{
	struct mount_attr attr = { .attr_set = set, .attr_clr = clear };

	return (int)syscall(SYS_mount_setattr, tree, "",
			    AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr, sizeof(attr));
}

int mount_propagation(int tree, unsigned long flags)
{
	struct mount_attr attr = { .propagation = flags & ~(unsigned long)MS_REC };

	return (int)syscall(SYS_mount_setattr, tree, "",
			    AT_EMPTY_PATH | (flags & MS_REC ? AT_RECURSIVE : 0), &attr,
			    sizeof(attr));
}
