/* SPDX-License-Identifier: Apache-2.0 */
/* A spec as a placement file, through libyaml's emitter: what needs quotes is its to know, but for
 * texts that would be read as something else (a number, nothing). */

#include "spec-write.h"

#include "size.h"
#include "spec-read.h"

#include <string.h>
#include <yaml.h>

enum { LEAST_BYTES = 4096 }; /* that a placement file may say: less is a size without its unit */

struct writer {
    yaml_emitter_t emitter;
    int error; /* the first; what follows is not written */
};

static void emit(struct writer *writer, yaml_event_t *event, int made)
{
    if (writer->error == 0 && !made)
        writer->error = -ENOMEM;
    if (writer->error < 0) {
        if (made)
            yaml_event_delete(event);
        return;
    }
    if (!yaml_emitter_emit(&writer->emitter, event)) /* takes the event, also on failure */
        writer->error = writer->emitter.error == YAML_MEMORY_ERROR ? -ENOMEM : -EINVAL;
}

/* Names in a tree are bytes, YAML is UTF-8: libyaml refuses anything else. */
static bool can_be_said(const char *text)
{
    yaml_event_t event;
    bool can = yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text,
                                            (int)strlen(text), 1, 1, YAML_ANY_SCALAR_STYLE);

    if (can)
        yaml_event_delete(&event);
    return can;
}

static bool can_run_be_said(char *const *run)
{
    for (; run && *run; run++) {
        if (!can_be_said(*run))
            return false;
    }
    return true;
}

static void put_scalar(struct writer *writer, const char *text, yaml_scalar_style_t style)
{
    yaml_event_t event;

    emit(writer, &event,
         yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text,
                                      (int)strlen(text), 1, 1, style));
}

static void put_word(struct writer *writer, const char *text)
{
    put_scalar(writer, text, YAML_ANY_SCALAR_STYLE);
}

/* Texts of people's: a number or "~" among them stays a text. */
static void put_text(struct writer *writer, const char *text)
{
    bool looks_special = is_digits(text) || strcmp(text, "~") == 0 || strcmp(text, "null") == 0;

    put_scalar(writer, text,
               looks_special ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_ANY_SCALAR_STYLE);
}

static void put_number(struct writer *writer, unsigned int number)
{
    char text[16];

    (void)snprintf(text, sizeof(text), "%u", number);
    put_word(writer, text);
}

static void begin_map(struct writer *writer, yaml_mapping_style_t style)
{
    yaml_event_t event;

    emit(writer, &event, yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, style));
}

static void end_map(struct writer *writer)
{
    yaml_event_t event;

    emit(writer, &event, yaml_mapping_end_event_initialize(&event));
}

static void begin_list(struct writer *writer, yaml_sequence_style_t style)
{
    yaml_event_t event;

    emit(writer, &event, yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, style));
}

static void end_list(struct writer *writer)
{
    yaml_event_t event;

    emit(writer, &event, yaml_sequence_end_event_initialize(&event));
}

/* The largest unit that says it exactly. */
static void put_bytes(struct writer *writer, uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    char text[SIZE_TEXT_MAX];
    size_t unit = 0;

    while (unit + 1 < ARRAY_SIZE(units) && bytes > 0 && bytes % 1024 == 0) {
        bytes /= 1024;
        unit++;
    }
    (void)snprintf(text, sizeof(text), "%llu%s", (unsigned long long)bytes, units[unit]);
    put_word(writer, text);
}

static void put_set(struct writer *writer, const struct set_expr *expr, yaml_scalar_style_t style)
{
    autofree char *text = set_expr_text(expr);

    if (!text)
        writer->error = -ENOMEM;
    else
        put_scalar(writer, text, style);
}

/* A number alone would be a count. */
static void put_cpus(struct writer *writer, const struct set_expr *expr)
{
    bool is_number = set_expr_is_plain(expr) && hwloc_bitmap_weight(expr->bits) == 1;

    put_set(writer, expr, is_number ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_ANY_SCALAR_STYLE);
}

/* What instances may have and what the host keeps are two lists in a tree and one here: all but
 * what instances may have and the host does not keep. */
static void put_reserved_cpus(struct writer *writer, const struct spec *spec)
{
    autoset hwloc_bitmap_t free_cpus = NULL;
    struct set_expr expr = {.invert = true};

    if (!spec->pool_cpus_given) {
        put_set(writer, &spec->reserved_cpus, YAML_ANY_SCALAR_STYLE);
        return;
    }
    free_cpus = hwloc_bitmap_dup(spec->pool_cpus.bits);
    if (!free_cpus || (spec->reserved_cpus_given &&
                       hwloc_bitmap_andnot(free_cpus, free_cpus, spec->reserved_cpus.bits) < 0)) {
        writer->error = -ENOMEM;
        return;
    }
    expr.bits = free_cpus;
    put_set(writer, &expr, YAML_ANY_SCALAR_STYLE);
}

