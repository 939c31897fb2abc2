/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding and moving a process's private pages. numa_maps says which mappings have any, maps says
 * how far these go, pagemap which of their pages are there and private, and move_pages(2) where.
 */

#include "pages.h"

#include "numa-calls.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>

#define BATCH 1024

/* Bits of a pagemap entry: Documentation/admin-guide/mm/pagemap.rst. */
#define PAGEMAP_PRESENT (UINT64_C(1) << 63)
#define PAGEMAP_FILE_OR_SHARED (UINT64_C(1) << 61)

static uint64_t page_size(void)
{
    return (uint64_t)sysconf(_SC_PAGESIZE);
}

int page_runs_add(struct page_runs *runs, uint64_t page, unsigned int node)
{
    struct page_run *last = runs->n ? &runs->runs[runs->n - 1] : NULL;

    if (last && last->node == node && last->first + last->count == page) {
        last->count++;
        return 0;
    }
    if ((runs->n & (runs->n - 1)) == 0) { /* grows at powers of two */
        struct page_run *larger =
            realloc(runs->runs, (runs->n ? 2 * runs->n : 1) * sizeof(*larger));

        if (!larger)
            return -ENOMEM;
        runs->runs = larger;
    }
    runs->runs[runs->n++] = (struct page_run){.first = page, .count = 1, .node = node};
    return 0;
}

void page_runs_fini(struct page_runs *runs)
{
    free(runs->runs);
    *runs = (struct page_runs){0};
}

uint64_t page_runs_count(const struct page_runs *runs)
{
    uint64_t count = 0;

    for (size_t i = 0; i < runs->n; i++)
        count += runs->runs[i].count;
    return count;
}

uint64_t page_runs_outside(const struct page_runs *runs, hwloc_const_bitmap_t nodes)
{
    uint64_t count = 0;

    for (size_t i = 0; i < runs->n; i++) {
        if (!hwloc_bitmap_isset(nodes, runs->runs[i].node))
            count += runs->runs[i].count;
    }
    return count;
}

hwloc_bitmap_t page_runs_nodes(const struct page_runs *runs)
{
    hwloc_bitmap_t nodes = hwloc_bitmap_alloc();

    for (size_t i = 0; nodes && i < runs->n; i++) {
        if (hwloc_bitmap_set(nodes, runs->runs[i].node) < 0) {
            hwloc_bitmap_free(nodes);
            return NULL;
        }
    }
    return nodes;
}

