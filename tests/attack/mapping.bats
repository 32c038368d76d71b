# Which ids: E.1, HT-061 to HT-082 and HT-094.
load setup

# Each case for the uids, and the same one for the gids.
refuses_either() {
	local verdict=$1 extents=$2 gid_extents=${3-$2}
	refuses "$verdict" "uid=$extents"
	equal "which ${R[which]}" 'which 1'
	refuses "$verdict" "gid=$gid_extents"
	equal "which ${R[which]}" 'which 2'
}

@test "HT-060 the ranges of the caller are mapped, as asked" {
	maps "0 $UA 1,1 $RA 65536" "0 $PA 1,1 $GA 65536" allow \
		uid=0:$UA:1,1:$RA:65536 gid=0:$PA:1,1:$GA:65536
	maps "0 $RA 65536" "0 $GA 65536" allow uid=0:$RA:65536 gid=0:$GA:65536
	become "$RRT_B"
	maps "0 $UB 1,1 $RB 65536" "0 $PB 1,1 $GB 65536" allow \
		uid=0:$UB:1,1:$RB:65536 gid=0:$PB:1,1:$GB:65536
}

@test "HT-061 a map without extents is refused" { refuses_either MAP ''; }

@test "HT-062 an extent of no ids is refused" {
	refuses_either MAP 0:$UA:0
	refuses_either MAP 0:$UA:1,1:$RA:0 0:$PA:1,1:$GA:0
}

@test "HT-063 host ranges at the edge of 2^32 are refused" {
	refuses_either MAP 0:4294967295:1
	refuses_either MAP 0:4294967294:2
	refuses_either RANGE 0:4294967294:1
	refuses_either MAP 0:4294901760:65536
	refuses_either RANGE 0:4294901760:65535
	refuses_either MAP 0:$RA:4294967295 0:$GA:4294967295
}

@test "HT-064 inside ranges at the edge of 2^32 are refused" {
	refuses_either MAP 4294967295:$UA:1
	refuses_either MAP 4294967295:$RA:2 4294967295:$GA:2
	refuses_either MAP 4294967290:$RA:65536 4294967290:$GA:65536
	maps "4294967294 $UA 1" "4294967294 $PA 1" deny uid=4294967294:$UA:1 gid=4294967294:$PA:1
}

@test "HT-065 host id 0 is never mapped" {
	refuses_either RANGE 0:0:1
	refuses_either RANGE 5:0:1
	refuses_either RANGE 0:0:65536
	refuses_either RANGE 0:0:$((UA + 1))
	refuses_either RANGE 0:$UA:1,1:0:1 0:$PA:1,1:0:1
	printf '%s\n' "$RRT_A:0:200000" "$UA:0:200000" >"$T/subuid" && cp "$T/subuid" "$T/subgid"
	refuses_either RANGE 0:0:1
}

@test "HT-066 overlaps are refused, neighbours are not" {
	refuses_either MAP 0:$RA:10,9:$((RA + 10)):10 0:$GA:10,9:$((GA + 10)):10
	refuses_either MAP 0:$RA:10,10:$((RA + 9)):10 0:$GA:10,10:$((GA + 9)):10
	refuses_either MAP 0:$RA:10,0:$RA:10 0:$GA:10,0:$GA:10
	refuses_either MAP 9:$((RA + 10)):10,0:$RA:10 9:$((GA + 10)):10,0:$GA:10
	refuses_either MAP 0:$RA:100,200:$((RA + 50)):1 0:$GA:100,200:$((GA + 50)):1
	maps "0 $RA 10,10 $((RA + 10)) 10" "0 $GA 10,10 $((GA + 10)) 10" allow \
		uid=0:$RA:10,10:$((RA + 10)):10 gid=0:$GA:10,10:$((GA + 10)):10
}

@test "HT-066 more than five extents in any order end up as asked" {
	local uid= gid= want_uid= want_gid= i
	for i in 7 2 5 0 6 1 4 3; do
		uid+=$((i * 10)):$((RA + i * 10)):10, gid+=$((i * 10)):$((GA + i * 10)):10,
	done
	attack uid="${uid%,}" gid="${gid%,}"
	equal "${R[verdict]}" ALLOW
	for i in {0..7}; do
		has ",${R[uid-map]}," ",$((i * 10)) $((RA + i * 10)) 10,"
		has ",${R[gid-map]}," ",$((i * 10)) $((GA + i * 10)) 10,"
	done
}

@test "HT-067 a range that leaves the granted one by an id is refused" {
	refuses_either RANGE 0:$RA:65537 0:$GA:65537
	refuses_either RANGE 0:$((RA + 1)):65536 0:$((GA + 1)):65536
	refuses_either RANGE 0:$((RA - 1)):65536 0:$((GA - 1)):65536
	refuses_either RANGE 0:$((RA + 65536)):1 0:$((GA + 65536)):1
	refuses_either RANGE 0:$((RA - 1)):1 0:$((GA - 1)):1
}

@test "HT-068 the range of another user is refused" {
	refuses_either RANGE 0:$RB:65536 0:$GB:65536
	refuses_either RANGE 0:$RB:1 0:$GB:1
	refuses RANGE uid=0:$UB:1
	refuses RANGE gid=0:$PB:1
	refuses_either RANGE 0:$UA:1,1:$RA:65536,70000:$RB:1 0:$PA:1,1:$GA:65536,70000:$GB:1
	become "$RRT_NONE"
	refuses RANGE uid=0:$RA:1
	refuses RANGE gid=0:$GA:1
}

