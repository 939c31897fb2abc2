/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts on many processes: the few that matter in full, the others as numbers. */

#include "run-tally.h"

#include "cli.h"
#include "numa-calls.h"
#include "render-verdict.h"

#include <string.h>

/* A process in place with less memory than this, or than this part of the largest, is named only if
 * there is no other. */
#define NAMED_MIN_BYTES MIB
#define NAMED_PART 100

/* Threads that ended are judged where they were then. Of a process that goes on, those that it has
 * are judged. */
static void use_ended_threads(struct traced_process *process)
{
    struct observation *observation = process->largest;

    for (unsigned int i = 0; i < observation->n_threads; i++)
        thread_fini(&observation->threads[i]);
    free(observation->threads);
    observation->threads = TAKE(process->ended);
    observation->n_threads = process->n_ended;
    process->n_ended = 0;
}

static int judge(struct tally *tally, struct judged *judged, struct np_error *err)
{
    const struct run_binding *binding = tally->binding;
    /* A child may have given itself another policy: what was promised here is what counts. The
     * modes that promise nothing are judged by what the kernel was told. */
    const struct expectation expectation = {
        .subject = judged->subject,
        .cpus = binding->cpus,
        .mem_nodes = binding->nodes && binding->mode == MPOL_BIND ? binding->nodes : NULL,
        .policy = MEMORY_POLICY_BIND,
    };
    int r = 0;

    if (!tally->machine)
        r = machine_load("live", MACHINE_NODES | MACHINE_SETTINGS, &tally->machine, err);
    if (r == 0)
        r = verify_process(tally->machine, &expectation, judged->observation, &judged->verdict,
                           &judged->findings);
    return r;
}

static void judged_fini(struct judged *judged)
{
    verdict_fini(&judged->verdict);
    findings_fini(&judged->findings);
    (void)observation_free(judged->observation);
}

static bool matters_more(const struct judged *a, const struct judged *b)
{
    if (a->verdict.in_place != b->verdict.in_place)
        return !a->verdict.in_place;
    return a->verdict.judged_bytes > b->verdict.judged_bytes;
}

static void count_as_rest(struct tally *tally, struct judged *judged)
{
    tally->n_rest++;
    if (!judged->verdict.in_place)
        tally->n_rest_astray++;
    if (judged->verdict.judged_bytes > tally->rest_largest_bytes)
        tally->rest_largest_bytes = judged->verdict.judged_bytes;
    judged_fini(judged);
}

static void keep(struct tally *tally, struct judged judged)
{
    unsigned int at = tally->n_named++;

    for (; at > 0 && matters_more(&judged, &tally->named[at - 1]); at--)
        tally->named[at] = tally->named[at - 1];
    tally->named[at] = judged;
    if (tally->n_named > TALLY_NAMED_MAX)
        count_as_rest(tally, &tally->named[--tally->n_named]);
}

void tally_add(struct tally *tally, struct traced_process *process)
{
    struct judged judged = {0};
    struct np_error err = {0};
    int r;

    if (!process->executed || process->borrows_memory)
        return; /* it never was a program of its own */
    if (!process->largest) {
        tally->n_unseen++;
        return;
    }
    if (process->n_live == 0 && process->n_ended > 0)
        use_ended_threads(process);
    judged.observation = TAKE(process->largest);
    (void)snprintf(judged.subject, sizeof(judged.subject), "%s (pid %d%s)",
                   judged.observation->comm, (int)process->pid,
                   process->n_live > 0 ? ", still running" : "");
    r = judge(tally, &judged, &err);
    if (r == 0) {
        keep(tally, judged);
        return;
    }
    if (tally->error == 0)
        cli_error(&err, r);
    tally->error = r;
    judged_fini(&judged);
}

static int print_named(const struct tally *tally, const struct judged *judged)
{
    const struct expectation expectation = {.subject = judged->subject,
                                            .cpus = tally->binding->cpus};

    return render_verdict(&(struct verdict_report){.expectation = &expectation,
                                                   .verdict = &judged->verdict,
                                                   .observation = judged->observation,
                                                   .findings = &judged->findings},
                          tally->n_named == 1, stderr);
}

/* Those in place that are small beside the largest: the shells around a server. */
static void drop_small(struct tally *tally)
{
    uint64_t largest = 0;

    for (unsigned int i = 0; i < tally->n_named; i++) {
        if (tally->named[i].verdict.judged_bytes > largest)
            largest = tally->named[i].verdict.judged_bytes;
    }
    while (tally->n_named > 1) {
        struct judged *last = &tally->named[tally->n_named - 1];

        if (!last->verdict.in_place || (last->verdict.judged_bytes >= NAMED_MIN_BYTES &&
                                        last->verdict.judged_bytes >= largest / NAMED_PART))
            break;
        tally->n_named--;
        count_as_rest(tally, last);
    }
}

static void print_rest(const struct tally *tally, const char *program)
{
    char size[SIZE_TEXT_MAX];

    if (tally->n_rest > 0) {
        fprintf(stderr, "%u more process%s: ", tally->n_rest, tally->n_rest == 1 ? "" : "es");
        if (tally->n_rest_astray > 0)
            fprintf(stderr, "%u NOT in place", tally->n_rest_astray);
        else
            fprintf(stderr, "in place");
        fprintf(stderr, ", %s%s\n", tally->n_rest == 1 ? "" : "the largest with ",
                size_format(tally->rest_largest_bytes, size));
    }
    if (tally->n_unseen > 0 && tally->n_named == 0)
        cli_message("%s ended before anybody could look where its memory is", program);
    else if (tally->n_unseen > 0)
        cli_message("%u process%s ended before anybody could look where the memory is",
                    tally->n_unseen, tally->n_unseen == 1 ? "" : "es");
}

int tally_report(struct tally *tally, const char *program)
{
    bool astray = tally->n_named > 0 && !tally->named[0].verdict.in_place;

    drop_small(tally);
    for (unsigned int i = 0; i < tally->n_named; i++) {
        int r = print_named(tally, &tally->named[i]);

        if (r < 0) {
            cli_error(&(struct np_error){0}, r);
            tally->error = r;
        }
    }
    print_rest(tally, program);
    if (astray)
        return EXIT_DRIFTED;
    return tally->error < 0 ? EXIT_FAILED : EXIT_DONE;
}

void tally_fini(struct tally *tally)
{
    for (unsigned int i = 0; i < tally->n_named; i++)
        judged_fini(&tally->named[i]);
    tally->machine = machine_free(tally->machine);
}
