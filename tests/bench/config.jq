# config.json of the benchmark: the mounts, masks and capabilities of a podman container without a
# network of podman's own, as a regular user. floor.c makes the same container without reading it.
# Takes: --argjson uid, gid (the caller's), uids, gids (start of the range, 0 for one id only),
# --argjson hostnet (bool), --argjson seccomp (null or linux.seccomp), --argjson caps, --argjson args.

def plain: ["nosuid", "noexec", "nodev"];
def ids($own; $start): [{ containerID: 0, hostID: $own, size: 1 }]
	+ (if $start > 0 then [{ containerID: 1, hostID: $start, size: 65536 }] else [] end);

{
	ociVersion: "1.0.2",
	process: {
		terminal: false,
		user: { uid: 0, gid: 0 },
		args: $args,
		env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", "HOME=/"],
		cwd: "/",
		capabilities: { bounding: $caps, effective: $caps, permitted: $caps },
		noNewPrivileges: true
	},
	root: { path: "rootfs" },
	hostname: "bench",
	mounts: [
		{ destination: "/proc", type: "proc", source: "proc", options: plain },
		{ destination: "/dev", type: "tmpfs", source: "tmpfs",
			options: ["nosuid", "strictatime", "mode=755", "size=65536k"] },
		{ destination: "/dev/pts", type: "devpts", source: "devpts",
			options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"] },
		{ destination: "/dev/shm", type: "tmpfs", source: "shm",
			options: (plain + ["mode=1777", "size=65536k"]) },
		{ destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: plain },
		# Over the host's /sys the kernel refuses a second cgroup2 on the same place (EBUSY): there the
		# host's stays, read by all alike.
		(if $hostnet
			then { destination: "/sys", type: "none", source: "/sys", options: (["rbind"] + plain + ["ro"]) }
			else { destination: "/sys", type: "sysfs", source: "sysfs", options: (plain + ["ro"]) },
				{ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
					options: (plain + ["relatime", "ro"]) } end)
	],
	linux: ({
		uidMappings: ids($uid; $uids),
		gidMappings: ids($gid; $gids),
		namespaces: ([{ type: "user" }, { type: "mount" }, { type: "pid" }, { type: "ipc" },
			{ type: "uts" }, { type: "cgroup" }] + (if $hostnet then [] else [{ type: "network" }] end)),
		maskedPaths: ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/scsi",
			"/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware",
			"/sys/fs/selinux", "/sys/dev/block"],
		readonlyPaths: ["/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
			"/proc/sysrq-trigger"]
	} + (if $seccomp then { seccomp: $seccomp } else {} end))
}
