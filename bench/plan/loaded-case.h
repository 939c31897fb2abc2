/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_PLAN_LOADED_CASE_H
#define BENCH_PLAN_LOADED_CASE_H

/* A placement file and its machine as the planner sees them. */

#include "model.h"

struct loaded_case {
    struct machine *machine;
    struct spec *spec;
    struct wishes *wishes;
    struct model model;
};

/* Ends the program with a message when the file or its machine cannot be read. */
void case_load(const char *file, struct loaded_case *ret_case);
void case_unload(struct loaded_case *loaded);

#endif
