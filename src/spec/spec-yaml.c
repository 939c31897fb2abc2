/* SPDX-License-Identifier: Apache-2.0 */
/* The placement file but its instances (spec-instance.c): one table a map, one small function a
 * key. Numbers, words and sets are read by spec-read.c, YAML by yaml-tree.c. */

#include "spec-read.h"

#include <string.h>

enum {
    FORMAT_VERSION = 1,
};

/* host-reserved */

static int read_reserved_cpus(const struct reader *reader, const struct yaml_value *value,
                              void *object)
{
    struct spec *spec = object;

    spec->reserved_cpus_given = true;
    spec->reserved_cpus_at = value->at;
    return read_set(reader, value, &spec->reserved_cpus);
}

static int read_node_bytes(const struct reader *reader, const struct yaml_entry *entry,
                           struct node_bytes *ret)
{
    const struct yaml_value key = {
        .kind = YAML_TEXT, .text = (char *)entry->key, .at = entry->key_at};
    int r = read_number(reader, &key, 0, SET_ID_MAX, &ret->node);

    ret->at = entry->key_at;
    return r < 0 ? r : read_bytes(reader, entry->value, &ret->bytes);
}

static int read_reserved_memory(const struct reader *reader, const struct yaml_value *value,
                                void *object)
{
    struct spec *spec = object;

    if (value->kind != YAML_MAP) {
        int r = refuse(reader, value->at, "reserved memory is said by node");

        error_hint(reader->err, "as in {0: 2GiB, 1: 512MiB}");
        return r;
    }
    spec->reserved_memory = calloc(value->n_entries + 1, sizeof(*spec->reserved_memory));
    if (!spec->reserved_memory)
        return -ENOMEM;
    for (unsigned int i = 0; i < value->n_entries; i++) {
        struct node_bytes *reserved = &spec->reserved_memory[i];
        int r = read_node_bytes(reader, &value->entries[i], reserved);

        if (r < 0)
            return r;
        for (unsigned int j = 0; j < i; j++) {
            if (spec->reserved_memory[j].node == reserved->node)
                return refuse(reader, reserved->at, "node %u is given twice", reserved->node);
        }
        spec->n_reserved_memory++;
    }
    return 0;
}

static const struct key reserved_keys[] = {
    {"cpus", false, read_reserved_cpus},
    {"memory", false, read_reserved_memory},
    {NULL, false, NULL},
};

/* devices */

static int read_device_node(const struct reader *reader, const struct yaml_value *value,
                            void *object)
{
    struct device_override *device = object;

    device->at = value->at;
    return read_number(reader, value, 0, SET_ID_MAX, &device->node);
}

static const struct key device_keys[] = {
    {"node", true, read_device_node},
    {NULL, false, NULL},
};

/* the file */

static int read_version(const struct reader *reader, const struct yaml_value *value, void *object)
{
    unsigned int version;
    int r = read_number(reader, value, 1, UINT16_MAX, &version);

    if (r < 0)
        return r;
    if (version != FORMAT_VERSION)
        return refuse(reader, value->at, "version %u is not known: this program reads version %d",
                      version, FORMAT_VERSION);
    return 0;
}

static int read_machine(const struct reader *reader, const struct yaml_value *value, void *object)
{
    struct spec *spec = object;

    spec->machine_at = value->at;
    return read_string(reader, value, &spec->machine);
}

static int read_host_reserved(const struct reader *reader, const struct yaml_value *value,
                              void *object)
{
    return read_map(reader, value, "\"host-reserved\"", reserved_keys, object);
}

static int read_devices(const struct reader *reader, const struct yaml_value *value, void *object)
{
    struct spec *spec = object;

    if (value->kind != YAML_MAP)
        return refuse(reader, value->at, "devices are a map by name, as in {eth0: {node: 1}}");
    spec->devices = calloc(value->n_entries + 1, sizeof(*spec->devices));
    if (!spec->devices)
        return -ENOMEM;
    for (unsigned int i = 0; i < value->n_entries; i++) {
        struct device_override *device = &spec->devices[spec->n_devices++];
        int r;

        if (value->entries[i].key[0] == '\0')
            return refuse(reader, value->entries[i].key_at, "a device has no name");
        device->name = strdup(value->entries[i].key);
        if (!device->name)
            return -ENOMEM;
        r = read_map(reader, value->entries[i].value, "a device", device_keys, device);
        if (r < 0)
            return r;
    }
    return 0;
}

static int read_instances(const struct reader *reader, const struct yaml_value *value, void *object)
{
    struct spec *spec = object;

    if (value->kind != YAML_LIST || value->n_entries == 0) {
        int r = refuse(reader, value->at, "\"instances\" must be a list of at least one");

        error_hint(reader->err, "each begins with a dash, as in \"- name: web\"");
        return r;
    }
    spec->instances = calloc(value->n_entries, sizeof(*spec->instances));
    if (!spec->instances)
        return -ENOMEM;
    for (unsigned int i = 0; i < value->n_entries; i++) {
        struct instance *instance = &spec->instances[i];
        const struct instance *same;
        int r;

        spec->n_instances = i + 1;
        r = read_instance(reader, value->entries[i].value, instance);
        if (r < 0)
            return r;
        same = spec_instance(spec, instance->name);
        if (same != instance) {
            r = refuse(reader, instance->at[KEY_NAME], "the name \"%s\" is taken", instance->name);
            error_hint(reader->err, "by the instance at %u:%u", same->at[KEY_NAME].line,
                       same->at[KEY_NAME].column);
            return r;
        }
    }
    return 0;
}

static const struct key spec_keys[] = {
    {"version", true, read_version},
    {"machine", false, read_machine},
    {"host-reserved", false, read_host_reserved},
    {"devices", false, read_devices},
    {"instances", true, read_instances},
    {NULL, false, NULL},
};

int spec_from_yaml(const char *file, const char *text, size_t length, struct spec **ret_spec,
                   struct np_error *err)
{
    autospec struct spec *spec = calloc(1, sizeof(*spec));
    autoyaml struct yaml_tree *tree = NULL;
    struct reader reader = {.file = file, .err = err};
    int r;

    if (!spec)
        return -ENOMEM;
    spec->file = strdup(file);
    if (!spec->file)
        return -ENOMEM;
    r = yaml_parse(file, text, length, &tree, err);
    if (r == 0)
        r = read_map(&reader, tree->root, "a placement file", spec_keys, spec);
    if (r < 0)
        return r;
    if (!spec->machine)
        spec->machine = strdup("live");
    if (!spec->machine)
        return -ENOMEM;
    *ret_spec = TAKE(spec);
    return 0;
}
