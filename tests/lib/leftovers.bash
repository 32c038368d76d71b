# What a container may leave behind: nothing.
#
# Promises: leftovers_check fails and names every process, mount, cgroup, state directory and stray file
# that is still there one second after the test, and clears them so that the next test starts clean.
# shellcheck shell=bash disable=SC2154

leftovers_users() { printf '%s\n' "$RRT_A" "$RRT_B" "$RRT_NONE" | sort -u; }

leftovers_processes() {
	local pid
	if [[ $RRT_USERS == 1 ]]; then
		mapfile -t users < <(leftovers_users)
		users_processes "${users[@]}"
		return
	fi
	# The suite's own, and in another user namespace than it.
	for pid in /proc/[0-9]*; do
		[[ -O $pid && $(readlink "$pid/ns/user" 2>/dev/null) == user:* ]] || continue
		[[ $(readlink "$pid/ns/user") != "$(readlink /proc/self/ns/user)" ]] || continue
		leftovers_below "${pid#/proc/}" && echo "${pid#/proc/}"
	done
	return 0
}

# Orphans come to the suite's subreaper: what it did not start is not below it.
leftovers_below() {
	local pid=$1
	while [[ ${pid:-0} -gt 1 ]]; do
		[[ $pid == "$RRT_REAPER" ]] && return 0
		pid=$(awk '/^PPid:/ { print $2 }' "/proc/$pid/status" 2>/dev/null)
	done
	return 1
}

leftovers_files() {
	local name uid
	for name in $(leftovers_users); do
		uid=$(uid_of "$name")
		find "$(runtime_of "$name")" -mindepth 1 ! -path "*/rrun" 2>/dev/null
		# Of a user that is not the suite's, files elsewhere are none of its business.
		[[ $RRT_USERS == 1 ]] || continue
		find "/tmp/rrun-$uid" "/run/rrun/$uid" -mindepth 1 2>/dev/null
		find /tmp /dev/shm /run -maxdepth 1 -user "$name" ! -path "$RRT_DIR*" 2>/dev/null
	done
}

leftovers_cgroups() {
	local name
	for name in $(leftovers_users); do
		[[ $RRT_USERS == 1 ]] && find /sys/fs/cgroup -type d -user "$name" 2>/dev/null
		find /sys/fs/cgroup -type d \( -name "rrun-$(uid_of "$name")-*" -o -path "*/rrun.slice/user-$(uid_of "$name")/*" \) 2>/dev/null
	done
	find /sys/fs/cgroup -type d -name "*$ID*" 2>/dev/null
}

leftovers_mounts() { grep -F "$RRT_DIR/t/" /proc/self/mountinfo; }

leftovers_list() {
	local pid
	for pid in $(leftovers_processes); do
		[[ $(awk '/^State:/ { print $2 }' "/proc/$pid/status" 2>/dev/null) == [ZX] ]] && continue
		echo "process $pid: $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)"
	done
	leftovers_mounts | sed 's/^/mount: /'
	leftovers_cgroups | sed 's/^/cgroup: /'
	leftovers_files | sed 's/^/file: /'
}

leftovers_check() {
	local list _
	for _ in {1..20}; do
		list=$(leftovers_list)
		[[ -z $list ]] && return 0
		sleep 0.05
	done
	printf 'left behind after %s:\n%s\n' "$BATS_TEST_DESCRIPTION" "$list"
	leftovers_clear
	return 1
}

# What ends by itself meanwhile is as good as cleared: it fails no test.
leftovers_clear() {
	local name path
	mapfile -t pids < <(leftovers_processes)
	((${#pids[@]} == 0)) || kill -KILL "${pids[@]}" 2>/dev/null || true
	if [[ $RRT_USERS == 1 ]]; then
		for name in $(leftovers_users); do users_kill "$name"; done
	fi
	leftovers_mounts | awk '{ print $5 }' | sort -r | while read -r path; do umount -l "$path"; done
	leftovers_cgroups | sort -r | xargs -r rmdir 2>/dev/null || true
	leftovers_files | while read -r path; do rm -rf -- "$path"; done
}
