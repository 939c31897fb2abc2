/* SPDX-License-Identifier: Apache-2.0 */
/* Options are noted first and held against one another when all are there. */

#include "irq-options.h"

#include <ctype.h>
#include <limits.h>

static bool read_number(const char *text, unsigned int *ret_number)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (!isdigit((unsigned char)text[0]) || *end || value > INT_MAX)
        return false;
    *ret_number = (unsigned int)value;
    return true;
}

static int take_node(const struct command *command, const char *value, struct irq_options *options)
{
    unsigned int node;

    if (!read_number(value, &node))
        return cli_usage(command, "--node=%s: the number of a node is wanted", value);
    options->node = (int)node;
    return EXIT_DONE;
}

int irq_options_take(const struct command *command, int option, const char *value,
                     struct irq_options *options)
{
    switch (option) {
    case IRQ_OPTION_CPUS:
        options->cpus = value;
        break;
    case IRQ_OPTION_NEAR_APP:
        options->near_app = value;
        break;
    case IRQ_OPTION_NODE:
        return take_node(command, value, options);
    case IRQ_OPTION_ONE_PER_CORE:
        options->one_per_core = true;
        break;
    case IRQ_OPTION_KEEP:
        if (!read_number(value, &options->keep))
            return cli_usage(command, "--keep=%s: a number of CPUs is wanted", value);
        break;
    case IRQ_OPTION_STATE_DIR:
        options->state_dir = value;
        break;
    case IRQ_OPTION_JSON:
        options->json = true;
        break;
    }
    return EXIT_DONE;
}

int irq_options_check(const struct command *command, const struct irq_options *options)
{
    if (options->cpus && options->near_app)
        return cli_usage(command, "--cpus and --near-app both say which CPUs: choose one");
    return EXIT_DONE;
}
