/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_IRQ_APP_H
#define CLI_IRQ_APP_H

/* The CPUs of a program that interrupts are to be near to. */

#include "cli-irq.h"

struct irq_app {
    hwloc_bitmap_t cpus;
    char *whose; /* "near process 812", "of instance \"web\"" */
};

/*
 * app is a process id or the name of an instance that is applied here. Of a process they are all
 * CPUs of the nodes that its threads may run on, as far as housekeeping and not isolated: the
 * program itself goes on to have its own. Of an instance they are the instance's. -ESRCH, -ENOENT
 * or -ENOTUNIQ with a message. The caller ends it.
 */
int irq_app_find(const struct irq_view *view, const char *app, const char *state_dir,
                 struct irq_app *ret_app, struct np_error *err);
void irq_app_fini(struct irq_app *app);

#endif
