#include "frontend/init/process.h"

#include "common/attr.h"
#include "frontend/codes.h"
#include "frontend/fd.h"
#include "frontend/init/home.h"
#include "frontend/init/target.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int oom_score_write(int score, struct error *err)
{
	_cleanup_(close_fd) int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
	char text[16], now[16] = "?";
	int length = snprintf(text, sizeof(text), "%d", score);

	if (fd >= 0 && write(fd, text, (size_t)length) == length)
		return 0;
	error_sys(err, "process.oomScoreAdj: failed to update /proc/self/oom_score_adj to %d",
		  score);
	if (fd >= 0) {
		ssize_t got = pread(fd, now, sizeof(now) - 1, 0);

		now[got > 0 ? (size_t)got - (now[got - 1] == '\n') : 0] = '\0';
	}
	error_code(err, RR_PRC_06);
	return error_hint(
		err, "only a value of at least your own, %s, can be set without privilege", now);
}

/* keyctl_join_session_keyring(3); gotchas.md 104: possessors and others with the name may
 * search. */
int process_keyring(const char *name, struct error *err)
{
	long ring;
	unsigned permissions = 0x3f3f0000u | 0x08u;

	if (!name)
		return 0;
	ring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name, 0, 0, 0);
	if (ring < 0 && errno == ENOSYS)
		return 0;
	if (ring < 0) {
		error_sys(err, "join a new session keyring");
		error_code(err, RR_KEY_01);
		return error_hint(err, "you may be at your quota of keys (/proc/sys/kernel/keys): "
				       "--no-new-keyring goes without");
	}
	if (syscall(SYS_keyctl, KEYCTL_SETPERM, ring, permissions, 0, 0) < 0 && errno != EACCES &&
	    errno != ENOSYS && errno != EPERM) {
		error_sys(err, "set the permissions of the session keyring");
		return error_code(err, RR_KEY_01);
	}
	return 0;
}

static int rlimits_set(const struct plan_process *process, struct error *err)
{
	for (size_t i = 0; i < process->rlimit_count; i++) {
		const struct plan_rlimit *limit = &process->rlimits[i];
		struct rlimit value = { limit->soft, limit->hard };

		if (setrlimit((__rlimit_resource_t)limit->resource, &value) < 0) {
			error_sys(err, "process.rlimits: setrlimit %s", limit->name);
			return error_code(err, RR_PRC_04);
		}
	}
	return 0;
}

static int filter_load(const struct process_filter *filter, struct error *err)
{
	struct sock_fprog program = {
		.len = (unsigned short)filter->length,
		/* The kernel only reads it; its struct lacks the const. */
		.filter = (struct sock_filter *)(uintptr_t)filter->program,
	};

	if (filter->length == 0)
		return 0;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, filter->flags, &program) < 0) {
		error_sys(err, "linux.seccomp: load the filter");
		return error_code(err, RR_SEC_02);
	}
	return 0;
}

static int ids_set(const struct plan_process *process, bool groups_denied, struct error *err)
{
	gid_t *groups = (gid_t *)(uintptr_t)process->groups;

	if (groups_denied && process->group_count > 0) {
		error_set(err, RR_PRC_05,
			  "process.user.additionalGids: cannot set any additional groups");
		return error_why(err,
				 "the site's policy switches setgroups off in your containers");
	}
	if ((!groups_denied && setgroups(process->group_count, groups) < 0) ||
	    setresgid(process->gid, process->gid, process->gid) < 0 ||
	    setresuid(process->uid, process->uid, process->uid) < 0) {
		error_sys(err, "become uid %u, gid %u of the container", process->uid,
			  process->gid);
		return error_code(err, RR_PRC_05);
	}
	return 0;
}

void process_prepare(void)
{
	capng_clear(CAPNG_SELECT_ALL);
	/* It remembers the process that first called it; 0 is whoever calls. */
	capng_setpid(0);
}

static int sets_apply(const struct plan_capabilities *wanted, capng_select_t which)
{
	capng_clear(CAPNG_SELECT_ALL);
	for (unsigned cap = 0; cap < 64 && cap <= CAP_LAST_CAP; cap++) {
		uint64_t bit = (uint64_t)1 << cap;
		unsigned sets = (wanted->effective & bit ? CAPNG_EFFECTIVE : 0) |
				(wanted->permitted & bit ? CAPNG_PERMITTED : 0) |
				(wanted->inheritable & bit ? CAPNG_INHERITABLE : 0) |
				(wanted->bounding & bit ? CAPNG_BOUNDING_SET : 0) |
				(wanted->ambient & bit ? CAPNG_AMBIENT : 0);

		if (sets && capng_update(CAPNG_ADD, (capng_type_t)sets, cap) < 0)
			return -1;
	}
	return capng_apply(which);
}

