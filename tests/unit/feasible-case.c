/* SPDX-License-Identifier: Apache-2.0 */
/* Cases that have a placement: see feasible-case.h. */

#include "feasible-case.h"

#include "size.h"

#include <stdio.h>

#include "make-machine.h"
#include "random.h"

enum {
    CORES = 8, /* a node, of two CPUs each */
    INSTANCES_MAX = 60,
    NODE_GIB = 64,
};

/* What is left while instances are given theirs. */
struct rest {
    unsigned int n_nodes;
    unsigned int idle[FEASIBLE_NODES_MAX];   /* whole cores */
    unsigned int single[FEASIBLE_NODES_MAX]; /* CPUs of cores that are partly given */
    unsigned int gib[FEASIBLE_NODES_MAX];
};

/* Takes CPUs of a core at random on node by rule; returns how many, 0 when there are none. */
static unsigned int take_cpus(struct rest *rest, unsigned int node, unsigned int rule)
{
    if (rule == 0 && rest->single[node] > 0 && below(2) == 0) {
        rest->single[node]--;
        return 1;
    }
    if (rest->idle[node] == 0)
        return 0;
    rest->idle[node]--;
    if (rule == 1 || (rule == 0 && below(2) == 0)) {
        rest->single[node]++;
        return 1;
    }
    return 2;
}

static unsigned int take_memory(struct rest *rest, unsigned int node)
{
    unsigned int gib = below(20);

    if (gib > rest->gib[node])
        gib = rest->gib[node];
    rest->gib[node] -= gib;
    return gib;
}

static void put_memory(FILE *yaml, struct rest *rest, unsigned int home)
{
    unsigned int other = below(rest->n_nodes), gib;

    switch (below(4)) {
    case 0:
        gib = take_memory(rest, other);
        if (gib > 0)
            fprintf(yaml, ", memory: %uGiB, memory-policy: bind, numa-nodes: [%u]", gib, other);
        break;
    case 1:
        gib = take_memory(rest, home);
        if (gib > 0 && home != other && rest->gib[other] >= gib) {
            rest->gib[other] -= gib;
            fprintf(yaml, ", memory: %uGiB, memory-policy: interleave, numa-nodes: [%u, %u]",
                    2 * gib, home, other);
        } else {
            rest->gib[home] += gib;
        }
        break;
    case 2:
        gib = take_memory(rest, other);
        if (gib > 0)
            fprintf(yaml, ", memory: %uGiB, memory-policy: preferred", gib);
        break;
    default:
        gib = take_memory(rest, home);
        if (gib > 0)
            fprintf(yaml, ", memory: %uGiB%s", gib, below(3) ? "" : ", cpu-affinity: local");
    }
}

/* False when there was nothing left where it looked. */
static bool put_instance(FILE *yaml, struct rest *rest, unsigned int number)
{
    static const char *const rules[] = {"any", "avoid", "whole-cores"};
    unsigned int home = below(rest->n_nodes), rule = below(4) ? 0 : below(3);
    unsigned int cores = 1 + below(below(4) ? 3 : CORES), cpus = 0;

    for (unsigned int i = 0; i < cores; i++)
        cpus += take_cpus(rest, home, rule);
    if (cpus == 0)
        return false;
    fprintf(yaml, "  - {name: i%u, cpus: %u, smt: %s", number, cpus, rules[rule]);
    put_memory(yaml, rest, home);
    fputs("}\n", yaml);
    return true;
}

static char *make_spec(unsigned int n_nodes)
{
    struct rest rest = {.n_nodes = n_nodes};
    unsigned int n = 0;
    char *text = NULL;
    size_t length;
    FILE *yaml = open_memstream(&text, &length);

    for (unsigned int i = 0; i < n_nodes; i++) {
        rest.idle[i] = CORES;
        rest.gib[i] = NODE_GIB;
    }
    fputs("version: 1\ninstances:\n", yaml);
    for (unsigned int misses = 0; misses < 30 && n < INSTANCES_MAX;) {
        if (put_instance(yaml, &rest, n))
            n++;
        else
            misses++;
    }
    fclose(yaml);
    return text;
}

void feasible_case(uint64_t number, struct machine **ret_machine, char **ret_yaml)
{
    struct machine_plan shape = {
        .n_cpus = 2 * CORES, .smt = 2, .n_cores = CORES / 2, .bytes = NODE_GIB * GIB};

    random_seed = number;
    shape.n_nodes = 2 + below(FEASIBLE_NODES_MAX - 1);
    *ret_machine = make_machine(&shape);
    *ret_yaml = make_spec(shape.n_nodes);
}
