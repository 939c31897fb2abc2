/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cases that have a placement by construction: whether the planner finds one, and what others do
 * with the same cases.
 *
 *   feasible CASES
 *
 * A peer that refuses an instance goes on with the next one. What it accepts is held against the
 * file by node (SMT rules are not held against it): an instance that is where the file does not
 * allow it is counted as such. The others are given to the planner again, without those that the
 * peer did not place so, and the costs are compared, for one case in ten. Exit status 1 when
 * numaplace refuses a case.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feasible-case.h"
#include "peers.h"
#include "price.h"

enum {
    FIRST_CASE = 1000000, /* those of the unit test come before */
    PRICED = 10,          /* one in so many cases is planned again for each peer */
};

struct tally {
    unsigned int n_cases;
    unsigned int n_cases_refused; /* at least one of its instances */
    unsigned int n_instances;
    unsigned int n_refused;
    unsigned int n_wrong; /* accepted, but not as the file says */
    double cost;          /* of those that are as it says */
    double ours;          /* of the same instances */
};

static const struct plan_options options;

/* What the planner's placement costs; negative when it refuses. */
static double plan_price(const struct wishes *wishes)
{
    autoplan struct plan *plan = NULL;
    struct refusal refusal = {0};
    struct np_error err = {0};
    struct model model;
    double cost = -1;

    if (model_init(&model, wishes, &options) < 0)
        abort();
    if (plan_make(wishes, &options, &plan, &refusal, &err) == PLAN_MADE)
        cost = price_plan(&model, plan);
    refusal_fini(&refusal);
    model_fini(&model);
    return cost;
}

/* Returns what the accepted ones cost that are as the file says; they are what is left of some. */
static double place_all(const struct model *model, enum peer peer, struct tally *tally,
                        struct wishes *some)
{
    struct peer_state state;
    unsigned int n_refused = 0;
    double sum = 0;

    peer_start(&state, peer, model);
    some->n_wishes = 0;
    for (unsigned int i = 0; i < model->n_demands; i++) {
        const struct demand *demand = &model->demands[i];
        struct peer_share share;
        double cost;

        if (!peer_place(&state, demand, &share)) {
            n_refused++;
            continue;
        }
        cost = price_instance(model, demand, share.counts, share.bytes);
        if (cost < 0) {
            tally->n_wrong++;
            continue;
        }
        sum += cost;
        some->wishes[some->n_wishes++] = *demand->wish;
    }
    tally->n_refused += n_refused;
    tally->n_cases_refused += n_refused > 0;
    return sum;
}

static void try_peers(const struct wishes *wishes, bool priced, struct tally *tallies)
{
    autofree struct wish *list = calloc(wishes->n_wishes + 1, sizeof(*list));
    struct wishes some = *wishes;
    struct model model;

    if (!list || model_init(&model, wishes, &options) < 0)
        abort();
    some.wishes = list;
    for (enum peer peer = 0; peer < N_PEERS; peer++) {
        double cost = place_all(&model, peer, &tallies[peer], &some);

        tallies[peer].n_cases++;
        tallies[peer].n_instances += wishes->n_wishes;
        if (!priced)
            continue;
        tallies[peer].cost += cost;
        tallies[peer].ours += plan_price(&some);
    }
    model_fini(&model);
}

/* Ours and the peers'. False: we refuse it. */
static bool try_case(unsigned int number, struct tally *tallies)
{
    autofree char *yaml = NULL;
    automachine struct machine *machine = NULL;
    autospec struct spec *spec = NULL;
    autowishes struct wishes *wishes = NULL;
    struct np_error err = {0};

    feasible_case(number, &machine, &yaml);
    if (spec_parse("case", yaml, strlen(yaml), &spec, &err) < 0 ||
        wishes_resolve(machine, spec, &wishes, &err) < 0) {
        fprintf(stderr, "feasible: case %u: %s\n", number, err.text);
        exit(2);
    }
    try_peers(wishes, number % PRICED == 0, tallies);
    if (plan_price(wishes) >= 0)
        return true;
    fprintf(stderr, "feasible: case %u is refused\n", number);
    return false;
}

static void print_peer(enum peer peer, const struct tally *tally)
{
    printf(
        "%-44s %8.1f %% of cases, %.1f %% of instances refused; %.1f %% not as the file says; the "
        "others cost %.2fx ours\n",
        peer_names[peer], 100.0 * tally->n_cases_refused / tally->n_cases,
        100.0 * tally->n_refused / tally->n_instances, 100.0 * tally->n_wrong / tally->n_instances,
        tally->ours > 0 ? tally->cost / tally->ours : 0);
}

int main(int argc, char **argv)
{
    struct tally tallies[N_PEERS] = {0};
    unsigned int n = argc > 1 ? (unsigned int)atoi(argv[1]) : 0, n_refused = 0;

    if (n == 0) {
        fprintf(stderr, "usage: feasible CASES\n");
        return 2;
    }
    for (unsigned int i = 0; i < n; i++)
        n_refused += !try_case(FIRST_CASE + i, tallies);
    printf("%-44s %9u of %u refused%s\n", "cases that have a placement", n_refused, n,
           n_refused ? "  MISSED" : "");
    for (enum peer peer = 0; peer < N_PEERS; peer++)
        print_peer(peer, &tallies[peer]);
    return n_refused > 0;
}
