/* SPDX-License-Identifier: Apache-2.0 */
/* Cells as a blob holds them. */

#include "dt-cell.h"

static bool is_in_cells(const struct dt_value *value)
{
    return value->kind == DT_CELL || (value->kind == DT_REFERENCE && value->bits > 0);
}

bool dt_cell_continues(const struct dt_property *property, unsigned int i)
{
    const struct dt_value *value = &property->values[i];

    return i > 0 && is_in_cells(value) && is_in_cells(value - 1) && value->group == value[-1].group;
}

static bool is_oversized(const struct dt_value *value)
{
    return value->kind == DT_CELL && value->bits == 32 && value->number > UINT32_MAX;
}

static bool is_plain_zero(const struct dt_value *value)
{
    return value->kind == DT_CELL && value->bits == 32 && value->number == 0;
}

static int oversized_bytes(const struct dt_property *property, unsigned int i)
{
    bool ends = i + 1 == property->n_values || !dt_cell_continues(property, i + 1);

    if (!dt_cell_continues(property, i))
        return ends ? 8 : -EINVAL;
    return is_plain_zero(&property->values[i - 1]) ? 8 : -EINVAL;
}

static bool is_high_half(const struct dt_property *property, unsigned int i)
{
    return is_plain_zero(&property->values[i]) && i + 1 < property->n_values &&
           dt_cell_continues(property, i + 1) && is_oversized(&property->values[i + 1]);
}

int dt_cell_bytes(const struct dt_property *property, unsigned int i)
{
    const struct dt_value *value = &property->values[i];

    if (is_oversized(value))
        return oversized_bytes(property, i);
    if (is_high_half(property, i))
        return 0;
    if (value->kind == DT_CELL && value->bits < 64 && value->number >> value->bits)
        return -EINVAL;
    return (int)value->bits / 8;
}
