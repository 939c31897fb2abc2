/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_FEASIBLE_CASE_H
#define TESTS_UNIT_FEASIBLE_CASE_H

/* Machines of real size and files for them that have a placement: instances are first given CPUs
 * and memory at random until little is left, then the file asks for as much. */

#include "machine.h"

enum {
    FEASIBLE_NODES_MAX = 8, /* of 16 CPUs and 64 GiB each */
};

/* Case number: the same everywhere. The caller frees both. */
void feasible_case(uint64_t number, struct machine **ret_machine, char **ret_yaml);

#endif
