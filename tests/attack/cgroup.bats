# Cgroups: E.1, HT-020, HT-096 to HT-111, and C-25. In the machine's own tree, in cgroups of this test's.
# shellcheck shell=bash disable=SC2154,SC2034,SC2015,SC2086,SC2046,SC2010,SC2012,SC2310
load setup

prepare() {
	local try
	CG=
	for try in /sys/fs/cgroup /sys/fs/cgroup/unified; do
		[[ $(stat -f -c %T "$try" 2>/dev/null) != cgroup2fs ]] || CG=$try
	done
	[[ -n $CG ]] || skip "needs a cgroup v2 tree"
	[[ -w $CG/cgroup.procs ]] || skip "needs a tree that root may change"
	grep -qx '0::/' /proc/self/cgroup || MINE=$(sed -n 's/^0:://p' /proc/self/cgroup)
	HUGE=$(grep -cw hugetlb "$CG/cgroup.controllers" || true)
	X=$CG/rrtest-$RRT_TAG-$BATS_TEST_NUMBER
	mkdir -p "$X"
	[[ -x $RRT_DIR/attack/program ]] ||
		gcc -O1 -std=gnu11 -D_GNU_SOURCE -static -o "$RRT_DIR/attack/program" "$attack_here/program.c"
	# A user of that number may have been here before.
	rmdir "$CG/rrun.slice/user-$UA" "$CG/rrun.slice/user-$UB" 2>/dev/null || true
	cgroups
	# In the root, from where everybody may go to the slice.
	live_in "$CG"
}

teardown() {
	local dir try uid
	[[ -n ${T-} ]] || return 0
	for try in {1..20}; do
		pgrep -U "$UA,$UB" >"$T/left" || break
		xargs kill -KILL <"$T/left" 2>/dev/null
		sleep 0.02
	done
	[[ -z ${X-} ]] || for try in {1..20}; do
		for uid in "$UA" "$UB"; do
			find "$CG/rrun.slice/user-$uid" -mindepth 0 -depth -type d -exec rmdir {} + 2>/dev/null
		done
		find "$X" -depth -type d -exec rmdir {} + 2>/dev/null
		[[ -e $X || -e $CG/rrun.slice/user-$UA ]] || break
		sleep 0.05
	done
	rm -rf --one-file-system "$T"
}

# cgroups [LINE…]: the usual policy about cgroups, each LINE in the place of the usual one of its key.
cgroups() {
	local line usual=('cgroup on' 'placement auto' 'max_cgroups 64' 'container_memory_mib max' 'container_pids max'
		'container_cpu_percent max' 'user_memory_mib max' 'user_pids max' 'user_cpu_percent max') lines=()
	for line in "${usual[@]}"; do
		printf '%s\n' "$@" | grep -q "^${line%% *} " || lines+=("$line")
	done
	policy "${lines[@]}" "$@"
}

