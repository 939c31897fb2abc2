/* SPDX-License-Identifier: Apache-2.0 */
/* Two plans side by side, as text and as JSON. */

#include "json-util.h"
#include "plan-compare.h"
#include "table.h"

static void cell_cpus(struct table *table, const struct current_instance *instance)
{
    autofree char *text = instance ? set_format(instance->cpus) : NULL;

    if (instance && !text)
        return table_fail(table);
    table_cell(table, "%s", !instance ? "not there" : text[0] ? text : "-");
}

static void cell_shares(struct table *table, const struct current_instance *instance)
{
    autofree char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    char size[SIZE_TEXT_MAX];

    if (!stream)
        return table_fail(table);
    for (unsigned int i = 0; instance && i < instance->n_shares; i++)
        fprintf(stream, "%s%u: %s", i ? ", " : "", instance->shares[i].node,
                size_format(instance->shares[i].bytes, size));
    if (fclose(stream) != 0)
        return table_fail(table);
    table_cell(table, "%s", text[0] ? text : "-");
}

static void cell_cost(struct table *table, double cost)
{
    if (cost < 0)
        table_cell(table, "-");
    else
        table_cell(table, "%.3f", cost);
}

/* Below what is printed it is none. */
static double difference(const struct comparison *comparison)
{
    double more = comparison->b.cost - comparison->a.cost;

    return more > -0.0005 && more < 0.0005 ? 0 : more;
}

static void print_cost(const struct comparison *comparison, FILE *stream)
{
    double more = difference(comparison), less = more < 0 ? -more : more;
    double dearer = more < 0 ? comparison->a.cost : comparison->b.cost;
    uint64_t bytes = comparison_bytes_elsewhere(comparison);
    char size[SIZE_TEXT_MAX];

    if (bytes > 0)
        fprintf(stream, "%s lie on other nodes.\n", size_format(bytes, size));
    fprintf(stream, "A costs %.3f local accesses, B %.3f: ", comparison->a.cost,
            comparison->b.cost);
    if (more < 0 || more > 0)
        fprintf(stream, "%s is better by %.3f (%.1f %%)\n", more < 0 ? "B" : "A", less,
                100 * less / dearer);
    else
        fputs("neither is better\n", stream);
}

int render_comparison(const struct comparison *comparison, FILE *stream)
{
    autotable struct table *table = table_new();
    unsigned int n = comparison_n_instances(comparison), n_same = 0;
    int r = 0;

    fprintf(stream, "A: %s on %s\nB: %s on %s\n\n", comparison->a.source, comparison->a.machine,
            comparison->b.source, comparison->b.machine);
    table_column(table, false, "INSTANCE");
    table_column(table, false, "CPUS IN A");
    table_column(table, false, "IN B");
    table_column(table, false, "MEMORY BY NODE IN A");
    table_column(table, false, "IN B");
    table_column(table, true, "COST IN A");
    table_column(table, true, "IN B");
    for (unsigned int i = 0; i < n; i++) {
        struct compared_instance pair = comparison_instance(comparison, i);

        n_same += pair.same;
        if (pair.same)
            continue;
        table_cell(table, "%s", pair.name);
        cell_cpus(table, pair.a);
        cell_cpus(table, pair.b);
        cell_shares(table, pair.a);
        cell_shares(table, pair.b);
        cell_cost(table, pair.cost_a);
        cell_cost(table, pair.cost_b);
    }
    if (n_same < n)
        r = table_print(table, stream);
    if (n_same > 0)
        fprintf(stream, "%u of %u instances %s the same\n", n_same, n, n_same == 1 ? "is" : "are");
    print_cost(comparison, stream);
    return r;
}

static json_t *json_had(const struct current_instance *instance, double cost)
{
    json_t *shares;

    if (!instance)
        return json_null();
    shares = json_array();
    for (unsigned int i = 0; shares && i < instance->n_shares; i++)
        shares = json_append(shares,
                             json_node_bytes(instance->shares[i].node, instance->shares[i].bytes));
    return json_pack("{s:o, s:o, s:o}", "cpus", json_set(instance->cpus), "shares", shares, "cost",
                     cost < 0 ? json_null() : json_real(cost));
}

static json_t *json_side(const struct compared *side)
{
    return json_pack("{s:o, s:o, s:f, s:f}", "source", json_text(side->source), "machine",
                     json_text(side->machine), "cost", side->cost, "lower_bound", side->bound);
}

json_t *json_comparison(const struct comparison *comparison)
{
    unsigned int n = comparison_n_instances(comparison);
    double more = difference(comparison);
    json_t *instances = json_array();

    for (unsigned int i = 0; instances && i < n; i++) {
        struct compared_instance pair = comparison_instance(comparison, i);

        instances = json_append(instances, json_pack("{s:o, s:b, s:o, s:o}", "name",
                                                     json_text(pair.name), "same", (int)pair.same,
                                                     "a", json_had(pair.a, pair.cost_a), "b",
                                                     json_had(pair.b, pair.cost_b)));
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:f}", "a", json_side(&comparison->a), "b",
                     json_side(&comparison->b), "instances", instances, "bytes_elsewhere",
                     json_bytes(comparison_bytes_elsewhere(comparison)), "better",
                     more < 0   ? json_string("b")
                     : more > 0 ? json_string("a")
                                : json_null(),
                     "by", more < 0 ? -more : more);
}
