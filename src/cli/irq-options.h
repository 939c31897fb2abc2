/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_IRQ_OPTIONS_H
#define CLI_IRQ_OPTIONS_H

/* What `irq plan` and `irq apply` are asked for: where the interrupts of a device should go. */

#include "change-session.h"
#include "cli-machine.h"

struct irq_options {
    const char *from;     /* NULL: the running machine */
    const char *cpus;     /* a set as numactl writes it; NULL not said */
    const char *near_app; /* process or instance; NULL not said */
    int node;             /* that the device is on; -1: its own */
    bool one_per_core;
    unsigned int keep;
    const char *state_dir; /* of the journal, for --near-app; NULL: the default */
    bool json;
};

#define IRQ_OPTIONS_DEFAULT ((struct irq_options){.node = -1})

/* The first rows of a command's options, by these numbers; its own come from IRQ_OPTION_COUNT on.
 */
enum {
    IRQ_OPTION_CPUS,
    IRQ_OPTION_NEAR_APP,
    IRQ_OPTION_NODE,
    IRQ_OPTION_ONE_PER_CORE,
    IRQ_OPTION_KEEP,
    IRQ_OPTION_STATE_DIR,
    IRQ_OPTION_JSON,
    IRQ_OPTION_COUNT,
};

#define IRQ_OPTION_ROWS                                                                            \
    [IRQ_OPTION_CPUS] = {"cpus", 'c', "SET", "to these CPUs, not those of the device's node"},     \
    [IRQ_OPTION_NEAR_APP] = {"near-app", 'n', "PID|INSTANCE", "to CPUs where this runs"},          \
    [IRQ_OPTION_NODE] = {"node", 0, "N", "the node that the device is on, if it does not tell"},   \
    [IRQ_OPTION_ONE_PER_CORE] = {"one-per-core", '1', NULL, "no SMT siblings"},                    \
    [IRQ_OPTION_KEEP] = {"keep", 'k', "N", "leave so many of the CPUs free of interrupts"},        \
    [IRQ_OPTION_STATE_DIR] = CLI_OPTION_STATE_DIR,                                                 \
    [IRQ_OPTION_JSON] = {"json", 'j', NULL, "the same as JSON"}

/* Takes one option. EXIT_DONE, or EXIT_USAGE after a message. */
int irq_options_take(const struct command *command, int option, const char *value,
                     struct irq_options *options);

/* Which of them go together. EXIT_DONE, or EXIT_USAGE after a message. */
int irq_options_check(const struct command *command, const struct irq_options *options);

#endif
