/* The few compiler attributes and macros that both programs use.
 *
 * Promises: nothing here has a run-time effect but _cleanup_, which calls F with a pointer to the
 * variable when it leaves its scope.
 * Source: GCC manual, "Common Variable Attributes", "Common Function Attributes". */
#pragma once

#include <assert.h>
#include <stddef.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _must_check_ __attribute__((warn_unused_result))
#define _printf_(text, first) __attribute__((format(printf, text, first)))
#define _unused_ __attribute__((unused))

#define count_of(array) (sizeof(array) / sizeof((array)[0]))
