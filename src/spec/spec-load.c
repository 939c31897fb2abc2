/* SPDX-License-Identifier: Apache-2.0 */
/* From files to a spec: which format it is, and what is laid over it. */

#include "spec-devicetree.h"
#include "spec-read.h"

#include <fcntl.h>
#include <string.h>

enum { FILE_BYTES_MAX = 1 << 20 };

/* At most FILE_BYTES_MAX + 1 bytes: one more tells that it is too large. */
static int read_file(int fd, char *text, size_t *ret_length)
{
    size_t length = 0;

    while (length <= FILE_BYTES_MAX) {
        ssize_t n = read(fd, text + length, FILE_BYTES_MAX + 1 - length);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        length += (size_t)n;
    }
    *ret_length = length;
    return 0;
}

static int load_yaml(const char *path, struct spec **ret_spec, struct np_error *err)
{
    autofree char *text = malloc(FILE_BYTES_MAX + 1);
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t length = 0;
    int r;

    if (!text)
        return -ENOMEM;
    if (fd < 0)
        return error_set(err, -errno, "cannot open \"%.200s\": %s", path, strerror(errno));
    r = read_file(fd, text, &length);
    if (r < 0)
        return error_set(err, r, "cannot read \"%.200s\": %s", path, strerror(-r));
    if (length > FILE_BYTES_MAX) {
        (void)error_set(err, -EFBIG, "the file is larger than 1 MiB");
        error_hint(err, "no placement file is: is this the right one?");
        error_at(err, path, 1, 1);
        return -EFBIG;
    }
    if (dt_begins_as_tree(text, length)) {
        r = error_set(err, -EINVAL, "\"%.200s\" is a device tree, but no regular file", path);
        error_hint(err, "write it into a file first: a tree may be read more than once");
        return r;
    }
    return spec_from_yaml(path, text, length, ret_spec, err);
}

static int spec_new(const char *file, unsigned int n_trees, struct spec **ret_spec)
{
    autospec struct spec *spec = calloc(1, sizeof(*spec));

    if (!spec)
        return -ENOMEM;
    spec->format = SPEC_DEVICE_TREE;
    spec->file = strdup(file);
    spec->trees = calloc(n_trees + 1, sizeof(*spec->trees));
    if (!spec->file || !spec->trees)
        return -ENOMEM;
    *ret_spec = TAKE(spec);
    return 0;
}

/* Every mark below node says its file from now on. */
static void name_file(struct dt_node *node, const char *file)
{
    node->at.file = mark_file(node->at, file);
    for (unsigned int i = 0; i < node->n_properties; i++) {
        struct dt_property *property = &node->properties[i];

        property->at.file = mark_file(property->at, file);
        for (unsigned int j = 0; j < property->n_values; j++)
            property->values[j].at.file = mark_file(property->values[j].at, file);
    }
    for (unsigned int i = 0; i < node->n_children; i++)
        name_file(node->children[i], file);
}

/* Kerf's overlays are operations in fragments without a target: there is nothing to merge. */
static bool has_operations_only(const struct dt *overlay)
{
    const struct dt_node *root = overlay->root;

    for (unsigned int i = 0; i < root->n_children; i++) {
        const struct dt_node *child = root->children[i];

        if (!dt_child(child, "__overlay__") || dt_property(child, "target") ||
            dt_property(child, "target-path"))
            return false;
    }
    return true;
}

static int load_overlay(const char *path, struct dt *base, struct dt **ret_dt, struct np_error *err)
{
    autodt struct dt *overlay = NULL;
    int r = dt_load(path, &overlay, err);

    if (r == 0 && !has_operations_only(overlay))
        r = dt_overlay(base, overlay, err);
    if (r < 0)
        return r;
    name_file(overlay->root, overlay->file);
    *ret_dt = TAKE(overlay);
    return 0;
}

int spec_load_overlaid(const char *path, char *const *overlays, struct spec **ret_spec,
                       struct np_error *err)
{
    autospec struct spec *spec = NULL;
    unsigned int n = 0;
    int r;

    while (overlays && overlays[n])
        n++;
    if (!dt_is_tree(path) && n > 0) {
        r = error_set(err, -EINVAL, "%.200s is no device tree, so \"%.200s\" cannot lie over it",
                      path, overlays[0]);
        error_hint(err, "numaplace convert --to dts makes a tree of a placement file");
        return r;
    }
    if (!dt_is_tree(path))
        return load_yaml(path, ret_spec, err);
    r = spec_new(path, n + 1, &spec);
    if (r == 0)
        r = dt_load(path, &spec->trees[0], err);
    for (unsigned int i = 0; i < n && r == 0; i++)
        r = load_overlay(overlays[i], spec->trees[0], &spec->trees[i + 1], err);
    if (r == 0)
        r = spec_from_devicetrees(spec, err);
    if (r == 0)
        *ret_spec = TAKE(spec);
    return r;
}

int spec_load(const char *path, struct spec **ret_spec, struct np_error *err)
{
    return spec_load_overlaid(path, NULL, ret_spec, err);
}

int spec_parse(const char *file, const char *text, size_t length, struct spec **ret_spec,
               struct np_error *err)
{
    autospec struct spec *spec = NULL;
    int r;

    if (!dt_is_tree(file))
        return spec_from_yaml(file, text, length, ret_spec, err);
    r = spec_new(file, 1, &spec);
    if (r == 0)
        r = dt_parse(file, text, length, &spec->trees[0], err);
    if (r == 0)
        r = spec_from_devicetrees(spec, err);
    if (r == 0)
        *ret_spec = TAKE(spec);
    return r;
}
