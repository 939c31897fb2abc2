/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_IRQ_FIXTURE_H
#define TESTS_UNIT_IRQ_FIXTURE_H

/* A tree with the files of a network device and its interrupts, that changes are made to: eth0 has
 * two queues, interrupts 40 (configuration), 41 and 42, and eight CPUs. */

#include "change-fixture.h"

struct tree {
    char path[64];
    struct root *root;
};

static inline void tree_put(const struct tree *tree, const char *file, const char *text)
{
    char path[256];
    FILE *stream;

    (void)snprintf(path, sizeof(path), "%s/%s", tree->path, file);
    for (char *slash = strchr(path + strlen(tree->path) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
        *slash = '/';
    }
    stream = fopen(path, "w");
    assert_non_null(stream);
    assert_true(fputs(text, stream) >= 0);
    assert_int_equal(fclose(stream), 0);
}

static inline void tree_remove(const struct tree *tree, const char *file)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", tree->path, file);
    assert_int_equal(nftw(path, fixture_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static inline void assert_file(const struct tree *tree, const char *file, const char *wanted)
{
    char *text;

    assert_int_equal(root_read(tree->root, &text, "%s", file), 0);
    assert_string_equal(text, wanted);
    free(text);
}

static inline void tree_put_irq(const struct tree *tree, unsigned int irq, const char *name,
                                const char *cpus)
{
    char file[128];

    (void)snprintf(file, sizeof(file), "proc/irq/%u/smp_affinity_list", irq);
    tree_put(tree, file, cpus);
    (void)snprintf(file, sizeof(file), "sys/kernel/irq/%u/actions", irq);
    tree_put(tree, file, name);
    (void)snprintf(file, sizeof(file), "sys/class/net/eth0/device/msi_irqs/%u", irq);
    tree_put(tree, file, "msix\n");
}

static inline void tree_init(struct tree *tree)
{
    strcpy(tree->path, "/tmp/numaplace-tree-XXXXXX");
    assert_non_null(mkdtemp(tree->path));
    assert_int_equal(root_open(tree->path, &tree->root, NULL), 0);
    root_permit_writes(tree->root);
    tree_put_irq(tree, 40, "eth0-config\n", "0-7\n");
    tree_put_irq(tree, 41, "eth0-0\n", "0-7\n");
    tree_put_irq(tree, 42, "eth0-1\n", "1,3\n");
    tree_put(tree, "sys/class/net/eth0/ifindex", "2\n");
    tree_put(tree, "sys/class/net/eth0/queues/tx-0/xps_cpus", "ff\n");
    tree_put(tree, "sys/class/net/eth0/queues/tx-1/xps_cpus", "0\n");
    tree_put(tree, "sys/class/net/eth0/queues/rx-0/rps_cpus", "0\n");
    tree_put(tree, "sys/class/net/eth0/queues/rx-0/rps_flow_cnt", "0\n");
    tree_put(tree, "sys/class/net/eth0/queues/rx-1/rps_cpus", "0\n");
}

static inline void tree_fini(struct tree *tree)
{
    tree->root = root_free(tree->root);
    assert_int_equal(nftw(tree->path, fixture_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static inline void add_irq(struct changes *changes, unsigned int irq, const char *name,
                           const char *cpus)
{
    assert_int_equal(
        changes_add(changes, CHANGE_IRQ, "eth0",
                    json_pack("{s:i, s:s, s:s}", "irq", irq, "name", name, "device", "eth0"),
                    json_pack("{s:s}", "cpus", cpus)),
        0);
}

static inline void add_queue(struct changes *changes, const char *queue, const char *file,
                             json_t *wanted)
{
    assert_int_equal(changes_add(changes, CHANGE_QUEUE, "eth0",
                                 json_pack("{s:s, s:i, s:s, s:s}", "device", "eth0", "ifindex", 2,
                                           "queue", queue, "file", file),
                                 wanted),
                     0);
}

/* One of each file. */
static inline void add_nic(struct changes *changes)
{
    add_irq(changes, 40, "eth0-config", "4");
    add_irq(changes, 41, "eth0-0", "4");
    add_irq(changes, 42, "eth0-1", "5");
    add_queue(changes, "tx-0", "xps_cpus", json_pack("{s:s}", "cpus", "4"));
    add_queue(changes, "rx-0", "rps_cpus", json_pack("{s:s}", "cpus", "4-7,33"));
}

static inline void assert_nic_as_before(const struct tree *tree)
{
    assert_file(tree, "proc/irq/40/smp_affinity_list", "0-7");
    assert_file(tree, "proc/irq/41/smp_affinity_list", "0-7");
    assert_file(tree, "proc/irq/42/smp_affinity_list", "1,3");
    assert_file(tree, "sys/class/net/eth0/queues/tx-0/xps_cpus", "ff");
    assert_file(tree, "sys/class/net/eth0/queues/rx-0/rps_cpus", "0");
    assert_file(tree, "sys/class/net/eth0/queues/rx-0/rps_flow_cnt", "0");
}

#endif
