/* SPDX-License-Identifier: Apache-2.0 */
/* How far planning is, on a terminal: see progress.h. */

#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define QUIET_NS UINT64_C(1000000000)
#define EVERY_NS UINT64_C(100000000)

#define ERASE_LINE "\r\033[K"

static uint64_t now_ns(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* there is always this clock */
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

void progress_begin(struct progress *progress)
{
    *progress = (struct progress){.terminal = isatty(STDERR_FILENO) == 1};
    if (progress->terminal)
        progress->begin_ns = now_ns();
}

static const char *stage_name(enum plan_stage stage)
{
    static const char *const names[] = {
        [PLAN_SEARCHING] = "planning",
        [PLAN_REFUSING] = "no placement was found; looking for what would help",
        [PLAN_EXPLAINING] = "explaining",
    };

    return names[stage];
}

/* At most 79 columns: a line that wraps is not erased whole. */
static void write_line(const struct plan_progress *progress, uint64_t elapsed_ns)
{
    fprintf(stderr, ERASE_LINE "%s, %.0f s", stage_name(progress->stage), (double)elapsed_ns / 1e9);
    if (progress->most > 0)
        fprintf(stderr, ", %.0f %%",
                progress->done < progress->most
                    ? 100 * (double)progress->done / (double)progress->most
                    : 100.0);
    if (progress->found) {
        fprintf(stderr, ", cost %.4g", progress->best);
        if (progress->bound > 0)
            fprintf(stderr, ", none below %.4g", progress->bound);
    }
    (void)fflush(stderr); /* what cannot be shown is not missed */
}

static void tell(void *data, const struct plan_progress *told)
{
    struct progress *progress = data;
    uint64_t now = now_ns();

    if (now - progress->begin_ns < QUIET_NS || now - progress->shown_ns < EVERY_NS)
        return;
    progress->shown_ns = now;
    write_line(told, now - progress->begin_ns);
}

struct plan_watch progress_watch(struct progress *progress)
{
    return (struct plan_watch){.tell = progress->terminal ? tell : NULL, .data = progress};
}

void progress_end(struct progress *progress)
{
    if (progress->shown_ns > 0)
        fputs(ERASE_LINE, stderr);
    *progress = (struct progress){0};
}
