#!/bin/sh
# For slurm.conf: Epilog=/etc/slurm/epilog.d/*   (runs as root on each node of a job when it has ended)
#
# When the last job of a user on this node has ended, whatever of the user's still runs in cgroups that
# rrun-helper made is killed, and these cgroups are removed. Containers of a job stay in the job's own
# cgroup, which Slurm ends: this is for what was started beside it, over ssh say.
set -u
[ -n "${SLURM_JOB_UID-}" ] && [ "$SLURM_JOB_UID" -ge 1000 ] || exit 0

# The job that ends is still listed as completing.
others=$(squeue --noheader --format=%A --user "$SLURM_JOB_UID" --states RUNNING,SUSPENDED \
	--nodelist "$(hostname -s)" 2>/dev/null) || exit 0
[ -z "$others" ] || exit 0

# A failing epilog drains the node; this one is worth no more than a line in the log.
/usr/local/bin/rrun gc --kill --user "$SLURM_JOB_UID" 2>&1 | logger -t rrun-gc
exit 0
