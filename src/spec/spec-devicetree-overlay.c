/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kerf's overlays: fragments whose __overlay__ holds operations on instances. They are made in the
 * order of the file on the instances that are there by then, so that what comes out is what would
 * run.
 */

#include "region-set.h"
#include "spec-devicetree.h"

#include <string.h>

struct operation {
    const char *name;
    int (*apply)(const struct tree_reader *reader, const struct dt_node *node);
};

static const char instance_property[] = "mk,instance";

static struct instance *find_instance(const struct spec *spec, const char *name)
{
    for (unsigned int i = 0; i < spec->n_instances; i++) {
        if (strcmp(spec->instances[i].name, name) == 0)
            return &spec->instances[i];
    }
    return NULL;
}

/* The last who says something of a key is who says it. */
static void say(struct instance *instance, enum instance_key key, struct mark at)
{
    instance->at[key] = at;
    instance->said |= 1u << key;
}

static int read_name(const struct tree_reader *reader, const struct dt_node *node,
                     const char *property_name, const char **ret_name)
{
    const struct dt_property *property = dt_property(node, property_name);

    if (!property)
        return dt_fail(reader->dt, node, node->at, reader->err,
                       "`%s` does not say which instance: it lacks `%s`", node->name,
                       property_name);
    return dt_get_string(reader->dt, node, property, ret_name, reader->err);
}

/* The instance that a node's property names. */
static int named_instance(const struct tree_reader *reader, const struct dt_node *node,
                          const char *property_name, struct instance **ret_instance)
{
    const char *name;
    int r = read_name(reader, node, property_name, &name);

    if (r < 0)
        return r;
    *ret_instance = find_instance(reader->spec, name);
    if (*ret_instance)
        return 0;
    r = dt_fail(reader->dt, node, dt_property(node, property_name)->at, reader->err,
                "`%s`: there is no instance \"%.64s\" here", node->name, name);
    error_hint(reader->err,
               reader->dt == reader->base
                   ? "an overlay changes another tree: give that one, and this with --overlay"
                   : "it is in neither the tree nor the overlays before this one");
    return r;
}

static void remove_instance(struct spec *spec, struct instance *instance)
{
    struct instance *end = spec->instances + spec->n_instances;

    instance_fini(instance);
    memmove(instance, instance + 1, (size_t)(end - instance - 1) * sizeof(*instance));
    spec->n_instances--;
}

/* Kerf writes this for a change of the whole, too. */
static int create_instance(const struct tree_reader *reader, const struct dt_node *node)
{
    struct instance *same;
    const char *name;
    int r = read_name(reader, node, "instance-name", &name);

    if (r < 0)
        return r;
    same = find_instance(reader->spec, name);
    if (same) {
        r = spec_remark(reader->spec, REMARK_ASSUMED, name, node->at,
                        format_text("`instance-create` names an instance that is there already: it "
                                    "is taken in place of that"),
                        strdup("remove it first, if that is what is meant"));
        remove_instance(reader->spec, same);
    }
    return r == 0 ? tree_read_instance(reader, node, name) : r;
}

static int delete_instance(const struct tree_reader *reader, const struct dt_node *node)
{
    struct instance *instance;
    int r = named_instance(reader, node, "instance-name", &instance);

    if (r == 0)
        remove_instance(reader->spec, instance);
    return r;
}

/* cpu@N { reg = <N>; }, in as many of them as there are. */
static int read_operand_cpus(const struct tree_reader *reader, const struct dt_node *node,
                             hwloc_bitmap_t cpus)
{
    for (unsigned int i = 0; i < node->n_children; i++) {
        const struct dt_node *child = node->children[i];
        const struct dt_property *reg = dt_property(child, "reg");
        uint64_t cpu;
        int r;

        if (strcmp(child->name, "cpu") != 0)
            continue; /* it becomes a remark */
        if (!reg)
            return dt_fail(reader->dt, child, child->at, reader->err,
                           "`cpu` lacks `reg`, its number");
        r = dt_get_u64(reader->dt, child, reg, &cpu, reader->err);
        if (r < 0)
            return r;
        if (cpu > SET_ID_MAX)
            return dt_fail(reader->dt, child, reg->at, reader->err,
                           "%llu is no number of a CPU: the largest is %u", (unsigned long long)cpu,
                           SET_ID_MAX);
        if (hwloc_bitmap_set(cpus, (unsigned int)cpu) < 0)
            return -ENOMEM;
    }
    if (hwloc_bitmap_iszero(cpus))
        return dt_fail(reader->dt, node, node->at, reader->err, "`%s` names no CPU", node->name);
    return 0;
}

