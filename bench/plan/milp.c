/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A placement file as a mixed integer linear program that any solver reads (free MPS), on the
 * standard output: for each instance a binary column for each way to deal its CPUs out over the
 * nodes, and for each part of its memory that has a choice a continuous column for each node.
 *
 *   milp FILE             writes the program
 *   milp FILE SOLUTION    says what CBC's solution of it costs, counted again from its shapes
 *
 * Costs are those of src/plan/cost.c, in local accesses; bytes are GiB. What the planner leaves
 * out as unpromising is all in here.
 *
 * Rows:  pick_I      instance I has one shape
 *        src_I_S_K   part K of its memory, with shape S, is somewhere
 *        cpu_N mem_N a node's CPUs and memory
 *        smt_I_N     with two CPUs a core: one thread a core for I beside the whole cores of others
 *        load_C      what is asked of a node or link beyond what it gives is over_C
 */

#include <stdio.h>
#include <string.h>

#include "layout.h"
#include "loaded-case.h"
#include "memory.h"

#define SCALE ((double)((cost128)COST_LOCAL << COST_SHIFT))

enum {
    THREADS = 2, /* a core, of all machines that cases are made of */
};

struct writer {
    const struct model *model;
    struct sources sources;
    unsigned int *counts;
    uint64_t *load; /* of one shape, by cell */
    unsigned int demand;
    unsigned int shape;
    void (*put)(struct writer *writer); /* for each shape that is allowed */
    unsigned int *chosen;               /* of a solution: shapes by demand */
    unsigned int *chosen_counts;        /* [demand * n_nodes + node_idx] */
};

static const struct demand *demand_of(const struct writer *writer)
{
    return &writer->model->demands[writer->demand];
}

/* The only node where a part of memory may be; -1 when it has a choice, -2 when there is none. */
static int only_node(const struct writer *writer, const struct source *source)
{
    int only = -2;

    for (unsigned int i = 0; i < writer->model->n_nodes; i++) {
        if (source->per_byte[i] != FLOW_NEVER)
            only = only == -2 ? (int)i : -1;
    }
    return only;
}

/* Whole cores are dealt out whole, on every node. */
static bool is_whole(const struct writer *writer)
{
    for (unsigned int i = 0; i < writer->model->n_nodes; i++) {
        if (writer->counts[i] % THREADS != 0)
            return false;
    }
    return true;
}

static bool is_possible(struct writer *writer)
{
    const struct demand *demand = demand_of(writer);

    if (!model_counts_allowed(writer->model, demand, writer->counts) ||
        (demand->smt == SMT_WHOLE_CORES && !is_whole(writer)))
        return false;
    for (unsigned int i = 0; demand->smt == SMT_AVOID && i < writer->model->n_nodes; i++) {
        if (writer->counts[i] > writer->model->nodes[i].n_cores)
            return false;
    }
    memory_sources(writer->model, demand, writer->counts, &writer->sources);
    return sources_bound(&writer->sources) != FLOW_NEVER;
}

static void each_shape(struct writer *writer, unsigned int node, unsigned int left)
{
    unsigned int room;

    if (node == writer->model->n_nodes) {
        if (left == 0 && is_possible(writer)) {
            writer->put(writer);
            writer->shape++;
        }
        return;
    }
    room = writer->model->nodes[node].n_cpus;
    for (unsigned int n = 0; n <= room && n <= left; n++) {
        writer->counts[node] = n;
        each_shape(writer, node + 1, left - n);
    }
    writer->counts[node] = 0;
}

static void each_demand(struct writer *writer, void (*put)(struct writer *writer))
{
    writer->put = put;
    for (writer->demand = 0; writer->demand < writer->model->n_demands; writer->demand++) {
        writer->shape = 0;
        each_shape(writer, 0, demand_of(writer)->n_cpus);
    }
}

static void put_source_rows(struct writer *writer)
{
    for (unsigned int i = 0; i < writer->sources.n_sources; i++) {
        if (only_node(writer, &writer->sources.sources[i]) == -1)
            printf(" E src_%u_%u_%u\n", writer->demand, writer->shape, i);
    }
}

/* Nodes and links whose bandwidth is known. */
static size_t next_cell(const struct model *model, size_t cell)
{
    while (cell < cost_cells(model) && cost_capacity(model, cell) == 0)
        cell++;
    return cell;
}

