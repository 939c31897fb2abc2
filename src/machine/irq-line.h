/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_IRQ_LINE_H
#define MACHINE_IRQ_LINE_H

/*
 * The text of /proc/interrupts: a title with the CPUs that are online, then a line for each
 * interrupt: its number, how often each CPU took it, and words that every architecture has its own
 * way with. A CPU may come or go between two lines, which then have more or fewer numbers.
 */

#include <stddef.h>
#include <stdint.h>

/* Kernel ids of the columns. -EINVAL when it is no such title. The caller frees. */
int irq_title_parse(const char *line, size_t length, unsigned int **ret_cpus,
                    unsigned int *ret_n_cpus);

struct irq_line {
    unsigned int irq;
    unsigned int n_counts; /* that the line has, also beyond those there was room for */
    const char *chip;      /* in the line, as is name; not NUL-terminated */
    size_t chip_length;
    const char *name; /* its actions, separated by ", "; empty: nobody has asked for it */
    size_t name_length;
};

/* -ENOENT for a line of the kernel's own interrupts ("NMI:"), which have no number; -EINVAL for
 * what is none. counts has room for n_counts, and may be NULL when that is 0. */
int irq_line_parse(const char *line, size_t length, uint64_t *counts, unsigned int n_counts,
                   struct irq_line *ret_line);

#endif
