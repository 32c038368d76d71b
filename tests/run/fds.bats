# Descriptors: none above 2 survives but what was asked for; socket activation; --preserve-fds.
load ../lib/rrun

prepare() { bundle_make; config_args /bin/probe fds; }

# with_fds N CMD…: descriptors 3 … 3+N-1 open on files that name themselves, and no other above 2.
with_fds() {
	local n=$1
	shift
	as "$WHO" bash -c '
		n=$1; shift
		for ((fd = 3; fd < 256; fd++)); do eval "exec $fd>&-"; done
		for ((fd = 3; fd < 3 + n; fd++)); do eval "exec $fd<<<this-is-$fd"; done
		exec "$@"' bash "$n" "$@"
}

@test "no descriptor above 2 survives, whatever the caller has open" {
	try with_fds 30 "$RRUN" run --bundle "$B" "$ID"
	equal "$out" '0 1 2'
	try with_fds 0 "$RRUN" run --bundle "$B" "$ID"
	equal "$out" '0 1 2'
}

@test "none survives into a container that is created, nor into exec" {
	config_sh 'probe fds; sleep 1000'
	as "$WHO" bash -c 'exec 7<<<x 40<<<y; exec "$@"' bash "$RRUN" create --bundle "$B" "$ID" >"$T/stdout" 2>&1 </dev/null
	try rr start "$ID"
	eventually grep -qx '0 1 2' "$T/stdout"
	try with_fds 20 "$RRUN" exec "$ID" probe fds
	equal "$out" '0 1 2'
	removed
}

@test "refuses --preserve-fds of one that is not open, by its number" {
	try with_fds 1 "$RRUN" run --bundle "$B" --preserve-fds 3 "$ID"
	equal "$status" 125
	matches "$err" 'unable to stat preserved-fd 4|4'
	refused 125 'preserve-fds' rr run --bundle "$B" --preserve-fds x "$ID"
	refused 125 'preserve-fds' rr run --bundle "$B" --preserve-fds -1 "$ID"
}

@test "--preserve-fds keeps exactly so many" {
	config_sh 'probe fds; cat <&3; cat <&4'
	try with_fds 9 "$RRUN" run --bundle "$B" --preserve-fds 2 "$ID"
	went_well
	equal "$out" $'0 1 2 3 4\nthis-is-3\nthis-is-4'
}

@test "LISTEN_FDS gives the same numbers, LISTEN_PID is 1, and the names come too" {
	config_sh 'probe fds; echo $LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES; cat <&4'
	AS_ENV=(LISTEN_FDS=2 LISTEN_FDNAMES=web:admin)
	try with_fds 6 "$RRUN" run --bundle "$B" "$ID"
	went_well
	equal "$out" $'0 1 2 3 4\n2 1 web:admin\nthis-is-4'
}

@test "--preserve-fds comes after the activated ones" {
	config_sh 'probe fds; echo $LISTEN_FDS; cat <&5'
	AS_ENV=(LISTEN_FDS=2)
	try with_fds 6 "$RRUN" run --bundle "$B" --preserve-fds 1 "$ID"
	went_well
	equal "$out" $'0 1 2 3 4 5\n2\nthis-is-5'
}

@test "LISTEN_FDS counts only for the process that it names" {
	config_sh 'probe fds; echo "[$LISTEN_FDS]"'
	AS_ENV=(LISTEN_FDS=2 LISTEN_PID=1)
	try with_fds 6 "$RRUN" run --bundle "$B" "$ID"
	went_well
	equal "$out" $'0 1 2\n[]'
	AS_ENV=(LISTEN_FDS=2)
	try with_fds 6 sh -c 'LISTEN_PID=$$ exec "$@"' sh "$RRUN" run --bundle "$B" "$ID"
	went_well
	equal "$out" $'0 1 2 3 4\n[2]'
}

@test "LISTEN_FDS of a descriptor that is not open is refused" {
	AS_ENV=(LISTEN_FDS=4)
	try with_fds 1 "$RRUN" run --bundle "$B" "$ID"
	equal "$status" 125
	matches "$err" '4|5|6'
}

@test "rrun runs with descriptors 0, 1 and 2 closed, and the program has them" {
	config_sh 'probe fds >/tmp/fds 2>&1 </dev/null'
	as "$WHO" bash -c 'exec "$@" 0<&- 1>&- 2>&-' bash "$RRUN" run --bundle "$B" "$ID" || status=$?
	equal "$(cat "$B/rootfs/tmp/fds")" '0 1 2'
}
