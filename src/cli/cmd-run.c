/* SPDX-License-Identifier: Apache-2.0 */
/* numaplace run: one program, now. Where scripts say numactl, they may say this. */

#include "commands.h"
#include "numa-calls.h"
#include "render-topo.h"
#include "run.h"
#include "set.h"
#include "size.h"

#include <ctype.h>
#include <string.h>

enum {
    OPT_ALL,
    OPT_BALANCING,
    OPT_INTERLEAVE,
    OPT_WEIGHTED_INTERLEAVE,
    OPT_PREFERRED,
    OPT_PREFERRED_MANY,
    OPT_CPUNODEBIND,
    OPT_PHYSCPUBIND,
    OPT_MEMBIND,
    OPT_LOCALALLOC,
    OPT_NEAR,
    OPT_PICK,
    OPT_ONE_NODE,
    OPT_MEMORY,
    OPT_VERIFY,
    OPT_SHOW,
    OPT_HARDWARE,
    OPT_STRICT,
    OPT_CPUBIND, /* numactl's old name of --cpunodebind */
    /* "--mem" was a short form of --membind until we added --memory. */
    OPT_MEMBIND_SHORT1,
    OPT_MEMBIND_SHORT2,
    OPT_MEMBIND_SHORT3,
    /* The rest of numactl is about shared memory: refused by name. */
    OPT_FIRST_SHARED,
    OPT_SHM = OPT_FIRST_SHARED,
    OPT_FILE,
    OPT_OFFSET,
    OPT_LENGTH,
    OPT_SHMMODE,
    OPT_SHMID,
    OPT_HUGE,
    OPT_TOUCH,
    OPT_DUMP,
    OPT_DUMP_NODES,
};

static const struct cli_option options[] = {
    [OPT_ALL] = {"all", 'a', NULL, "choose beyond the affinity and cpuset that were inherited"},
    [OPT_BALANCING] = {"balancing", 'b', NULL, "with --membind: let the kernel move pages"},
    [OPT_INTERLEAVE] = {"interleave", 'i', "NODES", "memory in turn on these"},
    [OPT_WEIGHTED_INTERLEAVE] = {"weighted-interleave", 'w', "NODES",
                                 "the same by the weights of the system"},
    [OPT_PREFERRED] = {"preferred", 'p', "NODE", "memory here while there is some"},
    [OPT_PREFERRED_MANY] = {"preferred-many", 'P', "NODES", "the same for several"},
    [OPT_CPUNODEBIND] = {"cpunodebind", 'N', "NODES", "run on the CPUs of these nodes"},
    [OPT_PHYSCPUBIND] = {"physcpubind", 'C', "CPUS", "run on these CPUs"},
    [OPT_MEMBIND] = {"membind", 'm', "NODES", "memory here and nowhere else"},
    [OPT_LOCALALLOC] = {"localalloc", 'l', NULL, "memory where the thread runs that asks for it"},
    [OPT_NEAR] = {"near", 0, "DEVICE", "CPUs and memory nearest to this device"},
    [OPT_PICK] = {"pick", 0, "N", "choose N CPUs, of those named if any are"},
    [OPT_ONE_NODE] = {"one-node", 0, NULL, "with --pick: all on the same node"},
    [OPT_MEMORY] = {"memory", 0, "SIZE", "do not start unless the nodes can hold this much"},
    [OPT_VERIFY] = {"verify", 0, NULL, "stay, and tell at the end where the memory went"},
    [OPT_SHOW] = {"show", 's', NULL, "print the binding so far as numactl does, and stop"},
    [OPT_HARDWARE] = {"hardware", 'H', NULL, "print the nodes as numactl does, and stop"},
    [OPT_STRICT] = {"strict", 't', NULL, NULL},
    [OPT_CPUBIND] = {"cpubind", 'c', "NODES", NULL},
    [OPT_MEMBIND_SHORT1] = {"m", 0, "NODES", NULL},
    [OPT_MEMBIND_SHORT2] = {"me", 0, "NODES", NULL},
    [OPT_MEMBIND_SHORT3] = {"mem", 0, "NODES", NULL},
    [OPT_SHM] = {"shm", 'S', "FILE", NULL},
    [OPT_FILE] = {"file", 'f', "FILE", NULL},
    [OPT_OFFSET] = {"offset", 'o', "SIZE", NULL},
    [OPT_LENGTH] = {"length", 'L', "SIZE", NULL},
    [OPT_SHMMODE] = {"shmmode", 'M', "MODE", NULL},
    [OPT_SHMID] = {"shmid", 'I', "ID", NULL},
    [OPT_HUGE] = {"huge", 'u', NULL, NULL},
    [OPT_TOUCH] = {"touch", 'T', NULL, NULL},
    [OPT_DUMP] = {"dump", 'd', NULL, NULL},
    [OPT_DUMP_NODES] = {"dump-nodes", 'D', NULL, NULL},
    {NULL, 0, NULL, NULL},
};

