/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of sets. Strict and bounded: a text is understood whole or refused with the part that is
 * wrong. */

#include "set.h"

#include <ctype.h>
#include <string.h>

static int bad_set(const char *text, const char *at, struct np_error *err)
{
    int r = error_set(err, -EINVAL, "\"%.64s\" is not a set: \"%.16s\" is not understood", text,
                      *at ? at : "the end");

    error_hint(err, "write numbers and ranges, such as 0-3,8");
    return r;
}

static int parse_number(const char *text, const char **p, unsigned int *ret, struct np_error *err)
{
    unsigned int value = 0;

    if (!isdigit((unsigned char)**p))
        return bad_set(text, *p, err);
    for (; isdigit((unsigned char)**p); (*p)++) {
        value = value * 10 + (unsigned int)(**p - '0');
        if (value > SET_ID_MAX)
            return error_set(err, -ERANGE, "\"%.64s\" goes beyond %u", text, SET_ID_MAX);
    }
    *ret = value;
    return 0;
}

/* ":stride" takes every stride-th, the kernel's ":used/group" the first used of each group. */
static int parse_stride(const char *text, const char **p, unsigned int *ret_used,
                        unsigned int *ret_group, struct np_error *err)
{
    int r;

    *ret_used = *ret_group = 1;
    if (**p != ':')
        return 0;
    (*p)++;
    r = parse_number(text, p, ret_group, err);
    if (r < 0)
        return r;
    if (**p == '/') {
        (*p)++;
        *ret_used = *ret_group;
        r = parse_number(text, p, ret_group, err);
        if (r < 0)
            return r;
    }
    if (*ret_group == 0 || *ret_used == 0 || *ret_used > *ret_group)
        return error_set(err, -EINVAL, "\"%.64s\" has a stride that selects nothing", text);
    return 0;
}

