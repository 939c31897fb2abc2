/* SPDX-License-Identifier: Apache-2.0 */
/* The end of run's way: bind this process, then be the program. */

#include "run.h"

#include "cli.h"
#include "numa-calls.h"

#include <string.h>

/* What the kernel took away of what was asked for by number. */
static void say_lost(const struct run_start *start, const struct bound *bound)
{
    autofree char *cpus = NULL, *nodes = NULL;

    if (start->binding->cpus_exact && !hwloc_bitmap_iszero(bound->lost_cpus))
        cpus = bind_reason_lost_cpus(start->root, bound->lost_cpus);
    if (start->binding->nodes_exact && !hwloc_bitmap_iszero(bound->lost_nodes))
        nodes = bind_reason_nodes(start->root, bound->lost_nodes);
    if (cpus)
        cli_message("runs on the other CPUs: %s", cpus);
    if (nodes)
        cli_message("uses the other nodes: %s", nodes);
    if (bound->balancing_lost)
        cli_message("--balancing is not known to this kernel: memory is bound without it");
}

int run_bind(const struct run_start *start)
{
    const struct binding binding = {.cpus = start->binding->cpus,
                                    .mode = start->binding->mode,
                                    .nodes = start->binding->nodes,
                                    .balancing = start->balancing};
    struct np_error err = {0};
    struct bound bound;
    enum bind_step step;
    int r = bind_self(&binding, &bound, &step);

    if (r < 0) {
        cli_error(&err, bind_explain(start->root, &binding, step, r, &err));
        return EXIT_FAILED;
    }
    say_lost(start, &bound);
    bound_fini(&bound);
    if (start->balancing && binding.mode != MPOL_BIND)
        cli_message("--balancing does nothing without --membind");
    return EXIT_DONE;
}

static int execute(char **argv)
{
    int error;

    (void)execvp(argv[0], argv); /* returns only on failure */
    error = errno;
    cli_message("cannot execute %s: %s", argv[0], strerror(error));
    return error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE;
}

int run_start(const struct run_start *start)
{
    int status = run_bind(start);

    return status == EXIT_DONE ? execute(start->argv) : status;
}
