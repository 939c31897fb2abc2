/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_IRQ_PLAN_H
#define PLAN_IRQ_PLAN_H

/*
 * Which CPU takes which interrupt of a network device. A pure function of one reading: nothing is
 * read again, and nothing written.
 *
 * The CPUs are those of the device's node, or those that were named. Cores come first and SMT
 * siblings after them, last those beside CPUs that are isolated or kept free; of these alike, one
 * LLC after the other in turn. Each queue gets the next CPU for all interrupts that it has. When
 * the CPUs are used up, they are gone through again. All other interrupts of the device go to the
 * first CPU.
 */

#include "interrupts.h"

struct irq_request {
    const struct machine *machine;       /* with MACHINE_TOPOLOGY */
    const struct interrupts *interrupts; /* NULL: nobody tells */
    const struct nic *nic;
    hwloc_const_bitmap_t cpus; /* these, whatever they are otherwise for; NULL: of the device's node
                                  those that are housekeeping and not isolated */
    const char *whose;         /* whose CPUs these are: "of instance \"web\""; NULL: as named */
    bool local;                /* of cpus only those on the device's node, if any is there */
    hwloc_const_bitmap_t housekeeping; /* where interrupts go on this machine; NULL: anywhere */
    int node;                          /* that the device is on; -1: its own */
    bool one_per_core;
    unsigned int keep; /* CPUs of the set that stay free of interrupts: whole cores as far as it
                          goes */
};

struct irq_choice {
    unsigned int irq;
    char *name; /* as read: whoever applies makes sure that the number is still its */
    enum queue_kind kind;
    int queue;           /* -1 none */
    hwloc_bitmap_t now;  /* CPUs that may take it now */
    hwloc_bitmap_t cpus; /* exactly one */
    char *reason;        /* why this CPU, a few words */
};

/* What the kernel spreads the packets of a queue by in software. */
struct queue_choice {
    enum queue_kind kind; /* QUEUE_RX: RPS, QUEUE_TX: XPS */
    unsigned int queue;
    hwloc_bitmap_t cpus; /* rps_cpus, xps_cpus; empty: none */
    hwloc_bitmap_t now;  /* those that it has */
};

struct irq_plan {
    char *device;
    int node;                /* of the device; -1: unknown, and CPUs were named */
    bool remote;             /* none of cpus is on that node */
    hwloc_bitmap_t cpus;     /* that may take interrupts: of the set, less what is kept */
    struct irq_choice *irqs; /* by number; without the fixed ones */
    unsigned int n_irqs;
    struct queue_choice *queues; /* XPS and RPS of every queue where they make sense; many are what
                                    they were */
    unsigned int n_queues;
    hwloc_bitmap_t fixed;    /* numbers of interrupts that are left where they are */
    unsigned int n_rx, n_tx; /* as planned for: whoever applies notices a change */
    char *reason;            /* why these CPUs, one line */
};

/*
 * The caller frees. With a message and the way out: -ENODATA the node of the device is unknown and
 * neither node nor cpus was said; -EINVAL a CPU or node that does not exist or is offline; -ENOSPC
 * no CPU is left that may take interrupts. A device without interrupts gets a plan without choices.
 */
int irq_plan_make(const struct irq_request *request, struct irq_plan **ret_plan,
                  struct np_error *err);
struct irq_plan *irq_plan_free(struct irq_plan *plan); /* returns NULL */

static inline void cleanup_irq_plan(struct irq_plan **plan)
{
    (void)irq_plan_free(*plan);
}
#define autoirqplan CLEANUP(cleanup_irq_plan)

#endif
