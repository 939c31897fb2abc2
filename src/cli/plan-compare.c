/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the two sides of a comparison, and what differs: see plan-compare.h. */

#include "plan-compare.h"

#include "change.h"
#include "cli-plan.h"
#include "cli-replan.h"
#include "cli.h"
#include "render-findings.h"

#include <ctype.h>
#include <string.h>

static void compared_fini(struct compared *compared)
{
    free(compared->source);
    free(compared->machine);
    current_free(compared->current);
    free(compared->costs);
}

static void comparison_fini(struct comparison *comparison)
{
    compared_fini(&comparison->a);
    compared_fini(&comparison->b);
}

/* A machine is an archive, XML, a device tree or a folder, and never begins with a brace. */
static bool is_plan_file(const char *path)
{
    FILE *file = fopen(path, "re");
    int c = EOF;

    if (!file)
        return false;
    do
        c = fgetc(file);
    while (c != EOF && isspace(c));
    (void)fclose(file); /* only read */
    return c == '{';
}

/* Plans of older versions do not tell. */
static int load_costs(const json_t *instances, struct compared *compared)
{
    size_t i;
    json_t *instance;

    compared->costs = calloc(compared->current->n_instances + 1, sizeof(*compared->costs));
    if (!compared->costs)
        return -ENOMEM;
    json_array_foreach(instances, i, instance)
    {
        const json_t *cost = json_object_get(instance, "own_cost");

        compared->costs[i] = json_is_number(cost) ? json_number_value(cost) : -1;
    }
    return 0;
}

static int load_file(const char *path, struct compared *compared, struct np_error *err)
{
    autojson json_t *json = NULL;
    const json_t *optimality, *cost, *bound;
    const char *machine;
    int r = cli_current_from_plan(path, &compared->current, err);

    if (r < 0)
        return r;
    json = json_load_file(path, 0, NULL);
    optimality = json_object_get(json_object_get(json, "plan"), "optimality");
    cost = json_object_get(optimality, "cost");
    bound = json_object_get(optimality, "lower_bound");
    machine = json_string_value(json_object_get(json, "machine"));
    if (!machine || !json_is_number(cost) || !json_is_number(bound)) {
        error_set(err, -EINVAL, "%s: it does not say what the plan costs", path);
        error_hint(err, "`numaplace plan --json SPEC` prints a plan that does");
        return -EINVAL;
    }
    compared->source = strdup(path);
    compared->machine = strdup(machine);
    compared->cost = json_number_value(cost);
    compared->bound = json_number_value(bound);
    if (!compared->source || !compared->machine)
        return -ENOMEM;
    return load_costs(json_object_get(json_object_get(json, "plan"), "instances"), compared);
}

static int take_placement(const struct placement *placement, struct current *current)
{
    struct current_instance *instance = current_add(current, placement->instance->name);
    int r = instance && hwloc_bitmap_copy(instance->cpus, placement->cpus) == 0 ? 0 : -ENOMEM;

    for (unsigned int i = 0; r == 0 && i < placement->n_shares; i++)
        r = current_add_bytes(instance, placement->shares[i].node, placement->shares[i].bytes);
    return r;
}

static int take_plan(const struct plan *plan, const char *source, struct compared *compared)
{
    int r = 0;

    compared->source = strdup(source);
    compared->machine = strdup(plan->machine->source);
    compared->current = calloc(1, sizeof(*compared->current));
    compared->costs = calloc(plan->n_placements + 1, sizeof(*compared->costs));
    compared->cost = plan->cost;
    compared->bound = plan->bound;
    if (!compared->source || !compared->machine || !compared->current || !compared->costs)
        return -ENOMEM;
    for (unsigned int i = 0; r == 0 && i < plan->n_placements; i++) {
        compared->costs[i] = plan->placements[i].own_cost;
        r = take_placement(&plan->placements[i], compared->current);
    }
    return r;
}

/* from is NULL: on the file's own machine. 0, a plan_verdict after a message, or a negative errno.
 */
static int make_plan(const struct compare_request *compare, const char *from,
                     struct compared *compared, struct np_error *err)
{
    autoloaded struct loaded_spec loaded = {0};
    autoplan struct plan *plan = NULL;
    struct refusal refusal = {0};
    struct spec_request request = *compare->spec;
    struct plan_options options = {.use_free = request.use_free, .budget_ms = compare->budget_ms};
    int r;

