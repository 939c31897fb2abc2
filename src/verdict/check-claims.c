/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: devices and parts of devices that instances get for themselves. */

#include "check-rules.h"
#include "parts.h"

#include <string.h>

static const char *part_name(enum claim_kind kind)
{
    return kind == CLAIM_VF ? "VF" : "namespace";
}

/* "device "eth0"", "VF 1 of "eth0"" */
static char *claim_text(const struct claim *claim)
{
    if (claim->kind == CLAIM_WHOLE)
        return text("device \"%s\"", claim->device);
    return text("%s %u of \"%s\"", part_name(claim->kind), claim->number, claim->device);
}

static struct place place_of_claim(const struct subject *subject, const struct claim *claim)
{
    struct place place = place_of(subject, KEY_CLAIMS);

    if (claim->at.line > 0)
        place.at = claim->at;
    return place;
}

/* Each claim by itself */

/* What there is for instances, as a way out. The caller frees; NULL when out of memory. */
static char *others_text(const struct claim *claim, const struct device_parts *parts)
{
    autofree char *available = parts->available ? set_format(parts->available) : NULL;

    if (parts->available && !available)
        return NULL;
    if (!parts->available)
        return text("claim another");
    if (!available[0])
        return text("none of this device is available: claim one of another");
    return text("available are %ss %s", part_name(claim->kind), available);
}

static int report_part(const struct check *check, struct place place, const struct claim *claim,
                       enum finding_code code, char *rest, char *way_out)
{
    autofree char *taken = rest, *out = way_out, *thing = claim_text(claim);

    if (!taken || !out || !thing)
        return -ENOMEM;
    return report(check, place, code, text("%s %s", thing, taken), TAKE(out));
}

static int check_part(const struct check *check, struct place place, const struct claim *claim,
                      const struct device *device)
{
    const struct device_parts *parts = parts_of(device, claim->kind);

    switch (part_fault(device, claim->kind, claim->number)) {
    case PART_SOUND:
        return 0;
    case PART_WITHOUT:
        return report_part(check, place, claim, CODE_DEVICE_WITHOUT_PARTS,
                           text("does not exist: the device has none"),
                           text("say how many it has, or claim the device"));
    case PART_UNKNOWN:
        return report_part(check, place, claim, CODE_PART_UNKNOWN,
                           text("does not exist: the device has %d", parts->total),
                           others_text(claim, parts));
    case PART_RESERVED:
        return report_part(check, place, claim, CODE_PART_RESERVED,
                           text("is reserved for the host"), others_text(claim, parts));
    case PART_NOT_AVAILABLE:
        return report_part(check, place, claim, CODE_PART_NOT_AVAILABLE,
                           text("is not available to instances"), others_text(claim, parts));
    }
    return 0;
}

static int check_whole(const struct check *check, struct place place, const struct claim *claim,
                       const struct device *device)
{
    static const enum claim_kind kinds[] = {CLAIM_VF, CLAIM_NAMESPACE};

    if (part_fault(device, CLAIM_WHOLE, 0) == PART_SOUND)
        return 0;
    for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
        const struct device_parts *parts = parts_of(device, kinds[i]);

        if (parts->reserved && !hwloc_bitmap_iszero(parts->reserved))
            return report_part(check, place, claim, CODE_PART_RESERVED,
                               text("is claimed whole, and its %s %d is reserved for the host",
                                    part_name(kinds[i]), hwloc_bitmap_first(parts->reserved)),
                               text("claim the parts that are available"));
    }
    return 0;
}

static int check_near(const struct check *check, const struct subject *subject, struct place place,
                      const struct device *device)
{
    hwloc_const_bitmap_t nodes = subject->cpu_nodes ? subject->cpu_nodes : subject->wish->nodes;
    autofree char *list = NULL;

    if (!nodes || hwloc_bitmap_iszero(nodes) || device->node < 0 ||
        hwloc_bitmap_isset(nodes, (unsigned int)device->node))
        return 0;
    list = text_set("node", nodes);
    if (!list)
        return -ENOMEM;
    return report(check, place, CODE_NEAR_REMOTE,
                  text("device \"%s\" is on node %d, and the %s on %s", device->name, device->node,
                       subject->cpu_nodes ? "CPUs given are" : "instance is to be", list),
                  text("give CPUs of node %d, or a device of %s", device->node, list));
}

