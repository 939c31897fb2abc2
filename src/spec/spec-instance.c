/* SPDX-License-Identifier: Apache-2.0 */
/* One instance of a placement file: its table of keys, one small function a key. */

#include "instance-rules.h"
#include "spec-read.h"

#include <string.h>

static int read_name(const struct reader *reader, const struct yaml_value *value, void *object)
{
    struct instance *instance = object;
    const char *text;
    int r = read_text(reader, value, &text);

    if (r < 0)
        return r;
    if (!instance_name_is_valid(text)) {
        r = refuse(reader, value->at, "\"%.80s\" cannot name an instance", text);
        error_hint(reader->err,
                   "it becomes a cgroup's name: 1 to %d letters, digits and . _ - and no . first",
                   INSTANCE_NAME_MAX);
        return r;
    }
    instance->at[KEY_NAME] = value->at;
    return read_string(reader, value, &instance->name);
}

/* A plain number is a count, anything else a set: `cpus: 8` is eight CPUs, `cpus: "8"` is CPU 8. */
static int read_cpus(const struct reader *reader, const struct yaml_value *value, void *object)
{
    struct instance *instance = object;

    instance->at[KEY_CPUS] = value->at;
    if (value->kind == YAML_TEXT && value->plain && is_digits(value->text)) {
        int r = read_number(reader, value, 1, SET_ID_MAX + 1, &instance->cpu_count);

        if (r < 0)
            error_hint(reader->err, "for memory only leave \"cpus\" out");
        return r;
    }
    instance->cpus_given = true;
    return read_set(reader, value, &instance->cpus);
}

static int read_memory(const struct reader *reader, const struct yaml_value *value, void *object)
{
    struct instance *instance = object;

    instance->at[KEY_MEMORY] = value->at;
    return read_bytes(reader, value, &instance->memory_bytes);
}

static int read_numa_nodes(const struct reader *reader, const struct yaml_value *value,
                           void *object)
{
    struct instance *instance = object;

    instance->at[KEY_NUMA_NODES] = value->at;
    instance->nodes_given = true;
    return read_set(reader, value, &instance->numa_nodes);
}

static int read_cpu_affinity(const struct reader *reader, const struct yaml_value *value,
                             void *object)
{
    struct instance *instance = object;
    unsigned int idx;
    int r = read_word(reader, value, cpu_affinity_words, &idx);

    if (r < 0)
        return r;
    instance->at[KEY_CPU_AFFINITY] = value->at;
    instance->cpu_affinity = (enum cpu_affinity)idx;
    return 0;
}

static int read_memory_policy(const struct reader *reader, const struct yaml_value *value,
                              void *object)
{
    struct instance *instance = object;
    unsigned int idx;
    int r = read_word(reader, value, memory_policy_words, &idx);

    if (r < 0)
        return r;
    instance->at[KEY_MEMORY_POLICY] = value->at;
    instance->memory_policy = (enum memory_policy)idx;
    return 0;
}

static int read_smt(const struct reader *reader, const struct yaml_value *value, void *object)
{
    struct instance *instance = object;
    unsigned int idx;
    int r = read_word(reader, value, smt_rule_words, &idx);

    if (r < 0)
        return r;
    instance->at[KEY_SMT] = value->at;
    instance->smt = (enum smt_rule)idx;
    return 0;
}

static int read_near(const struct reader *reader, const struct yaml_value *value, void *object)
{
    struct instance *instance = object;

    instance->at[KEY_NEAR] = value->at;
    return read_string(reader, value, &instance->near);
}

static int read_irqs(const struct reader *reader, const struct yaml_value *value, void *object)
{
    struct instance *instance = object;

    instance->at[KEY_IRQS] = value->at;
    return read_string(reader, value, &instance->irqs);
}

/* workload */

static int read_bandwidth(const struct reader *reader, const struct yaml_value *value, void *object)
{
    struct instance *instance = object;

    instance->at[KEY_BANDWIDTH] = value->at;
    return read_rate(reader, value, INSTANCE_BANDWIDTH_MAX, &instance->workload.bandwidth);
}

static int read_latency_sensitive(const struct reader *reader, const struct yaml_value *value,
                                  void *object)
{
    static const char *const words[] = {"false", "true", NULL};
    struct instance *instance = object;
    unsigned int idx;
    int r = read_word(reader, value, words, &idx);

    if (r < 0)
        return r;
    instance->at[KEY_LATENCY] = value->at;
    instance->workload.latency_sensitive = idx == 1;
    return 0;
}

static int read_weight(const struct reader *reader, const struct yaml_value *value, void *object)
{
    struct instance *instance = object;

    instance->at[KEY_WEIGHT] = value->at;
    return read_number(reader, value, 1, INSTANCE_WEIGHT_MAX, &instance->workload.weight);
}

