# What every attack suite loads: the client, a policy of this test's own, and words to assert with.
#
# The policy is $T/etc/policy.conf, laid over the installed one in a mount namespace that only this
# test sees; MOUNTS lays more files over others: MOUNTS+=("$T/subuid" /etc/subuid).
#
# attack WORD…            client.c as WHO against the installed helper; R[name] is what it printed
# refuses VERDICT WORD…   the helper answers VERDICT, once, and nothing at all has changed
# exits STATUS WORD…      the helper ends with STATUS, silently, and nothing has changed
# maps UID GID SETGROUPS WORD…   it answers ALLOW and the target has just these maps
# maps_own WORD…          the honest request for one's own ids goes well
# harmless WORD…          either it goes well wholly or nothing has changed
# shellcheck shell=bash disable=SC2154,SC2034

bats_require_minimum_version 1.5.0
attack_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=tests/lib/users.bash
source "$attack_here/../lib/users.bash"

setup_file() {
	[[ -n ${RRT_DIR-} && ${RRT_USERS-} == 1 ]] || return 0
	local name tree=$attack_here/../..
	mkdir -p "$RRT_DIR/attack" "${POLICY%/*}"
	for name in client inject hangfs; do
		[[ -x $RRT_DIR/attack/$name ]] ||
			gcc -O1 -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -I"$tree" -static -pthread \
				-o "$RRT_DIR/attack/$name" "$attack_here/$name.c" || return 1
	done
	[[ -x $RRT_DIR/attack/manager ]] ||
		gcc -O1 -std=gnu11 -D_GNU_SOURCE -I"$tree" -static -o "$RRT_DIR/attack/manager" "$tree/tests/lib/manager.c"
}

