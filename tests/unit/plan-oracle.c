/* SPDX-License-Identifier: Apache-2.0 */
/* Exhaustive search, and a checker of plans: see plan-oracle.h. */

#include "plan-oracle.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "make-machine.h"
#include "moves.h"
#include "oracle-move.h"
#include "oracle-price.h"
#include "random.h"

enum {
    CPUS_MAX = 8,
    INSTANCES_MAX = 6,
    TUPLES_MAX = 20000,
    PAGE_KIB = 4, /* a file cannot ask for less */
    APART = 16,   /* from where one node's memory begins to where the next one's does */
};

/* In local accesses: the planner counts in millionths, and rounds each of some dozens of terms
 * down.
 */
#define ROUNDING 60e-6

/* The first rule that the plan at hand breaks. */
static const char *fault;

#define RULE(holds) note((holds), #holds)

static void note(bool holds, const char *rule)
{
    if (!holds && !fault)
        fault = rule;
}

static void give_range(struct node *node, uint64_t base)
{
    if (node->total_bytes == 0)
        return;
    node->ranges = calloc(1, sizeof(*node->ranges));
    node->ranges[0] = (struct region){base, node->total_bytes};
    node->n_ranges = 1;
}

/* Latencies of all pairs, or none; bandwidths of nodes, and of some links. */
static void give_matrices(struct machine *machine)
{
    unsigned int n = machine->n_nodes;
    bool links = one_in(2);

    if (one_in(4)) {
        machine->latency_ns.value = calloc((size_t)n * n, sizeof(uint64_t));
        for (unsigned int i = 0; i < n * n; i++)
            machine->latency_ns.value[i] = (i % (n + 1) == 0 ? 80 : 100) + below(80);
    }
    if (one_in(4))
        return;
    machine->bandwidth_mibps.value = calloc((size_t)n * n, sizeof(uint64_t));
    for (unsigned int i = 0; i < n * n; i++) {
        if (i % (n + 1) == 0 ? !one_in(6) : links && one_in(3))
            machine->bandwidth_mibps.value[i] = 1024 * (1 + below(4));
    }
}

static struct machine *random_machine(void)
{
    unsigned int n_nodes = 1 + below(NODES_MAX);
    struct machine_plan plan = {
        .n_nodes = n_nodes,
        .n_cpus = 1 + (one_in(2) ? below(CPUS_MAX / n_nodes) : CPUS_MAX / n_nodes - 1),
        .smt = 1 + below(2),
        .bytes = 3 + below(5),
    };
    struct machine *machine;

    if (plan.smt == 2 && plan.n_cpus > 1 && !one_in(4))
        plan.n_cpus &= ~1u;
    machine = make_machine(&plan);
    for (unsigned int i = 0; i < n_nodes * n_nodes; i++)
        machine->distance.value[i] = i % (n_nodes + 1) == 0 ? 10 : 11 + below(25);
    for (unsigned int i = 0; i < n_nodes; i++) {
        struct node *node = &machine->nodes[i];

        node->total_bytes = one_in(5) ? below(3) : node->total_bytes;
        node->free_bytes = node->total_bytes;
        node->granted = !one_in(12);
    }
    if (one_in(4) && n_nodes < NODES_MAX)
        add_memory_node(machine, one_in(2) ? NODE_KIND_HBM : NODE_KIND_UNKNOWN, 4);
    give_matrices(machine);
    if (one_in(2)) {
        for (unsigned int i = 0; i < machine->n_nodes; i++)
            give_range(&machine->nodes[i], i * APART);
    }
    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        machine->cpus[i].isolated = one_in(14);
        machine->cpus[i].granted = !one_in(14);
        if (one_in(14))
            take_offline(machine, i);
    }
    return machine;
}

static void put_some(FILE *yaml, const char *before, unsigned int of)
{
    fprintf(yaml, "%s%u", before, below(of));
    if (one_in(2))
        fprintf(yaml, ",%u", below(of));
}