/* Options that choose, by option: kind and policy. */
static const struct run_choice choices[] = {
    [OPT_INTERLEAVE] = {"interleave", CHOOSE_POLICY, MPOL_INTERLEAVE, NULL},
    [OPT_WEIGHTED_INTERLEAVE] = {"weighted-interleave", CHOOSE_POLICY,
                                 NUMA_MPOL_WEIGHTED_INTERLEAVE, NULL},
    [OPT_PREFERRED] = {"preferred", CHOOSE_POLICY, MPOL_PREFERRED, NULL},
    [OPT_PREFERRED_MANY] = {"preferred-many", CHOOSE_POLICY, MPOL_PREFERRED_MANY, NULL},
    [OPT_CPUNODEBIND] = {"cpunodebind", CHOOSE_NODE_CPUS, 0, NULL},
    [OPT_PHYSCPUBIND] = {"physcpubind", CHOOSE_CPUS, 0, NULL},
    [OPT_MEMBIND] = {"membind", CHOOSE_POLICY, MPOL_BIND, NULL},
    [OPT_LOCALALLOC] = {"localalloc", CHOOSE_POLICY, MPOL_LOCAL, NULL},
    [OPT_CPUBIND] = {"cpubind", CHOOSE_NODE_CPUS, 0, NULL},
    [OPT_MEMBIND_SHORT1] = {"membind", CHOOSE_POLICY, MPOL_BIND, NULL},
    [OPT_MEMBIND_SHORT2] = {"membind", CHOOSE_POLICY, MPOL_BIND, NULL},
    [OPT_MEMBIND_SHORT3] = {"membind", CHOOSE_POLICY, MPOL_BIND, NULL},
};

/* The choice before this one of the kind, or NULL. */
static const struct run_choice *earlier_policy(const struct run_request *request)
{
    for (unsigned int i = request->n_choices; i-- > 0;) {
        if (request->choices[i].kind == CHOOSE_POLICY)
            return &request->choices[i];
    }
    return NULL;
}

/* "same" is the text of the node option before it. */
static const char *earlier_nodes(const struct run_request *request)
{
    for (unsigned int i = request->n_choices; i-- > 0;) {
        if (request->choices[i].kind != CHOOSE_CPUS && request->choices[i].text)
            return request->choices[i].text;
    }
    return NULL;
}

static int add_choice(struct run_request *request, int option, const char *text)
{
    struct run_choice choice = choices[option];
    const struct run_choice *other = earlier_policy(request);

    if (choice.kind == CHOOSE_POLICY && other)
        return cli_usage(&command_run, "--%s and --%s are different policies: choose one",
                         other->option, choice.option);
    choice.text = text;
    if (text && choice.kind != CHOOSE_CPUS && strcmp(text, "same") == 0)
        choice.text = earlier_nodes(request);
    if (text && !choice.text)
        return cli_usage(&command_run, "--%s=same: no nodes were given before it", choice.option);
    request->choices[request->n_choices++] = choice;
    return 0;
}

static int take_count(struct run_request *request, const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (!isdigit((unsigned char)text[0]) || *end || value == 0 || value > SET_ID_MAX)
        return cli_usage(&command_run, "--pick=%s: how many CPUs?", text);
    request->pick = (unsigned int)value;
    return 0;
}

static int take_size(struct run_request *request, const char *text)
{
    struct np_error err = {0};
    int r = size_parse(text, &request->memory_bytes, &err);

    return r < 0 ? cli_usage(&command_run, "--memory=%s: %s", text, err.text) : 0;
}

static int refuse_shared(int option)
{
    cli_message("--%s places a shared memory segment or file, not a program: numactl does that",
                options[option].name);
    return EXIT_USAGE;
}

