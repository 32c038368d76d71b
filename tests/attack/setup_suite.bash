# bats tests/attack: users, a helper of this tree and its policy, in a directory of their own. Below
# tests/check they are there already and this does nothing.
#
# Promises: all that it makes is taken away again when bats ends, however it ends; what a killed run
# left is cleared by the next.
# shellcheck shell=bash

setup_suite() {
	[[ -z ${RRT_DIR-} ]] || return 0
	((EUID == 0)) || return 0
	local tree
	tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
	export RRT_DIR=/opt/rrun-attack-$$ RRT_TAG=k$$ RRT_USERS=1 ATTACK_ALONE=1
	# shellcheck source=tests/lib/users.bash
	source "$tree/tests/lib/users.bash"
	attack_clear_stale
	mkdir -p "$RRT_DIR" && chmod 0755 "$RRT_DIR"
	# The lock tells tests/check that the users are of a living run.
	exec 9>"$RRT_DIR/lock"
	flock -n 9 || return 1
	env -u MAKEFLAGS -u MAKELEVEL make -s -j "$(nproc)" -C "$tree" "BUILD=$RRT_DIR/build" "PREFIX=$RRT_DIR/prefix" \
		"POLICY_PATH=$RRT_DIR/etc/policy.conf" install-helper >"$RRT_DIR/install.log" 2>&1 9>&- ||
		{ cat "$RRT_DIR/install.log" && return 1; }
	export HELPER=$RRT_DIR/prefix/libexec/rrun/rrun-helper POLICY=$RRT_DIR/etc/policy.conf
	users_make || return 1
	export RRT_A=rrt${RRT_TAG}a RRT_B=rrt${RRT_TAG}b RRT_NONE=rrt${RRT_TAG}n
}

attack_clear_stale() {
	local name dir
	while read -r name dir; do
		[[ $dir == /opt/rrun-attack-* ]] || continue
		users_remove "$name" || true
		rm -rf --one-file-system "$dir"
	done < <(users_stale)
}

teardown_suite() {
	[[ ${ATTACK_ALONE-} == 1 ]] || return 0
	mapfile -t names < <(users_names)
	users_remove "${names[@]}" || true
	rm -rf --one-file-system "$RRT_DIR"
}
