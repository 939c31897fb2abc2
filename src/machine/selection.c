/* SPDX-License-Identifier: Apache-2.0 */
/* First numactl's grammar; only a text that it does not have is tried as one of ours. */

#include "selection.h"

#include "locate.h"
#include "set.h"

#include <ctype.h>
#include <string.h>

/* An outcome, not an error: numactl does not have this notation. */
enum {
    NOT_NUMACTL = 1,
};

/* strtoul with base 0 and leading blanks, as numactl reads numbers; but no signs. */
static int parse_number(const char **p, unsigned int *ret, struct np_error *err)
{
    const char *start = *p + strspn(*p, " \t");
    unsigned long value;
    char *end;

    if (!isdigit((unsigned char)*start))
        return NOT_NUMACTL;
    value = strtoul(start, &end, 0);
    if (value > SET_ID_MAX)
        return error_set(err, -ERANGE, "\"%.32s\" goes beyond %u", start, SET_ID_MAX);
    *p = end;
    *ret = (unsigned int)value;
    return 0;
}

/* The n-th of set, -1 when it has fewer. */
static int nth(hwloc_const_bitmap_t set, unsigned int n)
{
    int member = hwloc_bitmap_first(set);

    while (member != -1 && n-- > 0)
        member = hwloc_bitmap_next(set, member);
    return member;
}

/* One end of a range: the id that it means. */
static int parse_end(const struct selection_scope *scope, bool relative, const char **p,
                     unsigned int *ret_id, struct np_error *err)
{
    unsigned int number = 0;
    int member;
    int r = parse_number(p, &number, err);

    if (r != 0)
        return r;
    if (relative) {
        member = nth(scope->granted, number);
        if (member < 0)
            return error_set(err, -ERANGE, "+%u is beyond the %d that are granted here", number,
                             hwloc_bitmap_weight(scope->granted));
        number = (unsigned int)member;
    }
    *ret_id = number;
    return 0;
}

static int add_id(const struct selection_scope *scope, unsigned int id, struct selection *selection)
{
    bool valid = hwloc_bitmap_isset(scope->valid, id);

    return hwloc_bitmap_set(valid ? selection->set : selection->outside, id) < 0 ? -ENOMEM : 0;
}

static int parse_range(const struct selection_scope *scope, bool relative, const char **p,
                       struct selection *selection, struct np_error *err)
{
    unsigned int first, last;
    int r = parse_end(scope, relative, p, &first, err);

    if (r == 0)
        r = add_id(scope, first, selection);
    if (r != 0 || **p != '-')
        return r;
    (*p)++;
    r = parse_end(scope, relative, p, &last, err);
    if (r == 0)
        r = add_id(scope, last, selection);
    if (r == 0 && last < first)
        return error_set(err, -EINVAL, "the range %u-%u ends before it starts", first, last);
    for (unsigned int id = first; r == 0 && id <= last; id++) {
        if (hwloc_bitmap_isset(scope->valid, id))
            r = add_id(scope, id, selection);
    }
    return r;
}

static int add_device(const struct selection_scope *scope, const char *device,
                      struct selection *selection, struct np_error *err)
{
    unsigned int node;
    int r = locate_device(scope->root, device, &node, err);

    selection->exact = false;
    return r < 0 ? r : add_id(scope, node, selection);
}

static int parse_terms(const struct selection_scope *scope, bool relative, const char *p,
                       struct selection *selection, struct np_error *err)
{
    for (;;) {
        int r;

        if (strcmp(p, "all") == 0) { /* replaces what was before it, as in numactl */
            selection->exact = false;
            return hwloc_bitmap_copy(selection->set, scope->granted) < 0 ? -ENOMEM : 0;
        }
        if (scope->root && locate_is_device(p))
            return add_device(scope, p, selection, err);
        r = parse_range(scope, relative, &p, selection, err);
        if (r != 0 || *p == '\0')
            return r;
        if (*p++ != ',')
            return NOT_NUMACTL;
    }
}

static int parse_numactl(const struct selection_scope *scope, const char *text,
                         struct selection *selection, struct np_error *err)
{
    bool invert = *text == '!', relative;
    int r;

    if (!*text)
        return 0; /* the empty set */
    text += invert;
    relative = *text == '+';
    text += relative;
    r = parse_terms(scope, relative, text, selection, err);
    if (r != 0 || !invert)
        return r;
    selection->exact = false;
    return hwloc_bitmap_andnot(selection->set, scope->universe, selection->set) < 0 ? -ENOMEM : 0;
}

static int parse_ours(const struct selection_scope *scope, const char *text,
                      struct selection *selection, struct np_error *err)
{
    autoset hwloc_bitmap_t all = NULL;
    struct set_expr expr;
    int r = set_expr_parse(text, &expr, err);

    if (r < 0)
        return r;
    r = set_expr_resolve(&expr, expr.invert ? scope->universe : scope->granted, &all, err);
    selection->exact = !expr.invert && !expr.all;
    set_expr_fini(&expr);
    if (r < 0)
        return r;
    if (hwloc_bitmap_and(selection->set, all, scope->valid) < 0 ||
        hwloc_bitmap_andnot(selection->outside, all, scope->valid) < 0)
        return -ENOMEM;
    return 0;
}

int selection_parse(const struct selection_scope *scope, const char *text,
                    struct selection *ret_selection, struct np_error *err)
{
    struct selection selection = {
        .set = hwloc_bitmap_alloc(), .outside = hwloc_bitmap_alloc(), .exact = true};
    int r = -ENOMEM;

    if (selection.set && selection.outside)
        r = parse_numactl(scope, text, &selection, err);
    if (r == NOT_NUMACTL)
        r = parse_ours(scope, text, &selection, err);
    if (r < 0) {
        selection_fini(&selection);
        return r;
    }
    *ret_selection = selection;
    return 0;
}

void selection_fini(struct selection *selection)
{
    hwloc_bitmap_free(selection->set);
    hwloc_bitmap_free(selection->outside);
    *selection = (struct selection){0};
}