static int capabilities_failed(const char *set, struct error *err)
{
	error_sys(err, "process.capabilities: set the %s set", set);
	return error_code(err, RR_PRC_05);
}

/* One call a capability that goes; the first unknown number ends it. capng_apply would stop
 * silently at a failure (gotchas.md 100). capabilities(7), "Capability bounding set". */
static int bounding_set(const struct plan_capabilities *wanted, struct error *err)
{
	for (unsigned cap = 0; cap < 64; cap++) {
		if (wanted->bounding >> cap & 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap) < 0)
			return errno == EINVAL ? 0 : capabilities_failed("bounding", err);
	}
	return 0;
}

/* The sequence of capabilities(7): the bounding set while CAP_SETPCAP is there, the ids with the
 * permitted set kept across them, then the sets themselves, ambient last. */
static int credentials_set(const struct plan_process *process, bool groups_denied,
			   struct error *err)
{
	const struct plan_capabilities *wanted = &process->capabilities;

	if (bounding_set(wanted, err) < 0)
		return -1;
	/* Only leaving uid 0 clears them. */
	if (process->uid != 0 && prctl(PR_SET_KEEPCAPS, 1) < 0)
		return error_sys(err, "keep capabilities across the change of user");
	if (ids_set(process, groups_denied, err) < 0)
		return -1;
	if (process->uid != 0 && prctl(PR_SET_KEEPCAPS, 0) < 0)
		return error_sys(err, "stop keeping capabilities");
	if (sets_apply(wanted, CAPNG_SELECT_CAPS) < 0)
		return capabilities_failed("permitted, effective or inheritable", err);
	if (wanted->ambient && sets_apply(wanted, CAPNG_SELECT_AMBIENT) < 0)
		return capabilities_failed("ambient", err);
	return 0;
}

static int cwd_failed(const char *cwd, struct error *err)
{
	error_sys(err, "process.cwd: chdir to cwd (\"%.200s\")", cwd);
	return error_code(err, RR_PRC_03);
}

/* Made when missing, as runc does, and by descriptors like everything in the image. */
static int cwd_make(const char *cwd, struct error *err)
{
	_cleanup_(close_fd) int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(close_fd) int directory = -1;

	if (root < 0)
		return cwd_failed(cwd, err);
	if (target_make_directory(root, cwd, 0755, &directory, err) < 0)
		return error_while(err, "process.cwd"), error_code(err, RR_PRC_03);
	return fchdir(directory) < 0 ? cwd_failed(cwd, err) : 0;
}

/* CVE-2024-21626: a working directory outside the root shows as a path that does not begin with
 * "/". */
static int cwd_verify(const char *cwd, struct error *err)
{
	char path[PATH_MAX];

	if (syscall(SYS_getcwd, path, sizeof(path)) >= 0 && path[0] == '/')
		return 0;
	error_set(err, RR_PRC_03, "process.cwd: \"%.200s\"", cwd);
	return error_why(err, "it is outside the container's root filesystem");
}

static int cwd_enter(const char *cwd, struct error *err)
{
	if (chdir(cwd) == 0 || errno == EACCES)
		return 0; /* perhaps the program's user may: tried again as that user */
	if (errno == ENOENT)
		return cwd_make(cwd, err);
	return cwd_failed(cwd, err);
}

