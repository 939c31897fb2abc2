/* SPDX-License-Identifier: Apache-2.0 */
/* Who else moves interrupts: what irqbalance answers counts, else what it was started with. */

#include "render-irq.h"

#include "text.h"

static int put_set(FILE *stream, const char *before, hwloc_const_bitmap_t set)
{
    autofree char *text = cli_set_text(set);

    if (!text)
        return -ENOMEM;
    fprintf(stream, "%s%s", before, text);
    return 0;
}

/* What irqbalance leaves alone. */
static int put_bans(FILE *stream, const struct irq_look *look)
{
    bool answered = look->irqbalance.pid > 0 && look->irqbalance.answer == 0;
    hwloc_const_bitmap_t irqs =
        answered ? look->irqbalance.banned_irqs : look->rewriters.banned_irqs;
    hwloc_const_bitmap_t cpus =
        answered ? look->irqbalance.banned_cpus : look->rewriters.banned_cpus;
    bool any_irqs = irqs && !hwloc_bitmap_iszero(irqs);
    bool any_cpus = cpus && !hwloc_bitmap_iszero(cpus);
    int r = 0;

    fputs(any_irqs || any_cpus ? "; it leaves alone" : "; it leaves nothing alone", stream);
    if (any_irqs)
        r = put_set(stream, " interrupts ", irqs);
    if (r == 0 && any_cpus)
        r = put_set(stream, any_irqs ? " and CPUs " : " CPUs ", cpus);
    if (!answered && look->view.machine->live)
        fprintf(stream, " as far as it was told at its start: %s",
                irqbalance_reason(look->irqbalance.answer));
    return r;
}

static int put_irqbalance(FILE *stream, const struct irq_look *look)
{
    fprintf(stream, "irqbalance runs (process %d) and moves interrupts",
            (int)look->rewriters.irqbalance);
    return put_bans(stream, look);
}

static int put_tuned(FILE *stream, const struct irq_look *look)
{
    fprintf(stream, "tuned runs (process %d)", (int)look->rewriters.tuned);
    if (look->rewriters.tuned_profile)
        fprintf(stream, " with its profile %s", look->rewriters.tuned_profile);
    fputs(": a profile that isolates CPUs moves interrupts when it is loaded", stream);
    return 0;
}

/* One sentence each. */
static int print_sentence(const struct irq_look *look,
                          int (*put)(FILE *stream, const struct irq_look *look))
{
    autofree char *words = NULL;
    size_t size;
    FILE *stream = open_memstream(&words, &size);
    int r = stream ? put(stream, look) : -ENOMEM;

    if (stream && fclose(stream) != 0)
        r = -ENOMEM;
    if (r == 0)
        text_wrap(stdout, "", 0, words);
    return r;
}

int render_irq_rewriters(const struct irq_look *look)
{
    int r = 0;

    if (look->rewriters.irqbalance || look->rewriters.tuned)
        putchar('\n');
    if (look->rewriters.irqbalance)
        r = print_sentence(look, put_irqbalance);
    if (r == 0 && look->rewriters.tuned)
        r = print_sentence(look, put_tuned);
    return r;
}
