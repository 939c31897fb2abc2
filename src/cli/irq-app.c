/* SPDX-License-Identifier: Apache-2.0 */
#include "irq-app.h"

#include "change-session.h"
#include "housekeeping.h"
#include "proc.h"

#include <string.h>

/* Where any of its threads may run. */
static int add_threads(const struct root *root, pid_t pid, hwloc_bitmap_t cpus)
{
    autofree pid_t *tids = NULL;
    size_t n = 0;
    int r = proc_tasks(root, pid, &tids, &n);

    for (size_t i = 0; r == 0 && i < n; i++) {
        autoset hwloc_bitmap_t allowed = NULL;

        r = proc_allowed(root, tids[i], &allowed, NULL);
        if (r == 0 && hwloc_bitmap_or(cpus, cpus, allowed) < 0)
            r = -ENOMEM;
        else if (r == -ESRCH || r == -ENOENT)
            r = 0; /* it has ended meanwhile */
    }
    return r == 0 && hwloc_bitmap_iszero(cpus) ? -ESRCH : r;
}

static int leave_out_isolated(const struct machine *machine, hwloc_bitmap_t cpus)
{
    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        const struct cpu *cpu = &machine->cpus[i];

        if ((cpu->isolated || !cpu->online) && hwloc_bitmap_clr(cpus, cpu->id) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* From where its threads may run to all of these nodes that interrupts may have. */
static int widen(const struct irq_view *view, hwloc_bitmap_t cpus)
{
    autoset hwloc_bitmap_t nodes = machine_nodes_of_cpus(view->machine, cpus);
    autoset hwloc_bitmap_t all = nodes ? machine_cpus_of_nodes(view->machine, nodes) : NULL;
    autoset hwloc_bitmap_t housekeeping = NULL;
    int r = all ? housekeeping_cpus(view->root, &housekeeping) : -ENOMEM;

    if (r == 0 && hwloc_bitmap_and(cpus, all, housekeeping) < 0)
        r = -ENOMEM;
    return r < 0 ? r : leave_out_isolated(view->machine, cpus);
}

static int find_process(const struct irq_view *view, const char *text, struct irq_app *app,
                        struct np_error *err)
{
    pid_t pid;
    int r = cli_parse_pid(text, &pid, err);

    if (r < 0)
        return r;
    r = add_threads(view->root, pid, app->cpus);
    if (r == -ESRCH || r == -ENOENT)
        return error_set(err, -ESRCH, "there is no process %d", (int)pid);
    if (r == 0)
        r = widen(view, app->cpus);
    if (r == 0 && hwloc_bitmap_iszero(app->cpus)) {
        error_set(err, -ENOSPC, "all CPUs near process %d are isolated or kept from interrupts",
                  (int)pid);
        error_hint(err, "name those that may take interrupts all the same with --cpus=SET");
        return -ENOSPC;
    }
    if (r == 0 && asprintf(&app->whose, "near process %d", (int)pid) < 0)
        r = -ENOMEM;
    return r;
}

/* The one of that name. Two placement files may each have one. */
static int choose_instance(const struct applied *applied, unsigned int n, const char *name,
                           const struct applied **ret_instance, struct np_error *err)
{
    const struct applied *found = NULL;

    for (unsigned int i = 0; i < n; i++) {
        if (!applied[i].same_boot || strcmp(applied[i].instance, name) != 0)
            continue;
        if (found && strcmp(found->spec_file, applied[i].spec_file) != 0) {
            error_set(err, -ENOTUNIQ, "\"%s\" is applied from %s and from %s", name,
                      found->spec_file, applied[i].spec_file);
            error_hint(err, "name its process: `numaplace status` shows it");
            return -ENOTUNIQ;
        }
        found = &applied[i];
    }
    if (!found) {
        error_set(err, -ENOENT, "no instance \"%s\" is applied here", name);
        error_hint(err, "`numaplace status` shows what is; a process is named by its id");
        return -ENOENT;
    }
    *ret_instance = found;
    return 0;
}

static int take_instance(const struct applied *instance, struct irq_app *app, struct np_error *err)
{
    if (hwloc_bitmap_iszero(instance->cpus))
        return error_set(err, -ENOENT, "instance \"%s\" has memory only, and no CPUs",
                         instance->instance);
    if (hwloc_bitmap_copy(app->cpus, instance->cpus) < 0 ||
        asprintf(&app->whose, "of instance \"%s\"", instance->instance) < 0)
        return -ENOMEM;
    return 0;
}

static int find_instance(const char *name, const char *state_dir, struct irq_app *app,
                         struct np_error *err)
{
    autojournal struct journal *journal = NULL;
    const struct applied *instance;
    struct applied *applied = NULL;
    unsigned int n = 0;
    int r = journal_open(state_dir, true, &journal, err);

    if (r == 0)
        r = journal_applied(journal, NULL, &applied, &n, err);
    if (r == 0)
        r = choose_instance(applied, n, name, &instance, err);
    if (r == 0)
        r = take_instance(instance, app, err);
    applied_free(applied, n);
    return r;
}

int irq_app_find(const struct irq_view *view, const char *app, const char *state_dir,
                 struct irq_app *ret_app, struct np_error *err)
{
    struct irq_app found = {.cpus = hwloc_bitmap_alloc()};
    int r;

    if (!found.cpus)
        return -ENOMEM;
    if (app[0] && app[strspn(app, "0123456789")] == '\0')
        r = find_process(view, app, &found, err);
    else
        r = find_instance(app, state_dir, &found, err);
    if (r == 0)
        *ret_app = found;
    else
        irq_app_fini(&found);
    return r;
}

void irq_app_fini(struct irq_app *app)
{
    hwloc_bitmap_free(app->cpus);
    free(app->whose);
    *app = (struct irq_app){0};
}
