/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts and queues from trees: whose they are, whether they may be moved, what was not told.
 */
#include "test.h"

#include "interrupts.h"
#include "set.h"
#include "tree.h"

static struct tree tree;

/* Two nodes of two CPUs, of which CPU 1 is offline. */
static int make_tree(void **state)
{
    tree_init(&tree);
    tree_file(&tree, "sys/devices/system/cpu/present", "0-3\n");
    tree_file(&tree, "sys/devices/system/cpu/online", "0,2-3\n");
    tree_file(&tree, "sys/devices/system/node/online", "0-1\n");
    tree_file(&tree, "sys/devices/system/node/node0/cpulist", "0\n");
    tree_file(&tree, "sys/devices/system/node/node1/cpulist", "2-3\n");
    return 0;
}

static int remove_tree(void **state)
{
    tree_fini(&tree);
    return 0;
}

static void add_function(const char *pci, const char *node)
{
    char path[128], target[128];

    (void)snprintf(path, sizeof(path), "sys/devices/pci0000:00/%s/numa_node", pci);
    tree_file(&tree, path, node);
    (void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", pci);
    (void)snprintf(target, sizeof(target), "../../../devices/pci0000:00/%s", pci);
    tree_link(&tree, path, target);
}

static void add_vector(const char *pci, unsigned int irq)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "sys/devices/pci0000:00/%s/msi_irqs/%u", pci, irq);
    tree_file(&tree, path, "msix\n");
}

/* below: "pci0000:00/0000:00:01.0". */
static void add_nic(const char *name, const char *below)
{
    char path[160], target[160];

    (void)snprintf(path, sizeof(path), "sys/devices/%s/net/%s/flags", below, name);
    tree_file(&tree, path, "0x1003\n");
    (void)snprintf(path, sizeof(path), "sys/class/net/%s", name);
    (void)snprintf(target, sizeof(target), "../../devices/%s/net/%s", below, name);
    tree_link(&tree, path, target);
}

static void add_masks(unsigned int irq, const char *allowed, const char *effective)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "proc/irq/%u/smp_affinity_list", irq);
    tree_file(&tree, path, allowed);
    (void)snprintf(path, sizeof(path), "proc/irq/%u/effective_affinity_list", irq);
    tree_file(&tree, path, effective);
}

static void forbid_moving(unsigned int irq)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "proc/irq/%u/smp_affinity_list", irq);
    tree_read_only(&tree, path);
}

static void forget_mask(unsigned int irq)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/proc/irq/%u/smp_affinity_list", tree.path, irq);
    assert_int_equal(unlink(path), 0);
}

struct reading {
    struct machine *machine;
    struct interrupts *interrupts;
};

static void reading_init(struct reading *reading)
{
    struct np_error err = {0};

    *reading = (struct reading){0};
    assert_int_equal(machine_load(tree.path, MACHINE_DEVICES, &reading->machine, &err), 0);
    if (interrupts_read(tree.root, reading->machine, &reading->interrupts, &err) < 0)
        fail_msg("%s", err.text);
}

static void reading_fini(struct reading *reading)
{
    reading->interrupts = interrupts_free(reading->interrupts);
    reading->machine = machine_free(reading->machine);
}

static const struct irq *get(const struct reading *reading, unsigned int number)
{
    const struct irq *irq = interrupts_find(reading->interrupts, number);

    assert_non_null(irq);
    assert_int_equal(irq->irq, number);
    return irq;
}

#define TITLE "           CPU0       CPU2       CPU3\n"

