# Seven new namespaces, made at once; and what is refused of them.
load ../lib/rrun

prepare() { bundle_make; }

@test "refuses an unknown type, a type named twice, and time and paths by name" {
	config '.linux.namespaces += [{ type: "warp" }]'
	refused 125 'linux\.namespaces\[7\]' rr run --bundle "$B" "$ID"
	config '.linux.namespaces[7] = { type: "pid" }'
	refused 125 'linux\.namespaces\[7\]' rr run --bundle "$B" "$ID"
	config '.linux.namespaces[7] = { type: "time" }'
	refused 125 'linux\.namespaces\[7\].*not supported yet|time.* not supported yet' rr run --bundle "$B" "$ID"
	config 'del(.linux.namespaces[7]) | .linux.namespaces[2].path = "/proc/1/ns/pid"'
	refused 125 'linux\.namespaces\[2\].*not supported yet' rr run --bundle "$B" "$ID"
}

@test "refuses a container without a mount namespace" {
	config 'del(.linux.namespaces[] | select(.type == "mount"))'
	refused 125 'mount' rr run --bundle "$B" "$ID"
}

@test "refuses a hostname without a uts namespace" {
	config 'del(.linux.namespaces[] | select(.type == "uts"))'
	refused 125 'hostname' rr run --bundle "$B" "$ID"
}

@test "all seven are new" {
	local name
	inside 'for n in user mnt pid ipc uts net cgroup; do readlink /proc/self/ns/$n; done'
	went_well
	equal "$(wc -l <<<"$out")" 7
	for name in user mnt pid ipc uts net cgroup; do
		lacks "$out" "$(readlink "/proc/self/ns/$name")"
	done
}

@test "what is not listed is the caller's" {
	config 'del(.linux.namespaces[] | select(.type == "ipc" or .type == "network" or .type == "cgroup"))
		| del(.mounts[] | select(.type == "mqueue" or .type == "sysfs" or .type == "cgroup"))'
	inside 'for n in ipc net cgroup; do readlink /proc/self/ns/$n; done'
	went_well
	equal "$out" "$(for n in ipc net cgroup; do readlink "/proc/self/ns/$n"; done)"
}

@test "a user namespace is added when none is listed" {
	config 'del(.linux.namespaces[] | select(.type == "user")) | del(.linux.uidMappings, .linux.gidMappings)'
	inside 'readlink /proc/self/ns/user; id -u'
	went_well
	lacks "$out" "$(readlink /proc/self/ns/user)"
	has "$out" $'\n0'
}

@test "the program is process 1 and sees no other" {
	inside 'echo $$; ls -d /proc/[0-9]* | wc -l'
	went_well
	matches "$out" $'^1\n[234]$'
}

@test "the hostname is the container's, and the host's is as it was" {
	local before
	before=$(hostname)
	inside hostname
	equal "$out" probe
	equal "$(hostname)" "$before"
}

@test "the domain name too" {
	config '.domainname = "example.org"'
	inside 'cat /proc/sys/kernel/domainname'
	equal "$out" example.org
}

@test "lo is up and nothing else is there" {
	inside 'ip -o link; cat /sys/class/net/lo/flags'
	went_well
	has "$out" 0x9
	equal "$(grep -c '^[0-9]*:' <<<"$out")" 1
}

@test "the cgroup namespace begins where the container is" {
	inside 'cat /proc/self/cgroup'
	went_well
	matches "$out" '0::/$'
	equal "$(grep -c '^0::/$' <<<"$out")" 1
}

@test "one clone3 makes them all" {
	need_root
	config_args /bin/true
	strace -f -qq -e trace=clone,clone3,unshare,fork,vfork -o "$T/trace" -u "$WHO" \
		env XDG_RUNTIME_DIR="$(runtime_of "$WHO")" "$RRUN" run --bundle "$B" "$ID" </dev/null
	equal "$(grep -c CLONE_NEW "$T/trace")" 1
	matches "$(grep CLONE_NEW "$T/trace")" 'clone3\(.*CLONE_NEWUSER'
	lacks "$(cat "$T/trace")" 'unshare('
}
