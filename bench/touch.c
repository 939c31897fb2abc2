/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process with much memory in ordinary pages: maps and touches so many GiB, says "ready", and
 * waits to be ended or for the end of its standard input.
 *
 *   touch GIB
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    size_t gib = argc == 2 ? strtoul(argv[1], NULL, 10) : 0, bytes = gib << 30;
    char *memory;

    if (gib == 0 || gib > 1024)
        errx(2, "usage: touch GIB");
    memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        err(1, "cannot map %zu GiB", gib);
    /* Without CONFIG_TRANSPARENT_HUGEPAGE this fails, and all pages are ordinary anyway. */
    (void)madvise(memory, bytes, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < bytes; i += 4096)
        ((volatile char *)memory)[i] = 1;
    puts("ready");
    if (fflush(stdout) != 0)
        return 1;
    while (getchar() != EOF)
        ;
    return 0;
}
