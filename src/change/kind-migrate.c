/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kind "migrate": the private pages of a running process moved to the planned nodes. Where each was
 * is kept exactly, as runs; undoing moves back those that are still where we put them. Values:
 *
 *   wanted  {"nodes": "1-2", "shares": {"1": bytes, ...}, "every_page": interleave also what is in
 *            place, "left": pages that could not be moved (after make)}
 *   old     {"nodes": "0", "pages": how many, "runs": page_runs_format()}
 */

#include "kinds.h"
#include "pages.h"
#include "set.h"
#include "size.h"

#include <inttypes.h>
#include <string.h>

/* A process that lives allocates and is reclaimed from all the time: up to one page in a hundred
 * elsewhere is not drift. */
#define TOLERATED_FRACTION 100

static pid_t pid_of(const struct change *change)
{
    return subject_process(change->subject).pid;
}

static int explain(const struct change *change, const char *what, int code, struct np_error *err)
{
    char text[SUBJECT_TEXT_MAX];

    (void)subject_text(change->subject, text);
    if (code == -ESRCH)
        return error_set(err, code, "%s of \"%s\" has ended", text, change->instance);
    error_set(err, code, "cannot %s the pages of %s: %s", what, text, strerror(-code));
    if (code == -EPERM)
        error_hint(err, "that needs CAP_SYS_PTRACE and CAP_SYS_NICE for a process of another user");
    return code;
}

/* Bytes of a node that are free or hold nothing but page cache. 0 when it cannot be read. */
static uint64_t available_bytes(const struct change_context *context, unsigned int node)
{
    static const char *const fields[] = {"MemFree:", "Active(file):", "Inactive(file):"};
    autofree char *text = NULL;
    uint64_t bytes = 0;

    if (root_read(context->root, &text, "sys/devices/system/node/node%u/meminfo", node) < 0)
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        const char *field = strstr(text, fields[i]);
        uint64_t kib;

        if (field && sscanf(field + strlen(fields[i]), "%" SCNu64, &kib) == 1)
            bytes += kib * KIB;
    }
    return bytes;
}

/* Refuses early what would end with a full node. */
static int check_room(const struct change_context *context, const struct change *change,
                      const struct page_runs *runs, struct np_error *err)
{
    autoset hwloc_bitmap_t nodes = member_set(change->wanted, "nodes");
    char text[SUBJECT_TEXT_MAX], have[SIZE_TEXT_MAX], need[SIZE_TEXT_MAX];
    uint64_t available = 0, bytes;
    int node;

    if (!nodes)
        return -ENOMEM;
    bytes = page_runs_outside(runs, nodes) * (uint64_t)sysconf(_SC_PAGESIZE);
    hwloc_bitmap_foreach_begin(node, nodes)
    {
        available += available_bytes(context, (unsigned int)node);
    }
    hwloc_bitmap_foreach_end();
    if (bytes <= available)
        return 0;
    error_set(err, -ENOSPC, "node %s has %s available, and %s of %s would have to move there",
              member_text(change->wanted, "nodes"), size_format(available, have),
              size_format(bytes, need), subject_text(change->subject, text));
    error_hint(err, "free memory there, or plan \"%s\" elsewhere", change->instance);
    return -ENOSPC;
}

static json_t *runs_value(const struct page_runs *runs)
{
    autofree char *text = page_runs_format(runs);
    autoset hwloc_bitmap_t nodes = page_runs_nodes(runs);

    if (!text || !nodes)
        return NULL;
    return json_pack("{s:o, s:I, s:s}", "nodes", set_to_json(nodes), "pages",
                     (json_int_t)page_runs_count(runs), "runs", text);
}

static int migrate_read(const struct change_context *context, struct change *change,
                        struct np_error *err)
{
    struct page_runs runs;
    int r = subject_alive(context, change, err);

    if (r < 0)
        return r;
    r = pages_scan(context->root, pid_of(change), &runs);
    if (r < 0)
        return explain(change, "find", r, err);
    r = check_room(context, change, &runs, err);
    if (r == 0) {
        change->old = runs_value(&runs);
        r = change->old ? 0 : -ENOMEM;
    }
    page_runs_fini(&runs);
    return r;
}

#define NODES_MAX 1024

/* Where the pages go: to the node that is furthest behind its share. */
struct spread {
    hwloc_bitmap_t nodes;
    bool every_page;
    double weight[NODES_MAX];
    double placed[NODES_MAX];
};

