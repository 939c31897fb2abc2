/* SPDX-License-Identifier: Apache-2.0 */
/* What a property of a tree says, for the parts of the reader of machines. */

#include "devicetree-read.h"

#include "set.h"
#include "word.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

struct mark tree_cell(const struct dt_property *property, unsigned int cell, unsigned int n)
{
    return property->n_values == n ? property->values[cell].at : property->at;
}

struct mark tree_mark(const struct dt_node *node, const char *property)
{
    const struct dt_property *found = dt_property(node, property);

    return found ? found->at : node->at;
}

int tree_u32(const struct tree_reader *reader, const struct dt_node *node, const char *name,
             uint32_t *ret_value)
{
    const struct dt_property *property = dt_property(node, name);

    return property ? dt_get_u32(reader->dt, node, property, ret_value, reader->err) : 0;
}

int tree_u64(const struct tree_reader *reader, const struct dt_node *node, const char *name,
             uint64_t *ret_value)
{
    const struct dt_property *property = dt_property(node, name);

    return property ? dt_get_u64(reader->dt, node, property, ret_value, reader->err) : 0;
}

int tree_string(const struct tree_reader *reader, const struct dt_node *node, const char *name,
                const char **ret_text)
{
    const struct dt_property *property = dt_property(node, name);

    return property ? dt_get_string(reader->dt, node, property, ret_text, reader->err) : 0;
}

int tree_cpus(const struct tree_reader *reader, const struct dt_node *node, const char *name,
              hwloc_bitmap_t *ret_cpus)
{
    const struct dt_property *property = dt_property(node, name);

    return property ? dt_get_cpus(reader->dt, node, property, reader->bits, ret_cpus, reader->err)
                    : 0;
}

int tree_ids(const struct tree_reader *reader, const struct dt_node *node, const char *name,
             hwloc_bitmap_t *ret_ids)
{
    const struct dt_property *property = dt_property(node, name);

    return property ? dt_get_cpus(reader->dt, node, property, 32, ret_ids, reader->err) : 0;
}

int tree_word(const struct tree_reader *reader, const struct dt_node *node, const char *name,
              const struct tree_words *words, unsigned int *ret_value)
{
    const char *known[TREE_WORDS_MAX + 1] = {0};
    const char *text = NULL;
    char list[128];
    int r = tree_string(reader, node, name, &text);

    if (r < 0 || !text)
        return r;
    for (unsigned int i = 0; i < words->n; i++) {
        known[i] = words->name(words->first + i);
        if (strcasecmp(text, known[i]) == 0) {
            *ret_value = words->first + i;
            return 0;
        }
    }
    r = tree_fail(reader, node, tree_mark(node, name), "`%s` is \"%.64s\", which is no %s", name,
                  text, words->what);
    error_hint(reader->err, "it can be %s", word_join(known, list, sizeof(list)));
    return r;
}

/* -1 where text is no decimal number. */
static int64_t decimal(const char *text)
{
    size_t n = text ? strspn(text, "0123456789") : 0;

    return n > 0 && n < 11 && text[n] == '\0' ? strtoll(text, NULL, 10) : -1;
}

int tree_number(const struct tree_reader *reader, const struct dt_node *node, const char *property,
                unsigned int max, unsigned int *ret_number)
{
    int64_t number = decimal(node->unit);
    uint32_t told;
    int r;

    if (property && dt_property(node, property)) {
        r = tree_u32(reader, node, property, &told);
        if (r < 0)
            return r;
        number = told;
    }
    if (number < 0) {
        r = tree_fail(reader, node, node->at, "`%s` has no number", node->name);
        error_hint(reader->err, "write `%s@0`%s%s%s", node->name, property ? ", or `" : "",
                   property ? property : "", property ? " = <0>;` in it" : "");
        return r;
    }
    if (number > max)
        return tree_fail(reader, node, tree_mark(node, property ? property : ""),
                         "`%s` %" PRId64 " is above %u, the highest there can be",
                         property && dt_property(node, property) ? property : node->name, number,
                         max);
    *ret_number = (unsigned int)number;
    return 0;
}

const struct dt_node *tree_numa_nodes(const struct tree_reader *reader)
{
    const struct dt_node *topology = dt_child(reader->resources, "topology");

    return topology ? dt_child(topology, "numa-nodes") : NULL;
}
