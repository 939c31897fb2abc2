/* SPDX-License-Identifier: Apache-2.0 */
/* Names and numbers that are to tell instances apart, and what the host says of its CPUs. */

#include "fixer.h"

#include <string.h>

enum { NAME_MAX_BYTES = 64 };

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool has_name(const char *const *names, unsigned int n, const char *name)
{
    return bsearch(&name, names, n, sizeof(*names), compare_names) != NULL;
}

/* name-2, or the next that is free of those in the file and those proposed. */
static char *free_name(const struct fixer *fixer, const char *const *names, const char *name)
{
    const struct fix *fix = fixer->fix;

    for (unsigned int number = 2;; number++) {
        int digits = snprintf(NULL, 0, "-%u", number);
        char *made = text("%.*s-%u", NAME_MAX_BYTES - digits, name, number);
        bool used = made && has_name(names, fixer->wishes->n_wishes, made);

        for (unsigned int i = 0; made && !used && i < fix->n_changes; i++)
            used =
                fix->changes[i].property == FIX_NAME && strcmp(fix->changes[i].words[0], made) == 0;
        if (!used)
            return made;
        free(made);
    }
}

static int rename_instance(struct fixer *fixer, const char *const *names, unsigned int i)
{
    const struct instance *instance = fixer_instance(fixer, i);
    autofree char *name = free_name(fixer, names, instance->name);
    struct fix_change *change;

    if (!name)
        return -ENOMEM;
    change = fixer_change(
        fixer, i, FIX_NAME,
        fixer_reason(fixer, instance->at[KEY_NAME], NULL, text("\"%s\" is free", name)));
    if (!change)
        return -ENOMEM;
    change->words = calloc(2, sizeof(*change->words));
    if (!change->words)
        return -ENOMEM;
    change->words[0] = TAKE(name);
    return 0;
}

/* Whether one before it in the file is called the same. */
static bool is_second(const struct fixer *fixer, unsigned int i)
{
    for (unsigned int j = 0; j < i; j++) {
        if (strcmp(fixer_instance(fixer, j)->name, fixer_instance(fixer, i)->name) == 0)
            return true;
    }
    return false;
}

int fix_names(struct fixer *fixer)
{
    unsigned int n = fixer->wishes->n_wishes;
    autofree const char **names = calloc(n + 1, sizeof(*names));
    int r = names ? 0 : -ENOMEM;

    for (unsigned int i = 0; names && i < n; i++)
        names[i] = fixer_instance(fixer, i)->name;
    if (names)
        qsort(names, n, sizeof(*names), compare_names);
    for (unsigned int i = 0; r == 0 && i < n; i++)
        r = is_second(fixer, i) ? rename_instance(fixer, names, i) : 0;
    return r;
}

/* The lowest that nobody has, from 1 on as Kerf counts. */
static int renumber(struct fixer *fixer, unsigned int i, hwloc_bitmap_t used)
{
    int id = hwloc_bitmap_next_unset(used, 0);
    uint64_t number = (uint64_t)id;
    struct fix_change *change;

    if (hwloc_bitmap_set(used, (unsigned int)id) < 0)
        return -ENOMEM;
    change = fixer_change(
        fixer, i, FIX_ID,
        fixer_reason(fixer, fixer_instance(fixer, i)->at[KEY_ID], NULL, text("%d is free", id)));
    return change ? change_numbers(change, &number, 1) : -ENOMEM;
}

static bool has_second_id(const struct fixer *fixer, unsigned int i)
{
    const struct instance *instance = fixer_instance(fixer, i);

    for (unsigned int j = 0; instance->id_given && j < i; j++) {
        if (fixer_instance(fixer, j)->id_given && fixer_instance(fixer, j)->id == instance->id)
            return true;
    }
    return false;
}

int fix_ids(struct fixer *fixer)
{
    autoset hwloc_bitmap_t used = hwloc_bitmap_alloc();
    unsigned int n = fixer->wishes->n_wishes;
    int r = used ? 0 : -ENOMEM;

    for (unsigned int i = 0; r == 0 && i < n; i++) {
        const struct instance *instance = fixer_instance(fixer, i);

        /* n of them leave one of the first n + 1 free: larger ones need not be noted. */
        if (instance->id_given && instance->id <= n + 1 && hwloc_bitmap_set(used, instance->id) < 0)
            r = -ENOMEM;
    }
    for (unsigned int i = 0; r == 0 && i < n; i++)
        r = has_second_id(fixer, i) ? renumber(fixer, i, used) : 0;
    return r;
}

static int put_host(struct fixer *fixer, enum fix_property property, struct mark at,
                    hwloc_const_bitmap_t gone, hwloc_const_bitmap_t left)
{
    autofree char *list = NULL;
    struct fix_change *change;

    if (hwloc_bitmap_iszero(gone) || at.line == 0)
        return 0;
    list = text_set("CPU", gone);
    if (!list)
        return -ENOMEM;
    if (property == FIX_AVAILABLE && hwloc_bitmap_iszero(left))
        return fixer_unmet(fixer, text("of the CPUs that are said to be available there is none"));
    change = fixer_change(fixer, FIX_HOST, property,
                          fixer_reason(fixer, at, NULL, text("without %s", list)));
    return change ? change_set(change, left) : -ENOMEM;
}

/* Splits set into those that the machine has, less without (may be NULL), and the rest. */
static int split(const struct fixer *fixer, hwloc_const_bitmap_t set, hwloc_const_bitmap_t without,
                 hwloc_bitmap_t gone, hwloc_bitmap_t left)
{
    for (int id = hwloc_bitmap_first(set); id != -1; id = hwloc_bitmap_next(set, id)) {
        bool stays = machine_cpu(fixer->machine, (unsigned int)id) &&
                     !(without && hwloc_bitmap_isset(without, (unsigned int)id));

        if (hwloc_bitmap_set(stays ? left : gone, (unsigned int)id) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* CPUs that do not exist are not for instances, and what the host keeps is not, either. */
int fix_host(struct fixer *fixer)
{
    const struct spec *spec = fixer->wishes->spec;
    hwloc_const_bitmap_t reserved = spec->reserved_cpus_given ? spec->reserved_cpus.bits : NULL;
    autoset hwloc_bitmap_t gone = hwloc_bitmap_alloc(), left = hwloc_bitmap_alloc();
    int r = gone && left ? 0 : -ENOMEM;

    if (r == 0 && reserved)
        r = split(fixer, reserved, NULL, gone, left);
    if (r == 0)
        r = put_host(fixer, FIX_HOST_RESERVED, spec->reserved_cpus_at, gone, left);
    if (r < 0 || !fixer->wishes->pool_cpus)
        return r;
    hwloc_bitmap_zero(gone);
    hwloc_bitmap_zero(left);
    r = split(fixer, fixer->wishes->pool_cpus, reserved, gone, left);
    return r < 0 ? r : put_host(fixer, FIX_AVAILABLE, spec->pool_cpus_at, gone, left);
}
