/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_DEVICETREE_READ_H
#define MACHINE_DEVICETREE_READ_H

/*
 * Inside the reader of machines from device trees: what its parts share.
 *
 * The one rule, other than for a captured tree: people write device trees, so what is not
 * understood or contradicts something is an error at the place where it stands, and what is not
 * there leaves its fact unknown.
 */

#include "cpu-cells.h"
#include "machine-read.h"

struct tree_reader {
    const struct dt *dt;
    const struct dt_node *resources; /* never NULL */
    const struct dt_node *cpus;      /* the section, NULL none */
    const struct dt_node **nodes;    /* of the machine's nodes, by index; NULL: no numa-nodes */
    unsigned int bits;               /* of lists of CPUs */
    struct machine *machine;
    struct np_error *err;
    bool adds_local; /* distances told what is beyond local, and 10 was added */
    struct mark adds_local_at;
};

#define tree_fail(reader, node, mark, ...)                                                         \
    dt_fail((reader)->dt, node, mark, (reader)->err, __VA_ARGS__)

/* What a property says. One that is not there leaves the output untouched. */
int tree_u32(const struct tree_reader *reader, const struct dt_node *node, const char *name,
             uint32_t *ret_value);
int tree_u64(const struct tree_reader *reader, const struct dt_node *node, const char *name,
             uint64_t *ret_value);
int tree_string(const struct tree_reader *reader, const struct dt_node *node, const char *name,
                const char **ret_text);
/* The caller frees the set; an empty list is an empty set. */
int tree_cpus(const struct tree_reader *reader, const struct dt_node *node, const char *name,
              hwloc_bitmap_t *ret_cpus);
/* Of other small numbers: 32 bits in a blob. */
int tree_ids(const struct tree_reader *reader, const struct dt_node *node, const char *name,
             hwloc_bitmap_t *ret_ids);

/* Words for the values first to first + n - 1 of an enum. */
#define TREE_WORDS_MAX 8u
struct tree_words {
    const char *what; /* "kind of memory" */
    const char *(*name)(unsigned int value);
    unsigned int first, n;
};
int tree_word(const struct tree_reader *reader, const struct dt_node *node, const char *name,
              const struct tree_words *words, unsigned int *ret_value);

/* The number that a node has by property (NULL: never), or by what follows its '@': decimal, as
 * Kerf has it. -EINVAL, located, when there is neither, or one above max. */
int tree_number(const struct tree_reader *reader, const struct dt_node *node, const char *property,
                unsigned int max, unsigned int *ret_number);
/* Where the cell is of a property that has n; of a blob the property. */
struct mark tree_cell(const struct dt_property *property, unsigned int cell, unsigned int n);
/* Where a property of node is; where node is when there is none. */
struct mark tree_mark(const struct dt_node *node, const char *property);

/* /resources/topology/numa-nodes; NULL when there is none. */
const struct dt_node *tree_numa_nodes(const struct tree_reader *reader);

/* A section of groups of CPUs. Kerf has "cores" in "cpus"; a tree whose "cpus" is a list has no
 * place for it there, but in /resources/topology, or /resources itself. NULL when there is none. */
const struct dt_node *tree_section(const struct tree_reader *reader, const char *name);
/* The CPUs of a group: at least one. The caller frees. */
int tree_member_cpus(const struct tree_reader *reader, const struct dt_node *member,
                     hwloc_bitmap_t *ret_cpus);
/* -EINVAL, located, when some are claimed already: no CPU is in two groups of a kind. */
int tree_claim_cpus(const struct tree_reader *reader, const struct dt_node *member,
                    hwloc_const_bitmap_t cpus, hwloc_bitmap_t claimed);

/* The parts of a machine, in this order. tree_read_nodes fills reader->nodes. */
int tree_read_nodes(struct tree_reader *reader);
int tree_read_memory(const struct tree_reader *reader);
int tree_read_distances(struct tree_reader *reader);
int tree_read_attrs(const struct tree_reader *reader);
int tree_read_topology(const struct tree_reader *reader);
int tree_read_caches(const struct tree_reader *reader);
int tree_read_devices(const struct tree_reader *reader);
int tree_read_settings(const struct tree_reader *reader);

/* One of our own matrices: a row on each node, 0 unknown. What nobody says anything of is absent.
 */
int tree_read_matrix(const struct tree_reader *reader, const char *rows, const char *source_name,
                     struct matrix *matrix);

#endif
