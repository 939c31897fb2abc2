/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at each change of a device and hands them all to the verdict, with how many queues were
 * planned for and how many there are. */

#include "verify-nics.h"

#include "changes-from-irq-plan.h"
#include "irqbalance.h"
#include "json-util.h"
#include "kinds.h"
#include "render-findings.h"
#include "text.h"
#include "transaction.h"
#include "verify-nic.h"

#include <string.h>

/* The sights of one device, gathered. */
struct look {
    struct verify_session *session;
    const struct transaction *transaction;
    json_t *plan;
    struct nic_observation nic;
};

static void look_fini(struct look *look)
{
    for (unsigned int i = 0; i < look->nic.n_sights; i++)
        json_decref(look->nic.sights[i].now);
    free(look->nic.sights);
}

static const char *device_of(const struct change *change)
{
    bool is_nic = change->kind == CHANGE_IRQ || change->kind == CHANGE_QUEUE;

    return is_nic ? member_text(change->subject, "device") : NULL;
}

/* What was put back, or left to others, is not ours to judge any more. */
static bool is_in_force(const struct change *change)
{
    return change->state == CHANGE_INTENDED || change->state == CHANGE_MADE ||
           change->state == CHANGE_STUCK;
}

/* The queues that were planned for stand in the plan: at its top, or with the instance of a
 * placement file's plan that wanted the interrupts. */
static void find_planned(struct look *look)
{
    json_t *instances = json_object_get(look->plan, "instances"), *plan = look->plan, *instance;
    size_t i;

    json_array_foreach(instances, i, instance)
    {
        json_t *irqs = json_object_get(instance, "irqs");

        if (strcmp(member_text(irqs, "device"), look->nic.device) == 0)
            plan = irqs;
    }
    look->nic.planned_rx = (unsigned int)json_integer_value(json_object_get(plan, "rx_queues"));
    look->nic.planned_tx = (unsigned int)json_integer_value(json_object_get(plan, "tx_queues"));
}

static int add_sight(struct look *look, const struct change *change, struct np_error *err)
{
    struct change_context context = {.root = look->session->root};
    struct nic_sight *sight = &look->nic.sights[look->nic.n_sights];
    int r = transaction_look(&context, look->transaction, change, &sight->now, err);

    if (r < 0)
        return r;
    sight->change = change;
    sight->standing = (enum standing)r;
    look->nic.n_sights++;
    return 0;
}

/* From change number first on: those before it are of other devices. */
static int look_at(struct look *look, unsigned int first, struct np_error *err)
{
    const struct changes *changes = &look->transaction->changes;
    struct nic_observation *nic = &look->nic;
    int r = 0;

    find_planned(look);
    if (nic->planned_rx + nic->planned_tx > 0)
        r = count_queues(look->session->root, nic->device, &nic->n_rx, &nic->n_tx);
    nic->present = r != -ENODEV;
    if (nic->present && r < 0)
        return error_set(err, r, "cannot list the queues of %s: %s", nic->device, strerror(-r));
    nic->sights = calloc(changes->n, sizeof(*nic->sights));
    if (!nic->sights)
        return -ENOMEM;
    for (r = 0; r == 0 && first < changes->n; first++) {
        const char *device = device_of(&changes->list[first]);

        if (device && strcmp(device, nic->device) == 0 && is_in_force(&changes->list[first]))
            r = add_sight(look, &changes->list[first], err);
    }
    return r;
}

static json_t *json_nic(const struct look *look, const struct nic_verdict *verdict,
                        const struct findings *findings)
{
    return json_pack("{s:o, s:I, s:b, s:i, s:i, s:i, s:i, s:o}", "device",
                     json_text(look->nic.device), "transaction", (json_int_t)look->transaction->id,
                     "in_place", verdict->in_place, "interrupts", (int)verdict->n_irqs,
                     "interrupts_in_place", (int)verdict->irqs_in_place, "queue_settings",
                     (int)verdict->n_queues, "queue_settings_in_place",
                     (int)verdict->queues_in_place, "findings", json_findings(findings));
}

