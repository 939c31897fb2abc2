/* SPDX-License-Identifier: Apache-2.0 */
/* Values as jansson wants them. */

#include "json-util.h"

#include "mem.h"
#include "set.h"
#include "size.h"

#include <string.h>

json_t *json_bytes(uint64_t bytes)
{
    /* jansson's integers are signed; no machine has as much memory as would not fit. */
    return bytes == UNKNOWN_U64 ? json_null() : json_integer((json_int_t)bytes);
}

json_t *json_int(int value)
{
    return value == -1 ? json_null() : json_integer(value);
}

json_t *json_flag(int value)
{
    return value == -1 ? json_null() : json_boolean(value);
}

json_t *json_set(hwloc_const_bitmap_t set)
{
    autofree char *text = NULL;

    if (!set)
        return json_null();
    text = set_format(set);
    return text ? json_string(text) : NULL;
}

json_t *json_text(const char *text)
{
    autofree char *ascii = NULL;
    json_t *json;

    if (!text)
        return json_null();
    json = json_string(text);
    if (json)
        return json;
    ascii = strdup(text);
    for (char *c = ascii; c && *c; c++) {
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    }
    return ascii ? json_string(ascii) : NULL;
}

json_t *json_append(json_t *array, json_t *item)
{
    if (array && json_array_append_new(array, item) == 0)
        return array;
    json_decref(array);
    return NULL;
}

json_t *json_node_bytes(unsigned int node, uint64_t bytes)
{
    return json_pack("{s:I, s:o}", "node", (json_int_t)node, "bytes", json_bytes(bytes));
}
