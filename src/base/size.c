/* SPDX-License-Identifier: Apache-2.0 */
/* Amounts of memory and of traffic as people write them. Decimal fractions are exact: no floating
 * point on the way in. */

#include "size.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct unit {
    const char *name;
    uint64_t bytes;
};

/* What is measured: its units, and how it is talked about. */
struct measure {
    const struct unit *units;
    size_t n_units;
    const char *is_none; /* "... is not an amount of memory" */
    const char *hint;
    const char *too_much;
};

#define TIB (GIB << 10)

static const struct unit size_units[] = {
    {"", 1},      {"B", 1},   {"K", KIB},   {"KiB", KIB}, {"M", MIB},
    {"MiB", MIB}, {"G", GIB}, {"GiB", GIB}, {"T", TIB},   {"TiB", TIB},
};

/* From the largest on. */
static const struct unit rate_units[] = {
    {"TiB/s", TIB}, {"TB/s", UINT64_C(1000000000000)},
    {"GiB/s", GIB}, {"GB/s", 1000000000},
    {"MiB/s", MIB}, {"MB/s", 1000000},
    {"KiB/s", KIB}, {"kB/s", 1000},
    {"B/s", 1},
};

static const struct measure size_measure = {
    .units = size_units,
    .n_units = sizeof(size_units) / sizeof(size_units[0]),
    .is_none = "is not an amount of memory",
    .hint = "write a number and B, KiB, MiB, GiB or TiB, such as 8GiB",
    .too_much = "is more memory than can be",
};

static const struct measure rate_measure = {
    .units = rate_units,
    .n_units = sizeof(rate_units) / sizeof(rate_units[0]),
    .is_none = "is not a bandwidth",
    .hint = "write a number and MiB/s, GiB/s, MB/s or GB/s, such as 12GiB/s",
    .too_much = "is more than any memory gives",
};

static int refuse_text(const struct measure *measure, const char *text, struct np_error *err)
{
    int r = error_set(err, -EINVAL, "\"%.64s\" %s", text, measure->is_none);

    error_hint(err, "%s", measure->hint);
    return r;
}

static uint64_t bytes_of_unit(const struct measure *measure, const char *name)
{
    for (size_t i = 0; i < measure->n_units; i++) {
        if (strcasecmp(name, measure->units[i].name) == 0)
            return measure->units[i].bytes;
    }
    return 0;
}

/* The fraction's digits as bytes: the sum of digit * unit / 10^k, cut to whole bytes. */
static uint64_t fraction_bytes(const char *digits, size_t n_digits, uint64_t unit)
{
    uint64_t scale = 1, value = 0;

    for (size_t i = 0; i < n_digits && i < 6; i++) {
        value = value * 10 + (uint64_t)(digits[i] - '0');
        scale *= 10;
    }
    return value * unit / scale; /* value < 10^6 < 2^20 and unit <= 2^40: no overflow */
}

static int parse(const struct measure *measure, const char *text, uint64_t *ret_bytes,
                 struct np_error *err)
{
    const char *p = text;
    const char *fraction = NULL;
    size_t n_fraction = 0;
    uint64_t whole = 0, unit;

    if (!isdigit((unsigned char)*p))
        return refuse_text(measure, text, err);
    for (; isdigit((unsigned char)*p); p++) {
        if (whole > (UINT64_MAX >> 1) / 10 - 1)
            return error_set(err, -ERANGE, "\"%.64s\" %s", text, measure->too_much);
        whole = whole * 10 + (uint64_t)(*p - '0');
    }
    if (*p == '.') {
        fraction = ++p;
        n_fraction = strspn(p, "0123456789");
        if (n_fraction == 0)
            return refuse_text(measure, text, err);
        p += n_fraction;
    }
    while (*p == ' ')
        p++;
    unit = bytes_of_unit(measure, p);
    if (unit == 0)
        return refuse_text(measure, text, err);
    if (whole >= (UINT64_C(1) << 63) / unit)
        return error_set(err, -ERANGE, "\"%.64s\" %s", text, measure->too_much);
    *ret_bytes = whole * unit + (fraction ? fraction_bytes(fraction, n_fraction, unit) : 0);
    return 0;
}

int size_parse(const char *text, uint64_t *ret_bytes, struct np_error *err)
{
    return parse(&size_measure, text, ret_bytes, err);
}

int rate_parse(const char *text, uint64_t *ret_rate, struct np_error *err)
{
    return parse(&rate_measure, text, ret_rate, err);
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

const char *rate_format(uint64_t rate, char text[SIZE_TEXT_MAX])
{
    size_t length = strlen(size_format(rate, text));

    (void)snprintf(text + length, SIZE_TEXT_MAX - length, "/s"); /* there is room */
    return text;
}

const char *rate_write(uint64_t rate, char text[SIZE_TEXT_MAX])
{
    const struct unit *unit = rate_units;

    while (rate % unit->bytes != 0)
        unit++; /* the last is one byte */
    (void)snprintf(text, SIZE_TEXT_MAX, "%" PRIu64 "%s", rate / unit->bytes, unit->name);
    return text;
}
