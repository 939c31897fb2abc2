/* SPDX-License-Identifier: Apache-2.0 */
/* The words for what is known of an interrupt. */

#include "irq-text.h"

#include <string.h>

const char *irq_queue_text(enum queue_kind kind, int queue, char text[QUEUE_TEXT_MAX])
{
    static const char *const words[] = {
        [QUEUE_NONE] = "", [QUEUE_RX] = "rx", [QUEUE_TX] = "tx", [QUEUE_COMBINED] = "rx+tx"};

    if (kind == QUEUE_NONE || queue < 0)
        return strcpy(text, "-");
    (void)snprintf(text, QUEUE_TEXT_MAX, "%s %d", words[kind], queue);
    return text;
}

const char *irq_count_text(double count, char text[COUNT_TEXT_MAX])
{
    bool is_whole = count >= 10 || count == (double)(unsigned int)count;

    (void)snprintf(text, COUNT_TEXT_MAX, "%.*f", is_whole ? 0 : 1, count);
    return text;
}

const char *queue_kind_name(enum queue_kind kind)
{
    static const char *const names[] = {
        [QUEUE_NONE] = NULL, [QUEUE_RX] = "rx", [QUEUE_TX] = "tx", [QUEUE_COMBINED] = "combined"};

    return names[kind];
}

const char *irq_mobility_name(enum irq_mobility mobility)
{
    static const char *const names[] = {
        [IRQ_MOVABLE] = "movable", [IRQ_FIXED] = "fixed", [IRQ_MOBILITY_UNKNOWN] = "unknown"};

    return names[mobility];
}

const char *irq_side_name(enum irq_side side)
{
    static const char *const names[] = {[IRQ_SIDE_UNKNOWN] = NULL,
                                        [IRQ_SIDE_ALIGNED] = "aligned",
                                        [IRQ_SIDE_CROSSING] = "crossing",
                                        [IRQ_SIDE_EITHER] = "either"};

    return names[side];
}
