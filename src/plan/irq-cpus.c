/* SPDX-License-Identifier: Apache-2.0 */
/* The set is found first, then what is kept free is taken from its end, then the rest is put in
 * order. What was left out, and why, is in the reason. */

#include "irq-cpus.h"

#include "pick.h"
#include "set.h"

#include <string.h>

/* What the reason tells. All owned. */
struct left_out {
    hwloc_bitmap_t isolated;
    hwloc_bitmap_t barred;    /* not housekeeping */
    hwloc_bitmap_t elsewhere; /* of those named, where only those near the device are wanted */
    hwloc_bitmap_t kept;
    hwloc_bitmap_t siblings;
};

struct chooser {
    const struct irq_request *request;
    struct irq_cpus *cpus;
    hwloc_bitmap_t set; /* that they are chosen from; owned */
    int from_node;      /* whose CPUs these are; -1: CPUs were named */
    struct left_out out;
};

static void cleanup_chooser(struct chooser *chooser)
{
    hwloc_bitmap_free(chooser->set);
    hwloc_bitmap_free(chooser->out.isolated);
    hwloc_bitmap_free(chooser->out.barred);
    hwloc_bitmap_free(chooser->out.elsewhere);
    hwloc_bitmap_free(chooser->out.kept);
    hwloc_bitmap_free(chooser->out.siblings);
}

static int init_chooser(struct chooser *chooser)
{
    struct left_out *out = &chooser->out;

    chooser->set = hwloc_bitmap_alloc();
    out->isolated = hwloc_bitmap_alloc();
    out->barred = hwloc_bitmap_alloc();
    out->elsewhere = hwloc_bitmap_alloc();
    out->kept = hwloc_bitmap_alloc();
    out->siblings = hwloc_bitmap_alloc();
    if (!chooser->set || !out->isolated || !out->barred || !out->elsewhere)
        return -ENOMEM;
    return out->kept && out->siblings ? 0 : -ENOMEM;
}

/* The device's node: as said, as it tells, or the only one that there is. -1 unknown. */
static int find_node(const struct irq_request *request, int *ret_node, struct np_error *err)
{
    const struct machine *machine = request->machine;

    *ret_node =
        machine_node_of_device(machine, request->node >= 0 ? request->node : request->nic->node);
    if (*ret_node < 0 && !request->cpus) {
        error_set(err, -ENODATA, "the node of %s is unknown, and is not guessed",
                  request->nic->name);
        error_hint(err, "say it with --node=N, or name the CPUs with --cpus=SET");
        return -ENODATA;
    }
    if (*ret_node >= 0 && !machine_node(machine, (unsigned int)*ret_node)) {
        error_set(err, -EINVAL, "node %d, where %s is to be, does not exist", *ret_node,
                  request->nic->name);
        error_hint(err, "`numaplace topo` lists the nodes");
        return -EINVAL;
    }
    return 0;
}

/* Where none is near the device, all stay. */
static int leave_elsewhere(struct chooser *chooser)
{
    const struct machine *machine = chooser->request->machine;
    hwloc_bitmap_t out = chooser->out.elsewhere;
    int node = chooser->cpus->node;

    if (node < 0)
        return 0;
    if (hwloc_bitmap_andnot(out, chooser->set, machine_node(machine, (unsigned int)node)->cpus) < 0)
        return -ENOMEM;
    if (hwloc_bitmap_isequal(out, chooser->set)) {
        hwloc_bitmap_zero(out);
        return 0;
    }
    return hwloc_bitmap_andnot(chooser->set, chooser->set, out) < 0 ? -ENOMEM : 0;
}

/* CPUs that were named are taken as they are, if they are there. */
static int take_named(struct chooser *chooser, struct np_error *err)
{
    hwloc_const_bitmap_t named = chooser->request->cpus;

    for (int id = hwloc_bitmap_first(named); id >= 0; id = hwloc_bitmap_next(named, id)) {
        const struct cpu *cpu = machine_cpu(chooser->request->machine, (unsigned int)id);

        if (!cpu || !cpu->online) {
            error_set(err, -EINVAL, "CPU %d %s", id, cpu ? "is offline" : "does not exist");
            error_hint(err, "name CPUs that are online: `numaplace topo` lists them");
            return -EINVAL;
        }
    }
    if (hwloc_bitmap_iszero(named)) {
        error_set(err, -ENOSPC, "no CPU is named that could take interrupts of %s",
                  chooser->request->nic->name);
        error_hint(err, "name at least one");
        return -ENOSPC;
    }
    chooser->from_node = -1;
    if (hwloc_bitmap_copy(chooser->set, named) < 0)
        return -ENOMEM;
    return chooser->request->local ? leave_elsewhere(chooser) : 0;
}

