/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prices by the subgradient method, in integers: see bound.h.
 *
 * Of kinds whose options are not all shapes that there are, the others are bounded from below: a
 * shape costs no less than the least affinity for its number of nodes, and for each of its CPUs the
 * part that it has of what all of them would cost on that node.
 */

#include "bound.h"

#include <errno.h>
#include <string.h>

enum {
    STEP_ONE = 1 << 10, /* a whole step of Polyak's rule, that goes as far as known tells */
    PATIENCE = 6,       /* rounds without a higher bound, after which steps are halved */
    ROUNDING = 8,       /* terms of a cost, each of which is rounded down to the unit */
    CHOICES = 8,        /* kinds are told apart by how many they have, in powers of two */
    EVEN_MAX = 1 << 20, /* excess is cut down to this, so that squares can be added up */
};

struct bound_scratch {
    cost128 *cpu; /* prices of this round */
    cost128 *byte;
    cost128 *paid;        /* for the memory that one CPU stands for: what byte is made from */
    cost128 *least;       /* by kind */
    unsigned int *ties;   /* scratch: options of a kind */
    unsigned int *choice; /* by kind: the cheapest option */
    int64_t *cpus_over;   /* by node: asked for less what there is */
    cost128 *bytes_over;
    cost128 *a_cpu; /* [of a kind that has others * n_nodes + node]: least for each CPU there */
    unsigned int *a_index; /* by kind: from 1, 0 none */
    cost128 *others;       /* of the same: least with all prices 0 */
    uint64_t memory_unit;  /* bytes that one CPU stands for */
    bool any_byte;         /* some byte has a price */
};

static cost128 priced(const struct kinds *kinds, const struct option *option, const cost128 *cpu,
                      const cost128 *byte)
{
    const struct option_part *parts = option_parts(kinds, option);
    const struct option_source *sources = option_sources(kinds, option);
    cost128 sum = option->cost;

    for (unsigned int i = 0; i < option->n_parts; i++)
        sum += cpu[parts[i].node] * parts[i].cpus + byte[parts[i].node] * (cost128)parts[i].bytes;
    for (unsigned int i = 0; i < option->n_sources; i++) {
        const struct option_arc *arcs = source_arcs(kinds, &sources[i]);
        cost128 least = FLOW_NEVER;

        for (unsigned int j = 0; j < sources[i].n_arcs && arcs[j].per_byte < least; j++) {
            cost128 paid = arcs[j].per_byte + (arcs[j].node == ANY_NODE ? 0 : byte[arcs[j].node]);

            if (paid < least)
                least = paid;
        }
        sum += (least - arcs[0].per_byte) * (cost128)sources[i].bytes;
    }
    return sum;
}

cost128 bound_priced(const struct bound *bound, const struct option *option)
{
    return priced(bound->kinds, option, bound->cpu, bound->byte);
}

/* The least price of a byte on any node. */
static cost128 cheapest_byte(const struct model *model, const cost128 *byte)
{
    cost128 least = FLOW_NEVER;

    for (unsigned int i = 0; i < model->n_nodes; i++) {
        if (model->nodes[i].usable && byte[i] < least)
            least = byte[i];
    }
    return least == FLOW_NEVER ? 0 : least;
}

cost128 bound_priced_shape(const struct bound *bound, const struct demand *demand,
                           const struct shape *shape)
{
    const struct model *model = bound->kinds->model;
    cost128 sum = shape->bound + cheapest_byte(model, bound->byte) * (cost128)demand->bytes;

    for (unsigned int i = 0; !demand->fixed && i < model->n_nodes; i++)
        sum += bound->cpu[i] * shape->counts[i];
    return sum;
}

/* All bytes of demand if all its CPUs are on node, each where it is cheapest. */
static cost128 memory_alone(const struct model *model, const struct demand *demand,
                            const unsigned int *counts, unsigned int node)
{
    int64_t least = INT64_MAX;

    for (unsigned int i = 0; demand->bytes > 0 && i < model->n_nodes; i++) {
        if (model->nodes[i].usable) {
            int64_t cost = cost_bytes(model, demand, counts, (int)node, i);

            least = cost < least ? cost : least;
        }
    }
    return least == INT64_MAX ? 0 : (cost128)least << COST_SHIFT;
}