static int spread_init(struct spread *spread, const json_t *wanted)
{
    const json_t *shares = json_object_get(wanted, "shares");
    int node;

    spread->nodes = member_set(wanted, "nodes");
    if (!spread->nodes)
        return -ENOMEM;
    if (hwloc_bitmap_last(spread->nodes) >= NODES_MAX)
        return -ERANGE;
    spread->every_page = json_is_true(json_object_get(wanted, "every_page"));
    hwloc_bitmap_foreach_begin(node, spread->nodes)
    {
        char key[16];

        (void)snprintf(key, sizeof(key), "%d", node);
        spread->weight[node] = json_number_value(json_object_get(shares, key));
        if (spread->weight[node] <= 0)
            spread->weight[node] = 1; /* bytes: next to a node with a share it gets nothing */
    }
    hwloc_bitmap_foreach_end();
    return 0;
}

static int choose_wanted(void *data, unsigned int node, unsigned int now)
{
    struct spread *spread = data;
    int best = -1, candidate;

    if (!spread->every_page && hwloc_bitmap_isset(spread->nodes, now)) {
        spread->placed[now]++;
        return (int)now;
    }
    hwloc_bitmap_foreach_begin(candidate, spread->nodes)
    {
        if (best < 0 || (spread->placed[candidate] + 1) / spread->weight[candidate] <
                            (spread->placed[best] + 1) / spread->weight[best])
            best = candidate;
    }
    hwloc_bitmap_foreach_end();
    if (best >= 0)
        spread->placed[best]++;
    return best;
}

static int note_left(struct change *change, const struct move_result *result, uint64_t pages)
{
    char text[SUBJECT_TEXT_MAX];

    if (json_object_set_new(change->wanted, "left", json_integer((json_int_t)result->busy)) < 0)
        return -ENOMEM;
    if (result->busy == 0)
        return 0;
    free(change->note);
    return asprintf(&change->note,
                    "%s: %" PRIu64 " of %" PRIu64
                    " pages could not be moved: shared with another process, or in use",
                    subject_text(change->subject, text), result->busy, pages) < 0
               ? -ENOMEM
               : 0;
}

static int migrate_make(const struct change_context *context, struct change *change,
                        struct np_error *err)
{
    autofree struct spread *spread = calloc(1, sizeof(*spread));
    struct move_order order = {.choose = choose_wanted, .data = spread, .stop = context->stop};
    struct move_result result = {0};
    struct page_runs runs = {0};
    int r = spread ? subject_alive(context, change, err) : -ENOMEM;

    if (r < 0)
        return r;
    r = spread_init(spread, change->wanted);
    if (r == 0)
        r = pages_scan(context->root, pid_of(change), &runs);
    if (r == 0)
        r = pages_move(pid_of(change), &runs, &order, &result);
    if (r == -EINTR)
        r = context_stopped(context, err);
    else if (r < 0)
        r = explain(change, "move", r, err);
    else if (result.full > 0)
        r = error_set(err, -ENOSPC, "%" PRIu64 " pages of \"%s\" do not fit on node %s: it is full",
                      result.full, change->instance, member_text(change->wanted, "nodes"));
    else
        r = note_left(change, &result, page_runs_count(&runs));
    page_runs_fini(&runs);
    hwloc_bitmap_free(spread->nodes);
    return r;
}

static int judge(const struct change *change, const struct page_runs *runs, json_t **ret_now)
{
    autoset hwloc_bitmap_t wanted = member_set(change->wanted, "nodes");
    autoset hwloc_bitmap_t old = member_set(change->old, "nodes");
    autoset hwloc_bitmap_t now = page_runs_nodes(runs);
    uint64_t left = (uint64_t)json_integer_value(json_object_get(change->wanted, "left"));
    uint64_t outside, pages = page_runs_count(runs);

    if (!wanted || !old || !now)
        return -ENOMEM;
    outside = page_runs_outside(runs, wanted);
    *ret_now = json_pack("{s:o, s:I, s:I}", "nodes", set_to_json(now), "pages", (json_int_t)pages,
                         "outside", (json_int_t)outside);
    if (!*ret_now || hwloc_bitmap_or(old, old, wanted) < 0)
        return -ENOMEM;
    if (outside <= left + pages / TOLERATED_FRACTION)
        return STANDING_IN_PLACE;
    return hwloc_bitmap_isincluded(now, old) ? STANDING_MIXED : STANDING_FOREIGN;
}

