/* SPDX-License-Identifier: Apache-2.0 */
/* Where there is too little for all: what the planner found to be the least that has to be given
 * up. */

#include "fixer.h"

#include <errno.h>
#include <string.h>

static const struct fit *find_fit(const struct refusal *refusal)
{
    for (unsigned int i = 0; refusal->fit_instance && i < refusal->n_fits; i++) {
        if (refusal->fits[i].kind == FIT_MEMORY || refusal->fits[i].kind == FIT_CPUS)
            return &refusal->fits[i];
    }
    return NULL;
}

static char *tell(const struct refusal *refusal, const struct fit *fit)
{
    char size[SIZE_TEXT_MAX];

    return fit->kind == FIT_CPUS
               ? text("%s: %u can be had", refusal->reason, fit->cpus)
               : text("%s: %s can be had", refusal->reason, size_format(fit->bytes, size));
}

static int lower(struct fixer *fixer, unsigned int i, const struct refusal *refusal,
                 const struct fit *fit)
{
    uint64_t value = fit->kind == FIT_CPUS ? fit->cpus : fit->bytes;
    struct fix_change *change;

    change = fixer_change(fixer, i, fit->kind == FIT_CPUS ? FIX_CPU_COUNT : FIX_MEMORY_BYTES,
                          tell(refusal, fit));
    return change ? change_numbers(change, &value, value > 0) : -ENOMEM;
}

int fix_lower(const struct wishes *wishes, const struct check_options *options, struct fix *ret_fix)
{
    const struct plan_options plan_options = {.use_free = options->use_free};
    struct fixer fixer = {.wishes = wishes, .fix = ret_fix};
    struct refusal refusal = {0};
    struct np_error ignored = {0};
    autoplan struct plan *plan = NULL;
    const struct fit *fit;
    int r = plan_make(wishes, &plan_options, &plan, &refusal, &ignored);

    *ret_fix = (struct fix){0};
    if (r != PLAN_IMPOSSIBLE)
        return r == -ENOMEM ? r : 0; /* it fits, or cannot be planned at all */
    r = 0;
    fit = find_fit(&refusal);
    for (unsigned int i = 0; r == 0 && fit && i < wishes->n_wishes; i++) {
        if (strcmp(fixer_instance(&fixer, i)->name, refusal.fit_instance) == 0)
            r = lower(&fixer, i, &refusal, fit);
    }
    refusal_fini(&refusal);
    return r;
}
