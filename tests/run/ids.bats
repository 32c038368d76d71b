# The id ladder: rrun-helper, newuidmap and newgidmap, the caller's one id.
load ../lib/rrun

prepare() { bundle_make; }

# How ids were mapped, as the state has it.
ids_of() { find "$(runtime_of "$WHO")" -path "*/$1/state.json" -exec jq -r '.ids // .idMapping // .' {} +; }
# The helper out of the way for one command; the others wait for it no longer than that.
without_helper() {
	chmod 0000 "$HELPER"
	"$@"
	chmod 4711 "$HELPER"
}
maps() { inside 'cat /proc/self/uid_map; echo; cat /proc/self/gid_map; cat /proc/self/setgroups'; }

@test "refuses ranges of another user, also with the helper out of the way" {
	need_users
	local other
	other=$(range_of "$RRT_B")
	config '.linux.uidMappings += [{ containerID: 1, hostID: $u, size: 65536 }] | .linux.gidMappings += [{ containerID: 1, hostID: $u, size: 65536 }]' \
		--argjson u "$other"
	refused 125 'linux\.uidMappings\[1\]|uid|range|granted' rr run --bundle "$B" "$ID"
	without_helper refused 125 'linux\.uidMappings\[1\]|uid|range|granted|newuidmap' rr run --bundle "$B" "$ID"
}

@test "refuses another user's own id, host id 0, and one id past the range" {
	need_users
	local bad
	for bad in "$(uid_of "$RRT_B")" 0 65534 "$(($(range_of "$WHO") + 65536))" "$(($(range_of "$WHO") - 1))"; do
		config_default "$WHO" >"$B/config.json"
		config '.linux.uidMappings += [{ containerID: 1, hostID: $u, size: 1 }] | .linux.gidMappings += [{ containerID: 1, hostID: $u, size: 1 }]' \
			--argjson u "$bad"
		refused 125 '' rr run --bundle "$B" "$ID"
	done
}

@test "refuses maps that are no maps: overlaps, size 0, past 32 bits, one list only, none at all" {
	local bad
	for bad in \
		'.linux.uidMappings += .linux.uidMappings' \
		'.linux.uidMappings[0].size = 0' \
		'.linux.uidMappings[0].size = 4294967296' \
		'.linux.uidMappings[0].hostID = 4294967295 | .linux.uidMappings[0].size = 2' \
		'.linux.uidMappings[0].containerID = -1' \
		'.linux.uidMappings[0].hostID = "1000"' \
		'del(.linux.uidMappings[0].size)' \
		'.linux.uidMappings = [range(341) | { containerID: ., hostID: (100000 + .), size: 1 }]'; do
		config_default "$WHO" >"$B/config.json"
		config "$bad"
		refused 125 'linux\.uidMappings' rr run --bundle "$B" "$ID"
	done
	config_default "$WHO" >"$B/config.json"
	config 'del(.linux.gidMappings)'
	refused 125 'linux\.gidMappings' rr run --bundle "$B" "$ID"
}

@test "--require-range refuses one id" {
	be "$RRT_NONE"
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	refused 125 'range' rr run --require-range --bundle "$B" "$ID"
	config_default "$WHO" >"$B/config.json"
	config '.linux.uidMappings += [{ containerID: 1, hostID: 700000, size: 65536 }] | .linux.gidMappings += [{ containerID: 1, hostID: 700000, size: 65536 }]'
	refused 125 'granted|no range' rr run --require-range --bundle "$B" "$ID"
}

@test "through the helper: the full range, setgroups allowed, recorded as helper" {
	need_users
	config_range
	maps
	went_well
	matches "$out" " 0 +$(uid_of "$WHO") +1"
	matches "$out" " 1 +$(range_of "$WHO") +65536"
	matches "$out" " 1 +$(group_range_of "$WHO") +65536"
	matches "$out" 'allow$'
	running
	equal "$(ids_of "$ID")" helper
	removed
}