/* The same for interleaving over nodes that do not depend on the CPUs: FLOW_NEVER for others. */
static cost128 memory_dealt(const struct model *model, const struct demand *demand,
                            const unsigned int *counts, struct sources *sources)
{
    if (!demand->given && (!demand_interleaves(demand) ||
                           (demand->affinity == CPU_AFFINITY_LOCAL && !demand->preferred)))
        return FLOW_NEVER;
    memory_sources(model, demand, counts, sources);
    return sources_bound(sources);
}

static void measure_node(const struct kinds *kinds, const struct demand *demand,
                         unsigned int *counts, unsigned int node, struct sources *sources,
                         cost128 *ret)
{
    const struct model *model = kinds->model;
    struct cost_terms terms;
    cost128 memory;

    counts[node] = demand->n_cpus;
    terms = cost_cpus_terms(model, demand, counts);
    terms.affinity = 0;
    memory = memory_dealt(model, demand, counts, sources);
    if (memory == FLOW_NEVER)
        memory = memory_alone(model, demand, counts, node);
    counts[node] = 0;
    *ret = (((cost128)cost_terms_sum(&terms) << COST_SHIFT) + memory) / (cost128)demand->n_cpus;
}

/* So many nodes it takes at least, and two where a shape is none of the options. */
static unsigned int nodes_needed(const struct model *model, const struct demand *demand)
{
    unsigned int most = 1;

    for (unsigned int i = 0; i < model->n_nodes; i++)
        most = model->nodes[i].n_cpus > most ? model->nodes[i].n_cpus : most;
    return demand->n_cpus > 2 * most ? (demand->n_cpus + most - 1) / most : 2;
}

/* The cheapest nodes for its CPUs one by one, beyond an even share at what that costs. */
static cost128 fill_cheapest(const struct model *model, const struct demand *demand,
                             const cost128 *a_cpu, const cost128 *cpu)
{
    bool spread = demand->affinity == CPU_AFFINITY_SPREAD;
    unsigned int even = (demand->n_cpus + demand->n_spread - 1) / demand->n_spread;
    cost128 uneven = (cost128)cost_uneven(demand) << COST_SHIFT, sum = 0, last = -1;
    unsigned int left = demand->n_cpus;

    while (left > 0) {
        cost128 least = FLOW_NEVER;
        unsigned int room = 0;

        for (unsigned int i = 0; i < model->n_nodes; i++) {
            unsigned int n = model->nodes[i].n_cpus, first = spread && even < n ? even : n;

            for (unsigned int over = 0; over < 2; over++) {
                cost128 cost = a_cpu[i] + cpu[i] + (over ? uneven : 0);
                unsigned int has = over ? n - first : first;

                if (has == 0 || cost <= last || cost > least)
                    continue;
                room = cost == least ? room + has : has;
                least = cost;
            }
        }
        if (room == 0)
            return FLOW_NEVER;
        room = room < left ? room : left;
        sum += least * room;
        left -= room;
        last = least;
    }
    return sum;
}

/* Least that a shape costs which is none of the kind's options. */
static cost128 priced_others(const struct bound *bound, const struct kind *kind,
                             const cost128 *a_cpu)
{
    const struct model *model = bound->kinds->model;
    const struct bound_scratch *scratch = bound->scratch;
    cost128 sum = fill_cheapest(model, kind->demand, a_cpu, scratch->cpu);
    int64_t affinity = cost_affinity_least(model, kind->demand, nodes_needed(model, kind->demand));

    if (sum == FLOW_NEVER)
        return FLOW_NEVER;
    sum += cheapest_byte(model, scratch->byte) * (cost128)kind->demand->bytes;
    return sum + ((cost128)(affinity - ROUNDING) << COST_SHIFT) - (cost128)kind->demand->bytes;
}

