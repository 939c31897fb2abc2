/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CLI_IRQ_H
#define CLI_CLI_IRQ_H

/* What every verb of `numaplace irq` reads first. */

#include "cli-machine.h"
#include "interrupts.h"

/* A machine and its interrupts at one moment. */
struct irq_view {
    struct machine *machine; /* with MACHINE_DEVICES */
    struct root *root;       /* where they were read */
    struct interrupts *interrupts;
};

/* parts: what else of the machine is wanted. EXIT_DONE, or the exit status after a message. view is
 * zeroed, and the caller's to finish in either case. */
int cli_read_interrupts(const char *from, unsigned int parts, struct irq_view *view);
void irq_view_fini(struct irq_view *view);

/* The tree of the machine that from names, which must be one that can be asked for more than its
 * topology. EXIT_DONE, or the exit status after a message. */
int cli_open_tree(const char *from, struct root **ret_root);

/* Of a network device, which may be named by its PCI address, too. EXIT_DONE, or the exit status
 * after a message. */
int cli_read_nic(const struct irq_view *view, const char *name, struct nic **ret_nic);

#endif
