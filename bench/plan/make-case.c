/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine and what should run on it, the same at each call, as files that numaplace reads.
 *
 *   make-case medium NUMBER DIRECTORY        8 nodes, 64 CPUs, 20 instances of all kinds
 *   make-case large INSTANCES DIRECTORY      64 nodes, and as many CPUs as instances, nearly
 *
 * writes machine.dts and spec.yaml there.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

enum {
    NODES_MAX = 64,
    SMT = 2,
    NODE_MIBPS = 40000,
    MEDIUM_NODES = 8,
    MEDIUM_INSTANCES = 20,
    LARGE_NODES = 64,
    LARGE_SPARE_CPUS = 24, /* of 1,024 with 1,000 instances */
    GROUP = 8,             /* nodes of a large machine that are near one another */
};

struct case_machine {
    unsigned int n_nodes;
    unsigned int n_cpus; /* a node */
    unsigned int gib;    /* a node */
    unsigned int mibps;  /* of a node to its own CPUs */
    bool links;          /* bandwidth is known between nodes, too: somebody measured it */
    unsigned int distance[NODES_MAX][NODES_MAX];
};

static unsigned int bits(unsigned int value)
{
    return value ? (value & 1) + bits(value >> 1) : 0;
}

/* Of a medium machine: two packages, a cube, a ring, or nothing regular. */
static unsigned int medium_distance(unsigned int kind, unsigned int a, unsigned int b)
{
    unsigned int around = (a > b ? a - b : b - a) % MEDIUM_NODES;

    switch (kind) {
    case 0:
        return a / 4 == b / 4 ? 12 : 32;
    case 1:
        return 10 + 6 * bits(a ^ b);
    case 2:
        return 10 + 5 * (around > MEDIUM_NODES / 2 ? MEDIUM_NODES - around : around);
    default:
        return 11 + below(30);
    }
}

static void make_medium(struct case_machine *machine, unsigned int kind)
{
    *machine = (struct case_machine){
        .n_nodes = MEDIUM_NODES, .n_cpus = 8, .gib = 32, .mibps = NODE_MIBPS, .links = kind % 2};
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        machine->distance[i][i] = 10;
        for (unsigned int j = 0; j < i; j++)
            machine->distance[i][j] = machine->distance[j][i] = medium_distance(kind, i, j);
    }
}

static void make_large(struct case_machine *machine, unsigned int n_instances)
{
    unsigned int all = n_instances + n_instances * LARGE_SPARE_CPUS / 1000;
    unsigned int n_cpus = (all + LARGE_NODES - 1) / LARGE_NODES;

    *machine = (struct case_machine){
        .n_nodes = LARGE_NODES, .n_cpus = (n_cpus + SMT - 1) / SMT * SMT, .mibps = NODE_MIBPS};
    machine->gib = 4 * machine->n_cpus;
    for (unsigned int i = 0; i < LARGE_NODES; i++) {
        for (unsigned int j = 0; j < LARGE_NODES; j++)
            machine->distance[i][j] = i == j ? 10
                                      : i / GROUP == j / GROUP
                                          ? 16
                                          : 22 + 4 * bits(i / GROUP ^ j / GROUP);
    }
}

static void put_row(FILE *dts, const struct case_machine *machine, unsigned int node)
{
    fputs("                distance-matrix = <", dts);
    for (unsigned int i = 0; i < machine->n_nodes; i++)
        fprintf(dts, "%s%u", i ? " " : "", machine->distance[node][i]);
    fputs(">;\n                numaplace,bandwidth-mibps = <", dts);
    for (unsigned int i = 0; i < machine->n_nodes; i++)
        fprintf(dts, "%s%u", i ? " " : "",
                i == node || machine->links ? machine->mibps * 10 / machine->distance[node][i] : 0);
    fputs(">;\n", dts);
}

static void put_node(FILE *dts, const struct case_machine *machine, unsigned int node)
{
    fprintf(dts, "            node@%u {\n                node-id = <%u>;\n", node, node);
    fprintf(dts, "                memory-size = <0x%x 0x%x0000000>;\n", machine->gib / 4,
            machine->gib % 4 * 4);
    fputs("                memory-type = \"dram\";\n                cpus = <", dts);
    for (unsigned int i = 0; i < machine->n_cpus; i++)
        fprintf(dts, "%s%u", i ? " " : "", node * machine->n_cpus + i);
    fputs(">;\n", dts);
    put_row(dts, machine, node);
    fputs("            };\n", dts);
}

static void put_machine(FILE *dts, const struct case_machine *machine)
{
    unsigned int n = machine->n_nodes * machine->n_cpus;

    fprintf(dts, "/dts-v1/;\n/ {\nresources {\n    cpus {\n        total = <%u>;\n", n);
    fputs("        cores {\n", dts);
    for (unsigned int i = 0; i < n; i += SMT)
        fprintf(dts, "            core@%u { cpus = <%u %u>; };\n", i / SMT, i, i + 1);
    fputs("        };\n    };\n    topology {\n        numa-nodes {\n", dts);
    for (unsigned int i = 0; i < machine->n_nodes; i++)
        put_node(dts, machine, i);
    fputs("        };\n    };\n    devices {\n", dts);
    for (unsigned int i = 0; i < 2; i++)
        fprintf(dts, "        eth%u: ethernet@%u { numa-node = <%u>; };\n", i, i,
                i * machine->n_nodes / 2);
    fputs("    };\n};\n};\n", dts);
}

/* What the instances so far left. */
struct rest {
    unsigned int n_nodes;
    unsigned int cpus;
    unsigned int gib[NODES_MAX];
};