/* Least of one of the kind, and which option that is; n_options for none of them. */
static cost128 least_of(struct bound *bound, unsigned int k, unsigned int *ret_choice)
{
    const struct kinds *kinds = bound->kinds;
    const struct bound_scratch *scratch = bound->scratch;
    const struct kind *kind = &kinds->kinds[k];
    cost128 least = FLOW_NEVER;

    *ret_choice = kind->n_options;
    for (unsigned int i = 0; i < kind->n_options; i++) {
        const struct option *option = kind_option(kinds, kind, i);
        cost128 cost;

        if (option->cost >= least)
            break; /* prices only add */
        cost = priced(kinds, option, scratch->cpu, scratch->byte);
        bound->work += 1 + option->n_parts / 4;
        if (cost < least) {
            least = cost;
            *ret_choice = i;
        }
    }
    if (scratch->a_index[k] > 0 && scratch->others[scratch->a_index[k] - 1] < least) {
        size_t at = scratch->a_index[k] - 1;
        cost128 cost = priced_others(bound, kind, &scratch->a_cpu[at * kinds->model->n_nodes]);

        bound->work += kinds->model->n_nodes / 4;
        if (cost < least) {
            least = cost;
            *ret_choice = kind->n_options;
        }
    }
    return least;
}

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
        unsigned int best = 0;

        for (unsigned int j = 1; j < sources[i].n_arcs && arcs[j].node != ANY_NODE; j++) {
            if (arcs[j].per_byte + scratch->byte[arcs[j].node] <
                arcs[best].per_byte + scratch->byte[arcs[best].node])
                best = j;
        }
        scratch->bytes_over[arcs[best].node] += (cost128)n * (cost128)sources[i].bytes;
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
        if (priced(kinds, option, scratch->cpu, scratch->byte) <= scratch->least[k] + near)
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

/* The bound with the prices of scratch. */
static cost128 evaluate(struct bound *bound)
{
    const struct kinds *kinds = bound->kinds;
    struct bound_scratch *scratch = bound->scratch;
    cost128 sum = 0;

    for (unsigned int k = 0; k < kinds->n_kinds; k++) {
        scratch->least[k] = least_of(bound, k, &scratch->choice[k]);
        if (scratch->least[k] == FLOW_NEVER)
            bound->impossible = true;
        else
            sum += scratch->least[k] * kinds->kinds[k].n_demands;
    }
    for (unsigned int i = 0; i < kinds->model->n_nodes; i++)
        sum -= scratch->cpu[i] * kinds->model->nodes[i].n_cpus +
               scratch->byte[i] * (cost128)kinds->model->nodes[i].bytes;
    return sum;
}

static void keep(struct bound *bound, cost128 value)
{
    const struct kinds *kinds = bound->kinds;
    size_t size = kinds->model->n_nodes * sizeof(cost128);

    bound->value = value;
    memcpy(bound->cpu, bound->scratch->cpu, size);
    memcpy(bound->byte, bound->scratch->byte, size);
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

        if (cpus > 0 || scratch->cpu[i] > 0)
            squares += (cost128)cpus * cpus;
        if (memory > 0 || scratch->paid[i] > 0)
            squares += (cost128)memory * memory;
    }
    if (squares == 0)
        return false;
    length = gap / squares * step / STEP_ONE;
    for (unsigned int i = 0; i < n; i++) {
        pay(&scratch->cpu[i], length, scratch->cpus_over[i]);
        pay(&scratch->paid[i], length, memory_over(scratch, i));
        scratch->byte[i] = scratch->paid[i] / (cost128)scratch->memory_unit;
    }
    return length > 0;
}

