/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine from an hwloc topology: XML that somebody exported, or a synthetic description.
 *
 * hwloc gives a node without CPUs the CPUs that are close to it. For us a CPU is on one node only:
 * on the smallest around it, the one with ordinary memory first; to the others there it is an
 * initiator.
 */

#include "machine-read.h"

#include "set.h"
#include "topology-load.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No kernel has more, and hwloc would take hours over a typing error. */
#define SYNTHETIC_CPUS_MAX 8192ul

static enum node_kind kind_of_subtype(const char *subtype)
{
    static const struct {
        const char *start;
        enum node_kind kind;
    } kinds[] = {
        {"DRAM", NODE_KIND_DRAM}, {"HBM", NODE_KIND_HBM}, {"MCDRAM", NODE_KIND_HBM},
        {"NVM", NODE_KIND_PMEM},  {"CXL", NODE_KIND_CXL}, {"GPUMemory", NODE_KIND_GPU},
    };

    for (size_t i = 0; subtype && i < ARRAY_SIZE(kinds); i++) {
        if (strncmp(subtype, kinds[i].start, strlen(kinds[i].start)) == 0)
            return kinds[i].kind;
    }
    return NODE_KIND_UNKNOWN;
}

static hwloc_obj_t next_node(hwloc_topology_t topology, hwloc_obj_t obj)
{
    return hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_NUMANODE, obj);
}

/* Page types other than the smallest are huge. hwloc does not know how many are free. */
static int fill_huge(struct node *node, const struct hwloc_numanode_attr_s *attr)
{
    uint64_t base = UNKNOWN_U64;

    node->huge = calloc(attr->page_types_len + 1, sizeof(*node->huge));
    if (!node->huge)
        return -ENOMEM;
    for (unsigned int i = 0; i < attr->page_types_len; i++) {
        if (attr->page_types[i].size < base)
            base = attr->page_types[i].size;
    }
    for (unsigned int i = 0; i < attr->page_types_len; i++) {
        uint64_t size = attr->page_types[i].size;

        if (size == base || (size & (size - 1)) != 0)
            continue;
        node->huge[node->n_huge++] = (struct huge_pool){
            .page_bytes = size,
            .total_pages = attr->page_types[i].count,
            .free_pages = UNKNOWN_U64,
        };
    }
    huge_sort(node);
    return 0;
}

/* NULL for a machine that is not synthetic. */
static const char *synthetic_description(hwloc_topology_t topology)
{
    return hwloc_obj_get_info_by_name(hwloc_get_root_obj(topology), "SyntheticDescription");
}

/* Whether a node of 0 bytes is one without memory, rather than one of which nothing is said. */
static bool tells_memory(hwloc_topology_t topology)
{
    hwloc_obj_t root = hwloc_get_root_obj(topology);

    return root->total_memory > 0 && !synthetic_description(topology);
}

/* hwloc gives 1 GiB to the nodes of a description that says nothing of memory. */
static bool invents_memory(hwloc_topology_t topology)
{
    const char *description = synthetic_description(topology);

    return description && !strstr(description, "memory=");
}

