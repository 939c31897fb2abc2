/* SPDX-License-Identifier: Apache-2.0 */
/* Devices in the shapes that sysfs gives them: virtio one level below PCI, partitions below disks,
 * bonds and RAID made of others, a function behind a bridge that alone knows the node. */
#include "test.h"

#include "locate.h"
#include "mem.h"
#include "tree.h"

static struct tree tree;

static void add_netdev(const char *name, const char *below)
{
    char path[256], target[256];

    (void)snprintf(path, sizeof(path), "sys/devices/%s/net/%s/mtu", below, name);
    tree_file(&tree, path, "1500\n");
    (void)snprintf(path, sizeof(path), "sys/class/net/%s", name);
    (void)snprintf(target, sizeof(target), "../../devices/%s/net/%s", below, name);
    tree_link(&tree, path, target);
}

static void add_block(const char *name, const char *below, const char *number)
{
    char path[256], target[256];

    (void)snprintf(path, sizeof(path), "sys/devices/%s/%s/dev", below, name);
    tree_file(&tree, path, number);
    (void)snprintf(path, sizeof(path), "sys/class/block/%s", name);
    (void)snprintf(target, sizeof(target), "../../devices/%s/%s", below, name);
    tree_link(&tree, path, target);
}

static int make_tree(void **state)
{
    tree_init(&tree);
    tree_file(&tree, "sys/devices/pci0000:00/0000:00:03.0/numa_node", "1\n");
    tree_file(&tree, "sys/devices/pci0000:00/0000:00:04.0/numa_node", "-1\n");
    /* The bridge knows, the function behind it does not. */
    tree_file(&tree, "sys/devices/pci0000:40/0000:40:01.0/numa_node", "2\n");
    tree_file(&tree, "sys/devices/pci0000:40/0000:40:01.0/0000:41:00.0/numa_node", "-1\n");
    tree_link(&tree, "sys/bus/pci/devices/0000:41:00.0",
              "../../../devices/pci0000:40/0000:40:01.0/0000:41:00.0");
    tree_link(&tree, "sys/bus/pci/devices/0000:00:04.0",
              "../../../devices/pci0000:00/0000:00:04.0");
    add_netdev("eth0", "pci0000:00/0000:00:03.0/virtio0");
    add_netdev("eth1", "pci0000:00/0000:00:04.0");
    add_netdev("eth2", "pci0000:40/0000:40:01.0/0000:41:00.0");
    add_netdev("lo", "virtual");
    add_netdev("bond0", "virtual");
    tree_link(&tree, "sys/devices/virtual/net/bond0/lower_eth0", "../../../../class/net/eth0");
    add_netdev("vlan5", "virtual");
    tree_link(&tree, "sys/devices/virtual/net/vlan5/lower_bond0", "../bond0");
    add_netdev("br0", "virtual");
    tree_link(&tree, "sys/devices/virtual/net/br0/lower_eth0", "../../../../class/net/eth0");
    tree_link(&tree, "sys/devices/virtual/net/br0/lower_eth2", "../../../../class/net/eth2");
    add_netdev("loop0", "virtual"); /* is its own lower device: must end */
    tree_link(&tree, "sys/devices/virtual/net/loop0/lower_loop0", "../loop0");
    add_block("vda", "pci0000:00/0000:00:03.0/virtio1/block", "254:0\n");
    add_block("vda1", "pci0000:00/0000:00:03.0/virtio1/block/vda", "254:1\n");
    add_block("md0", "virtual/block", "9:0\n");
    tree_link(&tree, "sys/devices/virtual/block/md0/slaves/vda1",
              "../../../../../class/block/vda1");
    return 0;
}

static int remove_tree(void **state)
{
    tree_fini(&tree);
    return 0;
}

static const struct {
    const char *device;
    int result;
    unsigned int node;
} cases[] = {
    {"netdev:eth0", 0, 1},
    {"eth0", 0, 1},
    {"netdev:eth1", -ENODATA, 0},
    {"netdev:eth2", 0, 2},
    {"netdev:lo", -ENODATA, 0},
    {"netdev:bond0", 0, 1},
    {"netdev:vlan5", 0, 1},
    {"netdev:br0", -ENOTUNIQ, 0},
    {"netdev:loop0", -ENODATA, 0},
    {"netdev:eth9", -ENOENT, 0},
    {"netdev:", -EINVAL, 0},
    {"netdev:..", -EINVAL, 0},
    {"netdev:../net/eth0", -EINVAL, 0},
    {"block:vda", 0, 1},
    {"block:vda1", 0, 1},
    {"block:/dev/vda1", 0, 1},
    {"block:/dev/no-such-disk", -ENOENT, 0},
    {"block:md0", 0, 1},
    {"md0", 0, 1},
    {"pci:0000:41:00.0", 0, 2},
    {"pci:41:0", 0, 2},
    {"pci:41:0.0", 0, 2},
    {"0000:41:00.0", 0, 2},
    {"pci:0000:41:00", 0, 2},
    {"pci:0000:00:04.0", -ENODATA, 0},
    {"pci:0000:99:00.0", -ENOENT, 0},
    {"pci:eth0", -EINVAL, 0},
    {"pci:41:0.0x", -EINVAL, 0},
    {"file:/no/such/file", -ENOENT, 0},
    {"eth9", -ENOENT, 0},
    {"", -ENOENT, 0},
};

static void test_locate(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        unsigned int node = 99;
        struct np_error err = {0};
        int r = locate_device(tree.root, cases[i].device, &node, &err);

        if (r != cases[i].result || (r == 0 && node != cases[i].node))
            fail_msg("\"%s\": %d, node %u, %s", cases[i].device, r, node, err.text);
        if (r < 0)
            assert_int_equal(err.code, r);
    }
}

static void test_is_device(void **state)
{
    assert_true(locate_is_device("netdev:eth0"));
    assert_true(locate_is_device("ip:"));
    assert_false(locate_is_device("eth0"));
    assert_false(locate_is_device("0-3"));
    assert_false(locate_is_device("usb:1"));
}

/* A device node of this machine by number, in the tree: nothing but stat(2) is asked of the host.
 */
static void test_file(void **state)
{
    unsigned int node = 99;

    tree_link(&tree, "sys/dev/char/1:3", "../../devices/pci0000:40/0000:40:01.0");
    assert_int_equal(locate_device(tree.root, "file:/dev/null", &node, NULL), 0);
    assert_int_equal(node, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_locate, make_tree, remove_tree),
        cmocka_unit_test(test_is_device),
        cmocka_unit_test_setup_teardown(test_file, make_tree, remove_tree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
