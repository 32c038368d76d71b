#include "frontend/plan/options.h"

#include "common/attr.h"

#include <linux/mount.h>
#include <string.h>
#include <sys/mount.h>

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif

#define ATIME_FLAGS ((unsigned long)(MS_NOATIME | MS_RELATIME | MS_STRICTATIME))

enum word_kind {
	WORD_SET,
	WORD_CLEAR,
	WORD_PROPAGATION,
	WORD_RECURSIVE_SET,
	WORD_RECURSIVE_CLEAR,
	WORD_BIND,
	WORD_RBIND,
	WORD_REMOUNT,
	WORD_NOTHING,
	WORD_UNSUPPORTED
};

static const struct word {
	const char *name;
	enum word_kind kind;
	unsigned long flag;
} words_known[] = {
	{ "async", WORD_CLEAR, MS_SYNCHRONOUS },
	{ "atime", WORD_CLEAR, MS_NOATIME },
	{ "bind", WORD_BIND, 0 },
	{ "defaults", WORD_NOTHING, 0 },
	{ "dev", WORD_CLEAR, MS_NODEV },
	{ "diratime", WORD_CLEAR, MS_NODIRATIME },
	{ "dirsync", WORD_SET, MS_DIRSYNC },
	{ "exec", WORD_CLEAR, MS_NOEXEC },
	{ "idmap", WORD_UNSUPPORTED, 0 },
	{ "iversion", WORD_SET, MS_I_VERSION },
	{ "lazytime", WORD_SET, MS_LAZYTIME },
	{ "loud", WORD_CLEAR, MS_SILENT },
	{ "mand", WORD_SET, MS_MANDLOCK },
	{ "noatime", WORD_SET, MS_NOATIME },
	{ "nodev", WORD_SET, MS_NODEV },
	{ "nodiratime", WORD_SET, MS_NODIRATIME },
	{ "noexec", WORD_SET, MS_NOEXEC },
	{ "noiversion", WORD_CLEAR, MS_I_VERSION },
	{ "nolazytime", WORD_CLEAR, MS_LAZYTIME },
	{ "nomand", WORD_CLEAR, MS_MANDLOCK },
	{ "norelatime", WORD_CLEAR, MS_RELATIME },
	{ "nostrictatime", WORD_CLEAR, MS_STRICTATIME },
	{ "nosuid", WORD_SET, MS_NOSUID },
	{ "nosymfollow", WORD_SET, MS_NOSYMFOLLOW },
	{ "private", WORD_PROPAGATION, MS_PRIVATE },
	{ "ratime", WORD_RECURSIVE_CLEAR, MOUNT_ATTR_NOATIME },
	{ "rbind", WORD_RBIND, 0 },
	{ "rdev", WORD_RECURSIVE_CLEAR, MOUNT_ATTR_NODEV },
	{ "rdiratime", WORD_RECURSIVE_CLEAR, MOUNT_ATTR_NODIRATIME },
	{ "relatime", WORD_SET, MS_RELATIME },
	{ "remount", WORD_REMOUNT, 0 },
	{ "rexec", WORD_RECURSIVE_CLEAR, MOUNT_ATTR_NOEXEC },
	{ "ridmap", WORD_UNSUPPORTED, 0 },
	{ "rnoatime", WORD_RECURSIVE_SET, MOUNT_ATTR_NOATIME },
	{ "rnodev", WORD_RECURSIVE_SET, MOUNT_ATTR_NODEV },
	{ "rnodiratime", WORD_RECURSIVE_SET, MOUNT_ATTR_NODIRATIME },
	{ "rnoexec", WORD_RECURSIVE_SET, MOUNT_ATTR_NOEXEC },
	{ "rnorelatime", WORD_RECURSIVE_CLEAR, MOUNT_ATTR_RELATIME },
	{ "rnostrictatime", WORD_RECURSIVE_CLEAR, MOUNT_ATTR_STRICTATIME },
	{ "rnosuid", WORD_RECURSIVE_SET, MOUNT_ATTR_NOSUID },
	{ "rnosymfollow", WORD_RECURSIVE_SET, MOUNT_ATTR_NOSYMFOLLOW },
	{ "ro", WORD_SET, MS_RDONLY },
	{ "rprivate", WORD_PROPAGATION, MS_PRIVATE | MS_REC },
	{ "rrelatime", WORD_RECURSIVE_SET, MOUNT_ATTR_RELATIME },
	{ "rro", WORD_RECURSIVE_SET, MOUNT_ATTR_RDONLY },
	{ "rrw", WORD_RECURSIVE_CLEAR, MOUNT_ATTR_RDONLY },
	{ "rshared", WORD_PROPAGATION, MS_SHARED | MS_REC },
	{ "rslave", WORD_PROPAGATION, MS_SLAVE | MS_REC },
	{ "rstrictatime", WORD_RECURSIVE_SET, MOUNT_ATTR_STRICTATIME },
	{ "rsuid", WORD_RECURSIVE_CLEAR, MOUNT_ATTR_NOSUID },
	{ "rsymfollow", WORD_RECURSIVE_CLEAR, MOUNT_ATTR_NOSYMFOLLOW },
	{ "runbindable", WORD_PROPAGATION, MS_UNBINDABLE | MS_REC },
	{ "rw", WORD_CLEAR, MS_RDONLY },
	{ "shared", WORD_PROPAGATION, MS_SHARED },
	{ "silent", WORD_SET, MS_SILENT },
	{ "slave", WORD_PROPAGATION, MS_SLAVE },
	{ "strictatime", WORD_SET, MS_STRICTATIME },
	{ "suid", WORD_CLEAR, MS_NOSUID },
	{ "symfollow", WORD_CLEAR, MS_NOSYMFOLLOW },
	{ "sync", WORD_SET, MS_SYNCHRONOUS },
	{ "tmpcopyup", WORD_UNSUPPORTED, 0 },
	{ "unbindable", WORD_PROPAGATION, MS_UNBINDABLE },
};

