/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A comment beside a size is what its author meant: `<0x0 0x800000000>;  // 16GB` is 32 GiB, and
 * one of the two is wrong. Every size that a comment states is compared; GB is taken as GiB, as
 * everybody writes it here.
 */

#include "spec-devicetree.h"

#include "size.h"

#include <ctype.h>
#include <string.h>

static const char *const size_properties[] = {
    "memory-size", "memory-bytes", "memory-pool-bytes",   "total-bytes",
    "size",        "memory",       "host-reserved-bytes",
};

static bool is_size(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(size_properties); i++) {
        if (strcmp(size_properties[i], name) == 0)
            return true;
    }
    return false;
}

/* The bytes of a unit at *text, which goes behind it; 0 when there is none. */
static double unit_at(const char **text)
{
    static const char letters[] = "KMGTP";
    const char *p = *text, *letter;
    double bytes = 1;

    while (*p == ' ')
        p++;
    letter = *p ? strchr(letters, toupper((unsigned char)*p)) : NULL;
    if (!letter)
        return 0;
    for (const char *l = letters; l <= letter; l++)
        bytes *= 1024;
    p++;
    if (*p == 'i')
        p++;
    if (toupper((unsigned char)*p) == 'B')
        p++;
    if (isalnum((unsigned char)*p))
        return 0; /* a word that begins so: "4 pages", "2 things" */
    *text = p;
    return bytes;
}

struct stated {
    char text[24]; /* as written */
    double bytes;
    bool roughly; /* "~16GB" */
};

/* The next size in a comment, after *text; false when there is none. */
static bool next_stated(const char **text, struct stated *ret)
{
    for (const char *p = *text; *p; p++) {
        const char *begin = p, *end;
        char *after;
        double number, unit;

        if (!isdigit((unsigned char)*p))
            continue;
        number = strtod(p, &after);
        end = after;
        unit = unit_at(&end);
        if (unit > 0 && (p == *text || (!isalnum((unsigned char)p[-1]) && p[-1] != '_'))) {
            ret->bytes = number * unit;
            ret->roughly = begin > *text && begin[-1] == '~';
            (void)snprintf(ret->text, sizeof(ret->text), "%.*s", (int)(end - begin), begin);
            *text = end;
            return true;
        }
        p = after - 1;
    }
    return false;
}

/* "1.9GB" is 1.9 GiB but for the rounding of a tenth. */
static bool is_near(double a, double b, double part)
{
    return a - b <= part * b && b - a <= part * b;
}

static bool agrees(const struct stated *stated, const uint64_t *sizes, unsigned int n)
{
    double part = stated->roughly ? 0.1 : strchr(stated->text, '.') ? 0.03 : 0, sum = 0;

    for (unsigned int i = 0; i < n; i++) {
        if (is_near(stated->bytes, (double)sizes[i], part))
            return true;
        sum += (double)sizes[i];
    }
    return n > 1 && is_near(stated->bytes, sum, part);
}

static bool is_instance(const struct dt_node *node)
{
    const struct dt_node *parent = node->parent;

    return tree_is_bare_instance(node) ||
           (parent->parent && !parent->parent->parent && strcmp(parent->name, "instances") == 0);
}

/* The instance that a property of its resources is of; else the node's path. */
static char *subject_of(const struct dt_node *node)
{
    for (const struct dt_node *n = node; n->parent; n = n->parent) {
        if (is_instance(n))
            return strdup(n->name);
    }
    return dt_path(node);
}

static char *way_out(const struct stated *stated, unsigned int n)
{
    uint64_t bytes;

    if (n != 1 || stated->bytes >= 0x1p64)
        return strdup("correct the numbers or the comment");
    bytes = (uint64_t)stated->bytes;
    return format_text("%s is <0x%llx 0x%llx>: correct the number or the comment", stated->text,
                       (unsigned long long)(bytes >> 32), (unsigned long long)(bytes & UINT32_MAX));
}

static int contradict(const struct tree_reader *reader, const struct dt_node *node,
                      const struct dt_property *property, const struct stated *stated)
{
    autofree uint64_t *sizes = NULL;
    autofree char *subject = subject_of(node);
    struct np_error ignored = {0}; /* whoever reads the property has said so */
    struct stated other;
    const char *rest = property->comment;
    char size[SIZE_TEXT_MAX];
    unsigned int n;
    uint64_t sum = 0;

    if (!subject)
        return -ENOMEM;
    if (dt_get_u64s(reader->dt, node, property, &sizes, &n, &ignored) < 0 || n == 0)
        return 0;
    while (next_stated(&rest, &other)) {
        if (agrees(&other, sizes, n))
            return 0;
    }
    for (unsigned int i = 0; i < n; i++)
        sum += sizes[i];
    return spec_remark(reader->spec, REMARK_COMMENT, subject, property->at,
                       format_text("`%s` is %s, but the comment beside it says %s", property->name,
                                   size_format(sum, size), stated->text),
                       way_out(stated, n));
}

/* A comment contradicts a size when it states some, and none of them is this. */
static int look_at(const struct tree_reader *reader, const struct dt_node *node,
                   const struct dt_property *property)
{
    const char *text = property->comment;
    struct stated first;

    return next_stated(&text, &first) ? contradict(reader, node, property, &first) : 0;
}

static int walk(const struct tree_reader *reader, const struct dt_node *node)
{
    int r = 0;

    for (unsigned int i = 0; i < node->n_properties && r == 0; i++) {
        const struct dt_property *property = &node->properties[i];

        if (property->comment && is_size(property->name))
            r = look_at(reader, node, property);
    }
    for (unsigned int i = 0; i < node->n_children && r == 0; i++)
        r = walk(reader, node->children[i]);
    return r;
}

int tree_remark_comments(const struct tree_reader *reader)
{
    return walk(reader, reader->dt->root);
}
