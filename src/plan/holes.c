/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of nodes in which addresses may be chosen: see model.h. */

#include "model.h"

#include <errno.h>
#include <string.h>

struct pieces {
    struct region *list; /* ascending and apart */
    unsigned int n;
    unsigned int max;
};

static int add_piece(struct pieces *pieces, struct region region)
{
    if (region.bytes == 0)
        return 0;
    if (pieces->n == pieces->max) {
        unsigned int max = pieces->max ? 2 * pieces->max : 8;
        struct region *larger = reallocarray(pieces->list, max, sizeof(*larger));

        if (!larger)
            return -ENOMEM;
        pieces->list = larger;
        pieces->max = max;
    }
    pieces->list[pieces->n++] = region;
    return 0;
}

/* All but what is in cut. */
static int cut_out(struct pieces *pieces, struct region cut)
{
    struct pieces left = {0};
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < pieces->n; i++) {
        struct region piece = pieces->list[i], common;

        if (!region_common(piece, cut, &common)) {
            r = add_piece(&left, piece);
            continue;
        }
        r = add_piece(&left, (struct region){piece.base, common.base - piece.base});
        if (r == 0)
            r = add_piece(&left,
                          (struct region){common.base + common.bytes,
                                          piece.bytes - common.bytes - (common.base - piece.base)});
    }
    free(pieces->list);
    *pieces = left;
    return r;
}

static int compare_regions(const void *a, const void *b)
{
    const struct region *x = a, *y = b;

    return x->base < y->base ? -1 : x->base > y->base;
}

/* Makes one of those that overlap or touch: pools may do either. */
static void join(struct pieces *pieces)
{
    unsigned int n = 0;

    if (pieces->n == 0)
        return;
    qsort(pieces->list, pieces->n, sizeof(*pieces->list), compare_regions);
    for (unsigned int i = 1; i < pieces->n; i++) {
        struct region *last = &pieces->list[n], next = pieces->list[i];
        uint64_t apart = next.base - last->base;

        if (apart > last->bytes)
            pieces->list[++n] = next;
        else if (next.bytes > last->bytes - apart)
            last->bytes = apart + next.bytes;
    }
    pieces->n = n + 1;
}

/* What of a node is for instances. */
static int put_pools(const struct spec *spec, const struct node *node, struct pieces *pieces)
{
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < node->n_ranges; i++) {
        if (spec->n_pools == 0)
            r = add_piece(pieces, node->ranges[i]);
        for (unsigned int j = 0; r == 0 && j < spec->n_pools; j++) {
            struct region common;

            if (region_common(node->ranges[i], spec->pools[j].region, &common))
                r = add_piece(pieces, common);
        }
    }
    join(pieces);
    return r;
}

static int cut_given(const struct model *model, struct pieces *pieces)
{
    for (unsigned int i = 0; i < model->n_demands; i++) {
        const struct instance *instance = model->demands[i].wish->instance;

        for (unsigned int j = 0; model->demands[i].given && j < instance->n_regions; j++) {
            int r = cut_out(pieces, instance->regions[j]);

            if (r < 0)
                return r;
        }
    }
    return 0;
}

static void keep_whole_pages(struct pieces *pieces)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < pieces->n; i++) {
        struct region piece = pieces->list[i];
        uint64_t before = -piece.base % PAGE_BYTES;

        if (piece.bytes < before + PAGE_BYTES)
            continue;
        piece.base += before;
        piece.bytes -= before;
        piece.bytes -= piece.bytes % PAGE_BYTES;
        pieces->list[n++] = piece;
    }
    pieces->n = n;
}

int model_find_holes(struct model *model)
{
    for (unsigned int i = 0; model->addresses && i < model->n_nodes; i++) {
        struct model_node *node = &model->nodes[i];
        struct pieces pieces = {0};
        int r = put_pools(model->wishes->spec, &model->wishes->machine->nodes[i], &pieces);

        if (r == 0)
            r = cut_given(model, &pieces);
        if (r < 0) {
            free(pieces.list);
            return r;
        }
        keep_whole_pages(&pieces);
        free(node->holes);
        node->holes = pieces.list;
        node->n_holes = pieces.n;
    }
    return 0;
}
