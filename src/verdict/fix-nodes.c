/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes that an instance names and that are not there, or that its policy cannot do with. */

#include "fixer.h"

#include <string.h>

/* What becomes of the nodes named; NULL: they are right. */
struct choice {
    hwloc_bitmap_t nodes;
    char *outcome;
};

static bool needs_nodes(const struct instance *instance)
{
    return instance->memory_policy == MEMORY_POLICY_BIND;
}

static bool is_told(const struct fixer *fixer, enum finding_code code, struct mark at)
{
    const struct findings *findings = fixer->findings;

    for (unsigned int i = 0; i < findings->n_findings; i++) {
        const struct finding *finding = &findings->findings[i];

        if (strcmp(finding->code, finding_kinds[code].code) == 0 && finding->at.line == at.line &&
            finding->at.column == at.column && finding->at.file == at.file)
            return true;
    }
    return false;
}

/* Those that exist and may be used; none when the policy binds memory to them and none of them has
 * any. NULL when out of memory. */
static hwloc_bitmap_t sound_ones(const struct fixer *fixer, hwloc_const_bitmap_t nodes, bool bound)
{
    autoset hwloc_bitmap_t sound = hwloc_bitmap_alloc();
    autoset hwloc_bitmap_t usable = machine_usable_nodes(fixer->machine);

    for (int id = nodes ? hwloc_bitmap_first(nodes) : -1; sound && id != -1;
         id = hwloc_bitmap_next(nodes, id)) {
        const struct node *node = machine_node(fixer->machine, (unsigned int)id);

        /* Mems_allowed never names a node without memory. */
        if (node && (node->granted || node->total_bytes == 0) &&
            hwloc_bitmap_set(sound, (unsigned int)id) < 0)
            return NULL;
    }
    if (sound && usable && bound && !hwloc_bitmap_intersects(sound, usable))
        hwloc_bitmap_zero(sound);
    return usable ? TAKE(sound) : NULL;
}

/* Nodes of the CPUs that it will have, with memory; else all that have some. NULL when out of
 * memory. */
static hwloc_bitmap_t nodes_instead(const struct fixer *fixer, unsigned int i)
{
    autoset hwloc_bitmap_t usable = machine_usable_nodes(fixer->machine);
    autoset hwloc_bitmap_t nodes =
        fixer->cpus[i] ? machine_nodes_of_cpus(fixer->machine, fixer->cpus[i]) : NULL;

    if (!usable || (fixer->cpus[i] && !nodes) ||
        (nodes && hwloc_bitmap_and(nodes, nodes, usable) < 0))
        return NULL;
    return nodes && !hwloc_bitmap_iszero(nodes) ? TAKE(nodes) : TAKE(usable);
}

static char *tell(const char *what, hwloc_const_bitmap_t nodes)
{
    autofree char *list = text_set("node", nodes);

    return list ? text("%s %s", list, what) : NULL;
}

/* What is left of those named; where nothing is, none, unless the policy needs some. */
static int choose(const struct fixer *fixer, unsigned int i, struct choice *choice)
{
    bool bound = needs_nodes(fixer_instance(fixer, i));

    choice->nodes = sound_ones(fixer, fixer->wishes->wishes[i].nodes, bound);
    if (!choice->nodes)
        return -ENOMEM;
    if (!hwloc_bitmap_iszero(choice->nodes)) {
        choice->outcome =
            tell(hwloc_bitmap_weight(choice->nodes) == 1 ? "stays" : "stay", choice->nodes);
    } else if (bound) {
        hwloc_bitmap_free(choice->nodes);
        choice->nodes = nodes_instead(fixer, i);
        choice->outcome = choice->nodes ? tell("instead", choice->nodes) : NULL;
    } else {
        choice->outcome = text("none is left to prefer");
    }
    return choice->outcome ? 0 : -ENOMEM;
}

static int put(struct fixer *fixer, unsigned int i, struct mark at, struct choice *choice)
{
    struct fix_change *change = fixer_change(fixer, i, FIX_NUMA_NODES,
                                             fixer_reason(fixer, at, NULL, TAKE(choice->outcome)));

    if (!change)
        return -ENOMEM;
    return hwloc_bitmap_iszero(choice->nodes) ? 0 : change_set(change, choice->nodes);
}

static int fix_one(struct fixer *fixer, unsigned int i, struct choice *choice)
{
    const struct instance *instance = fixer_instance(fixer, i);
    hwloc_const_bitmap_t named = fixer->wishes->wishes[i].nodes;
    struct mark affinity = instance->at[KEY_CPU_AFFINITY];
    int r;

    if (named && affinity.line > 0 && is_told(fixer, CODE_LOCAL_SPLIT, affinity)) {
        choice->nodes = nodes_instead(fixer, i);
        choice->outcome = choice->nodes ? tell("instead, where its CPUs are", choice->nodes) : NULL;
        if (!choice->outcome)
            return -ENOMEM;
        return hwloc_bitmap_isequal(choice->nodes, named) ? 0 : put(fixer, i, affinity, choice);
    }
    if (!named && !is_told(fixer, CODE_BIND_WITHOUT_NODES, instance->at[KEY_MEMORY_POLICY]))
        return 0;
    r = choose(fixer, i, choice);
    if (r < 0 || (named && hwloc_bitmap_isequal(named, choice->nodes) &&
                  !hwloc_bitmap_iszero(choice->nodes)))
        return r;
    return put(fixer, i, named ? instance->at[KEY_NUMA_NODES] : instance->at[KEY_MEMORY_POLICY],
               choice);
}

int fix_nodes(struct fixer *fixer)
{
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < fixer->wishes->n_wishes; i++) {
        struct choice choice = {0};

        r = fix_one(fixer, i, &choice);
        hwloc_bitmap_free(choice.nodes);
        free(choice.outcome);
    }
    return r;
}
