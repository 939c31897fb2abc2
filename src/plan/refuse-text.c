/* SPDX-License-Identifier: Apache-2.0 */
/* Why there is no placement, and what would help, in words: the thing, the fact, the way out. */

#include "refuse-text.h"

#include "reason.h"

#include <string.h>

enum { PIECES_MAX = 4 }; /* nodes whose pieces are told */

static void put_fit(FILE *text, const struct demand *demand, const struct fit *fit)
{
    const char *name = demand->wish->instance->name;
    char size[SIZE_TEXT_MAX], less[SIZE_TEXT_MAX];

    switch (fit->kind) {
    case FIT_MEMORY:
        fprintf(text, "lower memory of \"%s\" by %s to %s", name,
                size_format(demand->bytes - fit->bytes, less), size_format(fit->bytes, size));
        break;
    case FIT_CPUS:
        fprintf(text, "lower cpus of \"%s\" from %u to %u", name, demand->n_cpus, fit->cpus);
        break;
    case FIT_POLICY:
        fprintf(text, "set memory-policy of \"%s\" to %s", name, memory_policy_name(fit->policy));
        break;
    case FIT_AFFINITY:
        fprintf(text, "set cpu-affinity of \"%s\" to %s", name, cpu_affinity_name(fit->affinity));
        break;
    case FIT_SMT:
        fprintf(text, "set smt of \"%s\" to %s", name, smt_rule_name(fit->smt));
        break;
    case FIT_BASE:
        fprintf(text, "leave out the memory address of \"%s\", for one to be chosen", name);
        break;
    case FIT_LEAVE_OUT:
        fprintf(text, "leave out \"%s\"", name);
        break;
    }
}

static void put_cpus(FILE *text, unsigned int n)
{
    fprintf(text, "%u CPU%s", n, n == 1 ? "" : "s");
}

static const struct fit *find_fit(const struct refusal *refusal, enum fit_kind kind)
{
    for (unsigned int i = 0; i < refusal->n_fits; i++) {
        if (refusal->fits[i].kind == kind)
            return &refusal->fits[i];
    }
    return NULL;
}

static bool is_withdrawn(const struct machine *machine, const struct cpu *cpu)
{
    return cpu->node >= 0 && machine_node(machine, (unsigned int)cpu->node)->withdrawn;
}

/* Where all the CPUs went that counts cannot have. Each is told once, by its first reason. */
static void put_cpus_left(FILE *text, const struct wishes *wishes)
{
    static const char *const why[] = {"free to choose from",
                                      "offline",
                                      "not granted",
                                      "reserved",
                                      "isolated",
                                      "named by instances",
                                      "on nodes that are out of service"};
    unsigned int n[ARRAY_SIZE(why)] = {0};

    for (unsigned int i = 0; i < wishes->machine->n_cpus; i++) {
        const struct cpu *cpu = &wishes->machine->cpus[i];
        bool named = false;

        for (unsigned int j = 0; j < wishes->n_wishes; j++)
            named |= wishes->wishes[j].cpus && hwloc_bitmap_isset(wishes->wishes[j].cpus, cpu->id);
        n[!cpu->online                                         ? 1
          : is_withdrawn(wishes->machine, cpu)                 ? 6
          : !cpu->granted                                      ? 2
          : hwloc_bitmap_isset(wishes->reserved_cpus, cpu->id) ? 3
          : named                                              ? 5
          : cpu->isolated                                      ? 4
                                                               : 0]++;
    }
    fprintf(text, "; of %u CPUs %u %s %s", wishes->machine->n_cpus, n[0], n[0] == 1 ? "is" : "are",
            why[0]);
    for (size_t i = 1; i < ARRAY_SIZE(why); i++) {
        if (n[i] > 0)
            fprintf(text, ", %u %s", n[i], why[i]);
    }
}

