/* SPDX-License-Identifier: Apache-2.0 */
/* numaplace topo: the machine, one part of it, or some CPUs of it. */

#include "cli-machine.h"
#include "commands.h"
#include "json-util.h"
#include "near.h"
#include "pick.h"
#include "render-topo.h"
#include "set.h"

#include <string.h>

enum {
    OPTION_FROM,
    OPTION_JSON,
    OPTION_SVG,
    OPTION_DTS,
    OPTION_DTB,
    OPTION_NUMACTL,
    OPTION_NO_IO,
    OPTION_ALL,
    OPTION_ONE_NODE,
    OPTION_NEAR,
    OPTION_NODES,
    OPTION_ISOLATED,
};

static const struct cli_option options[] = {
    [OPTION_FROM] = CLI_OPTION_FROM,
    [OPTION_JSON] = {"json", 'j', NULL, "everything, as JSON"},
    [OPTION_SVG] = {"svg", 0, NULL, "a picture"},
    [OPTION_DTS] = {"dts", 0, NULL, "a device tree in the words of Kerf"},
    [OPTION_DTB] = {"dtb", 0, NULL, "the same as a blob"},
    [OPTION_NUMACTL] = {"numactl", 0, NULL, "what `numactl -H` prints, byte for byte"},
    [OPTION_NO_IO] = {"no-io", 0, NULL, "without devices: faster"},
    [OPTION_ALL] = {"all", 'a', NULL, "one row a node on large machines too"},
    [OPTION_ONE_NODE] = {"one-node", 0, NULL, "pick: all on one node, or none"},
    [OPTION_NEAR] = {"near", 0, "DEVICE", "pick: as close to a device as possible"},
    [OPTION_NODES] = {"nodes", 0, "NODES", "pick: only CPUs of these nodes"},
    [OPTION_ISOLATED] = {"isolated", 0, NULL, "pick: isolated CPUs too"},
    {0},
};

enum format {
    FORMAT_TEXT,
    FORMAT_JSON,
    FORMAT_SVG,
    FORMAT_DTS,
    FORMAT_DTB,
    FORMAT_NUMACTL,
};

struct topo_options {
    const char *from;
    const char *near;
    const char *nodes;
    enum format format;
    bool no_io;
    bool all;
    bool one_node;
    bool isolated;
    bool pick_only; /* an option was given that only pick understands */
};

static int fail(int r)
{
    if (r == 0)
        return EXIT_DONE;
    cli_error(&(struct np_error){0}, r);
    return EXIT_FAILED;
}

/* Only what the format shows is read. */
static unsigned int parts_for(const struct topo_options *opts)
{
    unsigned int parts = MACHINE_ALL;

    if (opts->format == FORMAT_NUMACTL)
        return MACHINE_NODES;
    if (opts->format == FORMAT_TEXT || opts->format == FORMAT_SVG)
        parts &= ~(unsigned int)MACHINE_RANGES;
    return opts->no_io ? parts & ~(unsigned int)MACHINE_DEVICES : parts;
}

static int show_machine(const struct topo_options *opts)
{
    automachine struct machine *machine = NULL;
    int status = cli_load_machine(opts->from, parts_for(opts), &machine);

    if (status != EXIT_DONE)
        return status;
    switch (opts->format) {
    case FORMAT_JSON:
        return fail(cli_print_json(json_topo(machine)));
    case FORMAT_SVG:
        return fail(svg_topo(machine));
    case FORMAT_DTS:
        return fail(dts_topo(machine));
    case FORMAT_DTB:
        return fail(dtb_topo(machine));
    case FORMAT_NUMACTL:
        return fail(render_numactl(machine));
    case FORMAT_TEXT:
        break;
    }
    return fail(render_topo(machine, opts->all));
}

/* A kernel id as an operand. EXIT_USAGE after a message. */
static int parse_id(const char *text, unsigned int *ret_id)
{
    autoset hwloc_bitmap_t set = NULL;

    if (set_parse_list(text, &set, NULL) < 0 || set_only(set) < 0)
        return cli_usage(&command_topo, "\"%s\" is not one number", text);
    *ret_id = (unsigned int)set_only(set);
    return EXIT_DONE;
}