static void put_rows(struct writer *writer)
{
    const struct model *model = writer->model;

    puts("NAME placement FREE\nROWS\n N cost");
    for (unsigned int i = 0; i < model->n_nodes; i++)
        printf(" L cpu_%u\n L mem_%u\n", i, i);
    for (unsigned int i = 0; i < model->n_demands; i++) {
        printf(" E pick_%u\n", i);
        for (unsigned int n = 0; model->demands[i].smt == SMT_AVOID && n < model->n_nodes; n++)
            printf(" L smt_%u_%u\n", i, n);
    }
    for (size_t c = next_cell(model, 0); c < cost_cells(model); c = next_cell(model, c + 1))
        printf(" L load_%zu\n", c);
    each_demand(writer, put_source_rows);
}

static void put_smt(const struct writer *writer)
{
    const struct model *model = writer->model;
    bool whole = demand_of(writer)->smt == SMT_WHOLE_CORES;

    for (unsigned int i = 0; i < model->n_demands; i++) {
        for (unsigned int n = 0; model->demands[i].smt == SMT_AVOID && n < model->n_nodes; n++) {
            unsigned int cores = whole                 ? writer->counts[n] / THREADS
                                 : i == writer->demand ? writer->counts[n]
                                                       : 0;

            if (cores > 0)
                printf(" x_%u_%u smt_%u_%u %u\n", writer->demand, writer->shape, i, n, cores);
        }
    }
}

/* In parts of what the node or link gives. */
static void put_load(const struct writer *writer)
{
    const struct model *model = writer->model;

    memset(writer->load, 0, cost_cells(model) * sizeof(*writer->load));
    cost_traffic(model, demand_of(writer), writer->counts, writer->load);
    for (size_t c = next_cell(model, 0); c < cost_cells(model); c = next_cell(model, c + 1)) {
        if (writer->load[c] > 0)
            printf(" x_%u_%u load_%zu %.17g\n", writer->demand, writer->shape, c,
                   (double)writer->load[c] / (double)MIB / (double)cost_capacity(model, c));
    }
}

static void put_excess(const struct model *model)
{
    for (size_t c = next_cell(model, 0); c < cost_cells(model); c = next_cell(model, c + 1))
        printf(" over_%zu cost %d\n over_%zu load_%zu -1\n", c, COST_WEIGHT_SATURATION, c, c);
}

/* Memory that has no choice is the shape's own. */
static void put_shape(struct writer *writer)
{
    const struct model *model = writer->model;
    unsigned int d = writer->demand, s = writer->shape;
    double cost = (double)cost_cpus(model, demand_of(writer), writer->counts) / (double)COST_LOCAL;

    printf(" x_%u_%u pick_%u 1\n", d, s, d);
    for (unsigned int i = 0; i < writer->sources.n_sources; i++) {
        const struct source *source = &writer->sources.sources[i];
        int only = only_node(writer, source);
        double gib = (double)source->bytes / (double)GIB;

        if (only >= 0) {
            cost += (double)source->per_byte[only] * (double)source->bytes / SCALE;
            printf(" x_%u_%u mem_%d %.17g\n", d, s, only, gib);
        } else {
            printf(" x_%u_%u src_%u_%u_%u %.17g\n", d, s, d, s, i, -gib);
        }
    }
    printf(" x_%u_%u cost %.17g\n", d, s, cost);
    for (unsigned int n = 0; n < model->n_nodes; n++) {
        if (writer->counts[n] > 0)
            printf(" x_%u_%u cpu_%u %u\n", d, s, n, writer->counts[n]);
    }
    put_smt(writer);
    put_load(writer);
}

static void put_memory(struct writer *writer)
{
    unsigned int d = writer->demand, s = writer->shape;

    for (unsigned int i = 0; i < writer->sources.n_sources; i++) {
        const struct source *source = &writer->sources.sources[i];

        if (only_node(writer, source) >= 0)
            continue;
        for (unsigned int n = 0; n < writer->model->n_nodes; n++) {
            if (source->per_byte[n] == FLOW_NEVER)
                continue;
            printf(" y_%u_%u_%u_%u cost %.17g\n", d, s, i, n,
                   (double)source->per_byte[n] * (double)GIB / SCALE);
            printf(" y_%u_%u_%u_%u src_%u_%u_%u 1\n", d, s, i, n, d, s, i);
            printf(" y_%u_%u_%u_%u mem_%u 1\n", d, s, i, n, n);
        }
    }
}

