# Words that every suite asserts with.
#
# try CMD…             run CMD without input; status, out, err, ms are what came of it
# went_well            the last try ended with 0
# equal HAVE WANT      matches HAVE REGEX     has HAVE PART     lacks HAVE PART
# eventually CMD…      CMD succeeds within a hundred tries, five seconds of a machine that is not slow
# fail LINE…
#
# Takes: T, a path; what try caught stays in $T.out and $T.err.
# shellcheck shell=bash disable=SC2154,SC2034

try() {
	local began=${EPOCHREALTIME/./}
	status=0
	"$@" >"$T.out" 2>"$T.err" </dev/null || status=$?
	ms=$(((${EPOCHREALTIME/./} - began) / 1000))
	out=$(tr -d '\0' <"$T.out") err=$(tr -d '\0' <"$T.err")
	echo "# ${*:1:6} → $status in $ms ms"
	[[ -z $out ]] || printf 'out: %s\n' "$out" | head -n 40
	[[ -z $err ]] || printf 'err: %s\n' "$err" | head -n 20
}

fail() {
	printf '%s\n' "$@"
	return 1
}
equal() { [[ "$1" == "$2" ]] || fail "have: $1" "want: $2"; }
matches() { [[ "$1" =~ $2 ]] || fail "have: $1" "want a match of: $2"; }
has() { [[ "$1" == *"$2"* ]] || fail "have: $1" "want it to contain: $2"; }
lacks() { [[ "$1" != *"$2"* ]] || fail "have: $1" "want it not to contain: $2"; }
went_well() { ((status == 0)) || fail "status $status, want 0"; }

eventually() {
	local try
	for try in {1..100}; do
		"$@" && return 0
		sleep 0.05
	done
	fail "never came true: $*"
}