static const struct owned {
    unsigned int irq;
    const char *device;
    const char *pci;
    int node;
    enum queue_kind kind;
    int queue;
} owned[] = {
    /* udev has renamed it since; the bus knows */
    {30, "enp1s0", "0000:00:01.0", 1, QUEUE_COMBINED, 0},
    {31, "enp1s0", "0000:00:01.0", 1, QUEUE_NONE, -1},
    /* virtio hangs below the function */
    {32, "eth0", "0000:00:02.0", -1, QUEUE_RX, 3},
    /* a controller is asked for, not its disks; it may have none */
    {33, "nvme0", "0000:00:03.0", 0, QUEUE_COMBINED, 1},
    {34, "nvme1", "0000:00:04.0", 0, QUEUE_NONE, -1},
    /* nothing but an address */
    {35, "0000:00:05.0", "0000:00:05.0", 1, QUEUE_NONE, -1},
    /* two share a line; one is named */
    {11, "eth1", "0000:00:07.0", 0, QUEUE_COMBINED, 0},
    /* on no PCI bus: by its name */
    {40, "eth2", NULL, -1, QUEUE_TX, 0},
    {41, "eth3", NULL, -1, QUEUE_RX, 1},
    /* nobody's */
    {8, NULL, NULL, -1, QUEUE_NONE, -1},
};

/* A tree in which they are so. */
static void add_owned(void)
{
    add_function("0000:00:01.0", "1\n");
    add_vector("0000:00:01.0", 30);
    add_vector("0000:00:01.0", 31);
    add_nic("enp1s0", "pci0000:00/0000:00:01.0");
    add_function("0000:00:02.0", "-1\n");
    add_vector("0000:00:02.0", 32);
    add_nic("eth0", "pci0000:00/0000:00:02.0/virtio4");
    add_function("0000:00:03.0", "0\n");
    add_vector("0000:00:03.0", 33);
    tree_file(&tree, "sys/devices/pci0000:00/0000:00:03.0/nvme/nvme0/nvme0n1/size", "1\n");
    tree_link(&tree, "sys/block/nvme0n1", "../devices/pci0000:00/0000:00:03.0/nvme/nvme0/nvme0n1");
    add_function("0000:00:04.0", "0\n");
    add_vector("0000:00:04.0", 34);
    tree_file(&tree, "sys/devices/pci0000:00/0000:00:04.0/nvme/nvme1/state", "live\n");
    add_function("0000:00:05.0", "1\n");
    add_vector("0000:00:05.0", 35);
    add_function("0000:00:06.0", "1\n");
    tree_file(&tree, "sys/devices/pci0000:00/0000:00:06.0/irq", "11\n");
    add_function("0000:00:07.0", "0\n");
    tree_file(&tree, "sys/devices/pci0000:00/0000:00:07.0/irq", "11\n");
    add_nic("eth1", "pci0000:00/0000:00:07.0");
    add_nic("eth2", "platform/d0000200.virtio_mmio/virtio7");
    tree_link(&tree, "sys/bus/virtio/devices/virtio7",
              "../../../devices/platform/d0000200.virtio_mmio/virtio7");
    add_nic("eth3", "platform/fe2a0000.ethernet");
    tree_file(&tree, "proc/interrupts",
              TITLE
              "  8:          0          0          1   IO-APIC    8-edge      rtc0\n"
              " 11:          5          0          0   IO-APIC   11-fasteoi   uhci_hcd:usb1, "
              "eth1\n"
              " 30:          1          2          3   PCI-MSI 1-edge      eth0-TxRx-0\n"
              " 31:          0          0          0   PCI-MSI 2-edge      eth0\n"
              " 32:          0          0          0   PCI-MSI 3-edge      virtio4-input.3\n"
              " 33:          0          0          0   PCI-MSI 4-edge      nvme0q1\n"
              " 34:          0          0          0   PCI-MSI 5-edge      nvme1q0\n"
              " 35:          0          0          0   PCI-MSI 6-edge      xhci_hcd\n"
              " 40:          0          0          0     GICv3  70 Edge      virtio7-output.0\n"
              " 41:          0          0          0     GICv3  71 Level     eth3:rx-1\n"
              "NMI:          0          0          0   Non-maskable interrupts\n");
}

static void assert_same_text(const char *text, const char *expected)
{
    if (expected)
        assert_string_equal(text, expected);
    else
        assert_null(text);
}

