# Where alice has a cgroup tree of her own, rrun uses it and the helper makes none; and engines in a scope of
# rrun's, which is such a tree, hold their own limits below it.
load ../lib

MIB=$((1 << 20))
POLICY=/etc/rrun/policy.conf

teardown() { [[ ! -e $T/policy.conf ]] || cat "$T/policy.conf" >$POLICY; }

cgroup_off() {
	cp $POLICY "$T/policy.conf"
	sed -i 's/^cgroup on$/cgroup off/' $POLICY
	grep -qx 'cgroup off' $POLICY
}

said() { sed -n "s|^$1 ||p" <<<"$out"; }

@test "in a scope that systemd delegated the limits are exact, without the helper, and go with the container" {
	bundle "$B" alice
	config_sh 'exec sleep 1000'
	config '.linux.resources = { memory: { limit: 67108864 }, pids: { limit: 30 }, cpu: { quota: 20000, period: 100000 } }'
	cgroup_off
	cat >"$T/script" <<-END
		rrun run --bundle $B $ID.no 2>&1 | head -n 3
		systemd-run --quiet --user --scope -p Delegate=yes \
			rrun run --detach --bundle $B $ID </dev/null >/dev/null 2>$T/run.err || exit
		echo "mine \$(cut -d: -f3 /proc/self/cgroup)"
		path=\$(cut -d: -f3 /proc/\$(rrun state $ID | jq .pid)/cgroup)
		echo "path \$path"
		for file in memory.max pids.max cpu.max; do echo "\$file \$(<$CG\$path/\$file)"; done
		rrun delete --force $ID
		[[ -e $CG\$path ]] || echo "then gone"
	END
	try login alice bash "$T/script"
	cat "$T/run.err"
	went_well
	has "$out" 'the site has switched cgroups off'
	matches "$(said mine)" '/session-[0-9]+.scope$'
	matches "$(said path)" '^/user.slice/user-1000.slice/user@1000.service/app.slice/run-[^/]*.scope/'
	equal "$(said memory.max)" $((64 * MIB))
	equal "$(said pids.max)" 30
	equal "$(said cpu.max)" '20000 100000'
	equal "$(said then)" gone
	equal "$(find "$CG" -type d -name 'rrun-*')" ''
}

@test "podman with cgroupfs in rrun scope, without a user bus: its limit and the scope's are both in force" {
	bundle "$B" alice
	# Without --cgroup-parent podman 4.3 makes no cgroup and ignores -m: memory.max is max.
	cat >"$T/within" <<-END
		own=\$(cut -d: -f3 /proc/self/cgroup)
		echo "scope \${own%/main}"
		echo "outer \$(<$CG\${own%/ctr/main}/memory.max)"
		podman --cgroup-manager cgroupfs run -d --cgroup-parent \${own%/main} --name $ID --network none -m 100m --rootfs $B/rootfs sleep 1000 >/dev/null || exit
		path=\$(cut -d: -f3 /proc/\$(podman inspect -f '{{.State.Pid}}' $ID)/cgroup)
		echo "path \$path"
		echo "inner \$(<$CG\$path/memory.max)"
		podman exec $ID dd if=/dev/zero of=/dev/null bs=200M count=1 2>/dev/null
		echo "dd \$?"
		podman rm -f -t 0 $ID >/dev/null
		dd if=/dev/zero of=/dev/null bs=400M count=1 2>/dev/null
		echo "dd2 \$?"
	END
	try login alice env -u DBUS_SESSION_BUS_ADDRESS -u XDG_RUNTIME_DIR \
		rrun scope --memory 300M -- bash "$T/within"
	matches "$(said scope)" '^/user.slice/user-1000.slice/rrun-1000-[0-9a-f]{16}/ctr$'
	equal "$(said outer)" $((300 * MIB))
	matches "$(said path)" "^$(said scope)/"
	equal "$(said inner)" $((100 * MIB))
	equal "$(said dd)" 137
	equal "$(said dd2)" 137
	equal "$(find "$CG" -type d -name 'rrun-1000-*')" ''
}
