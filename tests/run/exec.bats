# exec: a process more in a container.
load ../lib/rrun

prepare() {
	bundle_make
	config_args /bin/sleep 1000
}
started() { try rr run -d --bundle "$B" "$ID" && went_well && pid=$(pid_of "$ID"); }

@test "refuses a stopped and an unknown container, with 255" {
	config_args /bin/true
	try rr run -d --bundle "$B" "$ID"
	eventually status_is "$ID" stopped
	refused 255 'cannot exec in a stopped container' rr exec "$ID" true
	removed
	refused 255 'container does not exist' rr exec "$ID" true
}

@test "refuses no command, a relative cwd, and env without a name" {
	started
	refused 255 'exec args cannot be empty|argument|command|program' rr exec "$ID"
	refused 255 'Cwd must be an absolute path' rr exec --cwd tmp "$ID" true
	refused 255 'NOEQUALS|--env' rr exec --env NOEQUALS "$ID" true
	removed
}

@test "refuses every way to write a user that is not one, and no form yields 0" {
	local user
	started
	for user in '' : '1:' ':1' -1 4294967295 4294967296 1x ' 1' +1 root '0:x' '0 0' 0x0 '0:' '0:0:0'; do
		refused 255 'user|uid|gid|--user' rr exec "--user=$user" "$ID" id -u
	done
	removed
}

@test "refuses options of a later version by name" {
	started
	refused 255 'not supported yet' rr exec --cap CAP_KILL "$ID" true
	refused 255 'not supported yet' rr exec --cgroup /x "$ID" true
	removed
}

@test "a missing program is 255 in the foreground, and leaves no pid file" {
	started
	refused 255 'exec: "nowhere": executable file not found in \$PATH' rr exec --pid-file "$T/pid" "$ID" nowhere
	refused 255 'no such file or directory' rr exec "$ID" /no/where
	refused 1 'no such file or directory' rr exec --detach --pid-file "$T/pid" "$ID" /no/where
	[[ ! -e $T/pid ]]
	removed
}

@test "refuses a terminal in the background without a console socket" {
	started
	try rr exec --tty --detach "$ID" sh
	((status != 0)) || fail "status 0"
	has "$err" 'cannot allocate tty if rrun will detach without setting console socket'
	try rr exec --detach --console-socket "$T/s" "$ID" true
	((status != 0)) || fail "status 0"
	has "$err" 'cannot use console socket if rrun will not detach or allocate tty'
	removed
}

@test "the status is the program's" {
	started
	local n
	for n in 0 3 125 255; do
		try rr exec "$ID" probe exit "$n"
		equal "$status" "$n"
	done
	for n in 2 9 15; do
		try rr exec "$ID" probe die "$n"
		equal "$status" $((128 + n))
	done
	removed
}

@test "parsing ends at the ID: options of the program are the program's" {
	started
	try rr exec "$ID" ls -d /
	went_well
	equal "$out" /
	try rr exec "$ID" -- true
	try rr exec "$ID" sh -c 'echo "$0 $1"' --tty --detach
	equal "$out" '--tty --detach'
	removed
}

@test "it is in every namespace of the container, as its child" {
	local name
	started
	try rr exec "$ID" sh -c 'for n in user mnt pid ipc uts net cgroup; do readlink /proc/self/ns/$n; done; hostname; echo $PPID'
	went_well
	for name in user mnt pid ipc uts net cgroup; do
		has "$out" "$(readlink "/proc/$pid/ns/$name")"
	done
	has "$out" $'probe\n0'
	removed
}

@test "a process of the container's config: environment, limits, capabilities, no_new_privs, umask" {
	config '.process.env += ["ONE=1"] | .process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 100, hard: 200 }]
		| .process.user.umask = 63'
	started
	try rr exec "$ID" sh -c 'echo $ONE; ulimit -n; ulimit -Hn; grep -E "^(CapBnd|CapEff|NoNewPrivs)" /proc/self/status | tr "\t" " "; probe umask'
	went_well
	equal "$out" $'1\n100\n200\nCapEff: 0000000020000420\nCapBnd: 0000000020000420\nNoNewPrivs: 1\n0077'
	removed
}