static void assert_owned(const struct irq *irq, const struct owned *expected)
{
    print_message("%s\n", irq->name);
    assert_same_text(irq->device, expected->device);
    assert_same_text(irq->pci, expected->pci);
    assert_int_equal(irq->node, expected->node);
    assert_int_equal(irq->queue_kind, expected->kind);
    assert_int_equal(irq->queue, expected->queue);
}

static void finds_owners(void **state)
{
    struct reading reading;

    add_owned();
    reading_init(&reading);
    assert_int_equal(reading.interrupts->n_irqs, ARRAY_SIZE(owned));
    for (size_t i = 0; i < ARRAY_SIZE(owned); i++)
        assert_owned(get(&reading, owned[i].irq), &owned[i]);
    assert_int_equal(get(&reading, 30)->counts[2], 3);
    assert_int_equal(reading.interrupts->cpus[1], 2); /* CPU 1 is offline */
    reading_fini(&reading);
}

/* What release and modes of masks tell: of an NVMe queue, of a network card's, of a third one. */
static void tells_what_moves(void **state)
{
    static const struct {
        const char *release;
        bool third_is_read_only;
        bool nvme_is_read_only;
        enum irq_mobility nvme, nic, third;
    } cases[] = {
        {"6.1.0-13-amd64", false, false, IRQ_FIXED, IRQ_MOBILITY_UNKNOWN, IRQ_MOBILITY_UNKNOWN},
        {"6.12.9", false, true, IRQ_FIXED, IRQ_MOVABLE, IRQ_MOVABLE},
        {"7.0.0-rc1", true, false, IRQ_MOVABLE, IRQ_MOVABLE, IRQ_FIXED},
        {"5.14.0-611.el9", true, true, IRQ_FIXED, IRQ_MOVABLE, IRQ_FIXED},
        {"", false, false, IRQ_FIXED, IRQ_MOBILITY_UNKNOWN, IRQ_MOBILITY_UNKNOWN},
    };

    tree_file(&tree, "proc/interrupts",
              TITLE " 50: 0 0 0 PCI-MSI 1-edge  nvme0q1\n 51: 0 0 0 PCI-MSI 2-edge  eth0-TxRx-0\n"
                    " 52: 0 0 0 PCI-MSI 3-edge  timer\n 53: 0 0 0 PCI-MSI 3-edge  nvme0q2\n");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct reading reading;

        print_message("\"%s\"\n", cases[i].release);
        for (unsigned int irq = 50; irq < 53; irq++)
            add_masks(irq, "0\n", "0\n");
        tree_file(&tree, "proc/irq/53/spurious", "count 0\n"); /* a mask that is not told */
        tree_file(&tree, "proc/sys/kernel/osrelease", cases[i].release);
        if (cases[i].nvme_is_read_only)
            forbid_moving(50);
        if (cases[i].third_is_read_only)
            forbid_moving(52);
        reading_init(&reading);
        assert_int_equal(get(&reading, 50)->mobility, cases[i].nvme);
        assert_int_equal(get(&reading, 51)->mobility, cases[i].nic);
        assert_int_equal(get(&reading, 52)->mobility, cases[i].third);
        assert_int_equal(get(&reading, 53)->mobility, IRQ_MOBILITY_UNKNOWN);
        assert_true(hwloc_bitmap_iszero(get(&reading, 53)->allowed));
        reading_fini(&reading);
        for (unsigned int irq = 50; irq < 53; irq++)
            forget_mask(irq);
    }
}

/* Between its line and its files a device may be unplugged. */
static void leaves_out_what_goes(void **state)
{
    struct reading reading;

    tree_file(&tree, "proc/interrupts",
              TITLE " 60: 0 0 0 PCI-MSI 1-edge  eth0-rx-0\n 61: 0 0 0 PCI-MSI 2-edge  eth1-rx-0\n"
                    " 62: 0 0 0 PCI-MSI 3-edge  eth0-tx-0\n");
    add_masks(60, "0,2\n", "2\n");
    add_masks(62, "3\n", "\n");
    reading_init(&reading);
    assert_int_equal(reading.interrupts->n_irqs, 2);
    assert_null(interrupts_find(reading.interrupts, 61));
    assert_int_equal(hwloc_bitmap_weight(get(&reading, 60)->allowed), 2);
    assert_true(hwloc_bitmap_iszero(get(&reading, 62)->effective));
    reading_fini(&reading);
}