static void put_workload(FILE *yaml)
{
    static const unsigned int some_weights[] = {1, 2, 3, 7};

    fprintf(yaml, ", workload: {weight: %u", some_weights[one_in(2) ? 0 : below(4)]);
    if (one_in(3))
        fprintf(yaml, ", latency-sensitive: %s", one_in(4) ? "false" : "true");
    if (!one_in(3))
        fprintf(yaml, ", memory-bandwidth: %uMiB/s", 700 * (1 + below(5)));
    fputs("}", yaml);
}

static void put_instance(FILE *yaml, const struct machine *machine, unsigned int i,
                         unsigned int n_cpus)
{
    static const char *const affinities[] = {"compact", "spread", "local"};
    static const char *const policies[] = {"local", "bind", "preferred", "interleave",
                                           "weighted-interleave"};
    static const char *const rules[] = {"any", "avoid", "whole-cores"};
    bool nodes = one_in(2);
    unsigned int policy = below(ARRAY_SIZE(policies));

    fprintf(yaml, "  - {name: i%u", i);
    if (one_in(8)) {
        put_some(yaml, ", cpus: \"", machine->n_cpus);
        fputs("\"", yaml);
    } else if (!one_in(10)) {
        fprintf(yaml, ", cpus: %u", 1 + below(n_cpus));
    }
    if (!one_in(5))
        fprintf(yaml, ", memory: %uKiB", PAGE_KIB * (1 + below(6)));
    if (nodes || policy == 1) {
        put_some(yaml, ", numa-nodes: [", machine->n_nodes);
        fputs("]", yaml);
    }
    fprintf(yaml, ", memory-policy: %s, cpu-affinity: %s, smt: %s", policies[policy],
            affinities[below(3)], rules[one_in(2) ? 0 : below(3)]);
    if (one_in(2))
        put_workload(yaml);
    fprintf(yaml, "%s}\n", one_in(4) ? ", near: eth0" : "");
}

static char *random_spec(const struct machine *machine, unsigned int n_max)
{
    unsigned int n = 1 + below(one_in(4) ? n_max : n_max - 1);
    char *text = NULL;
    size_t length;
    FILE *yaml = open_memstream(&text, &length);

    fputs("version: 1\n", yaml);
    if (one_in(4))
        fprintf(yaml, "host-reserved: {cpus: \"%u\", memory: {%u: %uKiB}}\n",
                below(machine->n_cpus), below(machine->n_nodes), PAGE_KIB * (1 + below(3)));
    fprintf(yaml, "devices: {eth0: {node: %u}}\ninstances:\n", below(machine->n_nodes));
    for (unsigned int i = 0; i < n; i++)
        put_instance(yaml, machine, i, n > 4 ? 2 : 4);
    fclose(yaml);
    return text;
}

/* The oracle. */

/* A part of an instance's memory and where it may go. */
struct part {
    unsigned int instance;
    unsigned int bytes;
    double cost[NODES_MAX]; /* a byte; negative where it may not go */
    double least;
};

struct oracle {
    const struct wishes *wishes;
    const struct plan_options *options;
    unsigned int owner[CPUS_MAX];
    unsigned int left[INSTANCES_MAX];
    unsigned int tuples[TUPLES_MAX][INSTANCES_MAX][NODES_MAX];
    unsigned int n_tuples;
    struct part parts[INSTANCES_MAX * NODES_MAX];
    unsigned int n_parts;
    unsigned int room[NODES_MAX];
    unsigned int used[INSTANCES_MAX][NODES_MAX]; /* bytes laid out */
    double best;
    bool found;
};

static struct oracle oracle;

