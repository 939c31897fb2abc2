/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHANGE_PAGES_H
#define CHANGE_PAGES_H

/*
 * Where each private page of a process is: what its own first touch placed (anonymous, heap, stack,
 * pages copied on write), and not the page cache that it only maps. Kept as runs of neighbours on
 * one node, since a big process has millions of pages and few runs.
 */

#include "root.h"

#include <signal.h>
#include <stdbool.h>

struct page_run {
    uint64_t first; /* address / page size */
    uint64_t count;
    unsigned int node;
};

struct page_runs {
    struct page_run *runs;
    size_t n;
};

/* All private pages that are in memory. -ESRCH, -EPERM (ptrace access to the process is needed). */
int pages_scan(const struct root *root, pid_t pid, struct page_runs *ret_runs);
void page_runs_fini(struct page_runs *runs);

uint64_t page_runs_count(const struct page_runs *runs);
/* Of these, the pages that are not on nodes. */
uint64_t page_runs_outside(const struct page_runs *runs, hwloc_const_bitmap_t nodes);
/* The nodes that have any. The caller frees. */
hwloc_bitmap_t page_runs_nodes(const struct page_runs *runs);

/* As text: "gap+count@node ...", gap in hex pages after the run before, count in decimal. */
char *page_runs_format(const struct page_runs *runs);
int page_runs_parse(const char *text, struct page_runs *ret_runs);

/* Appends; extends the last run where it continues it. */
int page_runs_add(struct page_runs *runs, uint64_t page, unsigned int node);

/* What became of pages that were to be moved. */
struct move_result {
    uint64_t moved;
    uint64_t full;  /* no memory left on the node */
    uint64_t busy;  /* shared with another process, or in use just then: not moved */
    uint64_t other; /* on a node where choose() left it */
    uint64_t gone;  /* no longer in memory */
};

struct move_order {
    /* The node for a page that the run has on node and that is on now; -1 leaves it. */
    int (*choose)(void *data, unsigned int node, unsigned int now);
    void *data;
    bool shared_too;                   /* also pages that other processes map, as far as we may */
    const volatile sig_atomic_t *stop; /* not 0: -EINTR, with some moved; may be NULL */
};

/* Asks where each page of runs is now, lets choose() decide, moves. */
int pages_move(pid_t pid, const struct page_runs *runs, const struct move_order *order,
               struct move_result *ret_result);

#endif
