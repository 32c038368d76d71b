# Limits that hold: a cgroup through rrun-helper, or in a tree of the caller's own, gone with the container.
# The controller here is hugetlb: where cgroup v1 has the others, that one is left for v2.
# shellcheck disable=SC2034
load ../lib/rrun

LIMIT=4194304 FILE=hugetlb.2MB.max

prepare() {
	need_users
	CG=/sys/fs/cgroup
	[[ -e $CG/cgroup.procs ]] || CG=/sys/fs/cgroup/unified
	[[ -e $CG/cgroup.procs ]] || skip "no cgroup v2 on this machine"
	grep -qw hugetlb "$CG/cgroup.controllers" || skip "cgroup v2 has no hugetlb controller on this machine"
	[[ -u $HELPER ]] || skip "rrun-helper is not set-uid here"
	bundle_make
	limit
}

limit() { config '.linux.resources.hugepageLimits = [{ pageSize: "2MB", limit: $n }]' --argjson n "$LIMIT"; }
slice_of() { printf '%s\n' "$CG/rrun.slice/user-$(uid_of "$1")"; }
cgroups() { find "$(slice_of "$WHO")" -mindepth 1 -type d 2>/dev/null | sort; }
none_left() { [[ -z $(cgroups) ]] || fail "left: $(cgroups)"; }
none_there() { [[ -z $(cgroups) ]]; }
place_of() { sed -n "s|^0::|$CG|p" "/proc/$1/cgroup"; }
held() { cat "${1%/*}/$FILE"; }

