/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of nodes in which addresses may be chosen: see model.h. */

#include "model.h"

/* A pool may be said to reach to the very end, where no machine has memory. */
static int add(struct region_set *set, struct region region)
{
    uint64_t most = UINT64_MAX - region.base;

    if (region.bytes == 0 || most == 0)
        return 0;
    return region_set_add(set, region.base, region.bytes < most ? region.bytes : most);
}

int wishes_room(const struct wishes *wishes, unsigned int node_idx, struct region_set *ret_room)
{
    const struct node *node = &wishes->machine->nodes[node_idx];
    autoregions struct region_set ranges = {0}, pools = {0};
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < node->n_ranges; i++)
        r = add(&ranges, node->ranges[i]);
    for (unsigned int i = 0; r == 0 && i < wishes->spec->n_pools; i++)
        r = add(&pools, wishes->spec->pools[i].region);
    if (r < 0)
        return r;
    region_set_order(&ranges);
    region_set_order(&pools);
    return region_set_common(&ranges, wishes->spec->n_pools > 0 ? &pools : &ranges, ret_room);
}

static int cut_given(const struct model *model, struct region_set *holes)
{
    for (unsigned int i = 0; i < model->n_demands; i++) {
        const struct instance *instance = model->demands[i].wish->instance;

        for (unsigned int j = 0; model->demands[i].given && j < instance->n_regions; j++) {
            int r = region_set_cut(holes, instance->regions[j]);

            if (r < 0)
                return r;
        }
    }
    return 0;
}

static void keep_whole_pages(struct region_set *holes)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < holes->n; i++) {
        if (region_keep_pages(&holes->regions[i]))
            holes->regions[n++] = holes->regions[i];
    }
    holes->n = n;
}

int model_find_holes(struct model *model)
{
    for (unsigned int i = 0; model->addresses && i < model->n_nodes; i++) {
        struct model_node *node = &model->nodes[i];
        struct region_set holes = {0};
        int r = wishes_room(model->wishes, i, &holes);

        if (r == 0)
            r = cut_given(model, &holes);
        if (r < 0) {
            region_set_fini(&holes);
            return r;
        }
        keep_whole_pages(&holes);
        free(node->holes);
        node->holes = holes.regions;
        node->n_holes = holes.n;
    }
    return 0;
}
