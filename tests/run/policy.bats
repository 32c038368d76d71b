# rrun policy: what the site lets its users do, and which line says so.
load ../lib/rrun

prepare() {
	need_users
	mkdir -p "$T/etc"
	chown root:root "$T/etc"
	cp "$BATS_TEST_DIRNAME/../../policy/policy.conf" "$T/etc/policy.conf"
	chmod 0644 "$T/etc/policy.conf"
}

# told ARG…: rrun as WHO, where $T/etc is the directory of the policy. BY is who calls.
told() {
	try unshare --mount --propagation private bash -c \
		'mount --bind "$1" "$2" && shift 2 && exec "$@"' - "$T/etc" "${POLICY%/*}" \
		setpriv "--reuid=${BY-$WHO}" "--regid=${BY-$WHO}" --init-groups -- \
		env -i PATH=/usr/bin:/bin "$RRUN" "$@"
}
policy_edit() { sed -i "$@" "$T/etc/policy.conf"; }
line_with() { grep -n "$1" "$T/etc/policy.conf" | head -n 1 | cut -d: -f1; }
# cites TEXT: the line of the policy with TEXT, by number.
cites() { has "$out" "    line $(line_with "^$1"): $(grep "^$1" "$T/etc/policy.conf" | head -n 1)"; }

@test "a user without a policy is told what then holds and who can mend it" {
	rm "$T/etc/policy.conf"
	told policy
	went_well
	has "$out" "There is no policy: $POLICY is not there"
	has "$out" 'newuidmap and newgidmap'
	has "$out" 'Root can mend it'
}

@test "a policy that is not valid is named by line, text and reason" {
	policy_edit 's/^min_uid .*/min_udi 1000/'
	told policy
	went_well
	has "$out" 'is not valid, and rrun-helper refuses everything: unknown key min_udi: did you mean min_uid?'
	has "$out" "    line $(line_with '^min_udi'): min_udi 1000"
	has "$out" 'rrun policy check'
}

@test "a policy that others can write is not believed" {
	chmod 0664 "$T/etc/policy.conf"
	told policy
	went_well
	has "$out" 'not believed'
	has "$out" 'mode 0664'
	try unshare --mount --propagation private bash -c 'mount --bind "$1" "$2" && exec "$3" policy check' - \
		"$T/etc" "${POLICY%/*}" "$RRUN"
	equal "$status" 1
	has "$err" 'mode 0664'
}

@test "who may not use the helper is told which line says so" {
	policy_edit "s/^min_uid .*/min_uid $(($(uid_of "$WHO") + 1000))/"
	echo 'notice "Containers are off until Monday"' >>"$T/etc/policy.conf"
	told policy
	went_well
	has "$out" 'You may not use rrun-helper.'
	cites min_uid
	has "$out" 'The site says: Containers are off until Monday'
	lacks "$out" 'cgroup on'
	policy_edit 's/^min_uid .*/min_uid 1000/'
	printf 'deny_uid 1\ndeny_uid %s\n' "$(uid_of "$WHO")" >>"$T/etc/policy.conf"
	told policy
	has "$out" "    line $(line_with "^deny_uid $(uid_of "$WHO")"): deny_uid $(uid_of "$WHO")"
	lacks "$out" 'deny_uid 1'$'\n'
}

@test "ranges are told with their lines in /etc/subuid and /etc/subgid" {
	local first
	told policy
	went_well
	equal "$err" ""
	has "$out" 'You may use rrun-helper.'
	first=$(range_of "$WHO")
	has "$out" "$first to $((first + 65535)) (65536 ids)"
	has "$out" "    /etc/subuid line $(grep -n "^$WHO:" /etc/subuid | cut -d: -f1): $WHO:$first:65536"
	has "$out" "    /etc/subgid line $(grep -n "^$WHO:" /etc/subgid | cut -d: -f1): $WHO:$(group_range_of "$WHO"):65536"
	cites subids
	cites max_extents
	cites setgroups
}

@test "a line that is not honoured is told with the reason" {
	policy_edit 's/^min_host_id .*/min_host_id 2000000000/'
	told policy
	went_well
	has "$out" 'your own: none'
	has "$out" 'is not honoured: it begins below min_host_id'
}

@test "a band is told with its line" {
	local uid
	uid=$(uid_of "$WHO")
	printf 'band %s %s 1500000000 4096\n' "$uid" "$((uid + 9))" >>"$T/etc/policy.conf"
	told policy
	went_well
	has "$out" '1500000000 to 1500004095 (4096 ids)'
	cites band
}

@test "cgroups are told with placement, number and caps" {
	told policy
	went_well
	cites 'cgroup on'
	cites placement
	cites max_cgroups
	cites container_memory_mib
	cites user_pids
	cites never_leave
	policy_edit 's/^cgroup on/cgroup off/'
	told policy
	has "$out" 'rrun-helper makes no cgroup for anybody.'
	cites 'cgroup off'
	lacks "$out" 'max_cgroups'
}

@test "an old policy without a line about cgroups is sound, and they are off" {
	policy_edit -E '/^(cgroup|placement|max_cgroups|container_|user_|never_leave)/d'
	told policy
	went_well
	has "$out" 'no line speaks of cgroups'
	told policy check "$T/etc/policy.conf"
	went_well
	has "$out" 'cgroups are off'
}

@test "who is in a batch job is told so, and by which line" {
	local tree=/sys/fs/cgroup/unified job
	[[ -e $tree/cgroup.procs ]] || tree=/sys/fs/cgroup
	[[ -w $tree/cgroup.procs ]] || skip "no cgroup v2 tree that can be written"
	job=$tree/rrt-$ID/job_7/step
	mkdir -p "$job"
	(echo "$BASHPID" >"$job/cgroup.procs" && told policy && printf '%s' "$out" >"$T.told")
	eventually rmdir "$job" "$tree/rrt-$ID/job_7" "$tree/rrt-$ID"
	out=$(<"$T.told")
	has "$out" "You are in a batch job: "
	has "$out" "/rrt-$ID/job_7. No process leaves it"
	cites 'never_leave job_'
	told policy
	has "$out" 'You are in no batch job'
}

@test "root is told that the policy is for others, and may ask about a user" {
	BY=root told policy
	went_well
	has "$out" 'You are root'
	BY=root told policy --user "$(uid_of "$WHO")"
	went_well
	has "$out" "$WHO (uid $(uid_of "$WHO")) may use rrun-helper."
	has "$out" "$(range_of "$WHO") to"
	BY=root told policy --user alice
	equal "$status" 1
	has "$err" 'takes the number of a user'
}

@test "check finds the shipped policy sound" {
	told policy check "$T/etc/policy.conf"
	went_well
	equal "$(head -n 1 <<<"$out")" "$T/etc/policy.conf: sound"
	told policy check
	went_well
	equal "$(head -n 1 <<<"$out")" "$POLICY: sound"
}

@test "check names the line, its text and what is wrong" {
	policy_edit 's/^max_extents .*/max_extents 400/'
	refused 1 "line $(line_with '^max_ext'): max_extents 400: 400 is out of bounds; max_extents takes a number from 1 to 340" \
		rr policy check "$T/etc/policy.conf"
	refused 1 'there is no such file' rr policy check "$T/etc/nothing.conf"
	refused 1 'does not know the word' rr policy chekc
}

@test "what a policy says is no way to write to a terminal" {
	printf 'mapping on\n\033[31mred\n' >"$T/etc/policy.conf"
	told policy
	lacks "$out" $'\033'
	told policy check "$T/etc/policy.conf"
	equal "$status" 1
	lacks "$err" $'\033'
}
