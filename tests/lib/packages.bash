# Debian packages: which of a list are missing, and how they come.
#
# Promises: nothing that is there is asked for again; a static busybox is never put in the place of
# another busybox package: it is unpacked beside it.
# shellcheck shell=bash disable=SC2034

BUILD_PACKAGES=(gcc make libc6-dev libcap-ng-dev libseccomp-dev libyajl-dev)
RUN_PACKAGES=(busybox-static uidmap)
CHECK_PACKAGES=(libcmocka-dev bats jq strace cloc shellcheck procps)

package_is_there() {
	# A line for each architecture that it is installed for.
	dpkg-query -W -f='${Status}\n' "$1" 2>/dev/null | grep -qx 'install ok installed'
}

# Print those of the arguments that are not installed.
packages_missing() {
	local name
	for name; do
		case $name in
		gcc) command -v gcc >/dev/null && continue ;;
		busybox-static) busybox_is_static && continue ;;
		esac
		package_is_there "$name" || printf '%s\n' "$name"
	done
}

busybox_is_static() {
	local path
	path=$(command -v busybox) && ! ldd "$path" >/dev/null 2>&1
}

packages_install() {
	(($#)) || return 0
	export DEBIAN_FRONTEND=noninteractive
	if ! apt-get install -y -q --no-install-recommends "$@" </dev/null; then
		apt-get update -q </dev/null
		apt-get install -y -q --no-install-recommends "$@" </dev/null
	fi
}

# busybox_find DIR: print the path of a static busybox, unpacked below DIR if another one is installed.
busybox_find() {
	if busybox_is_static; then
		command -v busybox
		return
	fi
	mkdir -p "$1" && (cd "$1" && apt-get download -q busybox-static >/dev/null && dpkg -x ./*.deb .) &&
		find "$1" -name busybox -type f | head -n 1
}