# What runs the client, and so the target and the helper, in DIR.
live_in() { PREFIX_CMD=(sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$1"); }

# The directories of both users and of this test.
everything() {
	local uid
	for uid in "$UA" "$UB"; do
		find "$CG/rrun.slice/user-$uid" -mindepth 1 -type d -printf '%p %m %u\n' 2>/dev/null
	done
	find "$X" -type d -printf '%p %m %u\n'
}

# no_cgroup VERDICT WORD…: refused, and nothing at all is there that was not.
no_cgroup() {
	local verdict=$1 before
	shift
	before=$(everything)
	refuses "$verdict" flags=4 nomaps target=init "$@"
	equal "cgroup ${R[cgroup]}" 'cgroup 0'
	equal "$(everything)" "$before"
}

# makes WORD…: a cgroup alone, for a process that lives on; its number in $ID, its directory in $TOP.
makes() {
	attack flags=4 nomaps ${KEEP-keep} target=init "$@"
	equal "verdict ${R[verdict]-none} exit ${R[exit]-none} replies ${R[replies]}" 'verdict ALLOW exit 0 replies 1'
	no_effect
	is_made
}

is_made() {
	ID=${R[cgroup]}
	matches "${R[place]}" '/ctr$'
	TOP=$CG${R[place]%/ctr}
	equal "$(stat -c %i "$TOP")" "$ID"
}

# does OP WORD…: goes well.
does() {
	local op=$1
	shift
	attack op="$op" flags=0 nomaps "$@"
	equal "verdict ${R[verdict]-none} exit ${R[exit]-none} which ${R[which]} detail ${R[detail]}" \
		'verdict ALLOW exit 0 which 0 detail 0'
}
# shellcheck disable=SC2120
attaches() { does 2 target=init ${KEEP-keep} cgroup="$ID" "$@"; }
# shellcheck disable=SC2120
updates() { does 3 target=none cgroup="$ID" "$@"; }
# shellcheck disable=SC2120
releases() { does 4 target=none cgroup="$ID" "$@"; }
no_attach() { refuses "$1" op=2 flags=0 nomaps target=init "${@:2}"; }
no_update() { refuses "$1" op=3 flags=0 nomaps target=none "${@:2}"; }
no_release() { refuses "$1" op=4 flags=0 nomaps target=none "${@:2}"; }

ends() { kill -KILL "$1"; while [[ -e /proc/$1 ]] && ! grep -q '^State:.Z' "/proc/$1/status"; do sleep 0.01; done; }

# Files and who may write them, below a directory.
listing() { (cd "$1" && find . -printf '%P %y %m %u %g\n' | sort); }

need_huge() { ((HUGE)) || skip "needs the controller hugetlb in the unified tree"; }

@test "HT-096 top and its files are root's, ctr and what its user needs are handed over, and nothing else" {
	local file mode
	makes
	equal "${R[place]}" "/rrun.slice/user-$UA/${TOP##*/}/ctr"
	matches "${TOP##*/}" '^[0-9a-f]{16}$'
	equal "$(cat "$TOP/ctr/cgroup.procs")" "${R[target]}"
	equal "$(cat "$TOP/cgroup.max.descendants" "$TOP/cgroup.max.depth" | xargs)" '64 8'
	# As root would have made them.
	mkdir -p "$X/plain/ctr"
	listing "$X/plain" >"$T/plain"
	listing "$TOP" >"$T/made"
	diff <(sed -E -e "s/^(ctr d [0-7]+) root/\\1 $RRT_A/" -e 's/^(ctr.cgroup.procs f) 644/\1 664/' \
		-e "s/^(ctr.(cgroup.(procs|threads|subtree_control|freeze|kill)|memory.(oom.group|reclaim)) f [0-7]+) root/\\1 $RRT_A/" \
		"$T/plain") "$T/made"
	equal "$(stat -c '%a %U %G' "$TOP" "$TOP/ctr" "${TOP%/*}" | xargs)" "755 root root 755 $RRT_A root 755 root root"
}

@test "HT-096 maps and a cgroup in one request" {
	attack flags=6 keep uid=0:$RA:65536 gid=0:$GA:65536
	equal "${R[verdict]} ${R[exit]}" 'ALLOW 0'
	has_maps "0 $RA 65536" "0 $GA 65536" allow
	is_made
	attack flags=7 keep
	equal "${R[verdict]} ${R[setgroups]}" 'ALLOW deny'
	is_made
}

@test "HT-020 any umask gives the same modes" {
	local umask
	for umask in 0777 0 0077; do
		rmdir "$CG/rrun.slice/user-$UA" 2>/dev/null || true
		makes umask=$umask
		equal "$(stat -c '%a %U' "$TOP" "$TOP/ctr" "${TOP%/*}" "${TOP%/*/*}" | xargs)" "755 root 755 $RRT_A 755 root 755 root"
		equal "$(stat -c %a "$TOP/ctr/cgroup.procs")" 664
		ends "${R[target]}"
		releases
	done
}

@test "HT-096 its user cannot change top, nor bring a process in or out" {
	local pid other
	makes
	pid=${R[target]}
	"${WHO_CMD[@]}" sleep 60 3>&- 4>&- 9>&- &
	other=$!
	user() { "${WHO_CMD[@]}" sh -c "$1" 2>/dev/null; }
	for file in cgroup.procs cgroup.threads cgroup.subtree_control cgroup.max.descendants cgroup.max.depth cgroup.freeze \
		cgroup.kill cgroup.type cgroup.pressure hugetlb.2MB.max pids.max memory.max cpu.max; do
		no user "echo $other >$TOP/$file"
		no user "echo 0 >$TOP/$file"
	done
	for file in cgroup.max.descendants cgroup.max.depth cgroup.type cgroup.pressure hugetlb.2MB.max pids.max memory.max cpu.max; do
		no user "echo max >$TOP/ctr/$file"
	done
	no user "echo $other >$TOP/ctr/cgroup.procs"
	no user "echo $pid >$CG/cgroup.procs"
	no user "mkdir $TOP/more"
	no user "mkdir ${TOP%/*}/more"
	no user "mkdir $CG/rrun.slice/more"
	no user "rmdir $TOP/ctr"
	no user "mv $TOP/ctr $TOP/rtc"
	no user "chmod 0777 $TOP"
	no user "echo 5 >$CG/rrun.slice/cgroup.max.depth"
	user "mkdir -m 0777 $TOP/ctr/in && echo $pid >$TOP/ctr/in/cgroup.procs"
	equal "$(cat "$TOP/ctr/in/cgroup.procs")" "$pid"
	no user "echo $pid >$TOP/cgroup.procs"
	# Nor can another.
	become "$RRT_B"
	no user "echo $pid >$CG/cgroup.procs"
	no user "echo 1 >$TOP/ctr/cgroup.kill"
	no user "echo 1 >$TOP/ctr/cgroup.freeze"
	no user "mkdir $TOP/ctr/b"
	kill "$other"
}

@test "HT-096 its user may end and stop what is in it" {
	makes
	"${WHO_CMD[@]}" sh -c "echo 1 >$TOP/ctr/cgroup.freeze"
	grep -qx 'frozen 1' "$TOP/ctr/cgroup.events" || sleep 0.2
	grep -qx 'frozen 1' "$TOP/ctr/cgroup.events"
	"${WHO_CMD[@]}" sh -c "echo 1 >$TOP/ctr/cgroup.kill"
	sleep 0.2
	grep -qx 'populated 0' "$TOP/ctr/cgroup.events"
}

@test "HT-096 two containers of a user are apart" {
	local one
	makes
	one=$TOP pid=${R[target]}
	makes
	no equal "$one" "$TOP"
	no "${WHO_CMD[@]}" sh -c "echo $pid >$TOP/ctr/cgroup.procs" 2>/dev/null
	equal "$(cat "$one/ctr/cgroup.procs")" "$pid"
}

@test "HT-097 limits are written as they were asked for" {
	need_huge
	local value
	for value in 0 2097152 9223372036852678656; do
		makes limits=0x100 limit8=$value
		matches "$(<"$TOP/hugetlb.2MB.max")" "^($value|${value/9223372036852678656/max})\$"
		equal "${R[clamped]}" 0
		equal "$(cat "$TOP/cgroup.subtree_control")" hugetlb
		matches "$(<"$TOP/ctr/hugetlb.2MB.max")" '^(max|922337203[0-9]*)$'
		equal "$(stat -c %U "$TOP/hugetlb.2MB.max" "$TOP/ctr/hugetlb.2MB.max" | xargs)" 'root root'
	done
	makes limits=0x100 limit8=0xffffffffffffffff
	matches "$(<"$TOP/hugetlb.2MB.max")" '^(max|922337203[0-9]*)$'
	for value in 0x8000000000000000 0xfffffffffffffffe; do
		no_cgroup LIMIT limits=0x100 limit8=$value
		equal "${R[detail]}" 8
	done
}

@test "HT-098 a limit that cannot be held here is refused, and nothing is made" {
	local n
	for n in 0 1 2 3 6 7; do
		grep -qwE 'memory|pids|cpu|io' "$CG/cgroup.controllers" && skip "they can be held here"
		no_cgroup LIMIT limits=$((1 << n)) "limit$n=100"
		equal "${R[detail]}" $n
	done
	no_cgroup LIMIT limits=0x30 limit4=1000 limit5=1000
	no_cgroup LIMIT limits=0x30 limit4=1000 limit5=999
	no_cgroup LIMIT limits=0x20 limit5=100000
	no_cgroup LIMIT limits=0x7800 limit11=1
	cgroups 'container_pids 100'
	no_cgroup LIMIT
	equal "${R[detail]}" 0
	cgroups 'user_memory_mib 100'
	no_cgroup LIMIT
}

@test "HT-098 a switch of the site's makes none" {
	cgroups 'cgroup off'
	no_cgroup CGROUP_OFF
	maps_own
	cgroups 'placement inherit'
	no_cgroup INHERIT
	policy
	no_cgroup CGROUP_OFF
	cgroups 'mapping off'
	makes
	refuses OFF flags=6
	cgroups "min_uid $((UA + 1))"
	no_cgroup CALLER
}

@test "HT-099 HT-104 a target that is not where its caller is, is refused" {
	mkdir "$X/a" "$X/b"
	sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$X/b" "${WHO_CMD[@]}" sleep 60 3>&- 4>&- 9>&- &
	local pid=$! try
	for try in {1..50}; do grep -q "^$pid\$" "$X/b/cgroup.procs" && [[ $(ps -o comm= $pid) == sleep ]] && break; sleep 0.02; done
	live_in "$X/a"
	no_cgroup ELSEWHERE target=pid pid=$pid
	live_in "$CG"
	no_cgroup ELSEWHERE target=pid pid=$pid
	grep -q "^$pid\$" "$X/b/cgroup.procs"
	makes
	no_attach ELSEWHERE cgroup="$ID" target=pid pid=$pid
	kill $pid
}

@test "HT-104 somebody else's process is refused, and a thread, a zombie and a dead one" {
	local kind
	become "$RRT_B"
	"${WHO_CMD[@]}" sleep 60 3>&- 4>&- 9>&- &
	become "$RRT_A"
	sleep 0.1
	no_cgroup TARGET target=pid pid=$!
	makes
	no_attach TARGET cgroup="$ID" target=pid pid=$!
	kill $!
	for kind in zombie dead thread leaderless; do
		no_cgroup TARGET target=$kind delay=100
		no_attach TARGET cgroup="$ID" target=$kind delay=100
	done
	for kind in eventfd socket procdir forged; do
		[[ $kind != procdir ]] || continue
		refuses TARGET flags=4 nomaps target=$kind
		no_attach TARGET cgroup="$ID" target=$kind
	done
	attack flags=4 nomaps target=self keep
	equal "${R[verdict]}" ALLOW
}

@test "a process whose number is old is refused: another may have it soon" {
	(($(</proc/sys/kernel/pid_max) >= 32768)) || skip "needs the usual pid_max"
	# So many that it is as well refused where the numbers began anew meanwhile.
	no_cgroup TARGET forks=17000
	makes forks=1000
}

@test "a cgroup that the caller may write to is no place for root: C-7" {
	mkdir -p "$X/in/deep"
	live_in "$X/in/deep"
	makes
	chown "$RRT_A" "$X/in/deep/cgroup.procs"
	no_cgroup OWN_TREE
	no_attach OWN_TREE cgroup="$ID"
	chown root "$X/in/deep/cgroup.procs"
	chmod 0664 "$X/in/deep/cgroup.procs"
	no_cgroup OWN_TREE
	chmod 0646 "$X/in/deep/cgroup.procs"
	no_cgroup OWN_TREE
	chmod 0644 "$X/in/deep/cgroup.procs"
	chown "$RRT_A" "$X/cgroup.procs"
	no_cgroup OWN_TREE
	chown root "$X/cgroup.procs"
	makes
}

@test "a place that others may write to is none" {
	mkdir -p "$X/in/deep"
	live_in "$X/in/deep"
	cgroups 'placement sibling'
	makes
	equal "${R[place]}" "/${X##*/}/in/rrun-$UA-${TOP##*-}/ctr"
	ends "${R[target]}"
	chown "$RRT_A" "$X/in"
	no_cgroup LIMIT
	no_release UNKNOWN cgroup="$ID"
	chown root "$X/in"
	chmod 0777 "$X/in"
	no_cgroup LIMIT
	no_release UNKNOWN cgroup="$ID"
	chmod 0775 "$X/in"
	no_cgroup LIMIT
	chmod 0755 "$X/in"
	releases
	[[ ! -e $TOP ]]
}

@test "HT-069 a batch job is never left, known by whole names anywhere in the path" {
	local name
	mkdir -p "$X/slurmstepd.scope/job_7/step_0" "$X/xslurmstepd.scopex/a" "$X/node1_slurmstepd.scope" "$X/slurmstepd.scopex"
	cgroups 'never_leave slurmstepd.scope' 'never_leave *_slurmstepd.scope' 'never_leave job_*'
	live_in "$X/slurmstepd.scope/job_7/step_0"
	no_cgroup JOB
	equal "${R[which]}" 2
	live_in "$X/slurmstepd.scope/job_7"
	no_cgroup JOB
	equal "${R[which]}" 1
	live_in "$X/node1_slurmstepd.scope"
	no_cgroup JOB
	equal "${R[which]}" 0
	live_in "$X/xslurmstepd.scopex/a"
	makes
	live_in "$X/slurmstepd.scopex"
	makes
	# From elsewhere a container may exist; from the job it is out of reach.
	live_in "$X/slurmstepd.scope/job_7"
	no_attach JOB cgroup="$ID"
	which=${R[which]}
	equal "$which" 1
}

# loosens WHICH DETAIL WORD…
loosens() {
	no_cgroup LOOSENS "${@:3}"
	equal "which ${R[which]} detail ${R[detail]}" "which $1 detail $2"
}

@test "nobody leaves a limit: placement slice looks at every cgroup above" {
	local file value default level=0 dir
	makes # from the root there is nothing to leave
	mkdir -p "$X/in/deep"
	live_in "$X/in/deep"
	cgroups 'placement slice'
	makes
	for dir in "$X/in/deep" "$X/in" "$X"; do
		for file in cgroup.max.descendants cgroup.max.depth cgroup.pressure; do
			[[ -e $dir/$file ]] || continue
			default=$(<"$dir/$file")
			value=100
			[[ $file != cgroup.pressure ]] || value=0
			echo $value >"$dir/$file"
			loosens $level 0
			no_attach LOOSENS cgroup="$ID"
			equal "which ${R[which]} detail ${R[detail]}" "which $level detail 0"
			echo "$default" >"$dir/$file"
		done
		((level += 1))
	done
	makes
	attaches
}

@test "nobody leaves a limit of a controller: hugetlb" {
	need_huge
	local file
	mkdir -p "$X/in"
	echo +hugetlb >"$CG/cgroup.subtree_control"
	echo +hugetlb >"$X/cgroup.subtree_control"
	live_in "$X/in"
	cgroups 'placement slice'
	makes
	for file in hugetlb.2MB.max hugetlb.1GB.max hugetlb.2MB.rsvd.max; do
		echo 1073741824 >"$X/in/$file"
		loosens 0 0
		no_attach LOOSENS cgroup="$ID"
		echo max >"$X/in/$file"
		echo 0 >"$X/$file"
		cgroups 'placement sibling'
		makes # stays below it
		cgroups 'placement slice'
		loosens 1 0
		echo max >"$X/$file"
	done
	makes limits=0x100 limit8=2097152
	equal "$(<"$TOP/hugetlb.2MB.max")" 2097152
}

@test "nobody leaves a program that hangs on a cgroup" {
	local status=0
	mkdir -p "$X/in/deep"
	makes
	"$RRT_DIR/attack/program" "$X/in" || skip "needs BPF for cgroups"
	live_in "$X/in/deep"
	cgroups 'placement slice'
	loosens 1 1
	no_attach LOOSENS cgroup="$ID"
	equal "which ${R[which]} detail ${R[detail]}" 'which 1 detail 1'
	cgroups 'placement sibling'
	makes # stays below it
	"$RRT_DIR/attack/program" "$X/in/deep"
	loosens 0 1
}

@test "a cgroup deeper than is looked at is not left, and one that vanished is none" {
	mkdir -p "$X/b/c/d/e/f/g/h/i"
	cgroups 'placement slice'
	live_in "$X/b/c/d/e/f/g/h"
	makes
	live_in "$X/b/c/d/e/f/g/h/i"
	loosens 8 2
}

@test "a sibling is made beside the caller, and found from there alone" {
	mkdir -p "$X/in/a" "$X/in/b" "$X/out/a"
	cgroups 'placement sibling'
	live_in "$X"
	no_cgroup LOOSENS
	live_in "$X/in/a"
	makes
	equal "${R[place]}" "/${X##*/}/in/rrun-$UA-${TOP##*-}/ctr"
	equal "$(stat -c '%a %U' "$TOP" "$TOP/ctr" | xargs)" "755 root 755 $RRT_A"
	live_in "$X/in/b"
	attaches
	equal "${R[place]}" "${TOP#"$CG"}/ctr"
	updates
	live_in "$X/out/a"
	no_attach UNKNOWN cgroup="$ID"
	no_update UNKNOWN cgroup="$ID"
	no_release UNKNOWN cgroup="$ID"
	live_in "$X/in/b"
	no_release BUSY cgroup="$ID"
	become "$RRT_B"
	no_attach UNKNOWN cgroup="$ID"
	no_release UNKNOWN cgroup="$ID"
}

# ATTACH as a way out: a container made from a free place, then a process of a limited one.
@test "nobody attaches on better terms than those of the place that they come from" {
	mkdir -p "$X/job/step" "$X/login/s"
	cgroups 'placement slice'
	live_in "$X/login/s"
	makes
	live_in "$X/job/step"
	attaches
	echo 10 >"$X/job/cgroup.max.descendants"
	no_attach LOOSENS cgroup="$ID"
	equal "${R[place]}" "/${X##*/}/job/step"
	# What is in the container by then may not fetch one from outside.
	no "${WHO_CMD[@]}" sh -c "echo \$\$ >$TOP/ctr/cgroup.procs" 2>/dev/null
}

@test "ATTACH brings a process in, by the mode that was handed over" {
	makes
	attaches
	equal "${R[place]}" "${TOP#"$CG"}/ctr"
	does 2 target=fresh keep cgroup="$ID"
	equal "${R[place]}" "${TOP#"$CG"}/ctr"
	equal "$(wc -l <"$TOP/ctr/cgroup.procs")" 3
	# Who takes the mode away keeps only themselves out.
	"${WHO_CMD[@]}" chmod 0600 "$TOP/ctr/cgroup.procs"
	no_attach INTERNAL cgroup="$ID"
	equal "${R[place]}" /
	"${WHO_CMD[@]}" chmod 0664 "$TOP/ctr/cgroup.procs"
	attaches
	does 3 target=none cgroup="$ID"
}

@test "HT-107 what is busy, foreign, gone or no cgroup of the caller's is not released" {
	local id inode
	makes
	no_release BUSY cgroup="$ID"
	[[ -d $TOP/ctr ]]
	become "$RRT_B"
	id=$ID
	makes
	no_release UNKNOWN cgroup="$id"
	no_update UNKNOWN cgroup="$id"
	no_attach UNKNOWN cgroup="$id"
	become "$RRT_A"
	no_release UNKNOWN cgroup="$ID"
	for inode in 1 2 3 "$(stat -c %i "$CG/rrun.slice")" "$(stat -c %i "$CG/rrun.slice/user-$UA")" \
		"$(stat -c %i "$CG/rrun.slice/user-$UA/"*/ctr)" "$(stat -c %i "$X")" 0xffffffffffffffff 0x8000000000000000; do
		no_release UNKNOWN cgroup="$inode"
		no_attach UNKNOWN cgroup="$inode"
		no_update UNKNOWN cgroup="$inode"
	done
	TOP=$CG/rrun.slice/user-$UA/$(cd "$CG/rrun.slice/user-$UA" && ls -d *[0-9a-f]/ | head -n 1)
	xargs kill -KILL <"$TOP/ctr/cgroup.procs"
	sleep 0.2
	"${WHO_CMD[@]}" mkdir "$TOP/ctr/sub"
	no_release BUSY cgroup="$id"
	"${WHO_CMD[@]}" rmdir "$TOP/ctr/sub"
	ID=$id
	releases
	[[ ! -e $TOP ]]
	no_release UNKNOWN cgroup="$id"
}

@test "HT-110 no more cgroups than policy allows, however many ask at once" {
	cgroups 'max_cgroups 3'
	attack parallel=24 flags=4 nomaps target=init
	((${R[allowed]} <= 3)) || fail "${R[allowed]} were allowed"
	equal "$(find "$CG/rrun.slice/user-$UA" -mindepth 1 -maxdepth 1 -type d | wc -l)" "${R[allowed]}"
	find "$CG/rrun.slice/user-$UA" -mindepth 1 -depth -type d -exec rmdir {} +
	makes
	makes
	makes
	no_cgroup QUOTA
	equal "${R[detail]}" 3
	attaches # an old one can still be used
	# A lower number later removes nothing.
	cgroups 'max_cgroups 1'
	no_cgroup QUOTA
	updates
	become "$RRT_B"
	makes
}

@test "HT-110 the slice bounds what all of a user's containers hold" {
	cgroups 'max_cgroups 2'
	makes
	equal "$(<"${TOP%/*}/cgroup.max.descendants")" 130
	cgroups 'max_cgroups 3'
	makes
	equal "$(<"${TOP%/*}/cgroup.max.descendants")" 195
	"${WHO_CMD[@]}" sh -c "for i in \$(seq 1 70); do mkdir $TOP/ctr/\$i || exit 0; done 2>/dev/null"
	equal "$(find "$TOP/ctr" -mindepth 1 -type d | wc -l)" 63
}

@test "HT-111 without a cgroup tree there are maps and no cgroups" {
	PREFIX_CMD=(sh -c 'umount -l "$0" && exec "$@"' "$CG")
	no_cgroup NO_TREE
	maps_own
	refuses NO_TREE flags=6
	PREFIX_CMD=(sh -c 'mount --bind "$1" "$0" && shift && exec "$@"' "$CG" "$X")
	no_cgroup NO_TREE
	PREFIX_CMD=(sh -c 'mount -t tmpfs none "$0" && exec "$@"' "$CG")
	no_cgroup NO_TREE
	maps_own
	PREFIX_CMD=(unshare --cgroup --)
	no_cgroup NO_TREE
	maps_own
}

@test "HT-111 a tree that is read-only leaves nothing behind" {
	makes
	mkdir -p "$X/in"
	PREFIX_CMD=(sh -c 'mount -o remount,bind,ro "$0" && exec "$@"' "$CG")
	no_cgroup INTERNAL
	equal "${R[detail]}" 30
	no_release INTERNAL cgroup="$ID"
	equal "${R[detail]}" 30
	maps_own
}

# strace waits for all: no target lives on. Every call of the helper's with the paths that the kernel knows.
traced() {
	PREFIX_CMD=(sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$1" strace -f -qq -y -s 256
		-e "trace=openat,openat2,mkdirat,unlinkat,fchmodat,fchownat,write,newfstatat,execve" -o "$T/trace")
	shift
	"$@"
	awk -v helper="$HELPER" 'index($0, "execve(\"" helper "\"") { pid = $1 } $1 == pid' "$T/trace" >"$T/calls"
	[[ -s $T/calls ]]
	grep -E '(mkdirat|unlinkat|fchmodat|fchownat|write)\(' "$T/calls" | grep -v 'write([0-9]*</proc' | grep -v 'E[A-Z]* (' >"$T/changes" || true
}

# Of what changes the tree: all within the user's own place, but for the way there.
changes_within() {
	no grep -vE "\\((AT_FDCWD, )?[0-9]+<$1(/[^>]*)?>|\\([0-9]+<$CG>, \"(rrun.slice|\\.)\"|<$CG(/rrun.slice)?/cgroup.subtree_control>, \"\\+|\\([0-9]+<$CG/rrun.slice>, \"user-$UA\"" "$T/changes"
}

@test "C-25 it changes nothing beside the place of its caller's cgroups" {
	need strace
	mkdir -p "$X/in/deep" "$X/in/other"
	local place=$CG/rrun.slice/user-$UA KEEP=
	traced "$CG" makes
	changes_within "$place"
	grep -q "mkdirat.*\"ctr\"" "$T/changes"
	traced "$CG" attaches
	changes_within "$place"
	no grep -qE 'mkdirat|unlinkat|fchmodat|fchownat' "$T/changes"
	traced "$CG" updates
	changes_within "$place"
	no grep -qE 'mkdirat|unlinkat|fchmodat|fchownat' "$T/changes"
	sleep 0.2
	traced "$CG" releases
	changes_within "$place"
	cgroups 'placement sibling'
	traced "$X/in/deep" makes
	no grep -vE "\\([0-9]+<$X/in>, \"rrun-$UA-[0-9a-f]{16}\"|<$X/in/rrun-$UA-[0-9a-f]{16}(/[^>]*)?>" "$T/changes"
	# And where it looks: at the caller's cgroup and those above, at the places, and nowhere else.
	no grep -E "openat2?\\([^<]*<${CG}[^>]*>, \"[^\"]*(other|user-$UB)" "$T/calls"
	# No file of a cgroup that it did not make is opened for writing.
	no grep -E "openat2?\\([0-9]+<($X(/in(/deep)?)?)>.*O_(WRONLY|RDWR)" "$T/calls"
}

# The tree after a helper that was killed or failed: what it leaves is root's and holds nobody but the target.
sound_tree() {
	local dir owner
	while read -r dir owner; do
		[[ ${dir##*/} == ctr ]] && continue
		[[ $owner == root ]] || fail "$dir is $owner's" || return
		[[ -z $(<"$dir/cgroup.procs") ]] || fail "$dir holds processes" || return
	done < <(find "$CG/rrun.slice/user-$UA" -mindepth 1 -type d -printf '%p %u\n')
	while read -r dir owner; do
		[[ $owner == root || ${R[verdict]-none} == ALLOW || ${R[verdict]-none} == none || ${R[cgroup]-0} != 0 ]] ||
			fail "$dir was handed over with ${R[verdict]-none}" || return
	done < <(find "$CG/rrun.slice/user-$UA" -mindepth 2 -type d -printf '%p %u\n')
	(($(find "$CG/rrun.slice/user-$UA" -mindepth 1 -maxdepth 1 -type d | wc -l) <= 1)) || fail "$(everything)"
}

