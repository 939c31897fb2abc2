/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prices by the subgradient method, in integers: see bound.h. Rates have no price here: those come
 * from elsewhere (bound_offer).
 */

#include "bound.h"

#include <errno.h>
#include <string.h>

enum {
    STEP_ONE = 1 << 10, /* a whole step of Polyak's rule, that goes as far as known tells */
    PATIENCE = 6,       /* rounds without a higher bound, after which steps are halved */
    CHOICES = 8,        /* kinds are told apart by how many they have, in powers of two */
    EVEN_MAX = 1 << 20, /* excess is cut down to this, so that squares can be added up */
};

struct bound_scratch {
    struct prices prices; /* of this round */
    cost128 *paid;        /* for the memory that one CPU stands for: what a byte's is made from */
    cost128 *least;       /* by kind */
    unsigned int *ties;   /* scratch: options of a kind */
    unsigned int *choice; /* by kind: the cheapest option */
    int64_t *cpus_over;   /* by node: asked for less what there is */
    cost128 *bytes_over;
    struct others others;
    uint64_t memory_unit; /* bytes that one CPU stands for */
};

static void ask_for(struct bound_scratch *scratch, const struct kinds *kinds,
                    const struct option *option, int64_t n)
{
    const struct option_part *parts = option_parts(kinds, option);
    const struct option_source *sources = option_sources(kinds, option);

    for (unsigned int i = 0; i < option->n_parts; i++) {
        scratch->cpus_over[parts[i].node] += n * parts[i].cpus;
        scratch->bytes_over[parts[i].node] += (cost128)n * (cost128)parts[i].bytes;
    }
    for (unsigned int i = 0; i < option->n_sources; i++) {
        const struct option_arc *arcs = source_arcs(kinds, &sources[i]);
        unsigned int node = arcs[prices_arc(&scratch->prices, arcs, sources[i].n_arcs)].node;

        if (node != ANY_NODE)
            scratch->bytes_over[node] += (cost128)n * (cost128)sources[i].bytes;
    }
}

/* Options of a kind that cost nearly the least, in scratch->ties. */
static unsigned int find_ties(struct bound *bound, unsigned int k, cost128 near)
{
    const struct kinds *kinds = bound->kinds;
    struct bound_scratch *scratch = bound->scratch;
    const struct kind *kind = &kinds->kinds[k];
    unsigned int n = 0;

    for (unsigned int i = 0; i < kind->n_options; i++) {
        const struct option *option = kind_option(kinds, kind, i);

        if (option->cost > scratch->least[k] + near)
            break;
        if (prices_option(&scratch->prices, kinds, option) <= scratch->least[k] + near)
            scratch->ties[n++] = i;
    }
    bound->work += kind->n_options / 4;
    return n;
}

/* CPUs left on the fullest of its nodes once it has its own. */
static int64_t room_after(const struct bound_scratch *scratch, const struct kinds *kinds,
                          const struct option *option)
{
    const struct option_part *parts = option_parts(kinds, option);
    int64_t least = INT64_MAX;

    for (unsigned int i = 0; i < option->n_parts; i++) {
        int64_t room = -scratch->cpus_over[parts[i].node] - parts[i].cpus;

        if (parts[i].cpus > 0 && room < least)
            least = room;
    }
    return least;
}

/* Of options that cost the same each demand of the kind takes the one with most room. */
static void ask_in_turns(struct bound *bound, unsigned int k, cost128 near)
{
    const struct kinds *kinds = bound->kinds;
    struct bound_scratch *scratch = bound->scratch;
    const struct kind *kind = &kinds->kinds[k];
    unsigned int n = find_ties(bound, k, near);

    for (unsigned int left = kind->n_demands; n > 0 && left > 0; left--) {
        const struct option *best = kind_option(kinds, kind, scratch->ties[0]);
        int64_t most = room_after(scratch, kinds, best);

        for (unsigned int i = 1; i < n; i++) {
            const struct option *option = kind_option(kinds, kind, scratch->ties[i]);
            int64_t room = room_after(scratch, kinds, option);

            if (room > most) {
                most = room;
                best = option;
            }
        }
        ask_for(scratch, kinds, best, 1);
        bound->work += n / 4;
    }
}

