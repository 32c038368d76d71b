/* A program that does nothing and costs nothing: `true` without a library. */
#include "nolibc.h"

static int start_main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	return 0;
}
