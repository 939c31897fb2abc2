/* SPDX-License-Identifier: Apache-2.0 */
/* From the options to the CPUs that may take interrupts, and from there to the plan. */

#include "cli-irq-plan.h"

#include "housekeeping.h"
#include "irq-app.h"
#include "set.h"

#include <string.h>

static int resolve_cpus(const struct machine *machine, const char *text, hwloc_bitmap_t *ret_cpus,
                        struct np_error *err)
{
    autoset hwloc_bitmap_t universe = machine_usable_cpus(machine);
    struct set_expr expr;
    int r = universe ? set_expr_parse(text, &expr, err) : -ENOMEM;

    if (r < 0)
        return r;
    r = set_expr_resolve(&expr, universe, ret_cpus, err);
    set_expr_fini(&expr);
    return r;
}

/* A program that runs on several nodes does not say which of them is the device's. */
static int check_node(const struct irq_work *work, const struct irq_options *options,
                      const struct irq_app *app, struct np_error *err)
{
    autoset hwloc_bitmap_t nodes = machine_nodes_of_cpus(work->view.machine, app->cpus);
    autofree char *list = nodes ? set_format(nodes) : NULL;

    if (!list)
        return -ENOMEM;
    if (options->node >= 0 || work->nic->node >= 0 || hwloc_bitmap_weight(nodes) == 1)
        return 0;
    error_set(err, -ENODATA, "the node of %s is unknown, and the CPUs %s are on nodes %s",
              work->nic->name, app->whose, list);
    error_hint(err, "say with --node=N which one it is");
    return -ENODATA;
}

static int plan(struct irq_work *work, const struct irq_options *options,
                const struct irq_request *by, struct np_error *err)
{
    autoset hwloc_bitmap_t housekeeping = NULL;
    struct irq_request request = *by;
    int r = housekeeping_cpus(work->view.root, &housekeeping);

    if (r < 0)
        return r;
    request.machine = work->view.machine;
    request.interrupts = work->view.interrupts;
    request.nic = work->nic;
    request.housekeeping = housekeeping;
    request.node = options->node;
    request.one_per_core = options->one_per_core;
    request.keep = options->keep;
    return irq_plan_make(&request, &work->plan, err);
}

static int plan_near_app(struct irq_work *work, const struct irq_options *options,
                         struct np_error *err)
{
    struct irq_app app = {0};
    int r = irq_app_find(&work->view, options->near_app, options->state_dir, &app, err);

    if (r == 0)
        r = check_node(work, options, &app, err);
    if (r == 0)
        r = plan(work, options,
                 &(struct irq_request){.cpus = app.cpus, .whose = app.whose, .local = true}, err);
    irq_app_fini(&app);
    return r;
}

static int plan_on_cpus(struct irq_work *work, const struct irq_options *options,
                        struct np_error *err)
{
    autoset hwloc_bitmap_t cpus = NULL;
    int r = resolve_cpus(work->view.machine, options->cpus, &cpus, err);

    return r < 0 ? r : plan(work, options, &(struct irq_request){.cpus = cpus}, err);
}

static int has_interrupts(const struct irq_work *work, struct np_error *err)
{
    if (work->plan->n_irqs > 0 || !hwloc_bitmap_iszero(work->plan->fixed))
        return 0;
    error_set(err, -ENODEV, "%s has no interrupts of its own", work->nic->name);
    if (work->nic->up == 0)
        error_hint(err, "it is down: many drivers ask for interrupts when it is brought up");
    else
        error_hint(err,
                   "name the device below it, if it is made of others; `numaplace irq` lists all "
                   "that have some");
    return -ENODEV;
}

int cli_irq_plan(const char *device, const struct irq_options *options, struct irq_work *work)
{
    struct np_error err = {0};
    int status = cli_read_interrupts(options->from, MACHINE_TOPOLOGY, &work->view);
    int r;

    if (status == EXIT_DONE)
        status = cli_read_nic(&work->view, device, &work->nic);
    if (status != EXIT_DONE)
        return status;
    r = options->near_app ? plan_near_app(work, options, &err)
        : options->cpus   ? plan_on_cpus(work, options, &err)
                          : plan(work, options, &(struct irq_request){0}, &err);
    if (r == 0)
        r = has_interrupts(work, &err);
    if (r == 0)
        return EXIT_DONE;
    cli_error(&err, r);
    return r == -ENOSPC ? EXIT_NO_PLACEMENT : EXIT_FAILED;
}

void irq_work_fini(struct irq_work *work)
{
    work->plan = irq_plan_free(work->plan);
    work->nic = nic_free(work->nic);
    irq_view_fini(&work->view);
}
