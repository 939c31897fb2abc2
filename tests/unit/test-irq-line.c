/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of /proc/interrupts as architectures and kernels write them. */
#include "test.h"

#include "irq-line.h"
#include "mem.h"

#include <errno.h>
#include <string.h>

struct line_case {
    const char *line;
    int result;
    unsigned int irq;
    unsigned int n_counts;
    uint64_t sum;
    const char *chip;
    const char *name;
};

static const struct line_case lines[] = {
    /* x86, Linux 6.1 */
    {"  0:         34          0   IO-APIC    2-edge      timer", 0, 0, 2, 34, "IO-APIC", "timer"},
    {" 27:          0       1234   PCI-MSI 1048577-edge      virtio1-input.0", 0, 27, 2, 1234,
     "PCI-MSI", "virtio1-input.0"},
    {" 24:          0          0   PCI-MSI 65536-edge      nvme0q0, nvme0q1", 0, 24, 2, 0,
     "PCI-MSI", "nvme0q0, nvme0q1"},
    /* 6.2 on: the function is in the chip's name */
    {" 38:          0      28879 PCI-MSIX-0000:00:03.0   1-edge      virtio2-input.0", 0, 38, 2,
     28879, "PCI-MSIX-0000:00:03.0", "virtio2-input.0"},
    {"121:   4294967295 4294967295 IR-PCI-MSIX-0000:81:00.0    7-edge      i40e-eth0-TxRx-6", 0,
     121, 2, 2 * (uint64_t)UINT32_MAX, "IR-PCI-MSIX-0000:81:00.0", "i40e-eth0-TxRx-6"},
    /* a driver that has let go of it */
    {"  8:          1          0   IO-APIC    8-edge    ", 0, 8, 2, 1, "IO-APIC", ""},
    /* names with spaces, and several */
    {" 16:          0          9  IR-IO-APIC   16-fasteoi   ehci_hcd:usb1, i801_smbus", 0, 16, 2, 9,
     "IR-IO-APIC", "ehci_hcd:usb1, i801_smbus"},
    {"  9:          0          0   IO-APIC    9-fasteoi   acpi, Intel(R) UART", 0, 9, 2, 0,
     "IO-APIC", "acpi, Intel(R) UART"},
    /* Xen: no number of the chip's own */
    {" 75:        100          2   xen-dyn    -event     eth0-q0-tx", 0, 75, 2, 102, "xen-dyn",
     "eth0-q0-tx"},
    {" 48:          7          0  xen-percpu    -virq      timer0", 0, 48, 2, 7, "xen-percpu",
     "timer0"},
    /* arm64 */
    {" 11:     123456     654321     GICv3  30 Level     arch_timer", 0, 11, 2, 777777, "GICv3",
     "arch_timer"},
    {" 52:          0         17   ITS-MSI 524289 Edge      nvme0q1", 0, 52, 2, 17, "ITS-MSI",
     "nvme0q1"},
    {" 60:          0          0  Phytium_PCI-MSI 98304 Edge      PCIe PME", 0, 60, 2, 0,
     "Phytium_PCI-MSI", "PCIe PME"},
    /* ppc64 */
    {" 19:          0          5      XIVE   4109 Edge      eth0-tx-3", 0, 19, 2, 5, "XIVE",
     "eth0-tx-3"},
    /* s390: neither a chip's name nor a number */
    {"  3:          1          0   PCI-MSI  0-edge     mlx5_async0@pci:0000:00:00.0", 0, 3, 2, 1,
     "PCI-MSI", "mlx5_async0@pci:0000:00:00.0"},
    /* a CPU has gone, or come */
    {"  1:          5   IO-APIC    1-edge      i8042", 0, 1, 1, 5, "IO-APIC", "i8042"},
    {"  1:          5          6          7   IO-APIC    1-edge      i8042", 0, 1, 3, 11, "IO-APIC",
     "i8042"},
    /* the kernel's own */
    {"NMI:          0          0   Non-maskable interrupts", -ENOENT, 0, 0, 0, NULL, NULL},
    {"ERR:          0", -ENOENT, 0, 0, 0, NULL, NULL},
    {"IPI0:        12         13       Rescheduling interrupts", -ENOENT, 0, 0, 0, NULL, NULL},
    /* not the kernel's */
    {"", -EINVAL, 0, 0, 0, NULL, NULL},
    {"words", -EINVAL, 0, 0, 0, NULL, NULL},
    {"12", -EINVAL, 0, 0, 0, NULL, NULL},
    {"99999999999: 1 2 X", -EINVAL, 0, 0, 0, NULL, NULL},
    {"  5:", 0, 5, 0, 0, "", ""},
};

static void reads_lines(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        const struct line_case *c = &lines[i];
        struct irq_line line = {0};
        uint64_t counts[2] = {0};
        autofree char *chip = NULL;
        autofree char *name = NULL;
        int r = irq_line_parse(c->line, strlen(c->line), counts, 2, &line);

        print_message("%s\n", c->line);
        assert_int_equal(r, c->result);
        if (r < 0)
            continue;
        assert_int_equal(line.irq, c->irq);
        assert_int_equal(line.n_counts, c->n_counts);
        assert_true(counts[0] + counts[1] == c->sum);
        chip = strndup(line.chip, line.chip_length);
        name = strndup(line.name, line.name_length);
        assert_string_equal(chip, c->chip);
        assert_string_equal(name, c->name);
    }
}

struct title_case {
    const char *line;
    int result;
    unsigned int n;
    unsigned int last;
};

static const struct title_case titles[] = {
    {"           CPU0       CPU1       ", 0, 2, 1},
    {"            CPU0       CPU2       CPU63      ", 0, 3, 63}, /* others are offline */
    {"            CPU0       CPU1000    CPU1001", 0, 3, 1001},
    {"", -EINVAL, 0, 0},
    {"   CPU1 CPU0", -EINVAL, 0, 0},
    {"   CPU", -EINVAL, 0, 0},
    {"   CPU0x", -EINVAL, 0, 0},
    {"   CPU70000", -EINVAL, 0, 0},
    {" 24:   1   IO-APIC   5-edge  ACPI:Ged", -EINVAL, 0, 0},
};

static void reads_titles(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(titles); i++) {
        const struct title_case *c = &titles[i];
        autofree unsigned int *cpus = NULL;
        unsigned int n = 0;

        print_message("%s\n", c->line);
        assert_int_equal(irq_title_parse(c->line, strlen(c->line), &cpus, &n), c->result);
        if (c->result < 0)
            continue;
        assert_int_equal(n, c->n);
        assert_int_equal(cpus[n - 1], c->last);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_lines),
        cmocka_unit_test(reads_titles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
