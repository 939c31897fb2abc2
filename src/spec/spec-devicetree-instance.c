/* SPDX-License-Identifier: Apache-2.0 */
/* One instance of a device tree: one small function a property, and a table of them. Kerf's words,
 * and ours (numaplace,...) for what Kerf has none for. */

#include "cpu-cells.h"
#include "instance-rules.h"
#include "spec-devicetree.h"
#include "spec-read.h"

#include "word.h"

#include <string.h>

struct property_key {
    const char *name;
    enum instance_key key; /* which mark it sets */
    int (*read)(const struct tree_reader *reader, const struct dt_node *node,
                const struct dt_property *property, struct instance *instance);
};

/* The mark of a property's value number i, if it is written as one value a number. */
static struct mark mark_of(const struct dt_property *property, unsigned int i, unsigned int n)
{
    return property->n_values == n ? property->values[i].at : property->at;
}

/* Each number must be one of at most SET_ID_MAX. *ret_twice: the first that is there twice, or -1.
 */
static int read_numbers(const struct tree_reader *reader, const struct dt_node *node,
                        const struct dt_property *property, unsigned int bits, hwloc_bitmap_t set,
                        int *ret_twice)
{
    autofree uint64_t *numbers = NULL;
    unsigned int n;
    int r = dt_get_cpu_numbers(reader->dt, node, property, bits, &numbers, &n, reader->err);

    if (r < 0)
        return r;
    *ret_twice = -1;
    for (unsigned int i = 0; i < n; i++) {
        if (numbers[i] > SET_ID_MAX)
            return dt_fail(reader->dt, node, mark_of(property, i, n), reader->err,
                           "`%s`: %llu is no number of a CPU or node: the largest is %u",
                           property->name, (unsigned long long)numbers[i], SET_ID_MAX);
        if (*ret_twice < 0 && hwloc_bitmap_isset(set, (unsigned int)numbers[i]))
            *ret_twice = (int)numbers[i];
        if (hwloc_bitmap_set(set, (unsigned int)numbers[i]) < 0)
            return -ENOMEM;
    }
    return 0;
}

int tree_read_ids(const struct tree_reader *reader, const struct dt_node *node,
                  const struct dt_property *property, hwloc_bitmap_t set)
{
    int twice;

    return read_numbers(reader, node, property, 32, set, &twice);
}

int tree_read_cpus(const struct tree_reader *reader, const struct dt_node *node,
                   const struct dt_property *property, const char *subject, hwloc_bitmap_t set)
{
    int twice;
    int r = read_numbers(reader, node, property, reader->cpu_bits, set, &twice);

    if (r < 0 || twice < 0)
        return r;
    return spec_remark(
        reader->spec, REMARK_ASSUMED, subject, property->at,
        format_text("`%s` lists CPU %d twice: it is taken once", property->name, twice),
        format_text("was another CPU meant? The list has %d", hwloc_bitmap_weight(set)));
}

static int read_id(const struct tree_reader *reader, const struct dt_node *node,
                   const struct dt_property *property, struct instance *instance)
{
    instance->id_given = true;
    return dt_get_u32(reader->dt, node, property, &instance->id, reader->err);
}

static int read_cpus(const struct tree_reader *reader, const struct dt_node *node,
                     const struct dt_property *property, struct instance *instance)
{
    instance->cpus.bits = hwloc_bitmap_alloc();
    if (!instance->cpus.bits)
        return -ENOMEM;
    instance->cpus_given = true;
    return tree_read_cpus(reader, node, property, instance->name, instance->cpus.bits);
}

static int read_cpu_count(const struct tree_reader *reader, const struct dt_node *node,
                          const struct dt_property *property, struct instance *instance)
{
    uint32_t count;
    int r = dt_get_u32(reader->dt, node, property, &count, reader->err);

    if (r < 0)
        return r;
    if (count < 1 || count > SET_ID_MAX + 1)
        return dt_fail(reader->dt, node, property->at, reader->err,
                       "`cpu-count` is %u: it must be 1 to %u", count, SET_ID_MAX + 1);
    if (instance->cpus_given) {
        r = dt_fail(reader->dt, node, property->at, reader->err,
                    "`cpu-count` and `cpus` both say which CPUs it gets");
        error_hint(reader->err, "keep one: cpus to choose them, cpu-count to have them chosen");
        return r;
    }
    instance->cpu_count = count;
    return 0;
}

static int read_numa_nodes(const struct tree_reader *reader, const struct dt_node *node,
                           const struct dt_property *property, struct instance *instance)
{
    instance->numa_nodes.bits = hwloc_bitmap_alloc();
    if (!instance->numa_nodes.bits)
        return -ENOMEM;
    instance->nodes_given = true;
    return tree_read_ids(reader, node, property, instance->numa_nodes.bits);
}