/* 0, or the exit status to leave with. */
static int take_option(struct run_request *request, int option, const char *value)
{
    if (option >= OPT_FIRST_SHARED)
        return refuse_shared(option);
    switch (option) {
    case OPT_ALL:
        request->all = true;
        return 0;
    case OPT_BALANCING:
        request->balancing = true;
        return 0;
    case OPT_NEAR:
        request->near = value;
        return 0;
    case OPT_PICK:
        return take_count(request, value);
    case OPT_ONE_NODE:
        request->one_node = true;
        return 0;
    case OPT_MEMORY:
        return take_size(request, value);
    case OPT_VERIFY:
        request->verify = true;
        return 0;
    case OPT_STRICT:
        cli_message("--strict is for shared memory: it changes nothing for a program");
        return 0;
    default:
        return add_choice(request, option, value);
    }
}

static int exit_status(int r)
{
    switch (r) {
    case -EINVAL:
        return EXIT_USAGE;
    case -ENOSPC:
        return EXIT_NO_PLACEMENT;
    default:
        return EXIT_FAILED;
    }
}

/* All that needs more of the machine than numactl's options do. */
static int use_machine(const struct root *root, const struct run_request *request,
                       struct run_binding *binding, struct np_error *err)
{
    automachine struct machine *machine = NULL;
    int r;

    if (!request->near && !request->pick && !request->memory_bytes)
        return 0;
    r = machine_load("live", request->pick ? MACHINE_TOPOLOGY : MACHINE_NODES, &machine, err);
    if (r == 0)
        r = run_choose(root, machine, request, binding, err);
    if (r == 0 && request->memory_bytes)
        r = run_check_memory(root, machine, binding, request->memory_bytes, err);
    return r;
}

static int show(const struct run_start *start)
{
    struct np_error err = {0};
    int status = run_bind(start);
    int r = status == EXIT_DONE ? run_show(start->root, &err) : 0;

    if (r < 0)
        cli_error(&err, r);
    return r < 0 ? EXIT_FAILED : status;
}

static int show_hardware(void)
{
    automachine struct machine *machine = NULL;
    struct np_error err = {0};
    int r = machine_load("live", MACHINE_NODES, &machine, &err);

    if (r == 0)
        r = render_numactl(machine);
    if (r < 0)
        cli_error(&err, r);
    return r < 0 ? EXIT_FAILED : EXIT_DONE;
}

static int start(const struct run_request *request, const struct run_start *how)
{
    if (!how->argv)
        return show(how);
    return request->verify ? run_verified(how) : run_start(how);
}

/* argv NULL: show the binding instead of executing. */
static int bind_and_go(const struct run_request *request, char **argv)
{
    autoroot struct root *root = NULL;
    struct run_binding binding = {.mode = BINDING_KEEP_POLICY};
    struct np_error err = {0};
    int r = root_open("/", &root, &err);

    if (r == 0)
        r = run_resolve(root, request, &binding, &err);
    if (r == 0)
        r = use_machine(root, request, &binding, &err);
    if (r < 0) {
        cli_error(&err, r);
        run_binding_fini(&binding);
        return exit_status(r);
    }
    r = start(request, &(struct run_start){.root = root,
                                           .binding = &binding,
                                           .balancing = request->balancing,
                                           .argv = argv});
    run_binding_fini(&binding);
    return r;
}

static int run_main(int argc, char **argv)
{
    autofree struct run_choice *room = calloc((size_t)argc, sizeof(*room));
    struct cli_args args = {
        .command = &command_run, .argc = argc, .argv = argv, .stop_at_operand = true};
    struct run_request request = {.choices = room};
    int option;

    if (!room)
        return EXIT_FAILED;
    while ((option = cli_next(&args)) >= 0) {
        int status;

        if (option == OPT_SHOW)
            return bind_and_go(&request, NULL);
        if (option == OPT_HARDWARE)
            return show_hardware();
        status = take_option(&request, option, args.value);
        if (status != 0)
            return status;
    }
    if (option == CLI_STOP)
        return args.exit;
    if (request.one_node && !request.pick)
        return cli_usage(&command_run, "--one-node goes with --pick");
    if (args.next >= argc)
        return cli_usage(&command_run, "which program?");
    return bind_and_go(&request, argv + args.next);
}

const struct command command_run = {
    .name = "run",
    .synopsis = "[OPTION]... [--] PROGRAM [ARGUMENT]...",
    .summary = "start one program where it should run (takes numactl's options)",
    .details = "NODES and CPUS are sets as numactl takes them: 0-3,8  +0-1 (of the granted ones)  "
               "!2 (all but)\n"
               "all  same (as the option before), and for nodes netdev:eth0 block:sda file:PATH "
               "pci:0000:01:00.0\n"
               "ip:HOST. Exits with the program's own status.\n",
    .options = options,
    .run = run_main,
};
