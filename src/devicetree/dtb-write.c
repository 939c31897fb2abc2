/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree as a blob, by libfdt's sequential functions. Labels stand in /__symbols__ and references
 * are phandles, so that what is read back has both again. What an overlay (dt.plugin) refers to in
 * the tree below it stands in /__fixups__, and what it refers to in itself in /__local_fixups__.
 */

#include "dt-cell.h"
#include "dt-make.h"
#include "dtb-survey.h"
#include "dtb.h"

#include <libfdt.h>
#include <string.h>

#define ROOM_FIRST (64u << 10)

/* A reference to what this tree does not have. */
struct missing {
    const char *label;
    char *place; /* "path:property:offset" */
};

/* A reference of an overlay to a node of itself. */
struct local {
    const struct dt_node *node;
    const struct dt_property *property;
    long offset;
};

struct blob_writer {
    const struct dt *dt;
    struct dtb_survey survey;
    struct missing *missing;
    unsigned int n_missing;
    struct local *local; /* in the order of the tree */
    unsigned int n_local;
    char *blob;
    size_t room;
    struct np_error *err;
};

static void forget_places(struct blob_writer *w)
{
    w->n_local = 0;
    for (unsigned int i = 0; i < w->n_missing; i++)
        free(w->missing[i].place);
    w->n_missing = 0;
}

static void blob_writer_fini(struct blob_writer *w)
{
    dtb_survey_fini(&w->survey);
    forget_places(w);
    free(w->missing);
    free(w->local);
    free(w->blob);
}

/* libfdt's code as ours; -ENOSPC where more room helps. */
static int fdt_code(int code)
{
    return code == 0 ? 0 : code == -FDT_ERR_NOSPACE ? -ENOSPC : -EINVAL;
}

static bool is_in_cell(const struct dt_value *value)
{
    return value->kind == DT_REFERENCE && value->bits > 0;
}

static void put_number(FILE *stream, uint64_t number, int bytes)
{
    while (bytes-- > 0)
        (void)fputc((int)(number >> (8 * bytes) & 0xff), stream);
}

/* Remembers where a reference to another tree stands; all ones stand there. */
static int put_missing(struct blob_writer *w, const struct dt_node *node,
                       const struct dt_property *property, const struct dt_value *value,
                       FILE *stream)
{
    autofree char *path = dt_path(node);
    struct missing *missing;

    if (!path || dt_grow(&w->missing, w->n_missing, sizeof(*missing)) < 0)
        return -ENOMEM;
    missing = &w->missing[w->n_missing];
    missing->label = value->text;
    if (asprintf(&missing->place, "%s:%s:%ld", path, property->name, ftell(stream)) < 0)
        return -ENOMEM;
    w->n_missing++;
    put_number(stream, UINT32_MAX, 4);
    return 0;
}

static int put_local(struct blob_writer *w, const struct dt_node *node,
                     const struct dt_property *property, FILE *stream)
{
    if (dt_grow(&w->local, w->n_local, sizeof(*w->local)) < 0)
        return -ENOMEM;
    w->local[w->n_local++] =
        (struct local){.node = node, .property = property, .offset = ftell(stream)};
    return 0;
}

static int put_reference(struct blob_writer *w, const struct dt_node *node,
                         const struct dt_property *property, const struct dt_value *value,
                         FILE *stream)
{
    const struct dt_node *target = dtb_survey_target(&w->survey, value);
    autofree char *path = NULL;

    if (!target && w->dt->plugin && is_in_cell(value) && value->text[0] != '/')
        return put_missing(w, node, property, value, stream);
    if (!target)
        return dt_fail(w->dt, node, value->at, w->err, "`%s` refers to `%s`, which is not there",
                       property->name, value->text);
    if (is_in_cell(value)) {
        int r = w->dt->plugin ? put_local(w, node, property, stream) : 0;

        put_number(stream, dtb_survey_phandle(&w->survey, target), 4);
        return r;
    }
    path = dt_path(target);
    if (!path)
        return -ENOMEM;
    (void)fwrite(path, 1, strlen(path) + 1, stream); /* memory's end shows when it is closed */
    return 0;
}

