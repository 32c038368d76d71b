# Root's files, when root or a user made a mess of them: E.1, HT-083 to HT-092.
load setup

no_policy() {
	refuses POLICY "$@"
}

# bad_file DETAIL TEXT: policy.conf is this text; the answer names line DETAIL.
bad_text() {
	printf '%b' "$2" >"$T/etc/policy.conf"
	refuses POLICY
	equal "line ${R[detail]}" "line $1"
	refuses POLICY uid=0:$RA:65536
}

good() { printf 'mapping on\\nmin_uid 1000\\nsubids on\\nmin_host_id 100000\\nmax_extents 8\\nsetgroups allow\\n'; }

@test "HT-083 a policy file that is missing, empty or half is refused" {
	rm "$T/etc/policy.conf"
	no_policy
	: >"$T/etc/policy.conf"
	no_policy
	bad_text 0 "$(good)"
	bad_text 0 "$(good)log all"
	bad_text 0 '\n'
	printf '%b' "$(good)log all\\n" >"$T/etc/policy.conf"
	maps_own
}

@test "HT-083 a policy file that others can write is refused" {
	local mode
	for mode in 0664 0666 0646 0620; do
		chmod "$mode" "$T/etc/policy.conf"
		no_policy
	done
	chmod 0644 "$T/etc/policy.conf"
	chown "$RRT_A" "$T/etc/policy.conf"
	no_policy
	chown "root:$PA" "$T/etc/policy.conf"
	no_policy
	chown root:root "$T/etc/policy.conf"
	maps_own
}

@test "HT-083 a policy directory that others can write is refused" {
	chmod 0775 "$T/etc"
	no_policy
	chmod 1777 "$T/etc"
	no_policy
	chmod 0755 "$T/etc"
	chown "$RRT_A" "$T/etc"
	no_policy
	chown root:root "$T/etc"
	maps_own
}

@test "HT-083 a policy that is a link, a directory, a FIFO or a device is refused" {
	local file=$T/etc/policy.conf
	mv "$file" "$T/real"
	ln -s "$T/real" "$file"
	no_policy
	rm "$file" && ln -s real "$file" && cp "$T/real" "$T/etc/real"
	no_policy
	rm "$file" && mkdir "$file"
	no_policy
	rmdir "$file" && mkfifo "$file"
	no_policy
	within_ms 4000
	rm "$file" && mknod "$file" c 1 5
	no_policy
	rm "$file" && ln "$T/real" "$file"
	maps_own
}

@test "HT-083 a policy of a gigabyte is refused at once" {
	truncate -s 1G "$T/etc/policy.conf"
	no_policy
	within_ms 3000
	policy
	truncate -s 65537 "$T/etc/policy.conf"
	no_policy
}

@test "HT-083 a policy with wrong bytes is refused, and the line named" {
	bad_text 1 "mapping on\\r\\nmin_uid 1000\\r\\nsubids on\\r\\nmin_host_id 100000\\r\\nmax_extents 8\\r\\nsetgroups allow\\r\\nlog all\\r\\n"
	bad_text 0 "$(good)log all\\n\\0000\\n"
	bad_text 7 "$(good)log all\\r\\n"
	bad_text 8 "$(good)log all\\nmapping on\\n"
	bad_text 8 "$(good)log all\\nsetgroups deny\\n"
	bad_text 8 "$(good)log all\\ntrust_everybody on\\n"
	bad_text 7 "$(good)log all \\n"
	bad_text 7 "$(good)log  all\\n"
	bad_text 7 "$(good) log all\\n"
	bad_text 7 "$(good)log\\tall\\n"
	bad_text 7 "$(good)log all # all\\n"
	bad_text 7 "$(good)log ALL\\n"
	bad_text 1 "\\xef\\xbb\\xbf$(good)log all\\n"
	bad_text 0 "$(good)"
}

