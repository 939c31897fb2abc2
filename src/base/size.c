/* SPDX-License-Identifier: Apache-2.0 */
/* Amounts of memory as people write them. Decimal fractions are exact: no floating point on the way
 * in. */

#include "size.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    unsigned int shift;
} units[] = {
    {"", 0},     {"B", 0},  {"K", 10},   {"KiB", 10}, {"M", 20},
    {"MiB", 20}, {"G", 30}, {"GiB", 30}, {"T", 40},   {"TiB", 40},
};

static int bad_size(const char *text, struct np_error *err)
{
    int r = error_set(err, -EINVAL, "\"%.64s\" is not an amount of memory", text);

    error_hint(err, "write a number and B, KiB, MiB, GiB or TiB, such as 8GiB");
    return r;
}

static int find_shift(const char *unit, unsigned int *ret_shift)
{
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcasecmp(unit, units[i].name) == 0) {
            *ret_shift = units[i].shift;
            return 0;
        }
    }
    return -EINVAL;
}

/* The fraction's digits as bytes: the sum of digit * unit / 10^k, cut to whole bytes. */
static uint64_t fraction_bytes(const char *digits, size_t n_digits, unsigned int shift)
{
    uint64_t scale = 1, value = 0;

    for (size_t i = 0; i < n_digits && i < 6; i++) {
        value = value * 10 + (uint64_t)(digits[i] - '0');
        scale *= 10;
    }
    return (value << shift) / scale; /* value < 10^6 < 2^20 and shift <= 40: no overflow */
}

int size_parse(const char *text, uint64_t *ret_bytes, struct np_error *err)
{
    const char *p = text;
    const char *fraction = NULL;
    size_t n_fraction = 0;
    uint64_t whole = 0;
    unsigned int shift;

    if (!isdigit((unsigned char)*p))
        return bad_size(text, err);
    for (; isdigit((unsigned char)*p); p++) {
        if (whole > (UINT64_MAX >> 1) / 10 - 1)
            return error_set(err, -ERANGE, "\"%.64s\" is more memory than can be", text);
        whole = whole * 10 + (uint64_t)(*p - '0');
    }
    if (*p == '.') {
        fraction = ++p;
        n_fraction = strspn(p, "0123456789");
        if (n_fraction == 0)
            return bad_size(text, err);
        p += n_fraction;
    }
    while (*p == ' ')
        p++;
    if (find_shift(p, &shift) < 0)
        return bad_size(text, err);
    if (whole >= (UINT64_C(1) << 63) >> shift)
        return error_set(err, -ERANGE, "\"%.64s\" is more memory than can be", text);
    *ret_bytes = (whole << shift) + (fraction ? fraction_bytes(fraction, n_fraction, shift) : 0);
    return 0;
}

const char *size_format(uint64_t bytes, char text[SIZE_TEXT_MAX])
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    unsigned int unit = 0;

    if (bytes == UNKNOWN_U64)
        return strcpy(text, "unknown");
    if (bytes == 0)
        return strcpy(text, "0");
    while (unit + 1 < sizeof(names) / sizeof(names[0]) && bytes >> (10 * (unit + 1)))
        unit++;
    if ((bytes & ((UINT64_C(1) << (10 * unit)) - 1)) == 0)
        (void)snprintf(text, SIZE_TEXT_MAX, "%" PRIu64 " %s", bytes >> (10 * unit), names[unit]);
    else
        (void)snprintf(text, SIZE_TEXT_MAX, "%.1f %s",
                       (double)bytes / (double)(UINT64_C(1) << (10 * unit)), names[unit]);
    return text;
}
