# What every suite loads: a user, a directory and an id for each test, and the words of words.bash.
#
#   WHO   the user of this test, RRT_A unless the test says otherwise     ID   a container id
#   T     its directory, the user's own                                   B    its bundle
#
# rr ARG…          rrun as WHO; without input
# inside SCRIPT    a shell script in the container of the bundle, attached: status, out, err
# refused STATUS PATTERN CMD…   CMD (rr …) ends within a second with STATUS, prints nothing to stdout and
#                  one line to stderr that matches PATTERN, and writes one JSON object to the log
# shellcheck shell=bash disable=SC2154,SC2034

bats_require_minimum_version 1.5.0
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
source "$here/words.bash"
source "$here/users.bash"
source "$here/bundle.bash"
source "$here/leftovers.bash"

setup() {
	[[ -n ${RRT_DIR-} ]] || { echo "run suites through tests/check, which makes what they need" && return 1; }
	[[ -n ${RRT_BUSYBOX-} ]] || skip "no static busybox on this machine"
	ID=t$BATS_TEST_NUMBER-$RANDOM
	BASE=$RRT_DIR/t/$ID
	T=$BASE B=$BASE/bundle
	AS_ENV=()
	become "$RRT_A"
	declare -F prepare >/dev/null && prepare
	return 0
}

teardown() {
	local failed=0
	[[ -n ${BASE-} ]] || return 0
	T=$BASE
	leftovers_check || failed=1
	rm -rf --one-file-system "$BASE" "$BASE".* 2>/dev/null
	return "$failed"
}

# Be another user from here on, with a bundle of that user's.
be() {
	WHO=$1 T=$BASE/$1 B=$BASE/$1/bundle
	mkdir -p "$T"
	((EUID == 0)) && chown "$WHO:$WHO" "$T"
	bundle_make
}

become() {
	WHO=$1
	mkdir -p "$T" "$RRT_DIR/t"
	((EUID == 0)) && chown "$WHO:$WHO" "$T"
	return 0
}

need_users() { [[ $RRT_USERS == 1 ]] || skip "needs root, which makes users with ranges"; }
need_root() { ((EUID == 0)) || skip "needs root"; }

rr() { as "$WHO" timeout -k 2 60 "$RRUN" "$@"; }

inside() {
	config_sh "$1"
	try rr run --bundle "$B" "${@:2}" "$ID"
}

refused() {
	local want=$1 pattern=$2 log=$T/log-$RANDOM$RANDOM.json lines
	shift 2
	[[ $1 == rr ]] && set -- rr --log "$log" --log-format json "${@:2}"
	try "$@"
	equal "$status" "$want"
	((ms <= 1000)) || fail "took $ms ms, more than a second"
	equal "$out" ""
	matches "$err" "$pattern"
	lines=$(grep -c '' "$T.err")
	equal "$lines lines on stderr" "1 lines on stderr"
	[[ $1 == rr ]] || return 0
	one_error_logged "$log"
}

one_error_logged() {
	equal "$(jq -c 'select(.level == "error" and (.msg | length > 0) and (.time | test("^20..-..-..T"))) | 1' "$1")" 1
	equal "$(grep -c '' "$1") lines in the log" "1 lines in the log"
}

status_is() { [[ $(rr state "$1" 2>/dev/null | jq -r .status 2>/dev/null) == "$2" ]]; }
pid_of() { rr state "$1" | jq -r .pid; }
alive() { [[ -e /proc/$1 && $(awk '/^State:/ { print $2 }' "/proc/$1/status") != [ZX] ]]; }
gone() { ! alive "$1"; }

# A container that runs until it is told to stop; $pid is its pid.
running() {
	config_args /bin/sleep 1000
	try rr run --detach --bundle "$B" "${@:2}" "${1:-$ID}"
	went_well
	pid=$(pid_of "${1:-$ID}")
}
removed() {
	try rr delete --force "${1:-$ID}"
	went_well
}

# in_background N CMD…: its output in $T/out.N and $T/err.N, its status in $T/rc.N when it has ended.
in_background() {
	local n=$1
	shift
	{
		local rc=0
		"$@" >"$T/out.$n" 2>"$T/err.$n" </dev/null || rc=$?
		echo "$rc" >"$T/rc.$n"
	} 3>&- 4>&- &
}
ended() { [[ -e $T/rc.$1 ]]; }
