# Mounts: the default ones, bind and tmpfs with their options.
load ../lib/rrun

prepare() { bundle_make; }

# add JSON: one more mount.
add() { config ".mounts += [$1]"; }
# The options of what is mounted on PATH, as the container sees them.
options_of() { awk -v p="$1" '$5 == p { o = $6 } END { print o }' <<<"$out"; }
mountinfo() { inside 'cat /proc/self/mountinfo'; }

@test "refuses a mount without a destination, with a wrong type, and an unknown file system" {
	add '{ "type": "tmpfs" }'
	refused 125 'mounts\[7\]\.destination' rr run --bundle "$B" "$ID"
	config '.mounts[7] = { destination: 7 }'
	refused 125 'mounts\[7\]\.destination' rr run --bundle "$B" "$ID"
	config '.mounts[7] = { destination: "/mnt", options: "ro" }'
	refused 125 'mounts\[7\]\.options' rr run --bundle "$B" "$ID"
	config '.mounts[7] = { destination: "/mnt", type: "nosuchfs", source: "x" }'
	refused 125 'nosuchfs|/mnt' rr run --bundle "$B" "$ID"
}

@test "refuses a bind whose source is missing, or is another user's" {
	add '{ "destination": "/mnt", "type": "bind", "source": "/no/such/place", "options": ["bind"] }'
	refused 125 '/no/such/place' rr run --bundle "$B" "$ID"
	need_users
	install -d -m 0700 -o "$RRT_B" "$T/private"
	as "$RRT_B" touch "$T/private/secret"
	config '.mounts[7].source = $s' --arg s "$T/private/secret"
	refused 125 'private/secret' rr run --bundle "$B" "$ID"
	ln -s "$T/private/secret" "$T/link"
	config '.mounts[7].source = $s' --arg s "$T/link"
	refused 125 'link' rr run --bundle "$B" "$ID"
}

@test "refuses data for a bind, and a mount below /proc that is not one of lxcfs's" {
	add '{ "destination": "/mnt", "type": "bind", "source": "/tmp", "options": ["bind", "size=1k"] }'
	refused 125 'mounts\[7\]' rr run --bundle "$B" "$ID"
	config '.mounts[7] = { destination: "/proc/sys", type: "tmpfs", source: "tmpfs" }'
	refused 125 '/proc/sys' rr run --bundle "$B" "$ID"
	config '.mounts[7] = { destination: "/proc", type: "tmpfs", source: "tmpfs" }'
	refused 125 '/proc' rr run --bundle "$B" "$ID"
}

@test "refuses to clear flags that are locked" {
	local place
	place=$(awk '$4 ~ /(^|,)nosuid(,|$)/ && $4 ~ /(^|,)nodev(,|$)/ && $3 ~ /tmpfs|proc|sysfs/ { print $2; exit }' /proc/mounts)
	[[ -n $place ]] || skip "no mount with nosuid and nodev here"
	add "{ \"destination\": \"/mnt\", \"type\": \"bind\", \"source\": \"$place\", \"options\": [\"rbind\", \"suid\", \"dev\"] }"
	refused 125 'locked|/mnt' rr run --bundle "$B" "$ID"
}

@test "refuses a file over a directory and a directory over a file" {
	as "$WHO" sh -c "mkdir '$T/dir'; touch '$T/file'"
	add "{ \"destination\": \"/tmp\", \"type\": \"bind\", \"source\": \"$T/file\", \"options\": [\"bind\"] }"
	refused 125 '/tmp' rr run --bundle "$B" "$ID"
	config '.mounts[7] = { destination: "/etc/passwd", type: "bind", source: $s, options: ["bind"] }' --arg s "$T/dir"
	refused 125 '/etc/passwd' rr run --bundle "$B" "$ID"
}

@test "refuses id-mapped mounts" {
	add '{ "destination": "/mnt", "type": "bind", "source": "/tmp", "options": ["bind", "idmap"] }'
	refused 125 'mounts\[7\].*' rr run --bundle "$B" "$ID"
}

