/* The stable error codes of frontend/codes.def.
 *
 * Promises: enum code numbers them from 0 (RR_SYS_01, which error_sys sets by itself); code_name
 * and code_line give the printed name and the one line of explanation.
 * Takes: a code; a number outside the table counts as RR_SYS_01 (a record of another version).
 * Fails: never. */
#pragma once

#include <stdint.h>

enum code {
#define CODE(name, text, line) name,
#include "frontend/codes.def"
#undef CODE
	CODE_COUNT
};

const char *code_name(uint16_t code);
const char *code_line(uint16_t code);
