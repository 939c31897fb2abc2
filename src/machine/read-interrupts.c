/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts: the lines of /proc/interrupts, what /proc/irq tells of each, and whose they are.
 *
 * The kernel writes a line for each interrupt with a count for every CPU that is online at that
 * moment, so that a CPU which comes or goes meanwhile is in some lines only: then all is read
 * again.
 */

#include "interrupts.h"

#include "irq-line.h"
#include "irq-name.h"
#include "irq-owner.h"
#include "machine-read.h"

#include <string.h>
#include <time.h>

enum {
    READS_MAX = 4,
};

static uint64_t now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int add_irq(struct interrupts *interrupts, unsigned int *capacity, struct irq **ret_irq)
{
    struct irq *irq;

    if (interrupts->n_irqs == *capacity) {
        unsigned int larger = *capacity ? 2 * *capacity : 64;

        irq = reallocarray(interrupts->irqs, larger, sizeof(*irq));
        if (!irq)
            return -ENOMEM;
        interrupts->irqs = irq;
        *capacity = larger;
    }
    irq = &interrupts->irqs[interrupts->n_irqs++];
    *irq = (struct irq){.queue = -1, .node = -1, .mobility = IRQ_MOBILITY_UNKNOWN};
    irq->counts = calloc(interrupts->n_cpus, sizeof(*irq->counts));
    *ret_irq = irq;
    return irq->counts ? 0 : -ENOMEM;
}

/* -EAGAIN when the line has not the columns of the title. */
static int take_line(struct interrupts *interrupts, unsigned int *capacity, const char *line,
                     size_t length)
{
    struct irq_line parsed;
    struct irq *irq;
    int r = add_irq(interrupts, capacity, &irq);

    if (r == 0)
        r = irq_line_parse(line, length, irq->counts, interrupts->n_cpus, &parsed);
    if (r == -ENOENT) { /* the kernel's own */
        free(irq->counts);
        interrupts->n_irqs--;
        return 0;
    }
    if (r < 0)
        return r;
    irq->irq = parsed.irq;
    irq->chip = strndup(parsed.chip, parsed.chip_length);
    irq->name = strndup(parsed.name, parsed.name_length);
    if (!irq->chip || !irq->name)
        return -ENOMEM;
    if (interrupts->n_irqs > 1 && irq[-1].irq >= irq->irq)
        return -EINVAL;
    return parsed.n_counts == interrupts->n_cpus ? 0 : -EAGAIN;
}

static int parse_text(const char *text, struct interrupts **ret_interrupts)
{
    autointerrupts struct interrupts *interrupts = calloc(1, sizeof(*interrupts));
    size_t length = strcspn(text, "\n");
    unsigned int capacity = 0;
    int r = interrupts ? irq_title_parse(text, length, &interrupts->cpus, &interrupts->n_cpus)
                       : -ENOMEM;

    for (const char *line = text + length; r == 0 && *line; line += length) {
        line++;
        length = strcspn(line, "\n");
        r = take_line(interrupts, &capacity, line, length);
    }
    if (r == 0)
        *ret_interrupts = TAKE(interrupts);
    return r;
}

static int read_text(const struct root *root, struct interrupts **ret_interrupts)
{
    int r = -EAGAIN;

    for (int i = 0; r == -EAGAIN && i < READS_MAX; i++) {
        autofree char *text = NULL;

        r = root_read(root, &text, "proc/interrupts");
        if (r == 0)
            r = parse_text(text, ret_interrupts);
        if (!root_is_live(root) && r == -EAGAIN)
            return -EINVAL; /* it will not get better */
    }
    return r;
}

static int read_set(const struct root *root, unsigned int irq, const char *file,
                    hwloc_bitmap_t *ret_set)
{
    int r = root_read_set(root, ret_set, "proc/irq/%u/%s", irq, file);

    if (r == 0 || r == -ENOMEM)
        return r;
    *ret_set = hwloc_bitmap_alloc();
    return *ret_set ? 0 : -ENOMEM;
}

/* -ENOENT: it has gone since its line was read. */
static int read_irq(const struct root *root, const struct irq_owners *owners, struct irq *irq)
{
    struct irq_queue queue;
    int r = read_set(root, irq->irq, "smp_affinity_list", &irq->allowed);

    if (r == 0)
        r = read_set(root, irq->irq, "effective_affinity_list", &irq->effective);
    if (r == 0)
        r = irq_owners_find(owners, irq);
    if (r < 0)
        return r;
    queue = irq_name_queue(irq->name, irq->device);
    irq->queue_kind = queue.kind;
    irq->queue = queue.number;
    if (root_is_read_only(root, "proc/irq/%u/smp_affinity_list", irq->irq))
        irq->mobility = IRQ_FIXED;
    return hwloc_bitmap_iszero(irq->allowed) && root_has(root, "proc/irq") &&
                   !root_has(root, "proc/irq/%u", irq->irq)
               ? -ENOENT
               : 0;
}