static void remember(struct oracle *o)
{
    const struct machine *machine = o->wishes->machine;
    unsigned int tuple[INSTANCES_MAX][NODES_MAX] = {0};

    for (unsigned int i = 0; i < o->wishes->n_wishes; i++) {
        const struct wish *wish = &o->wishes->wishes[i];
        autoset hwloc_bitmap_t cpus = hwloc_bitmap_alloc();

        for (unsigned int j = 0; j < machine->n_cpus; j++) {
            if (wish->cpus ? hwloc_bitmap_isset(wish->cpus, j) : o->owner[j] == i + 1) {
                hwloc_bitmap_set(cpus, j);
                tuple[i][machine->cpus[j].node]++;
            }
        }
        if ((!wish->cpus && !smt_is_kept(machine, wish->instance->smt, cpus)) ||
            !cpus_may_lie(o->wishes, wish, tuple[i]))
            return;
    }
    for (unsigned int i = 0; i < o->n_tuples; i++) {
        if (memcmp(o->tuples[i], tuple, sizeof(tuple)) == 0)
            return;
    }
    assert(o->n_tuples < TUPLES_MAX);
    memcpy(o->tuples[o->n_tuples++], tuple, sizeof(tuple));
}

static void give_cpu(struct oracle *o, unsigned int cpu)
{
    const struct machine *machine = o->wishes->machine;
    unsigned int needed = 0;

    for (unsigned int i = 0; i < o->wishes->n_wishes; i++)
        needed += o->left[i];
    if (needed > machine->n_cpus - cpu)
        return;
    if (cpu == machine->n_cpus) {
        remember(o);
        return;
    }
    o->owner[cpu] = 0;
    give_cpu(o, cpu + 1);
    if (!cpu_is_for_counts(o->wishes, &machine->cpus[cpu]))
        return;
    for (unsigned int i = 0; i < o->wishes->n_wishes; i++) {
        if (o->left[i] == 0)
            continue;
        o->left[i]--;
        o->owner[cpu] = i + 1;
        give_cpu(o, cpu + 1);
        o->left[i]++;
    }
    o->owner[cpu] = 0;
}

/* Of the instances whose parts are laid out; those of one follow one another. */
static double carry(const struct oracle *o)
{
    double price = 0;

    for (unsigned int i = 0; i < o->n_parts; i++) {
        unsigned int instance = o->parts[i].instance;

        if (i == 0 || o->parts[i - 1].instance != instance)
            price += price_of_carrying(o->wishes, o->options, instance, o->used[instance]);
    }
    return price;
}

/* The cheapest way to lay out the parts from part on; o->best is the bound. */
static void lay_out(struct oracle *o, unsigned int part, unsigned int placed, unsigned int from,
                    double cost)
{
    const struct part *p = &o->parts[part];
    double least = cost;

    for (unsigned int i = part; i < o->n_parts; i++)
        least += o->parts[i].least * (o->parts[i].bytes - (i == part ? placed : 0));
    if (o->found && least >= o->best - 1e-12)
        return;
    if (part == o->n_parts) {
        cost += carry(o);
        if (o->found && cost >= o->best)
            return;
        o->best = cost;
        o->found = true;
        return;
    }
    if (placed == p->bytes) {
        lay_out(o, part + 1, 0, 0, cost);
        return;
    }
    /* Bytes of one part are alike: their nodes ascend. */
    for (unsigned int i = from; i < o->wishes->machine->n_nodes; i++) {
        if (o->room[i] == 0 || p->cost[i] < 0)
            continue;
        o->room[i]--;
        o->used[p->instance][i]++;
        lay_out(o, part, placed + 1, i, cost + p->cost[i]);
        o->used[p->instance][i]--;
        o->room[i]++;
    }
}

