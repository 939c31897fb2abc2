/* SPDX-License-Identifier: Apache-2.0 */
/* From the CPUs in their order to one for each interrupt, and to the masks by which the kernel
 * hands packets over between CPUs: XPS follows the interrupts, RPS has what they leave. */

#include "irq-plan.h"

#include "irq-cpus.h"

#include <string.h>

struct planner {
    const struct irq_request *request;
    struct irq_cpus cpus;
    int *queues; /* that have interrupts which can be moved, ascending; owned */
    unsigned int n_queues;
};

static void cleanup_planner(struct planner *planner)
{
    irq_cpus_fini(&planner->cpus);
    free(planner->queues);
}

static unsigned int n_interrupts(const struct irq_request *request)
{
    return request->interrupts ? request->interrupts->n_irqs : 0;
}

static bool is_of_device(const struct irq *irq, const struct nic *nic)
{
    return irq->device && strcmp(irq->device, nic->name) == 0;
}

static bool is_of_queue(const struct irq *irq)
{
    return irq->queue_kind != QUEUE_NONE && irq->queue >= 0;
}

static bool serves(const struct irq *irq, enum queue_kind kind, unsigned int queue)
{
    return (irq->queue_kind == kind || irq->queue_kind == QUEUE_COMBINED) &&
           irq->queue == (int)queue;
}

static int compare_ints(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;

    return x < y ? -1 : x > y;
}

/* Each once, though a queue may have an interrupt for each direction. */
static int list_queues(struct planner *planner)
{
    const struct irq_request *request = planner->request;
    unsigned int n = 0;

    planner->queues = calloc((size_t)n_interrupts(request) + 1, sizeof(*planner->queues));
    if (!planner->queues)
        return -ENOMEM;
    for (unsigned int i = 0; i < n_interrupts(request); i++) {
        const struct irq *irq = &request->interrupts->irqs[i];

        if (is_of_device(irq, request->nic) && is_of_queue(irq) && irq->mobility != IRQ_FIXED)
            planner->queues[n++] = irq->queue;
    }
    qsort(planner->queues, n, sizeof(*planner->queues), compare_ints);
    for (unsigned int i = 0; i < n; i++) {
        if (i == 0 || planner->queues[i] != planner->queues[i - 1])
            planner->queues[planner->n_queues++] = planner->queues[i];
    }
    return 0;
}

/* The place of a queue in the order of those that can be moved. */
static unsigned int place_of_queue(const struct planner *planner, int queue)
{
    const int *found =
        bsearch(&queue, planner->queues, planner->n_queues, sizeof(queue), compare_ints);

    return (unsigned int)(found - planner->queues);
}

static char *reason_of(const struct planner *planner, const struct irq *irq)
{
    const struct irq_cpus *cpus = &planner->cpus;
    unsigned int place;
    const struct irq_cpu *cpu;
    char *text;
    int r;

    if (!is_of_queue(irq))
        return strdup("no queue: to the first CPU");
    place = place_of_queue(planner, irq->queue);
    cpu = &cpus->cpus[place % cpus->n_cpus];
    if (place >= cpus->n_cpus)
        r = asprintf(&text, "%u queues share %u CPU%s", planner->n_queues, cpus->n_cpus,
                     cpus->n_cpus == 1 ? "" : "s");
    else if (cpu->disturbs)
        r = asprintf(&text, "beside a CPU that is isolated or kept free");
    else if (cpu->sibling > 0)
        r = asprintf(&text, "all cores have one: a sibling of core %d", cpu->core);
    else
        r = asprintf(&text, "a core of its own%s", cpu->remote ? ", on another node" : "");
    return r < 0 ? NULL : text;
}

static const struct irq_cpu *cpu_of(const struct planner *planner, const struct irq *irq)
{
    unsigned int place = is_of_queue(irq) ? place_of_queue(planner, irq->queue) : 0;

    return &planner->cpus.cpus[place % planner->cpus.n_cpus];
}

static int choose_irq(const struct planner *planner, const struct irq *irq,
                      struct irq_choice *choice)
{
    choice->irq = irq->irq;
    choice->kind = irq->queue_kind;
    choice->queue = irq->queue;
    choice->name = strdup(irq->name);
    choice->now = hwloc_bitmap_dup(irq->allowed);
    choice->cpus = hwloc_bitmap_alloc();
    choice->reason = reason_of(planner, irq);
    if (!choice->name || !choice->now || !choice->cpus || !choice->reason ||
        hwloc_bitmap_set(choice->cpus, cpu_of(planner, irq)->id) < 0)
        return -ENOMEM;
    return 0;
}

