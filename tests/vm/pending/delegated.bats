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
