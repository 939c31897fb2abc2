/* SPDX-License-Identifier: Apache-2.0 */
/* Why a placement is as it is: see reason.h. */

#include "reason.h"

#include <string.h>

void reason_put_nodes(FILE *text, hwloc_const_bitmap_t nodes)
{
    autofree char *list = set_format(nodes);

    fprintf(text, "node%s %s", hwloc_bitmap_weight(nodes) == 1 ? "" : "s", list ? list : "?");
}

static hwloc_bitmap_t nodes_of(const struct model *model, const unsigned int *counts)
{
    hwloc_bitmap_t nodes = hwloc_bitmap_alloc();

    for (unsigned int i = 0; nodes && i < model->n_nodes; i++) {
        if (counts[i] > 0 && hwloc_bitmap_set(nodes, model->nodes[i].id) < 0) {
            hwloc_bitmap_free(nodes);
            return NULL;
        }
    }
    return nodes;
}

static bool has_choice(const struct model *model, hwloc_const_bitmap_t nodes)
{
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        if (hwloc_bitmap_isset(nodes, model->nodes[i].id) && model->nodes[i].n_cpus > 0)
            return true;
    }
    return false;
}

/* What was wished for and did not come to be. */
static void put_regrets(FILE *text, const struct model *model, const struct wish *wish,
                        hwloc_const_bitmap_t nodes)
{
    if (wish->near && wish->near_node < 0)
        fprintf(text, "; the node of %s is not known", wish->near);
    if (!wish->nodes || hwloc_bitmap_isincluded(nodes, wish->nodes))
        return;
    fputs("; the preferred ", text);
    reason_put_nodes(text, wish->nodes);
    if (!has_choice(model, wish->nodes))
        fprintf(text, " %s no CPUs to choose",
                hwloc_bitmap_weight(wish->nodes) == 1 ? "has" : "have");
    else
        fprintf(text, "%s not possible, or dearer",
                hwloc_bitmap_intersects(nodes, wish->nodes) ? " alone was"
                : hwloc_bitmap_weight(wish->nodes) == 1     ? " was"
                                                            : " were");
}

static void put_near(FILE *text, const struct wish *wish, hwloc_const_bitmap_t nodes)
{
    if (!wish->near || wish->near_node < 0)
        return;
    if (hwloc_bitmap_isset(nodes, (unsigned int)wish->near_node))
        fprintf(text, ", the node of %s", wish->near);
    else
        fprintf(text, ", as near to %s (node %d) as there was room", wish->near, wish->near_node);
}

static void put_how(FILE *text, const struct demand *demand, const unsigned int *counts,
                    hwloc_const_bitmap_t nodes, unsigned int n_nodes)
{
    unsigned int least = demand->n_cpus, most = 0;

    for (unsigned int i = 0; i < n_nodes; i++) {
        if (counts[i] == 0)
            continue;
        least = counts[i] < least ? counts[i] : least;
        most = counts[i] > most ? counts[i] : most;
    }
    if (demand->affinity == CPU_AFFINITY_SPREAD && hwloc_bitmap_weight(nodes) > 1) {
        fputs("spread over ", text);
        reason_put_nodes(text, nodes);
        if (least == most)
            fprintf(text, ", %u on each", most);
        else
            fprintf(text, ", %u to %u on each", least, most);
        return;
    }
    fputs(demand->n_cpus == 1               ? "on "
          : hwloc_bitmap_weight(nodes) == 1 ? "together on "
                                            : "the fewest and closest with room: ",
          text);
    reason_put_nodes(text, nodes);
}

static void put_cpus(FILE *text, const struct model *model, const struct demand *demand,
                     const unsigned int *counts)
{
    autoset hwloc_bitmap_t nodes = nodes_of(model, counts);

    if (!nodes)
        return;
    put_how(text, demand, counts, nodes, model->n_nodes);
    if (demand->wish->nodes && hwloc_bitmap_isincluded(nodes, demand->wish->nodes))
        fputs(", as preferred", text);
    put_near(text, demand->wish, nodes);
    if (demand->smt == SMT_AVOID)
        fputs(", one thread a core", text);
    else if (demand->smt == SMT_WHOLE_CORES)
        fputs(", whole cores", text);
    put_regrets(text, model, demand->wish, nodes);
}

