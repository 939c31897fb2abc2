/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_MACHINE_READ_H
#define MACHINE_MACHINE_READ_H

/*
 * Inside the machine layer: the readers that fill a struct machine, a part each.
 *
 * The one rule: a file that is missing, unreadable or not understood leaves its fact unknown, and
 * never fails the whole; only running out of memory does (and contradictions, which machine_check
 * finds afterwards).
 */

#include "machine.h"
#include "root.h"

#include <hwloc.h>

/* A machine of which nothing is known but where it is read from. */
int machine_new(const char *source, unsigned int parts, struct machine **ret_machine);

/* Makes the nodes and CPUs with these ids; all that is known of them is "unknown". */
int machine_set_nodes(struct machine *machine, hwloc_const_bitmap_t ids);
int machine_set_cpus(struct machine *machine, hwloc_const_bitmap_t ids);
/* For filling them in; NULL when there is none. */
struct node *machine_node_mutable(struct machine *machine, unsigned int node);
struct cpu *machine_cpu_mutable(struct machine *machine, unsigned int cpu);

/* Sets one of the ints of struct cpu, by its offset, in all these CPUs. */
void put_fact(struct machine *machine, hwloc_const_bitmap_t cpus, size_t offset, int value);

/* Takes over pci, also on failure. */
int machine_add_device(struct machine *machine, const char *name, enum device_class class,
                       char *pci, int node);
/* By class, then name in natural order, as the machine has them. */
void machine_order_devices(struct machine *machine);
/* "0000:01:00.0", of that length. */
bool is_pci_address(const char *text, size_t length);
/* Takes over the set in it, also on failure. -EINVAL for one of no CPUs. */
int machine_add_cache(struct machine *machine, struct cache cache);
/* By level, type and first CPU, as the machine has them; for qsort. */
int machine_compare_caches(const void *a, const void *b);
void machine_order_caches(struct machine *machine);
/* By ascending page size. */
void huge_sort(struct node *node);
/* Ordinary memory where there are CPUs and nothing said otherwise. */
void assume_dram(struct machine *machine);

/* A matrix of unknown values. Keeps one that is there already. */
int matrix_make(const struct machine *machine, struct matrix *matrix, enum matrix_source source);
/* By kernel ids; nodes that do not exist are ignored. */
void matrix_put(const struct machine *machine, struct matrix *matrix, unsigned int from,
                unsigned int to, uint64_t value);

/* -ENOMEM is the only failure of a reader; all others mean "unknown". */
static inline int unless_memory(int r)
{
    return r == -ENOMEM ? r : 0;
}

/* From a tree that looks like a running system's, or is one. Each reads the part of its name. */
int read_nodes(struct machine *machine, const struct root *root);
int read_topology(struct machine *machine, const struct root *root, struct np_error *err);
/* What hwloc would say of packages to cores, and of caches: for read_topology. */
int read_cpu_groups(struct machine *machine, const struct root *root);
int read_attrs(struct machine *machine, const struct root *root);
int read_devices(struct machine *machine, const struct root *root);
int read_settings(struct machine *machine, const struct root *root);
int read_ranges(struct machine *machine, const struct root *root);

/* Whether read_ranges reads memory blocks: nodeN/NAME of this name. For what captures them. */
int ranges_need_blocks(const struct machine *machine, const struct root *root, bool *ret_need);
bool is_block_in_use(const struct root *root, const char *name);

/* The last PCI address in the path of a device: its own, above it are bridges. NULL when there is
 * none. */
int pci_of_path(const char *path, char **ret_pci);
/* Whether a block device is one of a controller's namespaces: nvme0n1, nvme0c1n1. */
bool is_namespace(const char *name);

/* Where sysfs lists devices. */
struct device_dir {
    enum device_class class;
    const char *path;
    bool (*is_wanted)(const char *name);
};
#define N_DEVICE_DIRS 3
extern const struct device_dir device_dirs[N_DEVICE_DIRS];

/* Marks what we may use: for read_nodes. */
int read_granted(struct machine *machine, const struct root *root);

/* What of topology concerns CPUs: packages to siblings, and caches. */
int fill_topology(struct machine *machine, hwloc_topology_t topology);

/* A whole machine from hwloc XML or a synthetic description. */
int read_xml(struct machine *machine, const char *path, struct np_error *err);
int read_synthetic(struct machine *machine, const char *description, struct np_error *err);

/* The same from a device tree. */
struct dt;
int read_devicetree(struct machine *machine, const struct dt *dt, struct np_error *err);

#endif