cost128 bound_least(struct bound *bound, const struct prices *prices, unsigned int k,
                    const struct exclusion *exclusion, unsigned int *ret_choice)
{
    const struct kinds *kinds = bound->kinds;
    const struct others *others = &bound->scratch->others;
    const struct kind *kind = &kinds->kinds[k];
    cost128 least = FLOW_NEVER;

    *ret_choice = kind->n_options;
    for (unsigned int i = 0; i < kind->n_options; i++) {
        const struct option *option = kind_option(kinds, kind, i);
        cost128 cost;

        if (option->cost >= least)
            break; /* prices only add */
        if (exclusion && is_excluded(exclusion, i))
            continue;
        cost = prices_option(prices, kinds, option);
        bound->work += 1 + option->n_parts / 4;
        if (cost < least) {
            least = cost;
            *ret_choice = i;
        }
    }
    if (others_exist(others, k) && others->least[k] < least) {
        cost128 cost = others_least(others, kinds, k, prices);

        bound->work += kinds->model->n_nodes / 4;
        if (cost < least) {
            least = cost;
            *ret_choice = kind->n_options;
        }
    }
    return least;
}

/* The bound with the prices of scratch. */
static cost128 evaluate(struct bound *bound)
{
    const struct kinds *kinds = bound->kinds;
    struct bound_scratch *scratch = bound->scratch;
    cost128 sum = 0;

    for (unsigned int k = 0; k < kinds->n_kinds; k++) {
        scratch->least[k] = bound_least(bound, &scratch->prices, k, NULL, &scratch->choice[k]);
        if (scratch->least[k] == FLOW_NEVER)
            bound->impossible = true;
        else
            sum += scratch->least[k] * kinds->kinds[k].n_demands;
    }
    return sum - prices_room(&scratch->prices, kinds);
}

static void keep(struct bound *bound, cost128 value)
{
    const struct kinds *kinds = bound->kinds;

    bound->value = value;
    prices_copy(&bound->prices, &bound->scratch->prices, kinds);
    memcpy(bound->least, bound->scratch->least, kinds->n_kinds * sizeof(cost128));
}

/* By how much dearer the options of a kind get: 0 steeply. */
static unsigned int choices_of(const struct kinds *kinds, unsigned int k)
{
    const struct kind *kind = &kinds->kinds[k];
    unsigned int alike = 1, n = 0;

    while (alike < kind->n_options &&
           kind_option(kinds, kind, alike)->cost == kind_option(kinds, kind, 0)->cost)
        alike++;
    while (alike > 1 && n + 1 < CHOICES) {
        alike /= 2;
        n++;
    }
    return n;
}

static void ask_all(struct bound *bound, cost128 near)
{
    const struct kinds *kinds = bound->kinds;
    struct bound_scratch *scratch = bound->scratch;

    for (unsigned int i = 0; i < kinds->model->n_nodes; i++) {
        scratch->cpus_over[i] = -(int64_t)kinds->model->nodes[i].n_cpus;
        scratch->bytes_over[i] = -(cost128)kinds->model->nodes[i].bytes;
    }
    /* Those that have least choice first. */
    for (unsigned int n = 0; n < CHOICES; n++) {
        for (unsigned int k = 0; k < kinds->n_kinds; k++) {
            if (choices_of(kinds, k) == n)
                ask_in_turns(bound, k, near);
        }
    }
}

/* Bytes in CPUs. */
static int64_t memory_over(const struct bound_scratch *scratch, unsigned int node)
{
    cost128 over = scratch->bytes_over[node] / (cost128)scratch->memory_unit;

    return over > EVEN_MAX ? EVEN_MAX : over < -EVEN_MAX ? -EVEN_MAX : (int64_t)over;
}

static void pay(cost128 *price, cost128 length, int64_t over)
{
    *price += length * over;
    if (*price < 0)
        *price = 0;
}

/* Makes what is asked for too much dearer, and what is left over cheaper. False: all fits. */
static bool change_prices(struct bound *bound, cost128 gap, unsigned int step)
{
    struct bound_scratch *scratch = bound->scratch;
    unsigned int n = bound->kinds->model->n_nodes;
    cost128 squares = 0, length;

    for (unsigned int i = 0; i < n; i++) {
        int64_t cpus = scratch->cpus_over[i], memory = memory_over(scratch, i);

        if (cpus > 0 || scratch->prices.cpu[i] > 0)
            squares += (cost128)cpus * cpus;
        if (memory > 0 || scratch->paid[i] > 0)
            squares += (cost128)memory * memory;
    }
    if (squares == 0)
        return false;
    length = gap / squares * step / STEP_ONE;
    for (unsigned int i = 0; i < n; i++) {
        pay(&scratch->prices.cpu[i], length, scratch->cpus_over[i]);
        pay(&scratch->paid[i], length, memory_over(scratch, i));
        scratch->prices.byte[i] = scratch->paid[i] / (cost128)scratch->memory_unit;
    }
    return length > 0;
}