/* Both sides of a change of CPUs: whose, and which. */
static int read_cpu_change(const struct tree_reader *reader, const struct dt_node *node,
                           struct instance **ret_instance, hwloc_bitmap_t cpus)
{
    struct instance *instance;
    int r = named_instance(reader, node, instance_property, &instance);

    if (r == 0)
        r = read_operand_cpus(reader, node, cpus);
    if (r < 0)
        return r;
    if (instance->cpu_count > 0) {
        r = dt_fail(reader->dt, node, node->at, reader->err,
                    "`%s`: \"%s\" has a number of CPUs, not certain ones", node->name,
                    instance->name);
        error_hint(reader->err, "plan chooses them: numaplace plan --dts writes them down");
        return r;
    }
    if (!instance->cpus_given) {
        instance->cpus.bits = hwloc_bitmap_alloc();
        if (!instance->cpus.bits)
            return -ENOMEM;
        instance->cpus_given = true;
    }
    say(instance, KEY_CPUS, node->at);
    *ret_instance = instance;
    return 0;
}

static int add_cpus(const struct tree_reader *reader, const struct dt_node *node)
{
    autoset hwloc_bitmap_t cpus = hwloc_bitmap_alloc();
    struct instance *instance;
    int r = cpus ? read_cpu_change(reader, node, &instance, cpus) : -ENOMEM;

    if (r < 0)
        return r;
    if (hwloc_bitmap_intersects(instance->cpus.bits, cpus)) {
        autofree char *both = NULL;

        hwloc_bitmap_and(cpus, cpus, instance->cpus.bits);
        both = set_format(cpus);
        return dt_fail(reader->dt, node, node->at, reader->err, "`%s`: \"%s\" has CPU %s already",
                       node->name, instance->name, both ? both : "");
    }
    return hwloc_bitmap_or(instance->cpus.bits, instance->cpus.bits, cpus) < 0 ? -ENOMEM : 0;
}

static int remove_cpus(const struct tree_reader *reader, const struct dt_node *node)
{
    autoset hwloc_bitmap_t cpus = hwloc_bitmap_alloc();
    struct instance *instance;
    int r = cpus ? read_cpu_change(reader, node, &instance, cpus) : -ENOMEM;

    if (r < 0)
        return r;
    if (!hwloc_bitmap_isincluded(cpus, instance->cpus.bits)) {
        autofree char *others = NULL;

        hwloc_bitmap_andnot(cpus, cpus, instance->cpus.bits);
        others = set_format(cpus);
        return dt_fail(reader->dt, node, node->at, reader->err, "`%s`: \"%s\" has no CPU %s",
                       node->name, instance->name, others ? others : "");
    }
    if (hwloc_bitmap_andnot(instance->cpus.bits, instance->cpus.bits, cpus) < 0)
        return -ENOMEM;
    if (hwloc_bitmap_iszero(instance->cpus.bits)) {
        set_expr_fini(&instance->cpus);
        instance->cpus = (struct set_expr){0};
        instance->cpus_given = false;
    }
    return 0;
}

/* <base size> in cells of 64 bits, or of 32: <hi lo hi lo>; a low cell may hold all of them. */
static int pair_of_cells(const uint64_t *cells, unsigned int n, struct region *ret_region)
{
    if (n == 2) {
        *ret_region = (struct region){.base = cells[0], .bytes = cells[1]};
        return 0;
    }
    if (n != 4 || (cells[0] && cells[1] >> 32) || (cells[2] && cells[3] >> 32) ||
        (cells[0] | cells[2]) >> 32)
        return -EINVAL;
    *ret_region =
        (struct region){.base = cells[0] << 32 | cells[1], .bytes = cells[2] << 32 | cells[3]};
    return 0;
}