static void add_part(struct oracle *o, unsigned int instance, const unsigned int *counts, int from,
                     int only, unsigned int bytes)
{
    const struct wish *wish = &o->wishes->wishes[instance];
    struct part *part = &o->parts[o->n_parts];
    double all = (double)wish->instance->memory_bytes;

    if (bytes == 0)
        return;
    o->n_parts++;
    *part = (struct part){.instance = instance, .bytes = bytes};
    for (unsigned int i = 0; i < o->wishes->machine->n_nodes; i++) {
        part->cost[i] = -1;
        if (memory_may_lie(o->wishes, wish, counts, i) && (only < 0 || only == (int)i))
            part->cost[i] = price_of_bytes(o->wishes, instance, counts, from, i) / all;
        if (part->cost[i] >= 0 && (part->least <= 0 || part->cost[i] < part->least))
            part->least = part->cost[i];
    }
}

/* Which nodes a wish's memory is dealt out over, and with which weight. */
static unsigned int weight_of(struct oracle *o, unsigned int instance, const unsigned int *counts,
                              unsigned int node)
{
    if (!interleaves(o->wishes->wishes[instance].instance))
        return counts[node];
    return interleave_weight(o->wishes, instance, counts, node);
}

static void add_parts(struct oracle *o, unsigned int instance, const unsigned int *counts)
{
    const struct instance *in = o->wishes->wishes[instance].instance;
    const uint64_t *given = o->wishes->wishes[instance].region_bytes;
    unsigned int bytes = (unsigned int)in->memory_bytes, before = 0, all = 0;

    for (unsigned int i = 0; given && i < o->wishes->machine->n_nodes; i++)
        add_part(o, instance, counts, -1, (int)i, (unsigned int)given[i]);
    if (given)
        return;
    if (!interleaves(in) && (in->memory_policy != MEMORY_POLICY_LOCAL || total(counts) == 0)) {
        add_part(o, instance, counts, -1, -1, bytes);
        return;
    }
    for (unsigned int i = 0; i < o->wishes->machine->n_nodes; i++)
        all += weight_of(o, instance, counts, i);
    for (unsigned int i = 0; i < o->wishes->machine->n_nodes; i++) {
        unsigned int until = before + weight_of(o, instance, counts, i);

        if (until > before)
            add_part(o, instance, counts, interleaves(in) ? -1 : (int)i,
                     interleaves(in) ? (int)i : -1, bytes * until / all - bytes * before / all);
        before = until;
    }
    if (all == 0 && bytes > 0) /* nowhere to go */
        add_part(o, instance, counts, -1, NODES_MAX, bytes);
}

static void try_tuple(struct oracle *o, unsigned int tuple[INSTANCES_MAX][NODES_MAX])
{
    double cost = price_of_traffic(o->wishes, tuple);

    o->n_parts = 0;
    for (unsigned int i = 0; i < o->wishes->n_wishes; i++) {
        cost += price_of_cpus(o->wishes, i, tuple[i]) +
                price_of_leaving(o->wishes, o->options, i, tuple[i]);
        add_parts(o, i, tuple[i]);
    }
    for (unsigned int i = 0; i < o->wishes->machine->n_nodes; i++)
        o->room[i] = (unsigned int)node_room(o->wishes, i);
    lay_out(o, 0, 0, 0, cost);
}

static bool named_cpus_can_be_had(const struct wishes *wishes)
{
    for (unsigned int i = 0; i < wishes->n_wishes; i++) {
        const struct wish *wish = &wishes->wishes[i];

        for (unsigned int j = 0; wish->cpus && j < wishes->machine->n_cpus; j++) {
            if (!hwloc_bitmap_isset(wish->cpus, j))
                continue;
            if (!cpu_may_be_given(wishes, &wishes->machine->cpus[j]))
                return false;
            for (unsigned int k = 0; k < i; k++) {
                if (wishes->wishes[k].cpus && hwloc_bitmap_isset(wishes->wishes[k].cpus, j))
                    return false;
            }
        }
    }
    return true;
}