char *page_runs_format(const struct page_runs *runs)
{
    char *text = NULL;
    size_t size;
    uint64_t end = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    for (size_t i = 0; i < runs->n; i++) {
        const struct page_run *run = &runs->runs[i];

        fprintf(out, "%s%" PRIx64 "+%" PRIu64 "@%u", i ? " " : "", run->first - end, run->count,
                run->node);
        end = run->first + run->count;
    }
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

int page_runs_parse(const char *text, struct page_runs *ret_runs)
{
    struct page_runs runs = {0};
    uint64_t end = 0;
    int r = 0;

    while (*text && r == 0) {
        uint64_t gap, count;
        unsigned int node;
        int length = 0;

        if (sscanf(text, "%" SCNx64 "+%" SCNu64 "@%u%n", &gap, &count, &node, &length) != 3 ||
            count == 0 || gap > UINT64_MAX - end || count > UINT64_MAX - end - gap)
            r = -EINVAL;
        else
            r = page_runs_add(&runs, end + gap, node);
        if (r == 0) {
            runs.runs[runs.n - 1].count += count - 1;
            end += gap + count;
            text += length;
            text += *text == ' ';
        }
    }
    if (r < 0)
        page_runs_fini(&runs);
    else
        *ret_runs = runs;
    return r;
}

/* A batch of pages on its way to move_pages(2). */
struct batch {
    pid_t pid;
    bool shared_too;
    size_t n;
    void *address[BATCH];
    int target[BATCH];
    int status[BATCH];
};

static int batch_ask(struct batch *batch)
{
    long left;

    return numa_move_pages(batch->pid, batch->n, batch->address, NULL, batch->status, &left);
}

static int batch_move(struct batch *batch)
{
    long left;

    if (batch->shared_too) {
        int r = numa_move_shared_pages(batch->pid, batch->n, batch->address, batch->target,
                                       batch->status);

        if (r != -EPERM)
            return r;
        batch->shared_too = false; /* not ours to move; our own are */
    }
    return numa_move_pages(batch->pid, batch->n, batch->address, batch->target, batch->status,
                           &left);
}

static int batch_flush(struct batch *batch, struct page_runs *runs)
{
    int r = batch->n ? batch_ask(batch) : 0;

    for (size_t i = 0; r == 0 && i < batch->n; i++) {
        if (batch->status[i] >= 0)
            r = page_runs_add(runs, (uint64_t)(uintptr_t)batch->address[i] / page_size(),
                              (unsigned int)batch->status[i]);
    }
    batch->n = 0;
    return r;
}

static int batch_add(struct batch *batch, uint64_t page, struct page_runs *runs)
{
    batch->address[batch->n++] = (void *)(uintptr_t)(page * page_size());
    return batch->n == BATCH ? batch_flush(batch, runs) : 0;
}

/* <linux/fs.h> of Linux 6.7; newer than the headers of Debian 12. */
struct scan_region {
    uint64_t start;
    uint64_t end;
    uint64_t categories;
};
struct scan_arguments {
    uint64_t size;
    uint64_t flags;
    uint64_t start;
    uint64_t end;
    uint64_t walk_end;
    uint64_t regions;
    uint64_t n_regions;
    uint64_t max_pages;
    uint64_t category_inverted;
    uint64_t category_mask;
    uint64_t category_anyof_mask;
    uint64_t return_mask;
};
#define SCAN_IOCTL _IOWR('f', 16, struct scan_arguments)
#define SCAN_FILE (UINT64_C(1) << 2)
#define SCAN_PRESENT (UINT64_C(1) << 3)

static int add_region(const struct scan_region *region, struct batch *batch, struct page_runs *runs)
{
    int r = 0;

    for (uint64_t at = region->start; r == 0 && at < region->end; at += page_size())
        r = batch_add(batch, at / page_size(), runs);
    return r;
}

/* The kernel names the ranges itself, and passes over holes of terabytes, as sanitizers and
 * managed runtimes have them, in no time. -ENOTTY: it cannot yet. */
static int scan_ranges(int pagemap_fd, uint64_t first, uint64_t end, struct batch *batch,
                       struct page_runs *runs)
{
    struct scan_region regions[64];
    struct scan_arguments arguments = {
        .size = sizeof(arguments),
        .start = first * page_size(),
        .end = end * page_size(),
        .regions = (uint64_t)(uintptr_t)regions,
        .n_regions = ARRAY_SIZE(regions),
        .category_inverted = SCAN_FILE,
        .category_mask = SCAN_FILE | SCAN_PRESENT,
        .return_mask = SCAN_PRESENT,
    };

    while (arguments.start < arguments.end) {
        int n = ioctl(pagemap_fd, SCAN_IOCTL, &arguments);

        if (n < 0)
            return -errno;
        for (int i = 0; i < n; i++) {
            int r = add_region(&regions[i], batch, runs);

            if (r < 0)
                return r;
        }
        if (arguments.walk_end <= arguments.start)
            break;
        arguments.start = arguments.walk_end;
    }
    return 0;
}

/* The same, page by page. */
static int scan_entries(int pagemap_fd, uint64_t first, uint64_t end, struct batch *batch,
                        struct page_runs *runs)
{
    uint64_t entries[512];

    while (first < end) {
        size_t want = end - first < ARRAY_SIZE(entries) ? end - first : ARRAY_SIZE(entries);
        ssize_t n = pread(pagemap_fd, entries, want * sizeof(entries[0]),
                          (off_t)(first * sizeof(entries[0])));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : 0; /* the end: the process is ending */
        n /= (ssize_t)sizeof(entries[0]);
        for (ssize_t i = 0; i < n; i++) {
            int r = 0;

            if ((entries[i] & PAGEMAP_PRESENT) && !(entries[i] & PAGEMAP_FILE_OR_SHARED))
                r = batch_add(batch, first + (uint64_t)i, runs);
            if (r < 0)
                return r;
        }
        first += (uint64_t)n;
    }
    return 0;
}

/* The private pages of one mapping. */
static int scan_mapping(int pagemap_fd, uint64_t first, uint64_t end, struct batch *batch,
                        struct page_runs *runs)
{
    int r = scan_ranges(pagemap_fd, first, end, batch, runs);

    return r == -ENOTTY ? scan_entries(pagemap_fd, first, end, batch, runs) : r;
}

/* Does this line of numa_maps speak of private pages of normal size? Its address too. */
static bool has_private_pages(const char *line, uint64_t *ret_start)
{
    size_t length = strcspn(line, "\n");
    const char *anon = memmem(line, length, " anon=", 6);
    const char *huge = memmem(line, length, " huge", 5);

    return anon && !huge && sscanf(line, "%" SCNx64, ret_start) == 1;
}

/* The end of the mapping that starts at start; maps points into the text and moves on, as both
 * files are sorted. 0: it is not there any more. */
static uint64_t find_end(const char **maps, uint64_t start)
{
    while (**maps) {
        uint64_t from, to;
        const char *next = strchr(*maps, '\n');
        int fields = sscanf(*maps, "%" SCNx64 "-%" SCNx64, &from, &to);

        if (fields == 2 && from > start)
            return 0;
        *maps = next ? next + 1 : *maps + strlen(*maps);
        if (fields == 2 && from == start)
            return to;
    }
    return 0;
}

static int scan_all(const char *numa_maps, const char *maps, int pagemap_fd, struct batch *batch,
                    struct page_runs *runs)
{
    int r = 0;

    for (const char *line = numa_maps; line && *line && r == 0;) {
        uint64_t start, end;
        const char *next = strchr(line, '\n');

        if (has_private_pages(line, &start)) {
            end = find_end(&maps, start);
            r = end ? scan_mapping(pagemap_fd, start / page_size(), end / page_size(), batch, runs)
                    : 0;
        }
        line = next ? next + 1 : NULL;
    }
    return r < 0 ? r : batch_flush(batch, runs);
}

int pages_scan(const struct root *root, pid_t pid, struct page_runs *ret_runs)
{
    autofree struct batch *batch = calloc(1, sizeof(*batch));
    autofree char *numa_maps = NULL, *maps = NULL;
    struct page_runs runs = {0};
    autoclose int fd = -1;
    int r = batch ? root_read(root, &numa_maps, "proc/%d/numa_maps", (int)pid) : -ENOMEM;

    if (r == 0)
        r = root_read(root, &maps, "proc/%d/maps", (int)pid);
    if (r == 0) {
        fd = root_open_fd(root, O_RDONLY, "proc/%d/pagemap", (int)pid);
        r = fd < 0 ? fd : 0;
    }
    if (r == 0) {
        batch->pid = pid;
        r = scan_all(numa_maps, maps, fd, batch, &runs);
    }
    if (r < 0) {
        page_runs_fini(&runs);
        return r == -ENOENT ? -ESRCH : r == -EACCES ? -EPERM : r;
    }
    *ret_runs = runs;
    return 0;
}

/* Keeps of the batch what is to be moved; its addresses and targets close ranks. */
static void choose_all(struct batch *batch, const struct page_run *run,
                       const struct move_order *order, struct move_result *result)
{
    size_t kept = 0;

    for (size_t i = 0; i < batch->n; i++) {
        int target;

        if (batch->status[i] < 0) {
            result->gone++;
            continue;
        }
        target = order->choose(order->data, run->node, (unsigned int)batch->status[i]);
        if (target == batch->status[i])
            continue;
        if (target < 0) {
            result->other++;
            continue;
        }
        batch->address[kept] = batch->address[i];
        batch->target[kept++] = target;
    }
    batch->n = kept;
}

/* Takes out of the batch what has arrived, and what is gone. True: there was something. */
static bool settle_batch(struct batch *batch, struct move_result *result)
{
    size_t kept = 0, before = batch->n;

    for (size_t i = 0; i < batch->n; i++) {
        if (batch->status[i] == batch->target[i]) {
            result->moved++;
        } else if (batch->status[i] < 0) {
            result->gone++;
        } else {
            batch->address[kept] = batch->address[i];
            batch->target[kept++] = batch->target[i];
        }
    }
    batch->n = kept;
    return kept < before;
}

static void drop_first(struct batch *batch)
{
    batch->n--;
    memmove(batch->address, batch->address + 1, batch->n * sizeof(batch->address[0]));
    memmove(batch->target, batch->target + 1, batch->n * sizeof(batch->target[0]));
}

/* A full node makes every further page wait for reclaim: after so many we believe it. */
#define FULL_MAX 64

/* The kernel stops at the first page that it cannot move, and then says nothing of those behind it.
 * So it is asked afterwards where they are, and without progress the first one is given up. */
static int move_batch(struct batch *batch, struct move_result *result)
{
    while (batch->n > 0 && result->full < FULL_MAX) {
        int moved = batch_move(batch);
        int r = moved == -ENOMEM || moved == -ENOENT ? 0 : moved;

        if (r == 0)
            r = batch_ask(batch);
        if (r < 0)
            return r;
        if (settle_batch(batch, result))
            continue;
        if (moved == -ENOMEM)
            result->full++;
        else
            result->busy++;
        drop_first(batch);
    }
    result->full += batch->n;
    return 0;
}

static int move_run(struct batch *batch, const struct page_run *run, const struct move_order *order,
                    struct move_result *result)
{
    for (uint64_t done = 0; done < run->count; done += BATCH) {
        uint64_t rest = run->count - done;
        int r;

        if (order->stop && *order->stop)
            return -EINTR;
        batch->n = rest < BATCH ? rest : BATCH;
        for (size_t i = 0; i < batch->n; i++)
            batch->address[i] = (void *)(uintptr_t)((run->first + done + i) * page_size());
        r = batch_ask(batch);
        if (r == 0) {
            choose_all(batch, run, order, result);
            r = move_batch(batch, result);
        }
        if (r < 0)
            return r;
    }
    return 0;
}

int pages_move(pid_t pid, const struct page_runs *runs, const struct move_order *order,
               struct move_result *ret_result)
{
    autofree struct batch *batch = calloc(1, sizeof(*batch));
    struct move_result result = {0};
    int r = batch ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < runs->n; i++) {
        batch->pid = pid;
        batch->shared_too = order->shared_too;
        r = move_run(batch, &runs->runs[i], order, &result);
    }
    if (r == 0)
        *ret_result = result;
    return r;
}
