/* SPDX-License-Identifier: Apache-2.0 */
/* Threads by where they may run, not by where one happens to run at the moment. */

#include "verify-threads.h"

#include "set.h"

#include <string.h>

enum { THREADS_NAMED_MAX = 3 }; /* in one finding */

/* Adds ", 813 (bio_close_file) on CPUs 0-7" to list. */
static int name_thread(char **list, const struct thread *thread)
{
    autofree char *allowed = set_format(thread->cpus_allowed);
    char *longer;

    if (!allowed)
        return -ENOMEM;
    longer = text("%s%s%d (%s) on CPUs %s", *list, (*list)[0] ? ", " : "", (int)thread->tid,
                  thread->comm, allowed);
    if (!longer)
        return -ENOMEM;
    free(*list);
    *list = longer;
    return 0;
}

int verify_threads(struct verdict *verdict, const struct expectation *expectation,
                   const struct observation *observation, struct findings *findings)
{
    autofree char *wrong = strdup("");
    autofree char *wanted = NULL;
    unsigned int n_wrong = 0;

    if (!expectation->cpus)
        return 0;
    for (unsigned int i = 0; wrong && i < observation->n_threads; i++) {
        const struct thread *thread = &observation->threads[i];

        if (hwloc_bitmap_isincluded(thread->cpus_allowed, expectation->cpus))
            continue;
        if (n_wrong++ < THREADS_NAMED_MAX && name_thread(&wrong, thread) < 0)
            return -ENOMEM;
    }
    verdict->n_threads = observation->n_threads;
    verdict->threads_in_place = observation->n_threads - n_wrong;
    if (n_wrong == 0)
        return wrong ? 0 : -ENOMEM;
    wanted = set_format(expectation->cpus);
    if (!wanted)
        return -ENOMEM;
    return findings_add(
        findings, CODE_THREAD_ELSEWHERE, (struct place){.subject = expectation->subject},
        text("%u of %u threads may run outside CPUs %s: %s%s", n_wrong, observation->n_threads,
             wanted, wrong, n_wrong > THREADS_NAMED_MAX ? ", ..." : ""),
        text("somebody set their affinity since, or they were made elsewhere: `taskset -apc "
             "%s %d` sets that of all",
             wanted, (int)observation->id.pid));
}
