#include "frontend/codes.h"

static const struct {
	const char *name;
	const char *line;
} codes[] = {
#define CODE(name, text, line) { text, line },
#include "frontend/codes.def"
#undef CODE
};

const char *code_name(uint16_t code)
{
	return codes[code < CODE_COUNT ? code : 0].name;
}

const char *code_line(uint16_t code)
{
	return codes[code < CODE_COUNT ? code : 0].line;
}
