# Where the time of a start goes: a trace of raw_syscalls, many runs of one command, medians.
# Takes: /usr/include/.../unistd_64.h, then the trace; -v runs=N. A run begins with mark_start written to
# trace_marker and ends with mark_end. Processes are numbered as they appear: 0 is the command.
# Gives: a line for each step whose median is over `least` us, in order; then totals by call.

function seconds(text) { sub(/:$/, "", text); return text * 1e6 }

FNR == NR {
	if ($1 == "#define" && $2 ~ /^__NR_/) name[$3] = substr($2, 6)
	next
}
/mark_start/ { run++; split("", role); roles = 0; split("", step); split("", last); split("", began_at); open_run = 1; next }
/mark_end/ { open_run = 0; next }
open_run && /sys_(enter|exit)/ {
	match($0, /-[0-9]+ +\[/)
	pid = substr($0, RSTART + 1, RLENGTH - 2) + 0
	match($0, /[0-9]+\.[0-9]+: sys_/)
	at = seconds(substr($0, RSTART, RLENGTH - 5))
	match($0, /NR -?[0-9]+/)
	number = substr($0, RSTART + 3, RLENGTH - 3)
	if (!(pid in role)) role[pid] = roles++
	r = role[pid]
	if ($0 ~ /sys_enter/) {
		began_at[pid] = at
		if (pid in last) user = at - last[pid]; else user = 0
		s = ++step[r]
		key = r SUBSEP s
		calls[key] = name[number]
		before[key, ++befores[key]] = user
		if (s > steps[r]) steps[r] = s
		if (r > most) most = r
	} else if (pid in began_at) {
		took = at - began_at[pid]
		key = r SUBSEP step[r]
		inside[key, ++insides[key]] = took
	}
	last[pid] = at
}
function median(values, key, n,    i, j, sorted, kept) {
	for (i = 1; i <= n; i++) {
		kept = values[key, i]
		for (j = i; j > 1 && sorted[j - 1] > kept; j--) sorted[j] = sorted[j - 1]
		sorted[j] = kept
	}
	return n ? sorted[int((n + 1) / 2)] : 0
}
END {
	for (r = 0; r <= most; r++) {
		user = 0
		for (s = 1; s <= steps[r]; s++) {
			key = r SUBSEP s
			spent[s] = median(inside, key, insides[key])
			gap[s] = median(before, key, befores[key])
			user += gap[s]
			sum[r, calls[key]] += spent[s]
			count[r, calls[key]]++
		}
		printf "process %d: %d calls, %.0f us in user space\n", r, steps[r], user
		for (s = 1; s <= steps[r]; s++)
			if (spent[s] >= least || gap[s] >= least)
				printf "  %4d %-18s %8.1f us   (user before it %.1f)\n", s, calls[r, s], spent[s], gap[s]
		print "  by call:"
		for (key in sum) {
			split(key, part, SUBSEP)
			if (part[1] == r)
				printf "  %8.1f us %5.1f x %s\n", sum[key], count[key], part[2] | "sort -rn | head -14"
		}
		close("sort -rn | head -14")
	}
}
