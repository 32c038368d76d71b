# The node is what the other suites take it for, and rrun runs on it in each of their ways.
load ../lib

controllers() { tr ' ' '\n' <"$1" | sort | paste -sd ' '; }

@test "systemd is process 1 and no unit has failed" {
	equal "$(cat /proc/1/comm)" systemd
	try systemctl is-system-running
	equal "$out" running
}

@test "cgroup v2 alone, with nsdelegate and every controller that limits" {
	equal "$(stat -f -c %T /sys/fs/cgroup)" cgroup2fs
	equal "$(grep -c ' - cgroup ' /proc/self/mountinfo)" 0
	has "$(grep ' - cgroup2 ' /proc/self/mountinfo)" nsdelegate
	local controller
	for controller in cpuset cpu io memory pids; do
		has " $(<$CG/cgroup.controllers) " " $controller "
	done
}

@test "alice and bob have ranges, carol has none" {
	equal "$(grep -h '^alice:' /etc/subuid /etc/subgid | sort -u)" alice:100000:65536
	equal "$(grep -h '^bob:' /etc/subuid /etc/subgid | sort -u)" bob:165536:65536
	equal "$(grep -hc '^carol:' /etc/subuid)" 0
	equal "$(id -u carol)" 1002
}

@test "the helper is set-uid root, the policy root's, as make install-helper leaves them" {
	equal "$(stat -c '%a %u %g' /usr/libexec/rrun/rrun-helper)" '4711 0 0'
	equal "$(stat -c '%a %u' /etc/rrun/policy.conf)" '644 0'
}

@test "a login is a session scope, with a user manager that is delegated cpu, memory and pids" {
	try login alice sh -c 'cat /proc/self/cgroup; echo "$XDG_RUNTIME_DIR"; systemctl --user is-system-running --wait'
	matches "$out" '^0::/user.slice/user-1000.slice/session-[0-9]+.scope'
	has "$out" /run/user/1000
	local manager=$CG/user.slice/user-1000.slice/user@1000.service
	equal "$(stat -c %U "$manager")" alice
	equal "$(stat -c %U "$manager/..")" root
	equal "$(controllers "$manager/cgroup.controllers")" 'cpu memory pids'
}

@test "logged_out leaves no manager and no runtime directory" {
	login alice true
	[[ -e /run/user/1000 ]]
	logged_out alice
	[[ ! -e /run/user/1000 ]]
}

@test "words stay words, output and status come back, in every way" {
	local way
	for way in login cron_job service_of bare slurm_job; do
		try "$way" alice sh -c 'printf "%s|" "$@"; echo wrong >&2; exit 7' sh 'a  b' "c'd" '$HOME'
		equal "$way $status $out" "$way 7 a  b|c'd|\$HOME|"
		# srun adds a line of its own.
		equal "$(head -n 1 <<<"$err")" wrong
	done
}

@test "a cron job of alice's has no session, and is in cron.service" {
	try cron_job alice sh -c 'id -un; cat /proc/self/cgroup; echo "runtime ${XDG_RUNTIME_DIR-none}"'
	went_well
	equal "$out" $'alice\n0::/system.slice/cron.service\nruntime none'
}

@test "a service of alice's is in a cgroup of its own, root's unless delegated" {
	try service_of alice sh -c 'id -un; cat /proc/self/cgroup; stat -c %U "/sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)"'
	went_well
	matches "$out" $'^alice\n0::/system.slice/run-u[0-9]+.service\nroot$'
	try service_of alice -p Delegate=yes sh -c 'stat -c %U "/sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)"'
	equal "$out" alice
}

@test "bare is alice with an empty environment, in the cgroup of the suite" {
	try bare alice sh -c 'id -un; id -Gn; cat /proc/self/cgroup'
	equal "$out" $'alice\nalice\n0::'"$(cgroup_of)"
	try bare alice env
	equal "$out" ''
}

@test "Slurm is idle, and a step is in the job's cgroup under a limit of memory" {
	equal "$(sinfo -h -o %T)" idle
	try slurm_job alice sh -c 'id -un; cat /proc/self/cgroup; echo "runtime ${XDG_RUNTIME_DIR-none}"'
	went_well
	matches "$out" $'^alice\n0::(/system.slice/labnode_slurmstepd.scope/job_[0-9]+)/step_0/user/task_0\nruntime none$'
}

@test "rrun over ssh: all ids, through the helper" {
	bundle "$B" alice
	config_sh 'cat /proc/self/uid_map; exec sleep 1000'
	try login alice sh -c "
		rrun run --detach --bundle $B $ID >$T/map 2>$T/errors || { cat $T/errors >&2; exit 1; }
		cat /run/user/1000/rrun/$ID/state.json"
	went_well
	equal "$(jq -r .ids <<<"$out")" helper
	matches "$(<"$T/map")" '1 +100000 +65536'
	try login alice rrun delete --force "$ID"
	went_well
}

@test "rrun over ssh with a terminal: the container has one of its own" {
	bundle "$B" alice
	config '.process.terminal = true'
	config_sh 'test -t 0 && tty; stty size'
	try login_tty alice rrun run --bundle "$B" "$ID"
	went_well
	matches "$out" '^/dev/(pts/0|console)'
}

@test "rrun in a Slurm step: all ids, through the helper, in the cgroup of the step" {
	bundle "$B" alice
	config_sh 'cat /proc/self/uid_map; exec sleep 1000'
	try slurm_job alice sh -c "
		rrun --root $T/state run --detach --bundle $B $ID >$T/map 2>$T/errors || { cat $T/errors >&2; exit 1; }
		cat $T/state/$ID/state.json >$T/state.json
		cat /proc/\$(rrun --root $T/state state $ID | jq .pid)/cgroup
		rrun --root $T/state delete --force $ID"
	went_well
	equal "$(jq -r .ids "$T/state.json")" helper
	matches "$(<"$T/map")" '1 +100000 +65536'
	has "$out" /step_0/user/task_0
}

@test "srun --container: rrun is Slurm's runtime, and the status is the program's" {
	bundle "$B" alice
	try slurm_job alice --container="$B" sh -c 'cat /proc/self/uid_map; exit 9'
	equal "$status" 9
	matches "$out" '1 +100000 +65536'
}

@test "rrun as a cron job, as a service and with an empty environment" {
	bundle "$B" alice
	config_sh 'cat /proc/self/uid_map; exit 5'
	local way
	for way in cron_job service_of bare; do
		try "$way" alice rrun run --bundle "$B" "$ID"
		equal "$way $status" "$way 5"
		matches "$out" '1 +100000 +65536'
	done
}
