/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NUMAPLACE_NUMAPLACE_H
#define NUMAPLACE_NUMAPLACE_H

/*
 * libnumaplace: what the machine offers, where this program's memory really is, and a place for its
 * threads beside a device.
 *
 * The library has no global state and no constructor; it prints nothing, never exits and leaves
 * signal handlers alone. Functions that can fail return 0 (or a count, where said) or a negative
 * errno, and then leave their outputs as they were. CPUs and nodes are named by their kernel
 * numbers, which may have holes; sizes are in bytes. An object may be used by several threads as
 * long as none frees it.
 *
 *     struct np_machine *machine;
 *     struct np_error err;
 *
 *     if (np_machine_load("live", &machine, &err) < 0)
 *         fprintf(stderr, "%s: %s\n", err.file, err.text);
 */

#include <numaplace/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An amount that the source does not tell. */
#define NP_UNKNOWN UINT64_MAX

struct np_machine;

/* Reads a machine once: "live" for the running one, a captured tree (directory, .tar, .tar.gz,
 * .tar.bz2), hwloc XML (.xml), a device tree (.dts, .dtb) or "synthetic:" and hwloc's description.
 * -ENOENT, -EINVAL, -ENOTSUP, -ENOMEM. The caller frees.
 *
 * hwloc obeys variables of the environment (HWLOC_XMLFILE and the like). So that the source is the
 * one meant, those that are set are taken away during this call and then put back: no other thread
 * may touch the environment meanwhile. Where none is set, the environment is left alone. */
int np_machine_load(const char *source, struct np_machine **ret_machine, struct np_error *err);
/* Accepts NULL; returns NULL. */
struct np_machine *np_machine_free(struct np_machine *machine);

struct np_node {
    unsigned int node;
    const char *kind;     /* "dram", "hbm", "cxl", "pmem", "gpu" or "unknown"; static */
    int tier;             /* memory tier, lower is faster; -1 unknown */
    uint64_t total_bytes; /* NP_UNKNOWN; 0 is a node without memory */
    uint64_t free_bytes;  /* when it was read; NP_UNKNOWN */
    bool granted;         /* this process may allocate here (Mems_allowed, cgroup) */
};

/* All nodes by ascending number: fills at most max and returns how many there are. nodes may be
 * NULL when max is 0. */
size_t np_machine_nodes(const struct np_machine *machine, struct np_node *nodes, size_t max);

/* The online CPUs of a node by ascending number: fills at most max and returns how many there are,
 * 0 too for a node that does not exist. */
size_t np_machine_node_cpus(const struct np_machine *machine, unsigned int node, unsigned int *cpus,
                            size_t max);

/* The node of a CPU or of a device ("eth0", "nvme0n1"). -ENOENT: there is no such thing. -ENODATA:
 * it exists, and nothing tells its node, as with /sys/class/net/eth0/device/numa_node of -1; it is
 * not node 0. */
int np_machine_cpu_node(const struct np_machine *machine, unsigned int cpu, unsigned int *ret_node);
int np_machine_device_node(const struct np_machine *machine, const char *name,
                           unsigned int *ret_node);

/* The SLIT distance from a CPU's node to a node of memory: 10 is local. -ENODATA when the machine
 * tells none. Source: ACPI 6.5, 5.2.17. */
int np_machine_distance(const struct np_machine *machine, unsigned int from, unsigned int to,
                        unsigned int *ret_distance);

struct np_pages {
    unsigned int node;
    uint64_t bytes; /* a multiple of the page size */
};

/* Where [start, start + length) of this process is now: bytes by ascending node in pages, and in
 * *ret_absent the bytes that no page backs (never written, swapped out, not mapped). The ends are
 * widened to whole pages. Returns the number of nodes that hold any. -ENOSPC when there are more
 * than max, -EINVAL for a range beyond the address space, -EPERM where a sandbox forbids the
 * question; on failure pages may have been written to. Asks move_pages(2): about half a microsecond
 * a page. */
int np_where(const void *start, size_t length, struct np_pages *pages, size_t max,
             uint64_t *ret_absent);

