/* SPDX-License-Identifier: Apache-2.0 */
/* What was chosen, written into the tree: see spec-complete.h. */

#include "spec-complete.h"

#include "dt-edit.h"
#include "spec-devicetree.h"

#include <inttypes.h>
#include <string.h>

/* Kerf creates instances of an overlay by such nodes. */
static bool creates(const struct dt *dt, const struct dt_node *node, const char *name)
{
    const struct dt_property *property = dt_property(node, "instance-name");
    const char *text;

    return strcmp(node->name, "instance-create") == 0 && property &&
           dt_get_string(dt, node, property, &text, NULL) == 0 && strcmp(text, name) == 0;
}

/* The last one, since a later creation stands in place of an earlier. Trees are at most
 * DT_DEPTH_MAX deep. */
static const struct dt_node *find_creation(const struct dt *dt, const struct dt_node *node,
                                           const char *name)
{
    const struct dt_node *found = creates(dt, node, name) ? node : NULL;

    for (unsigned int i = 0; i < node->n_children; i++) {
        const struct dt_node *below = find_creation(dt, node->children[i], name);

        if (below)
            found = below;
    }
    return found;
}

static const struct dt_node *find_bare(const struct dt *dt, const char *name)
{
    const struct dt_node *node = dt_child(dt->root, name);

    return node && tree_is_bare_instance(node) ? node : NULL;
}

static const struct dt_node *find_resources(const struct dt *dt, const char *name)
{
    const struct dt_node *instances = dt_find(dt, "/instances");
    const struct dt_node *node = find_creation(dt, dt->root, name);

    if (!node && instances)
        node = dt_child(instances, name);
    if (!node)
        node = find_bare(dt, name);
    return node ? dt_child(node, "resources") : NULL;
}

static char *cpus_value(hwloc_const_bitmap_t cpus)
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    int cpu;

    if (!stream)
        return NULL;
    fputc('<', stream);
    hwloc_bitmap_foreach_begin(cpu, cpus)
        fprintf(stream, cpu == hwloc_bitmap_first(cpus) ? "%d" : " %d", cpu);
    hwloc_bitmap_foreach_end();
    fputc('>', stream);
    return fclose(stream) == 0 ? text : NULL;
}

/* Kerf writes 64 bits in the second of two cells, others in both. */
static void put_wide(FILE *stream, const struct dt *dt, uint64_t number)
{
    fprintf(stream, "<0x%" PRIx64 " 0x%" PRIx64 ">", dt->multikernel ? 0 : number >> 32,
            dt->multikernel ? number : number & UINT32_MAX);
}

/* "<0x0 0x40000000>, <0x0 0x80000000>": the bases, or else the sizes. */
static char *regions_value(const struct dt *dt, const struct choice *choice, bool bases)
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);

    if (!stream)
        return NULL;
    for (unsigned int i = 0; i < choice->n_regions; i++) {
        fputs(i ? ", " : "", stream);
        put_wide(stream, dt, bases ? choice->regions[i].base : choice->regions[i].bytes);
    }
    return fclose(stream) == 0 ? text : NULL;
}

static int complete_cpus(struct dt_edits *edits, const struct dt_node *resources,
                         const struct choice *choice)
{
    autofree char *value = cpus_value(choice->cpus);

    return value ? dt_edits_replace(edits, resources, "cpu-count", "cpus", value) : -ENOMEM;
}

/* Sizes are written anew only when there is more than one, or whole pages are more than was said.
 */
static int complete_memory(const struct dt *dt, struct dt_edits *edits,
                           const struct dt_node *resources, const struct choice *choice)
{
    autofree char *bases = regions_value(dt, choice, true);
    autofree char *sizes = regions_value(dt, choice, false);
    int r = bases && sizes ? 0 : -ENOMEM;

    if (r == 0 &&
        (choice->n_regions > 1 || choice->regions[0].bytes != choice->instance->memory_bytes))
        r = dt_edits_set(edits, resources, "memory-bytes", sizes);
    return r < 0 ? r : dt_edits_set(edits, resources, "memory-base", bases);
}

static int complete(const struct dt *dt, const struct choice *choice, struct dt_edits *edits,
                    struct np_error *err)
{
    const struct instance *instance = choice->instance;
    bool cpus = !instance->cpus_given && instance->cpu_count > 0;
    bool memory = instance->n_regions == 0 && choice->n_regions > 0;
    const struct dt_node *resources;
    int r = 0;

    if (!cpus && !memory)
        return 0;
    resources = find_resources(dt, instance->name);
    if (!resources)
        return error_set(err, -EINVAL, "%s: there is no place for what was chosen for \"%s\"",
                         dt->file, instance->name);
    if (cpus)
        r = complete_cpus(edits, resources, choice);
    return r == 0 && memory ? complete_memory(dt, edits, resources, choice) : r;
}

int spec_complete_tree(const struct dt *dt, const struct choice *choices, unsigned int n,
                       char **ret_text, struct np_error *err)
{
    autodtedits struct dt_edits *edits = NULL;
    int r = dt_edits_new(dt, &edits);

    for (unsigned int i = 0; r == 0 && i < n; i++)
        r = complete(dt, &choices[i], edits, err);
    return r < 0 ? r : dt_edits_apply(edits, ret_text);
}