static int choose_irqs(const struct planner *planner, struct irq_plan *plan)
{
    const struct irq_request *request = planner->request;
    int r = 0;

    plan->irqs = calloc((size_t)n_interrupts(request) + 1, sizeof(*plan->irqs));
    plan->fixed = hwloc_bitmap_alloc();
    if (!plan->irqs || !plan->fixed)
        return -ENOMEM;
    for (unsigned int i = 0; r == 0 && i < n_interrupts(request); i++) {
        const struct irq *irq = &request->interrupts->irqs[i];

        if (!is_of_device(irq, request->nic))
            continue;
        if (irq->mobility != IRQ_FIXED)
            r = choose_irq(planner, irq, &plan->irqs[plan->n_irqs++]);
        else if (hwloc_bitmap_set(plan->fixed, irq->irq) < 0)
            r = -ENOMEM;
    }
    return r;
}

/* Where a fixed interrupt is: the CPU that takes it, or the only one that may. -1 nobody tells. */
static int cpu_of_fixed(const struct irq *irq)
{
    int effective = hwloc_bitmap_first(irq->effective);

    if (effective >= 0)
        return effective;
    return hwloc_bitmap_weight(irq->allowed) == 1 ? hwloc_bitmap_first(irq->allowed) : -1;
}

/* The CPU that will take the interrupts of a queue. -1: it has none of its own. */
static int cpu_of_queue(const struct planner *planner, enum queue_kind kind, unsigned int queue)
{
    const struct irq_request *request = planner->request;

    for (unsigned int i = 0; i < n_interrupts(request); i++) {
        const struct irq *irq = &request->interrupts->irqs[i];

        if (!is_of_device(irq, request->nic) || !serves(irq, kind, queue))
            continue;
        return irq->mobility == IRQ_FIXED ? cpu_of_fixed(irq) : (int)cpu_of(planner, irq)->id;
    }
    return -1;
}

static struct queue_choice *add_queue(struct irq_plan *plan, enum queue_kind kind,
                                      const struct nic_queue *queue)
{
    struct queue_choice *choice = &plan->queues[plan->n_queues];

    plan->n_queues++;
    choice->kind = kind;
    choice->queue = queue->index;
    choice->now = hwloc_bitmap_dup(queue->cpus);
    choice->cpus = hwloc_bitmap_alloc();
    if (!choice->now || !choice->cpus)
        return NULL;
    return choice;
}

