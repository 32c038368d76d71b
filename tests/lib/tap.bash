# Counting what prints TAP.
#
# Promises: a run that reports fewer tests than it planned, or plans none, is a failure.
# Takes: passed, failed, skipped, the sums so far; say.
# shellcheck shell=bash

# tap FILE CMD…: run what prints TAP; count it, show it, and list the skips at the end.
tap() {
	local file=$1 plan lines
	shift
	"$@" </dev/null 9>&- 2>&1 | tee "$file"
	plan=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$file" | head -n 1)
	lines=$(grep -cE '^(ok|not ok) [0-9]+' "$file")
	add "$(grep -E '^ok [0-9]+' "$file" | grep -cv '# skip')" "$(grep -cE '^not ok [0-9]+' "$file")" \
		"$(grep -cE '^ok [0-9]+.*# skip' "$file")"
	if [[ -z $plan || $plan != "$lines" ]]; then
		say "$(basename "$file" .tap) planned ${plan:-no} tests and reported $lines: counted as a failure"
		failed=$((failed + 1))
	fi
	grep -E '^ok [0-9]+.*# skip' "$file" | sed -E 's/^ok [0-9]+ /skipped: /'
}

add() {
	passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}
