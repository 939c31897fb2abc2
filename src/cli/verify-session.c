/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verifies process by process. The one idea: what is not there to be looked at is a finding like
 * any other, so that nothing that was applied goes unmentioned.
 */

#include "verify-session.h"

#include "applied-processes.h"
#include "render-verdict.h"

#include <string.h>

/* Longer than the name of an instance, a command's name and a pid. */
#define SUBJECT_MAX 512

static int report(struct verify_session *session, const struct verdict_report *report)
{
    session->in_place &= report->verdict->in_place;
    if (!session->verdicts)
        return render_verdict(report, session->verbose, stdout);
    return json_array_append_new(session->verdicts, json_verdict(report)) == 0 ? 0 : -ENOMEM;
}

static int judge(struct verify_session *session, const struct expectation *expectation,
                 const struct observation *observation)
{
    struct findings findings = {0};
    struct verdict verdict = {0};
    int r = verify_process(session->machine, expectation, observation, &verdict, &findings);

    if (r == 0)
        r = report(session, &(struct verdict_report){.expectation = expectation,
                                                     .verdict = &verdict,
                                                     .observation = observation,
                                                     .findings = &findings});
    verdict_fini(&verdict);
    findings_fini(&findings);
    return r;
}

int verify_by_own_policy(struct verify_session *session, pid_t pid, struct np_error *err)
{
    autoobservation struct observation *observation = NULL;
    char subject[SUBJECT_MAX];
    int r = observe_process(session->root, pid, OBSERVE_ALL, &observation, err);

    if (r == 0)
        r = observation_need_pages(observation, err);
    if (r < 0)
        return r;
    (void)snprintf(subject, sizeof(subject), "%s (pid %d)", observation->comm, (int)pid);
    return judge(session, &(struct expectation){.subject = subject}, observation);
}

/* An instance without a process: findings with nothing that was observed. */
static int judge_absent(struct verify_session *session, const struct applied *applied)
{
    struct findings findings = {0};
    int r = verify_absent(applied->instance, applied->id.pid, applied->same_boot, &findings);

    if (r == 0) {
        struct verdict verdict = {.in_place = findings_count(&findings, SEVERITY_ERROR) == 0};

        r = report(session, &(struct verdict_report){
                                .expectation = &(struct expectation){.subject = applied->instance},
                                .verdict = &verdict,
                                .findings = &findings});
    }
    findings_fini(&findings);
    return r;
}

/* NULL for an empty set: nothing was asked for. */
static hwloc_const_bitmap_t unless_empty(hwloc_const_bitmap_t set)
{
    return set && !hwloc_bitmap_iszero(set) ? set : NULL;
}

static int verify_member(struct verify_session *session, const struct applied *applied, pid_t pid,
                         bool alone, struct np_error *err)
{
    autoobservation struct observation *observation = NULL;
    char subject[SUBJECT_MAX];
    int r = observe_process(session->root, pid, OBSERVE_ALL, &observation, err);

    if (r < 0)
        return r;
    if (alone)
        (void)snprintf(subject, sizeof(subject), "%s", applied->instance);
    else
        (void)snprintf(subject, sizeof(subject), "%s, %s (pid %d)", applied->instance,
                       observation->comm, (int)pid);
    return judge(session,
                 &(struct expectation){.subject = subject,
                                       .cpus = unless_empty(applied->cpus),
                                       .mem_nodes = unless_empty(applied->mem_nodes),
                                       .policy = applied->policy,
                                       .shares = applied->shares,
                                       .n_shares = applied->n_shares},
                 observation);
}

static int verify_members(struct verify_session *session, const struct applied *applied,
                          const struct pids *pids, struct np_error *err)
{
    size_t seen = 0;

    for (size_t i = 0; i < pids->n; i++) {
        int r = verify_member(session, applied, pids->pids[i], pids->n == 1, err);

        if (r < 0 && r != -ESRCH) /* that one has ended since */
            return r;
        seen += r == 0;
    }
    return seen > 0 ? 0 : judge_absent(session, applied);
}

int verify_instance(struct verify_session *session, const struct applied *applied,
                    struct np_error *err)
{
    struct pids pids = {0};
    int r = applied_processes(session->root, applied, &pids);

    if (r < 0)
        (void)error_set(err, r, "cannot find the processes of \"%s\": %s", applied->instance,
                        strerror(-r));
    else
        r = verify_members(session, applied, &pids, err);
    free(pids.pids);
    return r;
}
