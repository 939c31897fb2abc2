/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_IRQ_TEXT_H
#define CLI_IRQ_TEXT_H

/* The words for what is known of an interrupt: the same in text, JSON and pictures. */

#include "interrupts.h"

/* "rx 3", "rx+tx 0"; "-" for what is of no queue. Returns text. */
#define QUEUE_TEXT_MAX 24
const char *irq_queue_text(enum queue_kind kind, int queue, char text[QUEUE_TEXT_MAX]);

/* What irq_look_count() counts: as a number of at most one decimal. Returns text. */
#define COUNT_TEXT_MAX 32
const char *irq_count_text(double count, char text[COUNT_TEXT_MAX]);

const char *queue_kind_name(enum queue_kind kind);         /* rx, tx, combined; NULL */
const char *irq_mobility_name(enum irq_mobility mobility); /* movable, fixed, unknown */
const char *irq_side_name(enum irq_side side);             /* aligned, crossing, either; NULL */

#endif
