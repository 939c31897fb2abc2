/* SPDX-License-Identifier: Apache-2.0 */
/* Where instances are now: see current.h. */

#include "current.h"

#include "plan.h"

#include <string.h>

const struct current_instance *current_find(const struct current *current, const char *name)
{
    for (unsigned int i = 0; i < current->n_instances; i++) {
        if (strcmp(current->instances[i].name, name) == 0)
            return &current->instances[i];
    }
    return NULL;
}

static void instance_fini(struct current_instance *instance)
{
    free(instance->name);
    hwloc_bitmap_free(instance->cpus);
    free(instance->shares);
}

struct current *current_free(struct current *current)
{
    if (!current)
        return NULL;
    for (unsigned int i = 0; i < current->n_instances; i++)
        instance_fini(&current->instances[i]);
    free(current->instances);
    free(current);
    return NULL;
}

struct current_instance *current_add(struct current *current, const char *name)
{
    struct current_instance *larger =
        reallocarray(current->instances, current->n_instances + 1, sizeof(*larger));
    struct current_instance instance = {.name = strdup(name), .cpus = hwloc_bitmap_alloc()};

    if (larger)
        current->instances = larger;
    if (!larger || !instance.name || !instance.cpus) {
        instance_fini(&instance);
        return NULL;
    }
    larger[current->n_instances] = instance;
    return &larger[current->n_instances++];
}

int current_add_bytes(struct current_instance *instance, unsigned int node, uint64_t bytes)
{
    unsigned int at = 0;
    struct share *larger;

    while (at < instance->n_shares && instance->shares[at].node < node)
        at++;
    if (bytes == 0)
        return 0;
    if (at < instance->n_shares && instance->shares[at].node == node) {
        instance->shares[at].bytes += bytes;
        return 0;
    }
    larger = reallocarray(instance->shares, instance->n_shares + 1, sizeof(*larger));
    if (!larger)
        return -ENOMEM;
    memmove(&larger[at + 1], &larger[at], (instance->n_shares - at) * sizeof(*larger));
    larger[at] = (struct share){node, bytes};
    instance->shares = larger;
    instance->n_shares++;
    return 0;
}