int tree_read_region(const struct tree_reader *reader, const struct dt_node *node,
                     const struct dt_property *reg, struct region *ret_region)
{
    autofree uint64_t *cells = NULL;
    unsigned int n;
    bool grouped = reg->n_values > 0 && reg->values[reg->n_values - 1].group > 0;
    int r = grouped ? dt_get_u64s(reader->dt, node, reg, &cells, &n, reader->err)
                    : dt_get_cells(reader->dt, node, reg, 64, &cells, &n, reader->err);

    if (r < 0)
        return r;
    if (pair_of_cells(cells, n, ret_region) < 0)
        return dt_fail(reader->dt, node, reg->at, reader->err,
                       "`reg` is a base and a size of 64 bits each");
    if (ret_region->bytes == 0 || ret_region->base + ret_region->bytes < ret_region->base)
        return dt_fail(reader->dt, node, reg->at, reader->err,
                       "`reg`: 0x%llx bytes at 0x%llx are no piece of memory",
                       (unsigned long long)ret_region->bytes, (unsigned long long)ret_region->base);
    return 0;
}

static uint64_t bytes_in(const struct region_set *set, struct region region)
{
    uint64_t bytes = 0;

    for (unsigned int i = 0; i < set->n; i++)
        bytes += region_common_bytes(set->regions[i], region);
    return bytes;
}

/* Their order is by address from now on, and what touches is one. */
static int add_region(const struct tree_reader *reader, const struct dt_node *node,
                      struct instance *instance, struct region region)
{
    struct region_set set = {.regions = instance->regions, .n = instance->n_regions};
    int r;

    if (set.n == 0 && instance->memory_bytes > 0) {
        r = dt_fail(reader->dt, node, node->at, reader->err,
                    "\"%s\" has memory without a base: there is no telling what this adds to",
                    instance->name);
        error_hint(reader->err, "give it a memory-base first, or a larger memory-bytes");
        return r;
    }
    if (bytes_in(&set, region) > 0)
        return dt_fail(reader->dt, node, node->at, reader->err,
                       "\"%s\" has some of this memory already", instance->name);
    r = region_set_add(&set, region.base, region.bytes);
    if (r == 0)
        region_set_order(&set);
    instance->regions = set.regions;
    instance->n_regions = set.n;
    if (r == 0)
        instance->memory_bytes = region_set_bytes(&set);
    return r;
}

static int remove_region(const struct tree_reader *reader, const struct dt_node *node,
                         struct instance *instance, struct region region)
{
    struct region_set set = {.regions = instance->regions, .n = instance->n_regions};
    char text[REGION_TEXT_MAX];
    int r;

    if (bytes_in(&set, region) < region.bytes)
        return dt_fail(reader->dt, node, node->at, reader->err, "\"%s\" does not have all of %s",
                       instance->name, region_format(region, text));
    region_set_order(&set);
    r = region_set_cut(&set, region);
    instance->regions = set.regions;
    instance->n_regions = set.n;
    instance->memory_bytes = region_set_bytes(&set);
    return r;
}

/* Each region@N { reg = <base size>; } of node. */
static int change_memory(const struct tree_reader *reader, const struct dt_node *node,
                         int (*change)(const struct tree_reader *, const struct dt_node *,
                                       struct instance *, struct region))
{
    struct instance *instance;
    int r = named_instance(reader, node, instance_property, &instance);

    for (unsigned int i = 0; i < node->n_children && r == 0; i++) {
        const struct dt_node *child = node->children[i];
        const struct dt_property *reg = dt_property(child, "reg");
        struct region region;

        if (strcmp(child->name, "region") != 0)
            continue;
        if (!reg)
            return dt_fail(reader->dt, child, child->at, reader->err,
                           "`region` lacks `reg`, its base and size");
        r = tree_read_region(reader, child, reg, &region);
        if (r == 0)
            r = change(reader, child, instance, region);
        say(instance, KEY_MEMORY, reg->at);
        say(instance, KEY_REGIONS, reg->at);
    }
    return r;
}

static int add_memory(const struct tree_reader *reader, const struct dt_node *node)
{
    return change_memory(reader, node, add_region);
}

static int remove_memory(const struct tree_reader *reader, const struct dt_node *node)
{
    return change_memory(reader, node, remove_region);
}

static bool is_same_claim(const struct claim *a, const struct claim *b)
{
    if (!a->device || !b->device)
        return strcmp(a->text, b->text) == 0;
    return strcmp(a->device, b->device) == 0 && a->kind == b->kind && a->number == b->number;
}

static int find_claim(const struct instance *instance, const struct claim *claim)
{
    for (unsigned int i = 0; i < instance->n_claims; i++) {
        if (is_same_claim(&instance->claims[i], claim))
            return (int)i;
    }
    return -1;
}

