# rrun as the runtime of Slurm's srun --container, and inside jobs: what a job is promised, and that none is left.
load ../lib

OCI='RunTimeQuery="rrun state %n.%u.%j.%s.%t"
RunTimeRun="exec rrun run --bundle %b %n.%u.%j.%s.%t"
RunTimeKill="rrun kill -a %n.%u.%j.%s.%t"
RunTimeDelete="rrun delete --force %n.%u.%j.%s.%t"'
STEPS=$CG/system.slice/labnode_slurmstepd.scope

# One rootfs for all: to make one takes the node seconds.
prepare() {
	[[ -e /run/slurm.prepared ]] || {
		printf '%s\n' "$OCI" >/etc/slurm/oci.conf
		epilog >/etc/slurm/epilog
		chmod 0755 /etc/slurm/epilog
		echo Epilog=/etc/slurm/epilog >>/etc/slurm/slurm.conf
		systemctl restart slurmctld slurmd
		logged_out alice
		bundle /srv/t/shared alice
		touch /run/slurm.prepared
	}
	in_time idle
	cp -al /srv/t/shared "$B"
}
idle() { [[ $(sinfo -h -o %T) == idle ]]; }

# The epilog of docs/slurm.md.
epilog() { sed -n '/^    #!\/bin\/sh/,/^    # end/s/^    //p' /lab/work/docs/slurm.md; }

# For what Slurm does when it comes round to it.
in_time() {
	local end=$((SECONDS + 120))
	while ((SECONDS < end)); do
		"$@" && return 0
		sleep 0.3
	done
	fail "never came true: $*"
}

# job [SRUN OPTION]… CMD…: a job whose program has said something and goes on; JOB is its number, and job_ended
# waits for its status.
job() {
	{ slurm_job alice "$@" >"$T.job.out" 2>"$T.job.err" </dev/null && echo 0 || echo $?; } >"$T.job.status" 3>&- 4>&- &
	in_time job_spoke
	JOB=$(squeue -h -t R -o %A)
	[[ $JOB ]] || { job_ended && fail "the job has ended"; }
}
job_spoke() { [[ -s $T.job.out || -s $T.job.status ]]; }
job_ended() {
	in_time test -s "$T.job.status"
	status=$(<"$T.job.status") out=$(<"$T.job.out") err=$(<"$T.job.err")
	echo "# job $JOB: $status, out: $out, err: $err"
}

# The process of alice's that runs PROGRAM, from outside.
pid_of() { pgrep -o -u alice -x "$1"; }

nothing_is_left() {
	in_time no_job
	equal "$(pgrep -l -u alice)" ''
	equal "$(find /run/rrun /tmp/rrun-1000 -mindepth 1 -type d ! -path /run/rrun/1000 2>/dev/null)" ''
	equal "$(find $CG -type d \( -name 'rrun-*' -o -name 'job_*' \))" ''
}
no_job() { idle && [[ ! $(squeue -h) && ! $(find $STEPS -type d -name 'job_*' 2>/dev/null) ]]; }

@test "srun --container: output and status are the program's" {
	local code
	for code in 0 3 6; do
		try slurm_job alice --container="$B" sh -c "echo out \$((40 + 2)); exit $code"
		equal "$status $out" "$code out 42"
	done
	nothing_is_left
}

@test "the container stays in its task, under the memory and the CPUs of the job; a signal reaches it" {
	config '.linux.resources = { memory: { limit: 1073741824 } }'
	job -n 1 --mem=200 --container="$B" sh -c '
		trap "echo had USR1; exit 7" USR1
		nproc; grep Cpus_allowed_list: /proc/self/status
		while :; do usleep 98765; done'
	local pid rrun
	pid=$(pgrep -u alice -f 'usleep 98765; done' -n)
	rrun=$(pgrep -o -u alice -f 'rrun run')
	equal "$(cgroup_of "$pid")" "${STEPS#"$CG"}/job_$JOB/step_0/user/task_0"
	equal "$(<"$STEPS/job_$JOB/memory.max")" 209715200
	equal "$(tr '\0' '\n' <"/proc/$rrun/environ" | grep -cE '^(HOME|USER|XDG_RUNTIME_DIR)=')" 0
	try bare alice rrun state "labnode.alice.$JOB.0.0"
	went_well
	equal "$err" ''
	has "$out" "the limits are held by the batch job ${STEPS#"$CG"}/job_$JOB"
	scancel -s USR1 "$JOB"
	job_ended
	equal "$status" 7
	has "$out" 'had USR1'
	equal "$(sed -n 1p <<<"$out")" 1
	matches "$out" 'Cpus_allowed_list:.[01]'$'\n'
	nothing_is_left
}

@test "memory beyond the job's is not to be had inside" {
	try slurm_job alice --mem=100 --container="$B" sh -c 'dd if=/dev/zero of=/dev/null bs=300M count=1; echo "dd: $?"'
	has "$out$err" 137
	nothing_is_left
}

@test "scancel: the program can take its leave, and nothing is left" {
	job --container="$B" sh -c 'trap "echo had TERM; exit 0" TERM; echo up; while :; do usleep 98765; done'
	scancel "$JOB"
	job_ended
	has "$out" 'had TERM'
	nothing_is_left
}

@test "scancel of a program that heeds no TERM: the epilog removes what the killed rrun left" {
	job --container="$B" sh -c 'echo up; exec sleep 98765'
	scancel -s KILL "$JOB"
	job_ended
	nothing_is_left
}

