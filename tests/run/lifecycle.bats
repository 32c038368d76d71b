# The life of a container: create, start, run, state, kill, delete, list.
load ../lib/rrun

prepare() { bundle_make; }

@test "refuses an unknown id in state, start, kill, delete and exec" {
	local verb
	for verb in state start kill delete; do
		refused 1 'container does not exist' rr "$verb" nobody-here
	done
	refused 255 'container does not exist' rr exec nobody-here true
}

@test "deletes an unknown id by force, silently" {
	try rr delete --force nobody-here
	went_well
	equal "$out$err" ""
}

@test "refuses a malformed id before it touches the file system" {
	local id
	for id in . .. a/b .hidden $'a\n' 'ü' 'a b' "$(printf 'x%.0s' {1..256})" "$(printf 'x%.0s' {1..1024})"; do
		refused 1 'invalid container ID format' rr create --bundle "$B" -- "$id"
		refused 125 'invalid container ID format' rr run --bundle "$B" -- "$id"
		refused 1 'invalid container ID format' rr state -- "$id"
	done
	refused 1 'container id cannot be empty' rr create --bundle "$B" ''
	refused 1 'invalid container ID format' rr delete --force -- a/b
	refused 1 'invalid container ID format' rr create --bundle "$B" -- -x
}

@test "accepts the longest id" {
	local id
	id=$(printf 'x%.0s' {1..255})
	try rr create --bundle "$B" "$id"
	went_well
	try rr start "$id"
	went_well
	eventually status_is "$id" stopped
	removed "$id"
}

@test "refuses an id that is taken, and leaves the owner of it alone" {
	running
	refused 125 'container with given ID already exists' rr run --bundle "$B" "$ID"
	refused 1 'container with given ID already exists' rr create --bundle "$B" "$ID"
	refused 1 'container with given ID already exists' rr run --detach --bundle "$B" "$ID"
	equal "$(pid_of "$ID")" "$pid"
	removed
}

@test "of many concurrent creates of one id exactly one wins" {
	local i won=0
	config_args /bin/sleep 1000
	for i in {1..8}; do
		in_background "$i" rr create --bundle "$B" "$ID"
	done
	wait
	for i in {1..8}; do
		if [[ $(<"$T/rc.$i") == 0 ]]; then
			won=$((won + 1))
		else
			has "$(<"$T/err.$i")" 'container with given ID already exists'
		fi
	done
	equal "$won" 1
	status_is "$ID" created
	removed
}

@test "create leaves it created, start runs it, delete removes it" {
	config_sh 'echo hello; sleep 1000'
	try rr create --bundle "$B" "$ID"
	went_well
	equal "$out" ""
	status_is "$ID" created
	pid=$(pid_of "$ID")
	alive "$pid"
	try rr start "$ID"
	went_well
	status_is "$ID" running
	equal "$(pid_of "$ID")" "$pid"
	refused 1 "cannot delete container $ID that is not stopped: running" rr delete "$ID"
	try rr kill "$ID" KILL
	went_well
	eventually status_is "$ID" stopped
	equal "$(pid_of "$ID")" 0
	try rr delete "$ID"
	went_well
	refused 1 'container does not exist' rr state "$ID"
}

@test "the program has not begun before start" {
	config_sh 'echo begun >/tmp/begun'
	try rr create --bundle "$B" "$ID"
	went_well
	sleep 0.2
	[[ ! -e $B/rootfs/tmp/begun ]]
	try rr start "$ID"
	went_well
	eventually test -e "$B/rootfs/tmp/begun"
	eventually status_is "$ID" stopped
	try rr delete "$ID"
	went_well
}

@test "start refuses a running and a stopped container" {
	running
	refused 1 'cannot start an already running container' rr start "$ID"
	try rr kill "$ID" 9
	eventually status_is "$ID" stopped
	refused 1 'cannot start a container that has stopped' rr start "$ID"
	try rr delete "$ID"
	went_well
}

