/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_IRQ_LOOK_H
#define CLI_IRQ_LOOK_H

/* All that `numaplace irq` and `irq show` tell: interrupts, how often they come, and who else moves
 * them. */

#include "cli-irq.h"
#include "irq-rewriters.h"
#include "irqbalance.h"

struct irq_look {
    struct irq_view view;
    struct interrupts *before; /* the sample before the one of view; NULL: there is one only */
    struct irq_rewriters rewriters;
    struct irqbalance irqbalance; /* its own answer */
};

enum irq_format {
    IRQ_FORMAT_TEXT,
    IRQ_FORMAT_JSON,
    IRQ_FORMAT_TREE,
    IRQ_FORMAT_SVG,
};

struct irq_look_options {
    const char *from;
    double interval; /* seconds between two samples; 0: one is enough */
    enum irq_format format;
};

/* The rows of a command that has these options and no others. */
enum { IRQ_LOOK_FROM, IRQ_LOOK_JSON, IRQ_LOOK_TREE, IRQ_LOOK_SVG, IRQ_LOOK_INTERVAL };

#define IRQ_LOOK_OPTION_ROWS                                                                       \
    [IRQ_LOOK_FROM] = CLI_OPTION_FROM,                                                             \
    [IRQ_LOOK_JSON] = {"json", 'j', NULL, "each interrupt, as JSON"},                              \
    [IRQ_LOOK_TREE] = {"tree", 0, NULL, "a drawing of how they go to CPUs, in text"},              \
    [IRQ_LOOK_SVG] = {"svg", 0, NULL, "a picture of that"},                                        \
    [IRQ_LOOK_INTERVAL] = {"interval", 'i', "SECONDS",                                             \
                           "count for so long, and show how often each comes"}

/* Takes all options; false: leave with args->exit. */
bool irq_look_parse(struct cli_args *args, struct irq_look_options *opts);

/* Reads all of it. EXIT_DONE, or the exit status after a message. look is zeroed, and the caller's
 * to finish in either case. */
int irq_look(const struct irq_look_options *opts, struct irq_look *look);
void irq_look_fini(struct irq_look *look);

/* How often an interrupt came: per second where there are two samples, else ever. cpu_idx of
 * interrupts.cpus, or -1 for all of them. */
double irq_look_count(const struct irq_look *look, const struct irq *irq, int cpu_idx);

#endif
