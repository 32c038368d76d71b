# The process as config.json describes it: ids, capabilities, limits, masks, environment, directory.
load ../lib/rrun

prepare() { bundle_make; }

with_umask() (
	umask "$1"
	shift
	"$@"
)
# The five sets, a line each.
sets() { inside 'grep ^Cap /proc/self/status | tr -d "\t" | cut -c4-'; }

# --- refusals

@test "refuses a process that is missing, empty, or without args, cwd" {
	config 'del(.process)'
	refused 125 'process' rr run --bundle "$B" "$ID"
	bundle_reset
	config '.process.args = []'
	refused 125 'process\.args' rr run --bundle "$B" "$ID"
	config 'del(.process.args)'
	refused 125 'process\.args' rr run --bundle "$B" "$ID"
	bundle_reset
	config 'del(.process.cwd)'
	refused 125 'process\.cwd' rr run --bundle "$B" "$ID"
	config '.process.cwd = "relative"'
	refused 125 'process\.cwd.*absolute' rr run --bundle "$B" "$ID"
}
bundle_reset() { config_default "$WHO" >"$B/config.json"; }

@test "refuses ids out of range, and ids that are not mapped, never running as 0 instead" {
	local uid
	for uid in 4294967296 -1 1.5 '"0"' 18446744073709551616; do
		config ".process.user.uid = $uid"
		# jq keeps 64-bit integers only as doubles: the text is put in by hand.
		sed -i "0,/\"uid\": [^,]*/s//\"uid\": $uid/" "$B/config.json"
		refused 125 'process\.user\.uid' rr run --bundle "$B" "$ID"
	done
	for uid in 1 2147483648 4294967294 4294967295 65534; do
		sed -i "0,/\"uid\": [^,]*/s//\"uid\": $uid/" "$B/config.json"
		refused 125 'process\.user\.uid' rr run --bundle "$B" "$ID"
	done
}

@test "refuses additional gids where setgroups is denied" {
	config '.process.user.additionalGids = [0]'
	refused 125 'process\.user\.additionalGids' rr run --bundle "$B" "$ID"
}

@test "refuses an unknown rlimit, one named twice, soft above hard, and values past 64 bits" {
	config '.process.rlimits = [{ type: "RLIMIT_WHAT", soft: 1, hard: 1 }]'
	refused 125 'process\.rlimits\[0\]' rr run --bundle "$B" "$ID"
	config '.process.rlimits = [{ type: "RLIMIT_CORE", soft: 1, hard: 1 }, { type: "RLIMIT_CORE", soft: 1, hard: 1 }]'
	refused 125 'process\.rlimits\[1\]' rr run --bundle "$B" "$ID"
	config '.process.rlimits = [{ type: "RLIMIT_CORE", soft: 2, hard: 1 }]'
	refused 125 'process\.rlimits\[0\]' rr run --bundle "$B" "$ID"
	config '.process.rlimits = [{ type: "RLIMIT_CORE", soft: 0, hard: "HARD" }]'
	sed -i 's/"HARD"/18446744073709551616/' "$B/config.json"
	refused 125 'process\.rlimits\[0\]' rr run --bundle "$B" "$ID"
}

@test "refuses effective capabilities that are not permitted" {
	config '.process.capabilities = { effective: ["CAP_KILL"] }'
	refused 125 'process\.capabilities' rr run --bundle "$B" "$ID"
}

@test "refuses an OOM score that the caller may not have, naming its own" {
	((EUID == 0)) || skip "needs root, which starts it with a raised minimum"
	config '.process.oomScoreAdj = -1000'
	refused 125 'oom' rr run --bundle "$B" "$ID"
	config '.process.oomScoreAdj = 1001'
	refused 125 'process\.oomScoreAdj' rr run --bundle "$B" "$ID"
}

@test "refuses LSM labels where the kernel has no such module" {
	[[ -e /sys/module/apparmor/parameters/enabled && $(</sys/module/apparmor/parameters/enabled) == Y ]] &&
		skip "AppArmor is on here"
	config '.process.apparmorProfile = "some-profile"'
	refused 125 'process\.apparmorProfile' rr run --bundle "$B" "$ID"
	config 'del(.process.apparmorProfile) | .process.selinuxLabel = "u:r:t:s0"'
	refused 125 'process\.selinuxLabel' rr run --bundle "$B" "$ID"
}

@test "a working directory that leads through a descriptor of rrun's is refused, or proven inside" {
	local n path
	ln -s /proc/self/fd "$B/rootfs/fds"
	config_sh 'probe getcwd; stat -c %d:%i . "$(probe getcwd)" | sort -u | wc -l'
	for n in {0..24}; do
		for path in "/proc/self/fd/$n" "/fds/$n/.." "/fds/$n/../../../../opt"; do
			config '.process.cwd = $d' --arg d "$path"
			try rr run --bundle "$B" "$ID"
			((status == 125)) && continue
			went_well
			matches "$out" $'^/[^(]*\n1$'
			lacks "$out" opt
		done
	done
}