/* The hard rules that it asks for: " (memory-policy local, smt avoid)". */
static void put_rules(FILE *text, const struct demand *demand)
{
    const char *before = " (";

    if (demand->bytes > 0) {
        fprintf(text, "%smemory-policy %s", before, memory_policy_name(demand->policy));
        before = ", ";
    }
    if (demand->affinity == CPU_AFFINITY_LOCAL) {
        fprintf(text, "%scpu-affinity %s", before, cpu_affinity_name(demand->affinity));
        before = ", ";
    }
    if (demand->smt != SMT_ANY) {
        fprintf(text, "%ssmt %s", before, smt_rule_name(demand->smt));
        before = ", ";
    }
    if (before[0] == ',')
        fputc(')', text);
}

/* Whether it may use any byte of these nodes: not when each of them has its part, nor when CPUs
 * that are still to be chosen decide which of them it may use. */
static bool is_pooled(const struct demand *demand, hwloc_const_bitmap_t home)
{
    bool has_cpus = demand->n_cpus > 0;
    bool dealt_out =
        demand_interleaves(demand) || (has_cpus && demand->policy == MEMORY_POLICY_LOCAL);
    bool follows = has_cpus && !demand->fixed && demand->affinity == CPU_AFFINITY_LOCAL;

    return hwloc_bitmap_weight(home) == 1 || (!dealt_out && !follows);
}

/* Of home, those that have as much as the node, it being the first of them; else none. */
static int find_alike(const struct model *model, hwloc_const_bitmap_t home, unsigned int node_idx,
                      hwloc_bitmap_t *ret_alike)
{
    autoset hwloc_bitmap_t alike = hwloc_bitmap_alloc();

    if (!alike)
        return -ENOMEM;
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        if (!hwloc_bitmap_isset(home, model->nodes[i].id) ||
            model->nodes[i].bytes != model->nodes[node_idx].bytes)
            continue;
        if (i < node_idx)
            break;
        if (hwloc_bitmap_set(alike, model->nodes[i].id) < 0)
            return -ENOMEM;
    }
    *ret_alike = TAKE(alike);
    return 0;
}

/* "nodes 0-2 have 8 GiB each, node 3 has 4 GiB for instances" */
static int put_has(FILE *text, const struct model *model, hwloc_const_bitmap_t home)
{
    const char *before = "";
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < model->n_nodes; i++) {
        autoset hwloc_bitmap_t alike = NULL;
        char size[SIZE_TEXT_MAX];
        bool one;

        if (!hwloc_bitmap_isset(home, model->nodes[i].id))
            continue;
        r = find_alike(model, home, i, &alike);
        if (r < 0 || hwloc_bitmap_iszero(alike))
            continue;
        one = hwloc_bitmap_weight(alike) == 1;
        fputs(before, text);
        reason_put_nodes(text, alike);
        fprintf(text, " %s %s%s", one ? "has" : "have", size_format(model->nodes[i].bytes, size),
                one ? "" : " each");
        before = ", ";
    }
    fputs(model->use_free ? " free" : " for instances", text);
    return r;
}

/* What all these nodes have less than it needs; with others beside it what they leave is less. */
static uint64_t lack_of(const struct question *question, const struct fit *fit,
                        hwloc_const_bitmap_t home)
{
    const struct demand *demand = question->demand;
    uint64_t all = 0;

    for (unsigned int i = 0; i < question->model->n_nodes; i++) {
        if (hwloc_bitmap_isset(home, question->model->nodes[i].id))
            all += question->model->nodes[i].bytes;
    }
    return question->alone >= 0 && all < demand->bytes ? demand->bytes - all
                                                       : demand->bytes - fit->bytes;
}