static int show_cpu(const struct topo_options *opts, const char *operand)
{
    automachine struct machine *machine = NULL;
    const struct cpu *cpu;
    unsigned int id = 0;
    int status = parse_id(operand, &id);

    if (status == EXIT_DONE)
        status = cli_load_machine(opts->from, MACHINE_TOPOLOGY, &machine);
    if (status != EXIT_DONE)
        return status;
    cpu = machine_cpu(machine, id);
    if (!cpu) {
        cli_message("the machine has no CPU %u: its highest is %u", id,
                    machine->n_cpus ? machine->cpus[machine->n_cpus - 1].id : 0);
        return EXIT_FAILED;
    }
    return fail(opts->format == FORMAT_JSON ? cli_print_json(json_cpu(cpu))
                                            : render_cpu(machine, cpu));
}

static int show_node(const struct topo_options *opts, const char *operand)
{
    automachine struct machine *machine = NULL;
    const struct node *node;
    unsigned int id = 0;
    int status = parse_id(operand, &id);

    if (status == EXIT_DONE)
        status = cli_load_machine(opts->from, MACHINE_ATTRS | MACHINE_DEVICES | MACHINE_RANGES,
                                  &machine);
    if (status != EXIT_DONE)
        return status;
    node = machine_node(machine, id);
    if (!node) {
        cli_message("the machine has no node %u: its highest is %u", id,
                    machine->n_nodes ? machine->nodes[machine->n_nodes - 1].id : 0);
        return EXIT_FAILED;
    }
    return fail(opts->format == FORMAT_JSON ? cli_print_json(json_node(machine, node))
                                            : render_node(machine, node));
}

/* The node of what --near or dev names, as `run --near` has it. */
static int find_node(const struct topo_options *opts, const struct machine *machine,
                     const char *name, unsigned int *ret_node, struct np_error *err)
{
    autoroot struct root *root = NULL;
    int r = 0;

    if (!near_find(machine, name))
        r = machine_open_tree(opts->from ? opts->from : "live", &root, err);
    return r < 0 ? r : near_node(machine, root, name, ret_node, err);
}

/* A partition, a bridge, what a file is on: of these only the node is known. */
static int find_other(const struct topo_options *opts, const struct machine *machine,
                      const char *name, struct device *ret_device)
{
    struct np_error err = {0};
    unsigned int node = 0;
    int r = find_node(opts, machine, name, &node, &err);

    if (r < 0 && r != -ENODATA) {
        cli_error(&err, r);
        return EXIT_FAILED;
    }
    *ret_device = (struct device){
        .name = (char *)name,
        .class = DEVICE_OTHER,
        .node = r == 0 ? (int)node : -1,
        .vfs.total = -1,
        .namespaces.total = -1,
    };
    return EXIT_DONE;
}

static int show_device(const struct topo_options *opts, const char *operand)
{
    automachine struct machine *machine = NULL;
    const struct device *device;
    struct device other;
    int status = cli_load_machine(opts->from, MACHINE_DEVICES, &machine);

    if (status != EXIT_DONE)
        return status;
    device = near_find(machine, operand);
    if (!device) {
        device = &other;
        status = find_other(opts, machine, operand, &other);
    }
    if (status != EXIT_DONE)
        return status;
    return fail(opts->format == FORMAT_JSON ? cli_print_json(json_device(device))
                                            : render_device(machine, device));
}

/* The node to stay close to. EXIT_NO_PLACEMENT after a message when it is unknown. */
static int find_near(const struct topo_options *opts, const struct machine *machine, int *ret_node)
{
    struct np_error err = {0};
    unsigned int node = 0;
    int r = opts->near ? find_node(opts, machine, opts->near, &node, &err) : 0;

    if (r == -ENODATA) {
        cli_message("the node of %s is unknown, so nothing is known to be near it: say the node "
                    "with --nodes",
                    opts->near);
        return EXIT_NO_PLACEMENT;
    }
    if (r < 0) {
        cli_error(&err, r);
        return EXIT_FAILED;
    }
    if (opts->near)
        *ret_node = (int)node;
    return EXIT_DONE;
}