char *reason_cpus(const struct model *model, const struct demand *demand,
                  const unsigned int *counts)
{
    char *line = NULL;
    size_t length;
    FILE *text = open_memstream(&line, &length);

    if (!text)
        return NULL;
    if (demand->fixed)
        fputs("named in the file", text);
    else if (demand->n_cpus == 0)
        fputs("none wanted", text);
    else
        put_cpus(text, model, demand, counts);
    return fclose(text) == 0 ? line : NULL;
}

/* What lies elsewhere than on nodes. */
static uint64_t bytes_off(const struct placement *placement, hwloc_const_bitmap_t nodes)
{
    uint64_t bytes = 0;

    for (unsigned int i = 0; i < placement->n_shares; i++) {
        if (!hwloc_bitmap_isset(nodes, placement->shares[i].node))
            bytes += placement->shares[i].bytes;
    }
    return bytes;
}

/* Under local, that is where the CPUs are, unless nothing is there. */
static void put_local(FILE *text, const struct demand *demand, const struct placement *placement)
{
    if (demand->n_cpus > 0 && hwloc_bitmap_iszero(placement->mem_nodes)) {
        fputs("local: there is none with its CPUs, so from the nearest node that has some", text);
        return;
    }
    fputs(demand->n_cpus > 0 ? "local: only on the nodes of its CPUs, " : "on ", text);
    reason_put_nodes(text, placement->mem_nodes);
}

static void put_preferred(FILE *text, const struct demand *demand,
                          const struct placement *placement)
{
    hwloc_const_bitmap_t first = demand->wish->nodes ? demand->wish->nodes : placement->cpu_nodes;
    uint64_t off = bytes_off(placement, first);
    char size[SIZE_TEXT_MAX];

    if (hwloc_bitmap_iszero(first)) {
        fputs("preferred, with nothing to prefer", text);
        return;
    }
    fputs(demand->wish->nodes ? "preferred: first on " : "preferred: first on its CPUs' ", text);
    reason_put_nodes(text, first);
    if (off > 0)
        fprintf(text, "; %s of it further away, where there was room", size_format(off, size));
}

static bool knows_bandwidth(const struct model *model, hwloc_const_bitmap_t nodes)
{
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        if (hwloc_bitmap_isset(nodes, model->nodes[i].id) && model->nodes[i].bandwidth == 0)
            return false;
    }
    return true;
}

static void put_memory(FILE *text, const struct model *model, const struct demand *demand,
                       const struct placement *placement)
{
    if (demand->given) {
        fputs("at the address that the file names, on ", text);
        reason_put_nodes(text, placement->mem_nodes);
        return;
    }
    switch (demand->policy) {
    case MEMORY_POLICY_LOCAL:
        put_local(text, demand, placement);
        break;
    case MEMORY_POLICY_BIND:
        fputs(demand->preferred ? "bind: only on the given nodes, " : "bind: only on ", text);
        reason_put_nodes(text, placement->mem_nodes);
        break;
    case MEMORY_POLICY_PREFERRED:
        put_preferred(text, demand, placement);
        break;
    case MEMORY_POLICY_INTERLEAVE:
        fputs("interleave: page by page over ", text);
        reason_put_nodes(text, placement->mem_nodes);
        break;
    case MEMORY_POLICY_WEIGHTED_INTERLEAVE:
        fputs("weighted-interleave: by bandwidth over ", text);
        reason_put_nodes(text, placement->mem_nodes);
        if (!knows_bandwidth(model, placement->mem_nodes))
            fputs("; it is not known of all, so equal parts", text);
        break;
    }
}

char *reason_memory(const struct model *model, const struct demand *demand,
                    const struct placement *placement)
{
    char *line = NULL;
    size_t length;
    FILE *text = open_memstream(&line, &length);

    if (!text)
        return NULL;
    put_memory(text, model, demand, placement);
    if (demand->bytes == 0)
        fputs("; how much is not said", text);
    return fclose(text) == 0 ? line : NULL;
}