/* "node 1 lacks 3 GiB for it (needs 16 GiB; node 1 has 13 GiB free)" */
static int put_memory_short(FILE *text, const struct question *question, const struct fit *fit,
                            hwloc_const_bitmap_t home)
{
    const struct demand *demand = question->demand;
    bool one = hwloc_bitmap_weight(home) == 1;
    char size[SIZE_TEXT_MAX], needs[SIZE_TEXT_MAX];
    int r;

    fputs(": ", text);
    if (is_pooled(demand, home)) {
        reason_put_nodes(text, home);
        fprintf(text, " %s %s for it (needs %s", one ? "lacks" : "lack",
                size_format(lack_of(question, fit, home), size), size_format(demand->bytes, needs));
        if (question->alone < 0)
            fprintf(text, ", the others leave %s", size_format(fit->bytes, size));
        fputs("; ", text);
    } else {
        fprintf(text, "it can have at most %s (", size_format(fit->bytes, size));
    }
    r = put_has(text, question->model, home);
    fputc(')', text);
    return r;
}

/* "node 1 has 8 GiB in 2 pieces, the largest 4 GiB at 0x800000000-0x8ffffffff" */
static void put_pieces_of(FILE *text, const struct model_node *node)
{
    char size[SIZE_TEXT_MAX], region[REGION_TEXT_MAX];
    struct region largest = {0};
    uint64_t all = 0;

    for (unsigned int i = 0; i < node->n_holes; i++) {
        all += node->holes[i].bytes;
        if (node->holes[i].bytes > largest.bytes)
            largest = node->holes[i];
    }
    fprintf(text, "node %u has %s", node->id, size_format(all, size));
    if (node->n_holes == 1)
        fprintf(text, " in one piece at %s", region_format(largest, region));
    else if (node->n_holes > 1)
        fprintf(text, " in %u pieces, the largest %s at %s", node->n_holes,
                size_format(largest.bytes, size), region_format(largest, region));
}

/* There is room, but what is free of it does not hang together. */
static int put_pieces(FILE *text, const struct question *question)
{
    autoset hwloc_bitmap_t home = question_find_home(question->model, question->demand);
    unsigned int n = 0;

    if (!home)
        return -ENOMEM;
    fputs(" in one piece a node: apart from what instances name by address, ", text);
    for (unsigned int i = 0; i < question->model->n_nodes; i++) {
        if (!hwloc_bitmap_isset(home, question->model->nodes[i].id))
            continue;
        if (n++ > 0)
            fputs(n > PIECES_MAX ? ", ..." : ", ", text);
        if (n > PIECES_MAX)
            break;
        put_pieces_of(text, &question->model->nodes[i]);
    }
    return 0;
}

/* fit: the memory with which it can be placed, NULL when less memory alone does not help. */
static int put_memory(FILE *text, const struct question *question, const struct fit *fit)
{
    autoset hwloc_bitmap_t home = question_find_home(question->model, question->demand);

    if (!home)
        return -ENOMEM;
    if (hwloc_bitmap_iszero(home)) {
        fputs("; no node may hold its memory", text);
        return 0;
    }
    if (fit)
        return put_memory_short(text, question, fit, home);
    fputs("; ", text);
    return put_has(text, question->model, home);
}

static int put_reason(FILE *text, const struct question *question, const struct refusal *refusal)
{
    const struct demand *demand = question->demand;
    bool own = refusal->fit_instance && strcmp(refusal->fit_instance, refusal->instance) == 0;
    const struct fit *memory = own ? find_fit(refusal, FIT_MEMORY) : NULL;
    const struct fit *cpus = own ? find_fit(refusal, FIT_CPUS) : NULL;
    bool only_memory = memory && !cpus, only_cpus = cpus && !memory;
    char size[SIZE_TEXT_MAX];
    int r = 0;

    if (demand->n_cpus > 0)
        put_cpus(text, demand->n_cpus);
    if (demand->bytes > 0)
        fprintf(text, "%s%s", demand->n_cpus > 0 ? " and " : "", size_format(demand->bytes, size));
    put_rules(text, demand);
    fprintf(text, " cannot be placed%s", question->alone >= 0 ? "" : " beside the others");
    if (question->fragmented) {
        r = put_pieces(text, question);
    } else if (only_cpus) {
        fputs(": it can have at most ", text);
        put_cpus(text, cpus->cpus);
    } else if (demand->bytes > 0) {
        r = put_memory(text, question, only_memory ? memory : NULL);
    }
    if (!question->fragmented && !demand->fixed && demand->n_cpus > 0 && !memory &&
        (find_fit(refusal, FIT_CPUS) || refusal->n_fits == 0))
        put_cpus_left(text, question->model->wishes);
    if (!refusal->proven)
        fputs("; this is not proven: the search ended at its limit", text);
    if (refusal->n_fits == 0 && refusal->n_remedies == 0)
        fprintf(text, "; no change of up to %d instances was found that is enough",
                REMEDY_CHANGES_MAX);
    return r;
}

