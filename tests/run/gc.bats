# rrun gc: what killed rruns left behind goes, and nothing else.
load ../lib/rrun

prepare() { bundle_make; }

state_of() { printf '%s/rrun/%s' "$(runtime_of "$WHO")" "$1"; }

@test "a directory without a record goes, and only when it is no trial" {
	as "$WHO" mkdir -p -m 0700 "$(state_of "$ID")"
	try rr gc --dry-run
	went_well
	equal "$out" "would remove container $ID: the rrun that made it did not finish"
	[[ -d $(state_of "$ID") ]]
	try rr gc
	went_well
	equal "$out" "removed container $ID: the rrun that made it did not finish"
	[[ ! -e $(state_of "$ID") ]]
	try rr gc
	went_well
	equal "$out" ""
}

@test "a container that is being made stays" {
	as "$WHO" mkdir -p -m 0700 "$(state_of "$ID")"
	in_background 1 as "$WHO" flock "$(state_of "$ID")" sleep 3
	eventually eval '! as "$WHO" flock -n "$(state_of "$ID")" true'
	try rr gc
	went_well
	equal "$out" ""
	[[ -d $(state_of "$ID") ]]
	eventually ended 1
	try rr gc
	has "$out" "removed container $ID"
}

@test "running and stopped containers of this boot stay, those of an earlier boot go" {
	running
	try rr gc
	went_well
	equal "$out" ""
	kill -KILL "$pid"
	eventually status_is "$ID" stopped
	try rr gc
	equal "$out" ""
	status_is "$ID" stopped
	as "$WHO" sed -i 's/"bootId": "[0-9a-f]*-/"bootId": "00000000-/' "$(state_of "$ID")/state.json"
	try rr gc
	went_well
	equal "$out" "removed container $ID: of an earlier boot"
	[[ ! -e $(state_of "$ID") ]]
}

@test "a record that cannot be read stays for delete --force" {
	as "$WHO" mkdir -p -m 0700 "$(state_of "$ID")"
	as "$WHO" sh -c 'echo broken >"$1/state.json"' - "$(state_of "$ID")"
	try rr gc
	went_well
	equal "$out" ""
	removed
}

@test "only root may name a user or kill" {
	need_users
	refused 1 'for root' rr gc --user 1000
	refused 1 'for root' rr gc --kill
	try "$RRUN" gc --kill
	equal "$status" 1
	has "$err" 'needs --user'
	try "$RRUN" gc --user alice
	equal "$status" 1
	has "$err" 'number of a user'
}

# A tree as the helper leaves it, for a uid that nobody has.
cgroups() {
	need_users
	tree=/sys/fs/cgroup/unified
	[[ -e $tree/cgroup.procs ]] || tree=/sys/fs/cgroup
	[[ -w $tree/cgroup.procs ]] || skip "no cgroup v2 tree that can be written"
	U=$((3000000000 + RANDOM * 32768 + RANDOM))
	X=0123456789abcdef
	own=$tree/rrun.slice/user-$U beside=$tree/rrt-$ID/a
	mkdir -p "$own/$X/ctr/made by a user/twice" "$beside/rrun-$U-$X/ctr"
}
cgroups_gone() {
	local dir
	[[ ! -e $1 ]] || find "$1" -depth -type d | while read -r dir; do rmdir "$dir"; done
}

@test "empty cgroups of a user go, from wherever the helper makes them" {
	cgroups
	try "$RRUN" gc --dry-run --user "$U"
	went_well
	equal "$(sort <<<"$out")" "$(printf 'would remove %s\n' "/rrt-$ID/a/rrun-$U-$X" "/rrun.slice/user-$U/$X" | sort)"
	[[ -d $own/$X/ctr && -d $beside/rrun-$U-$X/ctr ]]
	try "$RRUN" gc --user "$U"
	went_well
	has "$out" "removed /rrun.slice/user-$U/$X"
	has "$out"$'\n' "removed /rrun.slice/user-$U"$'\n'
	has "$out" "removed /rrt-$ID/a/rrun-$U-$X"
	[[ ! -e $own && -d $beside && ! -e $beside/rrun-$U-$X ]]
	cgroups_gone "$tree/rrt-$ID"
}

@test "foreign names, other users' and what is no root's stay" {
	local dirs dir
	cgroups
	dirs=("$own/other" "$beside/rrun-$U-nothing" "$beside/rrun-$((U + 1))-$X" "$beside/$X"
		"$beside/user-$U/$X" "$tree/rrun.slice/user-$((U + 1))/$X" "$beside/1/2/3/4/5/6/7/rrun-$U-$X"
		"$beside/rrun-$U-fedcba9876543210")
	mkdir -p "${dirs[@]}"
	chown "$WHO:$WHO" "$beside/rrun-$U-fedcba9876543210"
	try "$RRUN" gc --user "$U"
	went_well
	[[ ! -e $own/$X && ! -e $beside/rrun-$U-$X ]]
	for dir in "${dirs[@]}"; do [[ -d $dir ]] || fail "removed: $dir"; done
	cgroups_gone "$own"
	cgroups_gone "$tree/rrun.slice/user-$((U + 1))"
	cgroups_gone "$tree/rrt-$ID"
}

@test "a cgroup with a process in it stays, until its user's are to be killed" {
	local sleeper
	cgroups
	sleep 300 3>&- 4>&- &
	sleeper=$!
	echo "$sleeper" >"$own/$X/ctr/made by a user/twice/cgroup.procs"
	try "$RRUN" gc --user "$U"
	went_well
	equal "$out" "removed /rrt-$ID/a/rrun-$U-$X"
	alive "$sleeper"
	try "$RRUN" gc --kill --dry-run --user "$U"
	has "$out" "would kill what is in /rrun.slice/user-$U/$X"
	alive "$sleeper"
	try "$RRUN" gc --kill --user "$((U + 1))"
	alive "$sleeper"
	try "$RRUN" gc --kill --user "$U"
	went_well
	has "$out" "killed what was in /rrun.slice/user-$U/$X"
	has "$out" "removed /rrun.slice/user-$U/$X"
	gone "$sleeper"
	[[ ! -e $own ]]
	cgroups_gone "$tree/rrt-$ID"
}
