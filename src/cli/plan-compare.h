/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PLAN_COMPARE_H
#define CLI_PLAN_COMPARE_H

/*
 * Two plans side by side. A side is what `plan --json` printed, or a machine for which the file is
 * planned; where only one is named, the other one is the file on its own machine.
 */

#include "cli-spec.h"
#include "current.h"

struct compare_request {
    const char *sides[2];
    unsigned int n_sides;            /* named, 1 or 2 */
    const struct spec_request *spec; /* whose path may be NULL when both sides are plans */
    unsigned int budget_ms;          /* of what is planned; 0: the planner's own */
    bool json;
};

/* Prints. The exit status, after a message where it is not EXIT_DONE. */
int plan_compare(const struct compare_request *request);

/* A plan as it is compared. */
struct compared {
    char *source; /* the file or the machine that was named */
    char *machine;
    struct current *current; /* what each instance has */
    double *costs;           /* of each by itself, in the same order; negative: it is not told */
    double cost, bound;
};

struct comparison {
    struct compared a, b;
};

/* What an instance has on either side; NULL: it is not there. */
struct compared_instance {
    const char *name;
    const struct current_instance *a, *b;
    double cost_a, cost_b; /* of it by itself; negative: not told, or not there */
    bool same;             /* in the same place, at the same cost */
};

unsigned int comparison_n_instances(const struct comparison *comparison);
struct compared_instance comparison_instance(const struct comparison *comparison, unsigned int i);
/* What of b lies on other nodes than in a, of instances that both have. */
uint64_t comparison_bytes_elsewhere(const struct comparison *comparison);

int render_comparison(const struct comparison *comparison, FILE *stream);
json_t *json_comparison(const struct comparison *comparison);

#endif
