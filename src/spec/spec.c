/* SPDX-License-Identifier: Apache-2.0 */
/* What a spec is made of: its words, its instances by name, its destructor. */

#include "devicetree.h"
#include "spec-make.h"
#include "spec-read.h"

#include <stdarg.h>
#include <string.h>

const char *const cpu_affinity_words[] = {
    [CPU_AFFINITY_COMPACT] = "compact",
    [CPU_AFFINITY_SPREAD] = "spread",
    [CPU_AFFINITY_LOCAL] = "local",
    NULL,
};

const char *const memory_policy_words[] = {
    [MEMORY_POLICY_LOCAL] = "local",
    [MEMORY_POLICY_BIND] = "bind",
    [MEMORY_POLICY_PREFERRED] = "preferred",
    [MEMORY_POLICY_INTERLEAVE] = "interleave",
    [MEMORY_POLICY_WEIGHTED_INTERLEAVE] = "weighted-interleave",
    NULL,
};

const char *const smt_rule_words[] = {
    [SMT_ANY] = "any",
    [SMT_AVOID] = "avoid",
    [SMT_WHOLE_CORES] = "whole-cores",
    NULL,
};

const char *cpu_affinity_name(enum cpu_affinity affinity)
{
    return cpu_affinity_words[affinity];
}

const char *memory_policy_name(enum memory_policy policy)
{
    return memory_policy_words[policy];
}

const char *smt_rule_name(enum smt_rule rule)
{
    return smt_rule_words[rule];
}

const char *target_kind_name(enum target_kind kind)
{
    static const char *const words[] = {
        [TARGET_NONE] = "none",     [TARGET_RUN] = "run",   [TARGET_PID] = "pid",
        [TARGET_CGROUP] = "cgroup", [TARGET_UNIT] = "unit", [TARGET_VM] = "vm",
    };

    return words[kind];
}

const struct instance *spec_instance(const struct spec *spec, const char *name)
{
    for (unsigned int i = 0; i < spec->n_instances; i++) {
        if (strcmp(spec->instances[i].name, name) == 0)
            return &spec->instances[i];
    }
    return NULL;
}

bool instance_says(const struct instance *instance, enum instance_key key)
{
    return instance->said & 1u << key;
}

unsigned int instance_weight(const struct instance *instance)
{
    return instance->workload.weight > 0 ? instance->workload.weight : 1;
}

bool instance_is_latency_sensitive(const struct instance *instance)
{
    if (instance_says(instance, KEY_LATENCY))
        return instance->workload.latency_sensitive;
    return instance->cpu_affinity == CPU_AFFINITY_LOCAL;
}

void claim_fini(struct claim *claim)
{
    free(claim->text);
    free(claim->device);
}

void instance_fini(struct instance *instance)
{
    free(instance->name);
    set_expr_fini(&instance->cpus);
    set_expr_fini(&instance->numa_nodes);
    free(instance->near);
    free(instance->irqs);
    strv_free(instance->run);
    free(instance->target_name);
    free(instance->regions);
    for (unsigned int i = 0; i < instance->n_claims; i++)
        claim_fini(&instance->claims[i]);
    free(instance->claims);
    strv_free(instance->kerf_only);
}

static void remark_fini(struct remark *remark)
{
    free(remark->subject);
    free(remark->fact);
    free(remark->way_out);
}

char *format_text(const char *format, ...)
{
    va_list args;
    char *text = NULL;
    int n;

    va_start(args, format);
    n = vasprintf(&text, format, args);
    va_end(args);
    return n < 0 ? NULL : text;
}

int spec_remark(struct spec *spec, enum remark_kind kind, const char *subject, struct mark at,
                char *fact, char *way_out)
{
    struct remark remark = {.kind = kind, .fact = fact, .way_out = way_out, .at = at};
    struct remark *remarks = NULL;

    remark.subject = strdup(subject);
    if (remark.subject && fact)
        remarks = reallocarray(spec->remarks, spec->n_remarks + 1, sizeof(*remarks));
    if (!remarks) {
        free(remark.subject);
        free(fact);
        free(way_out);
        return -ENOMEM;
    }
    spec->remarks = remarks;
    spec->remarks[spec->n_remarks++] = remark;
    return 0;
}

struct instance *spec_add_instance(struct spec *spec)
{
    struct instance *instances =
        reallocarray(spec->instances, spec->n_instances + 1, sizeof(*instances));

    if (!instances)
        return NULL;
    spec->instances = instances;
    instances[spec->n_instances] = (struct instance){0};
    return &instances[spec->n_instances++];
}

struct spec *spec_free(struct spec *spec)
{
    if (!spec)
        return NULL;
    for (unsigned int i = 0; i < spec->n_instances; i++)
        instance_fini(&spec->instances[i]);
    for (unsigned int i = 0; i < spec->n_devices; i++)
        free(spec->devices[i].name);
    for (unsigned int i = 0; i < spec->n_remarks; i++)
        remark_fini(&spec->remarks[i]);
    free(spec->instances);
    free(spec->devices);
    free(spec->pools);
    free(spec->remarks);
    free(spec->reserved_memory);
    set_expr_fini(&spec->reserved_cpus);
    set_expr_fini(&spec->pool_cpus);
    for (struct dt **dt = spec->trees; dt && *dt; dt++)
        (void)dt_free(*dt);
    free(spec->trees);
    free(spec->machine);
    free(spec->file);
    free(spec);
    return NULL;
}
