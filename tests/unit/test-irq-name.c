/* SPDX-License-Identifier: Apache-2.0 */
/* Names of interrupts as the kernel's drivers form them. */
#include "test.h"

#include "irq-name.h"
#include "mem.h"

struct name_case {
    const char *name;
    const char *device;
    enum queue_kind kind;
    int queue;
    bool is_managed;
};

static const struct name_case names[] = {
    /* virtio: of net, blk, and those without queues */
    {"virtio1-config", "eth0", QUEUE_NONE, -1, false},
    {"virtio1-input.0", "eth0", QUEUE_RX, 0, false},
    {"virtio1-output.11", "eth0", QUEUE_TX, 11, false},
    {"virtio1-virtqueues", "eth0", QUEUE_NONE, -1, false},
    {"virtio0-req.3", "vda", QUEUE_COMBINED, 3, true},
    {"virtio4-stats", NULL, QUEUE_NONE, -1, false},
    {"virtio3-reporting_vq", NULL, QUEUE_NONE, -1, false},
    /* e1000e */
    {"eth0-rx-0", "eth0", QUEUE_RX, 0, false},
    {"eth0-tx-0", "eth0", QUEUE_TX, 0, false},
    {"eth0", "eth0", QUEUE_NONE, -1, false},
    /* igb, igc, ixgbe, bnxt; also after udev has renamed the device */
    {"eth0-TxRx-3", "eth0", QUEUE_COMBINED, 3, false},
    {"eth0-TxRx-3", "enp1s0f0", QUEUE_COMBINED, 3, false},
    {"enp1s0f0np0-TxRx-63", "enp1s0f0np0", QUEUE_COMBINED, 63, false},
    /* i40e, iavf, ice */
    {"i40e-eth0-TxRx-0", "eth0", QUEUE_COMBINED, 0, false},
    {"i40e-0000:81:00.0:misc", "eth0", QUEUE_NONE, -1, false},
    {"i40e-0000:81:00.0:fdir-TxRx-0", "eth0", QUEUE_NONE, -1, false},
    {"iavf-eth0-TxRx-2", "eth0", QUEUE_COMBINED, 2, false},
    {"ice-enp65s0f0-TxRx-31", "enp65s0f0", QUEUE_COMBINED, 31, false},
    {"ice-0000:41:00.0:ctrl-TxRx-0", "enp65s0f0", QUEUE_NONE, -1, false},
    {"ice-0000:41:00.0:misc", "enp65s0f0", QUEUE_NONE, -1, false},
    /* vmxnet3 */
    {"eth0-rxtx-0", "eth0", QUEUE_COMBINED, 0, false},
    {"eth0-event-4", "eth0", QUEUE_NONE, -1, false},
    /* mlx5, mlx4 */
    {"mlx5_comp3@pci:0000:01:00.0", "eth0", QUEUE_COMBINED, 3, false},
    {"mlx5_async0@pci:0000:01:00.0", "eth0", QUEUE_NONE, -1, false},
    {"mlx5_ctrl0@pci:0000:01:00.0", "eth0", QUEUE_NONE, -1, false},
    {"mlx4-async@pci:0000:01:00.0", "eth0", QUEUE_NONE, -1, false},
    /* bnx2x, qede; tg3; bnx2, sfc */
    {"eth0-fp-5", "eth0", QUEUE_COMBINED, 5, false},
    {"eth0-txrx-2", "eth0", QUEUE_COMBINED, 2, false},
    {"eth0-7", "eth0", QUEUE_COMBINED, 7, false},
    {"eth0-7", NULL, QUEUE_NONE, -1, false},
    {"ens1-2-7", "ens1-2", QUEUE_COMBINED, 7, false},
    /* ena, gve, mana, xen-netfront: of clouds */
    {"ena-mgmnt@pci:0000:00:05.0", "eth0", QUEUE_NONE, -1, false},
    {"eth0-Tx-Rx-4", "eth0", QUEUE_COMBINED, 4, false},
    {"eth0-ntfy-block.6", "eth0", QUEUE_COMBINED, 6, false},
    {"gve-ntfy-blk6@pci:0000:00:04.0", "eth0", QUEUE_COMBINED, 6, false},
    {"gve-mgmnt@pci:0000:00:04.0", "eth0", QUEUE_NONE, -1, false},
    {"mana_q5@pci:7870:00:00.0", "eth0", QUEUE_COMBINED, 5, false},
    {"mana_hwc@pci:7870:00:00.0", "eth0", QUEUE_NONE, -1, false},
    {"eth0-q2-tx", "eth0", QUEUE_TX, 2, false},
    {"eth0-q2-rx", "eth0", QUEUE_RX, 2, false},
    /* cxgb4, hinic, hns3, stmmac, octeontx2, nfp, be2net */
    {"eth0-Rx5", "eth0", QUEUE_RX, 5, false},
    {"eth0_rxq3", "eth0", QUEUE_RX, 3, false},
    {"hns3-0000:bd:00.0-TxRx-8", "eth0", QUEUE_COMBINED, 8, false},
    {"eth0:rx-1", "eth0", QUEUE_RX, 1, false},
    {"eth0:mac", "eth0", QUEUE_NONE, -1, false},
    {"eth0-q9", "eth0", QUEUE_COMBINED, 9, false},
    /* NVMe: the first is of administration, unless all share it */
    {"nvme0q0", "nvme0", QUEUE_NONE, -1, false},
    {"nvme0q17", "nvme0", QUEUE_COMBINED, 17, true},
    {"nvme12q3", "nvme12", QUEUE_COMBINED, 3, true},
    {"nvme0q0, nvme0q1", "nvme0", QUEUE_COMBINED, 1, false},
    /* what only looks like one */
    {"", NULL, QUEUE_NONE, -1, false},
    {"-", NULL, QUEUE_NONE, -1, false},
    {"7", NULL, QUEUE_NONE, -1, false},
    {"ttyS0", NULL, QUEUE_NONE, -1, false},
    {"matrix-3", NULL, QUEUE_NONE, -1, false},
    {"eth0-rx-99999999999", "eth0", QUEUE_NONE, -1, false},
    {"eth0-TxRx", "eth0", QUEUE_NONE, -1, false},
};