clear_tree() {
	local try
	for try in {1..40}; do
		find "$CG/rrun.slice/user-$UA" -mindepth 1 -depth -type d -exec rmdir {} + 2>/dev/null
		[[ -z $(find "$CG/rrun.slice/user-$UA" -mindepth 1 -type d 2>/dev/null) ]] && return
		sleep 0.02
	done
	fail "$(everything)"
}

# first is the call of the first change.
calls_count() {
	local n make
	make=$(case $(uname -m) in x86_64) echo 258 ;; *) echo 34 ;; esac)
	PREFIX_CMD=("$INJECT" "$HELPER" trace -- "${IN[@]}")
	attack "$@" >/dev/null
	equal "${R[verdict]}" ALLOW
	calls=${R[calls]} before_main=$((R[calls] - R[from-main])) first=
	read -r -a trace <<<"${R[call]}"
	for n in "${!trace[@]}"; do [[ -n $first || ${trace[n]} != "$make" ]] || first=$((before_main + n)); done
	clear_tree
}

@test "HT-113 killed at any system call it leaves at most one empty cgroup of root's" {
	local n words=(flags=4 nomaps)
	((HUGE == 0)) || words+=(limits=0x100 limit8=2097152)
	live_in "$CG" && IN=("${PREFIX_CMD[@]}")
	calls_count "${words[@]}"
	for ((n = first; n < calls; n++)); do
		PREFIX_CMD=("$INJECT" "$HELPER" kill "$n" -- "${IN[@]}")
		attack "${words[@]}" >"$T/log"
		[[ ${R[exit]-} != hung ]] && sound_tree || { echo "at call $n of $calls"; cat "$T/log"; return 1; }
		clear_tree
	done
}

