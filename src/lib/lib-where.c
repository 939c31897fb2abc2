/* SPDX-License-Identifier: Apache-2.0 */
/* Where this process's own memory is: asked of the kernel page by page, a batch at a time. */

#include <numaplace/numaplace.h>

#include "numa-calls.h"

#include <errno.h>
#include <string.h>

#define BATCH 512

struct count {
    struct np_pages *pages;
    size_t max;
    size_t n;
    uint64_t absent;
};

/* Kept by ascending node. */
static int count_page(struct count *count, unsigned int node, uint64_t bytes)
{
    size_t at = 0;

    while (at < count->n && count->pages[at].node < node)
        at++;
    if (at < count->n && count->pages[at].node == node) {
        count->pages[at].bytes += bytes;
        return 0;
    }
    if (count->n == count->max)
        return -ENOSPC;
    memmove(&count->pages[at + 1], &count->pages[at], (count->n - at) * sizeof(count->pages[0]));
    count->pages[at] = (struct np_pages){.node = node, .bytes = bytes};
    count->n++;
    return 0;
}

static int count_batch(struct count *count, char *start, unsigned long n_pages, size_t page_bytes)
{
    void *addresses[BATCH];
    int status[BATCH];
    long left;
    int r;

    for (unsigned long i = 0; i < n_pages; i++)
        addresses[i] = start + i * page_bytes;
    r = numa_move_pages(0, n_pages, addresses, NULL, status, &left);
    if (r < 0)
        return r;
    for (unsigned long i = 0; i < n_pages; i++) {
        if (status[i] >= 0)
            r = count_page(count, (unsigned int)status[i], page_bytes);
        else if (status[i] == -ENOENT || status[i] == -EFAULT)
            count->absent += page_bytes; /* EFAULT: the zero page, or nothing mapped here */
        else
            r = status[i];
        if (r < 0)
            return r;
    }
    return 0;
}

int np_where(const void *start, size_t length, struct np_pages *pages, size_t max,
             uint64_t *ret_absent)
{
    struct count count = {.pages = pages, .max = max};
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    uintptr_t first = (uintptr_t)start / page_bytes * page_bytes;
    uintptr_t end = (uintptr_t)start + length;

    if (end < (uintptr_t)start)
        return -EINVAL;
    for (uintptr_t at = first; at < end; at += BATCH * page_bytes) {
        uintptr_t rest = (end - at + page_bytes - 1) / page_bytes;
        int r = count_batch(&count, (char *)at, rest < BATCH ? rest : BATCH, page_bytes);

        if (r < 0)
            return r;
    }
    *ret_absent = count.absent;
    return (int)count.n;
}
