# Terminals: the pty in the foreground, and the console socket.
load ../lib/rrun

prepare() {
	bundle_make
	config '.process.terminal = true'
}

# on_terminal STEP… -- CMD…
on_terminal() { try as "$WHO" "$RRT_TOOLS/pty" "$@"; }
attached() { printf '%s\n' "$RRUN" run --bundle "$B" "$ID"; }
console() { in_background console as "$WHO" "$RRT_TOOLS/console" "$@" && eventually grep -q listening "$T/out.console"; }

@test "refuses a terminal in the background without a console socket" {
	local words='cannot allocate tty if rrun will detach without setting console socket'
	refused 1 "$words" rr create --bundle "$B" "$ID"
	refused 1 "$words" rr run --detach --bundle "$B" "$ID"
}

@test "refuses a console socket without a terminal, and one in the foreground" {
	local words='cannot use console socket if rrun will not detach or allocate tty'
	refused 125 "$words" rr run --bundle "$B" --console-socket "$T/s" "$ID"
	config '.process.terminal = false'
	refused 1 "$words" rr create --bundle "$B" --console-socket "$T/s" "$ID"
	refused 1 "$words" rr run --detach --bundle "$B" --console-socket "$T/s" "$ID"
}

@test "refuses a terminal in the foreground where there is none" {
	refused 125 'terminal' rr run --bundle "$B" "$ID"
}

@test "refuses a console socket that is not there, a file, and one that nobody listens on" {
	refused 1 "$T/none" rr create --bundle "$B" --console-socket "$T/none" "$ID"
	as "$WHO" touch "$T/file"
	refused 1 "$T/file" rr create --bundle "$B" --console-socket "$T/file" "$ID"
	console "$T/deaf" closed
	eventually ended console
	refused 1 "$T/deaf" rr run -d --bundle "$B" --console-socket "$T/deaf" "$ID"
}

@test "refuses the console socket of another user" {
	need_users
	mkdir "$T/other" && chown "$RRT_B" "$T/other"
	in_background console as "$RRT_B" sh -c "umask 0; exec '$RRT_TOOLS/console' '$T/other/s' take"
	eventually grep -q listening "$T/out.console"
	chmod 0777 "$T/other/s"
	refused 1 "$T/other/s" rr create --bundle "$B" --console-socket "$T/other/s" "$ID"
	lacks "$(cat "$T/out.console")" 'fds 1'
	users_kill "$RRT_B"
}

@test "a console socket that closes at once ends in an error or a container, never in left-overs" {
	config_args /bin/true
	console "$T/s" close
	try rr run -d --bundle "$B" --console-socket "$T/s" "$ID"
	((ms <= 1000)) || fail "took $ms ms"
	((status == 0 || status == 1)) || fail "status $status"
	if ((status == 0)); then eventually status_is "$ID" stopped && removed; fi
	eventually ended console
}

@test "the console socket gets one descriptor with a payload: the master of the container's pty" {
	config_sh 'tty; stty size; echo done'
	console "$T/s" take
	try rr run -d --bundle "$B" --console-socket "$T/s" "$ID"
	went_well
	equal "$out$err" ""
	eventually ended console
	matches "$(cat "$T/out.console")" 'payload [1-9]'
	has "$(cat "$T/out.console")" 'fds 1'
	has "$(cat "$T/out.console")" /dev/pts/0
	has "$(cat "$T/out.console")" done
	eventually status_is "$ID" stopped
	removed
}

@test "a manager that sends first is listened to by nobody, and gets its master" {
	config_sh 'echo done'
	console "$T/s" chat
	try rr run -d --bundle "$B" --console-socket "$T/s" "$ID"
	went_well
	eventually ended console
	has "$(cat "$T/out.console")" done
	eventually status_is "$ID" stopped
	removed
}

@test "create sends the master before start" {
	config_sh 'echo done'
	console "$T/s" take
	try rr create --bundle "$B" --console-socket "$T/s" "$ID"
	went_well
	eventually grep -q 'fds 1' "$T/out.console"
	lacks "$(cat "$T/out.console")" done
	try rr start "$ID"
	went_well
	eventually grep -q done "$T/out.console"
	eventually status_is "$ID" stopped
	removed
}

@test "a console socket path longer than sun_path works, relative too" {
	local deep
	deep=$T/$(printf 'd%.0s' {1..120})/$(printf 'e%.0s' {1..120})
	as "$WHO" mkdir -p "$deep"
	config_sh 'echo done'
	console "$deep/socket" take
	try rr run -d --bundle "$B" --console-socket "$deep/socket" "$ID"
	went_well
	eventually ended console
	has "$(cat "$T/out.console")" done
	eventually status_is "$ID" stopped
	removed
	rm "$T/out.console" "$T/rc.console"
	console "$deep/second" take
	cd "$T"
	try rr run -d --bundle bundle --console-socket "${deep#"$T"/}/second" "$ID"
	went_well
	eventually ended console
	removed
}

@test "in the foreground the program has a terminal of its own, which controls it" {
	config_args /bin/probe tty
	on_terminal size=33x99 -- "$RRUN" run --bundle "$B" "$ID"
	went_well
	has "$out" 'tty 1 1 1'
	has "$out" 'size 33 99'
	has "$out" 'controlling yes'
	has "$out" 'onlcr off'
	has "$out" 'name /dev/pts/0'
	has "$out" '[the terminal is as it was]'
}

