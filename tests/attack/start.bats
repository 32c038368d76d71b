# The state in which the helper is started is the attacker's: E.1, HT-001 to HT-036.
load setup

@test "HT-001 without a descriptor 3 it ends silently" {
	exits 67 channel=none
	exits 67 channel=none close=0 close=1 close=2
}

@test "HT-002 an empty argument list is refused" {
	# Since Linux 5.18 the kernel makes argc 0 into 1 with an empty string: the loader may see either.
	attack argc0
	[[ ${R[exit]} == 66 ]] && equal "${R[replies]}" 0 || maps_own argc0
}

@test "HT-003 arguments are refused and nothing is printed" {
	exits 66 argv=--help
	exits 66 argv=%n%s
	exits 66 argv=
	exits 66 argv=-- argv=x argv=y
	exits 66 argv=MiB argv=MiB argv=MiB argv=MiB argv=MiB argv=MiB argv=MiB argv=MiB
}

HOSTILE_ENV=(env=LD_PRELOAD=/tmp/evil.so env=LD_AUDIT=/tmp/evil.so env=LD_LIBRARY_PATH=/tmp
	env=GLIBC_TUNABLES=glibc.malloc.mxfast=glibc.malloc.mxfast=A env=MALLOC_PERTURB_=1 env=LOCALDOMAIN=x
	env=TZ=/tmp/evil env=LANG=evil env=LC_ALL=../../tmp/evil env=TMPDIR=/tmp/evil env=GCONV_PATH=/tmp
	env=NSS_FILES=/tmp/evil env=LIBSECCOMP_ENABLE=1 env=LD_DEBUG=all env=LD_DEBUG_OUTPUT=/tmp/evil
	env=LD_SHOW_AUXV=1 env=HOSTALIASES=/tmp/evil env=RES_OPTIONS=x env=PATH=/tmp
	env=CAPNG_X=1 env==x env=novalue)

# The files that the helper and its loader open, without the numbers in them.
opened() {
	PREFIX_CMD=(strace -f -qq -e trace=%file -o "$T/trace")
	attack "$@" >/dev/null
	PREFIX_CMD=()
	awk -v helper="$HELPER" 'index($0, "execve(\"" helper "\"") { pid = $1 } $1 == pid' "$T/trace" |
		grep -v execve | grep -oE '"[^"]*"' | sed 's/[0-9][0-9]*/N/g'
}

@test "HT-004 the environment makes no difference" {
	maps_own "${HOSTILE_ENV[@]}"
	need strace
	opened >"$T/plain"
	opened "${HOSTILE_ENV[@]}" >"$T/hostile"
	[[ -s $T/plain ]]
	diff "$T/plain" "$T/hostile"
	lacks "$(<"$T/hostile")" evil
}

# glibc's loader says on descriptor 2, before main, that it could not open /var/profile: every dynamic
# set-uid program does that. What matters is that this is all.
@test "HT-004 a loader that is asked for a profile writes none" {
	attack env=LD_PROFILE=libc.so.6 env=LD_PROFILE_OUTPUT=/tmp
	equal "${R[verdict]} ${R[uid-map]}" "ALLOW 0 $UA 1"
	matches "${R[text]-}" '^(/var/profile/libc.so.6.profile: cannot open file: No such file or directory)?$'
	[[ ! -e /tmp/libc.so.6.profile && ! -e /var/profile/libc.so.6.profile ]]
}

@test "HT-005 descriptors 0, 1 and 2 may be closed" {
	maps_own close=0 close=1 close=2
	maps_own close=0
	maps_own close=1
}

@test "HT-006 with 2 closed an error goes nowhere but into the reply" {
	refuses MAP close=2 uid=
	refuses TARGET close=0 close=1 close=2 target=dead
}

@test "HT-008 descriptor 3 of another kind is not read and not spoken to" {
	local kind
	for kind in pipe file tty eventfd path; do
		exits 67 channel=$kind
	done
	need strace
	for kind in pipe file tty eventfd; do
		PREFIX_CMD=(strace -f -qq -o "$T/trace")
		exits 67 channel=$kind
		awk -v helper="$HELPER" 'index($0, "execve(\"" helper "\"") { pid = $1 } $1 == pid' "$T/trace" >"$T/calls"
		[[ -s $T/calls ]]
		# The loader has numbers of its own, and 3 is not one of them while it is taken.
		no grep -E '\b(read|write|ioctl|recvmsg|recvfrom|sendto|sendmsg|ppoll|lseek|pread64|fcntl)\(3,' "$T/calls"
	done
}

