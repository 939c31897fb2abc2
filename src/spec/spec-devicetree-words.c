/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nobody reads is named, with the word that was probably meant: a slip in a property's name
 * would otherwise change what is wanted without a sign. /resources is the machine's to know
 * (devicetree_knows); everything else has its words in the tables here. A node that is not known is
 * one remark, whatever it holds.
 */

#include "machine-devicetree.h"
#include "spec-devicetree.h"

#include "word.h"

#include <string.h>

struct scope {
    const char *const *properties; /* NULL-terminated */
    const char *const *children;
    const struct scope *const *scopes; /* of children, in their order; NULL: none is looked into */
};

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_WORDS ((const char *const[]){NULL})

static const struct scope opaque = {0}; /* whatever it holds is another's */

static const struct scope uring = {
    .properties = WORDS("sq-entries", "cq-entries", "shim-data-pages"), .children = NO_WORDS};

static const struct scope instance_resources = {
    .properties = WORDS("cpus", "cpu-count", "memory-base", "memory-bytes", "numa-nodes",
                        "cpu-affinity", "memory-policy", "devices", "device-names", "numaplace,smt",
                        "numaplace,near", "numaplace,irqs", "numaplace,memory-bandwidth",
                        "numaplace,latency-sensitive", "numaplace,weight"),
    .children = WORDS("uring"),
    .scopes = (const struct scope *const[]){&uring},
};

static const struct scope options = {.properties = WORDS("enable-host-kcore"),
                                     .children = NO_WORDS};

#define INSTANCE_WORDS                                                                             \
    "id", "instance-name", "numaplace,run", "numaplace,pid", "numaplace,cgroup", "numaplace,unit", \
        "numaplace,vm"

static const struct scope instance = {
    .properties = WORDS(INSTANCE_WORDS),
    .children = WORDS("resources", "options"),
    .scopes = (const struct scope *const[]){&instance_resources, &options},
};

static const struct scope instance_remove = {.properties = WORDS("instance-name"),
                                             .children = NO_WORDS};

static const struct scope operand_cpu = {.properties = WORDS("reg", "numa-node", "numa-node-id"),
                                         .children = NO_WORDS};
static const struct scope operand_region = {.properties = WORDS("reg", "numa-node", "numa-node-id"),
                                            .children = NO_WORDS};
static const struct scope operand_device = {.properties = WORDS("pci-id"), .children = NO_WORDS};

static const struct scope cpu_change = {
    .properties = WORDS("mk,instance"),
    .children = WORDS("cpu"),
    .scopes = (const struct scope *const[]){&operand_cpu},
};

static const struct scope memory_change = {
    .properties = WORDS("mk,instance"),
    .children = WORDS("region"),
    .scopes = (const struct scope *const[]){&operand_region},
};

static const struct scope device_change = {
    .properties = WORDS("mk,instance"),
    .children = WORDS("pci"),
    .scopes = (const struct scope *const[]){&operand_device},
};

static const struct scope overlay = {
    .properties = NO_WORDS,
    .children = WORDS("instance-create", "instance-remove", "cpu-add", "cpu-remove", "memory-add",
                      "memory-remove", "device-add", "device-remove"),
    .scopes = (const struct scope *const[]){&instance, &instance_remove, &cpu_change, &cpu_change,
                                            &memory_change, &memory_change, &device_change,
                                            &device_change},
};

static const struct scope fragment = {
    .properties = WORDS("target", "target-path"),
    .children = WORDS("__overlay__"),
    .scopes = (const struct scope *const[]){&overlay},
};

static const struct scope device_reference = {
    .properties = WORDS("parent", "vf-id", "namespace-id", "compatible"), .children = NO_WORDS};

static const struct scope root = {
    .properties = WORDS("compatible", "model"),
    .children = WORDS("resources", "instances", "fragment", "__symbols__", "__fixups__",
                      "__local_fixups__", "aliases", "chosen"),
    .scopes = (const struct scope *const[]){&opaque, &opaque, &fragment, &opaque, &opaque, &opaque,
                                            &opaque, &opaque},
};

/* What any node of a device tree may say about the tree itself. */
static const char *const everywhere[] = {"phandle",     "linux,phandle", "#address-cells",
                                         "#size-cells", "status",        NULL};

static int index_of(const char *word, const char *const *words)
{
    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], word) == 0)
            return i;
    }
    return -1;
}

