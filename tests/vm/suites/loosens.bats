# In each placement a container is never under looser limits than who made it, or who enters it; and
# what systemd does to its own cgroups takes no limit away.
#
# One ssh session of alice's is held, and most commands run in its cgroup without logging in again.
# shellcheck disable=SC2154
load ../lib

SLICE=$CG/user.slice/user-1000.slice
SITE=$CG/rrun.slice/user-1000
MIB=$((1 << 20))

prepare() {
	B=/srv/t/loosens
	if [[ ! -e $B/first.json ]]; then
		bundle "$B" alice
		config_args sleep 10000
		config '.linux.resources = { memory: { limit: $m } }' --argjson m $((400 * MIB))
		cp "$B/config.json" "$B/first.json"
	fi
	cp "$B/first.json" "$B/config.json"
	policy
	session
}

teardown() {
	local id
	[[ ! -e /run/altered ]] || xargs systemctl revert </run/altered || true
	rm -f /run/altered
	for id in "$T"/state/*; do
		[[ ! -d $id ]] || alice rrun --root "$T/state" delete --force "${id##*/}" || true
	done
}

# The shipped policy, with these lines in place of its own.
policy() {
	local line file=/etc/rrun/policy.conf
	cp /lab/work/policy/policy.conf "$file.new"
	for line; do
		sed -i "/^${line%% *} /d" "$file.new"
		printf '%s\n' "$line" >>"$file.new"
	done
	chmod 0644 "$file.new"
	mv "$file.new" "$file"
}