static void put_limits(const struct model *model)
{
    puts("RHS");
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        printf(" rhs cpu_%u %u\n", i, model->nodes[i].n_cpus);
        printf(" rhs mem_%u %.17g\n", i, (double)model->nodes[i].bytes / (double)GIB);
    }
    for (size_t c = next_cell(model, 0); c < cost_cells(model); c = next_cell(model, c + 1))
        printf(" rhs load_%zu 1\n", c);
    for (unsigned int i = 0; i < model->n_demands; i++) {
        printf(" rhs pick_%u 1\n", i);
        for (unsigned int n = 0; model->demands[i].smt == SMT_AVOID && n < model->n_nodes; n++)
            printf(" rhs smt_%u_%u %u\n", i, n, model->nodes[n].n_cores);
    }
}

static void put_binary(struct writer *writer)
{
    printf(" BV bnd x_%u_%u\n", writer->demand, writer->shape);
}

static void write_program(struct writer *writer)
{
    put_rows(writer);
    puts("COLUMNS\n m1 'MARKER' 'INTORG'");
    each_demand(writer, put_shape);
    puts(" m2 'MARKER' 'INTEND'");
    each_demand(writer, put_memory);
    put_excess(writer->model);
    put_limits(writer->model);
    puts("BOUNDS");
    each_demand(writer, put_binary);
    puts("ENDATA");
}

static void read_chosen(struct writer *writer, const char *path)
{
    FILE *file = fopen(path, "re");
    char line[512];

    while (file && fgets(line, sizeof(line), file)) {
        unsigned int d, s;
        double value;

        if (sscanf(line, " %*s x_%u_%u %lf", &d, &s, &value) == 3 && value > 0.5 &&
            d < writer->model->n_demands)
            writer->chosen[d] = s;
    }
    if (!file) {
        perror(path);
        exit(2);
    }
    fclose(file);
}

static void take_chosen(struct writer *writer)
{
    unsigned int n_nodes = writer->model->n_nodes;

    if (writer->shape == writer->chosen[writer->demand])
        memcpy(&writer->chosen_counts[(size_t)writer->demand * n_nodes], writer->counts,
               n_nodes * sizeof(*writer->counts));
}

static void price_solution(struct writer *writer)
{
    const struct model *model = writer->model;
    struct layout layout;
    double cost = 0;

    each_demand(writer, take_chosen);
    memset(writer->load, 0, cost_cells(model) * sizeof(*writer->load));
    for (unsigned int i = 0; i < model->n_demands; i++) {
        const unsigned int *counts = &writer->chosen_counts[(size_t)i * model->n_nodes];

        cost_traffic(model, &model->demands[i], counts, writer->load);
        cost += (double)cost_cpus(model, &model->demands[i], counts) / (double)COST_LOCAL;
    }
    cost += (double)cost_saturation(model, writer->load) /
            ((double)COST_LOCAL * (double)(1ULL << COST_SHIFT));
    if (layout_make(model, writer->chosen_counts, 0, model->n_demands, &layout) == LAYOUT_MADE)
        printf("%.6f\n", cost + (double)layout.flow.total / SCALE);
    else
        puts("-1");
    layout_fini(&layout);
}

int main(int argc, char **argv)
{
    struct loaded_case loaded;
    struct writer writer = {.model = &loaded.model};
    size_t n_nodes, n_demands;

    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: milp FILE [SOLUTION]\n");
        return 2;
    }
    case_load(argv[1], &loaded);
    n_nodes = loaded.model.n_nodes;
    n_demands = loaded.model.n_demands;
    writer.counts = calloc(n_nodes + 1, sizeof(*writer.counts));
    writer.load = calloc(cost_cells(&loaded.model) + 1, sizeof(*writer.load));
    writer.chosen = calloc(n_demands + 1, sizeof(*writer.chosen));
    writer.chosen_counts = calloc(n_demands * n_nodes + 1, sizeof(*writer.chosen_counts));
    if (!writer.counts || !writer.load || !writer.chosen || !writer.chosen_counts ||
        sources_init(&writer.sources, &loaded.model) < 0)
        return 2;
    if (argc == 3) {
        read_chosen(&writer, argv[2]);
        price_solution(&writer);
    } else {
        write_program(&writer);
    }
    sources_fini(&writer.sources);
    free(writer.counts);
    free(writer.load);
    free(writer.chosen);
    free(writer.chosen_counts);
    case_unload(&loaded);
    return ferror(stdout) ? 2 : 0;
}
