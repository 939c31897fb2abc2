/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERDICT_VERIFY_NIC_H
#define VERDICT_VERIFY_NIC_H

/*
 * Do the interrupts and queues of a network device still have the CPUs that they were given? They
 * are judged by what look() of their changes says.
 *
 * Codes of findings: interrupt-elsewhere, interrupt-gone, queue-elsewhere, queue-changed (errors);
 * interrupt-unguarded (warning); interrupt-pending (note).
 */

#include "change.h"
#include "finding.h"
#include "irqbalance.h"

/* One change, and how it stands. */
struct nic_sight {
    const struct change *change;
    enum standing standing;
    json_t *now; /* owned */
};

struct nic_observation {
    const char *device;
    int64_t transaction;
    bool same_boot; /* false: the machine was restarted since, and nothing of it is left */
    bool present;   /* there is a device of that name */
    unsigned int planned_rx, planned_tx; /* queues */
    unsigned int n_rx, n_tx;
    struct nic_sight *sights;
    unsigned int n_sights;
    const struct irqbalance *irqbalance; /* as it is now; NULL: nobody looked */
    bool guarded;                        /* it was told to leave the interrupts alone, or ended */
};

struct nic_verdict {
    bool in_place; /* no finding of severity error was added */
    unsigned int irqs_in_place, n_irqs;
    unsigned int queues_in_place, n_queues; /* masks of queues: XPS, RPS */
};

int verify_nic(const struct nic_observation *nic, struct nic_verdict *ret_verdict,
               struct findings *findings);

#endif