@test "HT-068 the neighbours of two granted ranges together are no range" {
	printf '%s\n' "$RRT_A:$RA:100" "$RRT_A:$((RA + 100)):100" >"$T/subuid" && cp "$T/subuid" "$T/subgid"
	refuses_either RANGE 0:$((RA + 50)):100
	maps "0 $RA 100,100 $((RA + 100)) 100" "0 $RA 100" allow uid=0:$RA:100,100:$((RA + 100)):100 gid=0:$RA:100
}

@test "HT-070 the own id and its neighbour are refused" {
	refuses_either RANGE 0:$UA:2 0:$PA:2
	refuses_either RANGE 0:$((UA - 1)):2 0:$((PA - 1)):2
}

@test "HT-071 the own id twice is refused" { refuses_either MAP 0:$UA:1,1:$UA:1 0:$PA:1,1:$PA:1; }

@test "HT-072 with only the own gid setgroups is denied" {
	maps "0 $UA 1,1 $RA 65536" "0 $PA 1" deny uid=0:$UA:1,1:$RA:65536 gid=0:$PA:1
}

@test "HT-073 a supplementary group of the caller is refused" {
	local group
	group=$(getent group users | cut -d: -f3)
	[[ -n $group ]] || skip "needs a group users"
	WHO_CMD=(setpriv "--reuid=$UA" "--regid=$PA" "--groups=$PA,$group" --)
	refuses RANGE gid=0:$group:1
	refuses RANGE gid=0:$PA:1,1:$group:1
}

@test "HT-075 policy deny denies setgroups to a granted range" {
	policy 'setgroups deny'
	maps "0 $UA 1" "0 $GA 65536" deny gid=0:$GA:65536
}

@test "HT-076 the client may ask for the stricter value" {
	maps "0 $UA 1" "0 $GA 65536" allow gid=0:$GA:65536
	maps "0 $UA 1" "0 $GA 65536" deny gid=0:$GA:65536 flags=3
	maps "0 $UA 1" "0 $GA 65536" deny gid=0:$GA:65536 target=denied
}

@test "HT-080 more extents than policy allows are refused, and so is any wild count" {
	local eight= nine= i count
	for i in {0..7}; do eight+=$i:$((RA + i)):1,; done
	nine=${eight}8:$((RA + 8)):1
	refuses EXTENTS "uid=$nine"
	equal "which ${R[which]} detail ${R[detail]}" 'which 1 detail 8'
	attack "uid=${eight%,}"
	equal "${R[verdict]}" ALLOW
	for count in 341 65536 0x7fffffff 0x80000000 0xffffffff; do
		refuses PROTOCOL uid-count=$count
		refuses PROTOCOL gid-count=$count
	done
	refuses EXTENTS uid-count=340
}

@test "HT-080 as many extents as fit in a page are written whole, more are refused before anything is" {
	local i short= long=
	policy 'max_extents 340'
	for i in {0..339}; do
		short+=$((i % 10)):$RA:1,
		long+=$((1000000000 + i)):$((RA + i)):1,
	done
	for i in {0..120}; do eight+=$((1000000 + i)):$((RA + i)):1,; done
	attack "uid=${eight%,}"
	equal "${R[verdict]}" ALLOW
	equal "$(tr ',' '\n' <<<"${R[uid-map]}" | grep -c .)" 121
	refuses MAP "uid=${long%,}"
	refuses MAP "gid=${long%,}"
}

@test "HT-082 reserved ids are refused exactly up to their edges" {
	local first=$((RA + 1000)) last=$((RA + 1999))
	policy "reserved $first $last"
	refuses RANGE uid=0:$first:1
	refuses RANGE uid=0:$last:1
	refuses RANGE uid=0:$RA:1001
	refuses RANGE uid=0:$last:2
	refuses RANGE uid=0:$((first - 1)):2
	refuses RANGE uid=0:$RA:65536
	maps "0 $((first - 1)) 1" "0 $PA 1" deny uid=0:$((first - 1)):1
	maps "0 $((last + 1)) 1" "0 $PA 1" deny uid=0:$((last + 1)):1
	maps "0 $RA 1000,1000 $((last + 1)) 100" "0 $PA 1" deny uid=0:$RA:1000,1000:$((last + 1)):100
}

@test "HT-082 65534 and 65535 are refused whatever the grants say" {
	policy 'min_host_id 1'
	printf '%s\n' "$RRT_A:65000:2000" >"$T/subuid" && cp "$T/subuid" "$T/subgid"
	refuses_either RANGE 0:65534:1
	refuses_either RANGE 0:65535:1
	refuses_either RANGE 0:65000:2000
	refuses_either RANGE 0:65533:2
	maps "0 65000 534,534 65536 100" "0 65536 1" allow uid=0:65000:534,534:65536:100 gid=0:65536:1
}

@test "HT-082 a range below min_host_id is refused" {
	policy "min_host_id $((RA + 10))"
	refuses RANGE uid=0:$RA:65536
	refuses RANGE uid=0:$((RA + 10)):10
	printf '%s\n' "$RRT_A:$((RA + 10)):10" >"$T/subuid"
	maps "0 $((RA + 10)) 10" "0 $PA 1" deny uid=0:$((RA + 10)):10
}

@test "HT-094 a thousand callers at once are all served" {
	attack parallel=1000
	equal "allowed ${R[allowed]}" 'allowed 1000'
	within_ms 15000
}
