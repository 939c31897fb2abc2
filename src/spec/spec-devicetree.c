/* SPDX-License-Identifier: Apache-2.0 */
/* A spec from a device tree and what is laid over it: the order of its parts. */

#include "spec-devicetree.h"

#include "cpu-cells.h"
#include "machine-devicetree.h"

#include <string.h>

/* A tree that describes hardware is its own machine. The name is looked for beside the tree, as
 * any that a spec says. */
static int choose_machine(const struct dt *base, struct spec *spec)
{
    const char *slash = strrchr(spec->file, '/');

    if (devicetree_has_machine(base))
        spec->machine = strdup(slash ? slash + 1 : spec->file);
    else
        spec->machine = strdup("live");
    return spec->machine ? 0 : -ENOMEM;
}

static int remark_assumptions(const struct tree_reader *reader, bool bits_ambiguous)
{
    int r = 0;

    if (bits_ambiguous)
        r = spec_remark(reader->spec, REMARK_ASSUMED, "/", (struct mark){0},
                        format_text("CPU numbers are read as 64-bit cells, but they could be pairs "
                                    "of 32-bit ones"),
                        strdup("write the tree anew with 64-bit cells, as Kerf does now"));
    return r == 0 && reader->dt == reader->base ? tree_remark_hardware(reader) : r;
}

static int read_instance(const struct tree_reader *reader, const struct dt_node *node)
{
    if (node->unit)
        return dt_fail(reader->dt, node, node->at, reader->err,
                       "\"%.64s@%.64s\" cannot name an instance: it becomes a cgroup's name",
                       node->name, node->unit);
    return tree_read_instance(reader, node, node->name);
}

static int read_instances(const struct tree_reader *reader)
{
    const struct dt_node *instances = dt_find(reader->dt, "/instances"), *root = reader->dt->root;
    int r = 0;

    for (unsigned int i = 0; instances && i < instances->n_children && r == 0; i++)
        r = read_instance(reader, instances->children[i]);
    for (unsigned int i = 0; i < root->n_children && r == 0; i++) {
        if (tree_is_bare_instance(root->children[i]))
            r = read_instance(reader, root->children[i]);
    }
    return r;
}

static int compare_names(const void *a, const void *b)
{
    const struct instance *const *x = a, *const *y = b;
    int order = strcmp((*x)->name, (*y)->name);

    return order ? order : (*x > *y) - (*x < *y);
}

/* Trees may have thousands of instances: sorted, so that the time stays in proportion. */
static int refuse_same_names(const struct tree_reader *reader)
{
    unsigned int n = reader->spec->n_instances;
    autofree const struct instance **sorted = calloc(n + 1, sizeof(const struct instance *));

    if (!sorted)
        return -ENOMEM;
    for (unsigned int i = 0; i < n; i++)
        sorted[i] = &reader->spec->instances[i];
    qsort(sorted, n, sizeof(struct instance *), compare_names);
    for (unsigned int i = 1; i < n; i++) {
        struct mark first = sorted[i - 1]->at[KEY_NAME], second = sorted[i]->at[KEY_NAME];
        int r;

        if (strcmp(sorted[i]->name, sorted[i - 1]->name) != 0)
            continue;
        r = error_set(reader->err, -EINVAL, "the name \"%s\" is taken", sorted[i]->name);
        error_hint(reader->err, "by the instance at %u:%u", first.line, first.column);
        error_at(reader->err, mark_file(second, reader->spec->file), second.line, second.column);
        return r;
    }
    return 0;
}

/* A fragment that changes nodes was made for another tree, which it was not laid over. */
static int refuse_unmerged(const struct tree_reader *reader)
{
    const struct dt_node *root = reader->dt->root;

    for (unsigned int i = 0; i < root->n_children; i++) {
        const struct dt_node *content = dt_child(root->children[i], "__overlay__");
        int r;

        if (!content || (!dt_property(root->children[i], "target") &&
                         !dt_property(root->children[i], "target-path")))
            continue;
        r = dt_fail(reader->dt, root->children[i], root->children[i]->at, reader->err,
                    "this changes a tree that is not here");
        error_hint(reader->err, "give that tree, and this with --overlay");
        return r;
    }
    return 0;
}

/* What the base says, before any operation of an overlay. */
static int read_base(const struct tree_reader *reader)
{
    int r = refuse_unmerged(reader);

    if (r == 0)
        r = tree_read_resources(reader);
    if (r == 0)
        r = read_instances(reader);
    return r == 0 ? refuse_same_names(reader) : r;
}

int spec_from_devicetrees(struct spec *spec, struct np_error *err)
{
    struct dt *const *trees = spec->trees;
    int r = choose_machine(trees[0], spec);

    for (unsigned int i = 0; trees[i] && r == 0; i++) {
        struct tree_reader reader = {.dt = trees[i], .base = trees[0], .spec = spec, .err = err};
        bool ambiguous = false;

        reader.cpu_bits = dt_cpu_bits(reader.dt, &ambiguous);
        r = remark_assumptions(&reader, ambiguous);
        if (r == 0 && i == 0)
            r = read_base(&reader);
        if (r == 0)
            r = tree_apply_operations(&reader);
        if (r == 0)
            r = tree_remark_unknown(&reader);
        if (r == 0)
            r = tree_remark_comments(&reader);
    }
    return r;
}
