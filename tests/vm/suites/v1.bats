# A hybrid machine: the controllers are cgroup v1's, cgroup v2 is at /sys/fs/cgroup/unified and has none.
# Containers run, no limit is held or pretended, and a cgroup of v2 still stops and ends them.
# vm: --append systemd.unified_cgroup_hierarchy=0
# shellcheck disable=SC2154
load ../lib

prepare() {
	bundle "$B" alice
	config_args sleep 10000
}
rr() { login alice rrun --root "$T/state" "$@"; }

@test "the node is hybrid: the session is in v2 by name, the controllers are in v1" {
	equal "$(stat -f -c %T $CG/unified)" cgroup2fs
	equal "$(<$CG/unified/cgroup.controllers)" ''
	try login alice cat /proc/self/cgroup
	has "$out" $'\n0::/user.slice/user-1000.slice/session-'
	has "$out" :memory:
}

@test "a container runs with all ids and its status; a limit is refused in one sentence" {
	config_sh 'cat /proc/self/uid_map; exit 5'
	try rr run --bundle "$B" "$ID"
	equal "$status" 5
	matches "$out" '1 +100000 +65536'
	config '.linux.resources = { memory: { limit: 104857600 } }'
	try rr run --bundle "$B" "$ID"
	equal "$status" 125
	equal "$(head -n 1 <<<"$err")" "rrun run failed: memory.max cannot be held here: this machine has the controller in cgroup v1, and rrun uses v2 only"
	has "$err" 'hint: your admin can boot with systemd.unified_cgroup_hierarchy=1'
	equal "$(find $CG/ -type d -name 'rrun-1000-*')" ''
}

@test "without a cgroup pause says what is missing, and delete ends the container" {
	try login alice sh -c "rrun --root $T/state run --detach --bundle $B $ID && { rrun --root $T/state pause $ID; echo \$?; rrun --root $T/state delete --force $ID; }"
	went_well
	equal "$out" 1
	has "$err" "container $ID has no cgroup of its own: no limits and no linux.cgroupsPath were asked for"
}

@test "cgroupsPath alone: a cgroup in v2, in which the container stops, goes on and ends" {
	config '.linux.cgroupsPath = "/any"'
	cat >"$T/script" <<-'END'
		rr() { rrun --root "$T/state" "$@"; }
		rr run --detach --bundle "$B" one || exit
		at=/sys/fs/cgroup/unified$(sed -n s/^0:://p "/proc/$(rr state one | jq .pid)/cgroup")
		echo "$at"
		rr pause one && grep frozen "$at/cgroup.events" && rr state one | jq -r .status
		rr resume one && grep frozen "$at/cgroup.events"
		rr exec one cat /proc/self/cgroup | grep ^0::
		rr delete --force one && echo deleted
		[ -e "$at" ] || echo gone
	END
	try login alice env T="$T" B="$B" bash "$T/script"
	matches "$out" '^/sys/fs/cgroup/unified/user.slice/user-1000.slice/rrun-1000-[0-9a-f]{16}/ctr'
	equal "$(tail -n +2 <<<"$out")" $'frozen 1\npaused\nfrozen 0\n0::/\ndeleted\ngone'
}