static const struct key workload_keys[] = {
    {"memory-bandwidth", false, read_bandwidth},
    {"latency-sensitive", false, read_latency_sensitive},
    {"weight", false, read_weight},
    {NULL, false, NULL},
};

static int read_workload(const struct reader *reader, const struct yaml_value *value, void *object)
{
    if (value->kind == YAML_MAP && value->n_entries == 0) {
        int r = refuse(reader, value->at, "\"workload\" says nothing");

        error_hint(reader->err,
                   "say memory-bandwidth, latency-sensitive or weight, or leave it out");
        return r;
    }
    return read_map(reader, value, "\"workload\"", workload_keys, object);
}

/* An instance is one thing: the second key that says what it is must go. */
static int claim_target(const struct reader *reader, const struct yaml_value *value,
                        struct instance *instance, enum target_kind kind)
{
    if (instance->target != TARGET_NONE) {
        int r = refuse(reader, value->at, "this instance has \"%s\" already, and now \"%s\"",
                       target_kind_name(instance->target), target_kind_name(kind));

        error_hint(reader->err, "an instance is one of run, pid, cgroup, unit, vm");
        return r;
    }
    instance->target = kind;
    instance->at[KEY_TARGET] = value->at;
    return 0;
}

static int read_run(const struct reader *reader, const struct yaml_value *value, void *object)
{
    struct instance *instance = object;
    int r = claim_target(reader, value, instance, TARGET_RUN);

    if (r < 0)
        return r;
    if (value->kind != YAML_LIST || value->n_entries == 0) {
        r = refuse(reader, value->at, "\"run\" must be a list: the program and its arguments");
        error_hint(reader->err, "as in [\"redis-server\", \"--port\", \"7000\"]");
        return r;
    }
    instance->run = calloc(value->n_entries + 1, sizeof(char *));
    if (!instance->run)
        return -ENOMEM;
    for (unsigned int i = 0; i < value->n_entries; i++) {
        const struct yaml_value *word = value->entries[i].value;

        if (word->kind == YAML_TEXT && !word->plain && i > 0) /* "" is an argument like any other */
            instance->run[i] = strdup(word->text);
        else
            r = read_string(reader, word, &instance->run[i]);
        if (r < 0)
            return r;
        if (!instance->run[i])
            return -ENOMEM;
    }
    return 0;
}

static int read_pid(const struct reader *reader, const struct yaml_value *value, void *object)
{
    struct instance *instance = object;
    unsigned int pid;
    int r = claim_target(reader, value, instance, TARGET_PID);

    if (r == 0)
        r = read_number(reader, value, 1, INSTANCE_PID_MAX, &pid);
    if (r < 0)
        return r;
    instance->pid = (pid_t)pid;
    return 0;
}

static int read_cgroup(const struct reader *reader, const struct yaml_value *value, void *object)
{
    struct instance *instance = object;
    const char *path;
    int r = claim_target(reader, value, instance, TARGET_CGROUP);

    if (r == 0)
        r = read_text(reader, value, &path);
    if (r < 0)
        return r;
    path += path[0] == '/'; /* as /proc/PID/cgroup writes it */
    if (!cgroup_path_is_valid(path)) {
        r = refuse(reader, value->at, "\"%.80s\" is not the path of a cgroup", path);
        error_hint(reader->err, "write it from the cgroup root, as in system.slice/web.service");
        return r;
    }
    instance->target_name = strdup(path);
    return instance->target_name ? 0 : -ENOMEM;
}

static int read_unit(const struct reader *reader, const struct yaml_value *value, void *object)
{
    struct instance *instance = object;
    int r = claim_target(reader, value, instance, TARGET_UNIT);

    return r < 0 ? r : read_string(reader, value, &instance->target_name);
}

static int read_vm(const struct reader *reader, const struct yaml_value *value, void *object)
{
    struct instance *instance = object;
    int r = claim_target(reader, value, instance, TARGET_VM);

    return r < 0 ? r : read_string(reader, value, &instance->target_name);
}

static const struct key instance_keys[] = {
    {"name", true, read_name},
    {"cpus", false, read_cpus},
    {"memory", false, read_memory},
    {"numa-nodes", false, read_numa_nodes},
    {"cpu-affinity", false, read_cpu_affinity},
    {"memory-policy", false, read_memory_policy},
    {"smt", false, read_smt},
    {"near", false, read_near},
    {"irqs", false, read_irqs},
    {"workload", false, read_workload},
    {"run", false, read_run},
    {"pid", false, read_pid},
    {"cgroup", false, read_cgroup},
    {"unit", false, read_unit},
    {"vm", false, read_vm},
    {NULL, false, NULL},
};

int read_instance(const struct reader *reader, const struct yaml_value *value,
                  struct instance *instance)
{
    int r = read_map(reader, value, "an instance", instance_keys, instance);

    for (unsigned int key = 0; key < KEY_COUNT; key++)
        instance->said |= (instance->at[key].line > 0 ? 1u : 0u) << key;
    return r;
}
