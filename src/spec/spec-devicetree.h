/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPEC_SPEC_DEVICETREE_H
#define SPEC_SPEC_DEVICETREE_H

/*
 * From device trees to a spec. Each file here reads one part of a tree into the same spec; all
 * messages are located by dt_fail. What is wrong with a value is an error; what nobody reads is a
 * remark.
 */

#include "devicetree.h"
#include "spec-make.h"

struct tree_reader {
    const struct dt *dt; /* the tree that is read now: the base, or an overlay */
    const struct dt *base;
    struct spec *spec;
    unsigned int cpu_bits; /* of a blob's CPU numbers, 32 or 64 */
    struct np_error *err;
};

/* Fills spec from its trees: a base, and what was laid over it (generic fragments are merged into
 * the base already). */
int spec_from_devicetrees(struct spec *spec, struct np_error *err);

/* host-reserved and available CPUs, pools, what the host keeps of nodes, devices' nodes. */
int tree_read_resources(const struct tree_reader *reader);

/* Is this node an instance at the root, without /instances around it? It says what it gets, and has
 * no name that means another thing there. */
bool tree_is_bare_instance(const struct dt_node *node);
/* An instance from its node, as in /instances or instance-create. Appends to spec. */
int tree_read_instance(const struct tree_reader *reader, const struct dt_node *node,
                       const char *name);
/* The CPU numbers of a property, into set. Says what is listed twice in a remark of subject. */
int tree_read_cpus(const struct tree_reader *reader, const struct dt_node *node,
                   const struct dt_property *property, const char *subject, hwloc_bitmap_t set);
/* Each number alone, up to SET_ID_MAX. */
int tree_read_ids(const struct tree_reader *reader, const struct dt_node *node,
                  const struct dt_property *property, hwloc_bitmap_t set);
/* The devices of an instance, in all spellings. */
int tree_read_claims(const struct tree_reader *reader, const struct dt_node *resources,
                     struct instance *instance);
/* A device by words: its name, label, PCI address, or <device>_vf<N>, <device>_ns<N>. */
int tree_claim_of_text(const struct tree_reader *reader, const char *text, struct mark at,
                       struct claim *ret_claim);
/* Is this node at the root one that stands for a part of a device? */
bool tree_is_device_reference(const struct dt_node *node);

/* reg = <base size>: memory that is there. */
int tree_read_region(const struct tree_reader *reader, const struct dt_node *node,
                     const struct dt_property *reg, struct region *ret_region);

/* Kerf's operations in reader->dt's fragments, in their order, on the instances of spec. */
int tree_apply_operations(const struct tree_reader *reader);
/* Is this node of an __overlay__ one of Kerf's operations? */
bool tree_is_operation(const struct dt_node *node);

/* Remarks about the hardware that the base describes. */
int tree_remark_hardware(const struct tree_reader *reader);
/* Remarks about what nobody reads, and about comments that contradict the numbers beside them. */
int tree_remark_unknown(const struct tree_reader *reader);
int tree_remark_comments(const struct tree_reader *reader);

#endif