/* Takes over claim, also on failure. */
static int add_claim(const struct tree_reader *reader, const struct dt_node *node,
                     struct instance *instance, struct claim *claim)
{
    struct claim *claims = NULL;

    if (find_claim(instance, claim) >= 0) {
        int r = dt_fail(reader->dt, node, claim->at, reader->err, "\"%s\" has \"%.64s\" already",
                        instance->name, claim->text);

        claim_fini(claim);
        return r;
    }
    claims = reallocarray(instance->claims, instance->n_claims + 1, sizeof(*claims));
    if (!claims) {
        claim_fini(claim);
        return -ENOMEM;
    }
    instance->claims = claims;
    claims[instance->n_claims++] = *claim;
    return 0;
}

static int remove_claim(const struct tree_reader *reader, const struct dt_node *node,
                        struct instance *instance, struct claim *claim)
{
    int idx = find_claim(instance, claim);
    int r = 0;

    if (idx < 0) {
        r = dt_fail(reader->dt, node, claim->at, reader->err, "\"%s\" has no device \"%.64s\"",
                    instance->name, claim->text);
    } else {
        claim_fini(&instance->claims[idx]);
        instance->n_claims--;
        memmove(&instance->claims[idx], &instance->claims[idx + 1],
                (instance->n_claims - (unsigned int)idx) * sizeof(*claim));
    }
    claim_fini(claim);
    return r;
}

/* Each pci@N { pci-id = "..."; } of node. */
static int change_devices(const struct tree_reader *reader, const struct dt_node *node,
                          int (*change)(const struct tree_reader *, const struct dt_node *,
                                        struct instance *, struct claim *))
{
    struct instance *instance;
    int r = named_instance(reader, node, instance_property, &instance);

    for (unsigned int i = 0; i < node->n_children && r == 0; i++) {
        const struct dt_node *child = node->children[i];
        const struct dt_property *pci = dt_property(child, "pci-id");
        struct claim claim;
        const char *text;

        if (strcmp(child->name, "pci") != 0)
            continue;
        if (!pci)
            return dt_fail(reader->dt, child, child->at, reader->err,
                           "`pci` lacks `pci-id`, the device's address");
        r = dt_get_string(reader->dt, child, pci, &text, reader->err);
        if (r == 0)
            r = tree_claim_of_text(reader, text, pci->at, &claim);
        if (r == 0)
            r = change(reader, child, instance, &claim);
        say(instance, KEY_CLAIMS, pci->at);
    }
    return r;
}

static int add_devices(const struct tree_reader *reader, const struct dt_node *node)
{
    return change_devices(reader, node, add_claim);
}

static int remove_devices(const struct tree_reader *reader, const struct dt_node *node)
{
    return change_devices(reader, node, remove_claim);
}

static const struct operation operations[] = {
    {"instance-create", create_instance},
    {"instance-remove", delete_instance},
    {"cpu-add", add_cpus},
    {"cpu-remove", remove_cpus},
    {"memory-add", add_memory},
    {"memory-remove", remove_memory},
    {"device-add", add_devices},
    {"device-remove", remove_devices},
};

static const struct operation *operation_of(const struct dt_node *node)
{
    for (size_t i = 0; i < ARRAY_SIZE(operations); i++) {
        if (strcmp(operations[i].name, node->name) == 0)
            return &operations[i];
    }
    return NULL;
}

bool tree_is_operation(const struct dt_node *node)
{
    return operation_of(node) != NULL;
}

static int apply_fragment(const struct tree_reader *reader, const struct dt_node *fragment)
{
    const struct dt_node *overlay = dt_child(fragment, "__overlay__");
    int r = 0;

    for (unsigned int i = 0; overlay && i < overlay->n_children && r == 0; i++) {
        const struct operation *operation = operation_of(overlay->children[i]);

        if (operation)
            r = operation->apply(reader, overlay->children[i]);
    }
    return r;
}

int tree_apply_operations(const struct tree_reader *reader)
{
    const struct dt_node *root = reader->dt->root;
    int r = 0;

    for (unsigned int i = 0; i < root->n_children && r == 0; i++) {
        if (strcmp(root->children[i]->name, "fragment") == 0)
            r = apply_fragment(reader, root->children[i]);
    }
    return r;
}