static const struct word *word_find(const char *name)
{
	size_t low = 0, high = count_of(words_known);

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, words_known[middle].name);

		if (order == 0)
			return &words_known[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static void flag_set(struct mount_options *options, unsigned long flag)
{
	if (flag & ATIME_FLAGS)
		options->set &= ~ATIME_FLAGS;
	options->set |= flag;
	options->cleared &= ~flag;
}

static void flag_clear(struct mount_options *options, unsigned long flag)
{
	options->set &= ~flag;
	options->cleared |= flag;
}

/* The atime words are one field of four values: setting or clearing any replaces it whole.
 * mount_setattr(2), "MOUNT_ATTR__ATIME". */
static void recursive_add(struct mount_options *options, uint64_t attribute, bool set)
{
	bool atime = attribute == MOUNT_ATTR_RELATIME || (attribute & MOUNT_ATTR__ATIME);

	if (atime) {
		options->recursive_set &= ~(uint64_t)MOUNT_ATTR__ATIME;
		options->recursive_clear |= MOUNT_ATTR__ATIME;
		options->recursive_set |= set ? attribute : 0;
		return;
	}
	if (set) {
		options->recursive_set |= attribute;
		options->recursive_clear &= ~attribute;
	} else {
		options->recursive_set &= ~attribute;
		options->recursive_clear |= attribute;
	}
}

static void propagation_add(struct mount_options *options, unsigned long flag)
{
	size_t last = count_of(options->propagation) - 2;
	size_t i = 0;

	while (i < last && options->propagation[i])
		i++;
	options->propagation[i] = flag;
}

static void word_apply(struct mount_options *options, const struct word *word)
{
	switch (word->kind) {
	case WORD_SET:
		flag_set(options, word->flag);
		break;
	case WORD_CLEAR:
		flag_clear(options, word->flag);
		break;
	case WORD_PROPAGATION:
		propagation_add(options, word->flag);
		break;
	case WORD_RECURSIVE_SET:
	case WORD_RECURSIVE_CLEAR:
		recursive_add(options, word->flag, word->kind == WORD_RECURSIVE_SET);
		break;
	case WORD_BIND:
	case WORD_RBIND:
		options->bind = true;
		options->recursive |= word->kind == WORD_RBIND;
		break;
	case WORD_REMOUNT:
		options->remount = true;
		break;
	case WORD_UNSUPPORTED:
		options->unsupported = word->name;
		break;
	case WORD_NOTHING:
		break;
	}
}

static char *data_append(char *end, const char *word, bool first)
{
	if (!first)
		*end++ = ',';
	return stpcpy(end, word);
}

void mount_options_read(struct arena *arena, const char *const *words, struct mount_options *ret)
{
	size_t length = 0;
	char *data, *end;

	*ret = (struct mount_options){ 0 };
	for (size_t i = 0; words[i]; i++)
		length += strlen(words[i]) + 1;
	data = end = arena_alloc(arena, length + 1);

	for (size_t i = 0; words[i]; i++) {
		const struct word *word = word_find(words[i]);

		if (word)
			word_apply(ret, word);
		else if (words[i][0])
			end = data_append(end, words[i], end == data);
	}
	ret->data = end == data ? NULL : data;
}

void mount_options_attributes(const struct mount_options *options, uint64_t *ret_set,
			      uint64_t *ret_clear)
{
	static const struct {
		unsigned long flag;
		uint64_t attribute;
	} pairs[] = {
		{ MS_RDONLY, MOUNT_ATTR_RDONLY },
		{ MS_NOSUID, MOUNT_ATTR_NOSUID },
		{ MS_NODEV, MOUNT_ATTR_NODEV },
		{ MS_NOEXEC, MOUNT_ATTR_NOEXEC },
		{ MS_NODIRATIME, MOUNT_ATTR_NODIRATIME },
		{ MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW },
	};
	uint64_t set = 0, clear = 0;

	for (size_t i = 0; i < count_of(pairs); i++) {
		set |= options->set & pairs[i].flag ? pairs[i].attribute : 0;
		clear |= options->cleared & pairs[i].flag ? pairs[i].attribute : 0;
	}
	if (options->set & ATIME_FLAGS) {
		clear |= MOUNT_ATTR__ATIME;
		set |= options->set & MS_NOATIME ? MOUNT_ATTR_NOATIME : 0;
		set |= options->set & MS_STRICTATIME ? MOUNT_ATTR_STRICTATIME : 0;
	}
	*ret_set = set;
	*ret_clear = clear;
}