@test "HT-113 a system call that fails leaves no half of a cgroup, unless the answer names it" {
	local n error errors=(1 12 16) words=(flags=4 nomaps)
	((HUGE == 0)) || words+=(limits=0x100 limit8=2097152)
	live_in "$CG" && IN=("${PREFIX_CMD[@]}")
	calls_count "${words[@]}"
	for ((n = first; n < calls; n++)); do
		error=${errors[n % 3]}
		PREFIX_CMD=("$INJECT" "$HELPER" errno "$n" "$error" -- "${IN[@]}")
		attack "${words[@]}" >"$T/log"
		[[ ${R[exit]-} != hung ]] && sound_tree && whole_or_named ||
			{ echo "call $n of $calls, number ${trace[n - before_main]}, errno $error"; cat "$T/log"; return 1; }
		clear_tree
	done
}

# ALLOW is with everything that was asked for.
whole_or_named() {
	local dir
	dir=$(find "$CG/rrun.slice/user-$UA" -mindepth 1 -maxdepth 1 -type d 2>/dev/null)
	case ${R[verdict]-none} in
	ALLOW)
		[[ ${R[place]} == */ctr && $(stat -c %U "$dir/ctr") == "$RRT_A" && $(<"$dir/cgroup.max.descendants") == 64 ]] || return
		((HUGE == 0)) || [[ $(<"$dir/hugetlb.2MB.max") == 2097152 ]]
		;;
	none) return 0 ;;
	*) [[ -z $dir || ${R[cgroup]} == "$(stat -c %i "$dir")" ]] || fail "$dir is left and not named" ;;
	esac
}

