/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_IRQBALANCE_H
#define SYS_IRQBALANCE_H

/*
 * irqbalance moves interrupts between CPUs every few seconds. It leaves alone those that it is told
 * to, on its socket, until it ends. What it is told replaces what it was told before, so whoever
 * bans more must ask first; there is no way to do both at once.
 */

#include "mem.h"
#include "root.h"

/* While it measures anew, which it does for one interval after each command (up to version 1.9.3),
 * it does not answer. Its interval is 10 s unless somebody said otherwise. */
#define IRQBALANCE_PATIENCE_MS 15000
/* For those who only want to tell what there is. */
#define IRQBALANCE_GLANCE_MS 500

struct irqbalance {
    pid_t pid;  /* 0: none runs */
    int answer; /* 0: it answered, and what follows is known; else why not, -EACCES for one */
    unsigned int interval_s;
    hwloc_bitmap_t banned_irqs; /* on its socket or with --banirq; not those of --banmod or of a
                                   policy script: these it does not tell. NULL unless it answered */
    hwloc_bitmap_t banned_cpus; /* likewise */
};

/* Is there one, and what does it leave alone? That there is none, or that it does not answer, is no
 * error. Where root is not the running machine's nobody is asked. The caller calls
 * irqbalance_fini(). -ENOMEM only. */
int irqbalance_look(const struct root *root, unsigned int limit_ms,
                    struct irqbalance *ret_irqbalance);
void irqbalance_fini(struct irqbalance *irqbalance);

/* The same of a process that is known. */
int irqbalance_ask(pid_t pid, unsigned int limit_ms, struct irqbalance *ret_irqbalance);

/* The process of that name. -ESRCH: there is none. -ENOENT: no process is seen at all. */
int irqbalance_pid(const struct root *root, pid_t *ret_pid);

/* From now on it leaves exactly these alone. -E2BIG: more than any version understands. -ETIMEDOUT:
 * it has not taken notice, and may do so later. What it made of it is what it tells afterwards:
 * versions up to 1.9.4 read 500 bytes and forget the rest. */
int irqbalance_ban(pid_t pid, hwloc_const_bitmap_t irqs, unsigned int limit_ms);

/* Why it did not answer: "nobody listens on its socket". */
const char *irqbalance_reason(int answer);

#define autoirqbalance CLEANUP(irqbalance_fini)

#endif
