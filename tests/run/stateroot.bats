# Where states live: --root, RRUN_ROOT, $XDG_RUNTIME_DIR/rrun, /run/rrun/UID, /tmp/rrun-UID.
load ../lib/rrun

prepare() { bundle_make; config_args /bin/sleep 1000; }

# with NAME=VALUE… -- CMD…: rrun as the user with exactly this environment.
bare() {
	local words=()
	while [[ $1 != -- ]]; do words+=("$1") && shift; done
	shift
	as "$WHO" env -i PATH=/usr/bin:/bin "${words[@]}" "$@"
}
where() { find "$@" -name state.json -path "*/$ID/*" 2>/dev/null; }

@test "--root comes first, and an unusable one is an error" {
	as "$WHO" mkdir -m 0700 "$T/root"
	try bare RRUN_ROOT=/nowhere -- "$RRUN" --root "$T/root" run -d --bundle "$B" "$ID"
	went_well
	equal "$(where "$T/root")" "$T/root/$ID/state.json"
	bare -- "$RRUN" --root "$T/root" delete --force "$ID"
	as "$WHO" touch "$T/file"
	refused 125 "$T/file" rr --root "$T/file" run --bundle "$B" "$ID"
	refused 1 '/' rr --root / list
}

@test "a --root that is not there is made for create, and an error for list" {
	try rr --root "$T/new" create --bundle "$B" "$ID"
	went_well
	equal "$(stat -c %a "$T/new")" 700
	try rr --root "$T/new" delete --force "$ID"
	went_well
	refused 1 "$T/never" rr --root "$T/never" list
}

@test "RRUN_ROOT comes next, and an unusable one is an error" {
	as "$WHO" mkdir -m 0700 "$T/root"
	try bare "RRUN_ROOT=$T/root" "XDG_RUNTIME_DIR=$(runtime_of "$WHO")" -- "$RRUN" run -d --bundle "$B" "$ID"
	went_well
	equal "$(where "$T/root")" "$T/root/$ID/state.json"
	bare "RRUN_ROOT=$T/root" -- "$RRUN" delete --force "$ID"
	as "$WHO" touch "$T/file"
	try bare "RRUN_ROOT=$T/file" -- "$RRUN" run --bundle "$B" "$ID"
	equal "$status" 125
	has "$err" "$T/file"
}

@test "then XDG_RUNTIME_DIR, if it is the caller's" {
	running
	equal "$(where "$(runtime_of "$WHO")")" "$(runtime_of "$WHO")/rrun/$ID/state.json"
	equal "$(stat -c %a "$(runtime_of "$WHO")/rrun/$ID")" 700
	removed
}

@test "what was started without a session is found from one, by every verb" {
	local session=("XDG_RUNTIME_DIR=$(runtime_of "$WHO")") uid
	uid=$(uid_of "$WHO")
	[[ ! -e /run/rrun ]] || skip "needs a machine without /run/rrun"
	try bare -- "$RRUN" run -d --bundle "$B" "$ID"
	went_well
	equal "$(where "/tmp/rrun-$uid")" "/tmp/rrun-$uid/$ID/state.json"
	# The session has a state root of its own, with another container in it.
	try bare "${session[@]}" -- "$RRUN" create --bundle "$B" "$ID-other"
	went_well
	equal "$(bare "${session[@]}" -- "$RRUN" list -q)" "$ID"$'\n'"$ID-other"
	equal "$(bare "${session[@]}" -- "$RRUN" state "$ID" | jq -r .status)" running
	equal "$(bare "${session[@]}" -- "$RRUN" exec "$ID" /bin/echo here)" here
	try bare "${session[@]}" -- "$RRUN" kill "$ID" KILL
	went_well
	try bare "${session[@]}" -- "$RRUN" delete --force "$ID"
	went_well
	equal "$(where "/tmp/rrun-$uid")" ''
	try bare "${session[@]}" -- "$RRUN" start "$ID-other"
	went_well
	try bare "${session[@]}" -- "$RRUN" delete --force "$ID-other"
	went_well
	rmdir "/tmp/rrun-$uid"
}

@test "an XDG_RUNTIME_DIR that points nowhere, or to another's, is passed over" {
	need_users
	local place
	for place in /nowhere "$(runtime_of "$RRT_B")" /root relative ''; do
		try bare "XDG_RUNTIME_DIR=$place" -- "$RRUN" run -d --bundle "$B" "$ID"
		went_well
		try bare -- "$RRUN" state "$ID"
		went_well
		[[ -n $(where "/run/rrun/$(uid_of "$WHO")" "/tmp/rrun-$(uid_of "$WHO")") ]]
		try bare -- "$RRUN" delete --force "$ID"
		went_well
		rm -rf "/tmp/rrun-$(uid_of "$WHO")"
	done
}

@test "/tmp/rrun-UID of another user is not used" {
	need_users
	local place
	place=/tmp/rrun-$(uid_of "$WHO")
	[[ ! -d /run/rrun ]] || skip "this machine has /run/rrun"
	install -d -m 0777 -o "$RRT_B" "$place"
	try bare -- "$RRUN" run --bundle "$B" "$ID"
	rm -rf "$place"
	equal "$status" 125
	has "$err" "$place"
	ln -s "$(runtime_of "$WHO")" "$place" && chown -h "$RRT_B" "$place"
	try bare -- "$RRUN" run --bundle "$B" "$ID"
	rm -f "$place"
	equal "$status" 125
}

@test "a dead entry of an earlier boot is replaced silently, one of this boot is not" {
	config_args /bin/true
	try rr run -d --bundle "$B" "$ID"
	eventually status_is "$ID" stopped
	refused 125 'already exists' rr run --bundle "$B" "$ID"
	local file boot
	file=$(where "$(runtime_of "$WHO")")
	boot=$(</proc/sys/kernel/random/boot_id)
	has "$(cat "$file")" "$boot"
	sed -i "s/$boot/00000000-0000-4000-8000-000000000000/" "$file"
	try rr run --bundle "$B" "$ID"
	went_well
	equal "$out$err" ""
}

@test "a state of a newer rrun is refused, not guessed at" {
	running
	local file
	file=$(where "$(runtime_of "$WHO")")
	sed -i -E '0,/"(version|stateVersion)": *[0-9]+/s//"\1": 99/' "$file"
	has "$(cat "$file")" 99
	refused 1 'newer|version' rr state "$ID"
	try rr delete --force "$ID"
	leftovers_clear
}
