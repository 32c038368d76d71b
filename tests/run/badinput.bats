# Bad input: each ends within a second in one line that says what and where, with nothing left.
load ../lib/rrun

prepare() { bundle_make; }

# bad PATTERN [FILTER]: edited so, run and create refuse with it.
bad() {
	config_default "$WHO" >"$B/config.json"
	[[ -z ${2-} ]] || config "$2"
	refused 125 "$1" rr run --bundle "$B" "$ID"
	refused 1 "$1" rr create --bundle "$B" "$ID"
}
text() { printf '%b' "$1" >"$B/config.json"; }
both() {
	refused 125 "$1" rr run --bundle "$B" "$ID"
	refused 1 "$1" rr create --bundle "$B" "$ID"
	refused 1 "$1" rr run --detach --bundle "$B" "$ID"
}

@test "a missing bundle and a missing config.json" {
	refused 125 'nowhere' rr run --bundle "$T/nowhere" "$ID"
	rm "$B/config.json"
	both 'JSON specification file config.json not found'
}

@test "a config.json that is a directory, a FIFO, or may not be read" {
	rm "$B/config.json" && mkdir "$B/config.json"
	both 'config.json'
	rmdir "$B/config.json" && mkfifo "$B/config.json"
	both 'config.json'
	rm "$B/config.json"
	need_users
	touch "$B/config.json" && chmod 0600 "$B/config.json"
	both 'config.json'
}

