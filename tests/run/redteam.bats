# What a hostile image, a hostile container and an odd caller tried, each by the number it has in
# reference security.md.
load ../lib/rrun

prepare() { bundle_make; }

# Somebody else's id by now: the first run was stopped while its container was taken away.
@test "R-49 a run that ends takes no other container's state away" {
	config_args /bin/sleep 1000
	in_background first rr run --bundle "$B" "$ID"
	eventually status_is "$ID" running
	local first=$(pgrep -u "$WHO" -f "^$RRUN run --bundle $B $ID\$" | head -n 1)
	kill -STOP "$first"
	removed
	running
	kill -CONT "$first"
	eventually ended first
	status_is "$ID" running || fail "the state is gone, the container runs on"
	removed
}

@test "R-5 a name that only begins like /proc is no way into it" {
	mkdir "$T/data"
	as "$WHO" ln -s proc/sys "$B/rootfs/procdata"
	config '.mounts += [{ destination: "/procdata", type: "bind", source: $s, options: ["bind"] }]' --arg s "$T/data"
	refused 125 'leads into /proc' rr run --bundle "$B" "$ID"
}

@test "mount data that the kernel would cut is refused" {
	config '.mounts += [{ destination: "/cut", type: "tmpfs", source: "tmpfs",
		options: ([range(700) | "uid=0"] + ["size=64k", "nr_inodes=7"]) }]'
	refused 125 'mounts\[7\]' rr run --bundle "$B" "$ID"
}

# Init is held up, so that two are at its door before it opens.
@test "the start that fails does not end the container" {
	config_args /bin/sleep 1000
	try rr create --bundle "$B" "$ID"
	went_well
	pid=$(pid_of "$ID")
	kill -STOP "$pid"
	in_background slow as "$WHO" strace -qq -o /dev/null -e trace=unlinkat \
		-e inject=unlinkat:delay_enter=1000000:when=1 "$RRUN" start "$ID"
	sleep 0.5
	in_background quick rr start "$ID"
	sleep 1
	kill -CONT "$pid"
	eventually ended slow
	eventually ended quick
	cat "$T"/err.*
	equal "$(cat "$T/rc.slow" "$T/rc.quick" | sort | paste -sd' ')" "0 1"
	status_is "$ID" running || fail "no start won"
	removed
}

@test "two thousand bind mounts under a soft limit of a thousand descriptors, which the program keeps" {
	mkdir "$T/data"
	config '.mounts += [range(2000) | { destination: "/tmp/m\(.)", type: "bind", source: $s, options: ["bind"] }]
		| .process.rlimits = []' --arg s "$T/data"
	config_sh 'grep -c /tmp/m /proc/self/mountinfo; ulimit -n'
	try as "$WHO" bash -c "ulimit -S -n 1024; exec $RRUN run --bundle $B $ID"
	went_well
	equal "$out" $'2000\n1024'
}

# While rrun runs its file cannot be written at all, so nothing of it runs when the attack comes.
@test "R-4 RT-001 a container that is left alone cannot overwrite an rrun that the user owns" {
	local before
	as "$WHO" cp "$RRUN" "$T/rrun"
	before=$(md5sum "$T/rrun")
	ln -s /proc/self/exe "$B/rootfs/bin/self"
	# Without it the attack must hit the moment between execve and prctl(PR_SET_DUMPABLE).
	config '.process.capabilities |= map_values(. + ["CAP_SYS_PTRACE"])'
	config_sh 'while sleep 0.05; do
		for p in /proc/[0-9]*; do
			case $(tr "\0" " " <$p/cmdline) in "/bin/self spec"*)
				exec 9<$p/exe && touch /held
				kill -9 ${p#/proc/}
				sleep 0.5
				(echo overwritten >>/proc/self/fd/9) && touch /written
				touch /done
				exec sleep 1000
			esac
		done
	done'
	as "$WHO" "$T/rrun" run -d --bundle "$B" "$ID" </dev/null >"$T/stdout" 2>&1
	mkfifo "$T/full"
	exec 8<>"$T/full"
	dd if=/dev/zero bs=64k count=1 of="$T/full" 2>/dev/null
	as "$WHO" "$T/rrun" exec -d "$ID" /bin/self spec --print >&8 2>/dev/null </dev/null 8>&-
	eventually test -e "$B/rootfs/done"
	exec 8>&-
	removed
	[[ -e $B/rootfs/held ]]
	[[ ! -e $B/rootfs/written ]] || fail "it wrote"
	equal "$(md5sum "$T/rrun")" "$before"
}

# Root in the container may stop what is not its program yet.
@test "exec ends at the first SIGTERM, also when the container has stopped what it makes" {
	local n first
	config_sh 'cd /proc && while :; do
		for p in [0-9]*; do [ $p = 1 ] || kill -STOP $p; done
	done 2>/dev/null'
	try rr run -d --bundle "$B" "$ID"
	went_well
	for n in {1..40}; do
		in_background "$n" as "$WHO" "$RRUN" exec "$ID" /bin/sleep 1000
		sleep 0.05
		first=$(pgrep -o -u "$WHO" -f "^$RRUN exec $ID /bin/sleep 1000\$") || continue
		# Once it waits for the program itself, its signals are the program's.
		[[ $(ps -o stat=,args= --ppid "$first") == T*"$RRUN"* ]] || {
			kill -KILL "$first" && eventually ended "$n" && continue
		}
		kill -TERM "$first"
		eventually ended "$n" || { kill -KILL "$first" && break; }
		has "$(<"$T/err.$n")" 'signal 15 came first'
		touch "$T/tried"
	done
	removed
	ended "$n" || fail "held up in round $n"
	[[ -e $T/tried ]]
}

@test "a limit of file size leaves nothing behind" {
	config_args /bin/sleep 1000
	try as "$WHO" bash -c "ulimit -f 0; exec $RRUN run -d --bundle $B $ID"
	((status != 0)) || fail ran
	try rr state "$ID"
	has "$err" 'does not exist'
}
