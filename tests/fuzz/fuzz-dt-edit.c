/* SPDX-License-Identifier: Apache-2.0 */
/* Edits of texts: whatever the layout, the text with the edits says what they say; and the diff of
 * any two texts is one of them when there is nothing else. */

#include "fuzz.h"

#include "dt-edit.h"

#define NODES_MAX 6

struct edited {
    const struct dt_node *nodes[NODES_MAX];
    unsigned int n;
};

static bool is_number(const struct dt_node *node, const char *name)
{
    const struct dt_property *property = dt_property(node, name);

    return property && property->n_values == 1 && property->values[0].kind == DT_CELL &&
           property->values[0].number == 7;
}

static bool is_phandle(const char *name)
{
    return strcmp(name, "phandle") == 0 || strcmp(name, "linux,phandle") == 0;
}

/* Of each of the first nodes: sets its first property and a new one, and removes its last. */
static void edit_nodes(struct dt_edits *edits, const struct dt_node *node, struct edited *edited)
{
    unsigned int n = node->n_properties;

    if (edited->n == NODES_MAX || dt_edits_set(edits, node, "new-one", "<7>") < 0)
        return;
    edited->nodes[edited->n++] = node;
    if (n > 0 && !is_phandle(node->properties[0].name))
        (void)dt_edits_set(edits, node, node->properties[0].name, "<7>");
    if (n > 1 && strcmp(node->properties[n - 1].name, "new-one") != 0)
        (void)dt_edits_remove(edits, node, node->properties[n - 1].name);
    for (unsigned int i = 0; i < node->n_children; i++)
        edit_nodes(edits, node->children[i], edited);
}

static void require_edited(const struct edited *edited, const struct dt *dt)
{
    for (unsigned int i = 0; i < edited->n; i++) {
        autofree char *path = dt_path(edited->nodes[i]);
        const struct dt_node *node = dt_find(dt, path);

        REQUIRE(node && is_number(node, "new-one"));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autofree char *text = strndup((const char *)data, size), *after = NULL, *diff = NULL;
    autodtedits struct dt_edits *edits = NULL;
    autodt struct dt *dt = NULL, *again = NULL;
    struct edited edited = {.n = 0};
    struct np_error err;

    REQUIRE(text);
    if (strpbrk(text, "#") || strstr(text, "/inc") || strlen(text) != size ||
        dt_parse("text", text, size, &dt, NULL) < 0)
        return 0;
    REQUIRE(dt_edits_new(dt, &edits) == 0);
    edit_nodes(edits, dt->root, &edited);
    REQUIRE(dt_edits_apply(edits, &after) == 0);
    if (dt_parse("after", after, strlen(after), &again, &err) == 0)
        require_edited(&edited, again);
    else
        REQUIRE(strstr(text, "/delete") || strstr(text, "phandle"));
    REQUIRE(diff_texts("text", text, after, &diff) == 0);
    REQUIRE((diff[0] == '\0') == (strcmp(text, after) == 0));
    return 0;
}
