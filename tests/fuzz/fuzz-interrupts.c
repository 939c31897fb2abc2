/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/interrupts: its title, a line, and what the names in it are taken for. */

#include "fuzz.h"

#include "irq-line.h"
#include "irq-name.h"

#define COUNTS 4

static void try_title(const char *line, size_t length)
{
    autofree unsigned int *cpus = NULL;
    unsigned int n = 0;

    if (irq_title_parse(line, length, &cpus, &n) < 0)
        return;
    REQUIRE(n > 0);
    for (unsigned int i = 1; i < n; i++)
        REQUIRE(cpus[i - 1] < cpus[i]);
}

static void try_name(const char *text, size_t length)
{
    autofree char *name = strndup(text, length);
    struct irq_queue queue;

    REQUIRE(name);
    queue = irq_name_queue(name, "eth0");
    REQUIRE((queue.kind == QUEUE_NONE) == (queue.number < 0));
    REQUIRE(irq_name_has(name, name) == (name[0] != '\0'));
    (void)irq_name_is_whole(name, "eth0");
    REQUIRE(irq_name_virtio(name) >= -1);
}

static void try_line(const char *line, size_t length)
{
    uint64_t counts[COUNTS];
    struct irq_line parsed;

    if (irq_line_parse(line, length, counts, COUNTS, &parsed) < 0)
        return;
    REQUIRE(parsed.chip >= line && parsed.chip + parsed.chip_length <= parsed.name);
    REQUIRE(parsed.name + parsed.name_length <= line + length);
    try_name(parsed.name, parsed.name_length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = memchr(data, '\n', size);
    /* Exactly as long as it is, so that reading on is seen. */
    size_t length = newline ? (size_t)(newline - data) : size;
    autofree char *line = malloc(length ? length : 1);

    REQUIRE(line);
    memcpy(line, data, length);
    try_title(line, length);
    try_line(line, length);
    try_name(line, length);
    return 0;
}
