#include "frontend/plan/filter_parts.h"

#define SOCKETCALL 102
#define IPC 117

/* libseccomp's pseudo numbers: -100 - N is call N of socketcall (linux/net.h), -200 - N call N
 * of ipc (linux/ipc.h). What stands here is the number of the direct call (asm/unistd_32.h). */
static const uint16_t socket_direct[] = {
	[1] = 359,  /* socket */
	[2] = 361,  /* bind */
	[3] = 362,  /* connect */
	[4] = 363,  /* listen */
	[5] = 0,    /* accept */
	[6] = 367,  /* getsockname */
	[7] = 368,  /* getpeername */
	[8] = 360,  /* socketpair */
	[9] = 0,    /* send */
	[10] = 0,   /* recv */
	[11] = 369, /* sendto */
	[12] = 371, /* recvfrom */
	[13] = 373, /* shutdown */
	[14] = 366, /* setsockopt */
	[15] = 365, /* getsockopt */
	[16] = 370, /* sendmsg */
	[17] = 372, /* recvmsg */
	[18] = 364, /* accept4 */
	[19] = 337, /* recvmmsg */
	[20] = 345, /* sendmmsg */
};

static const uint16_t ipc_direct[] = {
	[1] = 0,    /* semop */
	[2] = 393,  /* semget */
	[3] = 394,  /* semctl */
	[4] = 0,    /* semtimedop */
	[11] = 400, /* msgsnd */
	[12] = 401, /* msgrcv */
	[13] = 399, /* msgget */
	[14] = 402, /* msgctl */
	[21] = 397, /* shmat */
	[22] = 398, /* shmdt */
	[23] = 395, /* shmget */
	[24] = 396, /* shmctl */
};

bool filter_x86_multiplexed(int pseudo, uint32_t *ret_number, uint32_t *ret_select,
			    uint32_t *ret_direct)
{
	uint32_t family = (uint32_t)-pseudo / 100, select = (uint32_t)-pseudo % 100;

	if (family == 1 && select >= 1 && select < count_of(socket_direct)) {
		*ret_number = SOCKETCALL;
		*ret_direct = socket_direct[select];
	} else if (family == 2 && select >= 1 && select < count_of(ipc_direct)) {
		*ret_number = IPC;
		*ret_direct = ipc_direct[select];
	} else {
		return false;
	}
	*ret_select = select;
	return true;
}
