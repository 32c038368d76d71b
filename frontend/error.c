#include "frontend/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FORMAT_INTO(buffer, format)                                                                \
	do {                                                                                       \
		va_list arguments;                                                                 \
		va_start(arguments, format);                                                       \
		vsnprintf((buffer), sizeof(buffer), (format), arguments);                          \
		va_end(arguments);                                                                 \
	} while (0)

int error_set(struct error *err, uint16_t code, const char *format, ...)
{
	*err = (struct error){ .kind = ERROR_FAILED, .code = code };
	FORMAT_INTO(err->what, format);
	return -1;
}

static const char *reason(int sys)
{
	switch (sys) {
	case ENOENT:
		/* Engines take the C library's words to mean that the program is missing: they are
		 * kept for that. reference cli-contract.md §16.2. */
		return "it does not exist";
	case ENOSYS:
		return "this kernel does not have it: rrun needs Linux 5.14 or newer";
	default:
		return strerror(sys);
	}
}

int error_sys(struct error *err, const char *format, ...)
{
	int sys = errno;

	*err = (struct error){ .kind = ERROR_FAILED, .sys = sys };
	FORMAT_INTO(err->what, format);
	snprintf(err->why, sizeof(err->why), "%s", reason(sys));
	return -1;
}

int error_code(struct error *err, uint16_t code)
{
	err->code = code;
	return -1;
}

int error_why(struct error *err, const char *format, ...)
{
	FORMAT_INTO(err->why, format);
	return -1;
}

int error_hint(struct error *err, const char *format, ...)
{
	FORMAT_INTO(err->hint, format);
	return -1;
}

int error_while(struct error *err, const char *format, ...)
{
	char inner[sizeof(err->what)];
	char outer[sizeof(err->what)];

	memcpy(inner, err->what, sizeof(inner));
	FORMAT_INTO(outer, format);
	/* Cut on purpose: a message that long has said enough. */
	if (snprintf(err->what, sizeof(err->what), "%s: %s", outer, inner) < 0)
		err->what[0] = '\0';
	return -1;
}

int error_kind(struct error *err, enum error_kind kind)
{
	err->kind = (uint16_t)kind;
	return -1;
}