@test "empty, truncated, and not JSON at all" {
	local document
	text ''
	both 'config.json'
	text '{'
	both 'config.json'
	text 'no json'
	both 'config.json'
	text '[]'
	both 'config.json|\(top level\)'
	text 'null'
	both 'config.json|\(top level\)'
	text '{} {}'
	both 'config.json'
	document=$(config_default "$WHO")
	for n in 1 10 100 1000 $((${#document} - 1)); do
		printf '%s' "${document:0:n}" >"$B/config.json"
		both 'config.json'
	done
}

@test "a hundred thousand levels deep" {
	printf '{"a":%s' "$(printf '[%.0s' {1..100000})" >"$B/config.json"
	both 'config.json.*(deep|nested|levels)'
	{ printf '{"annotations":'; printf '{"a":%.0s' {1..100000}; printf '1'; printf '}%.0s' {1..100001}; } >"$B/config.json"
	both 'config.json.*(deep|nested|levels)'
}

@test "sixty-four megabytes, and memory stays below 256" {
	{ printf '{"annotations":{"a":"'; head -c 64M /dev/zero | tr '\0' x; printf '"}}'; } >"$B/config.json"
	both 'config.json.*(large|size|bytes)'
	truncate -s 10G "$B/config.json"
	both 'config.json.*(large|size|bytes)'
}

@test "just below the limit it is read within a second" {
	head -c 2000000 /dev/zero | tr '\0' x >"$T/big"
	config '.annotations = { a: $big }' --rawfile big "$T/big"
	config_args /bin/true
	try rr run --bundle "$B" "$ID"
	went_well
	((ms <= 1000)) || fail "took $ms ms"
}

@test "a hundred thousand small values are read or refused within a second" {
	config '.annotations = ([range(100000) | { key: "k\(.)", value: "v" }] | from_entries)'
	config_args /bin/true
	try rr run --bundle "$B" "$ID"
	((status == 0 || status == 125)) || fail "status $status"
	((ms <= 2000)) || fail "took $ms ms"
}

@test "a key that stands twice" {
	config_default "$WHO" | sed 's/"hostname"/"hostname": "first", "hostname"/' >"$B/config.json"
	both 'hostname'
	config_default "$WHO" | sed '0,/"uid"/s//"uid": 1, "uid"/' >"$B/config.json"
	both 'process\.user.*uid|uid'
}

@test "text that is not UTF-8, and NUL in a string" {
	config_default "$WHO" | sed 's/"probe"/"\xff\xfe"/' >"$B/config.json"
	both 'config.json'
	config_default "$WHO" | sed 's/"probe"/"a\\u0000b"/' >"$B/config.json"
	both 'hostname|config.json'
	config_default "$WHO" | sed 's/"probe"/"\\ud800"/' >"$B/config.json"
	try rr run --bundle "$B" "$ID"
	((status == 0 || status == 125)) || fail "status $status"
}

@test "wrong types, each by its path" {
	bad 'ociVersion' '.ociVersion = 1'
	bad 'ociVersion' 'del(.ociVersion)'
	bad 'process' '.process = "sh"'
	bad 'process\.args' '.process.args = "sh"'
	bad 'process\.args\[1\]' '.process.args = ["sh", 1]'
	bad 'process\.env\[0\]' '.process.env = [null]'
	bad 'process\.cwd' '.process.cwd = 1'
	bad 'process\.terminal' '.process.terminal = "yes"'
	bad 'process\.user' '.process.user = 0'
	bad 'process\.user\.uid' '.process.user.uid = "root"'
	bad 'process\.user\.gid' '.process.user.gid = 1.5'
	bad 'process\.user\.umask' '.process.user.umask = -1'
	bad 'process\.user\.additionalGids\[0\]' '.process.user.additionalGids = ["x"]'
	bad 'process\.capabilities' '.process.capabilities = []'
	bad 'process\.capabilities\.bounding' '.process.capabilities.bounding = "CAP_KILL"'
	bad 'process\.rlimits' '.process.rlimits = {}'
	bad 'process\.rlimits\[0\]\.soft' '.process.rlimits[0].soft = "1"'
	bad 'process\.rlimits\[0\]\.type' 'del(.process.rlimits[0].type)'
	bad 'process\.oomScoreAdj' '.process.oomScoreAdj = "0"'
	bad 'process\.noNewPrivileges' '.process.noNewPrivileges = 1'
	bad 'root' '.root = "rootfs"'
	bad 'root\.path' '.root.path = 1'
	bad 'root\.path' 'del(.root.path)'
	bad 'root\.readonly' '.root.readonly = "true"'
	bad 'hostname' '.hostname = 1'
	bad 'mounts' '.mounts = {}'
	bad 'mounts\[0\]' '.mounts = ["/proc"]'
	bad 'mounts\[0\]\.options\[0\]' '.mounts[0].options = [1]'
	bad 'linux' '.linux = []'
	bad 'linux\.namespaces' '.linux.namespaces = {}'
	bad 'linux\.namespaces\[0\]' '.linux.namespaces[0] = "user"'
	bad 'linux\.maskedPaths' '.linux.maskedPaths = "/proc"'
	bad 'linux\.readonlyPaths\[0\]' '.linux.readonlyPaths = [1]'
	bad 'linux\.seccomp' '.linux.seccomp = []'
	bad 'linux\.devices' '.linux.devices = {}'
	bad 'annotations' '.annotations = []'
	bad 'annotations\.a|annotations' '.annotations = { a: 1 }'
}

@test "values out of range, each by its path" {
	bad 'process\.user\.uid' '.process.user.uid = 4294967296'
	bad 'process\.user\.gid' '.process.user.gid = -1'
	bad 'process\.user\.additionalGids\[0\]' '.process.user.additionalGids = [4294967296]'
	bad 'process\.oomScoreAdj' '.process.oomScoreAdj = 1001'
	bad 'linux\.uidMappings\[0\]\.size' '.linux.uidMappings[0].size = 4294967296'
	bad 'linux\.gidMappings\[0\]\.hostID' '.linux.gidMappings[0].hostID = 99999999999'
	bad 'hostname' '.hostname = ([range(100) | "x"] | join(""))'
	bad 'ociVersion' '.ociVersion = "9.0.0"'
	bad 'ociVersion' '.ociVersion = "one"'
}

@test "what is not supported yet is refused by name, never ignored" {
	bad 'linux\.intelRdt is not supported yet' '.linux.intelRdt = { closID: "x" }'
	bad 'hooks.*not supported yet' '.hooks = { prestart: [{ path: "/bin/true" }] }'
	bad 'linux\.sysctl.*not supported yet' '.linux.sysctl = { "net.ipv4.ip_forward": "1" }'
	bad 'linux\.netDevices.*not supported yet' '.linux.netDevices = { eth0: {} }'
	bad 'linux\.personality.*not supported yet' '.linux.personality = { domain: "LINUX32" }'
	bad 'linux\.timeOffsets.*not supported yet' '.linux.timeOffsets = { monotonic: { secs: 1 } }'
	bad 'process\.scheduler.*not supported yet' '.process.scheduler = { policy: "SCHED_BATCH" }'
	bad 'process\.ioPriority.*not supported yet' '.process.ioPriority = { class: "IOPRIO_CLASS_BE", priority: 3 }'
}

@test "empty forms of what is not supported yet are no request" {
	config '.hooks = {} | .linux.sysctl = {} | .linux.resources = {}'
	inside 'echo here'
	went_well
	equal "$out" here
}

@test "what the specification does not know is ignored" {
	config '.futureProperty = { x: 1 } | .process.future = 1 | .linux.future = []'
	inside 'echo here'
	went_well
	equal "$out" here
}

@test "the words of the command line: verbs, options, counts" {
	refused 1 'unknown verb' rr frobnicate
	refused 1 'not supported yet' rr restore x
	refused 125 '--no-such-option' rr run --no-such-option --bundle "$B" "$ID"
	refused 125 'bundle' rr run "$ID" --bundle
	refused 125 'ID' rr run --bundle "$B"
	refused 125 'exactly|argument|sh' rr run --bundle "$B" alpine sh
	refused 1 'argument|ID' rr create
	refused 1 'argument|ID' rr state a b
	try rr --cgroup-manager x list
	equal "$status" 1
	matches "$(head -n 1 "$T.err")" 'cgroup-manager "x"'
}

@test "\`rrun run alpine sh\` says what run takes" {
	try rr run alpine sh
	equal "$status" 125
	matches "$err" 'bundle'
	lacks "$err" 'config.json not found'
}

@test "words of the code's insides never reach a user" {
	local filter
	for filter in '.linux.uidMappings[0].hostID = 4242' '.linux.uidMappings += .linux.uidMappings' '.root.path = "x"' '.mounts[0].type = "x"'; do
		config_default "$WHO" >"$B/config.json"
		config "$filter"
		try rr run --bundle "$B" "$ID"
		((status == 125)) || fail "$filter: $status"
		[[ ! $err =~ (extent|judge|PREPARE|VERDICT|SYNC_|plan_|stage_) ]] || fail "$err"
		matches "$err" 'RR-[A-Z]+-[0-9][0-9]'
	done
}

@test "ids that are taken or malformed leave no directory" {
	refused 125 'invalid container ID format' rr run --bundle "$B" a/../b
	running
	refused 125 'already exists' rr run --bundle "$B" "$ID"
	removed
}

@test "a huge argument list and environment end in an answer" {
	head -c 2000000 /dev/zero | tr '\0' x >"$T/big"
	config '.process.env += ["BIG=" + $big]' --rawfile big "$T/big"
	config_args /bin/true
	try rr run --bundle "$B" "$ID"
	((status != 0)) || fail "the kernel takes no string of two megabytes"
	((ms <= 1000)) || fail "took $ms ms"
	has "$err" 'rrun run failed'
}

@test "what the child says is never lost, however fast it ends" {
	local i
	config '.mounts += [{ destination: "/mnt", type: "bind", source: "/root/not-yours", options: ["bind"] }]'
	for i in {1..40}; do
		try rr run --bundle "$B" "$ID"
		equal "$status" 125
		has "$err" 'mounts[7]: bind /root/not-yours'
	done
}