@test "start fails and does not hang when init was killed before it" {
	config_args /bin/true
	try rr create --bundle "$B" "$ID"
	went_well
	kill -KILL "$(pid_of "$ID")"
	eventually status_is "$ID" stopped
	refused 1 'cannot start a container that has stopped' rr start "$ID"
	try rr delete "$ID"
	went_well
}

@test "of two concurrent starts one wins" {
	local i won=0
	config_args /bin/sleep 1000
	try rr create --bundle "$B" "$ID"
	went_well
	for i in 1 2 3 4; do
		in_background "$i" rr start "$ID"
	done
	wait
	for i in 1 2 3 4; do
		if [[ $(<"$T/rc.$i") == 0 ]]; then
			won=$((won + 1))
		else
			has "$(<"$T/err.$i")" 'cannot start an already running container'
		fi
	done
	equal "$won" 1
	removed
}

@test "create finds out that the program is missing" {
	config_args nowhere-to-be-found
	refused 1 'executable file not found in \$PATH' rr create --bundle "$B" "$ID"
	config_args /bin/nowhere
	refused 1 'no such file or directory' rr create --bundle "$B" "$ID"
}

@test "delete removes a created container without force" {
	config_args /bin/true
	try rr create --bundle "$B" "$ID"
	went_well
	pid=$(pid_of "$ID")
	try rr delete "$ID"
	went_well
	gone "$pid"
}

@test "delete by force kills a running container that ignores every signal" {
	config_args /bin/probe uninterruptible
	try rr run -d --bundle "$B" "$ID"
	went_well
	pid=$(pid_of "$ID")
	refused 1 'not stopped: running' rr delete "$ID"
	removed
	gone "$pid"
}

@test "a second delete says that it does not exist, and not by force" {
	try rr create --bundle "$B" "$ID"
	try rr delete "$ID"
	went_well
	refused 1 'container does not exist' rr delete "$ID"
	try rr delete --force "$ID"
	went_well
}

@test "kill sends TERM by default, and knows every way to name a signal" {
	local form
	for form in '' SIGTERM TERM 15 term sigterm; do
		config_sh 'trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done'
		rr create --bundle "$B" "$ID" >"$T/stdout" 2>&1 </dev/null
		rr start "$ID"
		eventually grep -q ready "$T/stdout"
		# shellcheck disable=SC2086
		try rr kill "$ID" $form
		went_well
		eventually status_is "$ID" stopped
		try rr delete "$ID"
		went_well
	done
}

@test "kill refuses an unknown signal" {
	running
	local signal
	for signal in NOPE 65 9x '' SIG; do
		refused 1 "unknown signal \"$signal\"" rr kill "$ID" "$signal"
	done
	status_is "$ID" running
	removed
}

@test "kill of a stopped container says so, and with --all is no error" {
	config_args /bin/true
	try rr run -d --bundle "$B" "$ID"
	eventually status_is "$ID" stopped
	refused 1 'container not running' rr kill "$ID" 9
	try rr kill --all "$ID" 9
	went_well
	removed
}

@test "state has the keys of the specification" {
	config '.annotations = { "a.b": "c d" }'
	running
	try rr state "$ID"
	went_well
	equal "$(jq -r '[.id, .status, .bundle, .rootfs, (.pid | tostring), .annotations["a.b"]] | join(" ")' <<<"$out")" \
		"$ID running $B $B/rootfs $pid c d"
	matches "$(jq -r .ociVersion <<<"$out")" '^1\.'
	matches "$(jq -r .created <<<"$out")" '^20[0-9-]+T[0-9:]+(\.[0-9]+)?Z$'
	removed
}

# The process that the next test started, and none other of a user who runs the suite himself.
the_sleeper() {
	local one
	for one in $(users_processes "$WHO"); do
		[[ $(tr '\0' ' ' 2>/dev/null <"/proc/$one/cmdline") == 'sleep 4321 ' ]] && echo "$one" && return
	done
}