/* The index in words. */
static int read_word_of(const struct tree_reader *reader, const struct dt_node *node,
                        const struct dt_property *property, const char *const *words,
                        unsigned int *ret_idx)
{
    const char *text, *near;
    char known[128];
    int found;
    int r = dt_get_string(reader->dt, node, property, &text, reader->err);

    if (r < 0)
        return r;
    found = word_find(text, words);
    if (found >= 0) {
        *ret_idx = (unsigned int)found;
        return 0;
    }
    near = word_nearest(text, words);
    r = dt_fail(reader->dt, node, mark_of(property, 0, 1), reader->err,
                "`%s`: \"%.64s\" is none of %s", property->name, text,
                word_join(words, known, sizeof(known)));
    if (near)
        error_hint(reader->err, "did you mean \"%s\"?", near);
    return r;
}

static int read_cpu_affinity(const struct tree_reader *reader, const struct dt_node *node,
                             const struct dt_property *property, struct instance *instance)
{
    unsigned int idx = 0;
    int r = read_word_of(reader, node, property, cpu_affinity_words, &idx);

    instance->cpu_affinity = (enum cpu_affinity)idx;
    return r;
}

static int read_memory_policy(const struct tree_reader *reader, const struct dt_node *node,
                              const struct dt_property *property, struct instance *instance)
{
    unsigned int idx = 0;
    int r = read_word_of(reader, node, property, memory_policy_words, &idx);

    instance->memory_policy = (enum memory_policy)idx;
    return r;
}

static int read_smt(const struct tree_reader *reader, const struct dt_node *node,
                    const struct dt_property *property, struct instance *instance)
{
    unsigned int idx = 0;
    int r = read_word_of(reader, node, property, smt_rule_words, &idx);

    instance->smt = (enum smt_rule)idx;
    return r;
}

static int read_text_of(const struct tree_reader *reader, const struct dt_node *node,
                        const struct dt_property *property, char **ret_text)
{
    const char *text;
    int r = dt_get_string(reader->dt, node, property, &text, reader->err);

    if (r < 0)
        return r;
    if (!text[0])
        return dt_fail(reader->dt, node, property->at, reader->err, "`%s` is empty",
                       property->name);
    *ret_text = strdup(text);
    return *ret_text ? 0 : -ENOMEM;
}

static int read_near(const struct tree_reader *reader, const struct dt_node *node,
                     const struct dt_property *property, struct instance *instance)
{
    return read_text_of(reader, node, property, &instance->near);
}

static int read_irqs(const struct tree_reader *reader, const struct dt_node *node,
                     const struct dt_property *property, struct instance *instance)
{
    return read_text_of(reader, node, property, &instance->irqs);
}

static int read_bandwidth(const struct tree_reader *reader, const struct dt_node *node,
                          const struct dt_property *property, struct instance *instance)
{
    uint64_t *rate = &instance->workload.bandwidth;
    int r = dt_get_u64(reader->dt, node, property, rate, reader->err);

    if (r == 0 && (*rate < 1 || *rate > INSTANCE_BANDWIDTH_MAX)) {
        r = dt_fail(reader->dt, node, property->at, reader->err,
                    "`%s` is %llu bytes a second: it must be 1 to %llu", property->name,
                    (unsigned long long)*rate, (unsigned long long)INSTANCE_BANDWIDTH_MAX);
        error_hint(reader->err, "leave it out: what is not said counts for nothing");
    }
    return r;
}

/* As a flag it is; <0> says that it is not, for which a flag has no form. */
static int read_latency_sensitive(const struct tree_reader *reader, const struct dt_node *node,
                                  const struct dt_property *property, struct instance *instance)
{
    uint32_t value = 1;
    int r = 0;

    if (property->n_values > 0)
        r = dt_get_u32(reader->dt, node, property, &value, reader->err);
    if (r == 0 && value > 1)
        r = dt_fail(reader->dt, node, property->at, reader->err,
                    "`%s` is %u: it is <0>, <1> or stands alone", property->name, value);
    instance->workload.latency_sensitive = value == 1;
    return r;
}

static int read_weight(const struct tree_reader *reader, const struct dt_node *node,
                       const struct dt_property *property, struct instance *instance)
{
    unsigned int *weight = &instance->workload.weight;
    int r = dt_get_u32(reader->dt, node, property, weight, reader->err);

    if (r == 0 && (*weight < 1 || *weight > INSTANCE_WEIGHT_MAX))
        r = dt_fail(reader->dt, node, property->at, reader->err, "`%s` is %u: it must be 1 to %d",
                    property->name, *weight, INSTANCE_WEIGHT_MAX);
    return r;
}