static void reads_queues(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const struct name_case *c = &names[i];
        struct irq_queue queue = irq_name_queue(c->name, c->device);

        print_message("%s\n", c->name);
        assert_int_equal(queue.kind, c->kind);
        assert_int_equal(queue.number, c->queue);
        assert_int_equal(queue.is_managed, c->is_managed);
    }
}

static void finds_devices(void **state)
{
    assert_true(irq_name_has("eth0-TxRx-0", "eth0"));
    assert_true(irq_name_has("i40e-eth0-TxRx-0", "eth0"));
    assert_true(irq_name_has("ehci_hcd:usb1, eth0", "eth0"));
    assert_true(irq_name_has("ahci[0000:00:1f.2]", "0000:00:1f.2"));
    assert_true(irq_name_has("mlx5_comp3@pci:0000:01:00.0", "0000:01:00.0"));
    assert_true(irq_name_has("eth0:rx-1", "eth0"));
    assert_false(irq_name_has("eth01-rx-0", "eth0"));
    assert_false(irq_name_has("veth0-rx-0", "eth0"));
    assert_false(irq_name_has("eth0", ""));
    assert_int_equal(irq_name_virtio("virtio12-config"), 12);
    assert_int_equal(irq_name_virtio("virtio0"), 0);
    assert_int_equal(irq_name_virtio("virtio_gpu"), -1);
    assert_int_equal(irq_name_virtio("virtio-4-stats"), -1);
    assert_int_equal(irq_name_virtio("eth0"), -1);
    assert_true(irq_name_is_whole("eth0", "eth0"));
    assert_true(irq_name_is_whole("uhci_hcd:usb1, eth0", "eth0"));
    assert_true(irq_name_is_whole("virtio3", "eth0"));
    assert_true(irq_name_is_whole("virtio3-virtqueues", "eth0"));
    assert_false(irq_name_is_whole("virtio3-config", "eth0"));
    assert_false(irq_name_is_whole("eth0-event-4", "eth0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_queues),
        cmocka_unit_test(finds_devices),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
