/* SPDX-License-Identifier: Apache-2.0 */
/* numa_maps, line by line and as a whole file. */

#include "fuzz.h"

#include "numa-maps.h"

#include <sys/mman.h>

static void try_line(const char *line, size_t length)
{
    struct mapping mapping = {0};
    uint64_t pages = 0;

    if (mapping_parse(line, length, &mapping) < 0)
        return;
    REQUIRE(mapping.class < MAPPING_CLASS_COUNT && mapping.policy);
    for (unsigned int i = 0; i < mapping.n_by_node; i++)
        pages += mapping.by_node[i].pages;
    REQUIRE(mapping.n_by_node > 0 || pages == 0);
    mapping_fini(&mapping);
}

static void try_file(const uint8_t *data, size_t size)
{
    autoclose int fd = memfd_create("numa_maps", MFD_CLOEXEC);
    struct mapping *mappings = NULL;
    unsigned int n = 0, line = 0;

    REQUIRE(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
    if (numa_maps_read(fd, &mappings, &n, &line) < 0)
        REQUIRE(line > 0);
    else
        mappings_free(mappings, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = memchr(data, '\n', size);
    /* Exactly as long as it is, so that reading on is seen. */
    size_t length = newline ? (size_t)(newline - data) : size;
    autofree char *line = malloc(length + 1);

    REQUIRE(line);
    memcpy(line, data, length);
    line[length] = '\0';
    try_line(line, length);
    try_file(data, size);
    return 0;
}