/* An instance is one thing. */
static int claim_target(const struct tree_reader *reader, const struct dt_node *node,
                        const struct dt_property *property, struct instance *instance,
                        enum target_kind kind)
{
    if (instance->target != TARGET_NONE)
        return dt_fail(reader->dt, node, property->at, reader->err,
                       "this instance has \"%s\" already, and now \"%s\"",
                       target_kind_name(instance->target), target_kind_name(kind));
    instance->target = kind;
    return 0;
}

static int read_run(const struct tree_reader *reader, const struct dt_node *node,
                    const struct dt_property *property, struct instance *instance)
{
    int r = claim_target(reader, node, property, instance, TARGET_RUN);

    if (r == 0)
        r = dt_get_strings(reader->dt, node, property, &instance->run, reader->err);
    if (r == 0 && (!instance->run[0] || !instance->run[0][0]))
        r = dt_fail(reader->dt, node, property->at, reader->err, "`%s` names no program",
                    property->name);
    return r;
}

static int read_pid(const struct tree_reader *reader, const struct dt_node *node,
                    const struct dt_property *property, struct instance *instance)
{
    uint32_t pid = 0;
    int r = claim_target(reader, node, property, instance, TARGET_PID);

    if (r == 0)
        r = dt_get_u32(reader->dt, node, property, &pid, reader->err);
    if (r == 0 && (pid < 1 || pid > INSTANCE_PID_MAX))
        r = dt_fail(reader->dt, node, property->at, reader->err, "`%s` is %u: it must be 1 to %d",
                    property->name, pid, INSTANCE_PID_MAX);
    instance->pid = (pid_t)pid;
    return r;
}

static int read_cgroup(const struct tree_reader *reader, const struct dt_node *node,
                       const struct dt_property *property, struct instance *instance)
{
    const char *path;
    int r = claim_target(reader, node, property, instance, TARGET_CGROUP);

    if (r == 0)
        r = dt_get_string(reader->dt, node, property, &path, reader->err);
    if (r < 0)
        return r;
    path += path[0] == '/'; /* as /proc/PID/cgroup writes it */
    if (!cgroup_path_is_valid(path))
        return dt_fail(reader->dt, node, property->at, reader->err,
                       "\"%.80s\" is not the path of a cgroup", path);
    instance->target_name = strdup(path);
    return instance->target_name ? 0 : -ENOMEM;
}

static int read_unit(const struct tree_reader *reader, const struct dt_node *node,
                     const struct dt_property *property, struct instance *instance)
{
    int r = claim_target(reader, node, property, instance, TARGET_UNIT);

    return r < 0 ? r : read_text_of(reader, node, property, &instance->target_name);
}

static int read_vm(const struct tree_reader *reader, const struct dt_node *node,
                   const struct dt_property *property, struct instance *instance)
{
    int r = claim_target(reader, node, property, instance, TARGET_VM);

    return r < 0 ? r : read_text_of(reader, node, property, &instance->target_name);
}

/* Sizes that have a base, one each, or one size whose base is ours to choose. */
static int read_sizes(const struct tree_reader *reader, const struct dt_node *node,
                      const struct dt_property *property, struct instance *instance)
{
    const struct dt_property *base = dt_property(node, "memory-base");
    autofree uint64_t *sizes = NULL, *bases = NULL;
    unsigned int n, n_bases = 0;
    int r = dt_get_u64s(reader->dt, node, property, &sizes, &n, reader->err);

    if (r == 0 && base)
        r = dt_get_u64s(reader->dt, node, base, &bases, &n_bases, reader->err);
    if (r < 0)
        return r;
    if (n != (base ? n_bases : 1))
        return dt_fail(reader->dt, node, property->at, reader->err,
                       "`memory-bytes` says %u size%s for %u base%s", n, n == 1 ? "" : "s", n_bases,
                       n_bases == 1 ? "" : "s");
    if (base)
        instance->regions = calloc(n + 1, sizeof(*instance->regions));
    if (base && !instance->regions)
        return -ENOMEM;
    for (unsigned int i = 0; i < n; i++) {
        if (__builtin_add_overflow(instance->memory_bytes, sizes[i], &instance->memory_bytes) ||
            (base && bases[i] + sizes[i] < bases[i]))
            return dt_fail(reader->dt, node, mark_of(property, 0, 1), reader->err,
                           "`memory-bytes` reaches beyond 2^64");
        if (base)
            instance->regions[instance->n_regions++] =
                (struct region){.base = bases[i], .bytes = sizes[i]};
    }
    return 0;
}

/* It was read with the sizes; alone it says nothing. */
static int read_bases(const struct tree_reader *reader, const struct dt_node *node,
                      const struct dt_property *property, struct instance *instance)
{
    if (instance->n_regions > 0)
        return 0;
    return dt_fail(reader->dt, node, property->at, reader->err,
                   "`memory-base` stands without `memory-bytes`");
}

