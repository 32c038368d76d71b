#include "helper/log.h"

#include "common/attr.h"
#include "helper/facts.h"

#include <sys/socket.h>
#include <sys/un.h>

int log_open(void)
{
	static const struct sockaddr_un address = { AF_UNIX, "/dev/log" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -1 : fd;
}

/* The number that is all of a file; 2^32-1, which means "unset" there, if there is none. */
static uint32_t number_in(int proc, const char *name)
{
	uint32_t number = UINT32_MAX;
	char data[16];

	text_number(facts_read(proc, name, data, sizeof(data)), &number);
	return number;
}

/* authpriv is facility 10: info is 86, warning 84, err 83. */
static const char *heading(enum wire_verdict code)
{
	bool fault = code == VERDICT_INTERNAL || code == VERDICT_HALF || code == VERDICT_POLICY;

	return code == VERDICT_ALLOW ? "<86>rrun-helper:"
	       : fault		     ? "<83>rrun-helper:"
				     : "<84>rrun-helper:";
}

void log_outcome(const struct host *host, const struct facts *facts,
		 const struct wire_request *request, const struct verdict *verdict)
{
	char line[512];
	struct pen pen = { line, sizeof(line), 0 };

	if (host->log < 0 || (verdict->code == VERDICT_ALLOW && !facts->config.value[CONFIG_LOG]))
		return;
	const struct {
		const char *name;
		uint32_t value;
	} fields[] = {
		{ " op=", request->op },
		{ " verdict=", verdict->code },
		{ " which=", verdict->which },
		{ " detail=", verdict->detail },
		{ " uid=", facts->caller.uid },
		{ " gid=", facts->caller.gid },
		{ " target=", facts->target.pid },
		{ " extents=", request->uid.count },
		{ " outside=", request->uid.extent[0].outside },
		{ " count=", request->uid.extent[0].count },
		{ " ignored_lines=", facts->grants.ignored },
		{ " loginuid=", number_in(host->proc, "self/loginuid") },
		{ " session=", number_in(host->proc, "self/sessionid") },
	};

	text_put(&pen, text_of(heading(verdict->code)));
	for (size_t i = 0; i < count_of(fields); i++)
		if (text_put(&pen, text_of(fields[i].name)))
			text_put_number(&pen, fields[i].value);
	(void)!send(host->log, line, pen.used, MSG_NOSIGNAL | MSG_DONTWAIT);
}