static int find_nodes(const struct machine *machine, const char *text, hwloc_bitmap_t *ret_nodes)
{
    struct set_expr expr;
    struct np_error err = {0};
    autoset hwloc_bitmap_t all = hwloc_bitmap_alloc();
    int r = text ? set_expr_parse(text, &expr, &err) : 0;

    if (!text)
        return EXIT_DONE;
    for (unsigned int i = 0; all && i < machine->n_nodes; i++)
        hwloc_bitmap_set(all, machine->nodes[i].id);
    if (r == 0) {
        r = all ? set_expr_resolve(&expr, all, ret_nodes, &err) : -ENOMEM;
        set_expr_fini(&expr);
    }
    if (r == 0 && !hwloc_bitmap_isincluded(*ret_nodes, all)) {
        cli_message("--nodes=%s: the machine does not have all of them", text);
        return EXIT_FAILED;
    }
    if (r < 0)
        cli_error(&err, r);
    return r < 0 ? EXIT_USAGE : EXIT_DONE;
}

/* The CPUs of --nodes: what pick chooses within. */
static int find_within(const struct machine *machine, const char *text, hwloc_bitmap_t *ret_cpus)
{
    autoset hwloc_bitmap_t nodes = NULL;
    int status = find_nodes(machine, text, &nodes);

    if (status != EXIT_DONE || !nodes)
        return status;
    *ret_cpus = machine_cpus_of_nodes(machine, nodes);
    return *ret_cpus ? EXIT_DONE : fail(-ENOMEM);
}

/* That "near" is not "on" must not go unnoticed. */
static int warn_if_elsewhere(const struct machine *machine, const struct pick_request *request,
                             const char *near, hwloc_const_bitmap_t cpus)
{
    autoset hwloc_bitmap_t nodes = machine_nodes_of_cpus(machine, cpus);
    autofree char *text = nodes ? set_format(nodes) : NULL;

    if (!text)
        return -ENOMEM;
    if (request->near_node >= 0 && set_only(nodes) != request->near_node)
        cli_message("%s is on node %d, where too few CPUs are usable: these are on node%s %s", near,
                    request->near_node, set_only(nodes) < 0 ? "s" : "", text);
    return 0;
}

static int print_pick(const struct topo_options *opts, const struct machine *machine,
                      hwloc_const_bitmap_t cpus)
{
    autoset hwloc_bitmap_t nodes = machine_nodes_of_cpus(machine, cpus);
    autofree char *text = set_format(cpus);

    if (!nodes || !text)
        return -ENOMEM;
    if (opts->format == FORMAT_JSON)
        return cli_print_json(json_pack("{s:s, s:o}", "cpus", text, "nodes", json_set(nodes)));
    printf("%s\n", text);
    return 0;
}

static int pick(const struct topo_options *opts, const struct machine *machine,
                struct pick_request *request)
{
    autoset hwloc_bitmap_t within = NULL;
    autoset hwloc_bitmap_t cpus = NULL;
    struct np_error err = {0};
    int status = find_near(opts, machine, &request->near_node);
    int r;

    if (status == EXIT_DONE)
        status = find_within(machine, opts->nodes, &within);
    if (status != EXIT_DONE)
        return status;
    request->within = within;
    r = pick_cpus(machine, request, &cpus, &err);
    if (r == -ENOSPC) {
        cli_error(&err, r);
        return EXIT_NO_PLACEMENT;
    }
    if (r == 0)
        r = warn_if_elsewhere(machine, request, opts->near, cpus);
    if (r == 0)
        r = print_pick(opts, machine, cpus);
    return fail(r);
}

static int pick_count(const struct topo_options *opts, const char *operand)
{
    automachine struct machine *machine = NULL;
    struct pick_request request = {
        .one_node = opts->one_node, .isolated = opts->isolated, .near_node = -1};
    unsigned int parts = MACHINE_TOPOLOGY | (opts->near ? MACHINE_DEVICES : 0);
    int status = parse_id(operand, &request.n_cpus);

    if (status == EXIT_DONE && request.n_cpus == 0)
        return cli_usage(&command_topo, "at least one CPU must be picked");
    if (status == EXIT_DONE)
        status = cli_load_machine(opts->from, parts, &machine);
    return status == EXIT_DONE ? pick(opts, machine, &request) : status;
}

