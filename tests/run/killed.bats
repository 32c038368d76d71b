# RT-051: SIGKILL of rrun at any moment leaves nothing that `delete --force` cannot clear.
load ../lib/rrun

prepare() {
	need_root
	bundle_make
	mkdir "$T/trace"
}

# traced OUTPUT STRACE-OPTION… -- CMD…: rrun as the user, with only rrun itself traced.
traced() {
	local file=$1 options=()
	shift
	while [[ $1 != -- ]]; do options+=("$1") && shift; done
	shift
	strace -qq -o "$file" "${options[@]}" -u "$WHO" env -i PATH=/usr/bin:/bin "XDG_RUNTIME_DIR=$(runtime_of "$WHO")" \
		"$@" </dev/null >/dev/null 2>&1 3>&- 4>&-
}

# Each system call of a whole run as "NAME N": the Nth call of that name.
moments() {
	sed -nE 's/^([a-z0-9_]+)\(.*/\1/p' "$1" | awk '{ print $1, ++n[$1] }'
}

# killed_at VERB-AND-OPTIONS…: step through a run of it, and after each death clear with delete --force.
killed_at() {
	local list points=0 step name n
	traced "$T/trace/whole" -- "$RRUN" "$@" --bundle "$B" --pid-file "$T/pid" "$ID" || true
	rr delete --force "$ID"
	mapfile -t list < <(moments "$T/trace/whole")
	((${#list[@]} >= 40)) || fail "only ${#list[@]} system calls were seen"
	step=$(((${#list[@]} + 39) / 40))
	for ((i = 1; i < ${#list[@]}; i += step)); do
		read -r name n <<<"${list[i]}"
		[[ $name == execve || $name == exit_group ]] && continue
		rm -f "$T/pid"
		status=0
		traced /dev/null -e "inject=$name:signal=KILL:when=$n" -- "$RRUN" "$@" --bundle "$B" --pid-file "$T/pid" "$ID" || status=$?
		((status == 137)) && points=$((points + 1))
		echo "# killed at $name $n: status $status"
		try rr delete --force "$ID"
		went_well
		rm -f "$T/pid"
		leftovers_check
		[[ -z $(find "$T" "$B" -maxdepth 1 -name '.*pid*' -o -maxdepth 1 -name '*pid*tmp*') ]] || fail "$(ls -la "$T")"
	done
	((points >= 20)) || fail "rrun died at $points moments only"
	# And the id, the bundle and the pid file are as good as new.
	config_args /bin/true
	try rr run --bundle "$B" --pid-file "$T/pid" "$ID"
	went_well
	rm -f "$T/pid"
}

@test "create, killed at forty moments" {
	config_args /bin/sleep 1000
	killed_at create
}

@test "run --detach, killed at forty moments" {
	config_args /bin/sleep 1000
	killed_at run --detach
}

@test "run in the foreground, killed at forty moments" {
	config_args /bin/sleep 0.05
	killed_at run
}

@test "run with a range through the helper, killed at random moments" {
	need_users
	config_range
	config_args /bin/sleep 1000
	local i
	for i in {1..25}; do
		as "$WHO" bash -c '"$@" & sleep 0.0$((RANDOM % 20)); kill -KILL $!; wait' bash \
			"$RRUN" run --detach --bundle "$B" "$ID" </dev/null >/dev/null 2>&1
		try rr delete --force "$ID"
		went_well
		leftovers_check
	done
	config_args /bin/true
	try rr run --bundle "$B" "$ID"
	went_well
}

@test "start and delete, killed in the middle, can be done again" {
	local i
	config_args /bin/sleep 1000
	for i in {1..10}; do
		try rr create --bundle "$B" "$ID"
		went_well
		as "$WHO" bash -c '"$@" & sleep 0.00$((RANDOM % 5)); kill -KILL $!; wait' bash "$RRUN" start "$ID" </dev/null >/dev/null 2>&1
		as "$WHO" bash -c '"$@" & sleep 0.00$((RANDOM % 5)); kill -KILL $!; wait' bash "$RRUN" delete --force "$ID" </dev/null >/dev/null 2>&1
		try rr delete --force "$ID"
		went_well
		leftovers_check
	done
}

@test "a detached container outlives the death of the session that made it" {
	config_args /bin/sleep 1000
	setsid --wait bash -c "$(declare -f as); $(declare -f home_of runtime_of); AS_ENV=(); as '$WHO' '$RRUN' run -d --bundle '$B' '$ID'" </dev/null >/dev/null 2>&1
	status_is "$ID" running
	removed
}
