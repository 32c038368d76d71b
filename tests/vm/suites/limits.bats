# Limits for a container of somebody who logs in over ssh, without a cgroup tree of their own: the kernel
# holds them, and the user cannot get rid of them.
#
# Words for the scripts that run as alice: top_of ID (the cgroup that the helper made; ctr is in it),
# try_to NAME CMD… (says "NAME refused" or "NAME WENT THROUGH").
load ../lib

MIB=$((1 << 20))
SCOPE='/user.slice/user-1000.slice/session-[0-9]+.scope'
PLACE="^$CG/user.slice/user-1000.slice/rrun-1000-[0-9a-f]{16}\$"

WORDS='
top_of() {
	local path
	path=$(rrun state "$1" | jq -r .rrun.cgroup) && dirname "$path"
}
start() { rrun run --detach --bundle "$@" </dev/null >/dev/null 2>>"$T/start.err"; }
try_to() {
	local name=$1
	shift
	if "$@" 2>/dev/null; then echo "$name WENT THROUGH"; else echo "$name refused"; fi
}
put() { [[ -e $2 ]] || echo "$2 IS NOT THERE"; echo "$1" >"$2"; }
patiently() {
	local try
	for try in {1..60}; do "$@" && return; sleep 0.3; done
	return 1
}'

# alice SCRIPT: in one login, with the words.
alice() {
	printf '%s\n' "T=$T ID=$ID B=$B CG=$CG" "$WORDS" "$1" >"$T/script"
	try login alice bash "$T/script"
	[[ ! -s $T/start.err ]] || cat "$T/start.err"
}

# DIR RESOURCES: the bundle B, or another config.json for the same files.
limited() {
	if [[ $1 == "$B" ]]; then
		bundle "$B" alice
		config_sh 'exec sleep 1000'
	else
		mkdir "$1"
		jq '.root.path = $root' --arg root "$B/rootfs" "$B/config.json" >"$1/config.json"
	fi
	B=$1 config ".linux.resources = $2"
}

nothing_is_left() {
	equal "$(find "$CG" -type d -name 'rrun-1000-*')" ''
	equal "$(find "$CG/rrun.slice" -mindepth 2 -type d 2>/dev/null)" ''
	equal "$(ls -A /run/user/1000/rrun 2>/dev/null)" ''
}

# A line of the output: NAME VALUE.
said() { sed -n "s|^$1 ||p" <<<"$out"; }

@test "memory, pids and cpu are exact in the kernel, in a cgroup beside the session's" {
	limited "$B" '{ memory: { limit: 67108864 }, pids: { limit: 30 }, cpu: { quota: 20000, period: 100000 } }'
	alice '
		start "$B" "$ID" || exit
		top=$(top_of "$ID") pid=$(rrun state "$ID" | jq .pid)
		echo "mine $(cut -d: -f3 /proc/self/cgroup)"
		echo "top $top"
		echo "ctr $(cut -d: -f3 /proc/$pid/cgroup)"
		for file in memory.max pids.max cpu.max; do echo "$file $(<$top/$file)"; done
		echo "enabled $(<$top/cgroup.subtree_control)"
		echo "owners $(stat -c %U $top $top/ctr $top/ctr/cgroup.procs $top/ctr/memory.max | paste -sd " ")"
		rrun delete --force "$ID"'
	went_well
	matches "$(said mine)" "^$SCOPE\$"
	matches "$(said top)" "$PLACE"
	equal "$CG$(said ctr)" "$(said top)/ctr"
	equal "$(said memory.max)" $((64 * MIB))
	equal "$(said pids.max)" 30
	equal "$(said cpu.max)" '20000 100000'
	local controller
	for controller in cpu memory pids; do has " $(said enabled) " " $controller "; done
	equal "$(said owners)" 'root alice alice root'
	nothing_is_left
}