@test "HT-083 numbers of a policy are plain decimal within bounds" {
	local number
	for number in 01000 +1000 -1 0x3e8 1e3 1000k 18446744073709551616 4294967296 4294968296 2147483648 0 '' '1000 1000' 1,000; do
		policy "min_uid $number"
		refuses POLICY
		equal "line ${R[detail]}" 'line 7'
		policy "max_extents $number"
		refuses POLICY
	done
	policy 'max_extents 341'
	refuses POLICY
	policy 'max_extents 340'
	maps_own
}

@test "HT-083 reserved ranges are two numbers in order" {
	local value
	for value in 5 '5 4' '5 6 7' '0 5' '-1 5' '1 4294967295' 'a b' '5 '; do
		policy "reserved $value"
		refuses POLICY
	done
	policy 'reserved 5 5' 'reserved 1 4294967294'
	maps_own
	refuses RANGE uid=0:$RA:1
}

@test "HT-084 mapping off, min_uid and deny_uid are obeyed" {
	policy 'mapping off'
	refuses OFF
	policy "min_uid $((UA + 1))"
	refuses CALLER
	policy "min_uid $UA"
	maps_own
	policy "deny_uid $UA"
	refuses CALLER
	policy "deny_uid $UB" "deny_uid $((UA + 1))" "deny_uid $((UA - 1))"
	maps_own
	policy 'subids off'
	maps_own
	refuses RANGE uid=0:$RA:1
	refuses RANGE gid=0:$GA:1
}

# subids LINE…: both files are these lines, as printf's %b.
subids() {
	printf '%b' "$@" >"$T/subuid"
	cp "$T/subuid" "$T/subgid"
}

granted() {
	maps "0 ${1-100000} ${2-65536}" "0 ${1-100000} ${2-65536}" allow uid=0:${1-100000}:${2-65536} gid=0:${1-100000}:${2-65536}
}

not_granted() {
	refuses RANGE uid=0:${1-100000}:1
	equal "which ${R[which]}" 'which 1'
	refuses RANGE gid=0:${1-100000}:1
	equal "which ${R[which]}" 'which 2'
}

@test "HT-086 strict subid lines are honoured" {
	subids "$RRT_A:100000:65536\n"
	granted
	subids "$UA:100000:65536\n"
	granted
	subids "$RRT_A:100000:65536"
	granted
	subids "$RRT_B:500000:65536\n\n$RRT_A:100000:65536\nnobody-here:700000:1\n"
	granted
	subids "$RRT_A:300000:10\n$RRT_A:100000:65536\n"
	granted
	subids "$RRT_A:100000:65536\n$RRT_A:100000:65536\n"
	granted
}

@test "HT-086 lines that are not strict grant nothing" {
	local line
	for line in 0x186A0:65536 0100000:65536 +100000:65536 -100000:65536 ' 100000:65536' '100000:65536 ' \
		'100000 :65536' '100000:\t65536' '100000:65536\r' 100000:0 0:65536 100000:0x10000 100000:065536 \
		100000: :65536 : 100000 100000:65536: 100000:65536:1 100000:4294967296 4295067296:65536 \
		18446744073709651616:65536 100000:4294967295 '100000:65536\0' 100000:-1 1e5:65536 '100000:65536#'; do
		subids "$RRT_A:$line\n"
		not_granted
	done
	for line in :100000:65536 "$RRT_A::65536" " $RRT_A:100000:65536" "$RRT_A :100000:65536" "\xef\xbb\xbf$RRT_A:100000:65536" \
		"#$RRT_A:100000:65536" "${RRT_A}x:100000:65536" "${RRT_A%?}:100000:65536" "${RRT_A^^}:100000:65536" \
		"0$UA:100000:65536" "+$UA:100000:65536" "${UA}0:100000:65536" "*:100000:65536" "ALL:100000:65536" \
		"@$RRT_A:100000:65536" "%$RRT_A:100000:65536" "$RRT_A\0:100000:65536" "root:100000:65536" "0:100000:65536"; do
		subids "$line\n"
		not_granted
	done
	subids ''
	not_granted
}