@test "chown to an id of the range works, on the host it is the range's" {
	need_users
	config_range
	config '.process.capabilities |= map_values(. + ["CAP_CHOWN"])'
	inside 'touch /tmp/x && chown 1000:1001 /tmp/x && stat -c %u:%g /tmp/x'
	equal "$out" 1000:1001
	equal "$(stat -c %u:%g "$B/rootfs/tmp/x")" \
		"$(($(range_of "$WHO") + 999)):$(($(group_range_of "$WHO") + 1000))"
}

@test "with the helper gone: newuidmap, recorded as such" {
	need_users
	command -v newuidmap >/dev/null || skip "uidmap is not installed"
	config_range
	config_sh 'cat /proc/self/uid_map; sleep 1000'
	chmod 0000 "$HELPER"
	AS_ENV=()
	as "$WHO" "$RRUN" run -d --bundle "$B" "$ID" >"$T/stdout" 2>"$T/stderr" </dev/null || status=$?
	chmod 4711 "$HELPER"
	cat "$T/stderr"
	went_well
	eventually grep -qE " 1 +$(range_of "$WHO") +65536" "$T/stdout"
	equal "$(ids_of "$ID")" newuidmap
	equal "$(cat "$T/stderr")" ""
	removed
}

@test "newuidmap is never searched for in PATH" {
	need_users
	config_range
	mkdir "$T/path" && printf '#!/bin/sh\ntouch %s/searched\n' "$T" >"$T/path/newuidmap" && chmod 0755 "$T/path/newuidmap"
	cp -p "$T/path/newuidmap" "$T/path/newgidmap" && cp -p "$T/path/newuidmap" "$T/path/rrun-helper"
	chmod 0777 "$T"
	AS_ENV=(PATH="$T/path:/usr/bin:/bin")
	config_args /bin/true
	without_helper try rr run --bundle "$B" "$ID"
	try rr run --bundle "$B" "$ID"
	[[ ! -e $T/searched ]]
}

@test "without a range: one id, root inside, setgroups denied, silent for callers, recorded as single" {
	be "$RRT_NONE"
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	need_users
	maps
	went_well
	equal "$err" ""
	matches "$out" "^ +0 +$(uid_of "$WHO") +1"
	matches "$out" 'deny$'
	equal "$(grep -c . <<<"$out")" 3
	running
	equal "$(ids_of "$ID")" single
	removed
}

@test "on a terminal the step down is said once, in words" {
	need_users
	be "$RRT_NONE"
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	config_args /bin/true
	try as "$WHO" "$RRT_TOOLS/pty" -- "$RRUN" run --bundle "$B" "$ID"
	went_well
	equal "$(grep -c 'one id only' <<<"$out")" 1
	has "$out" 'chown and apt will fail inside'
	lacks "$out" extent
	lacks "$out" PREPARE
}

@test "the same for a config that asks for a range which this user does not have" {
	need_users
	be "$RRT_NONE"
	config '.linux.uidMappings += [{ containerID: 1, hostID: 700000, size: 65536 }] | .linux.gidMappings += [{ containerID: 1, hostID: 700000, size: 65536 }]'
	config_args /bin/true
	try as "$WHO" "$RRT_TOOLS/pty" -- "$RRUN" run --bundle "$B" "$ID"
	went_well
	equal "$(grep -c 'one id only' <<<"$out")" 1
	has "$out" 'chown and apt will fail inside'
	running
	equal "$(ids_of "$ID")" single
	[[ -n $(find "$(runtime_of "$WHO")" -name state.json -exec jq -r .idsNote {} +) ]]
	removed
}

@test "a single-id map starts no second program" {
	need_root
	config_args /bin/true
	strace -f -qq -e trace=execve -o "$T/trace" -u "$WHO" env "XDG_RUNTIME_DIR=$(runtime_of "$WHO")" \
		"$RRUN" run --bundle "$B" "$ID" </dev/null
	# env, rrun, the program.
	equal "$(grep -c 'execve(.*= 0' "$T/trace")" 3
	equal "$(grep -c 'execve(' "$T/trace")" "$(grep -c 'execve(.*= 0' "$T/trace")"
}

