#include "frontend/log.h"

#include "frontend/codes.h"
#include "frontend/fd.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Room for what, why and hint when every byte of them becomes "\u00xx". */
#define LINE_BYTES 8192

static const char replacement[] = "\xef\xbf\xbd";

int log_open(const char *path, const char *format, struct log *ret, struct error *err)
{
	int fd = -1;

	if (path) {
		/* O_NONBLOCK: a FIFO that nobody reads is no log. */
		fd = open(path,
			  O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0644);
		if (fd < 0) {
			error_sys(err, "open the log file %s", path);
			return error_code(err, RR_USE_04);
		}
	}
	*ret = (struct log){
		.fd = fd,
		.format = format && strcmp(format, "json") == 0 ? LOG_JSON : LOG_TEXT,
	};
	return 0;
}

void log_close(struct log *log)
{
	close_fd(&log->fd);
}

static size_t sequence_length(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead < 0xe0)
		return 2;
	if (lead >= 0xe0 && lead < 0xf0)
		return 3;
	return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

/* Decode one character; its length, 0 when the bytes are not UTF-8. RFC 3629. */
static size_t decode(const char *text, uint32_t *ret)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char lead = (unsigned char)*text;
	size_t length = sequence_length(lead);
	uint32_t value = length < 2 ? lead : lead & (0x7fu >> length);

	for (size_t i = 1; i < length; i++) {
		unsigned char next = (unsigned char)text[i];

		if ((next & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (next & 0x3f);
	}
	if (value < smallest[length] || (value >= 0xd800 && value < 0xe000) || value > 0x10ffff)
		return 0;
	*ret = value;
	return length;
}

/* C0, DEL, C1, and what turns the direction of text: U+202A to U+202E, U+2066 to U+2069. */
static int is_control(uint32_t value)
{
	return value < 0x20 || (value >= 0x7f && value < 0xa0) ||
	       (value >= 0x202a && value <= 0x202e) || (value >= 0x2066 && value <= 0x2069);
}

static void escape_control(enum escape escape, uint32_t value, char *buffer, size_t size)
{
	if (value == '\n')
		snprintf(buffer, size, "\\n");
	else if (value == '\t')
		snprintf(buffer, size, "\\t");
	else if (value < 0x80 && escape != ESCAPE_JSON)
		snprintf(buffer, size, "\\x%02x", value);
	else
		snprintf(buffer, size, "\\u%04x", value);
}

static void escape_character(enum escape escape, uint32_t value, const char *bytes, size_t length,
			     char *buffer, size_t size)
{
	if (is_control(value))
		escape_control(escape, value, buffer, size);
	else if (escape != ESCAPE_PLAIN && (value == '"' || value == '\\'))
		snprintf(buffer, size, "\\%c", (char)value);
	else
		snprintf(buffer, size, "%.*s", (int)length, bytes);
}

void log_escape(enum escape escape, const char *text, char *buffer, size_t size)
{
	size_t used = strlen(buffer);

	while (*text) {
		uint32_t value = 0;
		size_t length = decode(text, &value);
		char piece[16];
		size_t piece_length;

		if (length)
			escape_character(escape, value, text, length, piece, sizeof(piece));
		else
			memcpy(piece, replacement, sizeof(replacement));
		piece_length = strlen(piece);
		if (used + piece_length >= size)
			return;
		memcpy(buffer + used, piece, piece_length + 1);
		used += piece_length;
		text += length ? length : 1;
	}
}

static void append(char *buffer, size_t size, const char *text)
{
	size_t used = strlen(buffer);

	snprintf(buffer + used, size - used, "%s", text);
}

static void append_message(enum escape escape, const struct error *err, char *buffer, size_t size)
{
	log_escape(escape, err->what, buffer, size);
	if (err->what[0] && err->why[0])
		append(buffer, size, ": ");
	log_escape(escape, err->why, buffer, size);
}

/* One write: lines of several processes do not mix. What cannot be written is lost. */
static void put(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		return;
}

static void format_now(char *buffer, size_t size)
{
	time_t now = time(NULL);
	struct tm tm;

	if (!gmtime_r(&now, &tm) || !strftime(buffer, size, "%Y-%m-%dT%H:%M:%SZ", &tm))
		buffer[0] = '\0';
}

static void write_file(const struct log *log, const struct error *err)
{
	char line[LINE_BYTES] = "";
	char now[32];

	format_now(now, sizeof(now));
	if (log->format == LOG_JSON) {
		append(line, sizeof(line), "{\"level\":\"error\",\"msg\":\"");
		append_message(ESCAPE_JSON, err, line, sizeof(line) - sizeof(now) - 16);
		append(line, sizeof(line), "\",\"time\":\"");
		append(line, sizeof(line), now);
		append(line, sizeof(line), "\"}\n");
	} else {
		append(line, sizeof(line), "time=\"");
		append(line, sizeof(line), now);
		append(line, sizeof(line), "\" level=error msg=\"");
		append_message(ESCAPE_QUOTE, err, line, sizeof(line) - 8);
		append(line, sizeof(line), "\"\n");
	}
	put(log->fd, line);
}

static void append_head(const char *verb, const struct error *err, char *line, size_t size)
{
	append(line, size, "rrun");
	if (err->kind != ERROR_USAGE && verb) {
		append(line, size, " ");
		log_escape(ESCAPE_PLAIN, verb, line, size);
		append(line, size, " failed");
	}
	append(line, size, ": ");
}

/* A usage error ends with where to look; any other with its code. */
static void append_tail(const char *verb, const struct error *err, char *line, size_t size)
{
	size_t used;

	if (err->hint[0]) {
		append(line, size, "  hint: ");
		log_escape(ESCAPE_PLAIN, err->hint, line, size);
		append(line, size, "\n");
	}
	used = strlen(line);
	if (err->kind != ERROR_USAGE)
		snprintf(line + used, size - used, "  code: %s\n", code_name(err->code));
	else
		snprintf(line + used, size - used, "see rrun%s%s --help\n", verb ? " " : "",
			 verb ? verb : "");
}

void log_error(const struct log *log, const char *verb, const struct error *err)
{
	char line[LINE_BYTES] = "";

	if (err->kind == ERROR_SILENT)
		return;
	if (log->fd >= 0)
		write_file(log, err);
	append_head(verb, err, line, sizeof(line));
	append_message(ESCAPE_PLAIN, err, line, sizeof(line) - 1);
	append(line, sizeof(line), "\n");
	if (log->fd < 0)
		append_tail(verb, err, line, sizeof(line));
	put(STDERR_FILENO, line);
}

void log_note(const char *format, ...)
{
	char text[1024];
	char line[LINE_BYTES] = "rrun: ";
	va_list arguments;

	if (!isatty(STDERR_FILENO))
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	log_escape(ESCAPE_PLAIN, text, line, sizeof(line) - 1);
	append(line, sizeof(line), "\n");
	put(STDERR_FILENO, line);
}