@test "a limit is held, seen from outside and from inside, and the cgroup goes with the program" {
	config_sh 'cat /proc/self/cgroup; ls -d /sys/fs/cgroup/cgroup.procs; while [ ! -e /tmp/go ]; do sleep 0.05; done'
	in_background 1 rr run --bundle "$B" "$ID"
	eventually status_is "$ID" running
	local place
	place=$(place_of "$(pid_of "$ID")")
	matches "$place" "^$(slice_of "$WHO")/[^/]+/ctr$"
	equal "$(held "$place")" "$LIMIT"
	equal "$(stat -c %U "${place%/*}/$FILE")" root
	touch "$B/rootfs/tmp/go"
	eventually ended 1
	equal "$(<"$T/rc.1")" 0
	has "$(<"$T/out.1")" "0::/"$'\n'"/sys/fs/cgroup/cgroup.procs"
	none_left
}

@test "state and list say where it is" {
	running
	equal "$(rr state "$ID" | jq -r .rrun.cgroup)" "$(place_of "$pid")"
	removed
	none_left
}

@test "with a range of ids it is the same" {
	config_range
	running
	equal "$(held "$(place_of "$pid")")" "$LIMIT"
	removed
	none_left
}

@test "nothing is left when the program is killed" {
	config_args /bin/sleep 1000
	in_background 1 rr run --bundle "$B" "$ID"
	eventually status_is "$ID" running
	kill -KILL "$(pid_of "$ID")"
	eventually ended 1
	equal "$(<"$T/rc.1")" 137
	none_left
}

@test "nothing is left of a start that failed" {
	config_args /bin/nothing-there
	refused 127 'no such file' rr run --bundle "$B" "$ID"
	none_left
	refused 1 'no such file' rr run --detach --bundle "$B" "$ID"
	none_left
	config_args /bin/true
	config '.mounts += [{ destination: "/mnt", type: "bind", source: "/nothing/there", options: ["bind"] }]'
	refused 125 '/nothing/there' rr run --bundle "$B" "$ID"
	none_left
	refused 1 '/nothing/there' rr create --bundle "$B" "$ID"
	none_left
	try rr list -q
	equal "$out" ""
}

@test "a limit that cannot be held starts nothing, and is named" {
	[[ $(<"$CG/cgroup.controllers") != *pids* ]] || skip "cgroup v2 has the pids controller here"
	config '.linux.resources.pids.limit = 10'
	config_sh 'touch /tmp/started'
	refused 125 'pids.max cannot be held' rr run --bundle "$B" "$ID"
	[[ ! -e $B/rootfs/tmp/started ]]
	none_left
	refused 1 'pids.max cannot be held' rr create --bundle "$B" "$ID"
	none_left
	config '.linux.resources = { memory: { reservation: 1048576 } }'
	refused 125 'linux.resources.memory.reservation can only be held in a cgroup tree of your own' \
		rr run --bundle "$B" "$ID"
	[[ ! -e $B/rootfs/tmp/started ]]
	none_left
}

@test "create, start and delete" {
	config_args /bin/sleep 1000
	try rr create --bundle "$B" "$ID"
	went_well
	equal "$(held "$(place_of "$(pid_of "$ID")")")" "$LIMIT"
	try rr start "$ID"
	went_well
	kill -KILL "$(pid_of "$ID")"
	eventually status_is "$ID" stopped
	try rr delete "$ID"
	went_well
	none_left
	try rr create --bundle "$B" "$ID"
	went_well
	try rr delete "$ID"
	went_well
	none_left
}

@test "delete --force ends what hides in cgroups of its own below" {
	running
	local place
	place=$(place_of "$pid")
	as "$WHO" mkdir -p "$place/a/b"
	removed
	none_left
}

@test "exec lands in the container's cgroup" {
	running
	try rr exec "$ID" cat /proc/self/cgroup
	went_well
	has "$out" "0::/"
	lacks "$out" "0::/.."
	in_background 1 rr exec "$ID" sleep 500
	eventually in_cgroup "$(place_of "$pid")" 2
	removed
	eventually ended 1
	none_left
}
in_cgroup() { (($(wc -l <"$1/cgroup.procs") == $2)); }

@test "pause, ps, resume, kill --all and events go by the cgroup" {
	running
	rr exec --detach "$ID" sleep 500
	eventually in_cgroup "$(place_of "$pid")" 2
	try rr pause "$ID"
	went_well
	status_is "$ID" paused
	grep -qx 'frozen 1' "$(place_of "$pid")/cgroup.events"
	refused 255 'cannot exec in a paused container' rr exec "$ID" true
	try rr resume "$ID"
	went_well
	status_is "$ID" running
	refused 1 'container not paused' rr resume "$ID"
	try rr ps --format json "$ID"
	equal "$(jq -c sort <<<"$out")" "$(sort -n "$(place_of "$pid")/cgroup.procs" | jq -sc .)"
	try rr events --stats "$ID"
	went_well
	equal "$(jq -r '.data.hugetlb["2MB"].usage // 0' <<<"$out")" 0
	try rr kill --all "$ID" KILL
	went_well
	eventually status_is "$ID" stopped
	refused 1 'container not running' rr update --pids-limit 5 "$ID"
	refused 1 'container not running' rr pause "$ID"
	removed
	none_left
}

@test "update goes through the helper" {
	running
	local place
	place=$(place_of "$pid")
	echo '{ "hugepageLimits": [{ "pageSize": "2MB", "limit": 8388608 }] }' >"$T/resources"
	try rr update --resources "$T/resources" "$ID"
	went_well
	equal "$(held "$place")" 8388608
	try rr update "$ID"
	went_well
	equal "$(held "$place")" 8388608
	refused 1 'invalid value for memory: "lots"' rr update --memory lots "$ID"
	refused 1 '--l3-cache-schema is not supported' rr update --l3-cache-schema=x "$ID"
	refused 1 '--memory-reservation cannot be changed' rr update --memory-reservation 1m "$ID"
	echo '{ "hugepageLimits": [{ "limit": 5 }] }' >"$T/bad"
	refused 1 'hugepageLimits.*pageSize' rr update -r "$T/bad" "$ID"
	equal "$(held "$place")" 8388608
	removed
	none_left
}

@test "update reads from a pipe, and from standard input" {
	running
	update_from '{ "hugepageLimits": [{ "pageSize": "2MB", "limit": 2097152 }] }' --memory nonsense-that-is-ignored
	equal "$(held "$(place_of "$pid")")" 2097152
	removed
}
update_from() { as "$WHO" "$RRUN" update -r - "${@:2}" "$ID" < <(printf '%s' "$1"); }

@test "update of what has no cgroup of its own is refused" {
	config 'del(.linux.resources)'
	running
	refused 1 'has no cgroup of its own' rr update --pids-limit 5 "$ID"
	removed
	refused 1 'container does not exist' rr update --pids-limit 5 "$ID"
}

@test "another user cannot touch it" {
	running
	local place uid state=$T
	place=$(place_of "$pid") uid=$(runtime_of "$WHO")/rrun
	for verb in pause resume delete update; do
		try as "$RRT_B" "$RRUN" --root "$uid" "$verb" "$ID"
		((status != 0)) || fail "$verb did not fail"
	done
	try as "$RRT_B" sh -c "echo 1 >'$place/cgroup.kill'"
	((status != 0))
	try as "$RRT_B" sh -c "echo 0 >'$place/cgroup.procs'"
	((status != 0))
	try as "$RRT_B" rmdir "$place"
	((status != 0))
	try as "$WHO" sh -c "echo max >'${place%/*}/$FILE'"
	((status != 0)) || fail "the user lifted the limit"
	alive "$pid"
	equal "$(held "$place")" "$LIMIT"
	removed
	none_left
}

# From the moment that the helper's answer is on record. Before that, what the helper made for an rrun that
# is gone is known to nobody: `rrun gc` clears it.
@test "rrun killed at any moment after the helper's answer, delete --force leaves no cgroup" {
	command -v strace >/dev/null || skip "strace is not installed"
	config_args /bin/sleep 1000
	local list name n step points=0
	traced "$T.trace" trace=all "$RRUN" run --detach --bundle "$B" "$ID"
	removed
	mapfile -t list < <(sed -nE 's/^([a-z0-9_]+)\((.*)/\1 \2/p' "$T.trace" | awk '
		/^close / && seen { after = 1 }
		/^openat .*O_CREAT/ && /state\.json/ { seen = 1 }
		{ n[$1]++ }
		after && !/^(execve|exit_group) / { print $1, n[$1] }')
	((${#list[@]} >= 12)) || fail "only ${#list[@]} system calls were seen"
	step=$(((${#list[@]} + 14) / 15))
	for ((i = 0; i < ${#list[@]}; i += step)); do
		read -r name n <<<"${list[i]}"
		status=0
		traced /dev/null "inject=$name:signal=KILL:when=$n" "$RRUN" run --detach --bundle "$B" "$ID" || status=$?
		((status == 137)) && points=$((points + 1))
		echo "# killed at $name $n: status $status"
		removed
		eventually none_there
	done
	((points >= 6)) || fail "rrun died at $points moments only"
}
# traced OUTPUT EXPRESSION CMD…: with only rrun itself traced.
traced() {
	strace -qq -o "$1" -e "$2" -u "$WHO" env -i PATH=/usr/bin:/bin \
		"XDG_RUNTIME_DIR=$(runtime_of "$WHO")" "${@:3}" </dev/null >/dev/null 2>&1 3>&- 4>&-
}

@test "a tree of the caller's own is used without the helper" {
	own_tree
	try in_tree run --detach --bundle "$B" "$ID"
	went_well
	pid=$(pid_of "$ID")
	local place
	place=$(place_of "$pid")
	equal "$place" "$TREE/rrun-$ID"
	equal "$(<"$place/$FILE")" "$LIMIT"
	equal "$(stat -c %U "$place/$FILE")" "$WHO"
	none_left
	try in_tree exec "$ID" cat /proc/self/cgroup
	went_well
	has "$out" "0::/"
	try rr exec "$ID" cat /proc/self/cgroup
	equal "$status" 255
	has "$err" "enter it from where it was started"
	echo '{ "hugepageLimits": [{ "pageSize": "2MB", "limit": 8388608 }] }' >"$T/resources"
	try rr update --resources "$T/resources" "$ID"
	went_well
	equal "$(<"$place/$FILE")" 8388608
	try rr pause "$ID"
	went_well
	try rr resume "$ID"
	went_well
	refused 1 'pids.limit.*pids.max|--pids-limit' rr update --pids-limit 5 "$ID"
	removed
	[[ ! -e $place ]]
	none_left
	own_tree_gone
}

@test "in a tree of the caller's own, cgroupsPath is the path" {
	own_tree
	config '.linux.cgroupsPath = $path | del(.linux.resources)' --arg path "${TREE#"$CG"}/a/b"
	try in_tree run --detach --bundle "$B" "$ID"
	went_well
	equal "$(place_of "$(pid_of "$ID")")" "$TREE/a/b"
	echo '{ "hugepageLimits": [{ "pageSize": "2MB", "limit": 8388608 }] }' >"$T/resources"
	try rr update --resources "$T/resources" "$ID"
	went_well
	equal "$(<"$TREE/a/b/$FILE")" 8388608
	removed
	[[ ! -e $TREE/a/b ]]
	rmdir "$TREE/a"
	own_tree_gone
}

@test "nothing is left in a tree of the caller's own of a start that failed or was killed" {
	own_tree
	config_args /bin/nothing-there
	try in_tree run --bundle "$B" "$ID"
	equal "$status" 127
	equal "$(find "$TREE" -mindepth 1 -type d)" "$TREE/leaf"
	config_args /bin/sleep 1000
	local i
	for i in {1..25}; do
		SHIM='"$@" & sleep 0.0$((RANDOM % 4))$((RANDOM % 10)); kill -KILL $!; wait' \
			in_tree run --detach --bundle "$B" "$ID" </dev/null >/dev/null 2>&1
		try rr delete --force "$ID"
		went_well
		# Killed between making the cgroup and recording it, rrun leaves one empty cgroup with the name of the
		# container, which the next run of that name uses.
		[[ ! -e $TREE/rrun-$ID ]] || eventually rmdir "$TREE/rrun-$ID"
		eventually only_leaf
	done
	own_tree_gone
}
only_leaf() { [[ $(find "$TREE" -mindepth 1 -type d) == "$TREE/leaf" ]]; }

# A tree as systemd delegates one: the user's own, below a cgroup of root's.
own_tree() {
	config_args /bin/sleep 1000
	TOP=$CG/rrtest-$RRT_TAG TREE=$CG/rrtest-$RRT_TAG/own
	mkdir -p "$TOP"
	echo +hugetlb >"$CG/cgroup.subtree_control"
	echo +hugetlb >"$TOP/cgroup.subtree_control"
	mkdir -p "$TREE"
	chown "$WHO:$WHO" "$TREE" "$TREE"/cgroup.{procs,threads,subtree_control}
	as "$WHO" mkdir -p "$TREE/leaf"
}
own_tree_gone() { rmdir "$TREE/leaf" "$TREE" "$TOP"; }
# rrun as WHO, from a leaf of the tree.
in_tree() {
	(
		echo "$BASHPID" >"$TREE/leaf/cgroup.procs"
		if [[ -n ${SHIM-} ]]; then
			as "$WHO" timeout -k 2 60 bash -c "$SHIM" bash "$RRUN" "$@"
		else
			as "$WHO" timeout -k 2 60 "$RRUN" "$@"
		fi
	)
}

@test "with cgroups disabled a limit is refused, and a path is no matter" {
	refused 125 'cgroups are disabled' rr --cgroup-manager disabled run --bundle "$B" "$ID"
	config 'del(.linux.resources) | .linux.cgroupsPath = "/x"'
	try rr --cgroup-manager disabled run --bundle "$B" "$ID"
	went_well
	none_left
}

@test "without the helper a limit is refused by code, and a path alone starts with a note" {
	chmod 0711 "$HELPER"
	try rr run --bundle "$B" "$ID"
	chmod 04711 "$HELPER"
	equal "$status" 125
	has "$err" "RR-MAP-02"
	none_left
	config 'del(.linux.resources) | .linux.cgroupsPath = "/x"'
	chmod 0711 "$HELPER"
	try rr run --detach --bundle "$B" "$ID"
	chmod 04711 "$HELPER"
	went_well
	matches "$(rr state "$ID" | jq -r .rrun.cgroupNote)" 'set-uid|privilege'
	removed
}

@test "where the site says no, a limit is refused, and a path alone starts with a note" {
	cp -p "$POLICY" "$POLICY.kept"
	sed -i 's/^cgroup on/cgroup off/' "$POLICY"
	try rr run --bundle "$B" "$ID"
	local with=$status said=$err
	config 'del(.linux.resources) | .linux.cgroupsPath = "/x" | .process.args = ["/bin/sleep", "1000"]'
	try rr run --detach --bundle "$B" "$ID"
	mv "$POLICY.kept" "$POLICY"
	went_well
	equal "$with" 125
	has "$said" "RR-CGR-05"
	has "$said" "the site has switched cgroups off"
	has "$(rr state "$ID" | jq -r .rrun.cgroupNote)" "the site has switched cgroups off"
	refused 1 'has no cgroup of its own: .*switched cgroups off' rr pause "$ID"
	removed
	none_left
}

@test "a path alone gets a cgroup without limits" {
	config 'del(.linux.resources) | .linux.cgroupsPath = "/x"'
	running
	matches "$(place_of "$pid")" "^$(slice_of "$WHO")/"
	try rr pause "$ID"
	went_well
	removed
	none_left
}