@test "HT-086 a line of 300 bytes, and what hides behind it, grants nothing" {
	local long
	long=$(printf 'x%.0s' {1..300})
	subids "$long$RRT_A:100000:65536\n"
	not_granted
	subids "$RRT_A:100000:$(printf '0%.0s' {1..300})65536\n"
	not_granted
	subids "$long:100000:1\n$RRT_A:100000:65536\n"
	granted
}

@test "HT-086 a file of 100000 lines, of 5 MiB or of one endless line grants nothing" {
	{ printf '%s:100000:65536\n' "$RRT_A"; seq -f 'u%.0f:3000000000:1' 1 100000; } >"$T/subuid"
	cp "$T/subuid" "$T/subgid"
	not_granted
	within_ms 4000
	{ printf '%s:100000:65536\n' "$RRT_A"; head -c 5242880 /dev/zero | tr '\0' '\n'; } >"$T/subuid"
	cp "$T/subuid" "$T/subgid"
	not_granted
	{ printf '%s:100000:65536\n' "$RRT_A"; head -c 200000 /dev/zero | tr '\0' 'x'; } >"$T/subuid"
	cp "$T/subuid" "$T/subgid"
	not_granted
	{ seq -f 'u%.0f:3000000000:1' 1 65535; printf '%s:100000:65536\n' "$RRT_A"; } >"$T/subuid"
	cp "$T/subuid" "$T/subgid"
	granted
}

@test "HT-086 a line at the seam of two reads is read whole" {
	# The buffer has 64 KiB: shift the line of interest over its edge.
	local pad
	for pad in 65500 65510 65515 65520 65530 65535 65536 65537; do
		{ head -c $((pad - 1)) /dev/zero | tr '\0' '\n'; printf '\n%s:100000:65536\nz:300000:1\n' "$RRT_A"; } >"$T/subuid"
		cp "$T/subuid" "$T/subgid"
		granted
		{ head -c $((pad - 1)) /dev/zero | tr '\0' '\n'; printf '\n1%s:100000:65536\nz:300000:1\n' "$UA"; } >"$T/subuid"
		cp "$T/subuid" "$T/subgid"
		not_granted
	done
}

@test "HT-086 lines of two owners that overlap grant to neither" {
	subids "$RRT_A:100000:65536\n$RRT_B:165535:10\n"
	not_granted
	become "$RRT_B"
	not_granted 165536
	become "$RRT_A"
	subids "$RRT_B:100000:1\n$RRT_A:100000:65536\n$RRT_A:300000:10\n"
	not_granted 100001
	granted 300000 10
	subids "unknown:90000:10001\n$RRT_A:100000:65536\n"
	not_granted
	subids "$RRT_B:165536:10\n$RRT_A:100000:65536\n"
	granted
}

@test "HT-086 a subid file that others can write grants nothing, nor does a link or a FIFO" {
	chmod 0666 "$T/subuid"
	refuses RANGE uid=0:$RA:1
	chmod 0644 "$T/subuid" && chown "$RRT_A" "$T/subuid"
	refuses RANGE uid=0:$RA:1
	maps "0 $UA 1" "0 $GA 1" allow gid=0:$GA:1
	chown root:root "$T/subuid"
	mkfifo "$T/fifo"
	MOUNTS+=("$T/fifo" /etc/subuid)
	refuses RANGE uid=0:$RA:1
	within_ms 4000
}

@test "HT-086 a name stands for one user only, an own line for the right one" {
	printf '%s\n' "$RRT_A:x:$UB:$PB::/:/bin/sh" >>"$T/passwd"
	refuses RANGE uid=0:$RA:1
	printf '%s\n' "$RRT_A:x:$UA:$PA::/:/bin/sh" "second:x:$UA:$PA::/:/bin/sh" >"$T/passwd"
	subids "second:100000:65536\n"
	not_granted
	# Digits are a uid, also where somebody is called so.
	printf '%s\n' "$UB:x:$UA:$PA::/:/bin/sh" >"$T/passwd"
	subids "$UB:100000:65536\n"
	not_granted
	: >"$T/passwd"
	subids "$RRT_A:100000:65536\n$UA:200000:10\n"
	not_granted
	granted 200000 10
}

