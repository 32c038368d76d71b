# A container's cgroup, as the verbs that need one see it.
load ../lib/rrun

prepare() { bundle_make; }


# What the test made goes before the library looks for leftovers.
eval "leftovers_$(declare -f teardown)"
teardown() {
	[[ -z ${C-} ]] || cgroup_end
	leftovers_teardown
}

mount_of_v2() { awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts; }

# Root makes a cgroup C, the user's own, puts the container's init into it and writes that into the
# state: what the verbs do then does not depend on who made it.
in_a_cgroup() {
	local state
	need_root
	[[ -n $(mount_of_v2) ]] || skip "needs a cgroup v2"
	running
	C=$(mount_of_v2)/rrtest-$ID/c
	mkdir -p "$C" || skip "needs a cgroup v2 that can be written to"
	echo "$pid" >"$C/cgroup.procs"
	chown "$WHO:" "${C%/*}" "$C" "$C"/cgroup.{procs,freeze,kill}
	state=$(runtime_of "$WHO")/rrun/$ID/state.json
	sed -i "s|^\"console\":|\"cgroup\": \"${1:-$C}\",\n\"cgroupInode\": $(stat -c %i "$C"),\n&|" "$state"
	chown "$WHO:" "$state"
}

cgroup_end() {
	[[ ! -e $C ]] || echo 1 >"$C/cgroup.kill"
	for _ in {1..100}; do
		[[ ! -e $C ]] || rmdir "$C" 2>/dev/null || true
		[[ -e $C ]] || { rmdir "${C%/*}" && break; }
		sleep 0.02
	done
	unset C
}

@test "refuses what needs a cgroup where there is none, and says how to get one" {
	local verb
	running
	for verb in pause resume events; do
		refused 1 "container $ID has no cgroup of its own: no limits and no linux.cgroupsPath were asked for" rr "$verb" "$ID"
		try rr "$verb" "$ID"
		has "$err" 'set linux.cgroupsPath or a limit'
		has "$err" RR-CGR-04
	done
	removed
}

@test "refuses pause, resume, ps and events of a container that has ended" {
	running
	try rr kill "$ID" KILL
	eventually status_is "$ID" stopped
	refused 1 'container not running' rr pause "$ID"
	refused 1 'container not paused' rr resume "$ID"
	refused 1 'container not running' rr ps "$ID"
	refused 1 "container with id $ID is not running" rr events "$ID"
	removed
}

@test "refuses a state whose cgroup is none" {
	local path
	for path in sys/fs/cgroup/x /etc /sys/fs/cgroup/../../../etc /sys/fs/cgroup; do
		running
		sed -i "s|^\"console\":|\"cgroup\": \"$path\",\n\"cgroupInode\": 1,\n&|" "$(runtime_of "$WHO")/rrun/$ID/state.json"
		refused 1 'its cgroup is no path of a cgroup v2' rr state "$ID"
		kill -KILL "$pid"
		eventually gone "$pid"
		removed
	done
}

@test "ps finds the processes of a pid namespace without a cgroup" {
	config_sh 'sleep 1000 & exec sleep 1000'
	try rr run --detach --bundle "$B" "$ID"
	went_well
	pid=$(pid_of "$ID")
	eventually two_are_listed
	jq -e "index($pid)" <<<"$out"
	try rr ps "$ID"
	went_well
	equal "$(grep -c 'sleep 1000' <<<"$out") $(grep -c . <<<"$out")" "2 3"
	matches "$out" '^UID +PID'
	try rr ps "$ID" -o pid,args
	went_well
	equal "$(grep -c . <<<"$out")" 3
	refused 1 "couldn't find PID field in ps output" rr ps "$ID" -o args
	removed
}
two_are_listed() {
	try rr ps --format json "$ID"
	[[ $(jq length <<<"$out") == 2 ]]
}

@test "pause stops it, resume lets it go on" {
	in_a_cgroup
	refused 1 'container not paused: it is running' rr resume "$ID"
	try rr pause "$ID"
	went_well
	status_is "$ID" paused
	refused 1 'container not running: it is paused' rr pause "$ID"
	try rr resume "$ID"
	went_well
	status_is "$ID" running
	equal "$(rr state "$ID" | jq -r .rrun.cgroup)" "$C"
	try rr ps -f json "$ID"
	equal "$out" "[$pid]"
	removed
}

@test "events prints what was used, until the container ends" {
	in_a_cgroup
	try rr events --stats "$ID"
	went_well
	equal "$(jq -r '.type + " " + .id' <<<"$out")" "stats $ID"
	equal "$(jq -r '.data | keys_unsorted | join(" ")' <<<"$out")" "cpu cpuset memory pids blkio hugetlb intel_rdt network_interfaces"
	equal "$(jq -r '.data.cpu.usage.total, .data.memory.usage.limit | type' <<<"$out" | sort -u)" number
	in_background 1 rr events --interval 50ms "$ID"
	eventually test -s "$T/out.1"
	rr kill "$ID" KILL
	eventually ended 1
	equal "$(<"$T/rc.1")" 0
	equal "$(jq -s 'map(select(.type != "stats")) | length' "$T/out.1")" 0
	removed
}

@test "kill --all reaches what is left in the cgroup" {
	in_a_cgroup
	as "$WHO" sleep 1000 3>&- &
	eventually left_over
	echo "$left" >"$C/cgroup.procs"
	try rr kill --all "$ID" KILL
	went_well
	eventually gone "$left"
	eventually status_is "$ID" stopped
	try rr kill --all "$ID" TERM
	went_well
	removed
}
left_over() { left=$(pgrep -u "$WHO" -f -n '^sleep 1000'); }

@test "a cgroup that another has by now is not touched" {
	in_a_cgroup
	sed -i 's/^"cgroupInode": .*/"cgroupInode": 1,/' "$(runtime_of "$WHO")/rrun/$ID/state.json"
	refused 1 "container $ID has no cgroup of its own: $C is gone, or another's by now" rr pause "$ID"
	equal "$(<"$C/cgroup.freeze")" 0
	removed
}
