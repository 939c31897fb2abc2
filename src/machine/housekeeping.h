/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_HOUSEKEEPING_H
#define MACHINE_HOUSEKEEPING_H

/* Where the administrator wants interrupts to go. */

#include "root.h"

/*
 * The CPUs of /proc/irq/default_smp_affinity, which the irqaffinity= of the kernel's command line
 * sets, less those of nohz_full=, which are not to be disturbed. A full set where nobody tells.
 * -ENOMEM, and no other failure. The caller frees.
 *
 * Sources: the kernel's Documentation/core-api/irq/irq-affinity.rst and
 * Documentation/timers/no_hz.rst.
 */
int housekeeping_cpus(const struct root *root, hwloc_bitmap_t *ret_cpus);

#endif
