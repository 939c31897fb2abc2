/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of a plan: see figures.h. */

#include "figures.h"

#include "mem.h"
#include "size.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

static struct traffic traffic_of_cell(const struct model *model, size_t cell, uint64_t asked)
{
    size_t n = model->n_nodes, link = cell - n;
    bool is_node = cell < n;

    return (struct traffic){
        .from = is_node ? -1 : (int)model->nodes[link / n].id,
        .to = model->nodes[is_node ? cell : link % n].id,
        .asked = asked,
        .capacity = cost_capacity(model, cell) * MIB,
    };
}

int figures_count_traffic(const struct model *model, const unsigned int *counts, struct plan *plan)
{
    size_t n_cells = cost_cells(model);
    autofree uint64_t *load = calloc(n_cells + 1, sizeof(*load));

    plan->traffic = calloc(n_cells + 1, sizeof(*plan->traffic));
    if (!load || !plan->traffic)
        return -ENOMEM;
    for (unsigned int i = 0; i < model->n_demands; i++)
        cost_traffic(model, &model->demands[i], &counts[(size_t)i * model->n_nodes], load);
    for (size_t i = 0; i < n_cells; i++) {
        if (load[i] > 0)
            plan->traffic[plan->n_traffic++] = traffic_of_cell(model, i, load[i]);
    }
    return 0;
}

/* Who has CPUs of a group, by the index of the group's CPU with the smallest id. */
enum { NOBODY = 0, SEVERAL = UINT_MAX };

/* A core or an LLC is named by its smallest CPU id; -1 unknown. */
static int group_of(const struct cpu *cpu, bool llc)
{
    return llc ? cpu->llc : cpu->core;
}

static unsigned int count_shared(const struct plan *plan, bool llc, unsigned int *owner)
{
    const struct machine *machine = plan->machine;
    unsigned int n = 0;

    for (unsigned int i = 0; i < machine->n_cpus; i++)
        owner[i] = NOBODY;
    for (unsigned int i = 0; i < plan->n_placements; i++) {
        int id;

        hwloc_bitmap_foreach_begin(id, plan->placements[i].cpus) const struct cpu *cpu =
            machine_cpu(machine, (unsigned int)id);
        int group = cpu ? group_of(cpu, llc) : -1;
        const struct cpu *first = group < 0 ? NULL : machine_cpu(machine, (unsigned int)group);
        unsigned int *who = first ? &owner[first - machine->cpus] : NULL;

        if (who && *who != SEVERAL && *who != i + 1) {
            n += *who != NOBODY;
            *who = *who == NOBODY ? i + 1 : SEVERAL;
        }
        hwloc_bitmap_foreach_end();
    }
    return n;
}

/* All online threads of it, counted at the first of them. */
static bool is_whole_core_at(const struct machine *machine, const struct cpu *cpu,
                             hwloc_const_bitmap_t cpus)
{
    int sibling;

    hwloc_bitmap_foreach_begin(sibling, cpu->siblings) const struct cpu *other =
        machine_cpu(machine, (unsigned int)sibling);

    if (other && other->online &&
        (other->id < cpu->id || !hwloc_bitmap_isset(cpus, (unsigned int)sibling)))
        return false;
    hwloc_bitmap_foreach_end();
    return true;
}

static unsigned int count_whole_cores(const struct machine *machine, hwloc_const_bitmap_t cpus)
{
    unsigned int n = 0;
    int id;

    hwloc_bitmap_foreach_begin(id, cpus) const struct cpu *cpu =
        machine_cpu(machine, (unsigned int)id);

    n += cpu && is_whole_core_at(machine, cpu, cpus);
    hwloc_bitmap_foreach_end();
    return n;
}

/* The node with the most CPUs left, then the most memory. */
static const struct spare *largest_spare(const struct plan *plan)
{
    const struct spare *best = NULL;

    for (unsigned int i = 0; i < plan->n_spares; i++) {
        const struct spare *spare = &plan->spares[i];
        int more = best ? hwloc_bitmap_weight(spare->cpus) - hwloc_bitmap_weight(best->cpus) : 1;

        if (more > 0 || (more == 0 && spare->bytes > best->bytes))
            best = spare;
    }
    return best;
}

int figures_count_sharing(struct plan *plan)
{
    autofree unsigned int *owner = calloc(plan->machine->n_cpus + 1, sizeof(*owner));
    const struct spare *spare = largest_spare(plan);

    if (!owner)
        return -ENOMEM;
    plan->sharing = (struct sharing){
        .n_cores = count_shared(plan, false, owner),
        .n_llcs = count_shared(plan, true, owner),
    };
    if (spare)
        plan->left = (struct largest_left){
            .node = spare->node,
            .n_cpus = (unsigned int)hwloc_bitmap_weight(spare->cpus),
            .n_cores = count_whole_cores(plan->machine, spare->cpus),
            .bytes = spare->bytes,
        };
    return 0;
}
