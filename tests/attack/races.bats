# Beyond the catalogue: what can change while the helper looks, and after.
load setup

# Where the request has been received, and how many calls there are.
calls_count() {
	local i
	PREFIX_CMD=("$INJECT" "$HELPER" trace --)
	attack uid=0:$RA:65536 gid=0:$GA:65536 >/dev/null
	equal "${R[verdict]}" ALLOW
	calls=${R[calls]} before_main=$((R[calls] - R[from-main]))
	read -r -a trace <<<"${R[call]}"
	for i in "${!trace[@]}"; do
		[[ ${trace[i]} == "$(recvmsg_number)" ]] && received=$((before_main + i)) && return
	done
	fail "no recvmsg"
}

recvmsg_number() { case $(uname -m) in x86_64) echo 47 ;; *) echo 212 ;; esac; }

# swapped HOW STEP: at every STEPth call after the request came, the target does HOW; then the helper
# goes on.
swapped() {
	local n
	calls_count
	: >"$T/pid" && chown "$RRT_A" "$T/pid"
	for ((n = received; n < calls; n += $2)); do
		: >"$T/pid"
		PREFIX_CMD=("$INJECT" "$HELPER" hold $n
			"while ! read -r pid rest <$T/pid; do sleep 0.002; done; kill -USR1 \$pid; sleep 0.01" --)
		attack swap="$1" pidfile="$T/pid" uid=0:$RA:65536 gid=0:$GA:65536 >"$T/log"
		unharmed || { echo "at call $n of $calls"; cat "$T/log"; return 1; }
	done
}

# Only the namespace that was judged may have the range.
unharmed() {
	[[ ${R[exit]-} != hung && ${R[output]} == 0 ]] || return
	if [[ ${R[verdict]-} == ALLOW && -n ${R[setgroups]} ]]; then
		[[ ${R[uid-map]} == "0 $RA 65536" && ${R[gid-map]} == "0 $GA 65536" ]]
	else
		[[ -z ${R[uid-map]} || ${R[uid-map]} == "$UA $UA 1" ]]
	fi
}

@test "a target that moves into a namespace below its own is not mapped there" { swapped nest 1; }

@test "a target that becomes undumpable meanwhile is mapped wholly or not" { swapped nondumpable 2; }

@test "a target that runs a set-uid program meanwhile is mapped wholly or not" { swapped exec 3; }

@test "a target that dies meanwhile harms nobody" { swapped die 3; }

# At every second call, the target dies and another user's fresh namespace gets its number.
@test "a process that inherits the number of a dead target is not mapped" {
	local n reused=0 other
	[[ -w /proc/sys/kernel/ns_last_pid ]] || skip "needs ns_last_pid in the kernel"
	calls_count
	: >"$T/pid" && chown "$RRT_A" "$T/pid"
	cat >"$T/reuse" <<-END
		while ! read -r pid rest <$T/pid; do sleep 0.002; done
		kill -KILL \$pid
		while [ -e /proc/\$pid ]; do sleep 0.002; done
		for try in 1 2 3 4 5; do
			echo \$((pid - 1)) >/proc/sys/kernel/ns_last_pid
			setpriv --reuid=$UB --regid=$PB --clear-groups unshare --user sleep 20 >/dev/null 2>&1 &
			[ \$! = \$pid ] && echo \$pid >$T/reused && break
			kill \$!
		done
		sleep 0.02
	END
	for ((n = received; n < calls; n += 2)); do
		: >"$T/pid"
		rm -f "$T/reused"
		PREFIX_CMD=("$INJECT" "$HELPER" hold $n "sh $T/reuse 3>&- 4>&- 9>&-" --)
		attack target=orphan pidfile="$T/pid" uid=0:$RA:65536 gid=0:$GA:65536 >"$T/log"
		if [[ -s $T/reused ]]; then
			other=$(<"$T/reused")
			((reused += 1))
			[[ -z $(cat "/proc/$other/uid_map" "/proc/$other/gid_map") ]] || fail "mapped at call $n" "$(<"$T/log")"
			kill "$other"
		fi
	done
	echo "# $reused of $((calls - received)) numbers were reused"
	((reused > 0)) || skip "no number could be reused: the machine is too busy"
}

@test "HT-005 while it works it has no descriptor of its caller's but the channel" {
	local name
	calls_count
	for name in 'open-all=1024' 'close=0 close=1 close=2'; do
		PREFIX_CMD=("$INJECT" "$HELPER" hold $((received + 12))
			"for fd in /proc/\$HELPER_PID/fd/*; do echo \${fd##*/} \$(readlink \$fd); done >$T/fds" --)
		# shellcheck disable=SC2086
		attack $name
		equal "${R[verdict]}" ALLOW
		equal "$(grep -c '^[012] /dev/null$' "$T/fds")" 3
		# The channel, procfs, the policy, perhaps a log and a ruleset, the pidfd, the target's directory.
		equal "$(grep -vE '^[012] /dev/null$|^3 socket:|^[0-9]+ (/proc(/.*)?|.*/policy.conf|socket:.*|anon_inode:.*(landlock|pidfd).*|user:.*|pidfd:.*)$' "$T/fds")" ''
	done
}

@test "a helper that was frozen for longer than its life does not act" {
	calls_count
	PREFIX_CMD=("$INJECT" "$HELPER" hold $((received + 4)) 'sleep 5.5' --)
	attack uid=0:$RA:65536 gid=0:$GA:65536
	[[ ${R[verdict]-none} != ALLOW ]]
	no_effect
}

# The kernel asks the file system at every close, also at exit, and waits: nothing that a program can help
# once it has the descriptor. What counts is that by then the answer is out and no privilege is left.
@test "a file system that never answers a close finds a helper without privilege" {
	[[ -c /dev/fuse ]] || skip "needs /dev/fuse"
	: >"$T/never"
	: >"$T/pid" && chown "$RRT_A" "$T/pid"
	setsid unshare --mount --propagation private "$RRT_DIR/attack/hangfs" "$T/never" 4 >"$T/never.out" 2>&1 3>&- 4>&- 9>&- &
	local hangfs=$! try helper=
	for try in {1..100}; do [[ -s $T/never.out ]] && break; sleep 0.02; done
	[[ $(<"$T/never.out") == mounted ]] || skip "cannot mount FUSE: $(<"$T/never.out")"
	PREFIX_CMD=(nsenter "--mount=/proc/$hangfs/ns/mnt" sh -ec
		'while [ "$1" != -- ]; do mount --bind "$1" "$2"; shift 2; done; shift; exec "$@"' sh
		"$T/etc" "${POLICY%/*}" "${MOUNTS[@]}" -- env "CLIENT_FILE=$T/never")
	(sleep 0.4; touch "$T/never.stop"; sleep 1; read -r _ helper <"$T/pid"; cp "/proc/$helper/status" "$T/status") 3>&- 4>&- 9>&- &
	attack target=file settle delay=700 pidfile="$T/pid"
	equal "${R[verdict]-none}" TARGET
	no_effect
	[[ -s $T/status ]] || skip "needs a kernel that waits for the file system at exit"
	matches "$(<"$T/status")" 'CapPrm:.0000000000000000'
	matches "$(<"$T/status")" 'CapEff:.0000000000000000'
}