@test "a range starts the helper and nothing else" {
	need_users
	config_range
	config_args /bin/true
	strace -f -qq -e trace=execve -o "$T/trace" -u "$WHO" env "XDG_RUNTIME_DIR=$(runtime_of "$WHO")" \
		"$RRUN" run --bundle "$B" "$ID" </dev/null || true
	equal "$(grep -c 'execve(.*= 0' "$T/trace")" 4
	has "$(cat "$T/trace")" "execve(\"$HELPER\""
}

@test "seven, twenty and a hundred mappings are applied, or refused in words" {
	need_users
	local n
	for n in 7 20 100; do
		config_default "$WHO" >"$B/config.json"
		config '.linux.uidMappings += [range($n - 1) | { containerID: (. + 1), hostID: ($u + . * 2), size: 1 }]
			| .linux.gidMappings += [range($n - 1) | { containerID: (. + 1), hostID: ($g + . * 2), size: 1 }]' \
			--argjson n "$n" --argjson u "$(range_of "$WHO")" --argjson g "$(group_range_of "$WHO")"
		inside 'wc -l </proc/self/uid_map'
		if ((status == 0)); then
			equal "$out" "$n"
		else
			equal "$status" 125
			matches "$err" 'mapping|map|lines|entries'
		fi
	done
}

@test "two users with disjoint ranges run the same at the same time, without a common id" {
	need_users
	config_range
	config '.process.user = { uid: 1000, gid: 1000 }'
	running
	local first=$pid
	be "$RRT_B"
	config_range
	config '.process.user = { uid: 1000, gid: 1000 }'
	running
	[[ $(awk '/^Uid/ { print $2 }' "/proc/$first/status") != $(awk '/^Uid/ { print $2 }' "/proc/$pid/status") ]]
	try as "$RRT_B" kill -9 "$first"
	((status != 0)) || fail "one user could kill the other's container"
	removed
	WHO=$RRT_A
	removed
}

@test "a helper that is not set-uid, or no program, is a step down; with --require-range a message" {
	need_users
	config_range
	config_args /bin/true
	cp -p "$HELPER" "$T/keep"
	local seen=
	chmod 0711 "$HELPER"
	try rr run --bundle "$B" "$ID"
	seen+="$status "
	try rr run --require-range --bundle "$B" "$ID"
	seen+="$status "
	printf 'no program' >"$HELPER.new" && chmod 4711 "$HELPER.new" && mv "$HELPER.new" "$HELPER"
	try rr run --bundle "$B" "$ID"
	seen+="$status "
	try rr run --require-range --bundle "$B" "$ID"
	seen+="$status"
	cp "$T/keep" "$HELPER.new" && chmod 4711 "$HELPER.new" && mv "$HELPER.new" "$HELPER"
	# newuidmap is a step down, and design.md §2 makes any step down an error here.
	equal "$seen" '0 125 0 125'
	matches "$err" 'helper'
}

@test "a helper that dies or says nothing is a message within a few seconds, and no left-over" {
	need_users
	config_range
	config_args /bin/true
	cp -p "$HELPER" "$T/keep"
	local program
	for program in '#!/bin/sh
exit 1' '#!/bin/sh
kill -9 $$'; do
		printf '%s\n' "$program" >"$HELPER.new" && chmod 0755 "$HELPER.new" && mv "$HELPER.new" "$HELPER"
		try rr run --require-range --bundle "$B" "$ID"
		((status == 125 && ms < 5000)) || { cp "$T/keep" "$HELPER.new" && chmod 4711 "$HELPER.new" && mv "$HELPER.new" "$HELPER" && fail "status $status after $ms ms"; }
	done
	cp "$T/keep" "$HELPER.new" && chmod 4711 "$HELPER.new" && mv "$HELPER.new" "$HELPER"
}

@test "a policy that is off or broken steps down, or refuses where a range is required" {
	need_users
	config_range
	config_args /bin/true
	cp -p "$POLICY" "$T/keep"
	echo 'mapping off' >"$POLICY"
	try rr run --require-range --bundle "$B" "$ID"
	local off=$status
	echo 'what is this' >"$POLICY"
	try rr run --require-range --bundle "$B" "$ID"
	cp -p "$T/keep" "$POLICY"
	equal "$off $status" '125 125'
	try rr run --require-range --bundle "$B" "$ID"
	went_well
}
