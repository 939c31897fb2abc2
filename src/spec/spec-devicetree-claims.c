/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The devices of an instance. Kerf names a part of one by a label that ends in _vf<N> or _ns<N>,
 * by a node at the root that such a label stands at, by a device's own label, and in what it writes
 * itself by names and PCI addresses. A tree that lists devices must have the one that is meant; one
 * that lists none leaves that to the machine.
 */

#include "spec-devicetree.h"

#include "machine-devicetree.h"

#include <ctype.h>
#include <string.h>

static const struct dt_node *devices_of(const struct dt *dt)
{
    return dt_find(dt, "/resources/devices");
}

bool tree_is_device_reference(const struct dt_node *node)
{
    return dt_property(node, "parent") &&
           (dt_property(node, "vf-id") || dt_property(node, "namespace-id"));
}

static bool has_label(const struct dt_node *node, const char *label)
{
    for (char **l = node->labels; l && *l; l++) {
        if (strcmp(*l, label) == 0)
            return true;
    }
    return false;
}

/* In Kerf's own blobs devices are called by PCI address. */
static bool is_called(const struct dt_node *device, const char *text, const char *name)
{
    const struct dt_property *pci = dt_property(device, "pci-id");

    if (strcmp(name, text) == 0 || has_label(device, text))
        return true;
    return pci && pci->n_values == 1 && pci->values[0].text &&
           pci->values[0].size >= strlen(text) && strcmp(pci->values[0].text, text) == 0;
}

static bool lists_devices(const struct tree_reader *reader)
{
    const struct dt_node *devices = devices_of(reader->base);

    return devices && devices->n_children > 0;
}

/* The name of the device that text calls. *ret_name stays NULL where the tree has none such. */
static int find_device(const struct tree_reader *reader, const char *text, char **ret_name)
{
    const struct dt_node *devices = devices_of(reader->base);

    if (!lists_devices(reader)) {
        *ret_name = strdup(text);
        return *ret_name ? 0 : -ENOMEM;
    }
    for (unsigned int i = 0; i < devices->n_children; i++) {
        autofree char *name = devicetree_device_name(devices->children[i]);

        if (!name)
            return -ENOMEM;
        if (is_called(devices->children[i], text, name)) {
            *ret_name = TAKE(name);
            return 0;
        }
    }
    return 0;
}

/* "eth0_vf1" is eth0, VF 1. false where text does not end so. */
static bool split_part(const char *text, size_t *ret_length, struct claim *claim)
{
    size_t digits = strlen(text);

    while (digits > 0 && isdigit((unsigned char)text[digits - 1]))
        digits--;
    if (digits < 4 || text[digits] == '\0' || strlen(text + digits) > 9)
        return false;
    if (strncmp(text + digits - 3, "_vf", 3) == 0)
        claim->kind = CLAIM_VF;
    else if (strncmp(text + digits - 3, "_ns", 3) == 0)
        claim->kind = CLAIM_NAMESPACE;
    else
        return false;
    claim->number = (unsigned int)strtoul(text + digits, NULL, 10);
    *ret_length = digits - 3;
    return true;
}

/* By the words alone: "eth0", "0000:01:00.0", "eth0_vf1" unless a device is called so. */
static int claim_by_words(const struct tree_reader *reader, const char *text, struct claim *claim)
{
    autofree char *prefix = NULL;
    size_t length;
    bool is_part = split_part(text, &length, claim);

    if (!is_part || lists_devices(reader)) {
        int r = find_device(reader, text, &claim->device);

        if (r < 0 || claim->device)
            claim->kind = CLAIM_WHOLE;
        if (r < 0 || claim->device || !is_part)
            return r;
    }
    prefix = strndup(text, length);
    return prefix ? find_device(reader, prefix, &claim->device) : -ENOMEM;
}

/* The device that a reference node is a part of. Kerf's blobs say it as text. */
static int read_parent(const struct tree_reader *reader, const struct dt_node *node,
                       char **ret_device)
{
    const struct dt_property *parent = dt_property(node, "parent");
    autofree struct dt_reference *references = NULL;
    struct np_error ignored = {0};
    const char *text;
    unsigned int n = 0;
    int r;

    if (dt_get_references(reader->base, node, parent, &references, &n, &ignored) == 0 && n == 1 &&
        references[0].node) {
        if (references[0].node->parent != devices_of(reader->base))
            return 0;
        *ret_device = devicetree_device_name(references[0].node);
        return *ret_device ? 0 : -ENOMEM;
    }
    if (n == 1 && references[0].text)
        return find_device(reader, references[0].text, ret_device);
    r = dt_get_string(reader->base, node, parent, &text, reader->err);
    return r < 0 ? r : find_device(reader, text, ret_device);
}

