/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_IRQ_CPUS_H
#define PLAN_IRQ_CPUS_H

/* Which CPUs may take the interrupts of a device, in the order in which they are given any, and why
 * these. */

#include "irq-plan.h"

struct irq_cpu {
    unsigned int id;
    int core;             /* the CPU itself where nobody tells */
    int llc;              /* -1 unknown: all alike */
    bool remote;          /* not on the device's node */
    bool disturbs;        /* a CPU of its core that is isolated or kept free */
    unsigned int sibling; /* how many CPUs of its core come before it */
    unsigned int in_llc;  /* how many of its LLC come before it */
    bool for_packets;     /* worth to be handed packets by a CPU that takes interrupts */
};

struct irq_cpus {
    struct irq_cpu *cpus; /* at least one, the best first */
    unsigned int n_cpus;
    unsigned int n_for_packets;
    int node;     /* of the device, -1 unknown */
    bool remote;  /* none of them is on the device's node */
    char *reason; /* one line */
};

/* The caller calls irq_cpus_fini. Errors are those of irq_plan_make. */
int irq_cpus_choose(const struct irq_request *request, struct irq_cpus *ret_cpus,
                    struct np_error *err);
void irq_cpus_fini(struct irq_cpus *cpus);

#endif
