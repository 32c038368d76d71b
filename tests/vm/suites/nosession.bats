# Limits where nobody logged in: cron, a service, an empty environment. What starts there goes to the site's
# slice, and systemd's TasksMax, where the unit has one, goes with it.
load ../lib

MIB=$((1 << 20))
PLACE='^/rrun.slice/user-1000/[0-9a-f]{16}/ctr$'

prepare() {
	bundle "$B" alice
	config_sh 'exec sleep 1000'
	config '.linux.resources = { memory: { limit: 67108864 }, pids: { limit: 3000 } }'
}

# WAY…: a detached container started in this way; pid and ctr are its own.
started() {
	try "$@" bash -c "rrun run --detach --bundle $B --pid-file $T/pid $ID >$T/log 2>&1 </dev/null; echo \$? \$(cut -d: -f3 /proc/self/cgroup) \${HOME-no home} \${XDG_RUNTIME_DIR-no runtime}"
	cat "$T/log"
	went_well
	matches "$out" '^0 '
	pid=$(<"$T/pid") ctr=$(cgroup_of "$(<"$T/pid")")
}

# PIDS [PLACE]: exact, and what the caller left is carried over into ctr, which no update reaches.
held() {
	matches "$ctr" "${2-$PLACE}"
	equal "$(<"$CG$ctr/../memory.max")" $((64 * MIB))
	equal "$(<"$CG$ctr/../pids.max")" 3000
	equal "$(<"$CG$ctr/pids.max")" "$1"
	equal "$(stat -c %U "$CG$ctr/pids.max" "$CG$ctr/../pids.max" "$CG$ctr" | paste -sd ' ')" 'root root alice'
}

# Another login finds it, enters it, is held by it, and removes it.
found_from_a_login() {
	try login alice bash -c "
		echo \"list \$(rrun list --quiet)\"
		rrun exec $ID sleep 500 </dev/null >/dev/null 2>&1 &
		for try in {1..100}; do
			other=\$(grep -v '^$pid\$' $CG$ctr/cgroup.procs | head -n 1)
			[[ -z \$other ]] || break
			sleep 0.1
		done
		echo \"entered \$(cut -d: -f3 /proc/\$other/cgroup)\"
		kill \$other
		rrun exec $ID dd if=/dev/zero of=/dev/null bs=200M count=1 2>/dev/null
		echo \"dd \$?\"
		rrun delete --force $ID
		echo \"delete \$?\""
	went_well
	has "$out" "list $ID"
	has "$out" "entered $ctr"
	has "$out" 'dd 137'
	has "$out" 'delete 0'
	nothing_is_left
}

nothing_is_left() {
	equal "$(find "$CG/rrun.slice" -mindepth 2 -type d)" ''
	equal "$(find "$CG" -type d -name 'rrun-1000-*')" ''
	equal "$(ls -A /tmp/rrun-1000)" ''
}

@test "a cron job's container is in the site's slice, under cron's TasksMax, and a login finds it" {
	logged_out alice
	started cron_job alice
	has "$out" '/system.slice/cron.service'
	has "$out" 'no runtime'
	held "$(<$CG/system.slice/cron.service/pids.max)"
	found_from_a_login
}

@test "a service's container is under the TasksMax of that service" {
	started service_of alice -p TasksMax=50 -p KillMode=process
	held 50
	found_from_a_login
}

@test "with an empty environment it is the same: no home, no runtime directory" {
	started bare alice
	has "$out" 'no home no runtime'
	# The node's agent has no TasksMax; beside it, below system.slice, no login would find the container.
	held max
	found_from_a_login
}

@test "exec from under a smaller TasksMax than the container's is refused, with the reason" {
	started bare alice
	try service_of alice -p TasksMax=50 rrun exec "$ID" true
	equal "$status" 255
	has "$err" 'it would leave'
	has "$err" 'pids.max is 50'
	try bare alice rrun exec "$ID" true
	went_well
	try bare alice rrun delete --force "$ID"
	went_well
	nothing_is_left
}

@test "a limit beside TasksMax is left behind by nobody: the error names the file" {
	try service_of alice -p MemoryMax=500M rrun run --bundle "$B" "$ID"
	equal "$status" 125
	has "$err" 'memory.max is 524288000'
	nothing_is_left
}