int process_become(const struct plan_process *process, bool groups_denied,
		   const struct process_filter *filter, struct error *err)
{
	bool early = !process->no_new_privileges;

	if (cwd_enter(process->cwd, err) < 0 || rlimits_set(process, err) < 0)
		return -1;
	if (early && filter_load(filter, err) < 0)
		return -1;
	if (credentials_set(process, groups_denied, err) < 0)
		return -1;
	/* The change of ids may have undone it (fs.suid_dumpable, proc(5)); execve does, rightly.
	 *  */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return error_sys(err, "keep the process untraceable");
	if (chdir(process->cwd) < 0)
		return cwd_failed(process->cwd, err);
	if (cwd_verify(process->cwd, err) < 0)
		return -1;
	if (process->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_sys(err, "set no_new_privs");
	umask(process->umask);
	return 0;
}

static int not_found(const char *name, const char *why, enum error_kind kind, struct error *err)
{
	error_set(err, kind == ERROR_NOT_FOUND ? RR_PRC_01 : RR_PRC_02, "exec: \"%.200s\"", name);
	error_why(err, "%s", why);
	return error_kind(err, kind);
}

enum found { FOUND_PROGRAM, FOUND_NOTHING, FOUND_DENIED, FOUND_DIRECTORY };

static enum found look_at(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return errno == EACCES ? FOUND_DENIED : FOUND_NOTHING;
	if (S_ISDIR(status.st_mode))
		return FOUND_DIRECTORY;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? FOUND_DENIED : FOUND_PROGRAM;
}

static int find_by_path(const char *name, const char **ret, struct error *err)
{
	switch (look_at(name)) {
	case FOUND_PROGRAM:
		*ret = name;
		return 0;
	case FOUND_DENIED:
		return not_found(name, "permission denied", ERROR_NOT_EXECUTABLE, err);
	case FOUND_DIRECTORY:
		return not_found(name, "is a directory: permission denied", ERROR_NOT_EXECUTABLE,
				 err);
	case FOUND_NOTHING:
		break;
	}
	error_set(err, RR_PRC_01, "exec: \"%.200s\": stat %.200s", name, name);
	error_why(err, "no such file or directory");
	return error_kind(err, ERROR_NOT_FOUND);
}

static const char *env_value(const char *const *env, const char *name)
{
	size_t length = strlen(name);
	const char *value = NULL;

	for (size_t i = 0; env[i]; i++) {
		if (strncmp(env[i], name, length) == 0 && env[i][length] == '=')
			value = env[i] + length + 1;
	}
	return value;
}

int process_find(const struct plan_process *process, const char **ret_path, struct error *err)
{
	static char candidate[PATH_MAX];
	const char *name = process->args[0], *path = env_value(process->env, "PATH");
	bool denied = false;

	if (strchr(name, '/'))
		return find_by_path(name, ret_path, err);
	for (const char *at = path; at && *at;) {
		size_t length = strcspn(at, ":");
		int written =
			snprintf(candidate, sizeof(candidate), "%.*s/%s", (int)length, at, name);

		if (length > 0 && written > 0 && (size_t)written < sizeof(candidate)) {
			enum found found = look_at(candidate);

			if (found == FOUND_PROGRAM) {
				*ret_path = candidate;
				return 0;
			}
			denied |= found == FOUND_DENIED;
		}
		at += length + (at[length] == ':');
	}
	return denied ? not_found(name, "permission denied", ERROR_NOT_EXECUTABLE, err)
		      : not_found(name, "executable file not found in $PATH", ERROR_NOT_FOUND, err);
}

/* Only the plan's descriptors and REPORT, moved to stand right above them, stay open. */
static int descriptors_close(uint32_t keep, int *report, struct error *err)
{
	unsigned first = 3 + keep;

	if (*report >= 0 && *report != (int)first) {
		if (dup3(*report, (int)first, O_CLOEXEC) < 0)
			return error_sys(err, "move the report descriptor");
		*report = (int)first;
	}
	if (*report >= 0)
		first++;
	if (close_range(first, ~0U, 0) < 0)
		return error_sys(err, "close all other descriptors");
	return 0;
}

/* Handlers are reset by execve, ignored signals are not: signal(7). By the system call itself,
 * since the C library will not speak of its own two signals. */
static void signals_reset(uint64_t ignored)
{
	static const struct {
		void (*handler)(int);
		unsigned long flags;
		void (*restorer)(void);
		uint64_t mask;
	} plain = { 0 };
	static const uint64_t none = 0;

	for (int number = 1; number <= 64; number++) {
		if (ignored >> (number - 1) & 1)
			syscall(SYS_rt_sigaction, number, &plain, NULL, sizeof(plain.mask));
	}
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof(none));
}

static int exec_failed(const char *name, struct error *err)
{
	int sys = errno;

	error_sys(err, "exec: \"%.200s\"", name);
	if (sys == ENOENT) {
		error_why(err, "no such file or directory");
		error_hint(err, "the file is there: its interpreter or loader is not");
		error_code(err, RR_PRC_01);
		return error_kind(err, ERROR_NOT_FOUND);
	}
	if (sys == ENOEXEC)
		error_why(err, "exec format error");
	if (sys == EACCES)
		error_why(err, "permission denied");
	error_code(err, RR_PRC_02);
	return error_kind(err, ERROR_NOT_EXECUTABLE);
}

static char *const *env_with_home(const struct plan_process *process)
{
	static char home[PATH_MAX + 8];
	const char **env = (const char **)(uintptr_t)process->env;
	size_t used = 0;

	/* The plan keeps room for one more. */
	while (env[used])
		used++;
	if (process->home_unset) {
		home_find(process->uid, home, sizeof(home));
		env[used] = home;
	}
	return (char *const *)(uintptr_t)env;
}

int process_exec(const struct plan_process *process, const char *path, int *report,
		 const struct process_filter *filter, uint64_t ignored, struct error *err)
{
	char *const *env = env_with_home(process);
	char *const *args = (char *const *)(uintptr_t)process->args;

	if (descriptors_close(process->keep_fds, report, err) < 0)
		return -1;
	signals_reset(ignored);
	if (process->no_new_privileges && filter_load(filter, err) < 0)
		return -1;
	execve(path, args, env);
	return exec_failed(process->args[0], err);
}
