#include "frontend/init/stages.h"

#include "frontend/codes.h"
#include "frontend/fd.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* True after: the container's own network namespace has lo up. netdevice(7). */
int stage_loopback(struct init *init, struct error *err)
{
	_cleanup_(close_fd) int fd = -1;
	struct ifreq request = { .ifr_name = "lo" };

	if (!init->plan->loopback)
		return 0;
	request.ifr_flags = IFF_UP;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0) {
		error_sys(err, "bring up lo");
		return error_code(err, RR_NS_02);
	}
	return 0;
}
