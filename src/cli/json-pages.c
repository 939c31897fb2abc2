/* SPDX-License-Identifier: Apache-2.0 */
/* The pages of one process by node, as JSON. */

#include "render-pages.h"

#include "json-util.h"

#include <inttypes.h>

static json_t *json_mapping(const struct mapping *mapping)
{
    json_t *by_node = json_array();
    char address[20];

    for (unsigned int i = 0; i < mapping->n_by_node; i++) {
        const struct node_pages *here = &mapping->by_node[i];

        if (json_array_append_new(by_node,
                                  json_node_bytes(here->node, here->pages * mapping->page_bytes))) {
            json_decref(by_node);
            return NULL;
        }
    }
    (void)snprintf(address, sizeof(address), "%" PRIx64, mapping->start);
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "address", address, "class",
                     mapping_class_name(mapping->class), "policy", mapping->policy, "file",
                     json_text(mapping->file), "page_bytes", json_bytes(mapping->page_bytes),
                     "anon_bytes", json_bytes(mapping->anon_pages * mapping->page_bytes), "by_node",
                     by_node);
}

static json_t *json_classes(const struct observation *observation, hwloc_const_bitmap_t nodes,
                            unsigned int class_mask)
{
    json_t *by_node = json_array();
    unsigned int node;

    hwloc_bitmap_foreach_begin(node, nodes)
    {
        uint64_t bytes = observation_bytes(observation, class_mask, node);

        if (bytes > 0 && json_array_append_new(by_node, json_node_bytes(node, bytes))) {
            json_decref(by_node);
            return NULL;
        }
    }
    hwloc_bitmap_foreach_end();
    return by_node;
}

/* {"anonymous": [{"node": 0, "bytes": 4096}], ...}: every class, so that scripts need not ask. */
static json_t *json_by_class(const struct observation *observation, hwloc_const_bitmap_t nodes)
{
    json_t *json = json_object();

    for (enum mapping_class kind = 0; kind < MAPPING_CLASS_COUNT; kind++) {
        if (json_object_set_new(json, mapping_class_name(kind),
                                json_classes(observation, nodes, 1u << kind))) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}

static json_t *json_mappings(const struct observation *observation)
{
    json_t *json = json_array();

    for (unsigned int i = 0; i < observation->n_mappings; i++) {
        if (json_array_append_new(json, json_mapping(&observation->mappings[i]))) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}

json_t *json_pages(const struct observation *observation)
{
    autoset hwloc_bitmap_t nodes = observation_nodes(observation);

    if (!nodes)
        return NULL;
    return json_pack("{s:i, s:o, s:o, s:I, s:o, s:o, s:o}", "pid", (int)observation->id.pid,
                     "command", json_text(observation->comm), "swap_bytes",
                     json_bytes(observation->swap_bytes), "took_ns",
                     (json_int_t)observation->took_ns, "by_node",
                     json_classes(observation, nodes, MAPPING_CLASS_ALL), "by_class",
                     json_by_class(observation, nodes), "mappings", json_mappings(observation));
}
