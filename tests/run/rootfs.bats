# The root filesystem: missing, read-only, masked and read-only paths, devices.
load ../lib/rrun

prepare() { bundle_make; }

@test "refuses a root that is missing, a file, or dangling" {
	config '.root.path = "nowhere"'
	refused 125 'nowhere' rr run --bundle "$B" "$ID"
	as "$WHO" touch "$B/file"
	config '.root.path = "file"'
	refused 125 'file' rr run --bundle "$B" "$ID"
	as "$WHO" ln -s nowhere "$B/dangling"
	config '.root.path = "dangling"'
	refused 125 'dangling' rr run --bundle "$B" "$ID"
	config 'del(.root)'
	refused 125 'root' rr run --bundle "$B" "$ID"
}

@test "refuses a root that the caller may not enter" {
	need_users
	install -d -m 0700 -o "$RRT_B" "$T/private"
	config '.root.path = $r' --arg r "$T/private"
	refused 125 'private' rr run --bundle "$B" "$ID"
}

@test "an absolute root path works, and a link to the root" {
	config '.root.path = $r' --arg r "$B/rootfs"
	inside 'echo here'
	equal "$out" here
	as "$WHO" ln -s rootfs "$B/link"
	config '.root.path = "link"'
	inside 'echo here'
	equal "$out" here
}

@test "a read-only root is read-only, and its mounts are not" {
	config '.root.readonly = true'
	inside 'touch /x || echo refused; touch /etc/x || echo refused; touch /dev/shm/x && echo written; mkdir /dev/x && echo written'
	equal "$(tr '\n' ' ' <<<"$out")" 'refused refused written written '
	[[ ! -e $B/rootfs/x ]]
}

@test "a read-only root without its mount points gets them all the same" {
	config '.root.readonly = true'
	rmdir "$B/rootfs/proc" "$B/rootfs/dev" "$B/rootfs/sys"
	inside 'test -e /proc/self && test -c /dev/null && echo there'
	equal "$out" there
}

@test "masked files read empty and cannot be written, masked directories are empty" {
	mkdir "$B/rootfs/dir" && touch "$B/rootfs/dir/secret" && echo secret >"$B/rootfs/file"
	chown -R "$WHO" "$B/rootfs/dir" "$B/rootfs/file"
	config '.linux.maskedPaths += ["/dir", "/file", "/not/there"]'
	inside 'ls -A /dir; cat /file; touch /dir/x || echo refused; echo x >>/file; echo $?; cat /proc/keys /proc/timer_list 2>/dev/null; ls -A /sys/firmware'
	went_well
	matches "$out" '^refused'
	lacks "$out" secret
	equal "$(<"$B/rootfs/file")" secret
	inside 'head -c 10 /proc/kcore | wc -c'
	equal "$out" 0
}

@test "an image cannot turn a mask off with its own /dev/null" {
	local make
	echo secret >"$B/rootfs/file" && chown "$WHO" "$B/rootfs/file"
	config '.linux.maskedPaths += ["/file"] | del(.mounts[] | select(.destination | startswith("/dev")))'
	for make in 'ln -s /file null' 'echo secret >null' 'mkfifo null' 'mkdir null'; do
		rm -rf "$B/rootfs/dev" && mkdir "$B/rootfs/dev"
		(cd "$B/rootfs/dev" && eval "$make")
		chown -hR "$WHO" "$B/rootfs/dev"
		inside 'cat /file; echo secret-too >/file; cat /file'
		lacks "$out" secret
		((ms <= 1000)) || fail "$make: $ms ms"
		equal "$(<"$B/rootfs/file")" secret
	done
}

@test "read-only paths are read-only" {
	mkdir "$B/rootfs/dir" && chown "$WHO" "$B/rootfs/dir"
	config '.linux.readonlyPaths += ["/dir", "/not/there"]'
	inside 'touch /dir/x || echo refused; echo 1 >/proc/sys/kernel/hostname 2>/dev/null || echo refused; cat /proc/self/mountinfo'
	equal "$(grep -c '^refused' <<<"$out")" 2
	local path
	for path in /dir /proc/sys /proc/bus /proc/sysrq-trigger; do
		[[ $path == /dir || -e $path ]] || continue
		matches "$(awk -v p="$path" '$5 == p { print $6 }' <<<"$out")" '(^|,)ro(,|$)'
	done
}

@test "a masked path that is a symlink is resolved in the root" {
	echo secret >"$T/outside" && chown "$WHO" "$T/outside"
	ln -s "$T/outside" "$B/rootfs/link"
	config '.linux.maskedPaths += ["/link"] | .linux.readonlyPaths += ["/link"]'
	inside 'cat /link'
	lacks "$out" secret
	equal "$(<"$T/outside")" secret
}

@test "the default devices are the host's" {
	inside 'for d in null zero full random urandom tty; do stat -c "%n %t:%T %F" /dev/$d; done; echo x >/dev/null; head -c 4 /dev/zero | od -An -tx1; echo x >/dev/full || echo full'
	went_well
	has "$out" '/dev/null 1:3 character special file'
	has "$out" '/dev/zero 1:5'
	has "$out" '/dev/full 1:7'
	has "$out" '/dev/random 1:8'
	has "$out" '/dev/urandom 1:9'
	has "$out" '/dev/tty 5:0'
	has "$out" '00 00 00 00'
	has "$out" full
}

@test "the links of /dev are there" {
	inside 'for l in /dev/fd /dev/stdin /dev/stdout /dev/stderr /dev/ptmx; do readlink $l; done'
	equal "$out" $'/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\npts/ptmx'
}

@test "a device of config.json is bound from the host" {
	local path= numbers
	for path in /dev/net/tun /dev/fuse /dev/kmsg /dev/loop-control; do [[ -c $path ]] && break; done
	[[ -c $path ]] || skip "this host has no other device than the default ones"
	numbers=$(stat -c '%Hr %Lr' "$path")
	config '.linux.devices = [{ path: $p, type: "c", major: $a, minor: $b }]' \
		--arg p "$path" --argjson a "${numbers% *}" --argjson b "${numbers#* }"
	inside "stat -c '%n %F' $path"
	went_well
	equal "$out" "$path character special file"
}

@test "refuses a device that the host does not have, or has with other numbers, or of no type" {
	config '.linux.devices = [{ path: "/dev/nothing", type: "c", major: 240, minor: 77 }]'
	refused 125 '/dev/nothing' rr run --bundle "$B" "$ID"
	config '.linux.devices = [{ path: "/dev/zero", type: "c", major: 1, minor: 1 }]'
	refused 125 '/dev/zero' rr run --bundle "$B" "$ID"
	config '.linux.devices = [{ path: "/dev/zero", type: "x", major: 1, minor: 5 }]'
	refused 125 'linux\.devices\[0\]' rr run --bundle "$B" "$ID"
	config '.linux.devices = [{ path: "relative", type: "c", major: 1, minor: 5 }]'
	refused 125 'linux\.devices\[0\]' rr run --bundle "$B" "$ID"
	config '.linux.devices = [{ path: "/dev/zero", type: "c" }]'
	refused 125 'linux\.devices\[0\]' rr run --bundle "$B" "$ID"
}

@test "no device node can be made inside" {
	config '.process.capabilities |= map_values(. + ["CAP_MKNOD"])'
	inside 'mknod /tmp/null c 1 3 && echo made'
	lacks "$out" made
}
