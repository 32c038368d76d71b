# The users that suites run as, and how a test becomes one of them.
#
# Promises: as USER CMD… runs CMD as that user, with the user's groups, an environment of five names
# and without descriptors of bats and check. users_make makes a and b with disjoint ranges of 65536 ids, and none with
# none; users_remove takes them, their processes and their files away, also those of a killed run.
# Takes: RRT_DIR, a root-owned directory below /opt; RRT_TAG, a few characters that name this tree.
#
# What a suite finds in its environment:
#   RRT_DIR       private to this run, removed after it        RRUN    the installed rrun
#   RRT_USERS     1 when the users below exist (run as root)   HELPER  the installed rrun-helper, 04711
#   RRT_TOOLS     the programs made of tests/lib/*.c           POLICY  the policy.conf they read
#   RRT_A RRT_B RRT_NONE            names of the users
# as well as, by these functions: uid_of NAME, gid_of NAME, range_of NAME (first id of the range),
# group_range_of NAME, home_of NAME, runtime_of NAME.
# Without users (RRT_USERS=0) all three names are the one who runs the suite, who counts as one id.
# shellcheck shell=bash

uid_of() { id -u "$1"; }
gid_of() { id -g "$1"; }
range_of() { awk -F: -v n="$1" '$1 == n { print $2; exit }' /etc/subuid; }
group_range_of() { awk -F: -v n="$1" '$1 == n { print $2; exit }' /etc/subgid; }
home_of() { printf '%s\n' "$RRT_DIR/home/$1"; }
runtime_of() { printf '%s\n' "$RRT_DIR/run/$1"; }

# AS_ENV=(NAME=value …) adds to the environment.
as() {
	local name=$1 become=()
	shift
	((EUID == 0)) && become=(setpriv "--reuid=$name" "--regid=$name" --init-groups --)
	"${become[@]}" env -i \
		PATH=/usr/local/bin:/usr/bin:/bin HOME="$(home_of "$name")" USER="$name" TERM=xterm \
		XDG_RUNTIME_DIR="$(runtime_of "$name")" ${AS_ENV[@]+"${AS_ENV[@]}"} "$@" 3>&- 4>&- 9>&-
}

users_names() { printf '%s\n' "rrt${RRT_TAG}a" "rrt${RRT_TAG}b" "rrt${RRT_TAG}n"; }

user_make() {
	touch /etc/subuid /etc/subgid
	users_directories "$1"
	useradd --no-create-home --home-dir "$(home_of "$1")" --shell /bin/bash --user-group \
		--comment "rrun test $RRT_DIR" -K UID_MIN=20000 -K UID_MAX=59999 \
		-K SUB_UID_COUNT=65536 -K SUB_GID_COUNT=65536 "$1" || return 1
	chown "$1:$1" "$(home_of "$1")" "$(runtime_of "$1")"
	[[ -n $(range_of "$1") && -n $(group_range_of "$1") ]]
}

users_make() {
	local name
	for name in $(users_names); do
		user_make "$name" || return 1
	done
	name=rrt${RRT_TAG}n
	usermod --del-subuids "$(users_line "$name" /etc/subuid)" \
		--del-subgids "$(users_line "$name" /etc/subgid)" "$name"
	[[ -z $(range_of "$name") ]] && users_disjoint
}

users_directories() {
	install -d -m 0755 "$RRT_DIR/home" "$RRT_DIR/run"
	install -d -m 0755 "$(home_of "$1")"
	install -d -m 0700 "$(runtime_of "$1")"
}

users_line() { awk -F: -v n="$1" '$1 == n { printf "%d-%d", $2, $2 + $3 - 1; exit }' "$2"; }

users_disjoint() {
	local a b
	a=$(range_of "rrt${RRT_TAG}a") b=$(range_of "rrt${RRT_TAG}b")
	((a + 65536 <= b || b + 65536 <= a))
}

# Print "FIRST LAST" of every host id that belongs to NAME.
users_ids() {
	printf '%s %s\n' "$(uid_of "$1")" "$(uid_of "$1")"
	awk -F: -v n="$1" '$1 == n { print $2, $2 + $3 - 1 }' /etc/subuid
}

# Print the pid of every process whose real or effective uid belongs to one of NAMES; zombies too.
users_processes() {
	local name
	grep -s ^Uid: /proc/[0-9]*/status | awk '
		phase == 1 { first[++n] = $1; last[n] = $2; next }
		{
			split($1, path, "/")
			for (i = 1; i <= n; i++)
				if (($2 >= first[i] && $2 <= last[i]) || ($3 >= first[i] && $3 <= last[i])) { print path[3]; break }
		}' phase=1 <(for name; do users_ids "$name"; done) phase=2 -
}

users_kill() {
	# Where the names are those of the one who runs the suite, that would be us.
	[[ ${RRT_USERS-1} == 1 ]] || return 0
	local pids try
	for try in {1..50}; do
		mapfile -t pids < <(users_processes "$@")
		((${#pids[@]})) || return 0
		kill -KILL "${pids[@]}" 2>/dev/null
		((try > 1)) && sleep 0.1
	done
	return 1
}

# Every user that a run whose directory is gone or not locked left behind: NAME, DIR.
users_stale() {
	local name comment dir
	while IFS=: read -r name _ _ _ comment _; do
		[[ $name == rrt* && $comment == 'rrun test /'* ]] || continue
		dir=${comment#rrun test }
		[[ -e $dir/lock ]] && ! flock -n "$dir/lock" true && continue
		printf '%s %s\n' "$name" "$dir"
	done </etc/passwd
}

users_remove() {
	local name
	for name; do
		getent passwd "$name" >/dev/null || continue
		users_kill "$name"
		rm -rf "/tmp/rrun-$(uid_of "$name")" "/run/rrun/$(uid_of "$name")"
		# The helper leaves a user's directory in the slice; another user of that number must not find it.
		find /sys/fs/cgroup/{,unified/}rrun.slice/"user-$(uid_of "$name")" -depth -type d -exec rmdir {} + 2>/dev/null
		userdel "$name" >/dev/null 2>&1 || userdel --force "$name" >/dev/null 2>&1
		getent group "$name" >/dev/null && groupdel "$name"
	done
}
