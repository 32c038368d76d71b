/* probe WHAT [ARGUMENT…]: what busybox cannot say from inside a container. Static.
 *
 *   fds                 numbers of the open descriptors, in one line
 *   keyring             "NAME" of the session keyring, or "error N"
 *   tty                 terminal, size, controlling one, ONLCR, name
 *   signals N…          catch these, print "ready" and then each that comes; the last one ends it
 *   all-signals         the same for every catchable signal; 15 twice ends it
 *   exit N              exit status N
 *   die N               end by signal N
 *   notify TEXT…        one datagram each to $NOTIFY_SOCKET ("\n" in TEXT is a newline);
 *                       "@barrier" sends BARRIER=1 with a descriptor and waits until it is closed
 *   mkdir PATH          "ok" or the errno's number
 *   socket D T P        the same for socket(2)
 *   ptmx                open /dev/ptmx, print the slave's name
 *   orphan SECONDS      leave a grandchild behind that sleeps
 *   getcwd              the raw answer of getcwd(2)
 *   umask               in octal
 *   uninterruptible     ignore every signal that can be ignored, print "ready", sleep
 *   write FD TEXT       write to a descriptor
 *   mkfile PATH         create a file, print "ok" or the errno
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

static int said(long ret)
{
	if (ret < 0)
		printf("%d\n", errno);
	else
		puts("ok");
	return 0;
}

static int fds(void)
{
	for (int fd = 0; fd < 4096; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%s%d", fd ? " " : "", fd);
	puts("");
	return 0;
}

static int keyring(void)
{
	char text[256];
	long length = syscall(SYS_keyctl, 6 /* DESCRIBE */, -3 /* session */, text, sizeof(text));

	if (length < 0)
		printf("error %d\n", errno);
	else
		puts(strrchr(text, ';') + 1);
	return 0;
}

static int tty(void)
{
	struct winsize size = { 0 };
	struct termios settings;

	printf("tty %d %d %d\n", isatty(0), isatty(1), isatty(2));
	if (ioctl(0, TIOCGWINSZ, &size) == 0)
		printf("size %d %d\n", size.ws_row, size.ws_col);
	printf("controlling %s\n", open("/dev/tty", O_RDWR | O_CLOEXEC) >= 0 ? "yes" : "no");
	if (tcgetattr(0, &settings) == 0)
		printf("onlcr %s\n", settings.c_oflag & ONLCR ? "on" : "off");
	printf("name %s\n", ttyname(0) ? ttyname(0) : "none");
	return 0;
}

static int signals(int argc, char **argv)
{
	sigset_t set;
	int last = atoi(argv[argc - 1]);

	sigemptyset(&set);
	for (int i = 0; i < argc; i++)
		sigaddset(&set, atoi(argv[i]));
	sigprocmask(SIG_BLOCK, &set, NULL);
	puts("ready");
	for (;;) {
		int number = sigwaitinfo(&set, NULL);

		if (number < 0)
			continue;
		printf("got %d\n", number);
		if (number == last)
			return 0;
	}
}

static int all_signals(void)
{
	sigset_t set;
	int terms = 0;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	puts("ready");
	while (terms < 2) {
		int number = sigwaitinfo(&set, NULL);

		if (number > 0)
			printf("got %d\n", number);
		terms += number == SIGTERM;
	}
	return 0;
}

static int notify(int argc, char **argv)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (!path) {
		puts("no NOTIFY_SOCKET");
		return 1;
	}
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		perror(path);
		return 1;
	}
	for (int i = 0; i < argc; i++) {
		char text[4096], *end = text;

		if (strcmp(argv[i], "@barrier") == 0) {
			union {
				char room[CMSG_SPACE(sizeof(int))];
				struct cmsghdr align;
			} control = { 0 };
			struct iovec data = { (char[]){ "BARRIER=1" }, 9 };
			struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };
			struct cmsghdr *header;
			struct pollfd wait = { 0 };
			int ends[2];

			message.msg_control = &control;
			message.msg_controllen = sizeof(control);
			header = CMSG_FIRSTHDR(&message);
			if (pipe2(ends, O_CLOEXEC) != 0)
				return 1;
			header->cmsg_level = SOL_SOCKET;
			header->cmsg_type = SCM_RIGHTS;
			header->cmsg_len = CMSG_LEN(sizeof(int));
			memcpy(CMSG_DATA(header), &ends[1], sizeof(int));
			if (sendmsg(fd, &message, 0) < 0)
				perror("barrier");
			close(ends[1]);
			wait.fd = ends[0];
			wait.events = POLLIN;
			printf("barrier %s\n", poll(&wait, 1, 5000) == 1 ? "passed" : "timed out");
			close(ends[0]);
			continue;
		}
		for (const char *at = argv[i]; *at && end < text + sizeof(text) - 1; at++)
			if (at[0] == '\\' && at[1] == 'n') {
				*end++ = '\n';
				at++;
			} else {
				*end++ = *at;
			}
		if (send(fd, text, (size_t)(end - text), 0) < 0)
			perror("send");
	}
	return 0;
}

static int ptmx(void)
{
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	char name[64];

	if (fd < 0 || grantpt(fd) != 0 || unlockpt(fd) != 0 ||
	    ptsname_r(fd, name, sizeof(name)) != 0)
		return said(-1);
	puts(name);
	return open(name, O_RDWR | O_NOCTTY) < 0;
}

static int orphan(unsigned seconds)
{
	if (fork() == 0) {
		if (fork() == 0) {
			setsid();
			sleep(seconds);
		}
		_exit(0);
	}
	sleep(1);
	return 0;
}

_Noreturn static void uninterruptible(void)
{
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_IGN);
	puts("ready");
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	const char *first = argc > 2 ? argv[2] : "";

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (strcmp(what, "fds") == 0)
		return fds();
	if (strcmp(what, "keyring") == 0)
		return keyring();
	if (strcmp(what, "tty") == 0)
		return tty();
	if (strcmp(what, "signals") == 0 && argc > 2)
		return signals(argc - 2, argv + 2);
	if (strcmp(what, "all-signals") == 0)
		return all_signals();
	if (strcmp(what, "exit") == 0)
		return atoi(first);
	if (strcmp(what, "die") == 0) {
		struct sigaction plain = { .sa_handler = SIG_DFL };

		sigaction(atoi(first), &plain, NULL);
		kill(getpid(), atoi(first));
		pause();
	}
	if (strcmp(what, "notify") == 0)
		return notify(argc - 2, argv + 2);
	if (strcmp(what, "mkdir") == 0)
		return said(mkdir(first, 0755));
	if (strcmp(what, "mkfile") == 0)
		return said(open(first, O_WRONLY | O_CREAT, 0666));
	if (strcmp(what, "socket") == 0 && argc > 4)
		return said(socket(atoi(argv[2]), atoi(argv[3]), atoi(argv[4])));
	if (strcmp(what, "ptmx") == 0)
		return ptmx();
	if (strcmp(what, "orphan") == 0)
		return orphan((unsigned)atoi(first));
	if (strcmp(what, "getcwd") == 0) {
		char path[4096];

		if (syscall(SYS_getcwd, path, sizeof(path)) < 0)
			return said(-1);
		puts(path);
		return 0;
	}
	if (strcmp(what, "umask") == 0) {
		printf("%04o\n", umask(0));
		return 0;
	}
	if (strcmp(what, "uninterruptible") == 0)
		uninterruptible();
	if (strcmp(what, "write") == 0 && argc > 3)
		return write(atoi(first), argv[3], strlen(argv[3])) < 0;
	fprintf(stderr, "probe: what is '%s'?\n", what);
	return 2;
}
