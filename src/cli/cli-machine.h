/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CLI_MACHINE_H
#define CLI_CLI_MACHINE_H

/* What every command that looks at a machine shares: --from, and how its facts are written. */

#include "cli.h"
#include "machine.h"

/* The row for a command's options. */
#define CLI_OPTION_FROM                                                                            \
    {                                                                                              \
        .name = "from", .short_name = 'f', .argument = "SOURCE",                                   \
        .help =                                                                                    \
            "the machine: live (default), captured tree, .tar, .xml, .dts, .dtb, synthetic:TEXT"   \
    }

/* Reads the machine (from NULL: the live one). EXIT_DONE, or the exit status after a message. */
int cli_load_machine(const char *from, unsigned int parts, struct machine **ret_machine);

/* A set for people: as set_format; with strides ("0-62:2") where that halves it, as with the usual
 * two-socket numbering; "-" when it is empty. The caller frees; NULL when out of memory. */
char *cli_set_text(hwloc_const_bitmap_t set);

#endif