static int claim_of_reference_node(const struct tree_reader *reader, const struct dt_node *node,
                                   struct claim *claim)
{
    const struct dt_property *vf = dt_property(node, "vf-id");
    int r = dt_get_u32(reader->base, node, vf ? vf : dt_property(node, "namespace-id"),
                       &claim->number, reader->err);

    claim->kind = vf ? CLAIM_VF : CLAIM_NAMESPACE;
    return r < 0 ? r : read_parent(reader, node, &claim->device);
}

static int claim_of_node(const struct tree_reader *reader, const struct dt_node *node,
                         struct claim *claim)
{
    if (tree_is_device_reference(node))
        return claim_of_reference_node(reader, node, claim);
    if (node->parent != devices_of(reader->base))
        return 0; /* it leads to no device */
    claim->device = devicetree_device_name(node);
    return claim->device ? 0 : -ENOMEM;
}

/* Kerf's blobs have no labels: the node at the root is called as its label was. */
static const struct dt_node *reference_node(const struct dt *dt, const char *text)
{
    const struct dt_node *node = dt_labelled(dt, text);

    if (node)
        return node;
    node = dt_child(dt->root, text);
    return node && tree_is_device_reference(node) ? node : NULL;
}

static int fill_claim(const struct tree_reader *reader, const char *text, struct claim *claim)
{
    const struct dt_node *node = reference_node(reader->base, text);

    claim->text = strdup(text);
    if (!claim->text)
        return -ENOMEM;
    return node ? claim_of_node(reader, node, claim) : claim_by_words(reader, text, claim);
}

int tree_claim_of_text(const struct tree_reader *reader, const char *text, struct mark at,
                       struct claim *ret_claim)
{
    struct claim claim = {.at = at};
    int r = fill_claim(reader, text, &claim);

    if (r < 0)
        claim_fini(&claim);
    else
        *ret_claim = claim;
    return r;
}

/* A phandle has no words, and a path is none: what they lead to has a name. */
static int claim_of_target(const struct tree_reader *reader, const struct dt_reference *reference,
                           struct claim *claim)
{
    claim->at = reference->at;
    if (!reference->node) {
        claim->text = reference->text
                          ? strdup(reference->text)
                          : format_text("phandle 0x%llx", (unsigned long long)reference->phandle);
        return claim->text ? 0 : -ENOMEM;
    }
    claim->text = reference->node->labels && reference->node->labels[0]
                      ? strdup(reference->node->labels[0])
                      : dt_path(reference->node);
    return claim->text ? claim_of_node(reader, reference->node, claim) : -ENOMEM;
}

static int add_claims(struct instance *instance, unsigned int n)
{
    struct claim *claims =
        reallocarray(instance->claims, instance->n_claims + n + 1, sizeof(*claims));

    if (!claims)
        return -ENOMEM;
    instance->claims = claims;
    for (unsigned int i = 0; i < n; i++)
        claims[instance->n_claims + i] = (struct claim){0};
    return 0;
}

static int read_references(const struct tree_reader *reader, const struct dt_node *node,
                           const struct dt_property *property, struct instance *instance)
{
    autofree struct dt_reference *references = NULL;
    unsigned int n;
    int r = dt_get_references(reader->dt, node, property, &references, &n, reader->err);

    if (r == 0)
        r = add_claims(instance, n);
    for (unsigned int i = 0; i < n && r == 0; i++) {
        struct claim *claim = &instance->claims[instance->n_claims++];

        if (references[i].text && references[i].text[0] != '/')
            r = tree_claim_of_text(reader, references[i].text, references[i].at, claim);
        else
            r = claim_of_target(reader, &references[i], claim);
    }
    return r;
}

static int read_names(const struct tree_reader *reader, const struct dt_node *node,
                      const struct dt_property *property, struct instance *instance)
{
    autostrv char **names = NULL;
    unsigned int n = 0;
    int r = dt_get_strings(reader->dt, node, property, &names, reader->err);

    if (r < 0)
        return r;
    while (names[n])
        n++;
    r = add_claims(instance, n);
    for (unsigned int i = 0; i < n && r == 0; i++)
        r = tree_claim_of_text(reader, names[i],
                               property->n_values == n ? property->values[i].at : property->at,
                               &instance->claims[instance->n_claims++]);
    return r;
}

int tree_read_claims(const struct tree_reader *reader, const struct dt_node *resources,
                     struct instance *instance)
{
    const struct dt_property *devices = dt_property(resources, "devices");
    const struct dt_property *names = dt_property(resources, "device-names");
    int r = 0;

    if (devices || names) {
        instance->at[KEY_CLAIMS] = devices ? devices->at : names->at;
        instance->said |= 1u << KEY_CLAIMS;
    }
    if (devices && devices->n_values > 0 && devices->values[0].kind == DT_STRING)
        r = read_names(reader, resources, devices, instance);
    else if (devices)
        r = read_references(reader, resources, devices, instance);
    return r == 0 && names ? read_names(reader, resources, names, instance) : r;
}