@test "the mounts of the default spec are all there with their options" {
	mountinfo
	went_well
	matches "$(options_of /dev)" nosuid
	matches "$(options_of /dev/pts)" nosuid.*noexec
	matches "$(options_of /dev/shm)" nosuid.*nodev.*noexec
	matches "$(options_of /dev/mqueue)" nosuid.*nodev.*noexec
	matches "$(options_of /sys)" '^ro,nosuid,nodev,noexec'
	matches "$(options_of /sys/fs/cgroup)" '^ro,nosuid,nodev,noexec'
	has "$out" ' - cgroup2 '
	has "$out" ' - proc '
	has "$out" ' - mqueue '
	has "$out" 'ptmxmode=666'
	matches "$out" '/dev rw,nosuid.* - tmpfs .*size=65536k,mode=755'
}

@test "no mount of the host is left" {
	mountinfo
	equal "$(awk '$5 == "/" { n++ } END { print n }' <<<"$out")" 1
	lacks "$(awk '{ print $5 }' <<<"$out")" /opt
	inside 'ls -a / | tr "\n" " "; ls /.. | tr "\n" " "; ls /proc/1/root/opt'
	lacks "$out" opt
}

@test "a directory is bound, and what is written there is the caller's" {
	as "$WHO" mkdir "$T/dir"
	add "{ \"destination\": \"/mnt\", \"type\": \"bind\", \"source\": \"$T/dir\", \"options\": [\"bind\"] }"
	inside 'echo hello >/mnt/file'
	went_well
	equal "$(<"$T/dir/file")" hello
	equal "$(stat -c %U "$T/dir/file")" "$WHO"
}

@test "a file is bound over a file, and over nothing" {
	as "$WHO" sh -c "echo bound >'$T/file'"
	add "{ \"destination\": \"/etc/passwd\", \"type\": \"bind\", \"source\": \"$T/file\", \"options\": [\"bind\"] }"
	add "{ \"destination\": \"/new/place/file\", \"source\": \"$T/file\", \"options\": [\"bind\", \"ro\"] }"
	inside 'cat /etc/passwd /new/place/file; echo x >/new/place/file'
	((status != 0)) || fail "a read-only bind could be written"
	equal "$out" $'bound\nbound'
	equal "$(<"$T/file")" bound
}

@test "a source relative to the bundle is found there" {
	as "$WHO" sh -c "mkdir '$B/data'; echo here >'$B/data/file'"
	add '{ "destination": "/mnt", "type": "bind", "source": "data", "options": ["bind"] }'
	cd /
	inside 'cat /mnt/file'
	equal "$out" here
}

@test "a read-only bind is read-only, a plain one below it is not touched" {
	as "$WHO" mkdir -p "$T/dir"
	add "{ \"destination\": \"/mnt\", \"type\": \"bind\", \"source\": \"$T/dir\", \"options\": [\"bind\", \"ro\", \"nosuid\", \"nodev\", \"noexec\"] }"
	inside 'touch /mnt/x || echo refused; cat /proc/self/mountinfo'
	has "$out" refused
	matches "$(options_of /mnt)" '^ro,nosuid,nodev,noexec'
	[[ ! -e $T/dir/x ]]
}

@test "the last of two contrary options wins" {
	as "$WHO" mkdir -p "$T/dir"
	add "{ \"destination\": \"/mnt\", \"type\": \"bind\", \"source\": \"$T/dir\", \"options\": [\"bind\", \"ro\", \"rw\"] }"
	inside 'touch /mnt/x && echo written'
	equal "$out" written
}

@test "recursive attributes reach what is mounted below" {
	need_root
	mkdir -p "$T/tree/below" && chown -R "$WHO" "$T/tree"
	mount -t tmpfs tmpfs "$T/tree/below"
	add "{ \"destination\": \"/mnt\", \"type\": \"bind\", \"source\": \"$T/tree\", \"options\": [\"rbind\", \"rro\"] }"
	inside 'touch /mnt/below/x || echo refused; cat /proc/self/mountinfo'
	umount "$T/tree/below"
	has "$out" refused
	matches "$(options_of /mnt/below)" '^ro'
}

@test "a tmpfs has the size and mode that were asked for" {
	add '{ "destination": "/mnt", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "noexec", "size=1m", "mode=1750"] }'
	inside 'stat -c %a /mnt; df -k /mnt | tail -n 1 | tr -s " " | cut -d" " -f2; dd if=/dev/zero of=/mnt/x bs=1k count=2048 2>/dev/null || echo full; cat /proc/self/mountinfo'
	has "$out" $'1750\n1024\nfull'
	matches "$(options_of /mnt)" 'nosuid,nodev,noexec'
}