static void back_to_best(struct bound *bound)
{
    struct bound_scratch *scratch = bound->scratch;

    for (unsigned int i = 0; i < bound->kinds->model->n_nodes; i++) {
        scratch->cpu[i] = bound->cpu[i];
        scratch->byte[i] = bound->byte[i];
        scratch->paid[i] = bound->byte[i] * (cost128)scratch->memory_unit;
    }
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

void bound_offer(struct bound *bound, const cost128 *cpu)
{
    cost128 value;

    back_to_best(bound);
    memcpy(bound->scratch->cpu, cpu, bound->kinds->model->n_nodes * sizeof(*cpu));
    value = evaluate(bound);
    if (value > bound->value)
        keep(bound, value);
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

    bound->scratch = scratch;
    if (!scratch)
        return -ENOMEM;
    scratch->cpu = calloc(n_nodes + 1, sizeof(*scratch->cpu));
    scratch->byte = calloc(n_nodes + 1, sizeof(*scratch->byte));
    scratch->paid = calloc(n_nodes + 1, sizeof(*scratch->paid));
    scratch->cpus_over = calloc(n_nodes + 1, sizeof(*scratch->cpus_over));
    scratch->bytes_over = calloc(n_nodes + 1, sizeof(*scratch->bytes_over));
    scratch->least = calloc(kinds->n_kinds + 1, sizeof(*scratch->least));
    scratch->choice = calloc(kinds->n_kinds + 1, sizeof(*scratch->choice));
    scratch->ties = calloc(most_options(kinds) + 1, sizeof(*scratch->ties));
    scratch->a_index = calloc(kinds->n_kinds + 1, sizeof(*scratch->a_index));
    scratch->others = calloc(kinds->n_kinds + 1, sizeof(*scratch->others));
    if (!scratch->cpu || !scratch->byte || !scratch->paid || !scratch->cpus_over ||
        !scratch->bytes_over || !scratch->least || !scratch->choice || !scratch->ties ||
        !scratch->a_index || !scratch->others)
        return -ENOMEM;
    return 0;
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

/* What the others are bounded by. */
static int measure_others(struct bound *bound)
{
    const struct kinds *kinds = bound->kinds;
    struct bound_scratch *scratch = bound->scratch;
    unsigned int n_nodes = kinds->model->n_nodes, n = 0;
    autofree unsigned int *counts = calloc(n_nodes + 1, sizeof(*counts));
    struct sources sources;
    int r = sources_init(&sources, kinds->model);

    for (unsigned int k = 0; k < kinds->n_kinds; k++)
        scratch->a_index[k] = kinds->kinds[k].all ? 0 : ++n;
    scratch->a_cpu = calloc((size_t)n * n_nodes + 1, sizeof(*scratch->a_cpu));
    if (r == 0 && (!counts || !scratch->a_cpu))
        r = -ENOMEM;
    for (unsigned int k = 0; r == 0 && k < kinds->n_kinds; k++) {
        size_t at = scratch->a_index[k];

        if (at == 0)
            continue;
        at--;
        for (unsigned int i = 0; i < n_nodes; i++)
            measure_node(kinds, kinds->kinds[k].demand, counts, i, &sources,
                         &scratch->a_cpu[at * n_nodes + i]);
        scratch->others[at] = priced_others(bound, &kinds->kinds[k], &scratch->a_cpu[at * n_nodes]);
    }
    sources_fini(&sources);
    return r;
}

int plan_bound_init(struct bound *bound, const struct kinds *kinds)
{
    int r;

    *bound = (struct bound){.kinds = kinds};
    bound->cpu = calloc(kinds->model->n_nodes + 1, sizeof(*bound->cpu));
    bound->byte = calloc(kinds->model->n_nodes + 1, sizeof(*bound->byte));
    bound->least = calloc(kinds->n_kinds + 1, sizeof(*bound->least));
    r = init_scratch(bound);
    if (r == 0 && (!bound->cpu || !bound->byte || !bound->least))
        r = -ENOMEM;
    if (r == 0) {
        measure_unit(bound);
        r = measure_others(bound);
    }
    if (r == 0)
        keep(bound, evaluate(bound));
    return r;
}

void plan_bound_fini(struct bound *bound)
{
    struct bound_scratch *scratch = bound->scratch;

    if (scratch) {
        free(scratch->cpu);
        free(scratch->byte);
        free(scratch->paid);
        free(scratch->cpus_over);
        free(scratch->bytes_over);
        free(scratch->least);
        free(scratch->choice);
        free(scratch->ties);
        free(scratch->a_cpu);
        free(scratch->a_index);
        free(scratch->others);
    }
    free(scratch);
    free(bound->cpu);
    free(bound->byte);
    free(bound->least);
    *bound = (struct bound){0};
}