/* In this order, whatever the file's. */
static const struct property_key resource_keys[] = {
    {"cpus", KEY_CPUS, read_cpus},
    {"cpu-count", KEY_CPUS, read_cpu_count},
    {"memory-bytes", KEY_MEMORY, read_sizes},
    {"memory-base", KEY_REGIONS, read_bases},
    {"numa-nodes", KEY_NUMA_NODES, read_numa_nodes},
    {"cpu-affinity", KEY_CPU_AFFINITY, read_cpu_affinity},
    {"memory-policy", KEY_MEMORY_POLICY, read_memory_policy},
    {"numaplace,smt", KEY_SMT, read_smt},
    {"numaplace,near", KEY_NEAR, read_near},
    {"numaplace,irqs", KEY_IRQS, read_irqs},
    {"numaplace,memory-bandwidth", KEY_BANDWIDTH, read_bandwidth},
    {"numaplace,latency-sensitive", KEY_LATENCY, read_latency_sensitive},
    {"numaplace,weight", KEY_WEIGHT, read_weight},
    {0},
};

static const struct property_key instance_keys[] = {
    {"id", KEY_ID, read_id},
    {"numaplace,run", KEY_TARGET, read_run},
    {"numaplace,pid", KEY_TARGET, read_pid},
    {"numaplace,cgroup", KEY_TARGET, read_cgroup},
    {"numaplace,unit", KEY_TARGET, read_unit},
    {"numaplace,vm", KEY_TARGET, read_vm},
    {0},
};

static int read_keys(const struct tree_reader *reader, const struct dt_node *node,
                     const struct property_key *keys, struct instance *instance)
{
    for (; keys->name; keys++) {
        const struct dt_property *property = dt_property(node, keys->name);
        int r;

        if (!property)
            continue;
        instance->at[keys->key] = property->at;
        instance->said |= 1u << keys->key;
        r = keys->read(reader, node, property, instance);
        if (r < 0)
            return r;
    }
    return 0;
}

static int keep_kerf_only(const struct dt_node *node, const struct dt_node *resources,
                          struct instance *instance)
{
    const struct dt_node *options = dt_child(node, "options");
    unsigned int n = 0;

    instance->kerf_only = calloc(3, sizeof(char *));
    if (!instance->kerf_only)
        return -ENOMEM;
    if (options && dt_property(options, "enable-host-kcore"))
        instance->kerf_only[n++] = strdup("options/enable-host-kcore");
    if (dt_child(resources, "uring"))
        instance->kerf_only[n++] = strdup("resources/uring");
    for (unsigned int i = 0; i < n; i++) {
        if (!instance->kerf_only[i])
            return -ENOMEM;
    }
    return 0;
}

static int fill(const struct tree_reader *reader, const struct dt_node *node,
                struct instance *instance)
{
    const struct dt_node *resources = dt_child(node, "resources");
    int r;

    instance->at[KEY_NAME] = node->at;
    instance->said |= 1u << KEY_NAME;
    if (!instance_name_is_valid(instance->name)) {
        r = dt_fail(reader->dt, node, node->at, reader->err, "\"%.80s\" cannot name an instance",
                    instance->name);
        error_hint(reader->err,
                   "it becomes a cgroup's name: 1 to %d letters, digits and . _ - and no . first",
                   INSTANCE_NAME_MAX);
        return r;
    }
    if (!resources) {
        r = dt_fail(reader->dt, node, node->at, reader->err, "\"%s\" has no resources",
                    instance->name);
        error_hint(reader->err, "say what it gets, as in resources { cpu-count = <4>; };");
        return r;
    }
    r = read_keys(reader, node, instance_keys, instance);
    if (r == 0)
        r = read_keys(reader, resources, resource_keys, instance);
    if (r == 0)
        r = tree_read_claims(reader, resources, instance);
    return r == 0 ? keep_kerf_only(node, resources, instance) : r;
}

bool tree_is_bare_instance(const struct dt_node *node)
{
    static const char *const others[] = {"resources", "instances", "fragment"};

    if (!node->parent || node->parent->parent || !dt_child(node, "resources") ||
        tree_is_operation(node))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        if (strcmp(node->name, others[i]) == 0)
            return false;
    }
    return true;
}

int tree_read_instance(const struct tree_reader *reader, const struct dt_node *node,
                       const char *name)
{
    struct instance *instance = spec_add_instance(reader->spec);

    if (!instance)
        return -ENOMEM;
    instance->name = strdup(name);
    return instance->name ? fill(reader, node, instance) : -ENOMEM;
}