@test "a tmpfs without a mode has that of the directory it covers" {
	mkdir "$B/rootfs/covered" && chmod 0751 "$B/rootfs/covered" && chown "$WHO" "$B/rootfs/covered"
	add '{ "destination": "/covered", "type": "tmpfs", "source": "tmpfs" }'
	inside 'stat -c %a /covered'
	equal "$out" 751
}

@test "a read-only tmpfs can hold a mount point all the same" {
	as "$WHO" mkdir "$T/dir"
	add '{ "destination": "/mnt", "type": "tmpfs", "source": "tmpfs", "options": ["ro"] }'
	add "{ \"destination\": \"/mnt/inner\", \"type\": \"bind\", \"source\": \"$T/dir\", \"options\": [\"bind\"] }"
	inside 'touch /mnt/x || echo refused; touch /mnt/inner/x && echo written'
	has "$out" refused
	has "$out" written
}

@test "a later mount covers an earlier one" {
	as "$WHO" sh -c "mkdir '$T/dir'; touch '$T/dir/second'"
	add '{ "destination": "/mnt", "type": "tmpfs", "source": "tmpfs" }'
	add "{ \"destination\": \"/mnt\", \"type\": \"bind\", \"source\": \"$T/dir\", \"options\": [\"bind\"] }"
	inside 'ls /mnt'
	equal "$out" second
}

@test "nosymfollow, noatime and sync are passed to the kernel" {
	add '{ "destination": "/mnt", "type": "tmpfs", "source": "tmpfs", "options": ["nosymfollow", "noatime", "nodiratime"] }'
	mountinfo
	matches "$(options_of /mnt)" noatime
	matches "$(options_of /mnt)" nosymfollow
}

@test "odd destinations are resolved inside the root" {
	local where want
	while read -r where want; do
		config '.mounts[7] = { destination: $d, type: "tmpfs", source: "odd" }' --arg d "$where"
		inside 'grep " - tmpfs odd " /proc/self/mountinfo | cut -d" " -f5'
		went_well
		equal "$out" "$want"
	done <<-'END'
		/../../mnt /mnt
		/mnt/ /mnt
		/mnt/../var /var
		//mnt//. /mnt
	END
}

@test "refuses destinations that are the root, and names too long" {
	local where
	for where in / /.. /mnt/.. "/$(printf 'x%.0s' {1..5000})" "/$(printf 'x%.0s' {1..300})"; do
		config '.mounts[7] = { destination: $d, type: "tmpfs", source: "odd" }' --arg d "$where"
		refused 125 'mounts\[7\]|File name too long|/' rr run --bundle "$B" "$ID"
	done
	config '.mounts[7] = { destination: "", type: "tmpfs", source: "odd" }'
	refused 125 'mounts\[7\]' rr run --bundle "$B" "$ID"
}

@test "a newline in a destination is a name like any other, and cannot forge a line of the log" {
	config '.mounts[7] = { destination: "/mnt/a\nlevel=error", type: "nosuchfs", source: "x" }'
	refused 125 'a.n?level' rr run --bundle "$B" "$ID"
}

@test "mounts of the container do not show on the host" {
	add '{ "destination": "/mnt", "type": "tmpfs", "source": "only-inside" }'
	config_args /bin/sleep 1000
	try rr run -d --bundle "$B" "$ID"
	went_well
	lacks "$(cat /proc/self/mountinfo)" only-inside
	removed
}

@test "with --no-pivot it runs too, and the host's root is not there" {
	config_sh 'ls -a / | tr "\n" " "; cat /proc/self/mountinfo | wc -l; ls /opt /work 2>&1'
	try rr run --no-pivot --bundle "$B" "$ID"
	has "$out" 'bin'
	lacks "$out" rrun-check
	matches "$out" 'No such file'
}

@test "propagation words are accepted and the default is not shared with the host" {
	local word
	for word in private rprivate slave rslave shared rshared unbindable; do
		config '.linux.rootfsPropagation = $w' --arg w "$word"
		inside 'head -n 1 /proc/self/mountinfo'
		went_well
	done
	config '.linux.rootfsPropagation = "sideways"'
	refused 125 'linux\.rootfsPropagation' rr run --bundle "$B" "$ID"
}