@test "the seccomp profile of the container holds" {
	config '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO" }] }'
	started
	try rr exec "$ID" probe mkdir /tmp/x
	equal "$out" 1
	removed
}

@test "--env adds, --cwd goes there, and the config of the bundle may be gone" {
	started
	rm "$B/config.json"
	try rr exec --env A=1 -e B=2 --cwd /tmp "$ID" sh -c 'echo $A $B; pwd'
	went_well
	equal "$out" $'1 2\n/tmp'
	removed
}

@test "a later --env of the same name wins" {
	started
	try rr exec -e TERM=other "$ID" sh -c 'echo $TERM'
	equal "$out" other
	removed
}

@test "--user changes ids" {
	need_users
	config_range
	started
	try rr exec --user 1000:1001 "$ID" sh -c 'id -u; id -g'
	equal "$out" $'1000\n1001'
	try rr exec -u 5 "$ID" sh -c 'id -u'
	equal "$out" 5
	try rr exec -u 0 "$ID" id -u
	equal "$out" 0
	refused 255 'uid 2000000' rr exec -u 2000000 "$ID" true
	removed
}

@test "--no-new-privs sets it" {
	config '.process.noNewPrivileges = false'
	started
	try rr exec "$ID" grep NoNewPrivs /proc/self/status
	has "$out" 0
	try rr exec --no-new-privs "$ID" grep NoNewPrivs /proc/self/status
	has "$out" 1
	removed
}

@test "--process replaces everything" {
	started
	jq -n '{ args: ["/bin/sh", "-c", "echo $X; pwd; exit 6"], env: ["X=from file", "PATH=/bin"], cwd: "/tmp", user: { uid: 0, gid: 0 } }' >"$T/process.json"
	try rr exec --process "$T/process.json" "$ID"
	equal "$status" 6
	equal "$out" $'from file\n/tmp'
	cd "$T"
	try rr exec -p process.json "$ID"
	equal "$status" 6
	removed
}

@test "refuses a process file that is missing, not JSON, or without args" {
	started
	refused 255 "$T/none" rr exec --process "$T/none" "$ID"
	echo '{' >"$T/bad.json"
	refused 255 'bad.json' rr exec --process "$T/bad.json" "$ID"
	echo '{ "cwd": "/", "args": [] }' >"$T/bad.json"
	refused 255 'args' rr exec --process "$T/bad.json" "$ID"
	echo '{ "cwd": "/", "args": [7] }' >"$T/bad.json"
	refused 255 'args\[0\]' rr exec --process "$T/bad.json" "$ID"
	removed
}

@test "--detach leaves the process, and --pid-file names it" {
	started
	try rr exec --detach --pid-file "$T/pid" "$ID" sleep 500
	went_well
	matches "$(od -An -c "$T/pid" | tr -d ' \n')" '^[0-9]+$'
	alive "$(<"$T/pid")"
	equal "$(readlink "/proc/$(<"$T/pid")/ns/pid")" "$(readlink "/proc/$pid/ns/pid")"
	[[ $(<"$T/pid") != "$pid" ]]
	removed
	gone "$(<"$T/pid")"
}

@test "conmon's form works: pid file, process file, detach, id" {
	started
	jq -n '{ args: ["/bin/sh", "-c", "echo done >/tmp/done"], env: ["PATH=/bin"], cwd: "/", user: { uid: 0, gid: 0 } }' >"$T/process.json"
	try rr exec --pid-file "$T/pid" --process "$T/process.json" --detach "$ID"
	went_well
	equal "$out$err" ""
	eventually test -e "$B/rootfs/tmp/done"
	removed
}

