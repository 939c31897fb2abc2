/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where did malloc's memory go? Prints the machine's nodes, then allocates, and asks before and
 * after the first write.
 *
 *     cc where.c -o where $(pkg-config --cflags --libs numaplace)
 *     ./where
 *     numaplace run --membind=1 -- ./where
 */

#include <numaplace/numaplace.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NODES = 64 };

static int print_where(const char *when, const void *start, size_t length)
{
    struct np_pages pages[MAX_NODES];
    uint64_t absent;
    int n = np_where(start, length, pages, MAX_NODES, &absent);

    if (n < 0) {
        fprintf(stderr, "where: %s\n", strerror(-n));
        return -1;
    }
    printf("%s:", when);
    for (int i = 0; i < n; i++)
        printf(" %llu KiB on node %u,", (unsigned long long)pages[i].bytes / 1024, pages[i].node);
    printf(" %llu KiB nowhere yet\n", (unsigned long long)absent / 1024);
    return 0;
}

int main(void)
{
    const size_t length = (size_t)16 << 20;
    struct np_machine *machine;
    struct np_node nodes[MAX_NODES];
    struct np_error err;
    size_t n;
    char *memory;

    if (np_machine_load("live", &machine, &err) < 0) {
        fprintf(stderr, "where: %s\n", err.text);
        return EXIT_FAILURE;
    }
    n = np_machine_nodes(machine, nodes, MAX_NODES);
    for (size_t i = 0; i < n && i < MAX_NODES; i++)
        printf("node %u: %s, %llu MiB free%s\n", nodes[i].node, nodes[i].kind,
               (unsigned long long)nodes[i].free_bytes >> 20,
               nodes[i].granted ? "" : ", not granted to us");
    np_machine_free(machine);

    memory = malloc(length);
    if (!memory || print_where("after malloc", memory, length) < 0)
        return EXIT_FAILURE;
    memset(memory, 1, length);
    if (print_where("after the first write", memory, length) < 0)
        return EXIT_FAILURE;
    free(memory);
    return EXIT_SUCCESS;
}