/* Since Linux 6.12 the mode of a mask that may not be written says so; before, only a write tells.
 * Kernels of distributions may have it earlier: one such mode shows it. */
static bool tells_by_mode(const struct root *root, const struct interrupts *interrupts)
{
    autofree char *release = NULL;
    unsigned int major, minor;

    if (root_read(root, &release, "proc/sys/kernel/osrelease") == 0 &&
        sscanf(release, "%4u.%4u", &major, &minor) == 2 &&
        (major > 6 || (major == 6 && minor >= 12)))
        return true;
    for (unsigned int i = 0; i < interrupts->n_irqs; i++) {
        if (interrupts->irqs[i].mobility == IRQ_FIXED)
            return true;
    }
    return false;
}

/* Of those that may be written. */
static void settle_mobility(const struct root *root, struct interrupts *interrupts)
{
    bool known = tells_by_mode(root, interrupts);

    for (unsigned int i = 0; i < interrupts->n_irqs; i++) {
        struct irq *irq = &interrupts->irqs[i];

        if (irq->mobility == IRQ_FIXED || hwloc_bitmap_iszero(irq->allowed))
            continue;
        if (known)
            irq->mobility = IRQ_MOVABLE;
        else if (irq_name_queue(irq->name, irq->device).is_managed)
            irq->mobility = IRQ_FIXED;
    }
}

static bool is_of(const struct irq *irq, const char *device)
{
    return irq->device && strcmp(irq->device, device) == 0;
}

/* A device with one interrupt and no word about queues has one of each. */
static void settle_single(struct interrupts *interrupts, struct irq *irq)
{
    unsigned int n = 0;

    if (!irq->device || irq->queue >= 0 || !irq_name_is_whole(irq->name, irq->device))
        return;
    for (unsigned int i = 0; i < interrupts->n_irqs; i++)
        n += is_of(&interrupts->irqs[i], irq->device) && interrupts->irqs[i].queue >= 0;
    if (n > 0)
        return;
    irq->queue_kind = QUEUE_COMBINED;
    irq->queue = 0;
}

static void drop_gone(struct interrupts *interrupts)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < interrupts->n_irqs; i++) {
        if (interrupts->irqs[i].name)
            interrupts->irqs[n++] = interrupts->irqs[i];
    }
    interrupts->n_irqs = n;
}

static int read_all(const struct root *root, const struct machine *machine,
                    struct interrupts *interrupts)
{
    autoirqowners struct irq_owners *owners = NULL;
    int r = irq_owners_read(root, machine, &owners);

    for (unsigned int i = 0; r == 0 && i < interrupts->n_irqs; i++) {
        r = read_irq(root, owners, &interrupts->irqs[i]);
        if (r == -ENOENT) {
            irq_fini(&interrupts->irqs[i]);
            r = 0;
        }
    }
    if (r == 0)
        drop_gone(interrupts);
    for (unsigned int i = 0; r == 0 && i < interrupts->n_irqs; i++)
        settle_single(interrupts, &interrupts->irqs[i]);
    if (r == 0)
        settle_mobility(root, interrupts);
    return r;
}

static int explain(int r, const struct root *root, struct np_error *err)
{
    if (r == -ENOENT) {
        error_set(err, r, "there is no /proc/interrupts");
        if (!root_is_live(root))
            error_hint(err, "this machine was captured without its interrupts: capture it again");
        return r;
    }
    if (r == -EAGAIN)
        return error_set(err, r, "CPUs came and went while the interrupts were read: try again");
    if (r == -EINVAL)
        return error_set(err, r, "/proc/interrupts is not what the kernel writes");
    return error_set(err, r, "cannot read the interrupts: %s", strerror(-r));
}

int interrupts_read(const struct root *root, const struct machine *machine,
                    struct interrupts **ret_interrupts, struct np_error *err)
{
    autointerrupts struct interrupts *interrupts = NULL;
    int r = read_text(root, &interrupts);

    if (r == 0) {
        interrupts->taken_ns = root_is_live(root) ? now_ns() : 0;
        r = read_all(root, machine, interrupts);
    }
    if (r < 0)
        return explain(r, root, err);
    *ret_interrupts = TAKE(interrupts);
    return 0;
}