static const struct demand *demand_of(const struct model *model, const struct instance *instance)
{
    const struct demand *demand = model->demands;

    while (demand->wish->instance != instance)
        demand++;
    return demand;
}

static void put_remedy(FILE *text, const struct model *model, const struct remedy *remedy)
{
    for (unsigned int i = 0; i < remedy->n_changes; i++) {
        const struct change_wanted *change = &remedy->changes[i];

        if (i > 0)
            fputs(" and ", text);
        put_fit(text, demand_of(model, change->instance), &change->fit);
    }
}

static void put_limit(FILE *text, const struct refusal *refusal)
{
    if (refusal->cut_short)
        fputs("; less may be enough: looking for it ended at its limit", text);
}

/* Remedies of more than one change are told of one by one, lest "and" and "or" mix. */
static int put_way_out(FILE *text, const struct question *question, const struct refusal *refusal)
{
    const char *several = refusal->cut_short ? "no one change was found that is enough"
                                             : "more than one change is needed";

    if (refusal->n_remedies > 0 && refusal->remedies[0].n_changes > 1) {
        fprintf(text, "%s: ", several);
        put_remedy(text, question->model, &refusal->remedies[0]);
        put_limit(text, refusal);
        return 0;
    }
    if (refusal->n_remedies == 0 && (question->n_only > 0 || question->alone >= 0))
        fprintf(text, "%s; first ", several);
    for (unsigned int i = 0; i < refusal->n_remedies; i++) {
        if (i > 0)
            fputs(", or ", text);
        put_remedy(text, question->model, &refusal->remedies[i]);
    }
    for (unsigned int i = 0; refusal->n_remedies == 0 && i < refusal->n_fits; i++) {
        if (i > 0)
            fputs(", or ", text);
        put_fit(text, question->demand, &refusal->fits[i]);
    }
    put_limit(text, refusal);
    return 0;
}

static char *put(int (*what)(FILE *, const struct question *, const struct refusal *),
                 const struct question *question, const struct refusal *refusal)
{
    autofree char *line = NULL;
    size_t length;
    FILE *text = open_memstream(&line, &length);
    int r;

    if (!text)
        return NULL;
    r = what(text, question, refusal);
    return fclose(text) == 0 && r == 0 ? TAKE(line) : NULL;
}

int refusal_write(const struct question *culprit, const struct question *solved,
                  struct refusal *refusal)
{
    bool solvable = refusal->n_fits > 0, helped = solvable || refusal->n_remedies > 0;

    refusal->instance = strdup(culprit->demand->wish->instance->name);
    if (solvable)
        refusal->fit_instance = strdup(solved->demand->wish->instance->name);
    if (!refusal->instance || (solvable && !refusal->fit_instance))
        return -ENOMEM;
    refusal->reason = put(put_reason, culprit, refusal);
    if (helped)
        refusal->way_out = put(put_way_out, solved, refusal);
    return !refusal->reason || (helped && !refusal->way_out) ? -ENOMEM : 0;
}