static int put_value(struct blob_writer *w, const struct dt_node *node,
                     const struct dt_property *property, unsigned int i, FILE *stream)
{
    const struct dt_value *value = &property->values[i];
    int bytes;

    switch (value->kind) {
    case DT_STRING:
    case DT_BYTES:
        (void)fwrite(value->text, 1, value->size + (value->kind == DT_STRING), stream);
        return 0;
    case DT_REFERENCE:
        return put_reference(w, node, property, value, stream);
    case DT_CELL:
        break;
    }
    bytes = dt_cell_bytes(property, i);
    if (bytes < 0)
        return dt_fail(w->dt, node, value->at, w->err,
                       "`%s` has a number that is too large for its cell", property->name);
    put_number(stream, value->number, bytes);
    return 0;
}

static int put_property(struct blob_writer *w, const struct dt_node *node,
                        const struct dt_property *property)
{
    autofree char *bytes = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&bytes, &size);
    int r = stream ? 0 : -ENOMEM;

    for (unsigned int i = 0; r == 0 && i < property->n_values; i++)
        r = put_value(w, node, property, i, stream);
    if (stream && fclose(stream) != 0 && r == 0)
        r = -ENOMEM;
    return r < 0 ? r : fdt_code(fdt_property(w->blob, property->name, bytes, (int)size));
}

static int begin_node(struct blob_writer *w, const struct dt_node *node)
{
    autofree char *name = NULL;

    if (!node->unit)
        return fdt_code(fdt_begin_node(w->blob, node->name));
    if (asprintf(&name, "%s@%s", node->name, node->unit) < 0) {
        name = NULL;
        return -ENOMEM;
    }
    return fdt_code(fdt_begin_node(w->blob, name));
}

/* All but its end, so that the root can have more. */
static int put_node(struct blob_writer *w, const struct dt_node *node)
{
    uint32_t phandle = dtb_survey_phandle(&w->survey, node);
    int r = begin_node(w, node);

    for (unsigned int i = 0; r == 0 && i < node->n_properties; i++)
        r = put_property(w, node, &node->properties[i]);
    if (r == 0 && phandle && !dt_property(node, "phandle"))
        r = fdt_code(fdt_property_u32(w->blob, "phandle", phandle));
    for (unsigned int i = 0; r == 0 && i < node->n_children; i++) {
        r = put_node(w, node->children[i]);
        if (r == 0)
            r = fdt_code(fdt_end_node(w->blob));
    }
    return r;
}

static bool has_labels(const struct dt_node *node)
{
    bool has = node->labels != NULL;

    for (unsigned int i = 0; !has && i < node->n_children; i++)
        has = has_labels(node->children[i]);
    return has;
}

static int put_labels(struct blob_writer *w, const struct dt_node *node)
{
    autofree char *path = node->labels ? dt_path(node) : NULL;
    int r = node->labels && !path ? -ENOMEM : 0;

    for (char **label = node->labels; r == 0 && label && *label; label++)
        r = fdt_code(fdt_property_string(w->blob, *label, path));
    for (unsigned int i = 0; r == 0 && i < node->n_children; i++)
        r = put_labels(w, node->children[i]);
    return r;
}

static int put_symbols(struct blob_writer *w)
{
    int r;

    if (!has_labels(w->dt->root))
        return 0;
    r = fdt_code(fdt_begin_node(w->blob, "__symbols__"));
    if (r == 0)
        r = put_labels(w, w->dt->root);
    return r < 0 ? r : fdt_code(fdt_end_node(w->blob));
}

static int compare_missing(const void *a, const void *b)
{
    const struct missing *x = a, *y = b;
    int order = strcmp(x->label, y->label);

    return order ? order : strcmp(x->place, y->place);
}

static int put_places(struct blob_writer *w, const struct missing *first, size_t n)
{
    autofree char *bytes = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&bytes, &size);

    if (!stream)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        (void)fwrite(first[i].place, 1, strlen(first[i].place) + 1, stream);
    if (fclose(stream) != 0)
        return -ENOMEM;
    return fdt_code(fdt_property(w->blob, first->label, bytes, (int)size));
}