/* words: those known in its place; NULL where they are not told. */
static int remark(const struct tree_reader *reader, const struct dt_node *node,
                  const struct dt_property *property, const char *const *words)
{
    const struct dt_node *parent = property ? node : node->parent;
    const char *name = property ? property->name : node->name;
    const char *near = words ? word_nearest(name, words) : NULL;
    autofree char *path = dt_path(parent);

    if (!path)
        return -ENOMEM;
    return spec_remark(reader->spec, REMARK_UNKNOWN, path, property ? property->at : node->at,
                       format_text("%s `%s%s%s` is not known, and nothing reads it",
                                   property ? "the property" : "the node", name,
                                   !property && node->unit ? "@" : "",
                                   !property && node->unit ? node->unit : ""),
                       near ? format_text("did you mean \"%s\"?", near)
                            : strdup("remove it, or see numaplace-dts(5) for the words that are"));
}

/* /resources and below. */
static int walk_resources(const struct tree_reader *reader, const struct dt_node *node)
{
    int r = 0;

    if (!devicetree_knows(node, NULL))
        return remark(reader, node, NULL, NULL);
    for (unsigned int i = 0; i < node->n_properties && r == 0; i++) {
        const struct dt_property *property = &node->properties[i];

        if (index_of(property->name, everywhere) < 0 && !devicetree_knows(node, property->name))
            r = remark(reader, node, property, devicetree_words(node));
    }
    for (unsigned int i = 0; i < node->n_children && r == 0; i++)
        r = walk_resources(reader, node->children[i]);
    return r;
}

static int walk_properties(const struct tree_reader *reader, const struct dt_node *node,
                           const char *const *words)
{
    int r = 0;

    for (unsigned int i = 0; i < node->n_properties && r == 0; i++) {
        const struct dt_property *property = &node->properties[i];

        if (index_of(property->name, everywhere) < 0 && index_of(property->name, words) < 0)
            r = remark(reader, node, property, words);
    }
    return r;
}

static int walk(const struct tree_reader *reader, const struct dt_node *node,
                const struct scope *scope)
{
    int r = walk_properties(reader, node, scope->properties);

    for (unsigned int i = 0; i < node->n_children && r == 0; i++) {
        const struct dt_node *child = node->children[i];
        int idx = index_of(child->name, scope->children);

        if (idx < 0)
            r = remark(reader, child, NULL, scope->children);
        else if (scope->scopes && scope->scopes[idx] != &opaque)
            r = walk(reader, child, scope->scopes[idx]);
    }
    return r;
}

static int walk_instances(const struct tree_reader *reader, const struct dt_node *instances)
{
    int r =
        walk_properties(reader, instances, WORDS("numaplace,host-reserved", "numaplace,available"));

    for (unsigned int i = 0; i < instances->n_children && r == 0; i++)
        r = walk(reader, instances->children[i], &instance);
    return r;
}

/* What an overlay merges is looked at where it is merged to. */
static bool is_merged(const struct tree_reader *reader, const struct dt_node *node)
{
    return reader->dt != reader->base && strcmp(node->name, "fragment") == 0 &&
           (dt_property(node, "target") || dt_property(node, "target-path"));
}

static int walk_root_child(const struct tree_reader *reader, const struct dt_node *child)
{
    int idx = index_of(child->name, root.children);

    if (strcmp(child->name, "resources") == 0)
        return walk_resources(reader, child);
    if (strcmp(child->name, "instances") == 0)
        return walk_instances(reader, child);
    if (child->at.file && tree_is_operation(child))
        return 0; /* an overlay's, which it was merged from and is looked at in */
    if (tree_is_device_reference(child))
        return walk(reader, child, &device_reference);
    if (tree_is_bare_instance(child))
        return walk(reader, child, &instance);
    if (idx < 0)
        return remark(reader, child, NULL, root.children);
    if (root.scopes[idx] == &opaque || is_merged(reader, child))
        return 0;
    return walk(reader, child, root.scopes[idx]);
}

int tree_remark_unknown(const struct tree_reader *reader)
{
    const struct dt_node *top = reader->dt->root;
    int r = walk_properties(reader, top, root.properties);

    for (unsigned int i = 0; i < top->n_children && r == 0; i++)
        r = walk_root_child(reader, top->children[i]);
    return r;
}
