/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A blob as a tree. libfdt knows the format and its bounds; what it lets pass (a name twice, bytes
 * that no name has, lengths out of all proportion) is refused here, so that every tree that was
 * read can be written as text and read again.
 */

#include "dtb.h"

#include "dt-make.h"

#include <libfdt.h>
#include <string.h>

#define VERSION_MIN 16 /* before it, nodes carry their whole paths */
#define ROOM_FOR_HEADER sizeof(struct fdt_header)

struct reader {
    const char *fdt;
    struct dt *dt;
    struct dt_node *node; /* the open one; NULL before the root and behind it */
    unsigned int depth;
    struct np_error *err;
};

static int fail_header(const char *file, struct np_error *err, const char *fact)
{
    (void)error_set(err, -EINVAL, "the header of this device tree blob is wrong: %s", fact);
    error_at(err, file, 0, 0);
    return -EINVAL;
}

static int check_header(const char *file, const char *fdt, size_t length, struct np_error *err)
{
    int r;

    if (length > DT_FILE_BYTES_MAX) {
        (void)error_set(err, -EFBIG, "this device tree blob has %zu bytes; %u are read at most",
                        length, DT_FILE_BYTES_MAX);
        error_at(err, file, 0, 0);
        return -EFBIG;
    }
    if (length < ROOM_FOR_HEADER)
        return fail_header(file, err, "the file ends inside it");
    if (fdt_magic(fdt) != FDT_MAGIC)
        return fail_header(file, err, "it does not begin with d00dfeed");
    if (fdt_totalsize(fdt) < ROOM_FOR_HEADER)
        return fail_header(file, err, "it says a size that it does not fit in itself");
    if (fdt_totalsize(fdt) != length) {
        (void)error_set(err, -EINVAL,
                        "the header of this device tree blob says that it has %u bytes, but there "
                        "are %zu",
                        fdt_totalsize(fdt), length);
        error_at(err, file, 0, 0);
        error_hint(err, length < fdt_totalsize(fdt) ? "copy the whole file; its end is missing"
                                                    : "remove what was added behind the blob");
        return -EINVAL;
    }
    if (fdt_version(fdt) < VERSION_MIN)
        return fail_header(file, err, "its version is older than 16");
    r = fdt_check_header(fdt);
    if (r < 0)
        return fail_header(file, err, fdt_strerror(r));
    if (fdt_off_dt_struct(fdt) % 4 != 0 || fdt_off_mem_rsvmap(fdt) % 8 != 0)
        return fail_header(file, err, "its parts do not lie at multiples of their words");
    return 0;
}

static int fail_at(const struct reader *reader, int offset, const char *fact)
{
    const struct mark nowhere = {0};

    if (reader->node)
        return dt_fail(reader->dt, reader->node, nowhere, reader->err, "%s (byte %u of the blob)",
                       fact, fdt_off_dt_struct(reader->fdt) + (unsigned int)offset);
    (void)error_set(reader->err, -EINVAL, "%s (byte %u of the blob)", fact,
                    fdt_off_dt_struct(reader->fdt) + (unsigned int)offset);
    error_at(reader->err, reader->dt->file, 0, 0);
    return -EINVAL;
}

/* The letters that names of nodes and properties are made of; '@' only between name and unit. */
static bool is_name(const char *name, size_t length)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  ",._+*#?-";

    return length > 0 && length <= DT_NAME_MAX && strspn(name, letters) >= length;
}

static int begin_child(struct reader *reader, const char *name, int offset)
{
    const char *at = strchr(name, '@');
    size_t length = at ? (size_t)(at - name) : strlen(name);
    unsigned int n_children = reader->node->n_children;
    char only_name[DT_NAME_MAX + 1];
    int r;

    if (strlen(name) > DT_NAME_MAX || !is_name(name, length) ||
        (at && !is_name(at + 1, strlen(at + 1))))
        return fail_at(reader, offset, "a node in it has no name that a device tree can have");
    if (reader->depth == DT_DEPTH_MAX)
        return fail_at(reader, offset, "nodes are nested too deep");
    memcpy(only_name, name, length);
    only_name[length] = '\0';
    r = dt_add_node(reader->node, only_name, at ? at + 1 : NULL, &reader->node);
    if (r < 0)
        return r;
    reader->depth++;
    if (reader->node->parent->n_children == n_children)
        return fail_at(reader, offset, "a node of this name is there twice");
    return 0;
}

static int begin_node(struct reader *reader, int offset)
{
    const char *name = fdt_get_name(reader->fdt, offset, NULL);

    if (!name)
        return fail_at(reader, offset, "a node has no name");
    if (reader->node)
        return begin_child(reader, name, offset);
    if (reader->depth > 0)
        return fail_at(reader, offset, "there is a second root");
    if (*name)
        return fail_at(reader, offset, "the root has a name");
    reader->depth = 1;
    reader->node = reader->dt->root;
    return 0;
}

static int end_node(struct reader *reader, int offset)
{
    if (!reader->node)
        return fail_at(reader, offset, "a node ends that did not begin");
    if (reader->node->parent)
        reader->depth--; /* not behind the root: nothing may follow it */
    reader->node = reader->node->parent;
    return 0;
}

