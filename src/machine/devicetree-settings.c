/* SPDX-License-Identifier: Apache-2.0 */
/* The host's settings in a device tree: /resources/numaplace,settings, all of it our own. */

#include "devicetree-read.h"

#include <limits.h>
#include <string.h>

static int read_number(const struct tree_reader *reader, const struct dt_node *where,
                       const char *name, int *ret_value)
{
    uint32_t value;
    int r = dt_property(where, name) ? tree_u32(reader, where, name, &value) : -ENOENT;

    if (r == -ENOENT)
        return 0;
    if (r == 0 && value > INT_MAX)
        return tree_fail(reader, where, tree_mark(where, name), "`%s` is too large", name);
    if (r == 0)
        *ret_value = (int)value;
    return r;
}

static int read_text(const struct tree_reader *reader, const struct dt_node *where,
                     const char *name, char **ret_text)
{
    const char *text = NULL;
    int r = tree_string(reader, where, name, &text);

    if (r == 0 && text && !(*ret_text = strdup(text)))
        r = -ENOMEM;
    return r;
}

int tree_read_settings(const struct tree_reader *reader)
{
    const struct dt_node *where = dt_child(reader->resources, "numaplace,settings");
    struct settings *settings = &reader->machine->settings;
    int r;

    if (!where)
        return 0;
    r = read_number(reader, where, "numa-balancing", &settings->numa_balancing);
    if (r == 0)
        r = read_number(reader, where, "demotion", &settings->demotion);
    if (r == 0)
        r = read_number(reader, where, "zone-reclaim-mode", &settings->zone_reclaim_mode);
    if (r == 0)
        r = read_number(reader, where, "irqbalance", &settings->irqbalance);
    if (r == 0)
        r = read_number(reader, where, "cgroup-version", &settings->cgroup_version);
    if (r == 0)
        r = read_text(reader, where, "transparent-huge-pages", &settings->thp);
    return r < 0 ? r : read_text(reader, where, "kernel", &settings->kernel);
}
