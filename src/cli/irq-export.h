/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_IRQ_EXPORT_H
#define CLI_IRQ_EXPORT_H

/*
 * The plan of a device's interrupts as files that a machine without numaplace makes true at each
 * boot. They find the interrupts by device and name: numbers change from boot to boot.
 */

#include "irq-plan.h"

enum irq_export_format {
    IRQ_EXPORT_SYSTEMD,           /* a unit, and the script that it runs */
    IRQ_EXPORT_UDEV,              /* a rule, and the same script */
    IRQ_EXPORT_IRQBALANCE_POLICY, /* what keeps irqbalance from moving them */
};

/* -1 for another. */
int irq_export_format_from_name(const char *name);

struct irq_export_request {
    enum irq_export_format format;
    const struct irq_plan *plan;
    const struct interrupts *interrupts;
    hwloc_const_bitmap_t banned; /* CPUs that irqbalance shall leave free; empty: as it likes */
};

struct export_file {
    char *path; /* below the root: "etc/numaplace/irq-eth0" */
    bool executable;
    char *text;
};

#define EXPORT_FILES_MAX 2

struct irq_export {
    struct export_file files[EXPORT_FILES_MAX];
    unsigned int n_files;
    char *next; /* what a person does when they are in their places, a command a line */
};

/* -ENODATA: the interrupts have no names now. -EINVAL: a device of such a name cannot be written
 * into these files. The caller calls irq_export_fini(). */
int irq_export_make(const struct irq_export_request *request, struct irq_export *ret_export,
                    struct np_error *err);
void irq_export_fini(struct irq_export *files);

/* The script of both formats that place. -ENODATA as above. The caller frees. */
int irq_export_script(const struct irq_export_request *request, char **ret_text,
                      struct np_error *err);

#endif
