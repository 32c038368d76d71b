# Exit statuses: 125 rrun's own failure, 126 not executable, 127 not found, 128+N a signal, else the
# program's. Other verbs: 1; an attached exec: 255.
load ../lib/rrun

prepare() { bundle_make; }

@test "a missing program in PATH is 127" {
	config_args no-such-program
	refused 127 'exec: "no-such-program": executable file not found in \$PATH' rr run --bundle "$B" "$ID"
}

@test "a missing absolute program is 127" {
	config_args /no/such/program
	refused 127 'exec: "/no/such/program": .*no such file or directory' rr run --bundle "$B" "$ID"
}

@test "a program that may not be executed is 126" {
	printf '#!/bin/sh\n' >"$B/rootfs/plain" && chmod 0644 "$B/rootfs/plain"
	config_args /plain
	refused 126 'exec: "/plain": permission denied' rr run --bundle "$B" "$ID"
}

@test "a directory as program is 126" {
	config_args /tmp
	refused 126 'exec: "/tmp": .*(permission denied|is a directory)' rr run --bundle "$B" "$ID"
}

@test "a program of no known format is 126" {
	printf 'no format at all\n' >"$B/rootfs/noise" && chmod 0755 "$B/rootfs/noise"
	config_args /noise
	refused 126 'exec format error' rr run --bundle "$B" "$ID"
}

@test "a script whose interpreter is missing is 127" {
	printf '#!/no/interpreter\n' >"$B/rootfs/script" && chmod 0755 "$B/rootfs/script"
	config_args /script
	refused 127 'exec: "/script": .*no such file or directory' rr run --bundle "$B" "$ID"
}

@test "a directory in PATH that has the name is passed over" {
	mkdir -p "$B/rootfs/bin2/tool"
	config '.process.env = ["PATH=/bin2:/bin"]'
	ln -s busybox "$B/rootfs/bin/tool"
	rm "$B/rootfs/bin/tool" && printf '#!/bin/sh\necho right\n' >"$B/rootfs/bin/tool" && chmod 0755 "$B/rootfs/bin/tool"
	config_args tool
	try rr run --bundle "$B" "$ID"
	went_well
	equal "$out" right
}

@test "rrun's own failure is 125, and 1 for other verbs" {
	config '.root.path = "nowhere"'
	refused 125 'nowhere' rr run --bundle "$B" "$ID"
	refused 1 'nowhere' rr create --bundle "$B" "$ID"
	refused 1 'nowhere' rr run --detach --bundle "$B" "$ID"
}

@test "the same failures are 1 for run --detach and create" {
	config_args /no/such/program
	refused 1 'no such file or directory' rr run --detach --bundle "$B" "$ID"
	refused 1 'no such file or directory' rr create --bundle "$B" "$ID"
}

@test "the status of the program is rrun's" {
	local n
	for n in 0 1 2 42 125 126 127 128 255; do
		config_args /bin/probe exit "$n"
		try rr run --bundle "$B" "$ID"
		equal "$status" "$n"
		equal "$err" ""
	done
}

@test "death by signal N is 128+N" {
	local n
	# As process 1 of a pid namespace a program cannot kill itself: a shell waits for it.
	for n in 1 2 6 9 11 13 15 31; do
		inside "probe die $n; exit \$?"
		equal "$status" $((128 + n))
	done
	# And process 1 itself, from outside.
	config_args /bin/sleep 1000
	in_background 1 rr run --bundle "$B" "$ID"
	eventually status_is "$ID" running
	kill -KILL "$(pid_of "$ID")"
	eventually ended 1
	equal "$(<"$T/rc.1")" 137
}