# --- what holds

@test "the working directory is inside the root, and made when it is missing" {
	config '.process.cwd = "/made/for/this"'
	inside 'probe getcwd; pwd'
	equal "$out" $'/made/for/this\n/made/for/this'
	ln -s ../../../../../../../../tmp "$B/rootfs/up"
	config '.process.cwd = "/up"'
	inside 'probe getcwd'
	equal "$out" /tmp
}

@test "without capabilities there are none, in any set" {
	config 'del(.process.capabilities)'
	sets
	equal "$out" $'Inh:0000000000000000\nPrm:0000000000000000\nEff:0000000000000000\nBnd:0000000000000000\nAmb:0000000000000000'
	config '.process.capabilities = {}'
	sets
	equal "$(sort -u <<<"${out//[A-Z]??:/}")" 0000000000000000
}

@test "each of the five sets is exactly what was asked for" {
	config '.process.capabilities = {
		bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW", "CAP_SYS_CHROOT"],
		permitted: ["CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW"],
		effective: ["CAP_CHOWN", "CAP_KILL"],
		inheritable: ["CAP_KILL", "CAP_CHOWN"],
		ambient: ["CAP_KILL"] }'
	# uid 0 regains its bounding set at execve only while the ambient set is empty.
	sets
	has "$out" Inh:0000000000000021
	has "$out" Bnd:0000000000042021
	has "$out" Amb:0000000000000020
}

@test "a user other than 0 keeps exactly the ambient ones" {
	need_users
	config_range
	config '.process.user = { uid: 1000, gid: 1000 } | .process.capabilities = {
		bounding: ["CAP_CHOWN", "CAP_KILL"], permitted: ["CAP_CHOWN", "CAP_KILL"],
		effective: ["CAP_CHOWN", "CAP_KILL"], inheritable: ["CAP_KILL"], ambient: ["CAP_KILL"] }'
	sets
	equal "$out" $'Inh:0000000000000020\nPrm:0000000000000020\nEff:0000000000000020\nBnd:0000000000000021\nAmb:0000000000000020'
}

@test "all capabilities are those that the kernel has" {
	local last
	last=$(</proc/sys/kernel/cap_last_cap)
	config '.process.capabilities = ([$names | split(" ")[] | select(length > 0) | "CAP_" + .] | { bounding: ., effective: ., permitted: . })' \
		--arg names 'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'
	sets
	has "$out" "$(printf 'Eff:%016x' $(((1 << (last + 1)) - 1)))"
	has "$out" Inh:0000000000000000
}

@test "an unknown capability is left out and does not fail" {
	config '.process.capabilities = { bounding: ["CAP_KILL", "CAP_WHATEVER"], permitted: ["CAP_KILL"], effective: ["CAP_KILL"] }'
	sets
	went_well
	has "$out" Bnd:0000000000000020
}

@test "no_new_privs is set when asked for, and not otherwise" {
	inside 'grep NoNewPrivs /proc/self/status'
	has "$out" 1
	config '.process.noNewPrivileges = false'
	inside 'grep NoNewPrivs /proc/self/status'
	has "$out" 0
	config 'del(.process.noNewPrivileges)'
	inside 'grep NoNewPrivs /proc/self/status'
	has "$out" 0
}

@test "rlimits are what was asked for" {
	config '.process.rlimits = [
		{ type: "RLIMIT_NOFILE", soft: 100, hard: 200 }, { type: "RLIMIT_CORE", soft: 0, hard: 0 },
		{ type: "RLIMIT_STACK", soft: 1048576, hard: 2097152 }, { type: "RLIMIT_CPU", soft: 77, hard: 78 },
		{ type: "RLIMIT_NPROC", soft: 400, hard: 401 }, { type: "RLIMIT_AS", soft: 4000000000, hard: 4000000001 }]'
	inside 'cat /proc/self/limits'
	went_well
	matches "$out" 'Max open files +100 +200 '
	matches "$out" 'Max core file size +0 +0 '
	matches "$out" 'Max stack size +1048576 +2097152 '
	matches "$out" 'Max cpu time +77 +78 '
	matches "$out" 'Max processes +400 +401 '
	matches "$out" 'Max address space +4000000000 +4000000001 '
}

@test "a limit above the caller's own is lowered to it, and --require-limits refuses" {
	config '.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 300, hard: 400 }]'
	config_sh 'ulimit -n; ulimit -Hn'
	(ulimit -n 250 && try rr run --bundle "$B" "$ID" && equal "$status $out" $'0 250\n250')
	(ulimit -n 250 && refused 125 'RLIMIT_NOFILE' rr run --require-limits --bundle "$B" "$ID")
}