/* Each byte of a region is on a node, and nobody else's. */
static bool named_memory_can_be_had(const struct wishes *wishes)
{
    bool taken[NODES_MAX * APART] = {false};

    for (unsigned int i = 0; i < wishes->n_wishes; i++) {
        const struct wish *wish = &wishes->wishes[i];

        if (!wish->region_bytes)
            continue;
        for (unsigned int j = 0; j < wish->instance->n_regions; j++) {
            const struct region *region = &wish->instance->regions[j];

            for (uint64_t at = region->base; at < region->base + region->bytes; at++) {
                if (taken[at] || at / APART >= wishes->machine->n_nodes ||
                    at % APART >= wishes->machine->nodes[at / APART].total_bytes)
                    return false;
                taken[at] = true;
            }
        }
    }
    return true;
}

static void ask_oracle(struct oracle *o, const struct wishes *wishes,
                       const struct plan_options *options)
{
    memset(o, 0, sizeof(*o));
    o->wishes = wishes;
    o->options = options;
    if (!named_cpus_can_be_had(wishes) || !named_memory_can_be_had(wishes))
        return;
    for (unsigned int i = 0; i < wishes->n_wishes; i++)
        o->left[i] = wishes->wishes[i].cpus ? 0 : wishes->wishes[i].instance->cpu_count;
    give_cpu(o, 0);
    for (unsigned int i = 0; i < o->n_tuples; i++)
        try_tuple(o, o->tuples[i]);
}

/* The checker: what a plan says, against the rules. */

static void check_cpus(const struct wishes *wishes, const struct plan *plan)
{
    autoset hwloc_bitmap_t taken = hwloc_bitmap_alloc();

    for (unsigned int i = 0; i < plan->n_placements; i++) {
        const struct wish *wish = &wishes->wishes[i];
        hwloc_const_bitmap_t cpus = plan->placements[i].cpus;
        int cpu;

        RULE(hwloc_bitmap_last(cpus) < (int)wishes->machine->n_cpus);
        RULE(!hwloc_bitmap_intersects(taken, cpus));
        if (fault)
            return;
        hwloc_bitmap_or(taken, taken, cpus);
        hwloc_bitmap_foreach_begin(cpu, cpus) if (wish->cpus)
            RULE(cpu_may_be_given(wishes, &wishes->machine->cpus[cpu]));
        else RULE(cpu_is_for_counts(wishes, &wishes->machine->cpus[cpu]));
        hwloc_bitmap_foreach_end();
        if (wish->cpus) {
            RULE(hwloc_bitmap_isequal(cpus, wish->cpus));
        } else {
            RULE(hwloc_bitmap_weight(cpus) == (int)wish->instance->cpu_count);
            RULE(smt_is_kept(wishes->machine, wish->instance->smt, cpus));
        }
    }
}

static void count_nodes(const struct machine *machine, hwloc_const_bitmap_t cpus,
                        unsigned int counts[NODES_MAX])
{
    memset(counts, 0, NODES_MAX * sizeof(*counts));
    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        if (hwloc_bitmap_isset(cpus, i))
            counts[machine->cpus[i].node]++;
    }
}

static void check_memory(const struct wishes *wishes, const struct plan *plan)
{
    uint64_t used[NODES_MAX] = {0};

    for (unsigned int i = 0; i < plan->n_placements; i++) {
        const struct placement *placement = &plan->placements[i];
        unsigned int counts[NODES_MAX];
        uint64_t sum = 0;

        count_nodes(wishes->machine, placement->cpus, counts);
        RULE(cpus_may_lie(wishes, &wishes->wishes[i], counts));
        for (unsigned int j = 0; j < placement->n_shares; j++) {
            const struct share *share = &placement->shares[j];

            RULE(share->bytes > 0);
            RULE(memory_may_lie(wishes, &wishes->wishes[i], counts, share->node));
            sum += share->bytes;
            used[share->node] += share->bytes;
        }
        RULE(sum == placement->instance->memory_bytes);
        RULE(sum == 0 || !hwloc_bitmap_iszero(placement->mem_nodes));
    }
    for (unsigned int i = 0; i < wishes->machine->n_nodes; i++)
        RULE(used[i] <= node_room(wishes, i));
}