static int fill_nodes(struct machine *machine, hwloc_topology_t topology)
{
    hwloc_const_bitmap_t allowed = hwloc_topology_get_allowed_nodeset(topology);
    bool told = tells_memory(topology);
    bool invented = invents_memory(topology);

    for (hwloc_obj_t obj = NULL; (obj = next_node(topology, obj));) {
        struct node *node = machine_node_mutable(machine, obj->os_index);
        int r;

        if (!node)
            continue;
        node->kind = kind_of_subtype(obj->subtype);
        if (told || (obj->attr->numanode.local_memory > 0 && !invented))
            node->total_bytes = obj->attr->numanode.local_memory;
        node->granted = hwloc_bitmap_isset(allowed, obj->os_index) == 1;
        r = machine->parts & MACHINE_ATTRS ? fill_huge(node, &obj->attr->numanode) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

static bool is_ordinary(hwloc_obj_t node)
{
    enum node_kind kind = kind_of_subtype(node->subtype);

    return kind == NODE_KIND_DRAM || kind == NODE_KIND_UNKNOWN;
}

/* Whether a is rather the node of its CPUs than b. */
static bool is_closer(hwloc_obj_t a, hwloc_obj_t b)
{
    int a_weight = hwloc_bitmap_weight(a->cpuset);
    int b_weight = hwloc_bitmap_weight(b->cpuset);

    if (a_weight != b_weight)
        return a_weight < b_weight;
    if (is_ordinary(a) != is_ordinary(b))
        return is_ordinary(a);
    return a->os_index < b->os_index;
}

static int place_cpu(struct machine *machine, hwloc_topology_t topology, struct cpu *cpu)
{
    hwloc_obj_t best = NULL;
    struct node *node;

    for (hwloc_obj_t obj = NULL; (obj = next_node(topology, obj));) {
        if (hwloc_bitmap_isset(obj->cpuset, cpu->id) && (!best || is_closer(obj, best)))
            best = obj;
    }
    node = best ? machine_node_mutable(machine, best->os_index) : NULL;
    if (!node)
        return 0;
    cpu->node = (int)node->id;
    return hwloc_bitmap_set(node->cpus, cpu->id) < 0 ? -ENOMEM : 0;
}

static int fill_cpus(struct machine *machine, hwloc_topology_t topology)
{
    hwloc_const_bitmap_t online = hwloc_get_root_obj(topology)->cpuset;
    hwloc_const_bitmap_t allowed = hwloc_topology_get_allowed_cpuset(topology);
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < machine->n_cpus; i++) {
        struct cpu *cpu = &machine->cpus[i];

        cpu->online = hwloc_bitmap_isset(online, cpu->id) == 1;
        cpu->granted = hwloc_bitmap_isset(allowed, cpu->id) == 1;
        if (cpu->online)
            r = place_cpu(machine, topology, cpu);
    }
    return r;
}

/* Nodes without CPUs of their own that hwloc put somewhere below the whole machine. */
static int fill_initiators(struct machine *machine, hwloc_topology_t topology)
{
    hwloc_const_bitmap_t all = hwloc_get_root_obj(topology)->cpuset;

    for (hwloc_obj_t obj = NULL; (obj = next_node(topology, obj));) {
        struct node *node = machine_node_mutable(machine, obj->os_index);
        autoset hwloc_bitmap_t from = NULL;

        if (!node || !hwloc_bitmap_iszero(node->cpus) || hwloc_bitmap_isequal(obj->cpuset, all))
            continue;
        from = machine_nodes_of_cpus(machine, obj->cpuset);
        if (!from || hwloc_bitmap_copy(node->initiators, from) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int fill_distances(struct machine *machine, hwloc_topology_t topology)
{
    struct hwloc_distances_s *found[1];
    unsigned int n = 1;
    int r = 0;

    if (hwloc_distances_get_by_type(topology, HWLOC_OBJ_NUMANODE, &n, found,
                                    HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0) < 0 ||
        n == 0)
        return 0;
    r = matrix_make(machine, &machine->distance, MATRIX_GIVEN);
    for (unsigned int i = 0; r == 0 && i < found[0]->nbobjs * found[0]->nbobjs; i++) {
        uint64_t value = found[0]->values[i];

        matrix_put(machine, &machine->distance, found[0]->objs[i / found[0]->nbobjs]->os_index,
                   found[0]->objs[i % found[0]->nbobjs]->os_index, value ? value : UNKNOWN_U64);
    }
    hwloc_distances_release(topology, found[0]);
    return r;
}

/* The value holds from every node all of whose CPUs are in the initiator. */
static void put_from_cpus(struct machine *machine, struct matrix *matrix,
                          const struct hwloc_location *initiator, unsigned int to, uint64_t value)
{
    if (initiator->type != HWLOC_LOCATION_TYPE_CPUSET || value == 0)
        return;
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        const struct node *from = &machine->nodes[i];

        if (!hwloc_bitmap_iszero(from->cpus) &&
            hwloc_bitmap_isincluded(from->cpus, initiator->location.cpuset))
            matrix_put(machine, matrix, from->id, to, value);
    }
}

static int fill_memattr(struct machine *machine, hwloc_topology_t topology, struct matrix *matrix,
                        hwloc_memattr_id_t attribute)
{
    for (hwloc_obj_t obj = NULL; (obj = next_node(topology, obj));) {
        autofree struct hwloc_location *initiators = NULL;
        autofree hwloc_uint64_t *values = NULL;
        unsigned int n = 0;

        if (hwloc_memattr_get_initiators(topology, attribute, obj, 0, &n, NULL, NULL) < 0 || n == 0)
            continue;
        initiators = calloc(n, sizeof(*initiators));
        values = calloc(n, sizeof(*values));
        if (!initiators || !values || matrix_make(machine, matrix, MATRIX_GIVEN) < 0)
            return -ENOMEM;
        if (hwloc_memattr_get_initiators(topology, attribute, obj, 0, &n, initiators, values) < 0)
            continue;
        for (unsigned int i = 0; i < n; i++)
            put_from_cpus(machine, matrix, &initiators[i], obj->os_index, values[i]);
    }
    return 0;
}

/* hwloc ranks kinds by efficiency; a negative rank means that it could not. */
static int fill_kinds(struct machine *machine, hwloc_topology_t topology)
{
    autoset hwloc_bitmap_t cpus = hwloc_bitmap_alloc();
    int n = hwloc_cpukinds_get_nr(topology, 0);

    if (!cpus)
        return -ENOMEM;
    for (unsigned int i = 0; n > 1 && i < (unsigned int)n; i++) {
        int efficiency;

        if (hwloc_cpukinds_get_info(topology, i, cpus, &efficiency, NULL, NULL, 0) < 0)
            continue;
        put_fact(machine, cpus, offsetof(struct cpu, kind), efficiency);
    }
    return 0;
}

static int fill_attrs(struct machine *machine, hwloc_topology_t topology)
{
    int r = fill_initiators(machine, topology);

    if (r == 0)
        r = fill_memattr(machine, topology, &machine->latency_ns, HWLOC_MEMATTR_ID_LATENCY);
    if (r == 0)
        r = fill_memattr(machine, topology, &machine->bandwidth_mibps, HWLOC_MEMATTR_ID_BANDWIDTH);
    if (r == 0)
        assume_dram(machine);
    return r;
}

static int fill_kernel(struct machine *machine, hwloc_topology_t topology)
{
    const char *release = hwloc_obj_get_info_by_name(hwloc_get_root_obj(topology), "OSRelease");

    if (release && !(machine->settings.kernel = strdup(release)))
        return -ENOMEM;
    return 0;
}

static int pci_of_object(hwloc_obj_t obj, char **ret_pci)
{
    while (obj && obj->type != HWLOC_OBJ_PCI_DEVICE)
        obj = obj->parent;
    *ret_pci = NULL;
    if (obj && asprintf(ret_pci, "%04x:%02x:%02x.%x", obj->attr->pcidev.domain,
                        obj->attr->pcidev.bus, obj->attr->pcidev.dev, obj->attr->pcidev.func) < 0)
        return -ENOMEM;
    return 0;
}

/* The node of the CPUs that the device hangs on; unknown when that is the whole machine. */
static int node_of_object(const struct machine *machine, hwloc_topology_t topology, hwloc_obj_t obj)
{
    hwloc_obj_t at = hwloc_get_non_io_ancestor_obj(topology, obj);
    autoset hwloc_bitmap_t nodes = NULL;

    if (!at || at == hwloc_get_root_obj(topology))
        return -1;
    nodes = machine_nodes_of_cpus(machine, at->cpuset);
    return nodes ? set_only(nodes) : -1;
}

static int add_object(struct machine *machine, hwloc_topology_t topology, hwloc_obj_t obj)
{
    enum device_class class;
    char *pci;
    int r;

    if (!obj->name)
        return 0;
    if (obj->attr->osdev.type == HWLOC_OBJ_OSDEV_NETWORK)
        class = DEVICE_NET;
    else if (obj->attr->osdev.type == HWLOC_OBJ_OSDEV_BLOCK)
        class = DEVICE_BLOCK;
    else if (obj->attr->osdev.type == HWLOC_OBJ_OSDEV_GPU && strncmp(obj->name, "card", 4) == 0)
        class = DEVICE_GPU;
    else
        return 0;
    r = pci_of_object(obj, &pci);
    return r < 0 ? r
                 : machine_add_device(machine, obj->name, class, pci,
                                      node_of_object(machine, topology, obj));
}

static int fill_devices(struct machine *machine, hwloc_topology_t topology)
{
    int r = 0;

    for (hwloc_obj_t obj = NULL; r == 0 && (obj = hwloc_get_next_osdev(topology, obj));)
        r = add_object(machine, topology, obj);
    machine_order_devices(machine);
    return r;
}

static int fill_machine(struct machine *machine, hwloc_topology_t topology)
{
    hwloc_obj_t root = hwloc_get_root_obj(topology);
    int r = machine_set_nodes(machine, hwloc_topology_get_complete_nodeset(topology));

    if (r == 0)
        r = machine_set_cpus(machine, root->complete_cpuset);
    if (r == 0)
        r = fill_nodes(machine, topology);
    if (r == 0)
        r = fill_cpus(machine, topology);
    if (r == 0)
        r = fill_distances(machine, topology);
    if (r == 0 && machine->parts & MACHINE_TOPOLOGY)
        r = fill_topology(machine, topology);
    if (r == 0 && machine->parts & MACHINE_TOPOLOGY)
        r = fill_kinds(machine, topology);
    if (r == 0 && machine->parts & MACHINE_ATTRS)
        r = fill_attrs(machine, topology);
    if (r == 0 && machine->parts & MACHINE_DEVICES)
        r = fill_devices(machine, topology);
    if (r == 0 && machine->parts & MACHINE_SETTINGS)
        r = fill_kernel(machine, topology);
    return r;
}

int read_xml(struct machine *machine, const char *path, struct np_error *err)
{
    hwloc_topology_t topology = NULL;
    int r = topology_load(TOPOLOGY_XML, path, &topology);

    if (r < 0) {
        error_set(err, r, "this is not XML that hwloc understands");
        error_hint(err, "make one with `lstopo FILE.xml`");
        return r;
    }
    r = fill_machine(machine, topology);
    hwloc_topology_destroy(topology);
    return r;
}

/* The product of the counts of all levels ("pack:2 [numa] core:4", "2 4"), whatever attributes they
 * have in parentheses: at most what it may be and one more. */
static unsigned long count_synthetic(const char *description)
{
    unsigned long n = 1;
    int depth = 0;
    char before = ' ';

    for (const char *p = description; *p && n <= SYNTHETIC_CPUS_MAX; before = *p++) {
        if (*p == '(' || *p == '[')
            depth++;
        else if (*p == ')' || *p == ']')
            depth--;
        else if (depth == 0 && (before == ' ' || before == ':') && *p >= '0' && *p <= '9')
            n *= strtoul(p, NULL, 0); /* cannot wrap round: n is small, and the loop ends */
    }
    return n;
}

int read_synthetic(struct machine *machine, const char *description, struct np_error *err)
{
    hwloc_topology_t topology = NULL;
    int r;

    if (count_synthetic(description) > SYNTHETIC_CPUS_MAX)
        return error_set(err, -E2BIG, "\"%.200s\" has more than the %lu CPUs that Linux knows",
                         description, SYNTHETIC_CPUS_MAX);
    r = topology_load(TOPOLOGY_SYNTHETIC, description, &topology);
    if (r < 0) {
        error_set(err, r, "\"%.200s\" is not a synthetic machine", description);
        error_hint(err, "write for example \"synthetic:pack:2 [numa] core:4 pu:2\"; hwloc(7) has "
                        "the rules");
        return r;
    }
    r = fill_machine(machine, topology);
    hwloc_topology_destroy(topology);
    return r;
}
