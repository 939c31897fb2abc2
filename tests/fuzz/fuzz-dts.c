/* SPDX-License-Identifier: Apache-2.0 */
/* Device trees as text: whatever the bytes, they are a tree whose parts are found by name and where
 * they say, and every accessor answers for every property, or they are refused at a place. */

#include "fuzz.h"

#include "devicetree.h"

static void ask_numbers(const struct dt *dt, const struct dt_node *node,
                        const struct dt_property *property)
{
    uint64_t number, *numbers = NULL;
    uint32_t small;
    unsigned int n;

    if (dt_get_u32(dt, node, property, &small, NULL) >= 0) {
        REQUIRE(dt_get_cells(dt, node, property, 32, &numbers, &n, NULL) == 0);
        REQUIRE(n == 1 && numbers[0] == small);
        free(TAKE(numbers));
    }
    if (dt_get_u64s(dt, node, property, &numbers, &n, NULL) >= 0) {
        REQUIRE((dt_get_u64(dt, node, property, &number, NULL) == 0) == (n == 1));
        REQUIRE(n != 1 || numbers[0] == number);
        free(TAKE(numbers));
    }
    if (dt_get_cells(dt, node, property, 64, &numbers, &n, NULL) >= 0)
        free(TAKE(numbers));
}

static void ask_texts(const struct dt *dt, const struct dt_node *node,
                      const struct dt_property *property)
{
    struct dt_reference *references = NULL;
    const char *text;
    char **texts = NULL;
    unsigned int n;

    if (dt_get_strings(dt, node, property, &texts, NULL) >= 0) {
        REQUIRE((dt_get_string(dt, node, property, &text, NULL) == 0) == !texts[1]);
        REQUIRE(texts[1] || strcmp(texts[0], text) == 0);
        strv_free(texts);
    }
    if (dt_get_references(dt, node, property, &references, &n, NULL) >= 0) {
        for (unsigned int i = 0; i < n; i++)
            REQUIRE(references[i].text || property->values[0].kind == DT_BYTES ||
                    property->values[i].kind == DT_CELL);
        free(references);
    }
}

static void check_property(const struct dt *dt, const struct dt_node *node,
                           const struct dt_property *property)
{
    size_t length = strlen(property->name);

    REQUIRE(dt_property(node, property->name) == property);
    REQUIRE(property->at.line > 0 && property->at.column > 0);
    REQUIRE(property->begin <= property->end && property->end <= dt->length);
    if (property->end > 0) {
        REQUIRE(memcmp(dt->text + property->begin, property->name, length) == 0);
        REQUIRE(dt->text[property->end - 1] == ';');
    }
    for (unsigned int i = 0; i < property->n_values; i++) {
        const struct dt_value *value = &property->values[i];

        REQUIRE((value->kind == DT_CELL) == !value->text);
        REQUIRE(!value->text || value->text[value->size] == '\0');
    }
    ask_numbers(dt, node, property);
    ask_texts(dt, node, property);
}

static void check_node(const struct dt *dt, const struct dt_node *node)
{
    char *path = dt_path(node);

    REQUIRE(path && dt_find(dt, path) == node);
    free(path);
    REQUIRE(node->begin <= node->body && node->body <= node->end && node->end <= dt->length);
    REQUIRE(node->body == 0 || dt->text[node->body - 1] == '{');
    REQUIRE(node->end == 0 || dt->text[node->end - 1] == ';');
    for (char **label = node->labels; label && *label; label++)
        REQUIRE(dt_labelled(dt, *label) == node);
    REQUIRE(!node->phandle || dt_by_phandle(dt, node->phandle) == node);
    for (unsigned int i = 0; i < node->n_properties; i++)
        check_property(dt, node, &node->properties[i]);
    for (unsigned int i = 0; i < node->n_children; i++) {
        REQUIRE(node->children[i]->parent == node);
        check_node(dt, node->children[i]);
    }
}

/* The tree as text; NULL when that is for dtc and has numbers that no cell of its holds. */
static char *written(const struct dt *dt)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    int r = dt_write_text(dt, stream);

    REQUIRE(fclose(stream) == 0);
    if (r == 0)
        return text;
    REQUIRE(r == -EINVAL && !dt->multikernel);
    free(text);
    return NULL;
}

/* What is read and written is read again, and is the same. */
static void check_written(const struct dt *dt)
{
    char *text = written(dt), *again;
    autodt struct dt *same = NULL;

    if (!text)
        return;
    REQUIRE(dt_parse("again.dts", text, strlen(text), &same, NULL) == 0);
    again = written(same);
    REQUIRE(again && strcmp(text, again) == 0);
    free(text);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct np_error err = {0};
    autodt struct dt *dt = NULL;
    int r;

    if (size > 0 && data[0] == 0xd0)
        return 0; /* a blob, maybe: not this target's */
    r = dt_parse("fuzz.dts", (const char *)data, size, &dt, &err);
    if (r < 0) {
        REQUIRE(!dt && err.code == r && err.text[0]);
        REQUIRE(err.line > 0 && err.column > 0);
        return 0;
    }
    check_node(dt, dt->root);
    check_written(dt);
    return 0;
}
