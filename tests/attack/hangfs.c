/* hangfs DIR|FILE SECONDS: a file system on FILE or DIR whose server does not answer a flush once
 * FILE.stop exists: close(2) then waits until the server ends. Prints "mounted". Root only; the
 * mount is that of its own mount namespace. Source: fuse(4); linux/fuse.h. */
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int device;
static char stop[4096];

static void answer(uint64_t unique, int error, const void *data, size_t size)
{
	struct fuse_out_header header = { (uint32_t)(sizeof(header) + size), error, unique };
	struct iovec parts[2] = { { &header, sizeof(header) }, { (void *)(uintptr_t)data, size } };

	if (writev(device, parts, size ? 2 : 1) < 0)
		perror("hangfs: answer");
}

static void serve(const struct fuse_in_header *in, mode_t mode)
{
	struct fuse_init_out init = { .major = 7, .minor = 31, .max_write = 4096 };
	struct fuse_attr_out attr = { .attr = { .ino = 1, .mode = mode, .nlink = 1 } };
	struct fuse_open_out open_out = { .fh = 1 };
	struct fuse_statfs_out statfs_out = { .st = { .bsize = 4096 } };

	switch (in->opcode) {
	case FUSE_INIT:
		answer(in->unique, 0, &init, sizeof(init));
		break;
	case FUSE_GETATTR:
		answer(in->unique, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		answer(in->unique, 0, &open_out, sizeof(open_out));
		break;
	case FUSE_STATFS:
		answer(in->unique, 0, &statfs_out, sizeof(statfs_out));
		break;
	case FUSE_FORGET:
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
		break;
	case FUSE_ACCESS:
		answer(in->unique, 0, NULL, 0);
		break;
	case FUSE_FLUSH:
		if (access(stop, F_OK) != 0)
			answer(in->unique, 0, NULL, 0);
		break;
	default:
		answer(in->unique, -38, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	static char buffer[1 << 17];
	char options[128];
	struct stat info;
	int seconds = argc == 3 ? atoi(argv[2]) : 0;

	device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (argc != 3 || device < 0 || stat(argv[1], &info) != 0)
		return 2;
	snprintf(stop, sizeof(stop), "%s.stop", argv[1]);
	info.st_mode = (info.st_mode & S_IFMT) | 0755;
	snprintf(options, sizeof(options), "fd=%d,rootmode=%o,user_id=0,group_id=0,allow_other",
		 device, info.st_mode);
	if (mount("hangfs", argv[1], "fuse", MS_NOSUID | MS_NODEV, options) != 0) {
		perror("hangfs: mount");
		return 2;
	}
	puts("mounted");
	fflush(stdout);
	for (long end = seconds * 100L; end > 0; end--) {
		struct pollfd wait = { .fd = device, .events = POLLIN };

		if (poll(&wait, 1, 10) > 0 && read(device, buffer, sizeof(buffer)) > 0)
			serve((void *)buffer, info.st_mode);
	}
	return 0;
}
