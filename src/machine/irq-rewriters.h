/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_IRQ_REWRITERS_H
#define MACHINE_IRQ_REWRITERS_H

/* Who else moves interrupts on this machine: irqbalance and tuned, and what they were told when
 * they were started. What irqbalance was told since then, only its socket knows: irqbalance.h. */

#include "root.h"

struct irq_rewriters {
    bool known;             /* false: no process is seen at all, as in many captured trees */
    pid_t irqbalance;       /* 0: none runs */
    char **irqbalance_args; /* behind its name, NULL-terminated; NULL unknown */
    hwloc_bitmap_t
        banned_cpus; /* by its environment, or what its service gives it; NULL: not said */
    hwloc_bitmap_t banned_irqs; /* by its arguments; never NULL */
    pid_t tuned;
    char *tuned_profile; /* NULL unknown */
};

/* -ENOMEM only. The caller calls irq_rewriters_fini(), in either case. */
int irq_rewriters_read(const struct root *root, struct irq_rewriters *ret_rewriters);
void irq_rewriters_fini(struct irq_rewriters *rewriters);

/* For what captures them: the variables that are looked at ("NAME="), and the files that services
 * have them in. End with NULL. */
extern const char *const irq_rewriters_variables[];
extern const char *const irq_rewriters_files[];

#endif
