#include "helper/act_idmap.h"

#include "helper/facts.h"
#include "helper/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* A short write is an error, not a reason for another (H-90). */
static bool write_once(int dir, const char *name, struct text text)
{
	int fd = facts_open(dir, name, O_WRONLY);

	return fd >= 0 && write(fd, text.at, text.size) == (ssize_t)text.size;
}

static bool setgroups_denied(int dir)
{
	char word[8];

	return text_equal(facts_read(dir, "setgroups", word, sizeof(word)), text_of("deny\n"));
}

static void fail(struct verdict *verdict, enum wire_verdict code)
{
	verdict->code = code;
	verdict->detail = (uint32_t)errno;
}

void act_idmap(int dir, struct verdict *verdict)
{
	const struct text gid_map = { verdict->gid.text, verdict->gid.size };
	const struct text uid_map = { verdict->uid.text, verdict->uid.size };
	bool wanted = verdict->deny_setgroups;

	priv_use_setgid();
	if ((wanted && !write_once(dir, "setgroups", text_of("deny"))) ||
	    !write_once(dir, "gid_map", gid_map)) {
		fail(verdict, VERDICT_INTERNAL);
		return;
	}
	verdict->deny_setgroups = setgroups_denied(dir);
	priv_use_setuid();
	if ((wanted && !verdict->deny_setgroups) || !write_once(dir, "uid_map", uid_map))
		fail(verdict, VERDICT_HALF);
}
