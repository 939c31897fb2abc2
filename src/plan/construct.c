/* SPDX-License-Identifier: Apache-2.0 */
/* A first placement: see construct.h. */

#include "construct.h"

#include <errno.h>
#include <string.h>

enum {
    TRIES_MAX = 12,  /* options of a demand that are tried for real */
    ORDERS_MAX = 24, /* orders of demands */
};

/* An option with room for its CPUs, and for the bytes that have no choice. */
struct candidate {
    cost128 cost;      /* prices paid */
    unsigned int room; /* CPUs left on the fullest of its nodes */
    unsigned int option;
};

struct constructor {
    struct builder *builder;
    const struct bound *bound;
    struct candidate *candidates; /* scratch: room for the options of any kind */
    unsigned int *left;           /* scratch, by node_idx */
    struct builder_place *place;  /* scratch */
};

static bool has_room(const struct builder *builder, const struct option *option,
                     unsigned int *ret_room)
{
    const struct option_part *parts = option_parts(builder->kinds, option);
    unsigned int least = -1u;

    for (unsigned int i = 0; i < option->n_parts; i++) {
        unsigned int left = seats_left(&builder->seats, parts[i].node);

        if (parts[i].cpus > left || parts[i].bytes > builder->room[parts[i].node])
            return false;
        if (parts[i].cpus > 0 && left - parts[i].cpus < least)
            least = left - parts[i].cpus;
    }
    *ret_room = least;
    return true;
}

static unsigned int collect(const struct constructor *constructor, const struct kind *kind)
{
    const struct builder *builder = constructor->builder;
    unsigned int n = 0;

    for (unsigned int i = 0; i < kind->n_options; i++) {
        const struct option *option = kind_option(builder->kinds, kind, i);
        struct candidate *candidate = &constructor->candidates[n];

        if (!has_room(builder, option, &candidate->room))
            continue;
        candidate->cost = prices_option(&constructor->bound->prices, builder->kinds, option);
        candidate->option = i;
        n++;
    }
    return n;
}

/* The cheapest goes to place at; of equal ones the one that leaves most room. */
static void bring_best(struct candidate *candidates, unsigned int at, unsigned int n)
{
    unsigned int best = at;
    struct candidate candidate;

    for (unsigned int i = at + 1; i < n; i++) {
        if (candidates[i].cost < candidates[best].cost ||
            (candidates[i].cost == candidates[best].cost &&
             candidates[i].room > candidates[best].room))
            best = i;
    }
    candidate = candidates[best];
    candidates[best] = candidates[at];
    candidates[at] = candidate;
}

/* None of the options has room: any shape that fits what is left. 0 or -ENOMEM. */
static int put_anywhere(const struct constructor *constructor, unsigned int demand, bool *ret_in)
{
    struct builder *builder = constructor->builder;
    const struct model *model = builder->model;
    struct shapes shapes;
    int r;

    for (unsigned int i = 0; i < model->n_nodes; i++)
        constructor->left[i] = seats_left(&builder->seats, i);
    r = shapes_make(model, &model->demands[demand], constructor->left, SHAPES_ROOMY, &shapes);
    if (r < 0)
        return r;
    *ret_in = false;
    for (unsigned int i = 0; i < shapes.n_shapes && !*ret_in; i++)
        *ret_in = builder_put_counts(builder, demand, shapes.shapes[i].counts);
    shapes_fini(&shapes);
    return 0;
}

static int put_demand(const struct constructor *constructor, unsigned int demand, bool *ret_in)
{
    struct builder *builder = constructor->builder;
    const struct kind *kind = &builder->kinds->kinds[builder->kinds->of[demand]];
    unsigned int n = collect(constructor, kind);

    builder->work += kind->n_options / 4;
    *ret_in = false;
    for (unsigned int i = 0; i < n && i < TRIES_MAX && !*ret_in; i++) {
        bring_best(constructor->candidates, i, n);
        *ret_in = builder_put_option(builder, demand, constructor->candidates[i].option);
    }
    if (*ret_in || builder->model->demands[demand].fixed)
        return 0;
    return put_anywhere(constructor, demand, ret_in);
}

/* How hard it is to place: what has no choice first, then the large, then those that would lose
 * most by not having their first choice. */
struct turn {
    unsigned int demand;
    bool choice;
    unsigned int n_cpus;
    unsigned int strict;
    uint64_t bytes;
    cost128 regret;
};