static void refuses_what_is_none(void **state)
{
    static const struct {
        const char *text;
        int result;
        const char *message;
    } cases[] = {
        {NULL, -ENOENT, "there is no /proc/interrupts"},
        {"", -EINVAL, "/proc/interrupts is not what the kernel writes"},
        {"no title\n 1: 2\n", -EINVAL, NULL},
        {TITLE "words\n", -EINVAL, NULL},
        {TITLE " 2: 0 0 0 X  a\n 1: 0 0 0 X  b\n", -EINVAL, NULL}, /* out of order */
        {TITLE " 1: 0 0 X  a\n", -EINVAL, NULL},                   /* a CPU less */
        {TITLE " 1: 0 0 0 0 X  a\n", -EINVAL, NULL},               /* one more */
    };
    struct reading reading = {0};

    assert_int_equal(machine_load(tree.path, MACHINE_DEVICES, &reading.machine, NULL), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct np_error err = {0};

        if (cases[i].text)
            tree_file(&tree, "proc/interrupts", cases[i].text);
        assert_int_equal(interrupts_read(tree.root, reading.machine, &reading.interrupts, &err),
                         cases[i].result);
        assert_null(reading.interrupts);
        if (cases[i].message)
            assert_string_equal(err.text, cases[i].message);
    }
    reading_fini(&reading);
}

static void counts_between_samples(void **state)
{
    unsigned int early_cpus[] = {0, 2}, late_cpus[] = {0, 1, 2};
    uint64_t a0[] = {100, UINT32_MAX - 4}, a1[] = {150, 7, 5};
    uint64_t b0[] = {1000, 0}, b1[] = {3, 0, 0};
    uint64_t c0[] = {9, 9}, c1[] = {20, 20, 20};
    struct irq early[] = {{.irq = 5, .name = (char *)"a", .counts = a0},
                          {.irq = 6, .name = (char *)"b", .counts = b0},
                          {.irq = 7, .name = (char *)"c", .counts = c0}};
    struct irq late[] = {{.irq = 5, .name = (char *)"a", .counts = a1},
                         {.irq = 6, .name = (char *)"b", .counts = b1},
                         {.irq = 7, .name = (char *)"d", .counts = c1}};
    struct interrupts before = {.cpus = early_cpus, .n_cpus = 2, .irqs = early, .n_irqs = 3};
    struct interrupts after = {.cpus = late_cpus, .n_cpus = 3, .irqs = late, .n_irqs = 3};

    assert_int_equal(interrupts_since(&before, &after, &late[0], 0), 50);
    assert_int_equal(interrupts_since(&before, &after, &late[0], 1), 0);  /* came online */
    assert_int_equal(interrupts_since(&before, &after, &late[0], 2), 10); /* beyond 32 bits */
    assert_int_equal(interrupts_since(&before, &after, &late[1], 0), 3);  /* counted anew */
    assert_int_equal(interrupts_since(&before, &after, &late[2], 0), 0);  /* somebody else's */
}