static void print(const struct look *look, const struct nic_verdict *verdict,
                  const struct findings *findings)
{
    text_put(stdout, look->nic.device);
    printf(": %s: %u of %u interrupts", verdict->in_place ? "in place" : "NOT in place",
           verdict->irqs_in_place, verdict->n_irqs);
    if (verdict->n_queues > 0)
        printf(", %u of %u settings of queues", verdict->queues_in_place, verdict->n_queues);
    printf("\n");
    for (unsigned int i = 0; i < findings->n_findings; i++) {
        if (look->session->verbose || findings->findings[i].severity > SEVERITY_NOTE)
            render_finding_indented(&findings->findings[i], stdout);
    }
}

/* Whatever it was that apply did about irqbalance. */
static bool is_guarded(const struct changes *changes)
{
    for (unsigned int i = 0; i < changes->n; i++) {
        enum change_kind_id kind = changes->list[i].kind;

        if ((kind == CHANGE_IRQBALANCE_BAN || kind == CHANGE_IRQBALANCE_STOP) &&
            is_in_force(&changes->list[i]))
            return true;
    }
    return false;
}

static int judge(struct look *look)
{
    struct findings findings = {0};
    struct nic_verdict verdict;
    int r = verify_nic(&look->nic, &verdict, &findings);

    if (r == 0) {
        look->session->in_place &= verdict.in_place;
        if (!look->session->devices)
            print(look, &verdict, &findings);
        else if (json_array_append_new(look->session->devices,
                                       json_nic(look, &verdict, &findings)) < 0)
            r = -ENOMEM;
    }
    findings_fini(&findings);
    return r;
}

static int verify_device(struct verify_session *session, const struct transaction *transaction,
                         json_t *plan, unsigned int first, struct np_error *err)
{
    CLEANUP(look_fini)
    struct look look = {
        .session = session,
        .transaction = transaction,
        .plan = plan,
        .nic = {.device = device_of(&transaction->changes.list[first]),
                .transaction = transaction->id,
                .same_boot = transaction->same_boot,
                .guarded = is_guarded(&transaction->changes)},
    };
    autoirqbalance struct irqbalance irqbalance = {0};
    int r = look_at(&look, first, err);

    if (r == 0)
        r = irqbalance_look(session->root, IRQBALANCE_GLANCE_MS, &irqbalance);
    look.nic.irqbalance = &irqbalance;
    return r < 0 ? r : judge(&look);
}

static bool is_first_of_device(const struct changes *changes, unsigned int i)
{
    const char *device = device_of(&changes->list[i]);

    for (unsigned int j = 0; device && j < i; j++) {
        const char *before = device_of(&changes->list[j]);

        if (before && is_in_force(&changes->list[j]) && strcmp(before, device) == 0)
            return false;
    }
    return device && is_in_force(&changes->list[i]);
}

static int verify_transaction(struct verify_session *session, const struct transaction *transaction,
                              unsigned int *n, struct np_error *err)
{
    autojson json_t *plan = json_loads(transaction->plan, 0, NULL);
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < transaction->changes.n; i++) {
        if (!is_first_of_device(&transaction->changes, i))
            continue;
        r = verify_device(session, transaction, plan, i, err);
        ++*n;
    }
    return r;
}

int verify_nics(struct verify_session *session, const char *spec_file, unsigned int *n,
                struct np_error *err)
{
    autofree int64_t *ids = NULL;
    unsigned int n_ids = 0;
    int r = session->journal ? journal_open_transactions(session->journal, &ids, &n_ids, err) : 0;

    for (unsigned int i = 0; r == 0 && i < n_ids; i++) {
        autotransaction struct transaction *transaction = NULL;

        r = journal_load(session->journal, ids[i], &transaction, err);
        if (r == 0 && (!spec_file || strcmp(transaction->spec_file, spec_file) == 0))
            r = verify_transaction(session, transaction, n, err);
    }
    return r;
}