static int compare_turns(const void *a, const void *b)
{
    const struct turn *x = a, *y = b;

    if (x->choice != y->choice)
        return x->choice - y->choice;
    if (x->n_cpus != y->n_cpus)
        return x->n_cpus > y->n_cpus ? -1 : 1;
    if (x->strict != y->strict)
        return x->strict > y->strict ? -1 : 1;
    if (x->regret != y->regret)
        return x->regret > y->regret ? -1 : 1;
    if (x->bytes != y->bytes)
        return x->bytes > y->bytes ? -1 : 1;
    return x->demand < y->demand ? -1 : x->demand > y->demand;
}

/* What the second best option costs more than the best one, prices paid. */
static cost128 regret_of(const struct bound *bound, unsigned int k)
{
    const struct kind *kind = &bound->kinds->kinds[k];
    cost128 first = FLOW_NEVER, second = FLOW_NEVER;

    for (unsigned int i = 0; i < kind->n_options; i++) {
        cost128 cost =
            prices_option(&bound->prices, bound->kinds, kind_option(bound->kinds, kind, i));

        if (cost < first) {
            second = first;
            first = cost;
        } else if (cost < second) {
            second = cost;
        }
    }
    return second == FLOW_NEVER ? FLOW_NEVER : second - first;
}

/* Puts them in by turns; *ret_failed is the turn that found no place, n for none. */
static int put_all(const struct constructor *constructor, const struct turn *turns, unsigned int n,
                   unsigned int *ret_failed)
{
    bool in = true;
    int r = 0;

    for (*ret_failed = 0; r == 0 && *ret_failed < n; *ret_failed += in) {
        r = put_demand(constructor, turns[*ret_failed].demand, &in);
        if (!in)
            break;
    }
    return r;
}

/* Takes out what is in, and lets the one that found no place be the first. */
static void begin_again(const struct constructor *constructor, struct turn *turns,
                        unsigned int failed)
{
    struct turn turn = turns[failed];

    for (unsigned int i = 0; i < failed; i++)
        builder_take(constructor->builder, turns[i].demand, constructor->place);
    memmove(&turns[1], &turns[0], failed * sizeof(*turns));
    turns[0] = turn;
}

static int put_in_some_order(const struct constructor *constructor, struct turn *turns,
                             unsigned int n, bool *ret_all)
{
    unsigned int failed = 0;
    int r = 0;

    *ret_all = false;
    for (unsigned int i = 0; r == 0 && i < ORDERS_MAX && !*ret_all; i++) {
        r = put_all(constructor, turns, n, &failed);
        *ret_all = failed == n;
        if (r == 0 && !*ret_all)
            begin_again(constructor, turns, failed);
    }
    return r;
}

static void list_turns(const struct bound *bound, const cost128 *regrets, unsigned int first,
                       unsigned int n, struct turn *turns)
{
    const struct kinds *kinds = bound->kinds;

    for (unsigned int i = 0; i < n; i++) {
        const struct demand *demand = &kinds->model->demands[first + i];
        const struct kind *kind = &kinds->kinds[kinds->of[first + i]];

        turns[i] = (struct turn){
            .demand = first + i,
            .choice = !kind->all || kind->n_options > 1,
            .n_cpus = demand->fixed ? 0 : demand->n_cpus,
            .strict = demand->smt,
            .bytes = demand->bytes,
            .regret = regrets[kinds->of[first + i]],
        };
    }
    qsort(turns, n, sizeof(*turns), compare_turns);
}

int construct(struct builder *builder, const struct bound *bound, unsigned int first,
              unsigned int n, bool *ret_all)
{
    const struct kinds *kinds = bound->kinds;
    autofree struct turn *turns = calloc(n + 1, sizeof(*turns));
    autofree cost128 *regrets = calloc(kinds->n_kinds + 1, sizeof(*regrets));
    autofree unsigned int *left = calloc(kinds->model->n_nodes + 1, sizeof(*left));
    autofree struct candidate *candidates = NULL;
    autofree uint64_t *grants = calloc(kinds->model->n_nodes + 1, sizeof(*grants));
    autofree unsigned int *counts = calloc(kinds->model->n_nodes + 1, sizeof(*counts));
    struct builder_place place = {.counts = counts, .grants = grants};
    struct constructor constructor = {builder, bound, .left = left, .place = &place};
    unsigned int most = 0;

    for (unsigned int k = 0; k < kinds->n_kinds; k++)
        most = kinds->kinds[k].n_options > most ? kinds->kinds[k].n_options : most;
    candidates = calloc(most + 1, sizeof(*candidates));
    if (!turns || !regrets || !left || !grants || !counts || !candidates)
        return -ENOMEM;
    constructor.candidates = candidates;
    for (unsigned int k = 0; k < kinds->n_kinds; k++)
        regrets[k] = regret_of(bound, k);
    list_turns(bound, regrets, first, n, turns);
    return put_in_some_order(&constructor, turns, n, ret_all);
}