# SCOPE is the cgroup of alice's session, which is opened where there is none; $(</run/alice.ssh) is what ends it.
session() {
	local line
	SCOPE=$(cat /run/alice.scope 2>/dev/null) || true
	[[ -z $SCOPE || ! -d $CG$SCOPE ]] || return 0
	rm -f /run/alice.in /run/alice.out
	mkfifo /run/alice.in /run/alice.out
	ssh -q -o BatchMode=yes alice@localhost 'cat /proc/self/cgroup; exec cat' \
		<>/run/alice.in >/run/alice.out 2>/dev/null 3>&- 4>&- &
	echo $! >/run/alice.ssh
	read -r line </run/alice.out
	SCOPE=${line#0::}
	echo "$SCOPE" >/run/alice.scope
}

alice() { bare alice PATH=/usr/local/bin:/usr/bin:/bin HOME=/home/alice "$@"; }
inside() { (echo "$BASHPID" >"$CG$SCOPE/cgroup.procs" && alice "$@"); }
rr() { inside rrun --root "$T/state" "$@"; }
start() { try rr run --detach --bundle "$B" "$1"; }
pid() { alice rrun --root "$T/state" state "$1" | jq .pid; }
ctr() { cgroup_of "$(pid "$1")"; }

tops() { find "$CG" -type d \( -name 'rrun-1000-*' -o -path "$SITE/*" \) -prune -print | wc -l; }
refused() { # WORDS…: by the last try, and nothing is left of it
	local word
	((status != 0)) || fail 'status 0, want a refusal'
	for word; do has "$err" "$word"; done
	equal "$(tops)" "${before:-0}"
}
event() { sed -n "s/^$2 //p" "$1/memory.events"; }
set_property() {
	systemctl set-property --runtime "$@"
	echo "$1" >>/run/altered
}

@test "sibling: the container stays below the total of user-1000.slice" {
	policy 'placement sibling'
	set_property user-1000.slice MemoryMax=120M
	config_sh 'dd if=/dev/zero of=/dev/null bs=200M count=1'
	local oom
	oom=$(event "$SLICE" oom)
	try rr run --bundle "$B" "$ID"
	((status != 0))
	(($(event "$SLICE" oom) > oom))
	config_args sleep 10000
	start "$ID"
	went_well
	matches "$(ctr "$ID")" '^/user.slice/user-1000.slice/rrun-1000-[0-9a-f]{16}/ctr$'
}

@test "slice: a limit of user-1000.slice is not left, auto goes beside, inherit makes none" {
	set_property user-1000.slice MemoryMax=300M
	policy 'placement slice'
	start "$ID"
	refused "$SLICE, where memory.max is $((300 * MIB))"
	policy 'placement inherit' 'notice "Limits are off: ask help@example.org"'
	start "$ID"
	refused "stay in the caller's cgroup only" 'Limits are off: ask help@example.org'
	policy
	start "$ID"
	went_well
	has "$(ctr "$ID")" /user.slice/user-1000.slice/rrun-1000-
}

@test "a MemoryMax of the session is left in no placement, TasksMax only for as many in the slice" {
	local placement
	set_property "${SCOPE##*/}" MemoryMax=300M
	for placement in sibling auto slice; do
		policy "placement $placement"
		start "$ID"
		refused "$CG$SCOPE, where memory.max is $((300 * MIB))"
	done
	set_property "${SCOPE##*/}" MemoryMax=infinity TasksMax=70
	policy 'placement sibling'
	start "$ID"
	refused "$CG$SCOPE, where pids.max is 70"
	policy
	start "$ID"
	went_well
	has "$(ctr "$ID")" /rrun.slice/user-1000/
	equal "$(<"$CG$(ctr "$ID")/pids.max")" 70
	equal "$(stat -c %U "$CG$(ctr "$ID")/pids.max")" root
}

@test "a service with BPF programs is not left" {
	local property
	for property in DevicePolicy=closed IPAddressDeny=any; do
		try service_of alice -p "$property" -p TasksMax=infinity \
			rrun --root "$T/state" run --detach --bundle "$B" "$ID"
		refused /system.slice/run-u 'which has a BPF program'
	done
	# It implies NoNewPrivileges for a user's service.
	try service_of alice -p PrivateDevices=yes rrun --root "$T/state" run --detach --bundle "$B" "$ID"
	refused no_new_privs
}

@test "a freeze of user-1000.slice holds the container, and a thaw lets it go" {
	policy 'placement sibling'
	start "$ID"
	went_well
	local at
	at=$CG$(ctr "$ID")
	systemctl freeze user-1000.slice
	eventually grep -qx 'frozen 1' "$at/cgroup.events"
	equal "$(<"$at/cgroup.freeze")" 0
	systemctl thaw user-1000.slice
	eventually grep -qx 'frozen 0' "$at/cgroup.events"
	try rr exec "$ID" true
	went_well
	systemctl freeze user-1000.slice
	# From outside the freeze it can be ended.
	try alice rrun --root "$T/state" delete --force "$ID"
	systemctl thaw user-1000.slice
	went_well
	equal "$(tops)" 0
}

@test "cgroup off, mapping off: nothing new, with the admin's words; what runs is left alone" {
	local notice='notice "Containers are off until Monday: ask help@example.org"' before=1
	start "$ID"
	went_well
	policy 'cgroup off' "$notice"
	start "$ID-2"
	refused 'the site has switched cgroups off' 'Containers are off until Monday: ask help@example.org'
	policy 'cgroup off' 'mapping off' "$notice"
	try rr run --require-range --detach --bundle "$B" "$ID-2"
	refused 'Containers are off until Monday: ask help@example.org'
	try rr exec "$ID" id -u
	equal "$status $out" '0 0'
	try rr pause "$ID"
	went_well
	try rr resume "$ID"
	went_well
	try rr delete --force "$ID"
	went_well
	equal "$(tops)" 0
}

@test "who is limited does not get out of that by exec into a container made elsewhere" {
	config '.linux.resources.pids.limit = 50'
	start "$ID"
	went_well
	try service_of alice -p MemoryMax=300M rrun --root "$T/state" exec "$ID" true
	matches "$status $err" "^255 .*/system.slice/run-u[0-9]+.service, where memory.max is $((300 * MIB))"
	try service_of alice -p IPAddressDeny=any rrun --root "$T/state" exec "$ID" true
	matches "$status $err" '^255 .*/system.slice/run-u[0-9]+.service, which has a BPF program'
	set_property "${SCOPE##*/}" MemoryMax=300M
	try rr exec "$ID" true
	matches "$status $err" "^255 .*$SCOPE, where memory.max is $((300 * MIB))"
	# With no more than a TasksMax, which the container's own is below.
	try service_of alice rrun --root "$T/state" exec "$ID" cat /proc/self/cgroup
	went_well
	equal "$out" 0::/
}

@test "max_cgroups 2: a third is refused, and nothing is left of it" {
	policy 'max_cgroups 2'
	local before=2
	start "$ID-1"
	went_well
	start "$ID-2"
	went_well
	start "$ID-3"
	refused 'you have 2 cgroups, as many as the site allows' 'rrun list'
	try rr delete --force "$ID-1"
	went_well
	start "$ID-3"
	went_well
}

@test "slice: user_memory_mib and user_pids hold over two containers" {
	policy 'placement slice' 'user_memory_mib 100' 'user_pids 24'
	config_sh 'dd if=/dev/zero bs=60M count=1 | sleep 10000'
	start "$ID-1"
	went_well
	holds() { (($(<"$SITE/memory.current") > 60 * MIB)); }
	eventually holds
	config_sh 'dd if=/dev/zero of=/dev/null bs=60M count=1'
	try rr run --bundle "$B" "$ID-2"
	(($(event "$SITE" oom) > 0))
	(($(<"$SITE/memory.peak") <= 100 * MIB))
	equal "$(<"$SITE/memory.max")" $((100 * MIB))
	config_sh 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 10000 & done; wait'
	start "$ID-3"
	start "$ID-4"
	# Before Linux 6.11 a fork that is refused counts where it was tried, not where the limit is.
	full() { find "$SITE" -name pids.events -exec grep -qE '^max [1-9]' {} \; -print | grep -q .; }
	eventually full
	(($(<"$SITE/pids.current") <= 24))
}

# What each limit of top is, in which file.
limits() { (cd "$1/.." && stat -c '%n %i' memory.max pids.max cpu.max && cat memory.max pids.max cpu.max); }
limited() { # SINCE: a container whose limits are in $was, its pid in $was_pid
	config '.linux.resources = { memory: { limit: 104857600 }, pids: { limit: 50 }, cpu: { quota: 50000, period: 100000 } }'
	start "$ID"
	went_well
	at=$CG$(ctr "$ID") was_pid=$(pid "$ID")
	was=$(limits "$at")
	has "$was" $'104857600\n50\n50000 100000'
}

@test "systemd reloads, re-executes and changes user-1000.slice: the limits are the same files with the same values" {
	local at was was_pid
	limited
	systemctl daemon-reload
	equal "$(limits "$at")" "$was"
	set_property user-1000.slice MemoryMax=1G TasksMax=500 IOWeight=200 AllowedCPUs=0
	equal "$(limits "$at")" "$was"
	systemctl daemon-reload
	systemctl daemon-reexec
	equal "$(limits "$at")" "$was"
	systemctl revert user-1000.slice
	equal "$(limits "$at")" "$was"
}

# Of natural causes: the ssh connection ends, then the user manager, without its ten seconds.
log_out() {
	kill "$(</run/alice.ssh)"
	for _ in {1..600}; do
		[[ $(systemctl show -P ActiveState user-1000.slice user@1000.service | tr -d '\n') == inactiveinactive ]] && return
		sleep 0.2
	done
	fail 'the slice does not end' "$(systemctl list-units --no-legend 'user*1000*' 'session*')"
}
logind() {
	mkdir -p /run/systemd/logind.conf.d
	printf '%s\n' '[Login]' UserStopDelaySec=0 "$@" >/run/systemd/logind.conf.d/suite.conf
	systemctl restart systemd-logind
}

@test "all sessions end: the container runs on under its limits, and the next login has it, with KillUserProcesses=no and =yes" {
	local at was was_pid kills
	for kills in no yes; do
		logind "KillUserProcesses=$kills"
		session
		limited
		log_out
		[[ -d /proc/$was_pid ]]
		equal "$kills $(limits "$at")" "$kills $was"
		session
		equal "$kills $(limits "$at")" "$kills $was"
		try rr list --quiet
		equal "$out" "$ID"
		try rr exec "$ID" cat /proc/self/cgroup
		equal "$kills $status $out" "$kills 0 0::/"
		try rr delete --force "$ID"
		went_well
		equal "$(tops)" 0
	done
	logind
}
