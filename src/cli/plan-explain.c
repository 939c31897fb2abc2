/* SPDX-License-Identifier: Apache-2.0 */
/* Why an instance is where it is, as a person reads it: see plan-explain.h. */

#include "plan-explain.h"

#include "table.h"

enum { SHOWN_MAX = 6 }; /* options; JSON has the others */

#define LEAST_SHOWN 0.005 /* of costs, which have two decimals */

static double locals(int64_t cost)
{
    return (double)cost / (double)COST_LOCAL;
}

/* What nobody could read is nothing, which is left empty; the column goes if all are. */
static void cell_term(struct table *table, const struct option *option, int64_t term)
{
    if (option->costed && locals(term) >= LEAST_SHOWN)
        table_cell(table, "%.2f", locals(term));
    else
        table_cell(table, "%s", "");
}

/* "0: 4, 1: 2" */
static void cell_cpus(struct table *table, const struct machine *machine,
                      const struct option *option)
{
    autofree char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    bool any = false;

    if (!stream)
        return table_fail(table);
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        if (option->cpus[i] == 0)
            continue;
        fprintf(stream, "%s%u: %u", any ? ", " : "", machine->nodes[i].id, option->cpus[i]);
        any = true;
    }
    if (fclose(stream) != 0)
        return table_fail(table);
    table_cell(table, "%s", any ? text : "none");
}

static void put_nodes(FILE *stream, hwloc_const_bitmap_t nodes)
{
    autofree char *list = set_format(nodes);

    fprintf(stream, "node%s %s", hwloc_bitmap_weight(nodes) == 1 ? "" : "s", list ? list : "?");
}

static void put_holders(FILE *stream, const struct option *option)
{
    for (unsigned int i = 0; i < option->n_holders; i++) {
        const struct holder *holder = &option->holders[i];
        char size[SIZE_TEXT_MAX];

        fprintf(stream, "%s\"%s\" has ", i ? ", " : ": ", holder->instance->name);
        if (option->obstacle == OBSTACLE_MEMORY)
            fputs(size_format(holder->bytes, size), stream);
        else
            fprintf(stream, "%u", holder->cpus);
    }
}

/* "node 1 lacks 4 CPUs: "db" has 8", "node 1 has 4 CPUs too few to choose from: ..." */
static void put_lack(FILE *stream, const struct option *option)
{
    bool one = hwloc_bitmap_weight(option->lacking) == 1;
    char size[SIZE_TEXT_MAX];

    put_nodes(stream, option->lacking);
    if (option->alone)
        fputs(one ? " has " : " have ", stream);
    else
        fputs(one ? " lacks " : " lack ", stream);
    if (option->obstacle == OBSTACLE_MEMORY)
        fputs(size_format(option->lacks_bytes, size), stream);
    else
        fprintf(stream, "%u CPU%s", option->lacks_cpus, option->lacks_cpus == 1 ? "" : "s");
    if (option->alone)
        fputs(option->obstacle == OBSTACLE_MEMORY ? " too little" : " too few to choose from",
              stream);
    put_holders(stream, option);
}

static void put_obstacle(FILE *stream, const struct instance *instance, const struct option *option)
{
    switch (option->obstacle) {
    case OBSTACLE_NONE:
        break;
    case OBSTACLE_CPUS:
    case OBSTACLE_MEMORY:
        put_lack(stream, option);
        break;
    case OBSTACLE_CORES:
        fprintf(stream, "%s cores for smt %s",
                option->alone ? "too few" : "the others leave too few",
                smt_rule_name(instance->smt));
        break;
    case OBSTACLE_AFFINITY:
        fprintf(stream, "cpu-affinity %s: its memory cannot be on all of these nodes",
                cpu_affinity_name(instance->cpu_affinity));
        break;
    case OBSTACLE_POLICY:
        fprintf(stream, "memory-policy %s: no node may hold its memory",
                memory_policy_name(instance->memory_policy));
        break;
    }
}

static void put_why(FILE *stream, const struct instance *instance, const struct option *option)
{
    if (option->stay.possible && option->moved.extra < option->stay.extra)
        fprintf(stream, "if others move; else %+.2f", option->stay.extra);
    if (option->stay.possible)
        return;
    if (option->moved.possible)
        fputs("if others move; now ", stream);
    put_obstacle(stream, instance, option);
    if (option->moved.possible || option->alone)
        return;
    fputs(option->moved.proven ? "; the others cannot move so that it is possible"
                               : "; no way was found to move the others",
          stream);
}

static void cell_why(struct table *table, const struct instance *instance,
                     const struct option *option)
{
    autofree char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);

    if (!stream)
        return table_fail(table);
    put_why(stream, instance, option);
    if (fclose(stream) != 0)
        return table_fail(table);
    table_cell(table, "%s", text);
}

static void cell_price(struct table *table, const struct option *option)
{
    if (option->chosen)
        table_cell(table, "chosen");
    else if (!option->moved.possible)
        table_cell(table, "no");
    else if (option->moved.extra > -LEAST_SHOWN && option->moved.extra < LEAST_SHOWN)
        table_cell(table, "same");
    else
        table_cell(table, "%+.2f", option->moved.extra);
}

