/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_MACHINE_DEVICETREE_H
#define MACHINE_MACHINE_DEVICETREE_H

/*
 * A machine from a device tree, and back. Kerf's words wherever it has some, in all the shapes that
 * it has had; our own (cpus/sockets to cpus/caches) in the same manner; and with the prefix
 * "numaplace," what nobody would guess. read(write(machine)) is the machine, but for its source.
 *
 *   resources {
 *       cpus {                           or only: cpus = <4 5 6 7>;
 *           total = <8>;                 CPUs 0 to 7 exist; else those that are named
 *           host-reserved = <0 1>;       this and the next are for the spec; the CPUs exist
 *           available = <2 3 4 5 6 7>;
 *           sockets { socket@0 { cpus = <0 1 2 3>; }; };        "socket-id", or what follows the @
 *           dies { die@0 { cpus = <0 1 2 3>; }; };
 *           clusters { cluster@0 { cpus = <0 1>; }; };
 *           cores { core@0 { cpus = <0 1>; }; };                SMT siblings
 *           caches {
 *               l1d@0 { level = <1>; size = <0x0 0x8000>; cpus = <0 1>; };
 *               l3@0 { level = <3>; size = <0x0 0x2000000>; cpus = <0 1 2 3>; };
 *           };                           the name says the level, and the type, if they do not:
 *                                        type = "data", "instruction", "unified"
 *           llcs { llc@0 { cpus = <0 1 2 3>; }; };   only where it is not the last of caches
 *           kinds { kind@0 { cpus = <4 5 6 7>; }; kind@1 { cpus = <0 1 2 3>; }; };   hybrid, rank
 *           numaplace,absent = <6>;      below total, but there is none
 *           numaplace,offline, numaplace,isolated, numaplace,not-granted = <...>;
 *       };
 *       topology {
 *           numa-nodes {
 *               node@0 {
 *                   node-id = <0>;       or what follows the @
 *                   memory-base = <0x0 0x0>, <0x1 0x0>;         several: there are holes
 *                   memory-size = <0x0 0x80000000>, <0x1 0x0>;  without memory-base: wherever
 *                   memory-type = "dram";      hbm, cxl, pmem, gpu, unknown
 *                   cpus = <0 1 2 3>;
 *                   distance-matrix = <10 20>;
 *                   numaplace,total-bytes, numaplace,free-bytes, numaplace,cache-bytes = <u64>;
 *                   numaplace,total-unknown;
 *                   numaplace,tier = <4>;
 *                   numaplace,initiators = <0>;                 nodes
 *                   numaplace,memory-not-granted;
 *                   numaplace,hugepages@2048 { pages = <512>; free = <7>; };   KiB a page
 *                   numaplace,latency-ns, numaplace,bandwidth-mibps = <row>;   0 unknown
 *                   numaplace,distance = <row>;  where distance-matrix cannot say it
 *               };
 *               numaplace,distance-source, numaplace,latency-source, numaplace,bandwidth-source =
 *                   "slit";              hmat, measured, given
 *           };
 *       };
 *       devices {
 *           eth0: ethernet@0 {           storage, gpu, device
 *               device-name = "eth0";    else the label, else the node's name
 *               compatible = "intel,i40e";
 *               pci-id = "0000:01:00.0";
 *               numa-node = <0>;         or numa-node-id
 *               sriov-vfs = <8>; host-reserved-vf = <0>; available-vfs = <1 2 3>;
 *               namespaces = <4>; host-reserved-ns = <1>; available-ns = <2 3 4>;
 *               numaplace,class = "net"; where the node's name does not say it
 *               numaplace,node-overridden;
 *           };
 *       };
 *       numaplace,settings {
 *           kernel = "6.1.0"; numa-balancing = <1>; demotion = <0>; zone-reclaim-mode = <0>;
 *           transparent-huge-pages = "madvise"; irqbalance = <1>; cgroup-version = <2>;
 *       };
 *   };
 *
 * distance-matrix is the whole of n times n on one node (or the same on several), or a row of n on
 * each, or <node distance> pairs on each. Where the diagonal is 0 the values are what lies beyond
 * local, and 10 is added.
 */

#include "devicetree.h"
#include "machine.h"

/* Whether the tree describes hardware: an overlay, or one of instances alone, does not. */
bool devicetree_has_machine(const struct dt *dt);

/* -EINVAL, located, for what is wrong or contradicts itself. machine.source is the tree's file. */
int machine_from_devicetree(const struct dt *dt, unsigned int parts, struct machine **ret_machine,
                            struct np_error *err);

/* What is doubtful about the hardware that a tree describes, and is no error of it. */
struct devicetree_doubts {
    bool adds_local; /* distances have a diagonal of 0, so that 10 was added to each */
    struct mark adds_local_at;
    hwloc_bitmap_t astray; /* CPUs that are online and on none of its nodes; NULL none */
    struct mark astray_at;
};
/* None of a tree without hardware, or of one that machine_from_devicetree refuses. -ENOMEM only.
 * The caller ends it with devicetree_doubts_fini. */
int devicetree_doubt(const struct dt *dt, struct devicetree_doubts *ret_doubts);
void devicetree_doubts_fini(struct devicetree_doubts *doubts);

/* The name that we call a device of /resources/devices by: device-name, or its first label, or the
 * node's name with its unit. The caller frees; NULL when out of memory. */
char *devicetree_device_name(const struct dt_node *device);

/* Whether a node below /resources, or (property not NULL) what it says, is something that
 * machine_from_devicetree reads or knows to be the spec's ("available", "memory-base"). */
bool devicetree_knows(const struct dt_node *node, const char *property);
/* All that such a node can say; NULL for one that is not known. */
const char *const *devicetree_words(const struct dt_node *node);

/* A tree of Kerf's form. -ENOMEM only. The caller frees. */
int machine_to_devicetree(const struct machine *machine, struct dt **ret_dt);

#endif
