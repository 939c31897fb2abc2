/* SPDX-License-Identifier: Apache-2.0 */
/* Bin packing by depth-first search: see pack.h. */

#include "pack.h"

#include <stdlib.h>

enum { STEPS_MAX = 20000 };

#define PAGE UINT64_C(4096)
#define HUGE_PAGE UINT64_C(0x200000)

struct packer {
    struct region *holes;
    unsigned int n_holes;
    struct pack_item *items;
    unsigned int n_items;
    uint64_t align; /* of items that are no smaller; pages otherwise */
    unsigned int steps;
};

/* Where an item of bytes begins in hole; false when it does not fit. */
static bool fits(const struct packer *packer, struct region hole, uint64_t bytes,
                 uint64_t *ret_base)
{
    uint64_t align = bytes >= packer->align ? packer->align : PAGE;
    uint64_t before = -hole.base % align;

    if (hole.bytes < before || hole.bytes - before < bytes)
        return false;
    *ret_base = hole.base + before;
    return true;
}

/* The smallest hole that is larger than *size (any for 0) and takes the item; of equal ones the
 * first, since exchanging them changes nothing. -1: none. */
static int next_hole(const struct packer *packer, const struct pack_item *item, unsigned int first,
                     uint64_t larger_than, uint64_t *ret_base)
{
    int best = -1;

    for (unsigned int i = first; i < packer->n_holes; i++) {
        uint64_t base;

        if (packer->holes[i].bytes <= larger_than ||
            (best >= 0 && packer->holes[i].bytes >= packer->holes[best].bytes) ||
            !fits(packer, packer->holes[i], item->bytes, &base))
            continue;
        best = (int)i;
        *ret_base = base;
    }
    return best;
}

/* Items from number i on, item i into a hole from first on. */
static bool descend(struct packer *packer, unsigned int i, unsigned int first)
{
    struct pack_item *item = &packer->items[i];
    uint64_t larger_than = 0, base;
    int h;

    if (i == packer->n_items)
        return true;
    while (packer->steps < STEPS_MAX &&
           (h = next_hole(packer, item, first, larger_than, &base)) >= 0) {
        struct region before = packer->holes[h];
        bool same_next = i + 1 < packer->n_items && packer->items[i + 1].bytes == item->bytes;

        packer->steps++;
        item->base = base;
        packer->holes[h].bytes -= base - before.base + item->bytes;
        packer->holes[h].base = base + item->bytes;
        /* Equal items are exchangeable: the later one goes into no earlier hole. */
        if (descend(packer, i + 1, same_next ? (unsigned int)h : 0))
            return true;
        packer->holes[h] = before;
        larger_than = before.bytes;
    }
    return false;
}

/* What best fit alone finds room for, passing over what does not fit. */
static uint64_t best_fit(struct packer *packer)
{
    uint64_t packed = 0;

    for (unsigned int i = 0; i < packer->n_items; i++) {
        struct pack_item *item = &packer->items[i];

        item->hole = next_hole(packer, item, 0, 0, &item->base);
        if (item->hole < 0)
            continue;
        packer->holes[item->hole].bytes -= item->bytes;
        packed += item->bytes;
    }
    for (unsigned int i = 0; i < packer->n_items; i++) {
        if (packer->items[i].hole >= 0)
            packer->holes[packer->items[i].hole].bytes += packer->items[i].bytes;
    }
    return packed;
}

static int compare_items(const void *a, const void *b)
{
    const struct pack_item *x = a, *y = b;

    if (x->bytes != y->bytes)
        return x->bytes > y->bytes ? -1 : 1;
    return x->tag < y->tag ? -1 : x->tag > y->tag;
}

static int find(struct packer *packer, uint64_t align)
{
    packer->align = align;
    packer->steps = 0;
    if (descend(packer, 0, 0))
        return PACK_DONE;
    return packer->steps < STEPS_MAX ? PACK_NONE : PACK_UNKNOWN;
}

int pack(struct region *holes, unsigned int n_holes, struct pack_item *items, unsigned int n_items,
         struct pack_effort *effort)
{
    static const uint64_t aligns[] = {HUGE_PAGE, PAGE};
    struct packer packer = {.holes = holes, .n_holes = n_holes, .items = items, .n_items = n_items};
    int outcome = PACK_NONE;

    qsort(items, n_items, sizeof(*items), compare_items);
    for (unsigned int i = 0; outcome != PACK_DONE && i < 2; i++) {
        outcome = find(&packer, aligns[i]);
        effort->steps += packer.steps;
    }
    if (outcome != PACK_DONE)
        effort->bytes = best_fit(&packer);
    return outcome;
}