static int print_options(const struct plan *plan, const struct explanation *explanation,
                         FILE *stream)
{
    autotable struct table *table = table_new();

    table_column(table, false, "CPUS BY NODE");
    table_column(table, true, "PLAN");
    table_column(table, true, "ITS COST");
    table_column(table, true, "ACCESS");
    table_column(table, true, "AFFINITY");
    table_column(table, true, "PREFERENCE");
    table_column(table, true, "NEAR");
    table_column(table, true, "SATURATION");
    table_column(table, true, "MOVING");
    table_column(table, false, "WHY");
    for (unsigned int i = 0; i < explanation->n_options && i < SHOWN_MAX; i++) {
        const struct option *option = &explanation->options[i];

        cell_cpus(table, plan->machine, option);
        cell_price(table, option);
        cell_term(table, option, own_cost_sum(&option->cost));
        cell_term(table, option, option->cost.terms.access);
        cell_term(table, option, option->cost.terms.affinity);
        cell_term(table, option, option->cost.terms.preference);
        cell_term(table, option, option->cost.terms.near);
        cell_term(table, option, option->cost.saturation);
        cell_term(table, option, option->cost.moving);
        cell_why(table, explanation->instance, option);
    }
    table_drop_empty(table);
    return table_print(table, stream);
}

/* The best of them, if it is cheaper than the plan. */
static const struct option *find_cheaper(const struct explanation *explanation)
{
    const struct option *best = NULL;

    for (unsigned int i = 0; i < explanation->n_options; i++) {
        const struct option *option = &explanation->options[i];

        if (option->moved.possible && option->moved.extra <= -LEAST_SHOWN &&
            (!best || option->moved.extra < best->moved.extra))
            best = option;
    }
    return best;
}

static void print_cheaper(const struct plan *plan, const struct explanation *explanation,
                          FILE *stream)
{
    const struct option *cheaper = find_cheaper(explanation);

    if (!cheaper)
        return;
    fputs("With it on ", stream);
    put_nodes(stream, cheaper->nodes);
    fprintf(stream, " a plan was found that costs %.2f less than this one, whose gap is %.2f %%.\n",
            -cheaper->moved.extra, plan->gap * 100);
    fputs("It is not taken: a longer --budget may find it, or a better one.\n", stream);
}

static void print_rest(const struct explanation *explanation, FILE *stream)
{
    unsigned int hidden =
        explanation->n_options > SHOWN_MAX ? explanation->n_options - SHOWN_MAX : 0;

    if (hidden > 0)
        fprintf(stream, "%u more that are dearer or not possible: --json shows them\n", hidden);
    if (explanation->n_more > 0)
        fprintf(stream, "%u more were not planned with: by themselves they cost no less\n",
                explanation->n_more);
    if (explanation->near_only)
        fputs("The file is large: of the others only those on the nodes of a way were free to "
              "move\n",
              stream);
}

static void print_binding(const struct binding *binding, FILE *stream)
{
    char size[SIZE_TEXT_MAX];

    fputs("  ", stream);
    switch (binding->kind) {
    case BINDING_CPUS:
        fprintf(stream, "%u CPU%s more on node %u", binding->cpus, binding->cpus == 1 ? "" : "s",
                binding->node);
        break;
    case BINDING_MEMORY:
        fprintf(stream, "%s more on node %u", size_format(binding->bytes, size), binding->node);
        break;
    case BINDING_INSTANCE:
        fprintf(stream, "without \"%s\"", binding->without->name);
        break;
    case BINDING_SMT:
        fputs("with smt any", stream);
        break;
    case BINDING_AFFINITY:
        fputs("with cpu-affinity compact", stream);
        break;
    }
    fprintf(stream, ": %.2f less, on ", binding->gain);
    put_nodes(stream, binding->nodes);
    fputc('\n', stream);
}

/* A difference that no one could read is none. */
static bool is_dearer_than_alone(const struct explanation *explanation)
{
    return locals(own_cost_sum(&explanation->options[0].cost)) - explanation->alone >= LEAST_SHOWN;
}

static void print_bindings(const struct explanation *explanation, FILE *stream)
{
    fputc('\n', stream);
    if (!is_dearer_than_alone(explanation)) {
        fputs("Nothing else keeps it from a cheaper place: with the machine for itself it would "
              "cost the same.\n",
              stream);
        return;
    }
    fprintf(stream, "With the machine for itself it would cost %.2f.", explanation->alone);
    if (explanation->n_bindings == 0) {
        fputs(" No one thing that was tried makes it cheaper.\n", stream);
        return;
    }
    fputs(" It would be cheaper:\n", stream);
    for (unsigned int i = 0; i < explanation->n_bindings; i++)
        print_binding(&explanation->bindings[i], stream);
}

int render_explanation(const struct plan *plan, const struct explanation *explanation, FILE *stream)
{
    int r;

    fprintf(stream,
            "\"%s\": costs in local accesses, and what the whole plan costs more with each\n",
            explanation->instance->name);
    r = print_options(plan, explanation, stream);
    if (r < 0)
        return r;
    print_rest(explanation, stream);
    print_cheaper(plan, explanation, stream);
    print_bindings(explanation, stream);
    return 0;
}