/* What the plan costs, and the price of getting there, from its CPUs and shares alone. */
static double plan_cost(struct oracle *o, const struct plan *plan)
{
    unsigned int tuple[INSTANCES_MAX][NODES_MAX];
    double sum = 0;

    for (unsigned int i = 0; i < plan->n_placements; i++) {
        const struct placement *placement = &plan->placements[i];
        unsigned int *counts = tuple[i];

        count_nodes(o->wishes->machine, placement->cpus, counts);
        o->n_parts = 0;
        o->found = false;
        memset(o->room, 0, sizeof(o->room));
        add_parts(o, i, counts);
        for (unsigned int j = 0; j < placement->n_shares; j++)
            o->room[placement->shares[j].node] = (unsigned int)placement->shares[j].bytes;
        lay_out(o, 0, 0, 0,
                price_of_cpus(o->wishes, i, counts) +
                    price_of_leaving(o->wishes, o->options, i, counts));
        RULE(o->found); /* also checks the parts of interleaving */
        sum += o->best;
    }
    return sum + price_of_traffic(o->wishes, tuple);
}

/* Under policy local, of bytes that are on a node now the planner says whose CPUs use them, and
 * does not look at other ways to say it. */
static bool shares_out(const struct wishes *wishes)
{
    for (unsigned int i = 0; i < wishes->n_wishes; i++) {
        const struct instance *instance = wishes->wishes[i].instance;

        if (instance->memory_policy == MEMORY_POLICY_LOCAL && instance->memory_bytes > 0 &&
            (wishes->wishes[i].cpus || instance->cpu_count > 1))
            return true;
    }
    return false;
}

/* What the plan says that moving costs. It counts CPUs one by one, where the rules of two instances
 * may leave neither what it has; but for that, it is what the search counted. */
static void check_price(const struct wishes *wishes, const struct plan *plan, double searched)
{
    double told = plan->moves ? plan->moves->price : 0;
    bool strict = shares_out(wishes);

    for (unsigned int i = 0; i < wishes->n_wishes; i++)
        strict |= wishes->spec->instances[i].smt != SMT_ANY;
    RULE(told >= searched - ROUNDING);
    RULE(strict || told <= searched + ROUNDING);
}

static void check_outcome(const struct wishes *wishes, const struct plan_options *options,
                          int outcome, const struct plan *plan, const struct refusal *refusal)
{
    double best, cost;

    ask_oracle(&oracle, wishes, options);
    best = oracle.best;
    if (outcome == PLAN_IMPOSSIBLE) {
        RULE(!oracle.found);
        RULE(refusal->proven);
        return;
    }
    RULE(oracle.found);
    check_cpus(wishes, plan);
    check_memory(wishes, plan);
    if (fault)
        return;
    cost = plan_cost(&oracle, plan);
    RULE(cost <= best + ROUNDING);
    check_price(wishes, plan, cost - plan->cost);
    RULE((plan->moves && shares_out(wishes)) || plan->bound <= best + ROUNDING);
}

/* Regions of instances that want memory: mostly where there is some, at times not. */
static void name_regions(struct spec *spec, const struct machine *machine)
{
    for (unsigned int i = 0; i < spec->n_instances; i++) {
        struct instance *instance = &spec->instances[i];
        uint64_t bytes = instance->memory_bytes;

        if (bytes == 0 || !one_in(4))
            continue;
        instance->regions = calloc(2, sizeof(*instance->regions));
        if (bytes > 1 && one_in(2))
            instance->regions[instance->n_regions++] =
                (struct region){below(machine->n_nodes) * APART, bytes / 2};
        instance->regions[instance->n_regions] =
            (struct region){below(machine->n_nodes) * APART + below(5), bytes};
        if (instance->n_regions > 0)
            instance->regions[1].bytes -= bytes / 2;
        instance->n_regions++;
    }
}

