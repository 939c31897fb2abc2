/* SPDX-License-Identifier: Apache-2.0 */
/* One finding for all that went the same way: who moves interrupts moves all of them. */

#include "verify-nic.h"

#include "kinds.h"

#include <string.h>

enum { NAMED_MAX = 3 }; /* in one finding */

/* Those of one kind that stand alike, in words. */
struct group {
    char *names;
    unsigned int n;
};

static void cleanup_group(struct group *group)
{
    free(group->names);
}
#define autogroup CLEANUP(cleanup_group)

static bool is_irq(const struct nic_sight *sight)
{
    return sight->change->kind == CHANGE_IRQ;
}

static bool is_moved(const struct nic_sight *sight)
{
    return sight->standing == STANDING_FOREIGN || sight->standing == STANDING_FORMER;
}

/* irqbalance runs, and is not known to leave this one alone. */
static bool is_free_irq(const struct nic_observation *nic, const struct nic_sight *sight)
{
    const struct irqbalance *irqbalance = nic->irqbalance;
    json_int_t irq = json_integer_value(json_object_get(sight->change->subject, "irq"));

    return is_irq(sight) && irqbalance && irqbalance->pid > 0 &&
           (irqbalance->answer < 0 ||
            !hwloc_bitmap_isset(irqbalance->banned_irqs, (unsigned int)irq));
}

static bool is_moved_irq(const struct nic_sight *sight)
{
    return is_irq(sight) && is_moved(sight);
}

static bool is_moved_queue(const struct nic_sight *sight)
{
    return !is_irq(sight) && is_moved(sight);
}

static bool is_gone_irq(const struct nic_sight *sight)
{
    return is_irq(sight) && sight->standing == STANDING_GONE;
}

static bool is_pending_irq(const struct nic_sight *sight)
{
    return is_irq(sight) && sight->standing == STANDING_PENDING;
}

/* "41 (eth0-0)", "tx-0 (xps_cpus)". The caller frees. */
static char *name_subject(const struct nic_sight *sight)
{
    const json_t *subject = sight->change->subject;

    if (!is_irq(sight))
        return text("%s (%s)", member_text(subject, "queue"), member_text(subject, "file"));
    return text("%d (%s)", (int)json_integer_value(json_object_get(subject, "irq")),
                member_text(subject, "name"));
}

/* "0-7", "none". */
static const char *name_value(const json_t *value, const char *key)
{
    const char *cpus = member_text(value, key);

    return cpus[0] ? cpus : "none";
}

/* "41 (eth0-0): 0-7 instead of 4"; of what is gone there is nothing to compare. The caller frees.
 */
static char *name_sight(const struct nic_sight *sight)
{
    bool pending = sight->standing == STANDING_PENDING;
    autofree char *subject = name_subject(sight);

    if (!subject || sight->standing == STANDING_GONE)
        return TAKE(subject);
    return text("%s: %s instead of %s", subject,
                name_value(sight->now, pending ? "effective" : "cpus"),
                name_value(sight->change->wanted, "cpus"));
}

static int add_name(struct group *group, const struct nic_sight *sight)
{
    autofree char *name = NULL;
    char *longer;

    if (group->n++ >= NAMED_MAX)
        return 0;
    name = name_sight(sight);
    longer = name ? text("%s%s%s", group->names, group->names[0] ? "; " : "", name) : NULL;
    if (!longer)
        return -ENOMEM;
    free(group->names);
    group->names = longer;
    return 0;
}

static int gather(const struct nic_observation *nic, bool (*belongs)(const struct nic_sight *),
                  struct group *group)
{
    group->names = strdup("");
    for (unsigned int i = 0; group->names && i < nic->n_sights; i++) {
        int r = belongs(&nic->sights[i]) ? add_name(group, &nic->sights[i]) : 0;

        if (r < 0)
            return r;
    }
    return group->names ? 0 : -ENOMEM;
}

static const char *more(const struct group *group)
{
    return group->n > NAMED_MAX ? "; ..." : "";
}

static int add(const struct nic_observation *nic, struct findings *findings, enum finding_code code,
               char *fact, char *way_out)
{
    return findings_add(findings, code, (struct place){.subject = nic->device}, fact, way_out);
}

static char *again(const struct nic_observation *nic, const char *why)
{
    return text("%s: `numaplace rollback --force %lld`, then apply again", why,
                (long long)nic->transaction);
}

/* Who has moved interrupts: it is mostly irqbalance. The caller frees. */
static char *name_mover(const struct nic_observation *nic)
{
    for (unsigned int i = 0; i < nic->n_sights; i++) {
        if (is_moved(&nic->sights[i]) && is_free_irq(nic, &nic->sights[i]))
            return text("irqbalance (pid %d) runs and %s", (int)nic->irqbalance->pid,
                        nic->irqbalance->answer < 0 ? "does not say what it leaves alone"
                                                    : "does not leave them alone");
    }
    return strdup("somebody has moved them since, which `numaplace irq` may tell");
}

