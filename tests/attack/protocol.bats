# What comes over the channel: E.1, HT-037 to HT-043.
load setup

@test "HT-037 a message of another size is refused" {
	local size
	for size in 8319 8321 0 1 16 65536; do
		refuses PROTOCOL size=$size
	done
	maps_own size=8320
}

@test "HT-038 wrong magic, version, guard, operation, flag and reserved bits are refused" {
	local word
	for word in magic=0 magic=0x6e757273 version=0 version=1 version=3 version=65535 guard=0 guard=0x21646e66 \
		op=0 op=5 op=255 op=65535 flags=0 flags=1 flags=8 flags=10 flags=0x80000002 reserved=1 reserved=0x80000000 \
		cgroup=1 cgroup=0xffffffffffffffff limits=1 limits=0x8000 limits=0x80000000 limit0=1 limit14=1 limit14=0x8000000000000000; do
		refuses PROTOCOL $word
	done
}

@test "HT-038 an operation on a cgroup with words or descriptors that it has no use for is refused" {
	local op word
	for op in 2 3 4; do
		refuses PROTOCOL op=$op flags=0 cgroup=1                                  # with maps
		refuses PROTOCOL op=$op flags=0 nomaps target=none rights=$((op == 2)) # of no cgroup
		for word in magic=0 flags=1 flags=2 flags=4 reserved=1 limit0=1 limits=0x8000; do
			refuses PROTOCOL op=$op flags=0 nomaps cgroup=1 rights=$((op == 2)) $word
		done
	done
	refuses PROTOCOL op=2 flags=0 nomaps cgroup=1 limits=1
	refuses PROTOCOL op=4 flags=0 nomaps cgroup=1 limits=1 rights=0
	refuses PROTOCOL op=2 flags=0 nomaps cgroup=1 rights=0
	refuses PROTOCOL op=3 flags=0 nomaps cgroup=1 rights=1
	refuses PROTOCOL op=4 flags=0 nomaps cgroup=1 rights=1
	refuses PROTOCOL op=4 flags=0 nomaps cgroup=1 rights=253
}

@test "HT-038 an extent beyond the number in use is refused" {
	refuses PROTOCOL uid-slot=1:1:$RA:1
	refuses PROTOCOL gid-slot=1:0:0:1
	refuses PROTOCOL uid-slot=339:0:0:1
	refuses PROTOCOL gid-slot=339:1:0:0
}

@test "HT-039 two datagrams have one effect at most" {
	refuses PROTOCOL repeat=2
	refuses PROTOCOL repeat=7
}

@test "HT-040 without a message it ends after two seconds" {
	attack never
	equal "${R[exit]} ${R[verdict]}" '1 PROTOCOL'
	no_effect
	within_ms 4000
	((${R[ms]} >= 1000)) || fail "it did not wait for a slow client"
}

@test "HT-040 a peer that closes without a message ends it at once" {
	attack never leave
	no_effect
	within_ms 1500
	attack target=none leave size=0 rights=0
	no_effect
}

@test "HT-041 the peer may leave right after sending" {
	attack leave
	equal "${R[exit]}" 0
	has_maps "0 $UA 1" "0 $PA 1" deny
	attack leave settle
	equal "${R[exit]}" 0
	has_maps "0 $UA 1" "0 $PA 1" deny
}

@test "HT-041 a peer that has no room for the reply changes nothing" {
	attack deaf
	equal "${R[exit]}" 0
	has_maps "0 $UA 1" "0 $PA 1" deny
	within_ms 3000
	maps_own hold
}

@test "HT-041 a request that its sender takes back is no request" {
	local i
	for i in {1..3}; do
		attack steal settle
		[[ ${R[verdict]-} == ALLOW ]] || no_effect
		lacks "${R[exit]-}" hung
	done
}

@test "HT-041 an end that was shut down is no channel to answer on" {
	attack channel=shut
	lacks "${R[exit]-}" hung
	equal "${R[output]} ${R[replies]}" '0 0'
}

@test "HT-043 any number of descriptors but one is refused" {
	local count
	for count in 0 2 3 64 253; do
		refuses PROTOCOL rights=$count
	done
	refuses PROTOCOL rights=1 headers=2
}

@test "HT-043 credentials beside or in the place of the descriptor are refused" {
	refuses PROTOCOL credentials passcred
	refuses PROTOCOL credentials passcred rights=0
	refuses PROTOCOL passcred
}

@test "HT-043 a descriptor whose last close waits for a minute does not hold it" {
	attack rights=2 linger
	equal "${R[verdict]-none}" PROTOCOL
	no_effect
	within_ms 5000
}

@test "HT-043 nor does one in an empty second datagram, or where few descriptors are allowed" {
	attack chaser
	lacks "${R[exit]}" hung
	[[ ${R[verdict]-none} == PROTOCOL ]] && no_effect || has_maps "0 $UA 1" "0 $PA 1" deny
	within_ms 5000
	attack rights=253 linger nofile=16
	# Where root may not raise the limit it does not begin.
	matches "${R[verdict]-none} ${R[exit]}" '^(PROTOCOL 1|none 68)$'
	no_effect
	within_ms 5000
}