static void put_reserved(struct writer *writer, const struct spec *spec)
{
    bool cpus = spec->pool_cpus_given ||
                (spec->reserved_cpus_given && (!set_expr_is_plain(&spec->reserved_cpus) ||
                                               !hwloc_bitmap_iszero(spec->reserved_cpus.bits)));

    if (!cpus && spec->n_reserved_memory == 0)
        return;
    put_word(writer, "host-reserved");
    begin_map(writer, YAML_BLOCK_MAPPING_STYLE);
    if (cpus) {
        put_word(writer, "cpus");
        put_reserved_cpus(writer, spec);
    }
    if (spec->n_reserved_memory > 0) {
        put_word(writer, "memory");
        begin_map(writer, YAML_FLOW_MAPPING_STYLE);
        for (unsigned int i = 0; i < spec->n_reserved_memory; i++) {
            put_number(writer, spec->reserved_memory[i].node);
            put_bytes(writer, spec->reserved_memory[i].bytes);
        }
        end_map(writer);
    }
    end_map(writer);
}

static void put_devices(struct writer *writer, const struct spec *spec)
{
    if (spec->n_devices == 0)
        return;
    put_word(writer, "devices");
    begin_map(writer, YAML_BLOCK_MAPPING_STYLE);
    for (unsigned int i = 0; i < spec->n_devices; i++) {
        if (!can_be_said(spec->devices[i].name))
            continue;
        put_text(writer, spec->devices[i].name);
        begin_map(writer, YAML_FLOW_MAPPING_STYLE);
        put_word(writer, "node");
        put_number(writer, spec->devices[i].node);
        end_map(writer);
    }
    end_map(writer);
}

static void put_key_text(struct writer *writer, const char *key, const char *text)
{
    put_word(writer, key);
    put_text(writer, text);
}

static void put_target(struct writer *writer, const struct instance *instance)
{
    if (instance->target == TARGET_NONE || !can_run_be_said(instance->run) ||
        (instance->target_name && !can_be_said(instance->target_name)))
        return;
    put_word(writer, target_kind_name(instance->target));
    if (instance->target == TARGET_PID) {
        put_number(writer, (unsigned int)instance->pid);
    } else if (instance->target != TARGET_RUN) {
        put_text(writer, instance->target_name);
    } else {
        begin_list(writer, YAML_FLOW_SEQUENCE_STYLE);
        for (char **word = instance->run; *word; word++)
            put_scalar(writer, *word, YAML_DOUBLE_QUOTED_SCALAR_STYLE);
        end_list(writer);
    }
}

static void put_what_it_gets(struct writer *writer, const struct instance *instance)
{
    if (instance->cpus_given || instance->cpu_count > 0)
        put_word(writer, "cpus");
    if (instance->cpus_given)
        put_cpus(writer, &instance->cpus);
    else if (instance->cpu_count > 0)
        put_number(writer, instance->cpu_count);
    if (instance->memory_bytes >= LEAST_BYTES) {
        put_word(writer, "memory");
        put_bytes(writer, instance->memory_bytes);
    }
    if (instance->nodes_given) {
        put_word(writer, "numa-nodes");
        put_set(writer, &instance->numa_nodes, YAML_ANY_SCALAR_STYLE);
    }
}

static void put_workload(struct writer *writer, const struct instance *instance)
{
    const struct workload *workload = &instance->workload;
    char text[SIZE_TEXT_MAX];

    if (!instance_says(instance, KEY_BANDWIDTH) && !instance_says(instance, KEY_LATENCY) &&
        !instance_says(instance, KEY_WEIGHT))
        return;
    put_word(writer, "workload");
    begin_map(writer, YAML_FLOW_MAPPING_STYLE);
    if (instance_says(instance, KEY_BANDWIDTH))
        put_key_text(writer, "memory-bandwidth", rate_write(workload->bandwidth, text));
    if (instance_says(instance, KEY_LATENCY))
        put_key_text(writer, "latency-sensitive", workload->latency_sensitive ? "true" : "false");
    if (instance_says(instance, KEY_WEIGHT)) {
        put_word(writer, "weight");
        put_number(writer, workload->weight);
    }
    end_map(writer);
}

static void put_instance(struct writer *writer, const struct instance *instance)
{
    begin_map(writer, YAML_BLOCK_MAPPING_STYLE);
    put_key_text(writer, "name", instance->name);
    put_what_it_gets(writer, instance);
    if (instance_says(instance, KEY_CPU_AFFINITY))
        put_key_text(writer, "cpu-affinity", cpu_affinity_name(instance->cpu_affinity));
    if (instance_says(instance, KEY_MEMORY_POLICY))
        put_key_text(writer, "memory-policy", memory_policy_name(instance->memory_policy));
    if (instance_says(instance, KEY_SMT))
        put_key_text(writer, "smt", smt_rule_name(instance->smt));
    if (instance->near && can_be_said(instance->near))
        put_key_text(writer, "near", instance->near);
    if (instance->irqs && can_be_said(instance->irqs))
        put_key_text(writer, "irqs", instance->irqs);
    put_workload(writer, instance);
    put_target(writer, instance);
    end_map(writer);
}