static int migrate_look(const struct change_context *context, const struct change *change,
                        json_t **ret_now, struct np_error *err)
{
    struct page_runs runs;
    int r = subject_alive(context, change, NULL);

    if (r == 0)
        r = pages_scan(context->root, pid_of(change), &runs);
    if (r == -ESRCH) {
        *ret_now = json_null();
        return STANDING_GONE;
    }
    if (r < 0)
        return explain(change, "find", r, err);
    r = judge(change, &runs, ret_now);
    page_runs_fini(&runs);
    return r;
}

struct back {
    hwloc_bitmap_t wanted;
    bool force;
};

/* Back to where it was, if it is still where we had put it. */
static int choose_former(void *data, unsigned int node, unsigned int now)
{
    const struct back *back = data;

    return back->force || now == node || hwloc_bitmap_isset(back->wanted, now) ? (int)node : -1;
}

static int undo_result(const struct change *change, const struct move_result *result,
                       struct np_error *err)
{
    char text[SUBJECT_TEXT_MAX];

    (void)subject_text(change->subject, text);
    if (result->full > 0 || result->busy > 0) {
        error_set(err, -EAGAIN, "%s: %" PRIu64 " pages could not be moved back to node %s: %s",
                  text, result->full + result->busy, member_text(change->old, "nodes"),
                  result->full ? "it is full" : "they are in use, or shared with another process");
        error_hint(err, "roll back again to try once more");
        return -EAGAIN;
    }
    if (result->other == 0)
        return UNDO_DONE;
    (void)error_set(err, -EBUSY, "%s: %" PRIu64 " pages were moved elsewhere by somebody else",
                    text, result->other);
    error_hint(err, "--force moves them back to node %s", member_text(change->old, "nodes"));
    return UNDO_FOREIGN;
}

static int migrate_undo(const struct change_context *context, const struct change *change,
                        struct np_error *err)
{
    struct back back = {.wanted = member_set(change->wanted, "nodes"), .force = context->force};
    /* Entering a cgroup has moved those too that other processes share. */
    struct move_order order = {.choose = choose_former, .data = &back, .shared_too = true};
    struct move_result result = {0};
    struct page_runs runs = {0};
    int r = back.wanted ? subject_alive(context, change, NULL) : -ENOMEM;

    if (r == 0)
        r = page_runs_parse(member_text(change->old, "runs"), &runs);
    if (r == 0)
        r = pages_move(pid_of(change), &runs, &order, &result);
    page_runs_fini(&runs);
    hwloc_bitmap_free(back.wanted);
    if (r == -ESRCH)
        return UNDO_GONE;
    return r < 0 ? explain(change, "move back", r, err) : undo_result(change, &result, err);
}

static char *migrate_describe(const struct change *change)
{
    uint64_t pages = (uint64_t)json_integer_value(json_object_get(change->old, "pages"));
    char subject[SUBJECT_TEXT_MAX], size[SIZE_TEXT_MAX], *text;

    return asprintf(&text, "%s: %s of private memory, node %s -> %s",
                    subject_text(change->subject, subject),
                    size_format(pages * (uint64_t)sysconf(_SC_PAGESIZE), size),
                    member_text(change->old, "nodes"), member_text(change->wanted, "nodes")) < 0
               ? NULL
               : text;
}

static char *migrate_tell(const struct change *change, const json_t *now)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t all = page * (uint64_t)json_integer_value(json_object_get(now, "pages"));
    uint64_t outside = page * (uint64_t)json_integer_value(json_object_get(now, "outside"));
    const char *nodes = member_text(now, "nodes");
    char in_place[SIZE_TEXT_MAX], total[SIZE_TEXT_MAX], *text;

    return asprintf(&text, "%s of %s in place, on node%s %s",
                    outside == all ? "0" : size_format(all - outside, in_place),
                    size_format(all, total), strpbrk(nodes, "-,") ? "s" : "", nodes) < 0
               ? NULL
               : text;
}

const struct change_kind kind_migrate = {
    .name = "migrate",
    .settles = true,
    .read = migrate_read,
    .make = migrate_make,
    .look = migrate_look,
    .undo = migrate_undo,
    .describe = migrate_describe,
    .tell = migrate_tell,
};