@test "--tty gives it a terminal of the container's" {
	started
	try as "$WHO" "$RRT_TOOLS/pty" size=21x43 -- "$RRUN" exec --tty "$ID" probe tty
	went_well
	has "$out" 'tty 1 1 1'
	has "$out" 'size 21 43'
	has "$out" 'controlling yes'
	matches "$out" 'name /dev/pts/[0-9]'
	has "$out" '[the terminal is as it was]'
	removed
}

@test "--tty --detach sends the master over the console socket" {
	started
	in_background console as "$WHO" "$RRT_TOOLS/console" "$T/s" take
	eventually grep -q listening "$T/out.console"
	try rr exec --tty --detach --console-socket "$T/s" "$ID" sh -c 'tty; echo done'
	went_well
	eventually ended console
	has "$(cat "$T/out.console")" 'fds 1'
	has "$(cat "$T/out.console")" done
	removed
}

@test "signals in the foreground reach the exec'd process, not init" {
	need_root
	started
	in_background 1 rr exec "$ID" sh -c 'trap "exit 8" TERM; echo ready; while :; do sleep 0.05; done'
	eventually grep -q ready "$T/out.1"
	local p
	for p in $(users_processes "$WHO"); do
		[[ $(readlink "/proc/$p/exe") == "$RRUN" ]] && kill -TERM "$p"
	done
	eventually ended 1
	equal "$(<"$T/rc.1")" 8
	alive "$pid"
	removed
}

# runc allows it. Here init waits for start as a process that nothing may trace or look into (R-3), and
# that is what entering its namespaces would need.
@test "a created container is not entered: start comes first" {
	try rr create --bundle "$B" "$ID"
	went_well
	try rr exec "$ID" echo here
	equal "$status" 255
	has "$err" 'cannot exec in a created container'
	has "$err" "rrun start $ID"
	equal "$out" ""
	removed
}

@test "the cwd is proven inside the root" {
	started
	local n
	for n in {3..24}; do
		try rr exec --cwd "/proc/self/fd/$n" "$ID" sh -c 'probe getcwd; ls'
		((status == 255)) || matches "$out" '^/'
		lacks "$out" 'unreachable'
	done
	removed
}

# An attacker in the container, with the ids of the one who owns the binary: it keeps a descriptor of
# the binary of a process that runs there, ends the process, and writes through the descriptor.
overwrites() {
	local binary=$1 before
	before=$(md5sum "$binary")
	ln -s /proc/self/exe "$B/rootfs/bin/self"
	as "$WHO" "$binary" run -d --bundle "$B" "$ID" </dev/null >"$T/stdout" 2>&1
	# Held up by a pipe that is full and that nobody reads.
	mkfifo "$T/full"
	exec 8<>"$T/full"
	dd if=/dev/zero bs=64k count=1 of="$T/full" 2>/dev/null
	as "$WHO" "$binary" exec "$ID" /bin/self spec --print >&8 2>/dev/null </dev/null 8>&- &
	try as "$WHO" "$binary" exec "$ID" sh -c '
		for try in 1 2 3 4 5 6 7 8 9 10; do
			for p in /proc/[0-9]*; do
				case $(tr "\0" " " <$p/cmdline) in "/bin/self spec"*)
					echo found
					exec 9<$p/exe && echo held
					kill -9 ${p#/proc/}
					sleep 0.2
					(echo overwritten >>/proc/self/fd/9) && echo written
					exit;;
				esac
			done
			sleep 0.1
		done'
	echo "# $out"
	exec 8>&-
	as "$WHO" "$binary" delete --force "$ID"
	equal "$(md5sum "$binary")" "$before"
	has "$out" found
	lacks "$out" written
}

@test "a container cannot overwrite the rrun binary" { overwrites "$RRUN"; }

@test "a container cannot overwrite an rrun binary that the user owns" {
	as "$WHO" cp "$RRUN" "$T/rrun"
	overwrites "$T/rrun"
}
