# seccomp from config.json, loaded last.
load ../lib/rrun

prepare() { bundle_make; }

# profile JSON: linux.seccomp, native architecture left to rrun.
profile() { config ".linux.seccomp = $1"; }

@test "refuses unknown actions, operators, architectures and listeners, by their path" {
	profile '{ "defaultAction": "SCMP_ACT_WHAT" }'
	refused 125 'linux\.seccomp\.defaultAction' rr run --bundle "$B" "$ID"
	profile '{ "syscalls": [{ "names": ["mkdir"], "action": "SCMP_ACT_ERRNO" }] }'
	refused 125 'linux\.seccomp\.defaultAction|linux\.seccomp' rr run --bundle "$B" "$ID"
	profile '{ "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_VAX"] }'
	refused 125 'linux\.seccomp\.architectures\[0\]' rr run --bundle "$B" "$ID"
	profile '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["mkdir"], "action": "SCMP_ACT_NO" }] }'
	refused 125 'linux\.seccomp\.syscalls\[0\]' rr run --bundle "$B" "$ID"
	profile '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "args": [{ "index": 9, "value": 1, "op": "SCMP_CMP_EQ" }] }] }'
	refused 125 'linux\.seccomp\.syscalls\[0\]\.args\[0\]' rr run --bundle "$B" "$ID"
	profile '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "args": [{ "index": 0, "value": 1, "op": "SCMP_CMP_ALMOST" }] }] }'
	refused 125 'linux\.seccomp\.syscalls\[0\]\.args\[0\]' rr run --bundle "$B" "$ID"
	profile '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["mkdir"], "action": "SCMP_ACT_NOTIFY" }] }'
	refused 125 'seccomp' rr run --bundle "$B" "$ID"
	profile '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": [], "action": "SCMP_ACT_ERRNO" }] }'
	refused 125 'linux\.seccomp\.syscalls\[0\]' rr run --bundle "$B" "$ID"
}

@test "errno, the default one and another" {
	profile '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{ "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO" },
		{ "names": ["socket"], "action": "SCMP_ACT_ERRNO", "errnoRet": 97 }] }'
	inside 'probe mkdir /tmp/x; probe socket 2 1 0; grep ^Seccomp: /proc/self/status | tr "\t" " "'
	went_well
	equal "$out" $'1\n97\nSeccomp: 2'
}

@test "kill ends the process with SIGSYS" {
	profile '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_KILL_PROCESS" }] }'
	inside 'probe mkdir /tmp/x; echo $?'
	has "$out" 159
	config_args /bin/probe mkdir /tmp/x
	try rr run --bundle "$B" "$ID"
	equal "$status" 159
}

@test "arguments are compared" {
	profile '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{ "names": ["socket"], "action": "SCMP_ACT_ERRNO", "errnoRet": 11, "args": [{ "index": 0, "value": 1, "op": "SCMP_CMP_EQ" }] },
		{ "names": ["socket"], "action": "SCMP_ACT_ERRNO", "errnoRet": 12, "args": [{ "index": 1, "value": 15, "valueTwo": 3, "op": "SCMP_CMP_MASKED_EQ" }] }] }'
	inside 'probe socket 1 1 0; probe socket 2 3 0; probe socket 2 2 0'
	equal "$out" $'11\n12\nok'
}

@test "a profile that allows by name and refuses the rest runs a shell" {
	# What the calls of a static busybox are, found by strace; the rest is refused with 77.
	profile '{ "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 77, "syscalls": [{ "names": [
		"access", "arch_prctl", "brk", "chdir", "clone", "clone3", "close", "dup", "dup2", "dup3", "execve", "exit", "exit_group", "faccessat",
		"faccessat2", "fcntl", "fork", "fstat", "fstatfs", "futex", "getcwd", "getdents64", "getegid", "geteuid",
		"getgid", "getpgid", "getpgrp", "getpid", "getppid", "getrandom", "getuid", "ioctl", "lseek", "lstat", "mmap", "mprotect", "munmap",
		"newfstatat", "open", "openat", "pipe", "pipe2", "poll", "prctl", "pread64", "prlimit64", "read", "readlink", "readlinkat", "rseq",
		"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sched_yield", "sendfile", "set_robust_list", "set_tid_address", "setpgid", "sigaltstack", "stat",
		"statx", "sysinfo", "uname", "umask", "vfork", "wait4", "waitid", "write", "writev"], "action": "SCMP_ACT_ALLOW" }] }'
	inside 'echo here; probe mkdir /tmp/x'
	went_well
	equal "$out" $'here\n77'
}

@test "names that this libseccomp does not know are passed over" {
	profile '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["call_of_2099", "mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO" }] }'
	inside 'probe mkdir /tmp/x'
	equal "$out" 1
}

@test "the filter works without no_new_privs" {
	config '.process.noNewPrivileges = false | .process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	profile '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO" }] }'
	inside 'probe mkdir /tmp/x; grep NoNewPrivs /proc/self/status | tr "\t" " "'
	equal "$out" $'1\nNoNewPrivs: 0'
}

@test "the filter works without no_new_privs for a process without capabilities too" {
	config '.process.noNewPrivileges = false | .process.capabilities = {}'
	profile '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO" }] }'
	inside 'probe mkdir /tmp/x'
	equal "$out" 1
}

@test "a profile that refuses what rrun itself needs before the program does not stop rrun" {
	profile '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["mount", "umount2", "pivot_root", "chroot", "setresuid", "setuid", "setgid", "setresgid", "setgroups", "capset", "sethostname", "unshare", "keyctl", "move_mount", "open_tree", "fsmount"], "action": "SCMP_ACT_KILL_PROCESS" }] }'
	inside 'echo here'
	went_well
	equal "$out" here
}

@test "ten thousand rules are done within a second or refused" {
	config '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [range(10000) | { names: ["mkdir"], action: "SCMP_ACT_ERRNO", args: [{ index: 1, value: ., op: "SCMP_CMP_EQ" }] }] }'
	try rr run --bundle "$B" "$ID"
	((status == 0 || status == 125)) || fail "status $status"
	((ms <= 3000)) || fail "took $ms ms"
}
