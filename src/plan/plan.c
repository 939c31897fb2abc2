/* SPDX-License-Identifier: Apache-2.0 */
/* From wishes to a plan: the search says how many CPUs on which node, this says which ones, where
 * the bytes go, what that costs and why. */

#include "plan.h"

#include "conflict.h"
#include "cores.h"
#include "figures.h"
#include "given.h"
#include "layout.h"
#include "memory.h"
#include "move.h"
#include "moves.h"
#include "plan-irqs.h"
#include "reason.h"
#include "refuse.h"
#include "search.h"
#include "shortage.h"

#include <string.h>

static int put_cpus(const struct model_node *node, const unsigned int *owner,
                    const unsigned int *demand_of, struct plan *plan)
{
    for (unsigned int i = 0; i < node->n_cpus; i++) {
        struct placement *placement;

        if (owner[i] == 0)
            continue;
        placement = &plan->placements[demand_of[owner[i] - 1]];
        if (hwloc_bitmap_set(placement->cpus, node->cpus[i]) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* The CPUs of one node to the instances that were given some there. */
static int choose_on_node(const struct model *model, const unsigned int *counts, unsigned int n,
                          struct plan *plan)
{
    const struct model_node *node = &model->nodes[n];
    autofree struct core_claim *claims = calloc(model->n_demands + 1, sizeof(*claims));
    autofree unsigned int *demand_of = calloc(model->n_demands + 1, sizeof(*demand_of));
    autofree unsigned int *order = calloc(model->n_demands + 1, sizeof(*order));
    autofree unsigned int *owner = calloc(node->n_cpus + 1, sizeof(*owner));
    unsigned int n_claims = 0;

    if (!claims || !demand_of || !order || !owner)
        return -ENOMEM;
    for (unsigned int i = 0; i < model->n_demands; i++) {
        const struct demand *demand = &model->demands[i];
        unsigned int count = counts[(size_t)i * model->n_nodes + n];

        if (count == 0 || demand->fixed)
            continue;
        demand_of[n_claims] = i;
        claims[n_claims] = core_claim_of(demand, count);
        claims[n_claims++].keep = demand->now ? demand->now->instance->cpus : NULL;
    }
    if (!cores_assign(node, claims, n_claims, owner, order))
        return -ENOTRECOVERABLE; /* the search asked the same question */
    return put_cpus(node, owner, demand_of, plan);
}

static int choose_cpus(const struct model *model, const unsigned int *counts, struct plan *plan)
{
    int r = 0;

    for (unsigned int i = 0; i < plan->n_placements; i++) {
        struct placement *placement = &plan->placements[i];
        const struct wish *wish = model->demands[i].wish;

        placement->instance = wish->instance;
        placement->cpus = wish->cpus ? hwloc_bitmap_dup(wish->cpus) : hwloc_bitmap_alloc();
        if (!placement->cpus)
            return -ENOMEM;
    }
    for (unsigned int i = 0; r == 0 && i < model->n_nodes; i++)
        r = choose_on_node(model, counts, i, plan);
    for (unsigned int i = 0; r == 0 && i < plan->n_placements; i++) {
        struct placement *placement = &plan->placements[i];

        placement->cpu_nodes = machine_nodes_of_cpus(plan->machine, placement->cpus);
        r = placement->cpu_nodes ? 0 : -ENOMEM;
    }
    return r;
}

/* The flow's sources number first_source to n_sources are this instance's. */
struct memory_part {
    const struct demand *demand;
    const unsigned int *counts;
    const struct sources *sources; /* as they were added to the flow */
    unsigned int first_source;
};

static uint64_t bytes_on(const struct flow *flow, const struct memory_part *part, unsigned int node)
{
    uint64_t bytes = 0;

    for (unsigned int i = 0; i < part->sources->n_sources; i++)
        bytes += flow->bytes[(size_t)(part->first_source + i) * flow->n_nodes + node];
    return bytes;
}

static double mean_cost(const struct model *model, const struct flow *flow,
                        const struct memory_part *part)
{
    double sum = 0;

    for (unsigned int i = 0; i < part->sources->n_sources; i++) {
        const uint64_t *bytes = &flow->bytes[(size_t)(part->first_source + i) * model->n_nodes];
        int from = part->sources->sources[i].from;

        for (unsigned int n = 0; n < model->n_nodes; n++) {
            if (bytes[n] > 0)
                sum += (double)bytes[n] *
                       (double)cost_access(model, part->demand, part->counts, from, n);
        }
    }
    return sum / (double)part->demand->bytes / (double)COST_LOCAL * model->costs.base;
}

static int name_nodes_only(const struct model *model, const struct memory_part *part,
                           struct placement *placement)
{
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        if (memory_is_named(model, part->demand, part->counts, i) &&
            hwloc_bitmap_set(placement->mem_nodes, model->nodes[i].id) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* The policy names the nodes that have a share; "preferred" only those that are preferred, since
 * the kernel finds the others by itself. */
static int name_nodes(const struct model *model, const struct memory_part *part,
                      struct placement *placement)
{
    hwloc_const_bitmap_t first =
        part->demand->wish->nodes ? part->demand->wish->nodes : placement->cpu_nodes;

    placement->mem_nodes = hwloc_bitmap_alloc();
    if (!placement->mem_nodes)
        return -ENOMEM;
    for (unsigned int i = 0; i < placement->n_shares; i++) {
        if (hwloc_bitmap_set(placement->mem_nodes, placement->shares[i].node) < 0)
            return -ENOMEM;
    }
    if (placement->n_shares == 0)
        return name_nodes_only(model, part, placement);
    if (part->demand->policy == MEMORY_POLICY_PREFERRED && !part->demand->given &&
        hwloc_bitmap_intersects(placement->mem_nodes, first))
        return hwloc_bitmap_and(placement->mem_nodes, placement->mem_nodes, first) < 0 ? -ENOMEM
                                                                                       : 0;
    return 0;
}

static int put_memory(const struct model *model, const struct flow *flow,
                      const struct memory_part *part, struct placement *placement)
{
    placement->shares = calloc(model->n_nodes + 1, sizeof(*placement->shares));
    if (!placement->shares)
        return -ENOMEM;
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        uint64_t bytes = bytes_on(flow, part, i);

        if (bytes > 0)
            placement->shares[placement->n_shares++] = (struct share){model->nodes[i].id, bytes};
    }
    if (part->demand->n_cpus > 0 && part->demand->bytes > 0)
        placement->cost = mean_cost(model, flow, part);
    placement->local_cost = cost_if_local(model, part->counts);
    return name_nodes(model, part, placement);
}

static int put_all(const struct model *model, const unsigned int *counts,
                   const struct layout *layout, struct sources *sources, struct plan *plan)
{
    unsigned int first_source = 0;
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < plan->n_placements; i++) {
        struct memory_part part = {&model->demands[i], &counts[(size_t)i * model->n_nodes], sources,
                                   first_source};

        memory_sources(model, part.demand, part.counts, sources);
        r = put_memory(model, &layout->flow, &part, &plan->placements[i]);
        if (r == 0)
            r = layout_regions(model, layout, i, &plan->placements[i].regions,
                               &plan->placements[i].n_regions);
        first_source += sources->n_sources;
        plan->access += plan->placements[i].cost;
    }
    return r;
}

static hwloc_bitmap_t spare_cpus(const struct model_node *node, const struct plan *plan)
{
    autoset hwloc_bitmap_t cpus = hwloc_bitmap_alloc();

    for (unsigned int i = 0; cpus && i < node->n_cpus; i++) {
        if (hwloc_bitmap_set(cpus, node->cpus[i]) < 0)
            return NULL;
    }
    for (unsigned int i = 0; cpus && i < plan->n_placements; i++) {
        if (hwloc_bitmap_andnot(cpus, cpus, plan->placements[i].cpus) < 0)
            return NULL;
    }
    return TAKE(cpus);
}

static int put_spares(const struct model *model, const struct flow *flow, struct plan *plan)
{
    plan->spares = calloc(model->n_nodes + 1, sizeof(*plan->spares));
    if (!plan->spares)
        return -ENOMEM;
    plan->n_spares = model->n_nodes;
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        const struct model_node *node = &model->nodes[i];
        hwloc_bitmap_t cpus = spare_cpus(node, plan);

        if (!cpus)
            return -ENOMEM;
        plan->spares[i] = (struct spare){node->id, cpus, flow->room[i]};
    }
    return 0;
}

static int put_own_costs(const struct model *model, const unsigned int *counts,
                         const struct layout *layout, struct plan *plan)
{
    for (unsigned int i = 0; i < plan->n_placements; i++) {
        struct cost_terms terms;
        int r = given_terms(model, counts, layout, i, &terms);

        if (r < 0)
            return r;
        plan->placements[i].own_cost = (double)cost_terms_sum(&terms) / (double)COST_LOCAL;
    }
    return 0;
}

/* What was made small has the price of getting there in it. */
static int put_cost(const struct model *model, const struct search_result *result,
                    const struct flow *flow, struct plan *plan)
{
    cost128 paid;
    int r = move_paid(model, result->counts, flow, &paid);

    if (r < 0)
        return r;
    plan->cost = cost_in_accesses(result->cost - paid);
    plan->bound = cost_in_accesses(result->bound);
    plan->gap = result->cost > result->bound ? cost_in_accesses(result->cost - result->bound) /
                                                   cost_in_accesses(result->cost)
                                             : 0;
    return 0;
}

static int choose_memory(const struct model *model, const struct search_result *result,
                         struct plan *plan)
{
    const unsigned int *counts = result->counts;
    struct sources sources = {0};
    struct layout layout = {0};
    int r = layout_make(model, counts, 0, model->n_demands, &layout);

    if (r == LAYOUT_NONE)
        r = -ENOTRECOVERABLE; /* the search placed the same bytes */
    if (r == 0)
        r = sources_init(&sources, model);
    if (r == 0)
        r = put_all(model, counts, &layout, &sources, plan);
    if (r == 0)
        r = put_spares(model, &layout.flow, plan);
    if (r == 0)
        r = put_cost(model, result, &layout.flow, plan);
    if (r == 0)
        r = put_own_costs(model, counts, &layout, plan);
    layout_fini(&layout);
    sources_fini(&sources);
    return r;
}

static int write_reasons(const struct model *model, const unsigned int *counts, struct plan *plan)
{
    for (unsigned int i = 0; i < plan->n_placements; i++) {
        struct placement *placement = &plan->placements[i];

        placement->cpu_reason =
            reason_cpus(model, &model->demands[i], &counts[(size_t)i * model->n_nodes]);
        placement->memory_reason = reason_memory(model, &model->demands[i], placement);
        if (!placement->cpu_reason || !placement->memory_reason)
            return -ENOMEM;
    }
    return 0;
}

static int make_plan(const struct model *model, const struct search_result *result,
                     const struct current *current, struct plan **ret_plan)
{
    const unsigned int *counts = result->counts;
    autoplan struct plan *plan = calloc(1, sizeof(*plan));
    int r;

    if (!plan)
        return -ENOMEM;
    plan->machine = model->wishes->machine;
    plan->spec = model->wishes->spec;
    plan->cost_source = model->costs.source;
    plan->cost_unit = model->costs.unit;
    plan->placements = calloc(model->n_demands + 1, sizeof(*plan->placements));
    if (!plan->placements)
        return -ENOMEM;
    plan->n_placements = model->n_demands;
    r = choose_cpus(model, counts, plan);
    if (r == 0)
        r = choose_memory(model, result, plan);
    if (r == 0)
        r = figures_count_traffic(model, counts, plan);
    if (r == 0)
        r = figures_count_sharing(plan);
    if (r == 0)
        r = write_reasons(model, counts, plan);
    if (r == 0)
        r = plan_irqs(model->wishes, plan);
    if (r == 0 && current)
        r = moves_make(model, current, plan, &plan->moves);
    if (r == 0)
        *ret_plan = TAKE(plan);
    return r;
}

static int refuse_conflict(const struct conflict *conflict, struct refusal *ret_refusal)
{
    struct refusal refusal = {
        .instance = strdup(conflict->instance->name),
        .reason = strdup(conflict->reason),
        .way_out = strdup(conflict->way_out),
        .proven = true,
    };

    if (!refusal.instance || !refusal.reason || !refusal.way_out) {
        refusal_fini(&refusal);
        return -ENOMEM;
    }
    *ret_refusal = refusal;
    return PLAN_IMPOSSIBLE;
}

static int refuse(struct model *model, const struct plan_options *by, bool proven,
                  struct refusal *ret_refusal)
{
    int r = plan_refuse(model, proven, &by->watch, ret_refusal);

    return r < 0 ? r : PLAN_IMPOSSIBLE;
}

static int solve(struct model *model, const struct plan_options *by, struct plan **ret_plan,
                 struct refusal *ret_refusal)
{
    struct search_options options = {.alone = -1, .watch = by->watch};
    struct search_result result = {0};
    int r = shortage_find(model, 0, model->n_demands);

    if (r != 0)
        return r < 0 ? r : refuse(model, by, true, ret_refusal);
    r = search_run(model, &options, &result);
    if (r == 0 && result.counts)
        r = make_plan(model, &result, by->current, ret_plan);
    else if (r == 0)
        r = refuse(model, by, result.proven, ret_refusal);
    search_result_fini(&result);
    return r;
}

int plan_make(const struct wishes *wishes, const struct plan_options *options,
              struct plan **ret_plan, struct refusal *ret_refusal, struct np_error *err)
{
    struct conflict conflict;
    struct model model;
    int r;

    if (conflict_find(wishes, &conflict))
        return refuse_conflict(&conflict, ret_refusal);
    r = model_init(&model, wishes, options);
    if (r == 0)
        r = solve(&model, options, ret_plan, ret_refusal);
    model_fini(&model);
    if (r < 0)
        return error_set(err, r, "cannot plan: %s", strerror(-r));
    return r;
}

struct plan *plan_free(struct plan *plan)
{
    if (!plan)
        return NULL;
    for (unsigned int i = 0; i < plan->n_placements; i++) {
        struct placement *placement = &plan->placements[i];

        hwloc_bitmap_free(placement->cpus);
        hwloc_bitmap_free(placement->cpu_nodes);
        hwloc_bitmap_free(placement->mem_nodes);
        free(placement->shares);
        (void)irq_plan_free(placement->irqs);
        free(placement->regions);
        free(placement->cpu_reason);
        free(placement->memory_reason);
    }
    for (unsigned int i = 0; i < plan->n_spares; i++)
        hwloc_bitmap_free(plan->spares[i].cpus);
    free(plan->placements);
    free(plan->spares);
    free(plan->traffic);
    (void)moves_free(plan->moves);
    free(plan);
    return NULL;
}

void refusal_fini(struct refusal *refusal)
{
    free(refusal->instance);
    free(refusal->reason);
    free(refusal->way_out);
    free(refusal->fit_instance);
    *refusal = (struct refusal){0};
}