/* One "a", "a-b" or "a-b:s" into bits; "^" before it takes it away. */
static int parse_range(const char *text, const char **p, hwloc_bitmap_t bits, struct np_error *err)
{
    unsigned int first, last, used, group;
    bool remove = false;
    int r;

    if (**p == '^') {
        remove = true;
        (*p)++;
    }
    r = parse_number(text, p, &first, err);
    if (r < 0)
        return r;
    last = first;
    if (**p == '-') {
        (*p)++;
        r = parse_number(text, p, &last, err);
        if (r < 0)
            return r;
        if (last < first)
            return error_set(err, -EINVAL, "\"%.64s\" has a range that ends before it starts",
                             text);
    }
    r = parse_stride(text, p, &used, &group, err);
    if (r < 0)
        return r;
    for (unsigned int i = first; i <= last; i++) {
        if ((i - first) % group >= used)
            continue;
        if (remove)
            hwloc_bitmap_clr(bits, i);
        else if (hwloc_bitmap_set(bits, i) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int parse_ranges(const char *text, const char *p, bool may_remove, hwloc_bitmap_t bits,
                        struct np_error *err)
{
    int r;

    for (;;) {
        if (*p == '^' && !may_remove)
            return bad_set(text, p, err);
        r = parse_range(text, &p, bits, err);
        if (r < 0)
            return r;
        if (*p == '\0')
            return 0;
        if (*p != ',')
            return bad_set(text, p, err);
        p++;
    }
}

int set_parse_list(const char *text, hwloc_bitmap_t *ret_set, struct np_error *err)
{
    autoset hwloc_bitmap_t bits = hwloc_bitmap_alloc();
    int r;

    if (!bits)
        return -ENOMEM;
    if (*text) {
        r = parse_ranges(text, text, false, bits, err);
        if (r < 0)
            return r;
    }
    *ret_set = TAKE(bits);
    return 0;
}

int set_parse_mask(const char *text, hwloc_bitmap_t *ret_set, struct np_error *err)
{
    autoset hwloc_bitmap_t bits = hwloc_bitmap_alloc();
    const char *p = text;
    size_t n_groups = 1;

    if (!bits)
        return -ENOMEM;
    for (const char *c = text; *c; c++)
        n_groups += *c == ',';
    if (n_groups > (SET_ID_MAX + 1) / 32)
        return error_set(err, -ERANGE, "mask goes beyond %u", SET_ID_MAX);
    for (size_t group = n_groups; group-- > 0;) {
        size_t digits = strspn(p, "0123456789abcdefABCDEF");

        if (digits == 0 || digits > 8 || p[digits] != (group > 0 ? ',' : '\0'))
            return bad_set(text, p, err);
        for (unsigned long v = strtoul(p, NULL, 16), i = 0; v; v >>= 1, i++) {
            if (v & 1 && hwloc_bitmap_set(bits, (unsigned int)(group * 32 + i)) < 0)
                return -ENOMEM;
        }
        p += digits + 1;
    }
    *ret_set = TAKE(bits);
    return 0;
}

/* A long mask without commas, as in 0xffffffffff. */
static int parse_hex(const char *text, const char *digits, hwloc_bitmap_t bits,
                     struct np_error *err)
{
    size_t n = strspn(digits, "0123456789abcdefABCDEF");

    if (n == 0 || digits[n] != '\0')
        return bad_set(text, digits + n, err);
    if (n * 4 > SET_ID_MAX + 1)
        return error_set(err, -ERANGE, "mask goes beyond %u", SET_ID_MAX);
    for (size_t i = 0; i < n; i++) {
        char digit[2] = {digits[n - 1 - i], '\0'};
        unsigned long v = strtoul(digit, NULL, 16);

        for (unsigned int bit = 0; bit < 4; bit++) {
            if (v >> bit & 1 && hwloc_bitmap_set(bits, (unsigned int)(i * 4) + bit) < 0)
                return -ENOMEM;
        }
    }
    return 0;
}

/* "ff,ffffc000" and not "10,11": a group of eight digits, or a letter, says that it is a mask. */
static bool looks_like_mask(const char *text)
{
    size_t run = 0;

    if (text[strspn(text, "0123456789abcdefABCDEF,")] != '\0')
        return false;
    if (strpbrk(text, "abcdefABCDEF"))
        return true;
    for (const char *p = text; *p; p++) {
        run = *p == ',' ? 0 : run + 1;
        if (run == 8)
            return true;
    }
    return false;
}

static int parse_body(const char *text, const char *body, struct set_expr *expr,
                      struct np_error *err)
{
    hwloc_bitmap_t mask;
    int r;

    if (strcmp(body, "all") == 0) {
        expr->all = true;
        return 0;
    }
    if (strcmp(body, "same") == 0) {
        expr->same = true;
        return 0;
    }
    if (strncasecmp(body, "0x", 2) == 0)
        return parse_hex(text, body + 2, expr->bits, err);
    if (!looks_like_mask(body))
        return parse_ranges(text, body, true, expr->bits, err);
    r = set_parse_mask(body, &mask, err);
    if (r < 0)
        return r;
    hwloc_bitmap_free(expr->bits);
    expr->bits = mask;
    return 0;
}

int set_expr_parse(const char *text, struct set_expr *ret_expr, struct np_error *err)
{
    struct set_expr expr = {.bits = hwloc_bitmap_alloc()};
    const char *body = text;
    int r;

    if (!expr.bits)
        return -ENOMEM;
    for (; *body == '!' || *body == '+'; body++) {
        bool *flag = *body == '!' ? &expr.invert : &expr.relative;

        if (*flag)
            break; /* "!!0" says nothing that a person means */
        *flag = true;
    }
    r = parse_body(text, body, &expr, err);
    if (r < 0) {
        set_expr_fini(&expr);
        return r;
    }
    *ret_expr = expr;
    return 0;
}

void set_expr_fini(struct set_expr *expr)
{
    hwloc_bitmap_free(expr->bits);
    expr->bits = NULL;
}

/* The n-th members of universe for each n in bits. */
static int resolve_relative(hwloc_const_bitmap_t bits, hwloc_const_bitmap_t universe,
                            hwloc_bitmap_t set, struct np_error *err)
{
    int member = hwloc_bitmap_first(universe);
    int at = 0;

    for (int n = hwloc_bitmap_first(bits); n != -1; n = hwloc_bitmap_next(bits, n)) {
        for (; at < n && member != -1; at++)
            member = hwloc_bitmap_next(universe, member);
        if (member == -1)
            return error_set(err, -ERANGE, "+%d: only %d are allowed here", n,
                             hwloc_bitmap_weight(universe));
        if (hwloc_bitmap_set(set, (unsigned int)member) < 0)
            return -ENOMEM;
    }
    return 0;
}

int set_expr_resolve(const struct set_expr *expr, hwloc_const_bitmap_t universe,
                     hwloc_bitmap_t *ret_set, struct np_error *err)
{
    autoset hwloc_bitmap_t set = hwloc_bitmap_alloc();
    int r = 0;

    if (!set)
        return -ENOMEM;
    if (expr->same)
        return error_set(err, -EINVAL, "\"same\" refers to nothing here");
    if (expr->all)
        r = hwloc_bitmap_copy(set, universe) < 0 ? -ENOMEM : 0;
    else if (expr->relative)
        r = resolve_relative(expr->bits, universe, set, err);
    else
        r = hwloc_bitmap_copy(set, expr->bits) < 0 ? -ENOMEM : 0;
    if (r < 0)
        return r;
    if (expr->invert && hwloc_bitmap_andnot(set, universe, set) < 0)
        return -ENOMEM;
    *ret_set = TAKE(set);
    return 0;
}

char *set_format(hwloc_const_bitmap_t set)
{
    char *text;

    if (hwloc_bitmap_iszero(set))
        return strdup("");
    return hwloc_bitmap_list_asprintf(&text, set) < 0 ? NULL : text;
}

char *set_format_mask(hwloc_const_bitmap_t set)
{
    unsigned int groups =
        hwloc_bitmap_iszero(set) ? 1 : (unsigned int)hwloc_bitmap_last(set) / 32 + 1;
    size_t size = (size_t)groups * sizeof("ffffffff,") + 1, used = 0;
    char *text = malloc(size);

    for (unsigned int group = groups; text && group-- > 0;) {
        unsigned int bits = 0;

        for (unsigned int i = 0; i < 32; i++)
            bits |= (unsigned int)hwloc_bitmap_isset(set, group * 32 + i) << i;
        used +=
            (size_t)snprintf(text + used, size - used, group + 1 < groups ? ",%08x" : "%x", bits);
    }
    return text;
}

int set_only(hwloc_const_bitmap_t set)
{
    return hwloc_bitmap_weight(set) == 1 ? hwloc_bitmap_first(set) : -1;
}
