# The log file: one object on failure, nothing on success.
load ../lib/rrun

prepare() { bundle_make; config_args /bin/true; L=$T/log; }

@test "refuses an unknown format and a log that cannot be opened" {
	try rr --log-format xml list
	equal "$status" 1
	has "$err" 'xml'
	try rr --log /nowhere/log list
	equal "$status" 1
	has "$err" '/nowhere/log'
	mkdir "$T/dir"
	try rr --log "$T/dir" list
	equal "$status" 1
}

@test "nothing on success" {
	try rr --log "$L" --log-format json run --bundle "$B" "$ID"
	went_well
	[[ ! -s $L ]] || fail "$(cat "$L")"
	try rr --debug --log "$L" --log-format json list
	[[ ! -s $L ]] || fail "$(cat "$L")"
}

@test "one object on failure, with level, msg and time, and the same words on stderr" {
	try rr --log "$L" --log-format json state nobody
	equal "$status" 1
	one_error_logged "$L"
	equal "$(jq -r 'keys | join(" ")' "$L")" 'level msg time'
	has "$err" "$(jq -r .msg "$L" | sed 's/^rrun state failed: //')"
	equal "$(tail -c 1 "$L" | od -An -c | tr -d ' ')" '\n'
}

@test "what went wrong in the child is one object too" {
	config '.mounts += [{ destination: "/mnt", type: "nosuchfs", source: "x" }]'
	try rr --log "$L" --log-format json run --bundle "$B" "$ID"
	equal "$status" 125
	one_error_logged "$L"
}

@test "the log is appended to, never cut" {
	echo first >"$L" && chown "$WHO" "$L"
	try rr --log "$L" --log-format json state nobody
	equal "$(head -n 1 "$L")" first
	equal "$(grep -c '' "$L")" 2
}

@test "nothing that an image or a config says can forge a line or move a cursor" {
	config '.process.args = ["/no\n{\"level\":\"error\"}\u001b[2Jx\"\\"]'
	try rr --log "$L" --log-format json run --bundle "$B" "$ID"
	one_error_logged "$L"
	lacks "$(cat "$L")" $'\e'
	lacks "$err" $'\e'
	equal "$(grep -c '' "$T.err")" 1
	rm "$L"
	try rr --log "$L" run --bundle "$B" "$ID"
	equal "$(grep -c '' "$L")" 1
	matches "$(cat "$L")" '^time="20[^"]*" level=error msg="'
}

@test "text is the default, one line" {
	try rr --log "$L" state nobody
	matches "$(cat "$L")" '^time="20[0-9T:+Z-]+" level=error msg=".*does not exist.*"$'
	equal "$(grep -c '' "$L")" 1
}

@test "without a log the first line stands alone, then hint and code" {
	try rr state nobody
	matches "$(head -n 1 "$T.err")" '^rrun state failed: .*container does not exist'
	has "$err" RR-ID-03
}

@test "a log that is a FIFO or a symlink to a file of the caller's is handled in time" {
	as "$WHO" sh -c "echo precious >'$T/bashrc'; ln -s bashrc '$T/link'; mkfifo '$T/fifo'"
	try rr --log "$T/fifo" state nobody
	((ms <= 1000)) || fail "took $ms ms"
	try rr --log "$T/link" state nobody
	equal "$(head -n 1 "$T/bashrc")" precious
}