/* The node itself if it has CPUs, and else the nearest that has. -1: none has any. */
static int node_with_cpus(const struct machine *machine, unsigned int node)
{
    autoset hwloc_bitmap_t nodes = hwloc_bitmap_alloc();

    for (unsigned int i = 0; nodes && i < machine->n_nodes; i++) {
        if (!hwloc_bitmap_iszero(machine->nodes[i].cpus) &&
            hwloc_bitmap_set(nodes, machine->nodes[i].id) < 0)
            return -1;
    }
    return nodes ? pick_nearest_node(machine, node, nodes) : -1;
}

static int refuse_all_out(const struct chooser *chooser, struct np_error *err)
{
    bool isolated = !hwloc_bitmap_iszero(chooser->out.isolated);
    bool barred = !hwloc_bitmap_iszero(chooser->out.barred);

    error_set(err, -ENOSPC, "all CPUs of node %d are %s", chooser->from_node,
              isolated && barred ? "isolated or kept from interrupts"
              : isolated         ? "isolated"
                                 : "kept from interrupts");
    error_hint(err, "name those that may take interrupts all the same with --cpus=SET, or another "
                    "node with --node=N");
    return -ENOSPC;
}

static int take_of_node(struct chooser *chooser, struct np_error *err)
{
    const struct irq_request *request = chooser->request;
    const struct node *node;

    chooser->from_node = node_with_cpus(request->machine, (unsigned int)chooser->cpus->node);
    if (chooser->from_node < 0)
        return error_set(err, -ENOSPC, "no node of this machine has CPUs");
    node = machine_node(request->machine, (unsigned int)chooser->from_node);
    for (int id = hwloc_bitmap_first(node->cpus); id >= 0; id = hwloc_bitmap_next(node->cpus, id)) {
        const struct cpu *cpu = machine_cpu(request->machine, (unsigned int)id);
        bool barred =
            request->housekeeping && !hwloc_bitmap_isset(request->housekeeping, (unsigned int)id);
        hwloc_bitmap_t where = cpu->isolated ? chooser->out.isolated
                               : barred      ? chooser->out.barred
                                             : chooser->set;

        if (hwloc_bitmap_set(where, (unsigned int)id) < 0)
            return -ENOMEM;
    }
    return hwloc_bitmap_iszero(chooser->set) ? refuse_all_out(chooser, err) : 0;
}

static int list_cpus(struct chooser *chooser)
{
    struct irq_cpus *cpus = chooser->cpus;
    int id = hwloc_bitmap_first(chooser->set);

    cpus->cpus = calloc((size_t)hwloc_bitmap_weight(chooser->set) + 1, sizeof(*cpus->cpus));
    if (!cpus->cpus)
        return -ENOMEM;
    for (; id >= 0; id = hwloc_bitmap_next(chooser->set, id)) {
        const struct cpu *cpu = machine_cpu(chooser->request->machine, (unsigned int)id);

        cpus->cpus[cpus->n_cpus++] = (struct irq_cpu){
            .id = cpu->id,
            .core = cpu->core < 0 ? id : cpu->core,
            .llc = cpu->llc,
            .remote = cpus->node >= 0 && cpu->node != cpus->node,
        };
    }
    return 0;
}

/* Compared from the first that differs. */
static int compare_numbers(const unsigned int *a, const unsigned int *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    }
    return 0;
}

/* In whole cores, those that are near the device first. */
static int compare_cores(const void *a, const void *b)
{
    const struct irq_cpu *x = a, *y = b;

    return compare_numbers((unsigned int[]){x->remote, (unsigned int)x->core, x->id},
                           (unsigned int[]){y->remote, (unsigned int)y->core, y->id}, 3);
}

/* An LLC that is unknown is -1, and the last. */
static int compare_order(const void *a, const void *b)
{
    const struct irq_cpu *x = a, *y = b;

    return compare_numbers((unsigned int[]){x->remote, x->disturbs, x->sibling, x->in_llc,
                                            (unsigned int)x->llc, x->id},
                           (unsigned int[]){y->remote, y->disturbs, y->sibling, y->in_llc,
                                            (unsigned int)y->llc, y->id},
                           6);
}

