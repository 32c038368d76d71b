# A node that still boots with cgroup v1.
# vm: --append systemd.unified_cgroup_hierarchy=0
load ../lib

@test "cgroup v1 has the controllers" {
	has "$(grep ' - cgroup ' /proc/self/mountinfo)" memory
	equal "$(stat -f -c %T /sys/fs/cgroup)" tmpfs
}

@test "without limits rrun runs: all ids, through the helper" {
	bundle "$B" alice
	config_sh 'cat /proc/self/uid_map; exit 5'
	try login alice rrun run --bundle "$B" "$ID"
	equal "$status" 5
	matches "$out" '1 +100000 +65536'
}
