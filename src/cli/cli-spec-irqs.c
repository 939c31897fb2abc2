/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupts and queues of the devices that a placement file names under irqs. Read only where
 * it does: a large machine has thousands. */

#include "cli-spec.h"

#include "interrupts.h"

static bool are_wanted(const struct wishes *wishes)
{
    for (unsigned int i = 0; i < wishes->n_wishes; i++) {
        if (wishes->wishes[i].instance->irqs)
            return true;
    }
    return false;
}

/* A device that is not there, or is no network device, is left to check. */
static int read_nics(const struct root *root, const struct machine *machine, struct wishes *wishes,
                     struct spec_irqs *irqs)
{
    irqs->nics = calloc(wishes->n_wishes, sizeof(struct nic *));
    if (!irqs->nics)
        return -ENOMEM;
    irqs->n_nics = wishes->n_wishes;
    for (unsigned int i = 0; i < wishes->n_wishes; i++) {
        const char *device = wishes->wishes[i].instance->irqs;

        if (device && nic_read(root, machine, device, &irqs->nics[i], NULL) == -ENOMEM)
            return -ENOMEM;
        wishes->wishes[i].nic = irqs->nics[i];
    }
    return 0;
}

int spec_irqs_load(const struct machine *machine, struct wishes *wishes, struct spec_irqs *irqs,
                   struct np_error *err)
{
    autoroot struct root *root = NULL;
    struct np_error inner = {0};
    int r = are_wanted(wishes) ? machine_open_tree(machine->source, &root, err) : 0;

    if (r < 0 || !root)
        return r;
    r = interrupts_read(root, machine, &irqs->interrupts, &inner);
    if (r == -ENOENT)
        return 0; /* captured before interrupts were: check says so */
    if (r < 0) {
        *err = inner;
        return r;
    }
    wishes->interrupts = irqs->interrupts;
    return read_nics(root, machine, wishes, irqs);
}

void spec_irqs_fini(struct spec_irqs *irqs)
{
    for (unsigned int i = 0; i < irqs->n_nics; i++)
        (void)nic_free(irqs->nics[i]);
    free(irqs->nics);
    irqs->interrupts = interrupts_free(irqs->interrupts);
    *irqs = (struct spec_irqs){0};
}