static int judge_moved(const struct nic_observation *nic, const struct nic_verdict *verdict,
                       struct findings *findings)
{
    autogroup struct group irqs = {0}, queues = {0};
    autofree char *mover = name_mover(nic);
    int r = mover ? gather(nic, is_moved_irq, &irqs) : -ENOMEM;

    if (r == 0)
        r = gather(nic, is_moved_queue, &queues);
    if (r == 0 && irqs.n > 0)
        r = add(nic, findings, CODE_INTERRUPT_ELSEWHERE,
                text("%u of %u interrupts are not on the CPUs that they were given: %s%s", irqs.n,
                     verdict->n_irqs, irqs.names, more(&irqs)),
                again(nic, mover));
    if (r == 0 && queues.n > 0)
        r = add(nic, findings, CODE_QUEUE_ELSEWHERE,
                text("%u of %u settings of queues are not as they were made: %s%s", queues.n,
                     verdict->n_queues, queues.names, more(&queues)),
                again(nic, "somebody has set them since"));
    return r;
}

static int judge_gone(const struct nic_observation *nic, const struct nic_verdict *verdict,
                      struct findings *findings)
{
    autogroup struct group gone = {0};
    int r = gather(nic, is_gone_irq, &gone);

    if (r < 0 || gone.n == 0)
        return r;
    return add(nic, findings, CODE_INTERRUPT_GONE,
               text("%u of %u interrupts are not its own any more: %s%s", gone.n, verdict->n_irqs,
                    gone.names, more(&gone)),
               again(nic, "its driver has taken others, which have their own CPUs"));
}

static int judge_pending(const struct nic_observation *nic, struct findings *findings)
{
    autogroup struct group pending = {0};
    int r = gather(nic, is_pending_irq, &pending);

    if (r < 0 || pending.n == 0)
        return r;
    return add(nic, findings, CODE_INTERRUPT_PENDING,
               text("%u interrupt%s taken by the former CPU until next raised: %s%s", pending.n,
                    pending.n == 1 ? " is" : "s are", pending.names, more(&pending)),
               NULL);
}

/* It was told, or ended, and moves them all the same next time. One that does not answer may know.
 */
static int judge_guard(const struct nic_observation *nic, const struct nic_verdict *verdict,
                       struct findings *findings)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < nic->n_sights; i++)
        n += is_free_irq(nic, &nic->sights[i]);
    if (!nic->guarded || n == 0 || nic->irqbalance->answer < 0)
        return 0;
    return add(nic, findings, CODE_INTERRUPT_UNGUARDED,
               text("irqbalance (pid %d) may move %u of %u interrupts", (int)nic->irqbalance->pid,
                    n, verdict->n_irqs),
               again(nic, "it was started since they were placed, or told otherwise"));
}

static int judge_counts(const struct nic_observation *nic, struct findings *findings)
{
    if (nic->n_rx == nic->planned_rx && nic->n_tx == nic->planned_tx)
        return 0;
    return add(nic, findings, CODE_QUEUE_CHANGED,
               text("there are %u receive and %u transmit queues now, and %u and %u were planned "
                    "for",
                    nic->n_rx, nic->n_tx, nic->planned_rx, nic->planned_tx),
               again(nic, "their number was changed since (ethtool -L)"));
}

static int judge_absent(const struct nic_observation *nic, struct findings *findings)
{
    if (!nic->same_boot)
        return add(nic, findings, CODE_INTERRUPT_GONE,
                   text("the machine was restarted since: nothing of it is left"),
                   text("apply it again"));
    return add(nic, findings, CODE_INTERRUPT_GONE, text("the device is gone"),
               text("`numaplace rollback %lld` forgets it", (long long)nic->transaction));
}

static void count(const struct nic_observation *nic, struct nic_verdict *verdict)
{
    for (unsigned int i = 0; i < nic->n_sights; i++) {
        const struct nic_sight *sight = &nic->sights[i];
        bool right = nic->same_boot &&
                     (sight->standing == STANDING_IN_PLACE || sight->standing == STANDING_PENDING);

        *(is_irq(sight) ? &verdict->n_irqs : &verdict->n_queues) += 1;
        *(is_irq(sight) ? &verdict->irqs_in_place : &verdict->queues_in_place) += right;
    }
}

int verify_nic(const struct nic_observation *nic, struct nic_verdict *ret_verdict,
               struct findings *findings)
{
    struct nic_verdict verdict = {0};
    int r;

    count(nic, &verdict);
    if (!nic->same_boot || !nic->present) {
        r = judge_absent(nic, findings);
    } else {
        r = judge_counts(nic, findings);
        if (r == 0)
            r = judge_gone(nic, &verdict, findings);
        if (r == 0)
            r = judge_moved(nic, &verdict, findings);
        if (r == 0)
            r = judge_guard(nic, &verdict, findings);
        if (r == 0)
            r = judge_pending(nic, findings);
    }
    verdict.in_place = findings_count(findings, SEVERITY_ERROR) == 0;
    if (r == 0)
        *ret_verdict = verdict;
    return r;
}