/* Of a single queue there is nothing to choose, and the kernel has no xps_cpus for it. */
static int choose_xps(const struct planner *planner, struct irq_plan *plan)
{
    const struct nic *nic = planner->request->nic;

    for (unsigned int i = 0; nic->n_tx > 1 && i < nic->n_tx; i++) {
        int cpu = cpu_of_queue(planner, QUEUE_TX, nic->tx[i].index);
        struct queue_choice *choice;

        if (cpu < 0)
            continue;
        choice = add_queue(plan, QUEUE_TX, &nic->tx[i]);
        if (!choice || hwloc_bitmap_set(choice->cpus, (unsigned int)cpu) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* The rx queues between which the CPUs are shared out. */
struct sharing_out {
    const struct irq_cpus *cpus;
    struct queue_choice *queues;
    const struct irq_cpu **homes; /* that takes the interrupts of each; NULL: none of cpus */
    unsigned int n_queues;
};

static const struct irq_cpu *find_cpu(const struct irq_cpus *cpus, int id)
{
    for (unsigned int i = 0; i < cpus->n_cpus; i++) {
        if ((int)cpus->cpus[i].id == id)
            return &cpus->cpus[i];
    }
    return NULL;
}

/* Whose packets this CPU is to have: of the queues that have the fewest CPUs, that whose interrupt
 * is at the same LLC. */
static struct queue_choice *poorest(const struct sharing_out *out, const struct irq_cpu *cpu)
{
    struct queue_choice *best = NULL;
    int best_score = 0;

    for (unsigned int i = 0; i < out->n_queues; i++) {
        bool far = !out->homes[i] || out->homes[i]->llc != cpu->llc;
        int score = 2 * hwloc_bitmap_weight(out->queues[i].cpus) + far;

        if (best && score >= best_score)
            continue;
        best = &out->queues[i];
        best_score = score;
    }
    return best;
}

/* Each CPU that is worth it has the packets of one queue: its own, where it takes the interrupts of
 * one. */
static int share_out(const struct sharing_out *out)
{
    for (unsigned int i = 0; i < out->n_queues; i++) {
        if (out->homes[i] && hwloc_bitmap_set(out->queues[i].cpus, out->homes[i]->id) < 0)
            return -ENOMEM;
    }
    for (unsigned int i = 0; i < out->cpus->n_cpus; i++) {
        const struct irq_cpu *cpu = &out->cpus->cpus[i];
        bool taken = !cpu->for_packets;

        for (unsigned int j = 0; j < out->n_queues; j++)
            taken |= out->homes[j] == cpu;
        if (!taken && hwloc_bitmap_set(poorest(out, cpu)->cpus, cpu->id) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* Where there are as many queues as cores, the interrupts have spread the packets already. */
static int choose_rps(const struct planner *planner, struct irq_plan *plan)
{
    const struct nic *nic = planner->request->nic;
    autofree const struct irq_cpu **homes = calloc((size_t)nic->n_rx + 1, sizeof(*homes));
    struct sharing_out out = {&planner->cpus, plan->queues + plan->n_queues, homes, nic->n_rx};

    if (!homes)
        return -ENOMEM;
    for (unsigned int i = 0; i < nic->n_rx; i++) {
        if (!add_queue(plan, QUEUE_RX, &nic->rx[i]))
            return -ENOMEM;
        homes[i] = find_cpu(out.cpus, cpu_of_queue(planner, QUEUE_RX, nic->rx[i].index));
    }
    return nic->n_rx > 0 && nic->n_rx < out.cpus->n_for_packets ? share_out(&out) : 0;
}

static int choose_queues(const struct planner *planner, struct irq_plan *plan)
{
    const struct nic *nic = planner->request->nic;
    int r;

    plan->queues = calloc((size_t)nic->n_rx + nic->n_tx + 1, sizeof(*plan->queues));
    if (!plan->queues)
        return -ENOMEM;
    r = choose_xps(planner, plan);
    return r < 0 ? r : choose_rps(planner, plan);
}

static int take_cpus(struct planner *planner, struct irq_plan *plan)
{
    struct irq_cpus *cpus = &planner->cpus;

    plan->node = cpus->node;
    plan->remote = cpus->remote;
    plan->reason = TAKE(cpus->reason);
    plan->cpus = hwloc_bitmap_alloc();
    plan->device = strdup(planner->request->nic->name);
    plan->n_rx = planner->request->nic->n_rx;
    plan->n_tx = planner->request->nic->n_tx;
    for (unsigned int i = 0; plan->cpus && i < cpus->n_cpus; i++) {
        if (hwloc_bitmap_set(plan->cpus, cpus->cpus[i].id) < 0)
            return -ENOMEM;
    }
    return plan->cpus && plan->device ? 0 : -ENOMEM;
}

int irq_plan_make(const struct irq_request *request, struct irq_plan **ret_plan,
                  struct np_error *err)
{
    CLEANUP(cleanup_planner) struct planner planner = {.request = request};
    autoirqplan struct irq_plan *plan = calloc(1, sizeof(*plan));
    int r = plan ? irq_cpus_choose(request, &planner.cpus, err) : -ENOMEM;

    if (r == 0)
        r = list_queues(&planner);
    if (r == 0)
        r = choose_irqs(&planner, plan);
    if (r == 0)
        r = choose_queues(&planner, plan);
    if (r == 0)
        r = take_cpus(&planner, plan);
    if (r < 0)
        return r;
    *ret_plan = TAKE(plan);
    return 0;
}

struct irq_plan *irq_plan_free(struct irq_plan *plan)
{
    if (!plan)
        return NULL;
    for (unsigned int i = 0; i < plan->n_irqs; i++) {
        free(plan->irqs[i].name);
        hwloc_bitmap_free(plan->irqs[i].now);
        hwloc_bitmap_free(plan->irqs[i].cpus);
        free(plan->irqs[i].reason);
    }
    for (unsigned int i = 0; i < plan->n_queues; i++) {
        hwloc_bitmap_free(plan->queues[i].now);
        hwloc_bitmap_free(plan->queues[i].cpus);
    }
    free(plan->irqs);
    free(plan->queues);
    hwloc_bitmap_free(plan->cpus);
    hwloc_bitmap_free(plan->fixed);
    free(plan->device);
    free(plan->reason);
    free(plan);
    return NULL;
}