@test "infinity is infinity" {
	config '.process.rlimits = [{ type: "RLIMIT_CORE", soft: "INF", hard: "INF" }]'
	config_sh 'grep core /proc/self/limits'
	sed -i 's/"INF"/18446744073709551615/g' "$B/config.json"
	[[ $(as "$WHO" sh -c 'ulimit -Hc') == unlimited ]] || skip "the caller's own hard limit is lower"
	try rr run --bundle "$B" "$ID"
	matches "$out" 'unlimited +unlimited'
}

@test "the umask is 0022, or what was asked for, whatever the caller's" {
	config_args /bin/probe umask
	try with_umask 0077 rr run --bundle "$B" "$ID"
	equal "$out" 0022
	config '.process.user.umask = 63'
	inside 'probe umask'
	equal "$out" 0077
}

@test "directories that rrun makes do not depend on the caller's umask" {
	config_sh 'stat -c %a /dev /dev/pts /dev/shm'
	try with_umask 0077 rr run --bundle "$B" "$ID"
	equal "$out" $'755\n755\n1777'
}

@test "additional gids are exactly those asked for" {
	need_users
	config_range
	config '.process.user = { uid: 1000, gid: 1001, additionalGids: [5, 77, 65535] }'
	inside 'grep -E "^(Uid|Gid|Groups)" /proc/self/status | tr "\t" " "'
	went_well
	matches "$out" 'Uid: 1000 1000 1000 1000'
	matches "$out" 'Gid: 1001 1001 1001 1001'
	matches "$out" 'Groups: 5 77 65535 ?$'
}

@test "no supplementary group of the caller's survives a range" {
	need_users
	config_range
	inside 'grep ^Groups /proc/self/status | tr "\t" " "'
	matches "$out" '^Groups: *$'
}

@test "the OOM score is set when given, and not touched otherwise" {
	local own
	own=$(</proc/self/oom_score_adj)
	inside 'cat /proc/self/oom_score_adj'
	equal "$out" "$own"
	config '.process.oomScoreAdj = 500'
	inside 'cat /proc/self/oom_score_adj'
	equal "$out" 500
}

@test "the environment is that of config.json and no other; HOME comes from the image" {
	AS_ENV=(SECRET=1 LD_PRELOAD=/x PATH=/usr/bin:/bin)
	config '.process.env = ["PATH=/bin", "A=1", "B=two words", "C="]'
	config_args /bin/env
	try rr run --bundle "$B" "$ID"
	equal "$(sort <<<"$out")" $'A=1\nB=two words\nC=\nHOME=/root\nPATH=/bin'
}

@test "HOME of config.json stands, and an empty one is filled" {
	config '.process.env = ["PATH=/bin", "HOME=/elsewhere"]'
	config_args /bin/env
	try rr run --bundle "$B" "$ID"
	has "$out" HOME=/elsewhere
	config '.process.env = ["PATH=/bin", "HOME="]'
	try rr run --bundle "$B" "$ID"
	has "$out" HOME=/root
}

@test "an /etc/passwd that is a trap is passed over at once" {
	local make
	for make in 'mkfifo passwd' 'ln -s /dev/zero passwd' 'mkdir passwd' 'truncate -s 10G passwd' 'ln -s /proc/self/environ passwd'; do
		rm -rf "$B/rootfs/etc/passwd"
		(cd "$B/rootfs/etc" && eval "$make") && chown -h "$WHO" "$B/rootfs/etc/passwd"
		inside 'echo $HOME'
		went_well
		equal "$out" /
		((ms <= 1000)) || fail "$make: $ms ms"
	done
}

@test "env entries without a name are refused, a newline is passed as it is" {
	config '.process.env = ["PATH=/bin", "=x"]'
	refused 125 'process\.env\[1\]' rr run --bundle "$B" "$ID"
	config '.process.env = ["PATH=/bin", "NOEQUALS"]'
	refused 125 'process\.env\[1\]' rr run --bundle "$B" "$ID"
	config '.process.env = ["PATH=/bin", "N=a\nb"]'
	inside 'printf %s "$N"'
	equal "$out" $'a\nb'
}

@test "the session keyring is new and has the container's name" {
	config_args /bin/probe keyring
	try rr run --bundle "$B" "$ID"
	equal "$out" "_ses.$ID"
}

@test "with --no-new-keyring it is the caller's" {
	config_args /bin/probe keyring
	try rr run --no-new-keyring --bundle "$B" "$ID"
	went_well
	lacks "$out" "_ses.$ID"
}