@test "/dev/console is that terminal" {
	config_sh 'test -c /dev/console && echo through the console >/dev/console; stat -c %t:%T /dev/console $(tty) | sort -u | wc -l'
	on_terminal -- "$RRUN" run --bundle "$B" "$ID"
	went_well
	has "$out" 'through the console'
	matches "$out" $'1\r?\n'
}

@test "consoleSize is honoured, and ignored without a terminal" {
	config '.process.consoleSize = { height: 11, width: 22 }'
	config_args /bin/probe tty
	on_terminal size=33x99 -- "$RRUN" run --bundle "$B" "$ID"
	has "$out" 'size 11 22'
	console "$T/s" take
	try rr run -d --bundle "$B" --console-socket "$T/s" "$ID"
	went_well
	eventually ended console
	has "$(cat "$T/out.console")" 'size 11 22'
	removed
	config '.process.terminal = false'
	try rr run --bundle "$B" "$ID"
	went_well
	has "$out" 'tty 0 0 0'
}

@test "a window that changes size changes the container's" {
	config_sh 'trap "stty size; exit 6" WINCH; echo ready; while :; do sleep 0.05; done'
	on_terminal size=10x20 expect=ready size=44x55 'expect=44 55' -- "$RRUN" run --bundle "$B" "$ID"
	equal "$status" 6
	has "$out" '[the terminal is as it was]'
}

@test "what is typed reaches the program, control characters too, and the terminal is raw meanwhile" {
	config_args /bin/sh
	on_terminal 'send=echo a$((1+1))b\r' expect=a2b raw 'send=sleep 100\r' sleep=200 'send=\x03' \
		'send=exit 5\r' -- "$RRUN" run --bundle "$B" "$ID"
	equal "$status" 5
	has "$out" '[the terminal is raw]'
	has "$out" '[the terminal is as it was]'
}

@test "the terminal is restored when the container is killed" {
	need_root
	config_args /bin/sh
	in_background 1 as "$WHO" "$RRT_TOOLS/pty" 'send=echo r''eady$((1))\r' expect=eady1 sleep=1000 -- "$RRUN" run --bundle "$B" "$ID"
	eventually grep -q 'eady1' "$T/out.1"
	kill -KILL "$(pid_of "$ID")"
	eventually ended 1
	equal "$(<"$T/rc.1")" 137
	has "$(cat "$T/out.1")" '[the terminal is as it was]'
}

@test "the terminal is restored when rrun is asked to end" {
	config_sh 'trap "exit 3" TERM; echo ready; while :; do sleep 0.05; done'
	on_terminal expect=ready signal=15 -- "$RRUN" run --bundle "$B" "$ID"
	equal "$status" 3
	has "$out" '[the terminal is as it was]'
}

@test "the terminal is restored when the run fails" {
	config_args /no/such/program
	on_terminal -- "$RRUN" run --bundle "$B" "$ID"
	equal "$status" 127
	has "$out" '[the terminal is as it was]'
	has "$out" 'no such file or directory'
}

@test "nothing stays when the caller's terminal hangs up" {
	config_sh 'trap "exit 3" HUP; echo ready; while :; do sleep 0.05; done'
	on_terminal expect=ready hangup -- "$RRUN" run --bundle "$B" "$ID"
	((ms < 5000)) || fail "took $ms ms"
	equal "$status" 3
}

@test "the last output is not lost" {
	config_sh 'seq 1 20000; echo the end'
	on_terminal -- "$RRUN" run --bundle "$B" "$ID"
	went_well
	has "$out" 'the end'
	equal "$(grep -cE '^[0-9]+.?$' <<<"$(tr -d '\r' <"$T.out")")" 20000
}

@test "lines end in a newline alone: ONLCR is off" {
	config_sh 'printf "a\nb\n"'
	console "$T/s" take
	try rr run -d --bundle "$B" --console-socket "$T/s" "$ID"
	eventually ended console
	lacks "$(cat "$T/out.console")" $'\r'
	has "$(cat "$T/out.console")" $'a\nb'
	removed
}

@test "without a terminal stdio is passed as it is" {
	config '.process.terminal = false'
	config_sh 'cat; echo to stderr >&2; ls -l /proc/self/fd/0'
	printf 'some input\n' >"$T/input"
	status=0
	as "$WHO" "$RRUN" run --bundle "$B" "$ID" <"$T/input" >"$T.out" 2>"$T.err" || status=$?
	went_well
	has "$(cat "$T.out")" 'some input'
	equal "$(cat "$T.err")" 'to stderr'
}

@test "the end of a pipe on stdin is the program's end of input" {
	config '.process.terminal = false'
	config_sh 'cat; echo end of input'
	status=0
	printf 'piped' | as "$WHO" "$RRUN" run --bundle "$B" "$ID" >"$T.out" || status=$?
	went_well
	equal "$(cat "$T.out")" 'pipedend of input'
}

@test "the program can make more terminals" {
	config '.process.terminal = false'
	config_args /bin/probe ptmx
	try rr run --bundle "$B" "$ID"
	went_well
	equal "$out" /dev/pts/0
}
