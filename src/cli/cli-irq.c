/* SPDX-License-Identifier: Apache-2.0 */
/* What every verb of `numaplace irq` reads first. */

#include "cli-irq.h"

#include "near.h"

#include <string.h>

void irq_view_fini(struct irq_view *view)
{
    view->interrupts = interrupts_free(view->interrupts);
    view->root = root_free(view->root);
    view->machine = machine_free(view->machine);
}

int cli_open_tree(const char *from, struct root **ret_root)
{
    struct np_error err = {0};
    int r = machine_open_tree(from ? from : "live", ret_root, &err);

    if (r == 0 && !*ret_root) {
        r = error_set(&err, -ENOTSUP, "%s tells nothing of interrupts", from);
        error_hint(&err, "take a machine captured by `numaplace snapshot`");
    }
    if (r == 0)
        return EXIT_DONE;
    cli_error(&err, r);
    return from ? EXIT_INVALID : EXIT_FAILED;
}

int cli_read_interrupts(const char *from, unsigned int parts, struct irq_view *view)
{
    struct np_error err = {0};
    int status = cli_open_tree(from, &view->root);
    int r;

    if (status != EXIT_DONE)
        return status;
    r = machine_load_tree(view->root, from ? from : "live", parts | MACHINE_DEVICES, &view->machine,
                          &err);
    if (r == 0) {
        r = interrupts_read(view->root, view->machine, &view->interrupts, &err);
        if (r < 0 && from)
            error_at(&err, from, 0, 0);
    }
    if (r == 0)
        return EXIT_DONE;
    cli_error(&err, r);
    return from ? EXIT_INVALID : EXIT_FAILED;
}

int cli_read_nic(const struct irq_view *view, const char *name, struct nic **ret_nic)
{
    const struct device *device = near_find(view->machine, name);
    struct np_error err = {0};
    int r = nic_read(view->root, view->machine, device ? device->name : name, ret_nic, &err);

    if (r == 0)
        return EXIT_DONE;
    cli_error(&err, r);
    return EXIT_FAILED;
}
