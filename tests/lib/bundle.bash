# A bundle with busybox in it, and the editing of its config.json.
#
# Promises: bundle_make gives DIR with a rootfs of its own and a config.json that maps one id, with all
# seven namespaces and the mounts of the default spec; the files belong to the user who will run it.
# shellcheck shell=bash disable=SC2154

BUNDLE_APPLETS='[ awk cat chgrp chmod chown cut dd df echo env false find grep head hostname id kill ln ls
	md5sum mkdir mkfifo mknod mount mv nc nice od ps pwd readlink rm rmdir sed seq setsid sh sleep sort stat
	stty sync tail test touch tr true tty umount uname unshare wc which whoami xargs chroot ip tee usleep'

# The template of one user: hard links to it make the next rootfs in a few milliseconds.
bundle_template() {
	local name=$1 dir applet
	dir=$RRT_DIR/template/$name
	[[ -e $dir/done ]] && return
	rm -rf "$dir"
	mkdir -p "$dir/rootfs"/{bin,dev,etc,proc,sys,tmp,root,home,run,var,mnt,usr/bin,sbin}
	chmod 1777 "$dir/rootfs/tmp"
	cp "$RRT_BUSYBOX" "$dir/rootfs/bin/busybox"
	chmod 0755 "$dir/rootfs/bin/busybox"
	cp "$RRT_TOOLS/probe" "$dir/rootfs/bin/probe"
	for applet in $BUNDLE_APPLETS; do ln -s busybox "$dir/rootfs/bin/$applet"; done
	printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\n' >"$dir/rootfs/etc/passwd"
	printf 'root:x:0:\nuser:x:1000:\n' >"$dir/rootfs/etc/group"
	((EUID == 0)) && chown -hR "$name:$name" "$dir"
	touch "$dir/done"
}

bundle_make() {
	local dir=${1:-$T/bundle} name=${2:-$WHO}
	bundle_template "$name"
	mkdir -p "$dir"
	((EUID == 0)) && chown "$name:$name" "$dir"
	as "$name" cp -al "$RRT_DIR/template/$name/rootfs" "$dir/rootfs"
	config_default "$name" >"$dir/config.json"
}

config_default() {
	jq -n --argjson uid "$(uid_of "$1")" --argjson gid "$(gid_of "$1")" '
		def plain: ["nosuid", "noexec", "nodev"];
		def caps: ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];
		{ ociVersion: "1.0.2",
		  process: { terminal: false, user: { uid: 0, gid: 0 }, args: ["/bin/true"],
			env: ["PATH=/bin:/usr/bin", "TERM=xterm"], cwd: "/", noNewPrivileges: true,
			capabilities: { bounding: caps, effective: caps, permitted: caps },
			rlimits: [{ type: "RLIMIT_NOFILE", soft: 1024, hard: 1024 }] },
		  root: { path: "rootfs", readonly: false },
		  hostname: "probe",
		  mounts: [
			{ destination: "/proc", type: "proc", source: "proc" },
			{ destination: "/dev", type: "tmpfs", source: "tmpfs",
			  options: ["nosuid", "strictatime", "mode=755", "size=65536k"] },
			{ destination: "/dev/pts", type: "devpts", source: "devpts",
			  options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"] },
			{ destination: "/dev/shm", type: "tmpfs", source: "shm",
			  options: (plain + ["mode=1777", "size=65536k"]) },
			{ destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: plain },
			{ destination: "/sys", type: "sysfs", source: "sysfs", options: (plain + ["ro"]) },
			{ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
			  options: (plain + ["relatime", "ro"]) }],
		  linux: {
			uidMappings: [{ containerID: 0, hostID: $uid, size: 1 }],
			gidMappings: [{ containerID: 0, hostID: $gid, size: 1 }],
			namespaces: [{ type: "user" }, { type: "mount" }, { type: "pid" }, { type: "ipc" },
				{ type: "uts" }, { type: "network" }, { type: "cgroup" }],
			maskedPaths: ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
				"/proc/timer_list", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"],
			readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"] } }'
}

# config FILTER [jq argument…]: edit the config.json of the bundle.
config() {
	local file=${B:-$T/bundle}/config.json
	local filter=$1
	shift
	# The file comes before --args, which takes all that follows.
	jq "$filter" "$file" "$@" >"$file.new" && mv "$file.new" "$file"
}

# The program to run, word by word.
# (jq would take a word like -c for an option of its own, even after --args.)
config_args() {
	local word list=
	for word; do list+=,$(json_quoted "$word"); done
	config '.process.args = $args' --argjson args "[${list#,}]"
}
json_quoted() {
	local text=$1
	text=${text//\\/\\\\} text=${text//\"/\\\"} text=${text//$'\n'/\\n} text=${text//$'\t'/\\t}
	printf '"%s"' "$text"
}
config_sh() { config_args /bin/sh -c "$1"; }

# All ids of the user: 0 is the caller, 1…65536 the range.
config_range() {
	config '.linux.uidMappings += [{ containerID: 1, hostID: $u, size: 65536 }]
		| .linux.gidMappings += [{ containerID: 1, hostID: $g, size: 65536 }]' \
		--argjson u "$(range_of "$WHO")" --argjson g "$(group_range_of "$WHO")"
}
