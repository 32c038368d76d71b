# The pid file.
load ../lib/rrun

prepare() { bundle_make; config_args /bin/sleep 1000; }

@test "a failing create leaves no pid file and no temporary" {
	config_args /no/such/program
	refused 1 'no such file' rr create --bundle "$B" --pid-file "$T/pid" "$ID"
	equal "$(find "$T" -maxdepth 1 -name '*pid*')" ""
}

@test "a symlink in its place is not followed" {
	echo precious >"$T/precious"
	ln -s precious "$T/pid"
	chown -h "$WHO" "$T/pid" "$T/precious" 2>/dev/null
	try rr create --bundle "$B" --pid-file "$T/pid" "$ID"
	equal "$(<"$T/precious")" precious
	((status == 0)) && removed
	return 0
}

@test "a directory in its place is refused" {
	mkdir "$T/pid"
	refused 1 'pid' rr create --bundle "$B" --pid-file "$T/pid" "$ID"
	rmdir "$T/pid"
}

@test "a place that cannot be written is refused, and nothing stays" {
	refused 125 '/nowhere/pid' rr run --bundle "$B" --pid-file /nowhere/pid "$ID"
	refused 1 '/nowhere/pid' rr run --detach --bundle "$B" --pid-file /nowhere/pid "$ID"
}

@test "it has digits and no newline, and names init" {
	try rr create --bundle "$B" --pid-file "$T/pid" "$ID"
	went_well
	matches "$(od -An -c "$T/pid" | tr -d ' \n')" '^[0-9]+$'
	equal "$(<"$T/pid")" "$(pid_of "$ID")"
	removed
}

@test "a relative path is the caller's" {
	cd "$T"
	try rr run -d --bundle bundle --pid-file here.pid "$ID"
	went_well
	equal "$(<"$T/here.pid")" "$(pid_of "$ID")"
	removed
}

@test "no reader ever sees it half written" {
	local i text
	for i in {1..10}; do
		rm -f "$T/pid"
		in_background 1 rr run -d --bundle "$B" --pid-file "$T/pid" "$ID$i"
		until [[ -e $T/pid ]]; do :; done
		text=$(<"$T/pid")
		eventually ended 1
		equal "$text" "$(pid_of "$ID$i")"
		rm "$T/rc.1"
		removed "$ID$i"
	done
}

@test "an older file and a stale temporary do not stand in the way" {
	as "$WHO" sh -c "echo 1 >'$T/pid'; for f in .pid .pid.tmp pid.tmp .pid.new; do echo 1 >'$T'/\$f; done"
	try rr run -d --bundle "$B" --pid-file "$T/pid" "$ID"
	went_well
	equal "$(<"$T/pid")" "$(pid_of "$ID")"
	removed
}