static void sides_of_nodes(void **state)
{
    static const struct {
        const char *allowed, *effective;
        int node;
        enum irq_side side;
        bool is_pending;
    } cases[] = {
        {"0-3", "0", 0, IRQ_SIDE_ALIGNED, false},   {"0-3", "2", 0, IRQ_SIDE_CROSSING, false},
        {"0-3", "2-3", 1, IRQ_SIDE_ALIGNED, false}, {"0-3", "", 1, IRQ_SIDE_EITHER, false},
        {"0-1", "", 0, IRQ_SIDE_ALIGNED, false},    {"0-3", "0", -1, IRQ_SIDE_UNKNOWN, false},
        {"2-3", "0", 1, IRQ_SIDE_CROSSING, true},   {"", "", 1, IRQ_SIDE_UNKNOWN, false},
    };
    automachine struct machine *machine = NULL;

    assert_int_equal(machine_load(tree.path, MACHINE_NODES, &machine, NULL), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        enum irq_side side = IRQ_SIDE_UNKNOWN;
        struct irq irq = {.node = cases[i].node};
        autoset hwloc_bitmap_t nodes = NULL;

        assert_int_equal(set_parse_list(cases[i].allowed, &irq.allowed, NULL), 0);
        assert_int_equal(set_parse_list(cases[i].effective, &irq.effective, NULL), 0);
        nodes = irq_nodes(machine, &irq, &side);
        assert_non_null(nodes);
        assert_int_equal(side, cases[i].side);
        assert_int_equal(irq_is_pending(&irq), cases[i].is_pending);
        irq_fini(&irq);
    }
}

static void reads_queues(void **state)
{
    automachine struct machine *machine = NULL;
    autonic struct nic *nic = NULL, *none = NULL;
    struct np_error err = {0};

    add_function("0000:00:01.0", "1\n");
    add_nic("eth0", "pci0000:00/0000:00:01.0");
    add_nic("eth10", "pci0000:00/0000:00:02.0");
    tree_link(&tree, "sys/devices/pci0000:00/0000:00:01.0/net/eth0/device",
              "../../../0000:00:01.0");
    tree_link(&tree, "sys/devices/pci0000:00/0000:00:01.0/driver",
              "../../../../bus/pci/drivers/igb");
    tree_file(&tree, "sys/class/net/eth0/queues/rx-10/rps_cpus", "00000000,0000000c\n");
    tree_file(&tree, "sys/class/net/eth0/queues/rx-10/rps_flow_cnt", "4096\n");
    tree_file(&tree, "sys/class/net/eth0/queues/rx-9/rps_cpus", "0\n");
    tree_file(&tree, "sys/class/net/eth0/queues/tx-0/xps_cpus", "1,00000000\n");
    tree_file(&tree, "sys/class/net/eth0/queues/tx-1/tx_timeout", "0\n"); /* a kernel of one CPU */
    assert_int_equal(machine_load(tree.path, MACHINE_DEVICES, &machine, NULL), 0);
    assert_int_equal(nic_read(tree.root, machine, "eth0", &nic, &err), 0);
    assert_string_equal(nic->driver, "igb");
    assert_string_equal(nic->pci, "0000:00:01.0");
    assert_int_equal(nic->node, 1);
    assert_int_equal(nic->up, 1);
    assert_int_equal(nic->n_rx, 2);
    assert_int_equal(nic->rx[0].index, 9);
    assert_true(hwloc_bitmap_iszero(nic->rx[0].cpus));
    assert_int_equal(nic->rx[1].index, 10);
    assert_int_equal(nic->rx[1].flows, 4096);
    assert_int_equal(hwloc_bitmap_first(nic->rx[1].cpus), 2);
    assert_int_equal(nic->n_tx, 2);
    assert_int_equal(set_only(nic->tx[0].cpus), 32);
    assert_true(hwloc_bitmap_iszero(nic->tx[1].cpus));
    assert_null(nic->rss);
    assert_int_equal(nic_read(tree.root, machine, "eth1", &none, &err), -ENODEV);
    assert_string_equal(err.text, "there is no network device \"eth1\"");
    assert_string_equal(err.hint, "there is eth0, eth10");
}

#define WITH_TREE(test) cmocka_unit_test_setup_teardown(test, make_tree, remove_tree)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_TREE(finds_owners),
        WITH_TREE(tells_what_moves),
        WITH_TREE(leaves_out_what_goes),
        WITH_TREE(refuses_what_is_none),
        WITH_TREE(sides_of_nodes),
        WITH_TREE(reads_queues),
        cmocka_unit_test(counts_between_samples),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
