/* SPDX-License-Identifier: Apache-2.0 */
/* A snapshot is read back as the machine that it was taken of: this one, and every captured one. */

#include "test.h"

#include "interrupts.h"
#include "irq-rewriters.h"
#include "machine-text.h"
#include "packed-machine.h"
#include "tree.h"

#include <fcntl.h>
#include <glob.h>

static char *load_text(const char *source)
{
    automachine struct machine *machine = NULL;
    struct np_error err = {0};

    if (machine_load(source, MACHINE_ALL, &machine, &err) < 0)
        fail_msg("%s: %s", source, err.text);
    assert_int_equal(machine_check(machine, &err), 0);
    return machine_text(machine);
}

/* The running machine, whose topology hwloc reads, and its snapshot, which is read without. Where
 * memory comes and goes (virtual machines), it is looked at again. */
static void test_live(void **state)
{
    autoroot struct root *root = NULL;
    bool changed = true;

    assert_int_equal(root_open("/", &root, NULL), 0);
    for (int i = 0; changed && i < 5; i++) {
        autofree char *before = load_text("live");
        autofree char *captured = NULL;
        autofree char *after = NULL;
        struct packed_machine packed;

        pack_machine(root, &packed);
        captured = load_text(packed.source);
        assert_int_equal(close(packed.fd), 0);
        after = load_text("live");
        changed = strcmp(before, after) != 0;
        if (!changed)
            assert_string_equal(captured, before);
    }
    if (changed)
        skip(); /* it never held still */
}

/* Nothing of the machine that the tests run on may show in another's. */
static void test_only_what_is_captured(void **state)
{
    automachine struct machine *machine = NULL;
    struct np_error err = {0};
    struct tree tree;

    tree_init(&tree);
    tree_file(&tree, "sys/devices/system/cpu/present", "0-63\n");
    assert_int_equal(machine_load(tree.path, MACHINE_ALL, &machine, &err), 0);
    assert_false(machine->live);
    assert_int_equal(machine->n_cpus, 64);
    assert_int_equal(machine->n_nodes, 0);
    assert_int_equal(machine->n_devices, 0);
    assert_int_equal(machine->cpus[0].core, -1);
    assert_null(machine->settings.kernel);
    tree_fini(&tree);
}

static int find_secret(void *user, const struct tar_member *member, struct np_error *err)
{
    static const char *const secrets[] = {"0c37961f2a3b", "a1b2c3d4e5f6", "SERIAL",
                                          "GPU-",         "docker",       "flags"};
    autofree char *all = NULL;

    if (asprintf(&all, "%s %s %.*s", member->name, member->target ? member->target : "",
                 (int)member->size, member->data ? member->data : "") < 0)
        return -ENOMEM;
    for (size_t i = 0; i < ARRAY_SIZE(secrets); i++) {
        if (strstr(all, secrets[i]))
            fail_msg("\"%s\" is in the snapshot: %s", secrets[i], all);
    }
    ++*(unsigned int *)user;
    return 0;
}

static const char secret_environment[] = "TOKEN=SERIAL\0IRQBALANCE_BANNED_CPULIST=3";