setup() {
	((EUID == 0)) || skip "needs root: to make users with ranges and a set-uid helper"
	[[ ${RRT_USERS-} == 1 && -u ${HELPER-} ]] || skip "needs an installed set-uid helper: tests/check as root makes one"
	CLIENT=$RRT_DIR/attack/client INJECT=$RRT_DIR/attack/inject
	T=$RRT_DIR/attack/t/${BATS_TEST_FILENAME##*/}-$BATS_TEST_NUMBER
	mkdir -p "$T/etc"
	MOUNTS=() PREFIX_CMD=()
	become "$RRT_A"
	UA=$(uid_of "$RRT_A") UB=$(uid_of "$RRT_B") PA=$(gid_of "$RRT_A") PB=$(gid_of "$RRT_B")
	RA=$(range_of "$RRT_A") RB=$(range_of "$RRT_B")
	GA=$(group_range_of "$RRT_A") GB=$(group_range_of "$RRT_B")
	policy
	# The ranges of this run only, so that what others do to the machine's files meanwhile is no matter.
	sane_file /etc/passwd && sane_file /etc/subuid && sane_file /etc/subgid
	declare -F prepare >/dev/null && prepare
	return 0
}

teardown() {
	[[ -n ${T-} ]] || return 0
	local pids
	mapfile -t pids < <(pgrep -U "$(printf '%s,%s,%s' "$UA" "$UB" "$(uid_of "$RRT_NONE")")")
	((${#pids[@]})) && kill -KILL "${pids[@]}" 2>/dev/null
	rm -rf --one-file-system "$T"
}

sane_file() {
	local copy=$T/${1##*/}
	grep -E "^($RRT_A|$RRT_B|$RRT_NONE):" "$1" >"$copy" || true
	MOUNTS+=("$copy" "$1")
}

# policy [LINE…]: what is usual, each LINE in the place of the usual one of its key, or added.
# shellcheck disable=SC2120
policy() {
	local line usual=('mapping on' 'min_uid 1000' 'subids on' 'min_host_id 100000' 'max_extents 8'
		'setgroups allow' 'log all')
	{
		for line in "${usual[@]}"; do
			printf '%s\n' "$@" | grep -q "^${line%% *} " || printf '%s\n' "$line"
		done
		for line; do printf '%s\n' "$line"; done
	} >"$T/etc/policy.conf"
	chmod 0644 "$T/etc/policy.conf"
}

become() {
	WHO=$1
	WHO_CMD=(setpriv "--reuid=$(uid_of "$1")" "--regid=$(gid_of "$1")" --clear-groups --)
}
become_ids() { WHO_CMD=(setpriv "--reuid=$1" "--regid=$2" --clear-groups --); }

# Run in a mount namespace of its own, with this test's files laid over the machine's.
privately() {
	unshare --mount --propagation private sh -ec '
		while [ "$1" != -- ]; do mount --bind "$1" "$2"; shift 2; done
		shift
		exec "$@"' sh "$T/etc" "${POLICY%/*}" ${MOUNTS[@]+"${MOUNTS[@]}"} -- "$@" 3>&- 4>&- 9>&-
}

# ATTACK_RUN may be set to another client, PREFIX_CMD stands before the change of user.
attack() {
	local name value
	status=0
	privately ${PREFIX_CMD[@]+"${PREFIX_CMD[@]}"} "${WHO_CMD[@]}" "$CLIENT" "${ATTACKED-$HELPER}" "$@" \
		>"$T/out" 2>"$T/err" </dev/null || status=$?
	echo "# attack $* → $status"
	cat "$T/out" "$T/err"
	declare -gA R=()
	while read -r name value; do
		R[$name]+="${R[$name]+ }$value"
	done <"$T/out"
	[[ $status -ne 2 ]] || fail "the attack could not be mounted"
}

fail() {
	printf '%s\n' "$@"
	return 1
}
# no CMD…: it must fail. A line with `!` alone would not end a test.
no() {
	if "$@"; then fail "succeeded: $*"; fi
}
equal() { [[ "$1" == "$2" ]] || fail "have: $1" "want: $2"; }
has() { [[ "$1" == *"$2"* ]] || fail "have: $1" "want it to contain: $2"; }
lacks() { [[ "$1" != *"$2"* ]] || fail "have: $1" "want it not to contain: $2"; }
matches() { [[ "$1" =~ $2 ]] || fail "have: $1" "want a match of: $2"; }

no_effect() {
	equal "effect ${R[effect]-}" 'effect none'
	[[ -z ${R[core]-} || ${R[core]} == 0 ]] || fail "it left a core"
}

refuses() {
	local verdict=$1
	shift
	attack "$@"
	equal "verdict ${R[verdict]-none}" "verdict $verdict"
	equal "replies ${R[replies]} exit ${R[exit]-}" 'replies 1 exit 1'
	equal "setgroups-denied ${R[setgroups-denied]}" 'setgroups-denied 0'
	equal "control ${R[reply-control]} ${R[reply]-}" 'control 0 '
	no_effect
}

exits() {
	local want=$1
	shift
	attack "$@"
	equal "exit ${R[exit]-none} replies ${R[replies]}" "exit $want replies 0"
	no_effect
}

has_maps() {
	equal "uid ${R[uid-map]} gid ${R[gid-map]} setgroups ${R[setgroups]}" "uid $1 gid $2 setgroups $3"
	equal "output ${R[output]} input ${R[input]}" 'output 0 input 0'
}

maps() {
	local uid=$1 gid=$2 setgroups=$3
	shift 3
	attack "$@"
	equal "verdict ${R[verdict]-none} exit ${R[exit]-none} replies ${R[replies]}" 'verdict ALLOW exit 0 replies 1'
	equal "control ${R[reply-control]} ${R[reply]-}" 'control 0 '
	has_maps "$uid" "$gid" "$setgroups"
	equal "setgroups-denied ${R[setgroups-denied]}" "setgroups-denied $([[ $setgroups == deny ]] && echo 1 || echo 0)"
}

maps_own() { maps "0 $UA 1" "0 $PA 1" deny "$@"; }

harmless() {
	attack "$@"
	if [[ ${R[verdict]-none} == ALLOW ]]; then
		has_maps "0 $UA 1" "0 $PA 1" deny
	elif [[ ${R[exit]-} == 127 ]]; then
		equal "mapping ${R[mapping]}" 'mapping none' # the loader gave up, and it does print
	else
		no_effect
	fi
	lacks " ${R[exit]-}" hung
}

within_ms() { ((${R[ms]} <= $1)) || fail "took ${R[ms]} ms, more than $1"; }

# A process of NAME in a fresh user namespace, until the test ends; its pid in $foreign.
foreign_target() {
	local try
	setpriv "--reuid=$1" "--regid=$1" --init-groups -- unshare --user sleep 60 3>&- 4>&- 9>&- >/dev/null 2>&1 &
	foreign=$!
	for try in {1..100}; do
		[[ $(readlink "/proc/$foreign/ns/user") != "$(readlink /proc/self/ns/user)" ]] && return
		sleep 0.02
	done
	fail "no foreign namespace"
}

need() { command -v "$1" >/dev/null || skip "needs $1"; }