    if (from)
        request.from = from;
    r = cli_spec_load(&request, &loaded, err);
    if (r == 0)
        r = cli_plan_make(&loaded, &options, &plan, &refusal, err);
    if (r == PLAN_VERDICT_IMPOSSIBLE) {
        cli_message("on %s:", loaded.machine->source);
        cli_plan_refuse(loaded.spec, &refusal);
    } else if (r == PLAN_VERDICT_UNSOUND) {
        render_findings(&loaded.findings, SEVERITY_WARNING, stderr);
    }
    refusal_fini(&refusal);
    return r == 0 ? take_plan(plan, request.path, compared) : r;
}

static int load_side(const struct compare_request *request, unsigned int which,
                     struct compared *compared, struct np_error *err)
{
    const char *side = which < request->n_sides ? request->sides[which] : NULL;

    if (side && is_plan_file(side))
        return load_file(side, compared, err);
    if (!request->spec->path) {
        error_set(err, -EINVAL, "%s is no plan, and there is no placement file to plan for it",
                  side);
        error_hint(err, "numaplace plan --compare=%s SPEC", side);
        return -EINVAL;
    }
    return make_plan(request, side, compared, err);
}

static bool same_shares(const struct current_instance *a, const struct current_instance *b)
{
    for (unsigned int i = 0; i < a->n_shares; i++) {
        if (i >= b->n_shares || a->shares[i].node != b->shares[i].node ||
            a->shares[i].bytes != b->shares[i].bytes)
            return false;
    }
    return a->n_shares == b->n_shares;
}

static double cost_of(const struct compared *compared, const struct current_instance *instance)
{
    return instance ? compared->costs[instance - compared->current->instances] : -1;
}

/* As it is printed. */
static bool same_cost(double a, double b)
{
    return a - b > -0.0005 && a - b < 0.0005;
}

static struct compared_instance pair_of(const struct comparison *comparison, const char *name)
{
    struct compared_instance pair = {
        .name = name,
        .a = current_find(comparison->a.current, name),
        .b = current_find(comparison->b.current, name),
    };

    pair.cost_a = cost_of(&comparison->a, pair.a);
    pair.cost_b = cost_of(&comparison->b, pair.b);
    pair.same = pair.a && pair.b && hwloc_bitmap_isequal(pair.a->cpus, pair.b->cpus) &&
                same_shares(pair.a, pair.b) && same_cost(pair.cost_a, pair.cost_b);
    return pair;
}

/* Those of a, then those that only b has. */
unsigned int comparison_n_instances(const struct comparison *comparison)
{
    unsigned int n = comparison->a.current->n_instances;

    for (unsigned int i = 0; i < comparison->b.current->n_instances; i++)
        n += !current_find(comparison->a.current, comparison->b.current->instances[i].name);
    return n;
}

struct compared_instance comparison_instance(const struct comparison *comparison, unsigned int i)
{
    const struct current *a = comparison->a.current, *b = comparison->b.current;
    unsigned int at = a->n_instances, j = 0;

    if (i < a->n_instances)
        return pair_of(comparison, a->instances[i].name);
    for (;; j++) {
        if (!current_find(a, b->instances[j].name) && at++ == i)
            return pair_of(comparison, b->instances[j].name);
    }
}

static uint64_t bytes_on(const struct current_instance *instance, unsigned int node)
{
    for (unsigned int i = 0; i < instance->n_shares; i++) {
        if (instance->shares[i].node == node)
            return instance->shares[i].bytes;
    }
    return 0;
}

uint64_t comparison_bytes_elsewhere(const struct comparison *comparison)
{
    uint64_t bytes = 0;

    for (unsigned int i = 0; i < comparison->a.current->n_instances; i++) {
        struct compared_instance pair = comparison_instance(comparison, i);

        for (unsigned int j = 0; pair.b && j < pair.b->n_shares; j++) {
            uint64_t there = bytes_on(pair.a, pair.b->shares[j].node);

            if (pair.b->shares[j].bytes > there)
                bytes += pair.b->shares[j].bytes - there;
        }
    }
    return bytes;
}

int plan_compare(const struct compare_request *request)
{
    CLEANUP(comparison_fini) struct comparison comparison = {0};
    struct np_error err = {0};
    int r = load_side(request, 0, &comparison.a, &err);

    if (r == 0)
        r = load_side(request, 1, &comparison.b, &err);
    if (r > 0)
        return r == PLAN_VERDICT_IMPOSSIBLE ? EXIT_NO_PLACEMENT : EXIT_INVALID;
    if (r == 0)
        r = request->json ? cli_print_json(json_comparison(&comparison))
                          : render_comparison(&comparison, stdout);
    if (r == 0)
        return EXIT_DONE;
    cli_error(&err, r);
    return cli_spec_exit(r);
}