static void make_secretive(const struct tree *tree)
{
    tree_file(tree, "sys/devices/system/cpu/present", "0\n");
    tree_file(tree, "sys/devices/system/cpu/online", "0\n");
    tree_file(tree, "sys/devices/system/node/online", "0\n");
    tree_file(tree, "sys/devices/system/node/node0/cpulist", "0\n");
    tree_file(tree, "proc/cpuinfo", "processor\t: 0\nflags\t: fpu\nSerial\t: SERIAL\n");
    tree_file(tree, "proc/self/status",
              "Name:\tcat\nUid:\tSERIAL\nCpus_allowed_list:\t0\nMems_allowed_list:\t0\n");
    tree_file(tree, "proc/self/cgroup", "0::/docker/0123\n");
    tree_file(tree, "sys/fs/cgroup/docker/0123/cpuset.cpus.effective", "0\n");
    tree_file(tree, "sys/devices/pci0000:00/0000:00:01.0/numa_node", "0\n");
    tree_file(tree, "sys/devices/pci0000:00/0000:00:01.0/net/enx0c37961f2a3b/address", "SERIAL\n");
    tree_link(tree, "sys/class/net/enx0c37961f2a3b",
              "../../devices/pci0000:00/0000:00:01.0/net/enx0c37961f2a3b");
    tree_link(tree, "sys/bus/pci/devices/0000:00:01.0", "../../../devices/pci0000:00/0000:00:01.0");
    tree_file(tree, "sys/devices/pci0000:00/0000:00:01.0/sriov_totalvfs", "8\n");
    tree_link(tree, "sys/devices/pci0000:00/0000:00:01.0/net/enx0c37961f2a3b/device",
              "../../../0000:00:01.0");
    tree_link(tree, "sys/devices/pci0000:00/0000:00:01.0/of_node",
              "../../../firmware/devicetree/base/ethernet@1");
    tree_file(tree, "sys/firmware/devicetree/base/ethernet@1/compatible", "acme,nic\n");
    tree_file(tree, "sys/firmware/devicetree/base/ethernet@1/local-mac-address", "SERIAL\n");
    tree_file(tree, "sys/devices/pci0000:00/0000:00:04.0/nvme/nvme0/nvme0n1/wwid", "SERIAL\n");
    tree_link(tree, "sys/block/nvme0n1", "../devices/pci0000:00/0000:00:04.0/nvme/nvme0/nvme0n1");
    tree_file(tree, "proc/iomem", "00001000-000fffff : System RAM\n00200000-002fffff : SERIAL\n");
    tree_file(tree, "sys/devices/pci0000:00/0000:00:02.0/net/wlxa1b2c3d4e5f6/mtu", "1\n");
    tree_link(tree, "sys/class/net/wlxa1b2c3d4e5f6",
              "../../devices/pci0000:00/0000:00:02.0/net/wlxa1b2c3d4e5f6");
    tree_link(tree, "sys/devices/virtual/net/bond0/lower_enx0c37961f2a3b",
              "../../../pci0000:00/0000:00:01.0/net/enx0c37961f2a3b");
    tree_link(tree, "sys/class/net/bond0", "../../devices/virtual/net/bond0");
    tree_file(tree, "proc/driver/nvidia/gpus/0000:00:03.0/information",
              "GPU UUID: \t GPU-0123\nDevice Minor: \t 0\n");
    tree_link(tree, "sys/bus/pci/devices/0000:00:03.0", "../../../devices/pci0000:00/0000:00:03.0");
    tree_file(tree, "sys/devices/pci0000:00/0000:00:03.0/numa_node", "0\n");
    tree_file(tree, "proc/interrupts",
              "           CPU0\n 30:   7  PCI-MSI 16384-edge      enx0c37961f2a3b-TxRx-0\n"
              "LOC:   SERIAL   Local timer interrupts\n");
    tree_file(tree, "proc/irq/30/smp_affinity_list", "0\n");
    tree_read_only(tree, "proc/irq/30/smp_affinity_list");
    tree_file(tree, "sys/devices/pci0000:00/0000:00:01.0/msi_irqs/30", "msix\n");
    tree_file(tree, "sys/devices/pci0000:00/0000:00:01.0/net/enx0c37961f2a3b/queues/rx-0/rps_cpus",
              "1\n");
    tree_file(tree, "proc/1/comm", "init\n");
    tree_file(tree, "proc/2/comm", "SERIAL\n");
    tree_file(tree, "proc/3/comm", "irqbalance\n");
    tree_file(tree, "proc/3/cmdline", "irqbalance");
    tree_bytes(tree, "proc/3/environ", secret_environment, sizeof(secret_environment));
}