static void put_spec(struct writer *writer, const struct spec *spec)
{
    begin_map(writer, YAML_BLOCK_MAPPING_STYLE);
    put_word(writer, "version");
    put_number(writer, 1);
    put_key_text(writer, "machine", spec->machine);
    put_reserved(writer, spec);
    put_devices(writer, spec);
    put_word(writer, "instances");
    begin_list(writer, YAML_BLOCK_SEQUENCE_STYLE);
    for (unsigned int i = 0; i < spec->n_instances; i++)
        put_instance(writer, &spec->instances[i]);
    end_list(writer);
    end_map(writer);
}

static int append(void *stream, unsigned char *data, size_t size)
{
    return fwrite(data, 1, size, stream) == size;
}

static void put_document(struct writer *writer, const struct spec *spec)
{
    yaml_event_t event;

    emit(writer, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
    emit(writer, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
    put_spec(writer, spec);
    emit(writer, &event, yaml_document_end_event_initialize(&event, 1));
    emit(writer, &event, yaml_stream_end_event_initialize(&event));
}

/* losses */

static const char no_word[] = "a placement file has no word for it";

static int lose_regions(const struct instance *instance, struct losses *losses)
{
    int r = 0;

    for (unsigned int i = 0; i < instance->n_regions && r == 0; i++)
        r = losses_add(
            losses, instance->name, instance->at[KEY_REGIONS],
            format_text("memory-base 0x%llx", (unsigned long long)instance->regions[i].base),
            "a placement file leaves addresses to the kernel");
    return r;
}

static int lose_bytes(struct losses *losses, const char *subject, struct mark at, const char *what)
{
    return losses_add(losses, subject, at, strdup(what), "it is not UTF-8, which YAML is");
}

static int lose_texts(const struct instance *instance, struct losses *losses)
{
    const struct {
        const char *what;
        const char *text;
        enum instance_key key;
    } texts[] = {
        {"near", instance->near, KEY_NEAR},
        {"irqs", instance->irqs, KEY_IRQS},
        {target_kind_name(instance->target), instance->target_name, KEY_TARGET},
    };
    int r = 0;

    for (size_t i = 0; i < ARRAY_SIZE(texts) && r == 0; i++) {
        if (texts[i].text && !can_be_said(texts[i].text))
            r = lose_bytes(losses, instance->name, instance->at[texts[i].key], texts[i].what);
    }
    if (r == 0 && !can_run_be_said(instance->run))
        r = lose_bytes(losses, instance->name, instance->at[KEY_TARGET], "run");
    return r;
}

static int lose_of_instance(const struct instance *instance, struct losses *losses)
{
    int r = 0;

    if (instance->id_given)
        r = losses_add(losses, instance->name, instance->at[KEY_ID],
                       format_text("id %u", instance->id), no_word);
    if (r == 0)
        r = lose_regions(instance, losses);
    if (r == 0 && instance->memory_bytes > 0 && instance->memory_bytes < LEAST_BYTES)
        r = losses_add(losses, instance->name, instance->at[KEY_MEMORY],
                       format_text("%u bytes of memory", (unsigned int)instance->memory_bytes),
                       "it is less than a page");
    if (r == 0)
        r = lose_texts(instance, losses);
    for (unsigned int i = 0; i < instance->n_claims && r == 0; i++)
        r = losses_add(losses, instance->name, instance->claims[i].at,
                       format_text("device %s", instance->claims[i].text), no_word);
    for (char **what = instance->kerf_only; what && *what && r == 0; what++)
        r = losses_add(losses, instance->name, instance->at[KEY_NAME], strdup(*what), no_word);
    return r;
}

static int lose_of_host(const struct spec *spec, struct losses *losses)
{
    int r = 0;

    for (unsigned int i = 0; i < spec->n_pools && r == 0; i++)
        r = losses_add(losses, "host", spec->pools[i].at,
                       format_text("the pool of memory at 0x%llx",
                                   (unsigned long long)spec->pools[i].region.base),
                       no_word);
    for (unsigned int i = 0; i < spec->n_devices && r == 0; i++) {
        if (!can_be_said(spec->devices[i].name))
            r = lose_bytes(losses, "host", spec->devices[i].at, "the node of a device");
    }
    return r == 0 ? lose_unknown(spec, losses) : r;
}

int spec_to_yaml(const struct spec *spec, char **ret_text, struct losses *losses)
{
    struct writer writer = {0};
    autofree char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    int r = lose_of_host(spec, losses);

    for (unsigned int i = 0; i < spec->n_instances && r == 0; i++)
        r = lose_of_instance(&spec->instances[i], losses);
    if (!stream || r < 0 || !yaml_emitter_initialize(&writer.emitter)) {
        if (stream)
            (void)fclose(stream);
        return r < 0 ? r : -ENOMEM;
    }
    yaml_emitter_set_output(&writer.emitter, append, stream);
    yaml_emitter_set_unicode(&writer.emitter, 1);
    put_document(&writer, spec);
    yaml_emitter_delete(&writer.emitter);
    if (fclose(stream) != 0 && writer.error == 0)
        writer.error = -ENOMEM;
    if (writer.error == 0)
        *ret_text = TAKE(text);
    return writer.error;
}
