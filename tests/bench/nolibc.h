/* What a C program needs when it is linked with nothing: system calls, a start, a death.
 *
 * Promises: no call is made that is not written in the program; sys* return what the kernel
 * returned, a negative errno on failure. The program supplies start_main(); its value is the exit
 * status.
 * Takes: -nostdlib -static -ffreestanding -fno-stack-protector; x86-64 or aarch64.
 * Fails: die() writes one line to stderr and exits 125.
 * Source: syscall(2), "Architecture calling conventions". */
#pragma once

#include <asm/unistd.h>

typedef unsigned long word;

#if defined(__x86_64__)
static inline long sys6(long number, word a, word b, word c, word d, word e, word f)
{
	register word r10 __asm__("r10") = d;
	register word r8 __asm__("r8") = e;
	register word r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}
__asm__(".globl _start\n_start:\n\txor %ebp,%ebp\n\tmov %rsp,%rdi\n\tand $-16,%rsp\n"
	"\tcall start\n");
#elif defined(__aarch64__)
static inline long sys6(long number, word a, word b, word c, word d, word e, word f)
{
	register long x8 __asm__("x8") = number;
	register word x0 __asm__("x0") = a;
	register word x1 __asm__("x1") = b;
	register word x2 __asm__("x2") = c;
	register word x3 __asm__("x3") = d;
	register word x4 __asm__("x4") = e;
	register word x5 __asm__("x5") = f;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return (long)x0;
}
__asm__(".globl _start\n_start:\n\tmov x29,#0\n\tmov x0,sp\n\tbl start\n");
#else
#error "no system call convention for this architecture"
#endif

/* Integers and pointers alike become words: this is the one place that casts. */
#define sys(...) SYS_TAKE(__VA_ARGS__, 0, 0, 0, 0, 0, 0, )
#define SYS_TAKE(number, a, b, c, d, e, f, ...) \
	sys6(number, (word)(a), (word)(b), (word)(c), (word)(d), (word)(e), (word)(f))

static inline word text_length(const char *text)
{
	word n = 0;

	while (text[n])
		n++;
	return n;
}

_Noreturn static void die(const char *what, long error)
{
	char number[24];
	word at = sizeof(number);

	number[--at] = '\n';
	for (error = error < 0 ? -error : error; at > 3; error /= 10) {
		number[--at] = (char)('0' + error % 10);
		if (error < 10)
			break;
	}
	number[--at] = ' ';
	number[--at] = ':';
	sys(__NR_write, 2, what, text_length(what));
	sys(__NR_write, 2, number + at, sizeof(number) - at);
	sys(__NR_exit_group, 125);
	__builtin_unreachable();
}

static inline long must(const char *what, long ret)
{
	if (ret < 0 && ret > -4096)
		die(what, ret);
	return ret;
}

/* GCC makes calls to these two for initialisers, whatever the options. */
__attribute__((used)) void *memset(void *to, int byte, word n);
__attribute__((used)) void *memcpy(void *restrict to, const void *restrict from, word n);
void *memset(void *to, int byte, word n)
{
	for (volatile char *at = to; n; n--)
		*at++ = (char)byte;
	return to;
}
void *memcpy(void *restrict to, const void *restrict from, word n)
{
	const char *source = from;

	for (volatile char *at = to; n; n--)
		*at++ = *source++;
	return to;
}

static int start_main(int argc, char **argv, char **envp);

_Noreturn __attribute__((used)) void start(word *stack);
_Noreturn void start(word *stack)
{
	char **argv = (char **)(stack + 1);

	sys(__NR_exit_group, start_main((int)stack[0], argv, argv + stack[0] + 1));
	__builtin_unreachable();
}