@test "HT-086 a subid file that changes while it is read grants nothing" {
	local calls i before tried=() number
	subids "$RRT_A:100000:65536\n"
	PREFIX_CMD=("$INJECT" "$HELPER" trace --)
	attack uid=0:100000:1
	equal "${R[verdict]}" ALLOW
	before=$((R[calls] - R[from-main])) i=0
	for number in ${R[call]}; do
		[[ $number != $(pread_number) ]] || tried+=($((before + i)))
		((i += 1))
	done
	((${#tried[@]} == 4)) || fail "each file is read once: ${#tried[@]} reads"
	# Two owners claim the range, so nobody has it. Just before each look at the file one claim goes away: in
	# none of the states that the file was in, seen whole, would the other look have been the same.
	for i in "${tried[@]:2}"; do
		subids "$RRT_A:100000:65536\n$RRT_B:100000:1\n"
		PREFIX_CMD=("$INJECT" "$HELPER" hold "$i" "printf '%s:100000:65536\n#%s:100000:\n' $RRT_A $RRT_B >$T/subuid" --)
		refuses RANGE uid=0:100000:1
	done
	PREFIX_CMD=()
	maps "0 100000 1" "0 $PA 1" deny uid=0:100000:1
}

pread_number() { case $(uname -m) in x86_64) echo 17 ;; *) echo 67 ;; esac; }

@test "HT-091 a band serves its users and nobody beside them" {
	subids ''
	policy "band $UA $((UA + 10)) 1048576 65536"
	granted 1048576
	not_granted 1114112
	not_granted 1048575
	policy "band $((UA - 10)) $UA 1048576 65536"
	granted $((1048576 + 655360))
	not_granted 1048576
	policy "band $((UA + 1)) $((UA + 10)) 1048576 65536"
	not_granted 1048576
	policy "band $((UA - 10)) $((UA - 1)) 1048576 65536"
	not_granted 1048576
	not_granted $((1048576 + 655360))
}

@test "HT-091 a band that is not sound makes the whole policy invalid" {
	local band
	for band in "$UA $((UA - 1)) 1048576 65536" "1000 2000 1048576 65535" "1000 2000 1048576 131072" "1000 2000 1048576 0" \
		"1000 2000 99999 1" "1000 2000 2147483647 65536" "1000 40000 1048576 65536" "0 10 1048576 65536" "1000 2000 1048576" \
		"1000 2000 1048576 65536 1" "1048576 1048577 1048577 1"; do
		policy "band $band"
		refuses POLICY
		equal "line ${R[detail]}" 'line 8'
	done
	policy 'reserved 1048576 1048576' 'band 1000 30000 1048576 8192'
	refuses POLICY
	policy 'band 1000 2000 1048576 8192' 'band 2000 3000 200000000 8192'
	refuses POLICY
	policy 'band 1000 1999 1048576 8192' 'band 2000 3000 1048576 8192'
	refuses POLICY
}

@test "HT-091 a subid line that meets a band is not honoured, whoever it names" {
	policy "band $UA $((UA + 10)) 1048576 65536"
	subids "$RRT_A:1114112:65536\n"
	not_granted 1114112
	subids "$RRT_B:1048576:1\n"
	not_granted 1048577
	subids "$RRT_B:2000000:1\n"
	granted 1048576
}

@test "HT-092 no two users of a band share an id" {
	local tree=$attack_here/../..
	gcc -O2 -std=gnu11 -D_GNU_SOURCE -I"$tree" -o "$T/bands" "$attack_here/bands.c" "$tree"/policy/{config,grant,idrange}.c \
		"$tree"/common/text.c
	"$T/bands"
}
