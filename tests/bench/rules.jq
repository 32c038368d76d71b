# linux.seccomp as lines for profile.c: the default, the architectures, then a line for each name:
#   default ACTION ERRNO / arch NAME / rule ACTION ERRNO NAME [INDEX OP VALUE VALUETWO]...

"default \(.defaultAction) \(.defaultErrnoRet // 1)",
(.architectures[] | "arch \(.)"),
(.syscalls[] | . as $rule | .names[]
	| "rule \($rule.action) \($rule.errnoRet // 1) \(.)"
		+ ([$rule.args // [] | .[] | " \(.index) \(.op) \(.value) \(.valueTwo // 0)"] | join("")))
