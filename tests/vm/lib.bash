# What every suite of tests/vm/suites loads. It runs as root on the node; rrun is /usr/bin/rrun, set up by
# `make install install-helper PREFIX=/usr`, its policy the shipped one.
#
# Ways to be somebody. Each runs CMD, gives its output and ends with its status; words stay words:
#   login USER CMD…        in an ssh session: logind's session-N.scope, and a user manager
#   login_tty USER CMD…    the same with a terminal
#   cron_job USER CMD…     as a job of USER's crontab: in cron.service, no session
#   service_of USER [-p PROPERTY=VALUE]… CMD…     as a system service with User=: no session
#   slurm_job USER [SRUN OPTION]… CMD…            as a step of a job of its own, submitted without a session
#   bare USER CMD…         nothing but the ids; the cgroup is the suite's, the environment is empty
# ssh and systemd-run wait for whoever holds their output: give a detached container files of its own. None of
# them waits longer than four minutes (status 124).
#   logged_out USER        end USER's sessions and user manager, and wait until they are gone. A manager
#                          outlives the last session by ten seconds: begin with this where there may be none
#
# Of containers:
#   bundle DIR USER        a bundle below DIR with busybox and probe, config.json by `rrun spec` as USER:
#                          all ids of USER. Not a terminal; runs `true`
#   B=DIR, then            config FILTER, config_args WORD…, config_sh SCRIPT of tests/lib/bundle.bash
#
# Of cgroups: cgroup_of [PID] (the path in the unified hierarchy), CG (/sys/fs/cgroup).
# To assert with: tests/lib/words.bash. TOOLS has the programs made of tests/lib/*.c.
#
# Each test has T, a directory that everyone can enter and write to, and ID, a container id. One suite is one run
# of the node: its tests see what those before them left, no other suite does. A suite that needs another
# node says so in a comment of its own: "# vm: --append systemd.unified_cgroup_hierarchy=0", or any other
# option of tests/vm/run. Emulated, the node is 15 to 35 times slower than its host: assert no times.
# A suite may define prepare, which runs before each test.
# shellcheck shell=bash disable=SC2034,SC2154

bats_require_minimum_version 1.5.0
vm_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=tests/lib/words.bash
source "$vm_here/../lib/words.bash"
# shellcheck source=tests/lib/bundle.bash
source "$vm_here/../lib/bundle.bash"

TOOLS=/lab/work/build/vm/tests/lib
CG=/sys/fs/cgroup
# What never ends fails alone, with 124, and not with the whole node.
PATIENT=(timeout -k 10 240)

setup() {
	[[ -e /lab/work ]] || { echo "run suites through tests/vm/check, in the node" && return 1; }
	ID=t$BATS_TEST_NUMBER
	T=/srv/t/$ID B=$T/bundle
	mkdir -p "$T"
	chmod 1777 "$T"
	declare -F prepare >/dev/null && prepare
	return 0
}

login() {
	local user=$1
	shift
	"${PATIENT[@]}" ssh -q -o BatchMode=yes "$user@localhost" "${*@Q}"
}

login_tty() {
	local user=$1
	shift
	"${PATIENT[@]}" ssh -q -tt -o BatchMode=yes "$user@localhost" "${*@Q}"
}

# An @reboot job: cron runs it at its start, in the same way as it runs the others each minute. It takes
# /run/crond.reboot for "this boot's are done".
cron_job() {
	local user=$1 dir try
	shift
	dir=$(mktemp -d /srv/cron.XXXXXX)
	chmod 0711 "$dir"
	printf '%s\n' "${*@Q} </dev/null >$dir/out 2>$dir/err" "echo \$? >$dir/status" >"$dir/job"
	touch "$dir"/{out,err,status}
	chown "$user:" "$dir"/*
	echo "@reboot /bin/bash $dir/job" | crontab -u "$user" -
	rm -f /run/crond.reboot
	systemctl reset-failed cron
	systemctl restart cron
	for try in {1..600}; do
		[[ -s $dir/status ]] && break
		sleep 0.2
	done
	crontab -u "$user" -r
	cat "$dir/out"
	cat "$dir/err" >&2
	[[ -s $dir/status ]] || { echo "cron_job: no end of it after $try looks" >&2 && return 124; }
	return "$(<"$dir/status")"
}

# systemd-run expands variables in words; $$ is a dollar.
service_of() {
	local user=$1
	shift
	"${PATIENT[@]}" systemd-run --quiet --wait --pipe --collect --service-type=exec -p User="$user" "${@//\$/\$\$}"
}

bare() {
	local user=$1
	shift
	"${PATIENT[@]}" setpriv --reuid="$user" --regid="$user" --init-groups env -i "$@" 3>&- 4>&-
}

slurm_job() {
	local user=$1
	shift
	bare "$user" PATH=/usr/local/bin:/usr/bin:/bin HOME="/home/$user" srun --quiet --chdir=/ "$@"
}

logged_out() {
	local uid
	uid=$(id -u "$1")
	loginctl terminate-user "$1" 2>/dev/null || true
	systemctl stop "user@$uid.service" "user-runtime-dir@$uid.service" "user-$uid.slice"
	eventually vanished "/run/user/$uid" "$CG/user.slice/user-$uid.slice"
}
vanished() {
	local path
	for path; do [[ ! -e $path ]] || return 1; done
}

bundle() {
	local dir=$1 user=$2
	mkdir -p "$dir"/rootfs/{bin,dev,etc,proc,sys,tmp,root,home,run,var,mnt,usr}
	ln -s ../bin "$dir/rootfs/usr/bin"
	cp /bin/busybox "$TOOLS/probe" "$dir/rootfs/bin/"
	# Links to /usr/bin/busybox, which is there inside as well.
	/bin/busybox --install -s "$dir/rootfs/bin" 2>/dev/null || true
	chown -hR "$user:" "$dir"
	bare "$user" rrun spec --bundle "$dir" || return
	B=$dir config '.process.terminal = false'
	B=$dir config_args true
}

cgroup_of() { sed -n 's/^0:://p' "/proc/${1:-self}/cgroup"; }