@test "who takes more memory is killed, a fork bomb stops, and who computes is throttled" {
	limited "$B" '{ memory: { limit: 67108864 } }'
	limited "$B.pids" '{ pids: { limit: 20 } }'
	B=$B.pids config_sh 'sh -c "i=0; while [ \$i -lt 40 ]; do sleep 500 & i=\$((i + 1)); done"; exec sleep 1000'
	limited "$B.cpu" '{ cpu: { quota: 20000, period: 100000 } }'
	B=$B.cpu config_sh 'while :; do :; done'
	alice '
		# Before Linux 6.11 it is counted where the fork was tried, not where the limit is.
		rejected() { grep -q "^max [1-9]" "$1/pids.events" "$1/ctr/pids.events"; }
		throttled() { grep -q "^nr_throttled [1-9]" "$1/cpu.stat"; }
		start "$B" "$ID" || exit
		rrun exec "$ID" dd if=/dev/zero of=/dev/null bs=16M count=1 2>/dev/null
		echo "little $?"
		rrun exec "$ID" dd if=/dev/zero of=/dev/null bs=200M count=1 2>/dev/null
		echo "beyond $?"
		echo "oom $(sed -n "s/^oom_kill //p" "$(top_of "$ID")/memory.events")"
		rrun delete --force "$ID"
		start "$B.pids" "$ID" || exit
		top=$(top_of "$ID")
		patiently rejected "$top" && echo "fork rejected"
		(($(<$top/pids.current) <= 20)) && echo "processes at most 20"
		rrun delete --force "$ID"
		start "$B.cpu" "$ID" || exit
		patiently throttled "$(top_of "$ID")" && echo "cpu throttled"
		rrun delete --force "$ID"'
	went_well
	equal "$(said little)" 0
	equal "$(said beyond)" 137
	matches "$(said oom)" '^[1-9]'
	equal "$(said fork)" rejected
	equal "$(said processes)" 'at most 20'
	equal "$(said cpu)" throttled
	nothing_is_left
}

@test "alice cannot raise, leave or remove it: from her login, and as root inside" {
	limited "$B" '{ memory: { limit: 67108864 }, pids: { limit: 30 } }'
	config '(.mounts[] | select(.destination == "/sys/fs/cgroup").options) |= map(select(. != "ro"))'
	alice '
		start "$B" "$ID" || exit
		top=$(top_of "$ID") pid=$(rrun state "$ID" | jq .pid)
		mine=$CG$(cut -d: -f3 /proc/self/cgroup)
		manager=$CG/user.slice/user-1000.slice/user@1000.service
		before=$(cat "$top"/{memory.max,pids.max,cgroup.subtree_control,cgroup.procs} "$top/ctr/memory.max")
		try_to "top/memory.max" put max "$top/memory.max"
		try_to "top/memory.high" put max "$top/memory.high"
		try_to "top/pids.max" put max "$top/pids.max"
		try_to "top/cgroup.subtree_control" put -memory "$top/cgroup.subtree_control"
		try_to "top/cgroup.procs" put "$pid" "$top/cgroup.procs"
		try_to "top/cgroup.threads" put "$pid" "$top/cgroup.threads"
		try_to "top/cgroup.type" put threaded "$top/cgroup.type"
		try_to "ctr/memory.max" put max "$top/ctr/memory.max"
		try_to "to the session" put "$pid" "$mine/cgroup.procs"
		try_to "to the slice" put "$pid" "$top/../cgroup.procs"
		try_to "to the manager" put "$pid" "$manager/init.scope/cgroup.procs"
		try_to "mkdir" mkdir "$top/other"
		try_to "rmdir ctr" rmdir "$top/ctr"
		try_to "rmdir top" rmdir "$top"
		try_to "chmod" chmod u+w "$top/memory.max"
		try_to "rename" mv "$top/ctr" "$top/other"
		cat >"$T/inside" <<"END"
			cd /sys/fs/cgroup && echo "inside: $(id -u) $(cat cgroup.procs | wc -l)"
			mkdir sub && echo "inside: sub"
			echo $$ >sub/cgroup.procs && echo "inside: moved"
			for file in memory.max pids.max memory.swap.max memory.high; do
				(echo max >$file) 2>/dev/null && echo "inside: $file WENT THROUGH"
			done
			for try in ../memory.max ../cgroup.subtree_control ../cgroup.procs; do
				(echo max >$try) 2>/dev/null && echo "inside: $try WENT THROUGH"
			done
			dd if=/dev/zero of=/dev/null bs=200M count=1 2>/dev/null
			echo "inside: dd $?"
			mount -t cgroup2 none /mnt 2>/dev/null && ls /mnt/../mnt | grep -q rrun-1000 && echo "inside: SEES MORE"
END
		rrun exec "$ID" sh -c "$(<"$T/inside")"
		after=$(cat "$top"/{memory.max,pids.max,cgroup.subtree_control,cgroup.procs} "$top/ctr/memory.max")
		[[ $before == "$after" ]] && echo "all as before"
		echo "left $(rrun state "$ID" | jq -r .status) $(cut -d: -f3 /proc/$pid/cgroup)"
		rrun delete --force "$ID"'
	went_well
	lacks "$out" 'WENT THROUGH'
	lacks "$out" 'NOT THERE'
	lacks "$out" 'SEES MORE'
	equal "$(grep -c ' refused$' <<<"$out")" 16
	has "$out" 'inside: 0 '
	has "$out" 'inside: moved'
	has "$out" 'inside: dd 137'
	has "$out" 'all as before'
	matches "$(said left)" '^running .*/rrun-1000-[0-9a-f]{16}/ctr$'
	nothing_is_left
}

