/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_INTERRUPTS_H
#define MACHINE_INTERRUPTS_H

/*
 * Interrupts and the queues of network devices, as one reading found them. They are no part of
 * struct machine: they change while one looks, and few commands need them.
 */

#include "machine.h"
#include "root.h"

enum queue_kind {
    QUEUE_NONE, /* configuration, administration, link state: no packets */
    QUEUE_RX,
    QUEUE_TX,
    QUEUE_COMBINED,
};

enum irq_mobility {
    IRQ_MOVABLE,
    IRQ_FIXED, /* the kernel manages it, or the chip cannot */
    IRQ_MOBILITY_UNKNOWN,
};

struct irq {
    unsigned int irq;
    char *name;   /* its action in /proc/interrupts: "eth0-TxRx-3", "virtio1-input.0"; "" none */
    char *chip;   /* "IR-PCI-MSIX-0000:01:00.0" */
    char *device; /* "eth0", "nvme0", or the PCI address of what has no name; NULL: none is known */
    char *pci;    /* of the device, NULL when it is not on PCI, or not known */
    int node;     /* kernel id of the device's node, -1 unknown */
    enum queue_kind queue_kind;
    int queue;                /* -1 none */
    hwloc_bitmap_t allowed;   /* smp_affinity_list; empty: not told */
    hwloc_bitmap_t effective; /* empty: not told, or not yet: it lags until the next interrupt */
    enum irq_mobility mobility;
    uint64_t *counts; /* one a CPU of interrupts.cpus */
};

struct interrupts {
    unsigned int *cpus; /* kernel ids of the columns of /proc/interrupts */
    unsigned int n_cpus;
    struct irq *irqs; /* by ascending number */
    unsigned int n_irqs;
    uint64_t taken_ns; /* CLOCK_MONOTONIC; 0 in a captured tree */
};

struct nic_queue {
    unsigned int index;
    hwloc_bitmap_t cpus; /* rx: rps_cpus, tx: xps_cpus; empty: none */
    unsigned int flows;  /* rx: rps_flow_cnt */
};

struct nic {
    char *name;
    char *driver; /* NULL unknown */
    char *pci;    /* NULL when it is not on PCI */
    int node;     /* kernel id, -1 unknown */
    int up;       /* 1, 0: most drivers have no interrupts then; -1 unknown */
    struct nic_queue *rx, *tx;
    unsigned int n_rx, n_tx;
    uint32_t *rss; /* the receive queue of each hash of a packet modulo n_rss; NULL: not told, as in
                      captured trees */
    unsigned int n_rss;
};

/* All interrupts that the tree tells of; one that goes while it is looked at is left out. machine
 * has MACHINE_DEVICES. -ENOENT: the tree does not tell of interrupts; -EAGAIN: CPUs came and went
 * all the while. With a message. The caller frees. */
int interrupts_read(const struct root *root, const struct machine *machine,
                    struct interrupts **ret_interrupts, struct np_error *err);
struct interrupts *interrupts_free(struct interrupts *interrupts); /* returns NULL */

/* NULL when there is none of that number. */
const struct irq *interrupts_find(const struct interrupts *interrupts, unsigned int irq);

/* How often it was taken by the CPU of after->cpus[cpu_idx] since before. The kernel's counters
 * have 32 bits and start again with the interrupt. 0 when before does not tell. */
uint64_t interrupts_since(const struct interrupts *before, const struct interrupts *after,
                          const struct irq *irq, unsigned int cpu_idx);

/* The CPUs that take it, as far as is told: the effective ones, else the allowed. */
hwloc_const_bitmap_t irq_taken_by(const struct irq *irq);

/* It was moved, and is still taken where it was: until its next interrupt. */
bool irq_is_pending(const struct irq *irq);

/* The node of its device, -1 unknown. On a machine with one node it is there, whatever is told. */
int irq_device_node(const struct machine *machine, const struct irq *irq);

enum irq_side {
    IRQ_SIDE_UNKNOWN, /* of the device's node or of the CPU's */
    IRQ_SIDE_ALIGNED, /* taken on the node of its device only */
    IRQ_SIDE_CROSSING,
    IRQ_SIDE_EITHER, /* it may go to both, and the kernel does not tell which it is */
};

/* The nodes whose CPUs take it (NULL: out of memory; the caller frees), and whether these are the
 * device's. */
hwloc_bitmap_t irq_nodes(const struct machine *machine, const struct irq *irq,
                         enum irq_side *ret_side);

/* What interrupts of a device of the machine's list are said to belong to: the controller of a disk
 * ("nvme0" of nvme0n1), else the device. The caller frees; NULL when out of memory. */
char *irq_device_name(const struct device *device);

/* The queues of a network device; machine has MACHINE_DEVICES. -ENODEV with the names that there
 * are. The caller frees. */
int nic_read(const struct root *root, const struct machine *machine, const char *name,
             struct nic **ret_nic, struct np_error *err);
struct nic *nic_free(struct nic *nic); /* returns NULL */
/* The queue of that number, which -1 is not; NULL when there is none. */
const struct nic_queue *nic_find_queue(const struct nic_queue *queues, unsigned int n, int index);

/* What is in it is freed, and NULL then. */
void irq_fini(struct irq *irq);

static inline void cleanup_interrupts(struct interrupts **interrupts)
{
    (void)interrupts_free(*interrupts);
}
static inline void cleanup_nic(struct nic **nic)
{
    (void)nic_free(*nic);
}
#define autointerrupts CLEANUP(cleanup_interrupts)
#define autonic CLEANUP(cleanup_nic)

#endif