static int put_fixups(struct blob_writer *w)
{
    int r;

    if (w->n_missing == 0)
        return 0;
    qsort(w->missing, w->n_missing, sizeof(*w->missing), compare_missing);
    r = fdt_code(fdt_begin_node(w->blob, "__fixups__"));
    for (unsigned int i = 0, same; r == 0 && i < w->n_missing; i += same) {
        for (same = 1; i + same < w->n_missing &&
                       strcmp(w->missing[i].label, w->missing[i + same].label) == 0;)
            same++;
        r = put_places(w, &w->missing[i], same);
    }
    return r < 0 ? r : fdt_code(fdt_end_node(w->blob));
}

static bool is_in(const struct dt_node *node, const struct dt_node *top)
{
    while (node && node != top)
        node = node->parent;
    return node != NULL;
}

/* The offsets of one property's references, from local i on; returns in *i where the next begins.
 */
static int put_offsets(struct blob_writer *w, unsigned int *i)
{
    const struct dt_property *property = w->local[*i].property;
    autofree char *bytes = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&bytes, &size);

    if (!stream)
        return -ENOMEM;
    for (; *i < w->n_local && w->local[*i].property == property; ++*i)
        put_number(stream, (uint64_t)w->local[*i].offset, 4);
    if (fclose(stream) != 0)
        return -ENOMEM;
    return fdt_code(fdt_property(w->blob, property->name, bytes, (int)size));
}

/* The shadow of a node in which local i stands, which come in the order of the tree. */
static int put_shadow(struct blob_writer *w, const struct dt_node *node, unsigned int *i)
{
    int r =
        node->parent ? begin_node(w, node) : fdt_code(fdt_begin_node(w->blob, "__local_fixups__"));

    while (r == 0 && *i < w->n_local && w->local[*i].node == node)
        r = put_offsets(w, i);
    for (unsigned int k = 0; r == 0 && k < node->n_children; k++) {
        if (*i < w->n_local && is_in(w->local[*i].node, node->children[k]))
            r = put_shadow(w, node->children[k], i);
    }
    return r < 0 ? r : fdt_code(fdt_end_node(w->blob));
}

static int put_reserved(struct blob_writer *w)
{
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < w->dt->n_reserved; i++) {
        const struct region *region = &w->dt->reserved[i];

        r = fdt_code(fdt_add_reservemap_entry(w->blob, region->base, region->bytes));
    }
    return r < 0 ? r : fdt_code(fdt_finish_reservemap(w->blob));
}

static int put_all(struct blob_writer *w)
{
    unsigned int local = 0;
    uint32_t flags = dtb_survey_has_many_names(&w->survey) ? FDT_CREATE_FLAG_NO_NAME_DEDUP : 0;
    int r = fdt_code(fdt_create_with_flags(w->blob, (int)w->room, flags));

    if (r == 0)
        r = put_reserved(w);
    if (r == 0)
        r = put_node(w, w->dt->root);
    if (r == 0)
        r = put_symbols(w);
    if (r == 0)
        r = put_fixups(w);
    if (r == 0 && w->n_local > 0)
        r = put_shadow(w, w->dt->root, &local);
    if (r == 0)
        r = fdt_code(fdt_end_node(w->blob));
    return r < 0 ? r : fdt_code(fdt_finish(w->blob));
}

/* With more room each time until it is enough. */
static int write_blob(struct blob_writer *w)
{
    int r = -ENOSPC;

    for (w->room = ROOM_FIRST; r == -ENOSPC && w->room <= DT_FILE_BYTES_MAX; w->room *= 2) {
        forget_places(w);
        free(w->blob);
        w->blob = malloc(w->room);
        r = w->blob ? put_all(w) : -ENOMEM;
    }
    return r;
}

int dt_write_blob(const struct dt *dt, char **ret_blob, size_t *ret_size, struct np_error *err)
{
    CLEANUP(blob_writer_fini) struct blob_writer w = {.dt = dt, .err = err};
    int r = dtb_survey_init(&w.survey, dt);

    if (r == 0)
        r = write_blob(&w);
    if (r == -ENOMEM)
        return error_set(err, r, "out of memory");
    if (r == -ENOSPC) {
        (void)error_set(err, -EFBIG, "a blob of this tree would have more than %u bytes",
                        DT_FILE_BYTES_MAX);
        error_at(err, dt->file, 0, 0);
        return -EFBIG;
    }
    if (r < 0)
        return r;
    *ret_size = fdt_totalsize(w.blob);
    *ret_blob = TAKE(w.blob);
    return 0;
}
