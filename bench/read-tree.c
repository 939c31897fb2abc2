/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a device tree and nothing else, looking up each reference in it. read-tree FILE */

#include "devicetree.h"

/* How many references lead to a node, of node and all below it. */
static unsigned long count(const struct dt *dt, const struct dt_node *node)
{
    unsigned long n = 0;

    for (unsigned int i = 0; i < node->n_properties; i++) {
        const struct dt_property *property = &node->properties[i];
        autofree struct dt_reference *references = NULL;
        unsigned int n_references;

        if (property->n_values == 0 || property->values[0].kind != DT_REFERENCE ||
            dt_get_references(dt, node, property, &references, &n_references, NULL) < 0)
            continue;
        for (unsigned int j = 0; j < n_references; j++)
            n += references[j].node != NULL;
    }
    for (unsigned int i = 0; i < node->n_children; i++)
        n += count(dt, node->children[i]);
    return n;
}

int main(int argc, char **argv)
{
    struct np_error err = {0};
    autodt struct dt *dt = NULL;

    if (argc != 2) {
        fprintf(stderr, "usage: read-tree FILE\n");
        return 2;
    }
    if (dt_load(argv[1], &dt, &err) < 0) {
        fprintf(stderr, "read-tree: %s:%u:%u: %s\n", err.file, err.line, err.column, err.text);
        return 2;
    }
    printf("%lu\n", count(dt, dt->root));
    return 0;
}
