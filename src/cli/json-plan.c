/* SPDX-License-Identifier: Apache-2.0 */
/* A plan as JSON: the schema is in numaplace-plan(1). */

#include "json-util.h"
#include "render-irq-plan.h"
#include "render-plan.h"

static json_t *json_shares(const struct placement *placement)
{
    json_t *array = json_array();

    for (unsigned int i = 0; array && i < placement->n_shares; i++)
        array = json_append(array,
                            json_node_bytes(placement->shares[i].node, placement->shares[i].bytes));
    return array;
}

static json_t *json_regions(const struct placement *placement)
{
    json_t *array = json_array();

    for (unsigned int i = 0; array && i < placement->n_regions; i++)
        array = json_append(array,
                            json_pack("{s:I, s:I}", "base", (json_int_t)placement->regions[i].base,
                                      "bytes", (json_int_t)placement->regions[i].bytes));
    return array;
}

static json_t *json_cost(double cost)
{
    return cost > 0 ? json_real(cost) : json_null();
}

static json_t *json_placement(const struct placement *placement)
{
    const struct instance *instance = placement->instance;

    return json_pack("{s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:f, s:o, s:o, s:o}", "name",
                     json_text(instance->name), "cpus", json_set(placement->cpus), "cpu_nodes",
                     json_set(placement->cpu_nodes), "mem_nodes", json_set(placement->mem_nodes),
                     "memory_policy", memory_policy_name(instance->memory_policy), "shares",
                     json_shares(placement), "regions", json_regions(placement), "cost",
                     json_cost(placement->cost), "local_cost", json_cost(placement->local_cost),
                     "own_cost", placement->own_cost, "cpu_reason",
                     json_text(placement->cpu_reason), "memory_reason",
                     json_text(placement->memory_reason), "irqs",
                     placement->irqs ? json_irq_plan(placement->irqs) : json_null());
}

static json_t *json_placements(const struct plan *plan)
{
    json_t *array = json_array();

    for (unsigned int i = 0; array && i < plan->n_placements; i++)
        array = json_append(array, json_placement(&plan->placements[i]));
    return array;
}

static json_t *json_spares(const struct plan *plan)
{
    json_t *array = json_array();

    for (unsigned int i = 0; array && i < plan->n_spares; i++) {
        const struct spare *spare = &plan->spares[i];

        array =
            json_append(array, json_pack("{s:I, s:o, s:o}", "node", (json_int_t)spare->node, "cpus",
                                         json_set(spare->cpus), "bytes", json_bytes(spare->bytes)));
    }
    return array;
}

/* A link is from a node; what is asked of a node itself is from null. */
static json_t *json_traffic(const struct plan *plan)
{
    json_t *array = json_array();

    for (unsigned int i = 0; array && i < plan->n_traffic; i++) {
        const struct traffic *traffic = &plan->traffic[i];

        array = json_append(
            array,
            json_pack("{s:o, s:I, s:o, s:o}", "from",
                      traffic->from < 0 ? json_null() : json_integer(traffic->from), "to",
                      (json_int_t)traffic->to, "asked", json_bytes(traffic->asked), "capacity",
                      traffic->capacity ? json_bytes(traffic->capacity) : json_null()));
    }
    return array;
}

static json_t *json_secondary(const struct plan *plan)
{
    return json_pack("{s:I, s:I, s:{s:I, s:I, s:I, s:o}}", "shared_cores",
                     (json_int_t)plan->sharing.n_cores, "shared_llcs",
                     (json_int_t)plan->sharing.n_llcs, "largest_left", "node",
                     (json_int_t)plan->left.node, "cpus", (json_int_t)plan->left.n_cpus, "cores",
                     (json_int_t)plan->left.n_cores, "bytes", json_bytes(plan->left.bytes));
}

json_t *json_plan(const struct plan *plan)
{
    bool known = plan->cost_source != MATRIX_ABSENT;

    return json_pack(
        "{s:{s:f, s:f, s:f, s:b}, s:{s:o, s:o, s:o}, s:o, s:o, s:o, s:o}", "optimality", "cost",
        plan->cost, "lower_bound", plan->bound, "gap", plan->gap, "proven", plan->gap <= 0, "cost",
        "source", known ? json_string(matrix_source_name(plan->cost_source)) : json_null(), "unit",
        known ? json_string(plan->cost_unit) : json_null(), "sum", json_cost(plan->access),
        "instances", json_placements(plan), "left", json_spares(plan), "traffic",
        json_traffic(plan), "secondary", json_secondary(plan));
}

static json_t *json_fit(const struct fit *fit)
{
    switch (fit->kind) {
    case FIT_MEMORY:
        return json_pack("{s:s, s:o}", "key", "memory", "value", json_bytes(fit->bytes));
    case FIT_CPUS:
        return json_pack("{s:s, s:I}", "key", "cpus", "value", (json_int_t)fit->cpus);
    case FIT_POLICY:
        return json_pack("{s:s, s:s}", "key", "memory-policy", "value",
                         memory_policy_name(fit->policy));
    case FIT_AFFINITY:
        return json_pack("{s:s, s:s}", "key", "cpu-affinity", "value",
                         cpu_affinity_name(fit->affinity));
    case FIT_SMT:
        return json_pack("{s:s, s:s}", "key", "smt", "value", smt_rule_name(fit->smt));
    case FIT_BASE:
        return json_pack("{s:s, s:n}", "key", "memory-base", "value");
    case FIT_LEAVE_OUT:
        return json_pack("{s:s, s:n}", "key", "instance", "value");
    }
    return NULL;
}

static json_t *json_remedy(const struct remedy *remedy)
{
    json_t *changes = json_array();

    for (unsigned int i = 0; changes && i < remedy->n_changes; i++) {
        json_t *change = json_fit(&remedy->changes[i].fit);

        if (change && json_object_set_new(change, "instance",
                                          json_text(remedy->changes[i].instance->name)) < 0) {
            json_decref(change);
            change = NULL;
        }
        changes = json_append(changes, change);
    }
    return changes;
}

static json_t *json_remedies(const struct refusal *refusal)
{
    json_t *array = json_array();

    for (unsigned int i = 0; array && i < refusal->n_remedies; i++)
        array = json_append(array, json_remedy(&refusal->remedies[i]));
    return array;
}

json_t *json_refusal(const struct refusal *refusal)
{
    json_t *fits = json_array();

    for (unsigned int i = 0; fits && i < refusal->n_fits; i++)
        fits = json_append(fits, json_fit(&refusal->fits[i]));
    return json_pack("{s:o, s:o, s:o, s:b, s:b, s:o, s:o, s:o}", "instance",
                     json_text(refusal->instance), "reason", json_text(refusal->reason), "way_out",
                     json_text(refusal->way_out), "proven", (int)refusal->proven, "cut_short",
                     (int)refusal->cut_short, "fit_instance", json_text(refusal->fit_instance),
                     "fits", fits, "remedies", json_remedies(refusal));
}
