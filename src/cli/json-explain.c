/* SPDX-License-Identifier: Apache-2.0 */
/* An explanation as JSON: the schema is in numaplace-plan(1). */

#include "json-util.h"
#include "plan-explain.h"

static const char *const obstacle_names[] = {
    [OBSTACLE_CPUS] = "cpus",
    [OBSTACLE_CORES] = "cores",
    [OBSTACLE_MEMORY] = "memory",
    [OBSTACLE_AFFINITY] = "cpu-affinity",
    [OBSTACLE_POLICY] = "memory-policy",
};

static const char *const binding_names[] = {
    [BINDING_CPUS] = "cpus", [BINDING_MEMORY] = "memory",         [BINDING_INSTANCE] = "instance",
    [BINDING_SMT] = "smt",   [BINDING_AFFINITY] = "cpu-affinity",
};

static json_t *json_locals(int64_t cost)
{
    return json_real((double)cost / (double)COST_LOCAL);
}

static json_t *json_own_cost(const struct own_cost *cost)
{
    const struct cost_terms *terms = &cost->terms;

    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "access", json_locals(terms->access),
                     "affinity", json_locals(terms->affinity), "preference",
                     json_locals(terms->preference), "near", json_locals(terms->near), "saturation",
                     json_locals(cost->saturation), "moving", json_locals(cost->moving), "sum",
                     json_locals(own_cost_sum(cost)));
}

static json_t *json_price(const struct option_price *price)
{
    return json_pack("{s:b, s:b, s:o}", "possible", (int)price->possible, "proven",
                     (int)price->proven, "extra",
                     price->possible ? json_real(price->extra) : json_null());
}

static json_t *json_holders(const struct option *option)
{
    json_t *array = json_array();

    for (unsigned int i = 0; array && i < option->n_holders; i++) {
        const struct holder *holder = &option->holders[i];

        array = json_append(
            array, json_pack("{s:o, s:I, s:o}", "instance", json_text(holder->instance->name),
                             "cpus", (json_int_t)holder->cpus, "bytes", json_bytes(holder->bytes)));
    }
    return array;
}

static json_t *json_obstacle(const struct option *option)
{
    if (option->obstacle == OBSTACLE_NONE)
        return json_null();
    return json_pack("{s:s, s:b, s:o, s:I, s:o, s:o}", "kind", obstacle_names[option->obstacle],
                     "alone", (int)option->alone, "nodes", json_set(option->lacking), "cpus",
                     (json_int_t)option->lacks_cpus, "bytes", json_bytes(option->lacks_bytes),
                     "held_by", json_holders(option));
}

static json_t *json_counts(const struct machine *machine, const struct option *option)
{
    json_t *array = json_array();

    for (unsigned int i = 0; array && i < machine->n_nodes; i++) {
        if (option->cpus[i] > 0)
            array =
                json_append(array, json_pack("{s:I, s:I}", "node", (json_int_t)machine->nodes[i].id,
                                             "cpus", (json_int_t)option->cpus[i]));
    }
    return array;
}

static json_t *json_options(const struct machine *machine, const struct explanation *explanation)
{
    json_t *array = json_array();

    for (unsigned int i = 0; array && i < explanation->n_options; i++) {
        const struct option *option = &explanation->options[i];

        array = json_append(
            array,
            json_pack("{s:o, s:o, s:b, s:o, s:o, s:o, s:o}", "nodes", json_set(option->nodes),
                      "cpus", json_counts(machine, option), "chosen", (int)option->chosen, "cost",
                      option->costed ? json_own_cost(&option->cost) : json_null(), "others_stay",
                      json_price(&option->stay), "others_move", json_price(&option->moved),
                      "obstacle", json_obstacle(option)));
    }
    return array;
}

static json_t *json_binding(const struct binding *binding)
{
    bool node = binding->kind == BINDING_CPUS || binding->kind == BINDING_MEMORY;

    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:f, s:o}", "kind", binding_names[binding->kind],
                     "node", node ? json_integer(binding->node) : json_null(), "cpus",
                     binding->kind == BINDING_CPUS ? json_integer(binding->cpus) : json_null(),
                     "bytes",
                     binding->kind == BINDING_MEMORY ? json_bytes(binding->bytes) : json_null(),
                     "without", json_text(binding->without ? binding->without->name : NULL), "gain",
                     binding->gain, "nodes", json_set(binding->nodes));
}

json_t *json_explanation(const struct plan *plan, const struct explanation *explanation)
{
    json_t *bindings = json_array();

    for (unsigned int i = 0; bindings && i < explanation->n_bindings; i++)
        bindings = json_append(bindings, json_binding(&explanation->bindings[i]));
    return json_pack("{s:o, s:f, s:o, s:I, s:b, s:o}", "instance",
                     json_text(explanation->instance->name), "alone", explanation->alone, "options",
                     json_options(plan->machine, explanation), "more",
                     (json_int_t)explanation->n_more, "near_only", (int)explanation->near_only,
                     "bindings", bindings);
}