# Frozen or stopped for long it does not act on what it saw: the fact of the move is looked at last.
@test "a target that dies before it is moved takes nobody else along" {
	local n words=(flags=4 nomaps)
	live_in "$CG" && IN=("${PREFIX_CMD[@]}")
	calls_count "${words[@]}"
	for ((n = first - 20; n < calls; n += 3)); do
		: >"$T/pid" && chown "$RRT_A" "$T/pid"
		PREFIX_CMD=("$INJECT" "$HELPER" hold "$n" "while ! read -r pid rest <$T/pid; do sleep 0.002; done; kill -KILL \$pid; sleep 0.01" -- "${IN[@]}")
		attack "${words[@]}" target=orphan pidfile="$T/pid" >"$T/log"
		sound_tree && [[ ${R[verdict]-none} != ALLOW || $n -gt $((calls - 45)) ]] || { echo "at call $n of $calls"; cat "$T/log"; return 1; }
		clear_tree
	done
}

# The target dies while the cgroup is made, and another user's process gets its number. Between the last look
# and the write there are two calls at which nobody can help: what is there then is found, and not handed over.
@test "a process that inherits the number of a dead target stays where it is" {
	local n other reused=0 moved=0 words=(flags=4 nomaps)
	[[ -w /proc/sys/kernel/ns_last_pid ]] || skip "needs ns_last_pid in the kernel"
	live_in "$CG" && IN=("${PREFIX_CMD[@]}")
	calls_count "${words[@]}"
	cat >"$T/reuse" <<-END
		while ! read -r pid rest <$T/pid; do sleep 0.002; done
		kill -KILL \$pid
		while [ -e /proc/\$pid ]; do sleep 0.002; done
		for try in 1 2 3 4 5; do
			echo \$((pid - 1)) >/proc/sys/kernel/ns_last_pid
			setpriv --reuid=$UB --regid=$PB --clear-groups sleep 20 >/dev/null 2>&1 &
			[ \$! = \$pid ] && echo \$pid >$T/reused && break
			kill \$!
		done
		sleep 0.02
	END
	for ((n = first - 10; n < first + 20; n += 1)); do
		: >"$T/pid" && chown "$RRT_A" "$T/pid"
		rm -f "$T/reused"
		PREFIX_CMD=("$INJECT" "$HELPER" hold "$n" "sh $T/reuse 3>&- 4>&- 9>&-" -- "${IN[@]}")
		attack "${words[@]}" target=orphan pidfile="$T/pid" >"$T/log"
		if [[ -s $T/reused ]]; then
			other=$(<"$T/reused")
			((reused += 1))
			if ! grep -qx '0::/' "/proc/$other/cgroup"; then
				((moved += 1))
				[[ ${R[verdict]-} == INTERNAL && ${R[cgroup]} != 0 ]] || fail "moved at call $n" "$(<"$T/log")"
				equal "$(stat -c %U "$CG$(sed -n 's/^0:://p' "/proc/$other/cgroup")")" root
			fi
			ends "$other"
		fi
		clear_tree
	done
	echo "# $reused of 30 numbers were reused, $moved processes moved" >&3
	((reused > 0)) || skip "no number could be reused: the machine is too busy"
	((moved <= 2)) || fail "$moved processes were moved"
}