/* linux,phandle is what the first ones called it. */
static int take_phandle(struct reader *reader, const struct dt_property *property, int offset)
{
    uint32_t phandle;

    if (strcmp(property->name, "phandle") != 0 && strcmp(property->name, "linux,phandle") != 0)
        return 0;
    phandle = property->n_values == 1 && property->values->size == 4
                  ? dtb_u32(property->values->text)
                  : 0;
    if (phandle == 0 || phandle == UINT32_MAX)
        return fail_at(reader, offset, "its phandle is no number from 1 to 0xfffffffe");
    if (reader->node->phandle == phandle)
        return 0;
    if (reader->node->phandle)
        return fail_at(reader, offset, "it has two phandles");
    if (dt_by_phandle(reader->dt, phandle))
        return fail_at(reader, offset, "its phandle is another node's, too");
    return dt_set_phandle(reader->node, phandle);
}

/* NULL when there is none of a length that a name has. */
static const char *property_name(const char *fdt, uint32_t at)
{
    uint32_t end = fdt_version(fdt) >= 3 ? fdt_size_dt_strings(fdt) : 0;
    const char *name = fdt + fdt_off_dt_strings(fdt) + at;
    size_t room;

    if (at >= end)
        return NULL;
    room = end - at <= DT_NAME_MAX ? end - at : DT_NAME_MAX + 1;
    return memchr(name, '\0', room) && is_name(name, strlen(name)) ? name : NULL;
}

static int add_property(struct reader *reader, int offset)
{
    struct dt_node *node = reader->node;
    unsigned int n = node ? node->n_properties : 0;
    const struct fdt_property *found;
    const char *name;
    int size, r;

    if (!node)
        return fail_at(reader, offset, "a property stands outside of all nodes");
    found = fdt_get_property_by_offset(reader->fdt, offset, &size);
    if (!found)
        return fail_at(reader, offset, "a property of it goes beyond the blob's end");
    name = property_name(reader->fdt, fdt32_to_cpu(found->nameoff));
    if (!name)
        return fail_at(reader, offset, "a property of it has no name that a device tree can have");
    if ((size_t)size > DT_PROPERTY_BYTES_MAX)
        return fail_at(reader, offset, "a property of it is larger than 4 MiB");
    r = size ? dt_put_bytes(node, name, found->data, (size_t)size) : dt_put_flag(node, name);
    if (r < 0)
        return r;
    if (node->n_properties == n)
        return fail_at(reader, offset, "a property of it is there twice");
    return take_phandle(reader, &node->properties[n], offset);
}

static int read_tag(struct reader *reader, uint32_t tag, int offset, int next)
{
    switch (tag) {
    case FDT_BEGIN_NODE:
        return begin_node(reader, offset);
    case FDT_END_NODE:
        return end_node(reader, offset);
    case FDT_PROP:
        return add_property(reader, offset);
    case FDT_NOP:
        return 0;
    default: /* FDT_END, which is also what libfdt makes of an error */
        if (next < 0)
            return fail_at(reader, offset, "what follows is cut off or is no part of a tree");
        if (reader->node)
            return fail_at(reader, offset, "it does not end");
        return reader->depth > 0 ? 0 : fail_at(reader, offset, "there is no root");
    }
}

static int read_nodes(struct reader *reader)
{
    uint32_t tag;
    int next = 0;

    do {
        int offset = next, r;

        tag = fdt_next_tag(reader->fdt, offset, &next);
        r = read_tag(reader, tag, offset, next);
        if (r < 0)
            return r;
    } while (tag != FDT_END);
    return 0;
}

static int fail_reserved(const struct reader *reader, const char *fact)
{
    (void)error_set(reader->err, -EINVAL, "the blob's list of reserved memory %s", fact);
    error_at(reader->err, reader->dt->file, 0, 0);
    return -EINVAL;
}

static int read_reserved(struct reader *reader)
{
    int n = fdt_num_mem_rsv(reader->fdt), r = 0;

    if (n < 0)
        return fail_reserved(reader, "has no end");
    for (int i = 0; r == 0 && i < n; i++) {
        struct region region = {0};

        (void)fdt_get_mem_rsv(reader->fdt, i, &region.base, &region.bytes); /* i is below n */
        if (region.bytes > 0 && region.base + (region.bytes - 1) < region.base)
            return fail_reserved(reader, "has a region that ends beyond 64 bits");
        r = dt_reserve(reader->dt, region);
    }
    return r;
}

static int read_all(struct reader *reader)
{
    int r = read_reserved(reader);

    if (r == 0)
        r = read_nodes(reader);

    if (r == 0)
        r = dtb_take_symbols(reader->dt, reader->err);
    if (r == 0)
        r = dtb_take_fixups(reader->dt, reader->err);
    return r;
}

/* libfdt wants the blob to lie at a multiple of 8. */
static int align(const char *data, size_t length, char **ret_copy)
{
    *ret_copy = NULL;
    if ((uintptr_t)data % 8 == 0)
        return 0;
    *ret_copy = malloc(length);
    if (!*ret_copy)
        return -ENOMEM;
    memcpy(*ret_copy, data, length);
    return 0;
}

int dtb_read(const char *file, const char *data, size_t length, struct dt **ret_dt,
             struct np_error *err)
{
    autofree char *copy = NULL;
    autodt struct dt *dt = NULL;
    struct reader reader = {.err = err};
    int r = length >= ROOM_FOR_HEADER ? align(data, length, &copy) : 0;

    reader.fdt = copy ? copy : data;
    if (r == 0)
        r = check_header(file, reader.fdt, length, err);
    if (r == 0)
        r = dt_new(file, &dt);
    if (r == 0) {
        reader.dt = dt;
        r = read_all(&reader);
    }
    if (r == -ENOMEM)
        return error_set(err, r, "out of memory");
    if (r < 0)
        return r;
    *ret_dt = TAKE(dt);
    return 0;
}