struct np_device;

enum np_queue_kind {
    NP_QUEUE_RX,
    NP_QUEUE_TX,
    NP_QUEUE_COMBINED, /* receives and sends */
};

/* A queue of a device that has an interrupt. */
struct np_queue {
    enum np_queue_kind kind;
    unsigned int queue; /* N of rx-N and tx-N */
    unsigned int irq;   /* its number in /proc/interrupts */
    bool fixed;         /* the kernel manages it: nobody can move it */
};

/* Reads the queues of a device ("eth0", "nvme0") and where their interrupts go. These are moved
 * while a machine runs (irqbalance): they are read from the machine's source with each call, and
 * cost a file or two an interrupt of the machine. machine must outlive the device. -ENOENT no such
 * device, or a tree captured without interrupts; -ENOTSUP a source that has none (XML, a device
 * tree, synthetic); -EAGAIN CPUs came and went meanwhile; -EINVAL not what a kernel writes;
 * -ENOMEM. err may be NULL. The caller frees. Source: Documentation/core-api/irq/irq-affinity.rst
 * of Linux, and the drivers' names of their interrupts. */
int np_device_read(const struct np_machine *machine, const char *name,
                   struct np_device **ret_device, struct np_error *err);
/* Accepts NULL; returns NULL. */
struct np_device *np_device_free(struct np_device *device);

/* Its node; on a machine with one node that one, whatever is told. -ENODATA: nobody knows. */
int np_device_node(const struct np_device *device, unsigned int *ret_node);

/* Those that receive (RX and combined) by ascending number, then those that only send: fills at
 * most max and returns how many there are. queues may be NULL when max is 0. */
size_t np_device_queues(const struct np_device *device, struct np_queue *queues, size_t max);

/* The CPUs that the interrupt of queue i, counted from 0 as np_device_queues fills them, goes to,
 * by ascending number: the one that takes it, or all that may while the kernel does not tell that
 * (before its first interrupt, and after it was moved before the next). Fills at most max and
 * returns how many there are, 0 too for a queue that does not exist. */
size_t np_device_queue_cpus(const struct np_device *device, size_t i, unsigned int *cpus,
                            size_t max);

enum np_pin_flags {
    NP_PIN_BIND = 1 << 0, /* from that node and no other: what does not fit there is a fault */
};

/* Pins the calling thread beside a device: to the CPUs of the device's node that are this process's
 * (isolated ones only where there are no others), and the pages that it touches first from now on
 * to memory of that node: preferred (MPOL_PREFERRED: elsewhere once it is full), or bound with
 * NP_PIN_BIND. Pages that are there already stay where they are. Threads that it creates later
 * inherit both.
 *
 * name is a device of the machine ("eth0", "nvme0n1"), a PCI address, or "netdev:", "block:",
 * "file:", "pci:", "ip:" and a name as in numactl(8). On a machine with one node each is on that
 * node. machine says which CPUs and nodes were this process's when it was read; NULL reads the
 * running one now, in a few milliseconds: a process whose threads pin themselves loads it once,
 * before the first does.
 *
 * 0, and both are done; or neither is, and the thread is as before: -ENOENT no such device.
 * -ENODATA nothing tells its node. -ERANGE the node has no CPU or no memory for this process.
 * -EINVAL a flag that does not exist, or the kernel knows no such CPU or node. -EPERM where a
 * sandbox forbids a call, -ENOSYS in a kernel without NUMA. -ENOMEM. err may be NULL. Source:
 * sched_setaffinity(2), set_mempolicy(2). */
int np_pin_to_device(const struct np_machine *machine, const char *name, unsigned int flags,
                     struct np_error *err);

/* The same beside one queue: to the CPU (or CPUs) of np_device_queue_cpus, and memory of the
 * device's node, wherever that CPU is. Errors as above, and -ENOENT for a queue that does not
 * exist, -ERANGE where its CPUs are not this process's. */
int np_pin_to_queue(const struct np_device *device, size_t i, unsigned int flags,
                    struct np_error *err);

#ifdef __cplusplus
}
#endif

#endif
