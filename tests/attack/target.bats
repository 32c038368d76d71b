# Whose namespace it is: E.1, HT-046 to HT-059.
load setup

# What is not the caller's own fresh namespace gets one and the same answer: H-92.
foreign_answer() {
	refuses TARGET "$@"
	equal "which ${R[which]} detail ${R[detail]}" 'which 0 detail 0'
}

@test "HT-046 a dead process is refused" { foreign_answer target=dead; }

@test "HT-047 another user's process is refused as a dead one is" {
	foreign_target "$RRT_B"
	foreign_answer target=pid pid=$foreign
	foreign_answer target=pid pid=$foreign uid=0:$UB:1 gid=0:$PB:1
	foreign_answer target=pid pid=$foreign uid=0:$RA:65536 gid=0:$GA:65536
	become "$RRT_B"
	maps "0 $UB 1" "0 $PB 1" deny target=pid pid=$foreign
}

@test "HT-047 another user's non-dumpable process is refused as a dead one is" {
	# The second client's target is of the first one's user, who makes it non-dumpable.
	setpriv "--reuid=$UB" "--regid=$PB" --clear-groups -- "$CLIENT" "$HELPER" target=nondumpable never channel=none \
		delay=3000 "pidfile=$T/pid" >/dev/null 2>&1 3>&- &
	local other=$! i pid=
	touch "$T/pid" && chown "$RRT_B" "$T/pid" "$T" && kill "$other"
	setpriv "--reuid=$UB" "--regid=$PB" --clear-groups -- "$CLIENT" "$HELPER" target=nondumpable never settle \
		"pidfile=$T/pid" >/dev/null 2>&1 3>&- &
	for i in {1..100}; do read -r pid _ <"$T/pid" && break; sleep 0.02; done
	[[ -n $pid ]]
	foreign_answer target=pid pid=$pid
}

@test "HT-048 an own process in the initial namespace is refused" { foreign_answer target=init; }

@test "HT-049 a process that is mapped already is refused" {
	refuses MAPPED target=mapped
	refuses MAPPED target=half
	refuses MAPPED target=half-gid
}

@test "HT-050 a namespace within a namespace is refused" { foreign_answer target=nested; }

@test "HT-055 a target that is not dumpable is refused with a reason" {
	refuses DUMPABLE target=nondumpable
}

@test "HT-056 the helper, the client, process 1 and a kernel thread are refused" {
	foreign_answer target=helper rights=1
	foreign_answer target=self
	foreign_answer target=pid pid=1
	foreign_answer target=pid pid=2
}

@test "HT-056 a zombie is refused" { foreign_answer target=zombie; }

@test "HT-057 the pidfd of a thread is refused" { foreign_answer target=thread; }

@test "HT-057 a process whose leader is gone is refused" {
	# Its files of procfs are root's: whether judge or the kernel says no makes no difference.
	attack target=leaderless
	matches "${R[verdict]}" '^(TARGET|INTERNAL)$'
	no_effect
}

@test "HT-058 what is no pidfd is refused" {
	local kind
	for kind in procdir nsfd eventfd forged socket; do
		foreign_answer target=$kind
	done
}

@test "HT-059 a /proc with hidepid serves the same" {
	PREFIX_CMD=(sh -ec 'mount -t proc -o hidepid=2 proc /proc; exec "$@"' sh)
	maps_own
	foreign_target "$RRT_B"
	foreign_answer target=pid pid=$foreign
	PREFIX_CMD=(sh -ec 'mount -t proc -o hidepid=4 proc /proc; exec "$@"' sh)
	attack
	[[ ${R[verdict]-} == ALLOW ]] || no_effect
}

@test "HT-059 a target in all the namespaces of a container is mapped" {
	maps_own target=crowded
	maps_own target=named
	maps_own target=denied
}