# counts NAME MOST WORD…
counts() {
	PREFIX_CMD=("$INJECT" "$HELPER" trace -- "${IN[@]}")
	attack "${@:3}" >"$T/log"
	equal "$1 ${R[verdict]}" "$1 ALLOW"
	echo "# $1: ${R[from-main]} system calls" >&3
	((${R[from-main]} <= $2)) || fail "$1: ${R[from-main]}, more than $2"
}

# What was reached on the usual files of a cgroup; it may only fall. A level that is left costs 65 for BPF, and
# one to four for each file.
@test "HT-094 what cgroups cost in system calls may only fall" {
	mkdir -p "$X/in/deep"
	live_in "$CG" && IN=("${PREFIX_CMD[@]}")
	makes # the slice is there from here on
	counts 'maps only' 77
	counts 'cgroup only, nothing left' 139 flags=4 nomaps target=init
	counts 'maps and cgroup' 154 flags=6
	makes
	counts attach 107 op=2 flags=0 nomaps target=init cgroup="$ID"
	counts update 79 op=3 flags=0 nomaps target=none cgroup="$ID"
	xargs -r kill -KILL <"$TOP/ctr/cgroup.procs" || true
	sleep 0.3
	counts release 81 op=4 flags=0 nomaps target=none cgroup="$ID"
	live_in "$X/in/deep" && IN=("${PREFIX_CMD[@]}")
	cgroups 'placement sibling'
	counts 'cgroup beside the caller, one level left' 330 flags=4 nomaps target=init
	cgroups 'placement slice'
	counts 'cgroup in the slice, three levels left' 720 flags=4 nomaps target=init
}