static const struct {
    const char *name;
    const char *operand;
    int (*run)(const struct topo_options *opts, const char *operand);
} parts_of_topo[] = {
    {"cpu", "the number of a CPU", show_cpu},
    {"node", "the number of a node", show_node},
    {"dev", "a device", show_device},
    {"pick", "a number of CPUs", pick_count},
};

/* false when there is one already. */
static bool set_format_once(struct topo_options *opts, enum format format)
{
    if (opts->format != FORMAT_TEXT && opts->format != format)
        return false;
    opts->format = format;
    return true;
}

static bool take_option(struct topo_options *opts, int option, const char *value)
{
    switch (option) {
    case OPTION_FROM:
        opts->from = value;
        return true;
    case OPTION_JSON:
        return set_format_once(opts, FORMAT_JSON);
    case OPTION_SVG:
        return set_format_once(opts, FORMAT_SVG);
    case OPTION_DTS:
        return set_format_once(opts, FORMAT_DTS);
    case OPTION_DTB:
        return set_format_once(opts, FORMAT_DTB);
    case OPTION_NUMACTL:
        return set_format_once(opts, FORMAT_NUMACTL);
    case OPTION_NO_IO:
        opts->no_io = true;
        return true;
    case OPTION_ALL:
        opts->all = true;
        return true;
    case OPTION_ONE_NODE:
        opts->one_node = true;
        break;
    case OPTION_NEAR:
        opts->near = value;
        break;
    case OPTION_NODES:
        opts->nodes = value;
        break;
    case OPTION_ISOLATED:
        opts->isolated = true;
        break;
    }
    opts->pick_only = true;
    return true;
}

static int run_part(const struct topo_options *opts, int argc, char **argv)
{
    for (size_t i = 0; i < ARRAY_SIZE(parts_of_topo); i++) {
        if (strcmp(parts_of_topo[i].name, argv[0]) != 0)
            continue;
        if (argc != 2)
            return cli_usage(&command_topo, "%s wants %s", argv[0], parts_of_topo[i].operand);
        if (opts->format != FORMAT_TEXT && opts->format != FORMAT_JSON)
            return cli_usage(&command_topo, "%s is printed as text or --json only", argv[0]);
        if (opts->pick_only && parts_of_topo[i].run != pick_count)
            return cli_usage(&command_topo, "%s does not choose CPUs; `topo pick` does", argv[0]);
        return parts_of_topo[i].run(opts, argv[1]);
    }
    return cli_usage(&command_topo, "\"%s\" is not cpu, node, dev or pick", argv[0]);
}

static int run_topo(int argc, char **argv)
{
    struct cli_args args = {.command = &command_topo, .argc = argc, .argv = argv};
    struct topo_options opts = {0};
    int option;

    while ((option = cli_next(&args)) >= 0) {
        if (!take_option(&opts, option, args.value))
            return cli_usage(&command_topo,
                             "--json, --svg, --dts, --dtb and --numactl exclude each other");
    }
    if (option == CLI_STOP)
        return args.exit;
    if (args.next < argc)
        return run_part(&opts, argc - args.next, argv + args.next);
    if (opts.pick_only)
        return cli_usage(&command_topo, "only `topo pick` chooses CPUs");
    if (opts.format == FORMAT_DTB && isatty(STDOUT_FILENO))
        return cli_usage(&command_topo, "a blob is not for a terminal: redirect it, or take --dts");
    return show_machine(&opts);
}

const struct command command_topo = {
    .name = "topo",
    .synopsis = "[OPTION]... [cpu CPU | node NODE | dev DEVICE | pick COUNT]",
    .summary = "the machine: nodes, CPUs, memory, devices and what lies between them",
    .details = "`topo pick` prints CPUs that a shell can use: on the nearest node, on the fewest "
               "nodes,\nthen one thread a core before siblings, then in one LLC, then the lowest "
               "numbers.\n  taskset -c $(numaplace topo pick 2 --one-node) COMMAND\n",
    .words = "cpu node dev pick",
    .options = options,
    .run = run_topo,
};
