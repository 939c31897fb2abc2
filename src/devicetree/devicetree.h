/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICETREE_DEVICETREE_H
#define DEVICETREE_DEVICETREE_H

/*
 * A device tree as data: nodes with properties, and where each was written; nothing of what they
 * mean. The one idea: text (dtc's and Kerf's) and blob become the same structure, and whoever reads
 * a property asks for what it should be (dt_get_*) without knowing which of the two it came from.
 */

#include "error.h"
#include "mark.h"
#include "mem.h"
#include "region.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct dt_index;

enum dt_value_kind {
    DT_CELL,
    DT_STRING,
    DT_BYTES,     /* [de ad be ef]; the one value of every property of a blob */
    DT_REFERENCE, /* &label or &{/path}, in a cell or alone */
};

/* How a cell is written into a text; reading ignores it. */
enum dt_form {
    DT_DECIMAL,
    DT_HEX,
    DT_WIDE, /* as Kerf writes 64 bits: <0x0 0x800000000> */
};

struct dt_value {
    enum dt_value_kind kind;
    struct mark at;
    unsigned int group; /* which of the property's values between commas it stands in, from 0 */
    unsigned int bits;  /* its width in a blob: of a DT_CELL 8, 16, 32 or 64; of a DT_REFERENCE 32
                           in a cell, 0 alone (then it is the node's path there) */
    enum dt_form form;  /* DT_CELL */
    uint64_t number;    /* DT_CELL: more than `bits` where the text says so, as Kerf's do */
    char *text;         /* DT_STRING, DT_BYTES: the bytes, and a NUL behind them; DT_REFERENCE: the
                           label, or the path with its '/' */
    size_t size;        /* of text without that NUL */
};

struct dt_property {
    char *name;
    struct mark at;
    struct dt_value *values; /* none: a flag */
    unsigned int n_values;
    char *comment;     /* the words of the comment behind it on its last line, NULL none */
    size_t begin, end; /* its text in dt.text, from its name to behind the ';'; 0, 0 without text
                          there, as what an included file says */
    size_t labels;     /* where the labels before its name begin; begin without any */
    unsigned int body; /* which of the text's bodies said it last: the reader's */
};

struct dt_node {
    char *name; /* without unit address; "" is the root's */
    char *unit; /* what stands behind '@'; NULL none */
    struct mark at;
    char **labels;          /* NULL-terminated; NULL none */
    uint32_t phandle;       /* 0 none; set by dt_set_phandle */
    struct dt_node *parent; /* NULL: the root */
    struct dt_property *properties;
    unsigned int n_properties;
    struct dt_node **children;
    unsigned int n_children;
    size_t begin, end; /* its text in dt.text, from label or name to behind the "};": where it was
                          said first; 0, 0 without text there */
    size_t body;       /* just behind its '{' */
    unsigned int parent_body; /* which of the text's bodies said it last: the reader's */
    bool omit_unreferenced;   /* /omit-if-no-ref/: the reader's */
    struct dt_index *index;   /* the tree's */
    bool properties_indexed;  /* they are in it, being many; few are looked through */
    bool children_indexed;
};

struct dt {
    char *file; /* as given, for messages */
    char *text; /* what it was read from; NULL: a blob, or made by hand */
    size_t length;
    bool multikernel; /* it says /multikernel-v1/; */
    bool plugin;      /* it says /plugin/; or is written as an overlay */
    char **files; /* names of other files that marks are in: of what was included or laid over */
    unsigned int n_files;
    struct region *reserved; /* /memreserve/ */
    unsigned int n_reserved;
    struct dt_node *root;
    struct dt_index *index; /* where to find nodes and properties by name */
};

/* Bounds of what is read; beyond them is a located error, never a long wait. */
#define DT_FILE_BYTES_MAX (16u << 20) /* with all that it includes */
#define DT_DEPTH_MAX 32u
#define DT_NAME_MAX 255u                 /* bytes of a node's, property's or label's name */
#define DT_PROPERTY_BYTES_MAX (4u << 20) /* text or blob of one property */

/* Whether a file is read by dt_load: by its name (.dts, .dtsi, .dtb, .dtbo) or its first bytes. */
bool dt_is_tree(const char *path);
/* The same of first bytes: a text that says which it is, behind comments, or a blob. */
bool dt_begins_as_tree(const char *data, size_t length);
/* Reads text or blob. -EINVAL with file, line, column and the offending text (of a blob: the path
 * of the node) for what is not understood, -EFBIG for what is too large. The caller frees. */
int dt_load(const char *path, struct dt **ret_dt, struct np_error *err);
/* The same from memory; file is only for messages. */
int dt_parse(const char *file, const char *data, size_t length, struct dt **ret_dt,
             struct np_error *err);
struct dt *dt_free(struct dt *dt); /* returns NULL */

/* Merges an overlay into base: what stands in fragment@N/__overlay__ into the node that target or
 * target-path names, and what its "&label { }" and "/ { }" say. Both stay the caller's. Marks of
 * what came from the overlay are its own file's: -EINVAL at a target that base does not have. */
int dt_overlay(struct dt *base, const struct dt *overlay, struct np_error *err);

