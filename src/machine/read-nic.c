/* SPDX-License-Identifier: Apache-2.0 */
/* The queues of a network device, as its directory in sysfs shows them. */

#include "interrupts.h"

#include "ethtool.h"
#include "machine-read.h"
#include "set.h"
#include "word.h"

#include <limits.h>
#include <net/if.h>
#include <string.h>

#define NET_DIR "sys/class/net"

static void free_queues(struct nic_queue *queues, unsigned int n)
{
    for (unsigned int i = 0; i < n; i++)
        hwloc_bitmap_free(queues[i].cpus);
    free(queues);
}

struct nic *nic_free(struct nic *nic)
{
    if (nic) {
        free(nic->name);
        free(nic->driver);
        free(nic->pci);
        free(nic->rss);
        free_queues(nic->rx, nic->n_rx);
        free_queues(nic->tx, nic->n_tx);
        free(nic);
    }
    return NULL;
}

/* A mask; what cannot be read (one CPU's kernel has no xps_cpus) is none. */
static int read_mask(const struct root *root, const char *path, const char *file,
                     hwloc_bitmap_t *ret_set)
{
    autofree char *text = NULL;
    int r = root_read_value(root, &text, "%s/%s", path, file);

    if (r == 0)
        r = set_parse_mask(text, ret_set, NULL);
    if (r == 0 || r == -ENOMEM)
        return r;
    *ret_set = hwloc_bitmap_alloc();
    return *ret_set ? 0 : -ENOMEM;
}

static int read_queue(const struct root *root, const char *path, bool is_rx,
                      struct nic_queue *queue)
{
    uint64_t flows = 0;
    int r = read_mask(root, path, is_rx ? "rps_cpus" : "xps_cpus", &queue->cpus);

    if (r == 0 && is_rx && root_read_u64(root, &flows, "%s/rps_flow_cnt", path) == 0)
        queue->flows = flows > UINT_MAX ? UINT_MAX : (unsigned int)flows;
    return r;
}

/* Those whose directories start with prefix, in order. */
static int read_queues(const struct root *root, const char *name, const char *prefix,
                       struct nic_queue **queues, unsigned int *n)
{
    autostrv char **names = NULL;
    size_t length = strlen(prefix), count = 0;
    int r = unless_memory(root_list(root, &names, NET_DIR "/%s/queues", name));

    while (names && names[count])
        count++;
    *queues = calloc(count + 1, sizeof(**queues));
    if (!*queues)
        return -ENOMEM;
    for (char **queue = names; r == 0 && queue && *queue; queue++) {
        char path[PATH_MAX];

        if (strncmp(*queue, prefix, length) != 0)
            continue;
        (void)snprintf(path, sizeof(path), NET_DIR "/%.255s/queues/%.255s", name, *queue);
        (*queues)[*n].index = (unsigned int)strtoul(*queue + length, NULL, 10);
        r = read_queue(root, path, prefix[0] == 'r', &(*queues)[*n]);
        if (r == 0)
            (*n)++;
    }
    return r;
}

/* The flags of ifconfig(8), "0x1003". */
static int read_up(const struct root *root, const char *name)
{
    uint64_t flags;

    return root_read_u64(root, &flags, NET_DIR "/%s/flags", name) < 0 ? -1 : (flags & IFF_UP) != 0;
}

static int read_driver(const struct root *root, const char *name, char **ret_driver)
{
    autofree char *target = NULL;
    const char *slash;
    int r = root_readlink(root, &target, NET_DIR "/%s/device/driver", name);

    if (r < 0)
        return unless_memory(r);
    slash = strrchr(target, '/');
    *ret_driver = strdup(slash ? slash + 1 : target);
    return *ret_driver ? 0 : -ENOMEM;
}

static int no_such_nic(const struct machine *machine, const char *name, struct np_error *err)
{
    autofree const char **names = calloc(machine->n_devices + 1, sizeof(*names));
    char list[160];
    unsigned int n = 0;

    if (!names)
        return -ENOMEM;
    for (unsigned int i = 0; i < machine->n_devices; i++) {
        if (machine->devices[i].class == DEVICE_NET)
            names[n++] = machine->devices[i].name;
    }
    error_set(err, -ENODEV,
              machine_device(machine, name) ? "\"%.64s\" is no network device"
                                            : "there is no network device \"%.64s\"",
              name);
    if (n > 0)
        error_hint(err, "there is %s", word_join(names, list, sizeof(list)));
    return -ENODEV;
}

static int read_nic(const struct root *root, const struct device *device, struct nic *nic)
{
    int r;

    nic->name = strdup(device->name);
    nic->pci = device->pci ? strdup(device->pci) : NULL;
    nic->node = device->node;
    nic->up = read_up(root, device->name);
    if (!nic->name || (device->pci && !nic->pci))
        return -ENOMEM;
    r = read_driver(root, device->name, &nic->driver);
    if (r == 0)
        r = read_queues(root, device->name, "rx-", &nic->rx, &nic->n_rx);
    if (r == 0)
        r = read_queues(root, device->name, "tx-", &nic->tx, &nic->n_tx);
    if (r == 0 && root_is_live(root))
        r = unless_memory(ethtool_rss(device->name, &nic->rss, &nic->n_rss));
    return r;
}

int nic_read(const struct root *root, const struct machine *machine, const char *name,
             struct nic **ret_nic, struct np_error *err)
{
    const struct device *device = machine_device(machine, name);
    autonic struct nic *nic = NULL;
    int r;

    if (!device || device->class != DEVICE_NET)
        return no_such_nic(machine, name, err);
    nic = calloc(1, sizeof(*nic));
    r = nic ? read_nic(root, device, nic) : -ENOMEM;
    if (r < 0)
        return error_set(err, r, "cannot read the queues of %s: %s", name, strerror(-r));
    *ret_nic = TAKE(nic);
    return 0;
}
