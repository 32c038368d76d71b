# rrun in the foreground is the subreaper of what the container orphans.
load ../lib/rrun

prepare() {
	bundle_make
	# Without a pid namespace orphans come to the caller's nearest subreaper.
	config 'del(.linux.namespaces[] | select(.type == "pid"))
		| .mounts |= map(if .destination == "/proc"
			then { destination: "/proc", type: "none", source: "/proc", options: ["rbind", "nosuid"] } else . end)
		| .linux.maskedPaths = [] | .linux.readonlyPaths = []'
}

parent_name() { awk '/^PPid/ { print $2 }' "/proc/$1/status" | xargs -I{} readlink /proc/{}/exe; }
@test "an orphan becomes rrun's child, and is reaped" {
	need_root
	config_sh '(probe orphan 2 &) ; sleep 1.5; exit 4'
	in_background 1 rr run --bundle "$B" "$ID"
	eventually eval '[[ $(for p in $(users_processes "$WHO"); do parent_name "$p"; done) == *"$RRUN"*"$RRUN"* ]]'
	eventually ended 1
	equal "$(<"$T/rc.1")" 4
	leftovers_clear
}

@test "with --no-subreaper it does not" {
	need_root
	config_sh '(probe orphan 2 &) ; sleep 1.5; exit 4'
	in_background 1 rr run --no-subreaper --bundle "$B" "$ID"
	local i pid
	for i in {1..12}; do
		local children=0
		for pid in $(users_processes "$WHO"); do
			[[ $(parent_name "$pid") == "$RRUN" ]] && children=$((children + 1))
		done
		((children <= 1)) || fail "rrun has $children children"
		sleep 0.1
	done
	eventually ended 1
	equal "$(<"$T/rc.1")" 4
	leftovers_clear
}