@test "HT-009 sockets of another family or type are refused before anything is sent" {
	local kind
	for kind in stream dgram inet netlink listening unconnected; do
		exits 67 channel=$kind
	done
	maps_own channel=accepted
}

@test "HT-009 a socket that another user made is refused" {
	become_ids 0 0
	exits 67 "drop=$UA" never
	become "$RRT_A"
	maps_own
}

@test "HT-012 a thousand open descriptors are closed at the start" {
	maps_own open-all=1024
}

@test "HT-014 few descriptors are no obstacle, or a clean refusal where root may not raise the limit" {
	local count
	for count in 8 15 16 511; do
		harmless nofile=$count
		matches "${R[exit]}" '^(0|68)$'
	done
	# Below, the loader cannot open its libraries.
	harmless nofile=4
	maps_own nofile=512
}

@test "HT-016 RLIMIT_FSIZE of zero does not cut a map" {
	maps_own fsize=0
	maps_own fsize=0 ignore=25
}

@test "HT-017 tight limits end in success or in nothing" {
	maps_own cpu=1 core
	maps_own nproc=0
	maps_own memlock=0 sigpending=0 msgqueue=0
	harmless stack=16384
	harmless stack=65536
	harmless as=8388608
	harmless as=1048576
	harmless data=0
	harmless data=65536 as=4194304
	harmless nofile=16 nproc=1 memlock=0 sigpending=0 core fsize=0 cpu=1
}

@test "HT-017 no core is left, whatever the limit and the signal" {
	attack core settle never
	equal "${R[core]-0} ${R[exit]}" '0 1'
	[[ -z $(find "$T" / -xdev -maxdepth 1 -name 'core*' -newer "$T/etc" 2>/dev/null) ]]
}

@test "HT-018 blocked and ignored signals are no obstacle" {
	maps_own block-all
	maps_own ignore-all
	maps_own ignore=17
	maps_own block-all ignore-all
}

@test "HT-019 timers that run on across the exec do not end it" {
	maps_own block-all timers=1 alarm=1
	maps_own timers=150 delay=400
	maps_own alarm=1 delay=1200
	# A tick while the loader runs ends the helper before it has begun.
	harmless timers=1
}

@test "HT-020 any umask gives the same" {
	maps_own umask=0777
	maps_own umask=0
}

@test "HT-021 the working directory may be deleted, closed or dead" {
	maps_own deleted-cwd
	maps_own closed-cwd
}

@test "HT-021 the working directory may be on a file system that never answers" {
	hang_directory
	maps_own "cwd=$T/hang"
}

# $T/hang becomes a FUSE directory: in a mount namespace, where the test then runs.
hang_directory() {
	mkdir -p "$T/hang"
	[[ -c /dev/fuse ]] || skip "needs /dev/fuse"
	setsid unshare --mount --propagation private "$RRT_DIR/attack/hangfs" "$T/hang" 20 >"$T/hang.out" 2>&1 3>&- 4>&- 9>&- &
	hangfs=$!
	local try
	for try in {1..100}; do
		[[ -s $T/hang.out ]] && break
		sleep 0.02
	done
	[[ $(<"$T/hang.out") == mounted ]] || { kill "$hangfs"; skip "cannot mount FUSE: $(<"$T/hang.out")"; }
	PREFIX_CMD=(nsenter "--mount=/proc/$hangfs/ns/mnt" sh -ec
		'while [ "$1" != -- ]; do mount --bind "$1" "$2"; shift 2; done; shift; exec "$@"' sh
		"$T/etc" "${POLICY%/*}" "${MOUNTS[@]}" --)
}

@test "HT-022 the lowest priority under load completes in time" {
	local i busy=()
	for i in 1 2 3; do
		(while :; do :; done) 3>&- &
		busy+=($!)
	done
	harmless nice=19 idle one-cpu
	within_ms 8000
	kill "${busy[@]}"
}

@test "HT-023 under a tracer of the user's it has no privilege and says so" {
	exits 64 traced
	exits 64 traced channel=none
}

@test "HT-023 sharing its file system state with another process takes its privilege" {
	exits 64 sharefs
}

@test "HT-025 under no_new_privs it has no privilege and says so" {
	exits 64 no-new-privs
	exits 64 no-new-privs argv=x channel=none
}

