#!/bin/sh
# A container as its first process sees it: run in two containers, the output must be the same.
# Nothing here names the runtime; what must differ (device numbers, mount ids, inodes) is not printed.

section() { echo "== $1"; }

section ids
id
cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups
section status
grep -E '^(Uid|Gid|Groups|Umask|CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp|Seccomp_filters|SigBlk|SigIgn):' /proc/1/status |
	# make starts its children with glibc's own signals 32 and 33 ignored: rrun resets those.
	sed 's/^\(SigIgn:.*\)[0-9a-f]\{9\}\(.......\)$/\1\2/'
section limits
cat /proc/1/limits
section session
cut -d' ' -f 5-7 /proc/1/stat
section environment
tr '\0' '\n' </proc/1/environ | sort
section place
pwd
hostname
cat /proc/1/cgroup
section descriptors
ls /proc/1/fd
section mounts
# Root, mount point, its options, propagation (if any), type; the filesystem's own options where the
# mount can be written to. Sorted: in what order they were mounted cannot be told from inside.
awk '{ line = $4 " " $5 " " $6
	for (i = 7; $i != "-"; i++) { sub(/:.*/, "", $i); line = line " " $i }
	print line, $(i + 1), ($6 ~ /^ro/ ? "" : $(i + 3)) }' /proc/self/mountinfo | sort
section devices
ls -ln /dev | awk 'NR > 1 { $6 = $7 = $8 = ""; if ($1 !~ /^c/) $5 = ""; print }' | sed 's/  */ /g'
section pts
ls -ld /dev/pts /dev/shm /dev/mqueue | awk '{ print $1, $NF }'
section network
cat /sys/class/net/lo/flags
ls /sys/class/net
section masked
for path in /proc/acpi /proc/kcore /proc/keys /proc/latency_stats /proc/scsi /proc/timer_list \
	/proc/timer_stats /proc/sched_debug /sys/firmware /sys/fs/selinux /sys/dev/block; do
	if [ -d "$path" ]; then
		echo "$path: $(ls -A "$path" | wc -l) entries"
	elif [ -e "$path" ]; then
		echo "$path: $(wc -c <"$path") bytes"
	else
		echo "$path: absent"
	fi
done
section read-only
for path in /proc/sys/kernel/hostname /proc/sysrq-trigger /sys/class/net/lo/flags /sys/fs/cgroup/cgroup.procs; do
	(echo x >"$path") 2>&1 | sed 's/.*: //' | sed "s|^|$path: |"
done
section refused
mknod /tmp/null c 1 3 2>&1 | sed 's/.*: //'