static void check_interrupts(const struct machine *machine, int fd)
{
    autointerrupts struct interrupts *interrupts = NULL;
    autonic struct nic *nic = NULL;
    struct irq_rewriters rewriters;
    autoroot struct root *root = NULL;

    assert_true(lseek(fd, 0, SEEK_SET) == 0);
    assert_int_equal(root_open_archive(fd, &root, NULL), 0);
    assert_int_equal(interrupts_read(root, machine, &interrupts, NULL), 0);
    assert_int_equal(interrupts->n_irqs, 1);
    assert_string_equal(interrupts->irqs[0].name, "enx000000000001-TxRx-0");
    assert_string_equal(interrupts->irqs[0].device, "enx000000000001");
    assert_int_equal(interrupts->irqs[0].mobility, IRQ_FIXED);
    assert_int_equal(irq_rewriters_read(root, &rewriters), 0);
    assert_int_equal(hwloc_bitmap_first(rewriters.banned_cpus), 3);
    irq_rewriters_fini(&rewriters);
    assert_int_equal(nic_read(root, machine, "enx000000000001", &nic, NULL), 0);
    assert_int_equal(nic->n_rx, 1);
    assert_true(hwloc_bitmap_isset(nic->rx[0].cpus, 0));
}

static void test_no_secrets(void **state)
{
    automachine struct machine *machine = NULL;
    struct packed_machine packed;
    struct np_error err = {0};
    unsigned int n = 0;
    struct tree tree;

    tree_init(&tree);
    make_secretive(&tree);
    pack_machine(tree.root, &packed);
    assert_int_equal(tar_read(packed.fd, find_secret, &n, &err), 0);
    assert_true(n > 15);
    assert_int_equal(machine_load(packed.source, MACHINE_ALL, &machine, &err), 0);
    assert_int_equal(machine->n_devices, 5);
    assert_int_equal(machine_device(machine, "enx000000000001")->node, 0);
    assert_int_equal(machine_device(machine, "enx000000000001")->vfs.total, 8);
    assert_string_equal(machine_device(machine, "enx000000000001")->compatible, "acme,nic");
    assert_int_equal(machine_device(machine, "nvme0n1")->namespaces.total, 1);
    assert_int_equal(machine->nodes[0].n_ranges, 1);
    assert_int_equal(machine_device(machine, "wlx000000000002")->node, -1);
    assert_int_equal(machine_device(machine, "bond0")->node, 0);
    assert_int_equal(machine_device(machine, "nvidia0")->node, 0);
    assert_int_equal(machine->settings.cgroup_version, 2);
    assert_int_equal(machine->settings.irqbalance, 1);
    check_interrupts(machine, packed.fd);
    assert_int_equal(close(packed.fd), 0);
    tree_fini(&tree);
}

/* Every captured machine holds together, and is the same after another capture. */
static void test_captured(void **state)
{
    const char *tests = getenv("NUMAPLACE_TESTS");
    autofree char *pattern = NULL;
    glob_t found = {0};

    if (!tests)
        skip();
    assert_true(asprintf(&pattern, "%s/machines/*.tar.gz", tests) > 0);
    if (glob(pattern, 0, NULL, &found) == GLOB_NOMATCH) {
        print_message("there are no captured machines in %s\n", pattern);
        skip();
    }
    for (size_t i = 0; i < found.gl_pathc; i++) {
        autofree char *text = load_text(found.gl_pathv[i]);
        autofree char *again = NULL;
        autoroot struct root *root = NULL;
        autoclose int fd = open(found.gl_pathv[i], O_RDONLY | O_CLOEXEC);
        struct packed_machine packed;

        print_message("  %s\n", strrchr(found.gl_pathv[i], '/') + 1);
        assert_int_equal(root_open_archive(fd, &root, NULL), 0);
        if (!root_has(root, "sys"))
            continue; /* somebody else's, one directory down */
        pack_machine(root, &packed);
        again = load_text(packed.source);
        assert_string_equal(again, text);
        assert_int_equal(close(packed.fd), 0);
    }
    print_message("%zu captured machines\n", found.gl_pathc);
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_live),
        cmocka_unit_test(test_only_what_is_captured),
        cmocka_unit_test(test_no_secrets),
        cmocka_unit_test(test_captured),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
