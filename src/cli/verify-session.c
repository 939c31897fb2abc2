/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verifies process by process. The one idea: what is not there to be looked at is a finding like
 * any other, so that nothing that was applied goes unmentioned.
 */

#include "verify-session.h"

#include "cpuset.h"
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

struct pids {
    pid_t *pids;
    size_t n;
};

/* Adds those of more that are not in it yet, and frees more. */
static int merge(struct pids *pids, struct pids more)
{
    pid_t *larger = reallocarray(pids->pids, pids->n + more.n + 1, sizeof(*larger));

    if (larger)
        pids->pids = larger;
    for (size_t i = 0; larger && i < more.n; i++) {
        size_t known = 0;

        while (known < pids->n && larger[known] != more.pids[i])
            known++;
        if (known == pids->n)
            larger[pids->n++] = more.pids[i];
    }
    free(more.pids);
    return larger ? 0 : -ENOMEM;
}

static int add_cgroup(const struct root *root, const char *path, struct pids *pids)
{
    struct pids members = {0};
    struct cpuset cpuset;
    int r = cpuset_find(root, &cpuset, NULL);

    if (r == 0) {
        r = cpuset_processes(root, &cpuset, path, &members.pids, &members.n);
        cpuset_fini(&cpuset);
    }
    if (r == -ENOENT) /* removed since: whoever did that moved its processes away */
        return 0;
    return r < 0 ? r : merge(pids, members);
}

/* Who belongs to the instance now: the process that was applied and what it started, also when
 * somebody took it out of its cgroup, and what else is in there. */
static int find_processes(const struct verify_session *session, const struct applied *applied,
                          struct pids *pids)
{
    struct pids family = {0};
    int r = 0;

    if (!applied->same_boot)
        return 0;
    if (applied->id.pid != 0 && proc_is_same(session->root, &applied->id))
        r = proc_tree(session->root, applied->id.pid, &family.pids, &family.n);
    if (r == 0)
        r = merge(pids, family);
    if ((r == 0 || r == -ESRCH) && applied->cgroup)
        r = add_cgroup(session->root, applied->cgroup, pids);
    return r == -ESRCH ? 0 : r;
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
    int r = find_processes(session, applied, &pids);

    if (r < 0)
        (void)error_set(err, r, "cannot find the processes of \"%s\": %s", applied->instance,
                        strerror(-r));
    else
        r = verify_members(session, applied, &pids, err);
    free(pids.pids);
    return r;
}
