# Signals: what rrun in the foreground gets, the program gets.
load ../lib/rrun

prepare() { bundle_make; }

# The pid of the frontend in the foreground.
frontend() {
	local pid
	for pid in $(users_processes "$WHO"); do
		[[ $(readlink "/proc/$pid/exe") == "$RRUN" ]] && echo "$pid" && return
	done
	return 1
}
has_line() { grep -qx "$1" "$T/out.1"; }

@test "every forwardable signal is forwarded" {
	need_root
	local n rrun
	config_args /bin/probe all-signals
	in_background 1 rr run --bundle "$B" "$ID"
	eventually has_line ready
	rrun=$(frontend)
	for n in 1 2 3 4 5 6 7 8 10 11 12 14 16 18 23 24 25 26 27 29 30 31 34 35 40 50 64; do
		kill -"$n" "$rrun"
		eventually has_line "got $n"
	done
	kill -15 "$rrun"
	eventually has_line 'got 15'
	kill -15 "$rrun"
	eventually ended 1
	equal "$(<"$T/rc.1")" 0
}

@test "SIGWINCH, SIGCHLD and SIGPIPE stay with rrun" {
	need_root
	local n rrun
	config_args /bin/probe all-signals
	in_background 1 rr run --bundle "$B" "$ID"
	eventually has_line ready
	rrun=$(frontend)
	for n in 28 17 13; do kill -"$n" "$rrun"; done
	kill -10 "$rrun"
	eventually has_line 'got 10'
	equal "$(cat "$T/out.1")" $'ready\ngot 10'
	kill -15 "$rrun" && eventually has_line 'got 15' && kill -15 "$rrun"
	eventually ended 1
}

@test "a signal that ends the program is rrun's status" {
	need_root
	config_sh 'trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done'
	in_background 1 rr run --bundle "$B" "$ID"
	eventually has_line ready
	kill -TERM "$(frontend)"
	eventually ended 1
	equal "$(<"$T/rc.1")" 9
}

@test "the program starts with no signal blocked and none ignored" {
	trap '' PIPE HUP
	inside 'grep -E "^Sig(Blk|Ign)" /proc/self/status | tr -d "\t"; exec grep -E "^SigIgn" /proc/1/status'
	trap - PIPE HUP
	went_well
	has "$out" 'SigBlk:0000000000000000'
	# 32 and 33 are libc's own: they stay as the caller had them.
	matches "$out" 'SigIgn:0000000180000000|SigIgn:0000000000000000'
}

@test "when rrun is killed the container in the foreground dies with it" {
	need_root
	config_args /bin/sleep 1000
	in_background 1 rr run --bundle "$B" "$ID"
	eventually status_is "$ID" running
	pid=$(pid_of "$ID")
	kill -KILL "$(frontend)"
	eventually gone "$pid"
	removed
}