@test "state says stopped for a pid that another process of the user has by now" {
	running
	local file
	file=$(find "$(runtime_of "$WHO")" -name state.json -path "*/$ID/*")
	in_background 1 as "$WHO" sleep 4321
	local other
	eventually eval '[[ -n $(the_sleeper) ]]'
	other=$(the_sleeper)
	kill -KILL "$pid"
	eventually status_is "$ID" stopped
	# The state now names the other process, with the start time of the dead one.
	sed -i "s/\"pid\": *$pid\b/\"pid\": $other/; s/:$pid,/:$other,/" "$file"
	has "$(cat "$file")" "$other"
	status_is "$ID" stopped
	refused 1 'container not running' rr kill "$ID" 9
	removed
	alive "$other"
	kill "$other"
	wait
}

@test "list has tables, json and ids, and is empty where nothing is" {
	try rr list
	went_well
	matches "$out" '^ID +PID +STATUS +BUNDLE +CREATED +OWNER'
	equal "$(wc -l <"$T.out")" 1
	try rr list --format json
	went_well
	equal "$(jq -c . <<<"$out")" '[]'
	running
	try rr list -f json
	equal "$(jq -r '.[0] | [.id, .status, .pid, .bundle, .owner] | join(" ")' <<<"$out")" "$ID running $pid $B $WHO"
	try rr list -q
	equal "$out" "$ID"
	try rr list
	matches "$out" "$ID +$pid +running +$B +20[^ ]+ +$WHO"
	refused 1 'invalid format option' rr list --format yaml
	removed
}

@test "list goes on past a broken entry" {
	running
	as "$WHO" mkdir "$(runtime_of "$WHO")/rrun/broken"
	as "$WHO" sh -c "echo '{' >'$(runtime_of "$WHO")/rrun/broken/state.json'"
	try rr list -q
	went_well
	has "$out" "$ID"
	refused 1 'RR-STA-02|corrupt|state' rr state broken
	try rr delete --force broken
	went_well
	removed
}

@test "delete by force removes a directory without a state" {
	as "$WHO" mkdir -p "$(runtime_of "$WHO")/rrun/$ID"
	try rr delete --force "$ID"
	went_well
	[[ ! -e $(runtime_of "$WHO")/rrun/$ID ]]
}

@test "an attached run leaves nothing, with --keep its state" {
	inside 'exit 0'
	went_well
	refused 1 'container does not exist' rr state "$ID"
	config_args /bin/true
	try rr run --keep --bundle "$B" "$ID"
	went_well
	status_is "$ID" stopped
	try rr delete "$ID"
	went_well
}

@test "the bundle is the working directory when none is named" {
	config_sh 'echo here'
	cd "$B"
	try rr run "$ID"
	went_well
	equal "$out" here
}

@test "options stand before or after the id" {
	config_sh 'echo here'
	try rr run "$ID" --bundle "$B"
	went_well
	equal "$out" here
	try rr run "--bundle=$B" "$ID"
	went_well
	try rr run -b "$B" "$ID"
	went_well
}

@test "a bundle path relative to the caller is stored absolute" {
	config_args /bin/sleep 1000
	cd "$T"
	try rr run -d --bundle bundle "$ID"
	went_well
	equal "$(rr state "$ID" | jq -r .bundle)" "$B"
	removed
}

@test "rrun works with nothing but PATH and XDG_RUNTIME_DIR in its environment" {
	config_sh 'echo here'
	become "$RRT_A"
	try as "$WHO" env -i PATH=/usr/bin:/bin XDG_RUNTIME_DIR="$(runtime_of "$WHO")" "$RRUN" run --bundle "$B" "$ID"
	went_well
	equal "$out" here
}

@test "two users have the same id at the same time, and cannot see each other's" {
	need_users
	running
	local first=$pid
	be "$RRT_B"
	running
	[[ $pid != "$first" ]]
	try rr list -q
	equal "$out" "$ID"
	removed
	WHO=$RRT_A
	status_is "$ID" running
	alive "$first"
	removed
}

@test "no process but init stays after run --detach, and no pipe of the caller is held" {
	config_args /bin/sleep 1000
	rr run -d --bundle "$B" "$ID" </dev/null >"$T/stdout" 2>&1
	mapfile -t pids < <(leftovers_processes)
	equal "${#pids[@]}" 1
	equal "${pids[0]}" "$(pid_of "$ID")"
	removed
}
