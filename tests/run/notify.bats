# NOTIFY_SOCKET: a proxy between the container and the service manager.
load ../lib/rrun

prepare() { bundle_make; S=$T/manager.sock; }

# manager SECONDS COUNT: $T/out.manager has what came.
manager() {
	in_background manager as "$WHO" "$RRT_TOOLS/manager" "$S" "$@"
	eventually grep -q listening "$T/out.manager"
	AS_ENV=("NOTIFY_SOCKET=$S")
}
# In the foreground; ARGUMENTS are probe notify's.
notify() { config_args /bin/probe notify "$@" && try rr run --bundle "$B" "$ID"; }
said() { tail -n +2 "$T/out.manager"; }

@test "without NOTIFY_SOCKET the container has none" {
	config_sh 'echo "[$NOTIFY_SOCKET]"; ls -d /run/notify 2>&1'
	try rr run --bundle "$B" "$ID"
	has "$out" '[]'
	has "$out" 'No such file'
}

@test "READY is passed on with MAINPID, which is rrun's in the foreground" {
	manager 2
	notify READY=1
	went_well
	eventually ended manager
	matches "$(said)" 'READY=1'
	matches "$(said)" 'MAINPID=[0-9]+'
	lacks "$(said)" 'MAINPID=1|'
}

@test "a multi-line datagram is read whole: READY need not be first" {
	manager 2
	notify 'STATUS=almost\nX_OWN=1\nREADY=1'
	went_well
	eventually ended manager
	has "$(said)" READY=1
	has "$(said)" STATUS=almost
	lacks "$(said)" X_OWN
}

@test "READY must be the whole line" {
	manager 1
	notify 'READY=10' 'XREADY=1' 'STATUS=READY=1'
	eventually ended manager
	lacks "$(said | tr '|' '\n' | grep -x READY=1)" READY=1
}

@test "STATUS, RELOADING with its clock, and STOPPING pass" {
	manager 2
	notify READY=1 'STATUS=working hard' 'RELOADING=1\nMONOTONIC_USEC=123' STOPPING=1
	went_well
	eventually ended manager
	has "$(said)" 'STATUS=working hard'
	has "$(said)" 'RELOADING=1'
	has "$(said)" 'MONOTONIC_USEC=123'
	has "$(said)" 'STOPPING=1'
}

@test "nothing else passes: no MAINPID of the container's, no descriptor store, no watchdog" {
	manager 2
	notify 'READY=1\nMAINPID=77' 'FDSTORE=1\nFDNAME=x' 'WATCHDOG=1' 'MAINPID=88' 'BUSERROR=x' 'ERRNO=2' 'EXTEND_TIMEOUT_USEC=9' 'NOTIFYACCESS=all' 'WATCHDOG_USEC=1'
	went_well
	eventually ended manager
	has "$(said)" READY=1
	lacks "$(said)" 'MAINPID=77'
	lacks "$(said)" 'MAINPID=88'
	lacks "$(said)" FD
	lacks "$(said)" WATCHDOG
	lacks "$(said)" BUSERROR
	lacks "$(said)" ERRNO
	lacks "$(said)" EXTEND
	lacks "$(said)" NOTIFYACCESS
}

@test "BARRIER is answered after what came before it was passed on" {
	manager 2
	notify STATUS=before @barrier
	went_well
	has "$out" 'barrier passed'
	eventually ended manager
	has "$(said)" STATUS=before
}

@test "in the background READY ends the wait of run --detach's proxy, and MAINPID is init's" {
	manager 3
	config_sh 'probe notify READY=1; sleep 1000'
	try rr run -d --bundle "$B" "$ID"
	went_well
	pid=$(pid_of "$ID")
	eventually eval '[[ $(said) == *READY=1* ]]'
	matches "$(said | tr '|' '\n')" "MAINPID=$pid"
	removed
	eventually ended manager
}

@test "create does not wait; start passes READY on" {
	manager 4
	config_sh 'probe notify READY=1; sleep 1000'
	try rr create --bundle "$B" "$ID"
	went_well
	((ms <= 2000)) || fail "create took $ms ms"
	lacks "$(said)" READY
	pid=$(pid_of "$ID")
	try rr start "$ID"
	went_well
	eventually eval '[[ $(said) == *READY=1* ]]'
	matches "$(said | tr '|' '\n')" "MAINPID=$pid"
	removed
	eventually ended manager
}

@test "a container that never says READY does not hold run --detach for ever once it is dead" {
	manager 3
	config_args /bin/true
	try rr run -d --bundle "$B" "$ID"
	((ms <= 3000)) || fail "took $ms ms"
	eventually status_is "$ID" stopped
	removed
	eventually ended manager
}

@test "an abstract socket works" {
	S=@rrun-$ID
	manager 2
	notify READY=1
	went_well
	eventually ended manager
	has "$(said)" READY=1
}

@test "a manager that is gone is no error" {
	AS_ENV=("NOTIFY_SOCKET=$T/nobody")
	notify READY=1
	went_well
}

@test "the socket's directory is read-only inside" {
	manager 1
	config_sh 'rm -f $NOTIFY_SOCKET; touch /run/notify/x; ls /run/notify'
	try rr run --bundle "$B" "$ID"
	equal "$out" notify.sock
	eventually ended manager
}
