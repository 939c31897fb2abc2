/* SPDX-License-Identifier: Apache-2.0 */
/* One walk through /proc/<pid>/numa_maps: "address policy [key[=value]]...", a mapping a line. */

#include "own-memory.h"

#include "mem.h"
#include "size.h"

#include <inttypes.h>
#include <string.h>

struct line {
    bool huge;
    uint64_t page_bytes;
    uint64_t pages_outside;
};

static void take_word(const char *word, hwloc_const_bitmap_t nodes, struct line *line)
{
    unsigned int node;
    uint64_t n;

    if (strcmp(word, "huge") == 0)
        line->huge = true;
    else if (sscanf(word, "N%u=%" SCNu64, &node, &n) == 2 && !hwloc_bitmap_isset(nodes, node))
        line->pages_outside += n;
    else if (sscanf(word, "kernelpagesize_kB=%" SCNu64, &n) == 1)
        line->page_bytes = n * KIB;
}

static void take_line(char *text, hwloc_const_bitmap_t nodes, struct own_memory *own)
{
    struct line line = {0};
    char *save = NULL, *word = strtok_r(text, " ", &save); /* the address */

    word = strtok_r(NULL, " ", &save);
    own->policy |= word && strcmp(word, "default") != 0;
    while ((word = strtok_r(NULL, " ", &save)))
        take_word(word, nodes, &line);
    if (line.huge)
        own->huge_bytes += line.pages_outside * line.page_bytes;
}

int own_memory_read(const struct root *root, pid_t pid, hwloc_const_bitmap_t nodes,
                    struct own_memory *ret_own)
{
    autofree char *text = NULL;
    struct own_memory own = {0};
    char *save = NULL;
    int r = root_read(root, &text, "proc/%d/numa_maps", (int)pid);

    if (r < 0)
        return r == -ENOENT ? -ESRCH : r;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        take_line(line, nodes, &own);
    *ret_own = own;
    return 0;
}