/* Pages to bytes: see the top. */
static void scale_down(struct spec *spec)
{
    for (unsigned int i = 0; i < spec->n_instances; i++)
        spec->instances[i].memory_bytes /= PAGE_KIB * KIB;
    for (unsigned int i = 0; i < spec->n_reserved_memory; i++)
        spec->reserved_memory[i].bytes /= PAGE_KIB * KIB;
}

/* Some of the instances are somewhere: on CPUs of their own, some of which they could not be given
 * now, and with bytes here and there. */
static struct current *random_current(const struct wishes *wishes)
{
    struct current *current = calloc(1, sizeof(*current));
    const struct machine *machine = wishes->machine;

    for (unsigned int i = 0; i < wishes->n_wishes; i++) {
        if (!one_in(4))
            current_add(current, wishes->wishes[i].instance->name);
    }
    for (unsigned int i = 0; i < machine->n_cpus && current->n_instances > 0; i++) {
        if (!one_in(4))
            hwloc_bitmap_set(current->instances[below(current->n_instances)].cpus, i);
    }
    for (unsigned int i = 0; i < current->n_instances; i++) {
        for (unsigned int j = 0; j < machine->n_nodes; j++)
            current_add_bytes(&current->instances[i], j, one_in(2) ? below(4) : 0);
    }
    return current;
}

/* Each alone, both and none; a byte costs up to half a local access, as there are few of them. */
static struct move_prices random_prices(void)
{
    return (struct move_prices){
        .gib = one_in(3) ? 0 : (int64_t)GIB * below(500000),
        .cpu = one_in(3) ? 0 : below(500000),
    };
}

static void judge_by(const struct wishes *wishes, const struct plan_options *options,
                     struct oracle_tally *tally)
{
    autoplan struct plan *plan = NULL;
    struct refusal refusal = {0};
    struct np_error err = {0};
    int outcome = plan_make(wishes, options, &plan, &refusal, &err);

    tally->n_placed += outcome == PLAN_MADE;
    tally->n_impossible += outcome == PLAN_IMPOSSIBLE;
    tally->n_moving += outcome == PLAN_MADE && plan->moves && plan->moves->n_moving > 0;
    RULE(outcome >= 0);
    if (!fault)
        check_outcome(wishes, options, outcome, plan, &refusal);
    refusal_fini(&refusal);
}

static void judge(const struct wishes *wishes, bool running, struct oracle_tally *tally)
{
    autocurrent struct current *current = running ? random_current(wishes) : NULL;
    struct plan_options options = {.current = current};

    if (running)
        options.prices = random_prices();
    judge_by(wishes, &options, tally);
}

static const char *check_case(uint64_t number, unsigned int n_instances, bool running, bool show,
                              struct oracle_tally *tally)
{
    automachine struct machine *machine = NULL;
    autofree char *yaml = NULL;
    autospec struct spec *spec = NULL;
    autowishes struct wishes *wishes = NULL;
    struct np_error err = {0};

    assert(n_instances <= INSTANCES_MAX);
    fault = NULL;
    random_seed = number;
    machine = random_machine();
    yaml = random_spec(machine, n_instances);
    if (show)
        fprintf(stderr, "%s", yaml);
    RULE(spec_parse("random", yaml, strlen(yaml), &spec, &err) == 0);
    if (fault)
        return fault;
    scale_down(spec);
    name_regions(spec, machine);
    RULE(wishes_resolve(machine, spec, &wishes, &err) == 0);
    if (!fault)
        judge(wishes, running, tally);
    return fault;
}

const char *oracle_check(uint64_t number, unsigned int n_instances, bool show,
                         struct oracle_tally *tally)
{
    return check_case(number, n_instances, false, show, tally);
}

const char *oracle_check_running(uint64_t number, unsigned int n_instances, bool show,
                                 struct oracle_tally *tally)
{
    return check_case(number, n_instances, true, show, tally);
}