@test "a second container does not loosen the first, and nor does its end" {
	limited "$B" '{ memory: { limit: 67108864 } }'
	limited "$B.2" '{ memory: { limit: 268435456 }, cpu: { shares: 512 } }'
	alice '
		start "$B" "$ID" || exit
		start "$B.2" "$ID.2" || exit
		one=$(top_of "$ID") two=$(top_of "$ID.2")
		[[ $one != "$two" ]] && echo "tops differ"
		echo "limits $(<$one/memory.max) $(<$two/memory.max)"
		rrun exec "$ID" dd if=/dev/zero of=/dev/null bs=100M count=1 2>/dev/null
		echo "first $?"
		rrun exec "$ID.2" dd if=/dev/zero of=/dev/null bs=100M count=1 2>/dev/null
		echo "second $?"
		rrun delete --force "$ID.2"
		echo "then $(<$one/memory.max) $(<$one/cgroup.subtree_control)"
		rrun delete --force "$ID"'
	went_well
	equal "$(said tops)" differ
	equal "$(said limits)" "$((64 * MIB)) $((256 * MIB))"
	equal "$(said first) $(said second)" '137 0'
	matches "$(said then)" "^$((64 * MIB)) .*memory"
	nothing_is_left
}

@test "rrun scope: what runs in it is under the limit, and reaches nothing outside it" {
	limited "$B" '{ pids: { limit: 100 } }'
	printf '%s\n' "T=$T ID=$ID B=$B CG=$CG" "$WORDS" '
		own=$(cut -d: -f3 /proc/self/cgroup)
		top=$CG${own%/ctr/main}
		echo "scope $own"
		echo "max $(<$top/memory.max)"
		try_to "scope/memory.max" put max "$top/memory.max"
		try_to "to the session" put $$ "$(<$T/session)/cgroup.procs"
		try_to "to the manager" put $$ "$CG/user.slice/user-1000.slice/user@1000.service/init.scope/cgroup.procs"
		try_to "to the container" put $$ "$(top_of "$ID")/ctr/cgroup.procs"
		rrun exec "$ID" cat /proc/self/cgroup 2>"$T/exec.err"
		echo "exec $?"
		rrun run --detach --bundle "$B" "$ID.in" </dev/null >/dev/null 2>"$T/run.err"
		echo "run $? $(cut -d: -f3 "/proc/$(rrun state "$ID.in" | jq .pid)/cgroup")"
		rrun delete --force "$ID.in"
		rrun scope --memory 1g -- cut -d: -f3 /proc/self/cgroup | sed "s/^/nested /"
		dd if=/dev/zero of=/dev/null bs=200M count=1 2>/dev/null
		echo "dd $?"' >"$T/within"
	alice '
		start "$B" "$ID" || exit
		echo "$CG$(cut -d: -f3 /proc/self/cgroup)" >$T/session
		rrun scope --memory 64M -- bash "$T/within"
		echo "status $?"
		rrun delete --force "$ID"'
	cat "$T"/{exec,run}.err
	went_well
	matches "$(said scope)" '^/user.slice/user-1000.slice/rrun-1000-[0-9a-f]{16}/ctr/main$'
	equal "$(said max)" $((64 * MIB))
	lacks "$out" 'WENT THROUGH'
	lacks "$out" 'NOT THERE'
	local scope
	scope=$(said scope)
	# What is executed would leave the scope's limit.
	matches "$(said exec)" '^255'
	matches "$(said run)" "^0 ${scope%/main}/"
	matches "$(said nested)" "^${scope%/main}/"
	equal "$(said dd)" 137
	equal "$(said status)" 0
	nothing_is_left
}