static int check_claim(const struct check *check, const struct subject *subject,
                       const struct claim *claim)
{
    struct place place = place_of_claim(subject, claim);
    const struct device *device;
    int r;

    if (!claim->device)
        return report(check, place, CODE_REFERENCE_UNRESOLVED,
                      text("reference \"%s\" leads to no device", claim->text),
                      text("label a device with it, or a node with its parent and number"));
    device = claimed_device(check->machine, check->options, claim->device);
    if (!device)
        return report(check, place, CODE_DEVICE_UNKNOWN,
                      text("device \"%s\" does not exist", claim->device),
                      text("`numaplace topo` shows the devices of the machine"));
    if (claim->kind == CLAIM_WHOLE)
        r = check_whole(check, place, claim, device);
    else
        r = check_part(check, place, claim, device);
    return r < 0 ? r : check_near(check, subject, place, device);
}

static int check_claims(const struct check *check, const struct subject *subject)
{
    const struct instance *instance = subject->instance;
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < instance->n_claims; i++)
        r = check_claim(check, subject, &instance->claims[i]);
    return r;
}

const subject_rule claim_rules[] = {check_claims, NULL};

/* All claims together */

struct holder {
    const struct subject *subject;
    const struct claim *claim;
    const char *device; /* its name, also where the claim has another */
};

/* By device, the whole one first, then by part; what is the same in the spec's order. */
static int compare_holders(const void *a, const void *b)
{
    const struct holder *x = a, *y = b;
    int order = strcmp(x->device, y->device);

    if (order)
        return order;
    if (x->claim->kind != y->claim->kind)
        return x->claim->kind < y->claim->kind ? -1 : 1;
    if (x->claim->kind != CLAIM_WHOLE && x->claim->number != y->claim->number)
        return x->claim->number < y->claim->number ? -1 : 1;
    if (x->subject != y->subject)
        return x->subject < y->subject ? -1 : 1;
    return x->claim < y->claim ? -1 : x->claim > y->claim;
}

static struct holder holder_of(const struct check *check, const struct subject *subject,
                               const struct claim *claim)
{
    const struct device *device = claimed_device(check->machine, check->options, claim->device);

    return (struct holder){subject, claim, claimed_name(claim, device)};
}

/* The claims that lead to a device, sorted. The caller frees. */
static int collect(const struct check *check, struct holder **ret_holders, unsigned int *ret_n)
{
    unsigned int n = 0;
    struct holder *holders;

    for (unsigned int i = 0; i < check->n_subjects; i++)
        n += check->subjects[i].instance->n_claims;
    holders = calloc(n + 1, sizeof(*holders));
    if (!holders)
        return -ENOMEM;
    n = 0;
    for (unsigned int i = 0; i < check->n_subjects; i++) {
        const struct instance *instance = check->subjects[i].instance;

        for (unsigned int j = 0; j < instance->n_claims; j++) {
            if (instance->claims[j].device)
                holders[n++] = holder_of(check, &check->subjects[i], &instance->claims[j]);
        }
    }
    qsort(holders, n, sizeof(*holders), compare_holders);
    *ret_holders = holders;
    *ret_n = n;
    return 0;
}

static bool is_same_thing(const struct holder *a, const struct holder *b)
{
    return a->claim->kind == b->claim->kind && strcmp(a->device, b->device) == 0 &&
           (a->claim->kind == CLAIM_WHOLE || a->claim->number == b->claim->number);
}

/* Told at the later one in the spec. */
static int report_twice(const struct check *check, const struct holder *a, const struct holder *b)
{
    bool in_order = a->subject != b->subject ? a->subject < b->subject : a->claim < b->claim;
    const struct holder *first = in_order ? a : b, *later = in_order ? b : a;
    autofree char *thing = claim_text(later->claim), *held = claim_text(first->claim);

    if (!thing || !held)
        return -ENOMEM;
    return report(check, place_of_claim(later->subject, later->claim), CODE_CLAIM_TWICE,
                  is_same_thing(first, later)
                      ? text("%s already belongs to \"%s\"", thing, first->subject->instance->name)
                      : text("%s is claimed, and %s belongs to \"%s\"", thing, held,
                             first->subject->instance->name),
                  text("claim each thing once"));
}

/* A thing that two claim, and a device that one claims whole and another in part. */
static int check_twice(const struct check *check)
{
    autofree struct holder *holders = NULL;
    const struct holder *same = NULL, *whole = NULL;
    unsigned int n;
    int r = collect(check, &holders, &n);

    for (unsigned int i = 0; r == 0 && i < n; i++) {
        const struct holder *holder = &holders[i];

        if (whole && strcmp(whole->device, holder->device) != 0)
            whole = NULL;
        if (same && is_same_thing(same, holder)) {
            r = report_twice(check, same, holder);
            continue;
        }
        same = holder;
        if (holder->claim->kind == CLAIM_WHOLE)
            whole = holder;
        else if (whole)
            r = report_twice(check, whole, holder);
    }
    return r;
}

const whole_rule claim_sum_rules[] = {check_twice, NULL};