static void back_to_best(struct bound *bound)
{
    const struct model *model = bound->kinds->model;
    struct bound_scratch *scratch = bound->scratch;

    prices_copy(&scratch->prices, &bound->prices, bound->kinds);
    for (unsigned int i = 0; i < model->n_nodes; i++)
        scratch->paid[i] = bound->prices.byte[i] * (cost128)scratch->memory_unit;
}

void bound_raise(struct bound *bound, cost128 known, unsigned int n_rounds)
{
    unsigned int step = STEP_ONE, since = 0;
    cost128 value = bound->value;

    back_to_best(bound);
    (void)evaluate(bound);
    for (unsigned int round = 0; round < n_rounds && step > 0 && bound->value < known; round++) {
        ask_all(bound, (known - bound->value) / (4 * bound->kinds->model->n_demands + 1));
        if (!change_prices(bound, known - value, step))
            return;
        value = evaluate(bound);
        if (value > bound->value) {
            keep(bound, value);
            since = 0;
        } else if (++since > PATIENCE) {
            step /= 2;
            since = 0;
            back_to_best(bound);
            value = evaluate(bound);
        }
    }
}

static void judge_scratch(struct bound *bound)
{
    cost128 value = evaluate(bound);

    if (value > bound->value)
        keep(bound, value);
}

void bound_offer(struct bound *bound, const struct prices *prices)
{
    prices_copy(&bound->scratch->prices, prices, bound->kinds);
    judge_scratch(bound);
}

void bound_offer_cpus(struct bound *bound, const cost128 *cpu)
{
    back_to_best(bound);
    memcpy(bound->scratch->prices.cpu, cpu, bound->kinds->model->n_nodes * sizeof(*cpu));
    judge_scratch(bound);
}

static unsigned int most_options(const struct kinds *kinds)
{
    unsigned int most = 0;

    for (unsigned int k = 0; k < kinds->n_kinds; k++)
        most = kinds->kinds[k].n_options > most ? kinds->kinds[k].n_options : most;
    return most;
}

static int init_scratch(struct bound *bound)
{
    const struct kinds *kinds = bound->kinds;
    unsigned int n_nodes = kinds->model->n_nodes;
    struct bound_scratch *scratch = calloc(1, sizeof(*scratch));
    int r;

    bound->scratch = scratch;
    if (!scratch)
        return -ENOMEM;
    r = prices_init(&scratch->prices, kinds);
    if (r == 0)
        r = others_init(&scratch->others, kinds);
    scratch->paid = calloc(n_nodes + 1, sizeof(*scratch->paid));
    scratch->cpus_over = calloc(n_nodes + 1, sizeof(*scratch->cpus_over));
    scratch->bytes_over = calloc(n_nodes + 1, sizeof(*scratch->bytes_over));
    scratch->least = calloc(kinds->n_kinds + 1, sizeof(*scratch->least));
    scratch->choice = calloc(kinds->n_kinds + 1, sizeof(*scratch->choice));
    scratch->ties = calloc(most_options(kinds) + 1, sizeof(*scratch->ties));
    if (!scratch->paid || !scratch->cpus_over || !scratch->bytes_over || !scratch->least ||
        !scratch->choice || !scratch->ties)
        return -ENOMEM;
    return r;
}

static void measure_unit(struct bound *bound)
{
    const struct model *model = bound->kinds->model;
    cost128 cpus = 1, bytes = 1;

    for (unsigned int i = 0; i < model->n_nodes; i++) {
        cpus += model->nodes[i].n_cpus;
        bytes += (cost128)model->nodes[i].bytes;
    }
    bound->scratch->memory_unit = (uint64_t)(bytes / cpus) + 1;
}

int plan_bound_init(struct bound *bound, const struct kinds *kinds)
{
    int r;

    *bound = (struct bound){.kinds = kinds};
    r = prices_init(&bound->prices, kinds);
    bound->least = calloc(kinds->n_kinds + 1, sizeof(*bound->least));
    if (r == 0)
        r = init_scratch(bound);
    if (r == 0 && !bound->least)
        r = -ENOMEM;
    if (r < 0)
        return r;
    measure_unit(bound);
    keep(bound, evaluate(bound));
    return 0;
}

void plan_bound_fini(struct bound *bound)
{
    struct bound_scratch *scratch = bound->scratch;

    if (scratch) {
        prices_fini(&scratch->prices);
        others_fini(&scratch->others);
        free(scratch->paid);
        free(scratch->least);
        free(scratch->ties);
        free(scratch->choice);
        free(scratch->cpus_over);
        free(scratch->bytes_over);
    }
    free(scratch);
    prices_fini(&bound->prices);
    free(bound->least);
    *bound = (struct bound){0};
}