static unsigned int roomiest(const struct rest *rest, int but)
{
    unsigned int best = but == 0;

    for (unsigned int i = 0; i < rest->n_nodes; i++) {
        if ((int)i != but && rest->gib[i] > rest->gib[best])
            best = i;
    }
    return best;
}

/* Memory that must be on nodes of its own choice: there is room for it. False: there is none left.
 */
static bool put_bound(FILE *yaml, struct rest *rest, unsigned int gib, const char *policy)
{
    unsigned int a = roomiest(rest, -1), b = roomiest(rest, (int)a), half = (gib + 1) / 2;

    if (rest->gib[a] < half || rest->gib[b] < half)
        return false;
    rest->gib[a] -= half;
    rest->gib[b] -= half;
    fprintf(yaml, ", memory: %uGiB, memory-policy: %s, numa-nodes: [%u, %u]", 2 * half, policy, a,
            b);
    return true;
}

/* Returns whether nodes are named. */
static bool put_memory(FILE *yaml, struct rest *rest, unsigned int gib)
{
    static const char *const policies[] = {"bind",      "interleave", "interleave", "preferred",
                                           "preferred", "local",      "local",      "local"};
    unsigned int policy = below(8);

    if (policy < 2 && put_bound(yaml, rest, gib, policies[policy]))
        return true;
    if (policy < 1)
        policy = 5;
    fprintf(yaml, ", memory: %uGiB, memory-policy: %s", gib, policies[policy]);
    if (policy < 3 || !one_in(3))
        return false;
    fprintf(yaml, ", numa-nodes: [%u]", below(rest->n_nodes));
    return true;
}

static void put_workload(FILE *yaml, unsigned int n_cpus)
{
    fprintf(yaml, ", workload: {memory-bandwidth: %uGiB/s", n_cpus * (1 + below(10)));
    if (one_in(3))
        fprintf(yaml, ", weight: %u", 2 + below(4));
    if (one_in(3))
        fputs(", latency-sensitive: true", yaml);
    fputs("}", yaml);
}

static void put_instance(FILE *yaml, struct rest *rest, unsigned int number, unsigned int n_cpus)
{
    static const char *const affinities[] = {"compact", "compact", "compact", "spread", "local"};
    const char *affinity = affinities[n_cpus ? below(5) : 0];
    unsigned int gib = (n_cpus ? n_cpus : 1) * (1 + below(3));
    bool named = false;

    fprintf(yaml, "  - {name: i%u", number);
    if (n_cpus > 0)
        fprintf(yaml, ", cpus: %u, cpu-affinity: %s", n_cpus, affinity);
    if (strcmp(affinity, "local") == 0) /* other policies could contradict it */
        fprintf(yaml, ", memory: %uGiB", gib);
    else
        named = put_memory(yaml, rest, gib);
    if (!named && one_in(4))
        fprintf(yaml, ", near: eth%u", below(2));
    if (n_cpus > 0 && one_in(8))
        fprintf(yaml, ", smt: %s", n_cpus % SMT ? "avoid" : "whole-cores");
    if (n_cpus > 0 && one_in(3))
        put_workload(yaml, n_cpus);
    fputs("}\n", yaml);
    rest->cpus -= n_cpus;
}

static void put_instances(FILE *yaml, const struct case_machine *machine, unsigned int n,
                          unsigned int (*cpus_of)(unsigned int number, unsigned int left))
{
    struct rest rest = {.n_nodes = machine->n_nodes, .cpus = machine->n_nodes * machine->n_cpus};

    for (unsigned int i = 0; i < machine->n_nodes; i++)
        rest.gib[i] = machine->gib / 4;
    for (unsigned int i = 0; i < n; i++)
        put_instance(yaml, &rest, i, cpus_of(i, rest.cpus - (n - i - 1)));
}

/* Three on average: left is what it may take so that the others have one each. */
static unsigned int medium_cpus(unsigned int number, unsigned int left)
{
    unsigned int n = 2 + below(3);

    return n < left ? n : left;
}

/* One on average: of twenty one has four, and three are memory alone. */
static unsigned int large_cpus(unsigned int number, unsigned int left)
{
    switch (number % 20) {
    case 0:
        return 4;
    case 5:
    case 10:
    case 15:
        return 0;
    default:
        return 1;
    }
}

static FILE *open_in(const char *directory, const char *name)
{
    char path[4096];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    file = fopen(path, "we");
    if (!file) {
        perror(path);
        exit(2);
    }
    return file;
}

int main(int argc, char **argv)
{
    static struct case_machine machine;
    bool medium = argc == 4 && strcmp(argv[1], "medium") == 0;
    unsigned int number = argc == 4 ? (unsigned int)atoi(argv[2]) : 0;
    FILE *dts, *yaml;

    if (!medium && (argc != 4 || strcmp(argv[1], "large") != 0)) {
        fprintf(stderr, "usage: make-case medium NUMBER DIRECTORY\n"
                        "       make-case large INSTANCES DIRECTORY\n");
        return 2;
    }
    random_seed = number;
    if (medium)
        make_medium(&machine, number % 4);
    else
        make_large(&machine, number);
    dts = open_in(argv[3], "machine.dts");
    put_machine(dts, &machine);
    yaml = open_in(argv[3], "spec.yaml");
    fprintf(yaml, "version: 1\nmachine: %s/machine.dts\ninstances:\n", argv[3]);
    put_instances(yaml, &machine, medium ? MEDIUM_INSTANCES : number,
                  medium ? medium_cpus : large_cpus);
    return fclose(dts) != 0 || fclose(yaml) != 0 ? 2 : 0;
}
