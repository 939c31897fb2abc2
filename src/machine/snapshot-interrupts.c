/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What read-interrupts, irq-owner and read-nic look at: the counts, the masks of each interrupt and
 * whether they may be written, which function of the bus has which interrupt, queues.
 */

#include "snapshot-out.h"

#include "irq-line.h"
#include "machine-read.h"

#include <string.h>

#define PCI_DIR "sys/bus/pci/devices"
#define VIRTIO_DIR "sys/bus/virtio/devices"
#define NET_DIR "sys/class/net"

static int copy_below(struct snapshot_out *out, const char *dir, const char *file)
{
    autofree char *path = NULL;

    return asprintf(&path, "%s/%s", dir, file) < 0 ? -ENOMEM : snapshot_copy(out, path, NULL);
}

static int copy_irq(struct snapshot_out *out, unsigned int irq)
{
    char dir[32], mask[64];
    int r;

    (void)snprintf(dir, sizeof(dir), "proc/irq/%u", irq);
    (void)snprintf(mask, sizeof(mask), "%s/smp_affinity_list", dir);
    r = snapshot_copy_mode(out, mask);
    return r < 0 ? r : copy_below(out, dir, "effective_affinity_list");
}

/* Devices' interrupts only: the others tell how busy each CPU was, which is nobody's business. */
static int copy_lines(struct snapshot_out *out, const char *text)
{
    autofree char *kept = malloc(strlen(text) + 2);
    char *to = kept;
    size_t length;
    int r = kept ? 0 : -ENOMEM;

    for (const char *line = text; r == 0 && *line; line += length + (line[length] == '\n')) {
        struct irq_line parsed = {0};
        bool is_irq;

        length = strcspn(line, "\n");
        is_irq = irq_line_parse(line, length, NULL, 0, &parsed) == 0;
        if (line != text && !is_irq)
            continue;
        if (is_irq)
            r = copy_irq(out, parsed.irq);
        to = mempcpy(to, line, length);
        *to++ = '\n';
    }
    if (r < 0)
        return r;
    *to = '\0';
    return snapshot_text(out, "proc/interrupts", kept);
}

/* What stands for something by its name alone. */
static int copy_names(struct snapshot_out *out, const char *device, const char *list,
                      int (*copy)(struct snapshot_out *out, const char *path))
{
    autostrv char **names = NULL;
    int r = unless_memory(root_list(out->root, &names, "%s/%s", device, list));

    for (char **name = names; r == 0 && name && *name; name++) {
        autofree char *path = NULL;

        r = asprintf(&path, "%s/%s/%s", device, list, *name) < 0 ? -ENOMEM : copy(out, path);
    }
    return r;
}

static int copy_file(struct snapshot_out *out, const char *path)
{
    return snapshot_copy(out, path, NULL);
}

static int copy_function(struct snapshot_out *out, const char *name)
{
    autofree char *path = NULL;
    int r = snapshot_device(out, PCI_DIR, name, &path);

    if (r < 0 || !path)
        return r;
    if (!root_has(out->root, "%s/msi_irqs", path))
        r = copy_below(out, path, "irq");
    if (r == 0)
        r = copy_names(out, path, "msi_irqs", copy_file);
    return r < 0 ? r : copy_names(out, path, "nvme", snapshot_directory);
}

static int copy_functions(struct snapshot_out *out)
{
    autostrv char **names = NULL;
    int r = unless_memory(root_list(out->root, &names, PCI_DIR));

    for (char **name = names; r == 0 && name && *name; name++) {
        uint64_t irq = 0;

        if (root_has(out->root, PCI_DIR "/%s/msi_irqs", *name) ||
            (root_read_u64(out->root, &irq, PCI_DIR "/%s/irq", *name) == 0 && irq != 0))
            r = copy_function(out, *name);
    }
    return r;
}

/* Those that are on no PCI bus are found by their names. */
static int copy_virtio(struct snapshot_out *out)
{
    autostrv char **names = NULL;
    int r = unless_memory(root_list(out->root, &names, VIRTIO_DIR));

    for (char **name = names; r == 0 && name && *name; name++) {
        autofree char *path = NULL;

        r = snapshot_device(out, VIRTIO_DIR, *name, &path);
    }
    return r;
}

static int copy_queue(struct snapshot_out *out, const char *path)
{
    static const char *const files[] = {"rps_cpus", "rps_flow_cnt", "xps_cpus"};
    int r = snapshot_directory(out, path);

    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(files); i++)
        r = copy_below(out, path, files[i]);
    return r;
}

/* The link to the device, and the device's to its driver. */
static int copy_driver(struct snapshot_out *out, const char *path)
{
    autofree char *device = NULL;
    int r = snapshot_device(out, path, "device", &device);

    return r < 0 || !device ? r : copy_below(out, device, "driver");
}

static int copy_nics(struct snapshot_out *out)
{
    autostrv char **names = NULL;
    int r = unless_memory(root_list(out->root, &names, NET_DIR));

    for (char **name = names; r == 0 && name && *name; name++) {
        autofree char *link = NULL;
        autofree char *path = NULL;

        if (asprintf(&link, NET_DIR "/%s", *name) < 0)
            return -ENOMEM;
        if (!snapshot_has(out, link)) /* software made it up */
            continue;
        r = snapshot_device(out, NET_DIR, *name, &path);
        if (r == 0 && path)
            r = copy_below(out, path, "flags");
        if (r == 0 && path)
            r = copy_names(out, path, "queues", copy_queue);
        if (r == 0 && path)
            r = copy_driver(out, path);
    }
    return r;
}

int snapshot_interrupts(struct snapshot_out *out)
{
    autofree char *text = NULL;
    int r = root_read(out->root, &text, "proc/interrupts");

    if (r < 0)
        return unless_memory(r);
    r = copy_lines(out, text);
    if (r == 0)
        r = copy_functions(out);
    if (r == 0)
        r = copy_virtio(out);
    if (r == 0)
        r = copy_nics(out);
    return r < 0 ? r : snapshot_copy(out, "proc/sys/net/core/rps_sock_flow_entries", NULL);
}
