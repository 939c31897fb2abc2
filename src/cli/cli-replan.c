/* SPDX-License-Identifier: Apache-2.0 */
/* Where instances are now, by an earlier plan, and what moving costs. */

#include "cli-replan.h"

#include "change.h"

#include <ctype.h>
#include <string.h>

static int refuse_plan(const char *path, const char *what, struct np_error *err)
{
    error_set(err, -EINVAL, "%s: %s", path, what);
    error_hint(err, "`numaplace plan --json SPEC` prints a plan");
    return -EINVAL;
}

static int read_shares(const json_t *shares, struct current_instance *instance)
{
    size_t i;
    json_t *share;

    json_array_foreach(shares, i, share)
    {
        json_t *node = json_object_get(share, "node"), *bytes = json_object_get(share, "bytes");
        int r;

        if (!json_is_integer(node) || !json_is_integer(bytes) || json_integer_value(node) < 0 ||
            json_integer_value(node) > UINT16_MAX || json_integer_value(bytes) < 0)
            return -EINVAL;
        r = current_add_bytes(instance, (unsigned int)json_integer_value(node),
                              (uint64_t)json_integer_value(bytes));
        if (r < 0)
            return r;
    }
    return json_is_array(shares) ? 0 : -EINVAL;
}

static int read_instance(const json_t *json, struct current *current, struct np_error *err)
{
    const char *name = json_string_value(json_object_get(json, "name"));
    const char *cpus = json_string_value(json_object_get(json, "cpus"));
    autoset hwloc_bitmap_t set = NULL;
    struct current_instance *instance;
    int r;

    if (!name || !cpus || current_find(current, name))
        return -EINVAL;
    instance = current_add(current, name);
    if (!instance)
        return -ENOMEM;
    r = set_parse_list(cpus, &set, err);
    if (r == 0 && hwloc_bitmap_copy(instance->cpus, set) < 0)
        r = -ENOMEM;
    return r < 0 ? r : read_shares(json_object_get(json, "shares"), instance);
}

int cli_current_from_plan(const char *path, struct current **ret_current, struct np_error *err)
{
    autocurrent struct current *current = calloc(1, sizeof(*current));
    json_error_t error;
    autojson json_t *json = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    const json_t *instances = json_object_get(json_object_get(json, "plan"), "instances");
    size_t i;
    json_t *instance;
    int r = 0;

    if (!current)
        return -ENOMEM;
    if (!json) {
        error_set(err, -EINVAL, "%s%s", error.line > 0 ? "not JSON: " : "", error.text);
        error_hint(err, "`numaplace plan --json SPEC` prints a plan");
        if (error.line > 0)
            error_at(err, path, (unsigned int)error.line, (unsigned int)error.column);
        return -EINVAL;
    }
    if (!json_is_array(instances))
        return refuse_plan(path, "there is no plan in it", err);
    json_array_foreach(instances, i, instance)
    {
        r = read_instance(instance, current, err);
        if (r == -EINVAL)
            return refuse_plan(path, "its instances are not as `numaplace plan` writes them", err);
        if (r < 0)
            return r;
    }
    *ret_current = TAKE(current);
    return 0;
}

int cli_current_load(const struct replan_request *request, struct current **ret_current,
                     struct np_error *err)
{
    *ret_current = NULL;
    if (request->from_plan)
        return cli_current_from_plan(request->from_plan, ret_current, err);
    if (request->applied_spec)
        return cli_current_from_applied(request->applied_spec, request->state_dir, ret_current,
                                        err);
    return 0;
}

/* Decimals to millionths, exactly: at most six digits after the point. */
static int parse_millionths(const char *text, const char *end, int64_t *ret_value)
{
    int64_t value = 0;
    int decimals = -1;

    if (text == end)
        return -EINVAL;
    for (; text < end; text++) {
        if (*text == '.' && decimals < 0 && isdigit((unsigned char)text[1])) {
            decimals = 0;
            continue;
        }
        if (!isdigit((unsigned char)*text) || decimals == 6 || value > MOVE_PRICE_MAX)
            return -EINVAL;
        value = value * 10 + (*text - '0');
        decimals += decimals >= 0;
    }
    for (decimals = decimals < 0 ? 0 : decimals; decimals < 6; decimals++) {
        if (value > MOVE_PRICE_MAX)
            return -EINVAL;
        value *= 10;
    }
    *ret_value = value;
    return value > MOVE_PRICE_MAX ? -EINVAL : 0;
}

static int parse_price(const char *text, size_t length, struct move_prices *prices)
{
    const struct {
        const char *name;
        int64_t *price;
    } words[] = {{"bytes", &prices->gib}, {"cpus", &prices->cpu}, {"irqs", &prices->irq}};
    const char *equals = memchr(text, '=', length);

    for (size_t i = 0; equals && i < ARRAY_SIZE(words); i++) {
        if (strlen(words[i].name) == (size_t)(equals - text) &&
            strncmp(text, words[i].name, (size_t)(equals - text)) == 0)
            return parse_millionths(equals + 1, text + length, words[i].price);
    }
    return -EINVAL;
}

int cli_parse_prices(const char *text, struct move_prices *prices, struct np_error *err)
{
    struct move_prices parsed = *prices;

    for (const char *p = text;; p++) {
        size_t length = strcspn(p, ",");

        if (parse_price(p, length, &parsed) < 0) {
            error_set(err, -EINVAL, "\"%.64s\" is no price of moving", text);
            error_hint(err, "write bytes=, cpus= and irqs= with local accesses, 0 to 100000 with "
                            "at most 6 decimals, such as bytes=0.02,cpus=0.001");
            return -EINVAL;
        }
        p += length;
        if (*p == '\0')
            break;
    }
    *prices = parsed;
    return 0;
}
