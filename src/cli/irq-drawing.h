/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_IRQ_DRAWING_H
#define CLI_IRQ_DRAWING_H

/* Both drawings of interrupts, of one device or (device NULL) of each that has any, by name. To
 * stdout. 0 or a negative errno. */

#include "cli-irq.h"

/* A picture. */
int irq_draw_svg(const struct irq_view *view, const char *device);
/* The same in text: a line an interrupt, and how it goes from the device to its node. */
int irq_draw_tree(const struct irq_view *view, const char *device);

#endif
