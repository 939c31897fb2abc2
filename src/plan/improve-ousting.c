/* SPDX-License-Identifier: Apache-2.0 */
/* One takes its place from a few others, which go where it is cheapest for them. */

#include "improve-private.h"

enum {
    OUST_TRIES = 8, /* cheapest options for which others may have to leave */
};

static bool cpus_fit(const struct improver *improver, const struct option *option)
{
    const struct option_part *parts = option_parts(improver->request->kinds, option);

    for (unsigned int i = 0; i < option->n_parts; i++) {
        if (parts[i].cpus > seats_left(&improver->builder.seats, parts[i].node))
            return false;
    }
    return true;
}

/* The cheapest option for which there are CPUs now; FLOW_NEVER none. */
static cost128 cost_elsewhere(struct improver *improver, unsigned int demand)
{
    const struct kinds *kinds = improver->request->kinds;
    const struct kind *kind = &kinds->kinds[kinds->of[demand]];

    for (unsigned int i = 0; i < kind->n_options; i++) {
        const struct option *option = kind_option(kinds, kind, i);

        if (cpus_fit(improver, option)) {
            improver->builder.work += 1 + i / 4;
            return option->cost;
        }
    }
    improver->builder.work += 1 + kind->n_options / 4;
    return FLOW_NEVER;
}

/* The one on node that loses least by leaving, or n_demands. */
static unsigned int who_leaves(struct improver *improver, unsigned int node)
{
    const struct builder *builder = &improver->builder;
    unsigned int best = builder->model->n_demands;
    cost128 least = FLOW_NEVER;

    for (unsigned int i = 0; i < builder->seats.n_members[node]; i++) {
        unsigned int demand = builder->seats.members[node][i];
        cost128 elsewhere = cost_elsewhere(improver, demand);

        if (elsewhere != FLOW_NEVER && elsewhere - builder->cost[demand] < least) {
            least = elsewhere - builder->cost[demand];
            best = demand;
        }
    }
    return best;
}

/* Takes others out of the option's nodes until its CPUs fit; places hold them from the second one
 * on. How many places are taken, 0 when it is too many. */
static unsigned int make_room(struct improver *improver, const struct option *option)
{
    const struct builder *builder = &improver->builder;
    const struct option_part *parts = option_parts(improver->request->kinds, option);
    unsigned int n = 1;

    for (unsigned int i = 0; i < option->n_parts; i++) {
        while (seats_left(&builder->seats, parts[i].node) < parts[i].cpus) {
            unsigned int demand =
                n > OUSTED_MAX ? builder->model->n_demands : who_leaves(improver, parts[i].node);

            if (demand == builder->model->n_demands)
                return 0;
            builder_take(&improver->builder, demand, &improver->places[n++]);
            improver->n_out = n;
        }
    }
    return n;
}

/* Each where it is cheapest, as long as all together cost less than before. How many are in. */
static unsigned int put_ousted(struct improver *improver, unsigned int n, cost128 gain)
{
    struct builder *builder = &improver->builder;
    const struct kinds *kinds = builder->kinds;
    unsigned int in = 1;

    for (; in < n && gain > 0; in++) {
        const struct builder_place *place = &improver->places[in];
        const struct kind *kind = &kinds->kinds[kinds->of[place->demand]];
        bool put = false;

        for (unsigned int i = 0; i < kind->n_options && !put; i++) {
            const struct option *option = kind_option(kinds, kind, i);

            if (option->cost >= place->cost + gain)
                break;
            put = cpus_fit(improver, option) && builder_put_option(builder, place->demand, i);
        }
        if (!put)
            return in;
        gain += place->cost - builder->cost[place->demand];
    }
    return gain > 0 ? n : in;
}

/* What the first n places cost less now. */
static cost128 total_gain(const struct improver *improver, unsigned int n)
{
    cost128 gain = 0;

    for (unsigned int i = 0; i < n; i++)
        gain += improver->places[i].cost - improver->builder.cost[improver->places[i].demand];
    return gain;
}

/* Gives demand the option even where others have to leave for it. */
static bool oust(struct improver *improver, unsigned int demand, unsigned int option)
{
    struct builder *builder = &improver->builder;
    const struct kinds *kinds = builder->kinds;
    const struct kind *kind = &kinds->kinds[kinds->of[demand]];
    struct builder_place *spare = &improver->places[OUSTED_MAX + 1];
    unsigned int n, in = 0;

    builder_take(builder, demand, &improver->places[0]);
    improver->n_out = 1;
    n = make_room(improver, kind_option(kinds, kind, option));
    if (n > 0 && builder_put_option(builder, demand, option)) {
        cost128 gain = improver->places[0].cost - builder->cost[demand];

        in = put_ousted(improver, n, gain);
        if (in == n && total_gain(improver, n) > 0)
            return true;
    }
    for (unsigned int i = 0; i < in; i++)
        builder_take(builder, improver->places[i].demand, spare);
    for (unsigned int i = 0; i < improver->n_out; i++)
        builder_put_back(builder, &improver->places[i]);
    return false;
}

static bool oust_for(struct improver *improver, unsigned int demand)
{
    const struct builder *builder = &improver->builder;
    const struct kinds *kinds = builder->kinds;
    const struct kind *kind = &kinds->kinds[kinds->of[demand]];

    for (unsigned int i = 0; i < kind->n_options && i < OUST_TRIES; i++) {
        if (kind_option(kinds, kind, i)->cost >= builder->cost[demand])
            break;
        if (oust(improver, demand, i))
            return true;
    }
    return false;
}

bool improve_ousting(struct improver *improver)
{
    const struct improve_request *request = improver->request;
    bool any = false;

    for (unsigned int i = 0; i < request->n && !improver_is_over(improver); i++) {
        if (improver_size(improver, request->first + i) > 0)
            any |= oust_for(improver, request->first + i);
    }
    return any;
}