@test "make -j and python are held by rrun scope --pids" {
	printf 'all: %s\n%%.x:\n\t@sleep 2\n' "$(seq -f %g.x -s ' ' 40)" >"$T/Makefile"
	cat >"$T/fork.py" <<-'END'
		import os, signal, sys
		pids = []
		try:
		    for _ in range(40):
		        pid = os.fork()
		        if pid == 0:
		            signal.pause()
		        pids.append(pid)
		except OSError as error:
		    print("python", type(error).__name__, "after", len(pids))
		for pid in pids:
		    os.kill(pid, signal.SIGKILL)
	END
	alice '
		rrun scope --pids 8 -- python3 "$T/fork.py"
		rrun scope --pids 8 -- bash -c "make -s -j 30 -C $T -k >$T/make.out 2>&1
			own=\$(cut -d: -f3 /proc/self/cgroup)
			echo \"pids.max \$(<$CG\${own%/ctr/main}/pids.max)\"
			sed \"s/^/events /\" $CG\$own/pids.events $CG\${own%/ctr/main}/pids.events"
		head -n 3 "$T/make.out"'
	matches "$(said python)" '^BlockingIOError after [1-7]$'
	equal "$(said pids.max)" 8
	has "$out" 'events max '
	lacks "$(said events | paste -sd ' ')" 'max 0 max 0'
	nothing_is_left
}

@test "rrun update --memory beyond the site's cap is clamped to it, and no other limit is lost" {
	limited "$B" '{ memory: { limit: 67108864 }, pids: { limit: 30 } }'
	cp /etc/rrun/policy.conf "$T/policy.conf"
	sed -i 's/^container_memory_mib max$/container_memory_mib 256/' /etc/rrun/policy.conf
	alice '
		start "$B" "$ID" || exit
		top=$(top_of "$ID")
		rrun update --memory 128M "$ID"
		echo "within $? $(<$top/memory.max)"
		rrun update --memory 4G "$ID" 2>&1
		echo "beyond $? $(<$top/memory.max)"
		rrun update --memory -1 "$ID" 2>&1
		echo "none $? $(<$top/memory.max) $(<$top/pids.max)"
		rrun delete --force "$ID"'
	cat "$T/policy.conf" >/etc/rrun/policy.conf
	went_well
	equal "$(said within)" "0 $((128 * MIB))"
	equal "$(said beyond)" "0 $((256 * MIB))"
	equal "$(said none)" "0 $((256 * MIB)) 30"
	nothing_is_left
}