@test "HT-026 on a nosuid mount, without the bit, or as another's, it has no privilege" {
	local copy=$RRT_DIR/attack/copy
	mkdir -p "$copy" "$T/nosuid"
	cp "$HELPER" "$copy/plain" && chmod 0755 "$copy/plain"
	cp "$HELPER" "$copy/theirs" && chown "$RRT_A" "$copy/theirs" && chmod 4755 "$copy/theirs"
	cp "$HELPER" "$copy/nosuid" && chmod 4711 "$copy/nosuid"
	ATTACKED=$copy/plain
	exits 64
	ATTACKED=$copy/theirs
	exits 64
	become "$RRT_B"
	exits 64
	become "$RRT_A"
	PREFIX_CMD=(sh -ec 'mount --bind "$1" "$1"; mount -o remount,bind,nosuid "$1"; shift; exec "$@"' sh "$copy")
	ATTACKED=$copy/nosuid
	exits 64
	PREFIX_CMD=()
	maps_own
	rm -rf "$copy"
}

@test "HT-027 inside a user namespace it has no privilege" {
	WHO_CMD+=(unshare -Ur)
	attack target=none
	# Seen from inside, the caller is root: that is refused, too.
	matches "${R[exit]}" '^(64|65|69)$'
	equal "${R[replies]}" 0
	no_effect
}

@test "HT-027 in a namespace of root's, where the set-uid bit works, it refuses" {
	local try
	unshare --user sleep 20 3>&- 4>&- 9>&- &
	for try in {1..100}; do
		[[ $(readlink "/proc/$!/ns/user") != "$(readlink /proc/self/ns/user)" ]] && break
		sleep 0.02
	done
	echo '0 0 4294967295' >"/proc/$!/uid_map"
	echo '0 0 4294967295' >"/proc/$!/gid_map"
	PREFIX_CMD=(nsenter "--user=/proc/$!/ns/user" --setuid 0 --setgid 0)
	exits 65 target=none
	kill $!
}

@test "HT-027 in a pid namespace it believes only a /proc that shows it" {
	PREFIX_CMD=(unshare --pid --fork --mount-proc)
	maps_own
	# The outer /proc shows the same processes by other numbers.
	PREFIX_CMD=(unshare --pid --fork)
	attack target=none
	no_effect
	# The inner one does not show us.
	inner_proc
	PREFIX_CMD=(nsenter "--mount=/proc/$inner/ns/mnt" sh -ec
		'while [ "$1" != -- ]; do mount --bind "$1" "$2"; shift 2; done; shift; exec "$@"' sh
		"$T/etc" "${POLICY%/*}" "${MOUNTS[@]}" --)
	exits 65 target=none
}

# $inner is a process in whose mount namespace /proc is that of a pid namespace below ours.
inner_proc() {
	local try
	unshare --pid --fork --mount-proc sleep 20 3>&- 4>&- 9>&- &
	inner=
	for try in {1..100}; do
		inner=$(pgrep -P $! -x sleep) && break
		sleep 0.02
	done
	[[ -n $inner ]]
}

@test "HT-027 what stands on /proc must be procfs, and its root" {
	mkdir "$T/empty"
	PREFIX_CMD=(sh -ec 'mount --bind "$1" /proc; shift; exec "$@"' sh "$T/empty")
	exits 65 target=none
	PREFIX_CMD=(sh -ec 'mount --bind /proc/sys /proc; exec "$@"' sh)
	exits 65 target=none
}

@test "HT-030 root is refused" {
	become_ids 0 0
	exits 69
	become_ids 0 "$PA"
	exits 69
}

@test "HT-031 ids that are no user's are refused" {
	local id
	for id in 65534 65535 2147483648 4294967294; do
		become_ids "$id" "$PA"
		exits 69 target=none
	done
	for id in 0 65534 65535 4294967294; do
		become_ids "$UA" "$id"
		attack target=none
		[[ $id == 4294967294 ]] || equal "${R[exit]}" 69
		no_effect
	done
	become "$RRT_A"
	maps_own
}

@test "HT-035 keys and a hang-up of the terminal do not stop it" {
	maps_own keys own-session settle
	equal "${R[settled]}" yes
}

@test "HT-036 its caller can neither signal, trace, limit nor read it" {
	attack settle probe never
	equal "settled ${R[settled]}" 'settled yes'
	equal "can ${R[can]-nothing}" 'can nothing'
}
