# rrun spec, --version, --help and list of nothing.
load ../lib/rrun

prepare() { bundle_make; as "$WHO" mkdir "$T/empty"; }

@test "spec refuses to write over a config.json" {
	refused 1 'File config.json exists. Remove it first' rr spec --bundle "$B"
}

@test "spec refuses a place that is not there" {
	refused 1 'nowhere' rr spec --bundle "$T/nowhere"
}

@test "spec writes a config.json that runs as it stands for a user with a range" {
	need_users
	cd "$T/empty"
	try rr spec
	went_well
	equal "$out" ""
	equal "$(jq -c '.linux.uidMappings' config.json)" \
		"[{\"containerID\":0,\"hostID\":$(uid_of "$WHO"),\"size\":1},{\"containerID\":1,\"hostID\":$(range_of "$WHO"),\"size\":65536}]"
	mv "$B/rootfs" rootfs
	as "$WHO" mkdir "$B/rootfs"
	try as "$WHO" "$RRT_TOOLS/pty" 'send=id -u; echo r''eady$((1))\r' expect=eady1 'send=exit 3\r' -- "$RRUN" run "$ID"
	equal "$status" 3
}

@test "and for a user without one" {
	need_users
	be "$RRT_NONE"
	rm "$B/config.json"
	try rr spec --bundle "$B"
	went_well
	equal "$(jq -c '.linux.uidMappings' "$B/config.json")" "[{\"containerID\":0,\"hostID\":$(uid_of "$WHO"),\"size\":1}]"
	config '.process.terminal = false'
	inside 'echo here'
	went_well
	equal "$out" here
}

@test "spec --print prints it and writes nothing" {
	cd "$T/empty"
	try rr spec --print
	went_well
	equal "$(jq -r '.process.args[0], .root.path, .hostname' <<<"$out")" $'sh\nrootfs\nrrun'
	equal "$(ls -A)" ""
}

@test "spec's mounts, masks and namespaces are the usual ones" {
	try rr spec --print
	equal "$(jq -r '[.mounts[].destination] | join(" ")' <<<"$out")" '/proc /dev /dev/pts /dev/shm /dev/mqueue /sys /sys/fs/cgroup'
	has "$(jq -r '[.linux.namespaces[].type] | sort | join(" ")' <<<"$out")" 'ipc mount'
	has "$(jq -r '[.linux.namespaces[].type] | join(" ")' <<<"$out")" user
	has "$(jq -r '.linux.maskedPaths | join(" ")' <<<"$out")" /proc/kcore
	equal "$(jq -r .process.noNewPrivileges <<<"$out")" true
}

@test "spec respects the caller's umask" {
	(umask 027; rr spec --bundle "$T/empty")
	equal "$(stat -c %a "$T/empty/config.json")" 640
}

@test "--version has the lines that callers parse" {
	try rr --version
	went_well
	matches "$out" $'^rrun version [0-9]+\\.[0-9]+'
	matches "$out" $'\ncommit: '
	matches "$out" $'\nspec: 1\\.'
	matches "$out" $'\nlibseccomp: [0-9]'
	equal "$(rr -v)" "$out"
}

@test "--help names every verb, and each verb has help" {
	local verb
	try rr --help
	went_well
	for verb in run create start state kill delete list exec spec; do
		has "$out" "$verb"
		equal "$(rr "$verb" --help >/dev/null && echo good)" good
	done
}

@test "no verb at all is an error with a way on" {
	try rr
	equal "$status" 1
	matches "$err$out" 'usage|--help|verb'
}
