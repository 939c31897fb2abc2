/* SPDX-License-Identifier: Apache-2.0 */
/* The names of `--near`, on a machine that lists eth0 (node 1), eth1 (unknown) and sda (node 0),
 * and has a bridge on eth0 and a file system's device that it does not list. */
#include "test.h"

#include "near.h"

#include "make-machine.h"
#include "mem.h"
#include "tree.h"

static struct tree tree;

static int make_tree(void **state)
{
    tree_init(&tree);
    tree_file(&tree, "sys/devices/pci0000:00/0000:00:03.0/numa_node", "1\n");
    tree_file(&tree, "sys/devices/pci0000:00/0000:00:03.0/net/eth0/mtu", "1500\n");
    tree_link(&tree, "sys/class/net/eth0", "../../devices/pci0000:00/0000:00:03.0/net/eth0");
    tree_file(&tree, "sys/devices/virtual/net/br0/mtu", "1500\n");
    tree_link(&tree, "sys/class/net/br0", "../../devices/virtual/net/br0");
    tree_link(&tree, "sys/devices/virtual/net/br0/lower_eth0", "../../../../class/net/eth0");
    tree_file(&tree, "sys/devices/virtual/net/lo/mtu", "65536\n");
    tree_link(&tree, "sys/class/net/lo", "../../devices/virtual/net/lo");
    return 0;
}

static int remove_tree(void **state)
{
    tree_fini(&tree);
    return 0;
}

static struct machine *make_listed(unsigned int n_nodes)
{
    const struct machine_plan plan = {.n_nodes = n_nodes, .n_cpus = 1, .bytes = GIB};
    struct machine *machine = make_machine(&plan);
    static const struct {
        const char *name, *pci;
        enum device_class class;
        int node;
    } devices[] = {{"eth0", "0000:00:03.0", DEVICE_NET, 1},
                   {"eth1", "0000:00:04.0", DEVICE_NET, -1},
                   {"sda", NULL, DEVICE_BLOCK, 0}};

    for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
        assert_int_equal(machine_override_device(machine, devices[i].name, 0), 0);
        machine->devices[i].class = devices[i].class;
        machine->devices[i].node = devices[i].node;
        machine->devices[i].pci = devices[i].pci ? strdup(devices[i].pci) : NULL;
    }
    return machine;
}

static const struct {
    const char *device;
    int result; /* with a tree */
    int node;
    int result_without;
} cases[] = {
    {"eth0", 0, 1, 0},
    {"netdev:eth0", 0, 1, 0},
    {"pci:0:3", 0, 1, 0},
    {"0000:00:03.0", 0, 1, 0},
    {"block:sda", 0, 0, 0},
    {"block:/dev/sda", 0, 0, 0},
    {"eth1", -ENODATA, -1, -ENODATA},
    {"pci:0:4.0", -ENODATA, -1, -ENODATA},
    {"br0", 0, 1, -ENOENT}, /* not listed: the tree knows */
    {"netdev:br0", 0, 1, -ENOENT},
    {"lo", -ENODATA, -1, -ENOENT},
    {"netdev:sda", -ENOENT, -1, -ENOENT},
    {"block:eth0", -ENOENT, -1, -ENOENT},
    {"eth9", -ENOENT, -1, -ENOENT},
    {"file:/", -ENOTSUP, -1, -ENOTSUP}, /* of the machine that runs, which is another one */
    {"ip:::1", -ENOTSUP, -1, -ENOTSUP},
    {"block:/srv/image", -ENOTSUP, -1, -ENOTSUP},
};

static void check_near(const struct machine *machine, const struct root *root, const char *device,
                       int result, int node)
{
    unsigned int found = 99;
    struct np_error err = {0};
    int r = near_node(machine, root, device, &found, &err);

    if (r != result || (r == 0 ? (int)found != node : found != 99 || !err.text[0]))
        fail_msg("\"%s\": %d, node %u, %s", device, r, found, err.text);
}

static void test_near(void **state)
{
    automachine struct machine *machine = make_listed(2);

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        check_near(machine, tree.root, cases[i].device, cases[i].result, cases[i].node);
        check_near(machine, NULL, cases[i].device, cases[i].result_without, cases[i].node);
    }
}

/* With one node, whatever exists is near it. */
static void test_single(void **state)
{
    automachine struct machine *machine = make_listed(1);

    check_near(machine, tree.root, "eth1", 0, 0);
    check_near(machine, NULL, "eth1", 0, 0);
    check_near(machine, tree.root, "lo", 0, 0);
    check_near(machine, tree.root, "eth9", -ENOENT, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_near),
        cmocka_unit_test(test_single),
    };

    return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
