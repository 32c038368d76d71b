# linux.seccomp of the OCI runtime specification from containers-common's seccomp.json, as podman makes
# it: rules whose conditions hold for this architecture and these capabilities, conditions left out.
# Takes: --arg arch (Go's name), --arg native (SCMP_ARCH_...), --argjson caps (["CAP_..."]).

def holds($arch; $caps):
	(.includes.arches == null or (.includes.arches | index($arch)))
	and (.includes.caps == null or ((.includes.caps - $caps) | length == 0))
	and (.excludes.arches == null or (.excludes.arches | index($arch) | not))
	and (.excludes.caps == null or ((.excludes.caps - $caps) == .excludes.caps));

{
	defaultAction,
	defaultErrnoRet,
	architectures: [.archMap[] | select(.architecture == $native) | .architecture, .subArchitectures[]],
	syscalls: [
		.syscalls[]
		| select(holds($arch; $caps))
		| { names, action }
			+ (if .errnoRet then { errnoRet } else {} end)
			+ (if (.args // []) | length > 0 then { args } else {} end)
	]
}