/* Looking up. NULL when there is none. */
const struct dt_node *dt_find(const struct dt *dt, const char *path); /* "/resources/cpus" */
const struct dt_node *dt_child(const struct dt_node *node, const char *name); /* any unit */
const struct dt_property *dt_property(const struct dt_node *node, const char *name);
const struct dt_node *dt_labelled(const struct dt *dt, const char *label);
const struct dt_node *dt_by_phandle(const struct dt *dt, uint32_t phandle);
/* "/resources/topology/numa-nodes/node@0". The caller frees; NULL when out of memory. */
char *dt_path(const struct dt_node *node);

/* -EINVAL with the node's path before the text, and file, line and column as its place; of a blob
 * the path alone says where. Returns -EINVAL. */
int dt_fail(const struct dt *dt, const struct dt_node *node, struct mark at, struct np_error *err,
            const char *format, ...) __attribute__((format(printf, 5, 6)));

/* What a property holds. Each returns -EINVAL, located, for a property that holds anything else. */
int dt_get_u32(const struct dt *dt, const struct dt_node *node, const struct dt_property *property,
               uint32_t *ret_value, struct np_error *err);
/* 64 bits as Kerf and dtc write them: <0x80000000>, <0x8 0x0>, <0x0 0x800000000>, /bits/ 64 <...>;
 * of a blob 4 or 8 bytes. */
int dt_get_u64(const struct dt *dt, const struct dt_node *node, const struct dt_property *property,
               uint64_t *ret_value, struct np_error *err);
/* Several of these, one a group: <0x0 0x1000>, <0x8 0x0>; of a blob 8 bytes each. The caller frees
 * *ret_values. */
int dt_get_u64s(const struct dt *dt, const struct dt_node *node, const struct dt_property *property,
                uint64_t **ret_values, unsigned int *ret_n, struct np_error *err);
/* One number a cell, over all groups; of a blob `bits` (32 or 64) a number. The caller frees. */
int dt_get_cells(const struct dt *dt, const struct dt_node *node,
                 const struct dt_property *property, unsigned int bits, uint64_t **ret_values,
                 unsigned int *ret_n, struct np_error *err);
/* Borrowed from the tree. */
int dt_get_string(const struct dt *dt, const struct dt_node *node,
                  const struct dt_property *property, const char **ret_text, struct np_error *err);
/* A list of strings; a NULL-terminated vector that the caller frees with strv_free. */
int dt_get_strings(const struct dt *dt, const struct dt_node *node,
                   const struct dt_property *property, char ***ret_texts, struct np_error *err);

struct dt_reference {
    const char *text;           /* as written, without '&'; NULL of a number */
    uint64_t phandle;           /* the number; 0 of a text */
    const struct dt_node *node; /* NULL: there is no such label, path or phandle */
    struct mark at;
};
/* <&a>, <&b> or <&a &b>; of a blob phandles. The caller frees *ret_references. */
int dt_get_references(const struct dt *dt, const struct dt_node *node,
                      const struct dt_property *property, struct dt_reference **ret_references,
                      unsigned int *ret_n, struct np_error *err);

/* Making a tree. All return -ENOMEM only; a property that is there already is replaced, and a node
 * that is there already is the one returned. */
int dt_new(const char *file, struct dt **ret_dt);
int dt_add_node(struct dt_node *parent, const char *name, const char *unit,
                struct dt_node **ret_node);
int dt_add_label(struct dt_node *node, const char *label);
/* Makes dt_by_phandle find it; the property of that name is another thing. */
int dt_set_phandle(struct dt_node *node, uint32_t phandle);
int dt_put_flag(struct dt_node *node, const char *name);
int dt_put_u32(struct dt_node *node, const char *name, uint32_t value);
int dt_put_u64(struct dt_node *node, const char *name, uint64_t value); /* DT_WIDE, 64 bits */
int dt_put_u64s(struct dt_node *node, const char *name, const uint64_t *values, unsigned int n);
/* Decimal cells, of bits (32 or 64) in a blob. */
int dt_put_cells(struct dt_node *node, const char *name, unsigned int bits, const uint64_t *values,
                 unsigned int n);
int dt_put_string(struct dt_node *node, const char *name, const char *text);
int dt_put_strings(struct dt_node *node, const char *name, const char *const *texts);
int dt_put_bytes(struct dt_node *node, const char *name, const void *bytes, size_t size);
/* The same values, with the marks they have. */
int dt_put_copy(struct dt_node *node, const struct dt_property *property);
int dt_reserve(struct dt *dt, struct region region);
/* Keeps the name of a file for marks, as long as the tree lives. */
int dt_keep_file(struct dt *dt, const char *file, const char **ret_file);
/* <&a>, <&b>: labels, NULL-terminated. */
int dt_put_references(struct dt_node *node, const char *name, const char *const *labels);

/* Writing. Text begins with /multikernel-v1/; or /dts-v1/; as dt.multikernel says; wide cells take
 * a pair in a text that dtc is to read (/dts-v1/). -EINVAL for a reference that a blob cannot hold.
 */
int dt_write_text(const struct dt *dt, FILE *stream);
int dt_write_blob(const struct dt *dt, char **ret_blob, size_t *ret_size, struct np_error *err);

static inline void cleanup_dt(struct dt **dt)
{
    (void)dt_free(*dt);
}
#define autodt CLEANUP(cleanup_dt)

#endif
