# A root filesystem that is out to get whoever runs it. Whatever happens, nothing outside it changes.
load ../lib/rrun

prepare() {
	bundle_make
	as "$WHO" sh -c "mkdir -p '$T/outside/pts' '$T/outside/shm' && echo precious >'$T/outside/file' && chmod 0777 '$T/outside'"
	sleep 0.01
	before=$(outside)
}

# Everything that could show a touch: names, sizes, modes, times, contents.
outside() { find "$T/outside" -printf '%p %s %m %u %T@ %C@\n' | sort; cat "$T/outside/file"; }
untouched() { equal "$(outside)" "$before"; }

# hostile PATH TARGET: in the rootfs PATH becomes a symlink to TARGET.
hostile() {
	rm -rf "${B:?}/rootfs/$1"
	mkdir -p "$(dirname "$B/rootfs/$1")"
	ln -s "$2" "$B/rootfs/$1"
	chown -h "$WHO" "$B/rootfs/$1"
}
# One run: any exit, but within two seconds and with nothing touched outside. With a status of 0 the
# container's word must not name the outside.
survives() {
	inside 'cat /proc/self/mountinfo; ls -la /dev'
	((status == 0 || status == 125)) || fail "status $status"
	((ms <= 2000)) || fail "took $ms ms"
	untouched
	lacks "$(awk '{ print $4 }' <<<"$out")" "$T/outside"
}

@test "RT-008 refuses /proc, /sys and /sys/fs/cgroup that are symlinks" {
	local path target
	for path in proc sys; do
		for target in "$T/outside" ../../../../../../../../../../../../../opt tmp; do
			rm -rf "$B/rootfs" && as "$WHO" cp -al "$RRT_DIR/template/$WHO/rootfs" "$B/rootfs"
			hostile "$path" "$target"
			refused 125 "/$path" rr run --bundle "$B" "$ID"
			untouched
		done
	done
}

@test "RT-007 /dev and what is below it as symlinks, absolute and relative" {
	local path target
	for path in dev dev/pts dev/shm dev/mqueue dev/ptmx dev/console dev/null dev/fd dev/tty; do
		for target in "$T/outside" "$T/outside/file" "../../../../../../../../../../..$T/outside" /proc/self/cwd /proc/1/root/tmp; do
			rm -rf "$B/rootfs" && as "$WHO" cp -al "$RRT_DIR/template/$WHO/rootfs" "$B/rootfs"
			hostile "$path" "$target"
			survives
		done
	done
}

@test "RT-007 the same without a tmpfs on /dev, where the image's /dev stays" {
	local path target
	config 'del(.mounts[] | select(.destination | startswith("/dev")))'
	for path in dev dev/pts dev/null dev/zero dev/console dev/ptmx dev/fd; do
		for target in "$T/outside" "$T/outside/file" "../../../../../../../../../../..$T/outside/file"; do
			rm -rf "$B/rootfs" && as "$WHO" cp -al "$RRT_DIR/template/$WHO/rootfs" "$B/rootfs"
			hostile "$path" "$target"
			survives
		done
	done
}

@test "a mount destination behind symlinks stays in the root" {
	local target
	config '.mounts += [{ destination: "/a/b/c", type: "tmpfs", source: "tmpfs" }]'
	for target in "$T/outside" "../../../../../../../../../../..$T/outside" /proc/self/root; do
		rm -rf "$B/rootfs/a"
		hostile a "$target"
		survives
		rm -rf "$B/rootfs/a"
		hostile a/b "$target"
		survives
		rm -rf "$B/rootfs/a"
		hostile a/b/c "$target"
		survives
	done
}

@test "a symlink loop in a destination ends in an error" {
	config '.mounts += [{ destination: "/loop/x", type: "tmpfs", source: "tmpfs" }]'
	ln -s loop "$B/rootfs/loop"
	refused 125 'loop' rr run --bundle "$B" "$ID"
}

@test "/etc as a symlink to the outside is not followed for HOME" {
	hostile etc "$T/outside"
	echo 'root:x:0:0::/pwned:/bin/sh' >"$T/outside/passwd"
	before=$(outside)
	inside 'echo $HOME'
	lacks "$out" pwned
	untouched
}

@test "masked and read-only paths behind symlinks touch nothing outside" {
	config '.linux.maskedPaths += ["/link/file", "/link"] | .linux.readonlyPaths += ["/link", "/link/file"]'
	hostile link "$T/outside"
	survives
}

@test "the working directory behind a symlink to the outside is made inside or refused" {
	config '.process.cwd = "/link/new"'
	hostile link "$T/outside"
	survives
	[[ ! -e $T/outside/new ]]
}

@test "FIFOs and sockets where files should be do not hang it" {
	local path
	for path in proc dev sys etc/passwd dev/null; do
		rm -rf "$B/rootfs" && as "$WHO" cp -al "$RRT_DIR/template/$WHO/rootfs" "$B/rootfs"
		rm -rf "${B:?}/rootfs/$path"
		mkfifo "$B/rootfs/$path"
		config_args /bin/true
		try rr run --bundle "$B" "$ID"
		((ms <= 2000)) || fail "$path: $ms ms"
		((status == 0 || status == 125)) || fail "$path: status $status"
	done
}

@test "RT-040 the old root cannot be reached" {
	inside 'ls -d /proc/1/root/opt /proc/self/root/opt /../opt 2>&1; cd /; cd ../../../..; pwd; ls -d opt 2>&1'
	lacks "$out" rrun-check
	equal "$(grep -c 'No such file' <<<"$out")" 4
}

@test "RT-025 without a cgroup namespace the cgroup tree is not writable" {
	config 'del(.linux.namespaces[] | select(.type == "cgroup"))'
	inside 'mkdir /sys/fs/cgroup/x 2>/dev/null && echo made; echo 1 >/sys/fs/cgroup/cgroup.procs && echo written'
	lacks "$out" made
	lacks "$out" written
}

@test "RT-028 refuses a --root that another user could change" {
	need_users
	install -d -m 0777 "$T/open"
	refused 125 "$T/open|open" rr --root "$T/open" run --bundle "$B" "$ID"
	install -d -m 0700 -o "$RRT_B" "$T/foreign"
	refused 125 'foreign' rr --root "$T/foreign" run --bundle "$B" "$ID"
	ln -s "$T/open" "$T/link" && chown -h "$RRT_B" "$T/link"
	refused 125 'link|open' rr --root "$T/link" run --bundle "$B" "$ID"
}