@test "a time limit ends the container, and nothing is left" {
	job -t 1 --container="$B" sh -c 'trap "echo had TERM; exit 0" TERM; echo up; while :; do usleep 98765; done'
	# Not in the second in which it began.
	eventually scontrol update "JobId=$JOB" EndTime=now
	job_ended
	has "$out" 'had TERM'
	# COMPLETING for as long as the node's clean-up takes.
	timed_out() { scontrol show job "$JOB" | grep -q JobState=TIMEOUT; }
	eventually timed_out
	nothing_is_left
}

@test "a limit tighter than the job's is refused, by the job's name, and nothing is started" {
	config '.linux.resources = { memory: { limit: 52428800 } }'
	try slurm_job alice --mem=200 --container="$B" sh -c 'echo started'
	equal "$status" 125
	equal "$out" ''
	has "$err" 'tighter than the batch job'
	has "$err" '/labnode_slurmstepd.scope/job_'
	has "$err" 'srun --mem='
	nothing_is_left
}

# In a job, one after the other: each line says what was tried, its status and where that ran.
in_job() {
	cat >"$T/tries" <<END
		say() { printf '%s: ' "\$1"; shift; "\$@" 2>&1; echo "status \$?"; }
		say tight rrun scope --memory 100m -- cat /proc/self/cgroup
		say loose rrun scope --memory 1g -- cat /proc/self/cgroup
		say pids rrun scope --pids 50 -- cat /proc/self/cgroup
		say path rrun run --bundle $B $ID-path
END
}

@test "no placement leaves a job: limits are held by it or refused" {
	config '.linux.cgroupsPath = "/user.slice/user-1000.slice/away" | .linux.namespaces |= map(select(.type != "cgroup"))'
	config_args cat /proc/self/cgroup
	in_job
	cp -p /etc/rrun/policy.conf "$T/policy"
	local place
	for place in auto sibling slice; do
		sed -i "s/^placement .*/placement $place/" /etc/rrun/policy.conf
		try slurm_job alice --mem=200 sh "$T/tries"
		matches "$out" $'tight: [^\n]*tighter than the batch job.*status 125\n'
		matches "$out" $'loose: .*task_0\nstatus 0\n'
		matches "$out" $'pids: .*/job_[0-9]+ .*status 125\n'
		matches "$out" 'path: .*task_0.status 0$'
		lacks "$out" user.slice
		lacks "$out" rrun.slice
		lacks "$out" /rrun-
	done
	cp -p "$T/policy" /etc/rrun/policy.conf
	nothing_is_left
}

@test "a tree made ready by a login is no way out: to run there or to exec there from a job is refused" {
	config_sh 'exec sleep 98765'
	config '.linux.resources = { memory: { limit: 104857600 } }'
	try login alice sh -c "rrun --root $T/state run --detach --bundle $B $ID >$T/run 2>&1 </dev/null"
	went_well
	local away pid
	pid=$(pid_of sleep)
	away=$(cgroup_of "$pid")
	has "$away" /rrun-1000-
	login alice systemd-run --user --scope -q -p Delegate=yes sleep 87654 >/dev/null 2>&1 3>&- 4>&- &
	in_time pgrep -u alice -f 'sleep 87654'
	in_job
	cat >>"$T/tries" <<END
		say exec rrun --root $T/state exec $ID cat /proc/self/cgroup
		say join sh -c 'echo \$\$ >$CG$away/cgroup.procs'
END
	try slurm_job alice --mem=200 env XDG_RUNTIME_DIR=/run/user/1000 sh "$T/tries"
	matches "$out" $'tight: [^\n]*tighter than the batch job.*status 125\n'
	matches "$out" $'loose: .*task_0\nstatus 0\n'
	matches "$out" $'exec: .*batch job, which is never left.*status 255\n'
	matches "$out" $'join: .*status [12]$'
	lacks "$out" $'\n0::/user.slice'
	# The same exec from a second login is as ever.
	try login alice rrun --root "$T/state" exec "$ID" cat /proc/self/cgroup
	went_well
	login alice rrun --root "$T/state" delete --force "$ID"
	logged_out alice
	nothing_is_left
}

@test "nobody gets out of what the policy names, be it a login" {
	cp -p /etc/rrun/policy.conf "$T/policy"
	echo 'never_leave session-*' >>/etc/rrun/policy.conf
	try login alice rrun scope --memory 1g -- cat /proc/self/cgroup
	cp -p "$T/policy" /etc/rrun/policy.conf
	equal "$status $out" '125 '
	has "$err" "a job's container stays in the job"
	has "$err" 'session-'
	logged_out alice
}

@test "rrun run inside a step, and sbatch --container" {
	config_sh 'echo inside; exit 4'
	try slurm_job alice rrun run --bundle "$B" "$ID"
	equal "$status $out" '4 inside'
	touch "$T/batch.out"
	chown alice "$T/batch.out"
	printf '#!/bin/sh\necho batch; exit 5\n' >"$T/batch"
	try bare alice PATH=/usr/bin:/bin sbatch --quiet --wait --chdir="$T" --output="$T/batch.out" --container="$B" "$T/batch"
	equal "$status" 5
	# Slurm asks RunTimeQuery for a container that is gone and writes into the output that the answer is no JSON.
	equal "$(grep -v '^slurmstepd-.*_try_parse: JSON parsing error' "$T/batch.out")" batch
	nothing_is_left
}
