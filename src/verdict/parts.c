/* SPDX-License-Identifier: Apache-2.0 */
/* What of a device instances may have: see parts.h. */

#include "parts.h"

#include "near.h"

const struct device_parts *parts_of(const struct device *device, enum claim_kind kind)
{
    switch (kind) {
    case CLAIM_VF:
        return &device->vfs;
    case CLAIM_NAMESPACE:
        return &device->namespaces;
    case CLAIM_WHOLE:
        break;
    }
    return NULL;
}

/* Virtual functions are counted from 0, namespaces from 1. */
static unsigned int first_of(enum claim_kind kind)
{
    return kind == CLAIM_NAMESPACE;
}

/* A tree that says nothing of parts has none; of any other machine they may just not be known. */
static bool has_none(const struct device *device, const struct device_parts *parts)
{
    return parts->total == 0 ||
           (parts->total < 0 && !parts->reserved && !parts->available && device->compatible);
}

static bool has_reserved(const struct device_parts *parts)
{
    return parts->reserved && !hwloc_bitmap_iszero(parts->reserved);
}

enum part_fault part_fault(const struct device *device, enum claim_kind kind, unsigned int number)
{
    const struct device_parts *parts = parts_of(device, kind);
    unsigned int first = first_of(kind);

    /* Who gets all of a device gets what the host keeps of it. */
    if (!parts)
        return has_reserved(&device->vfs) || has_reserved(&device->namespaces) ? PART_RESERVED
                                                                               : PART_SOUND;
    if (has_none(device, parts))
        return PART_WITHOUT;
    if (parts->total >= 0 && (number < first || number - first >= (unsigned int)parts->total))
        return PART_UNKNOWN;
    if (parts->reserved && hwloc_bitmap_isset(parts->reserved, number))
        return PART_RESERVED;
    return parts->available && !hwloc_bitmap_isset(parts->available, number) ? PART_NOT_AVAILABLE
                                                                             : PART_SOUND;
}

unsigned int parts_limit(const struct device *device, enum claim_kind kind)
{
    const struct device_parts *parts = parts_of(device, kind);

    if (!parts)
        return 0;
    if (parts->total >= 0)
        return (unsigned int)parts->total + first_of(kind);
    return parts->available ? (unsigned int)(hwloc_bitmap_last(parts->available) + 1) : 0;
}

const struct device *claimed_device(const struct machine *machine,
                                    const struct check_options *options, const char *name)
{
    const struct device *device = options->described ? near_find(options->described, name) : NULL;

    return device ? device : near_find(machine, name);
}

const char *claimed_name(const struct claim *claim, const struct device *device)
{
    return device ? device->name : claim->device;
}