/* From the end of the list, whose cores are whole. */
static int keep_free(struct chooser *chooser, struct np_error *err)
{
    struct irq_cpus *cpus = chooser->cpus;
    unsigned int keep = chooser->request->keep;

    if (keep >= cpus->n_cpus) {
        error_set(err, -ENOSPC,
                  "%u of the %u CPUs are to be kept free, so that none is left for "
                  "interrupts of %s",
                  keep, cpus->n_cpus, chooser->request->nic->name);
        if (cpus->n_cpus > 1)
            error_hint(err, "keep %u at most, or give more CPUs with --cpus=SET", cpus->n_cpus - 1);
        else
            error_hint(err, "give more CPUs with --cpus=SET");
        return -ENOSPC;
    }
    for (; keep > 0; keep--) {
        if (hwloc_bitmap_set(chooser->out.kept, cpus->cpus[--cpus->n_cpus].id) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int drop_siblings(struct chooser *chooser)
{
    struct irq_cpus *cpus = chooser->cpus;
    unsigned int n = 0;

    for (unsigned int i = 0; i < cpus->n_cpus; i++) {
        if (cpus->cpus[i].sibling == 0)
            cpus->cpus[n++] = cpus->cpus[i];
        else if (hwloc_bitmap_set(chooser->out.siblings, cpus->cpus[i].id) < 0)
            return -ENOMEM;
    }
    cpus->n_cpus = n;
    return 0;
}

/* The list is sorted by core: siblings are neighbours. */
static void count_siblings(struct irq_cpus *cpus)
{
    for (unsigned int i = 1; i < cpus->n_cpus; i++) {
        if (cpus->cpus[i].core == cpus->cpus[i - 1].core)
            cpus->cpus[i].sibling = cpus->cpus[i - 1].sibling + 1;
    }
}

static bool is_to_be_left_alone(const struct chooser *chooser, unsigned int id)
{
    const struct irq_request *request = chooser->request;
    const struct cpu *cpu = machine_cpu(request->machine, id);

    if (!cpu || !cpu->online)
        return false;
    if (hwloc_bitmap_isset(chooser->set, id))
        return hwloc_bitmap_isset(chooser->out.kept, id);
    return cpu->isolated ||
           (request->housekeeping && !hwloc_bitmap_isset(request->housekeeping, id));
}

/* Interrupts of one thread of a core slow the other one down. */
static void mark_disturbing(struct chooser *chooser)
{
    struct irq_cpus *cpus = chooser->cpus;

    for (unsigned int i = 0; i < cpus->n_cpus; i++) {
        hwloc_const_bitmap_t siblings =
            machine_cpu(chooser->request->machine, cpus->cpus[i].id)->siblings;

        for (int id = hwloc_bitmap_first(siblings); id >= 0; id = hwloc_bitmap_next(siblings, id))
            cpus->cpus[i].disturbs |= is_to_be_left_alone(chooser, (unsigned int)id);
    }
}

/* So that one LLC has its turn after the other. Quadratic in the CPUs of one node. */
static void count_in_llcs(struct irq_cpus *cpus)
{
    for (unsigned int i = 0; i < cpus->n_cpus; i++) {
        struct irq_cpu *cpu = &cpus->cpus[i];

        for (unsigned int j = 0; j < i; j++)
            cpu->in_llc += cpus->cpus[j].llc == cpu->llc && cpus->cpus[j].sibling == cpu->sibling;
    }
}

/* A second thread of a core that is at it already gains nothing, unless somebody wants that. */
static void choose_for_packets(struct chooser *chooser)
{
    struct irq_cpus *cpus = chooser->cpus;
    bool named = chooser->request->cpus && !chooser->request->whose;

    for (unsigned int i = 0; i < cpus->n_cpus; i++) {
        struct irq_cpu *cpu = &cpus->cpus[i];

        cpu->for_packets = named || (cpu->sibling == 0 && !cpu->disturbs);
        cpus->n_for_packets += cpu->for_packets;
    }
}

static int put_in_order(struct chooser *chooser, struct np_error *err)
{
    struct irq_cpus *cpus = chooser->cpus;
    int r;

    qsort(cpus->cpus, cpus->n_cpus, sizeof(*cpus->cpus), compare_cores);
    r = keep_free(chooser, err);
    if (r < 0)
        return r;
    count_siblings(cpus);
    mark_disturbing(chooser);
    if (chooser->request->one_per_core) {
        r = drop_siblings(chooser);
        if (r < 0)
            return r;
    }
    count_in_llcs(cpus);
    choose_for_packets(chooser);
    qsort(cpus->cpus, cpus->n_cpus, sizeof(*cpus->cpus), compare_order);
    cpus->remote = cpus->cpus[0].remote;
    return 0;
}

static void put_out(FILE *text, const char *what, hwloc_const_bitmap_t set)
{
    autofree char *list = hwloc_bitmap_iszero(set) ? NULL : set_format(set);

    if (list)
        fprintf(text, "; %s %s", what, list);
}

static void put_node(FILE *text, const struct chooser *chooser)
{
    const struct irq_cpus *cpus = chooser->cpus;
    const char *device = chooser->request->nic->name;
    const char *whose = chooser->request->whose ? chooser->request->whose : "as named";
    unsigned int n_remote = 0;

    for (unsigned int i = 0; i < cpus->n_cpus; i++)
        n_remote += cpus->cpus[i].remote;
    if (chooser->from_node >= 0 && chooser->from_node != cpus->node)
        fprintf(text, "of node %d, the nearest with CPUs: node %d, where %s is, has none",
                chooser->from_node, cpus->node, device);
    else if (chooser->from_node >= 0)
        fprintf(text, "of node %d, where %s is", cpus->node, device);
    else if (cpus->node < 0)
        fprintf(text, "%s; the node of %s is unknown", whose, device);
    else if (n_remote == 0)
        fprintf(text, "%s, on node %d, where %s is", whose, cpus->node, device);
    else if (cpus->remote)
        fprintf(text, "%s, none on node %d, where %s is", whose, cpus->node, device);
    else
        fprintf(text, "%s, %u of them not on node %d, where %s is", whose, n_remote, cpus->node,
                device);
}

/* Who says where the device is may know better, or may have slipped. */
static void put_firmware_node(FILE *text, const struct irq_request *request)
{
    int told = request->nic->node;

    if (request->node >= 0 && told >= 0 && told != request->node)
        fprintf(text, "; its firmware says node %d", told);
}

static int write_reason(struct chooser *chooser)
{
    const struct irq_cpus *cpus = chooser->cpus;
    const struct left_out *out = &chooser->out;
    char *reason = NULL;
    size_t length;
    FILE *text = open_memstream(&reason, &length);

    if (!text)
        return -ENOMEM;
    fprintf(text, "%u CPU%s ", cpus->n_cpus, cpus->n_cpus == 1 ? "" : "s");
    put_node(text, chooser);
    put_firmware_node(text, chooser->request);
    put_out(text, "not those elsewhere", out->elsewhere);
    put_out(text, "not the isolated", out->isolated);
    put_out(text, "kept from interrupts:", out->barred);
    put_out(text, "kept free:", out->kept);
    put_out(text, "not the SMT siblings", out->siblings);
    if (fclose(text) != 0) {
        free(reason);
        return -ENOMEM;
    }
    chooser->cpus->reason = reason;
    return 0;
}

int irq_cpus_choose(const struct irq_request *request, struct irq_cpus *ret_cpus,
                    struct np_error *err)
{
    struct irq_cpus cpus = {0};
    CLEANUP(cleanup_chooser) struct chooser chooser = {.request = request, .cpus = &cpus};
    int r = init_chooser(&chooser);

    if (r == 0)
        r = find_node(request, &cpus.node, err);
    if (r == 0)
        r = request->cpus ? take_named(&chooser, err) : take_of_node(&chooser, err);
    if (r == 0)
        r = list_cpus(&chooser);
    if (r == 0)
        r = put_in_order(&chooser, err);
    if (r == 0)
        r = write_reason(&chooser);
    if (r == 0)
        *ret_cpus = cpus;
    else
        irq_cpus_fini(&cpus);
    return r;
}

void irq_cpus_fini(struct irq_cpus *cpus)
{
    free(cpus->cpus);
    free(cpus->reason);
    *cpus = (struct irq_cpus){0};
}
