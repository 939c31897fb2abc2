/* SPDX-License-Identifier: Apache-2.0 */
/* One verdict as JSON. */

#include "render-verdict.h"

#include "json-util.h"
#include "render-findings.h"

#include <inttypes.h>

static json_t *json_exempt(const struct verdict *verdict)
{
    json_t *json = json_array();

    for (int i = 0; i < EXEMPT_COUNT; i++) {
        if (verdict->exempt_bytes[i] == 0)
            continue;
        if (json_array_append_new(json, json_pack("{s:s, s:o}", "what", exempt_name((enum exempt)i),
                                                  "bytes", json_bytes(verdict->exempt_bytes[i])))) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}

static json_t *json_by_node(const struct mapping *mapping)
{
    json_t *json = json_array();

    for (unsigned int i = 0; i < mapping->n_by_node; i++) {
        const struct node_pages *here = &mapping->by_node[i];

        if (json_array_append_new(json,
                                  json_node_bytes(here->node, here->pages * mapping->page_bytes))) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}

static json_t *json_worst(const struct verdict *verdict)
{
    json_t *json = json_array();

    for (unsigned int i = 0; i < verdict->n_worst; i++) {
        const struct misplaced *worst = &verdict->worst[i];
        const struct mapping *mapping = worst->mapping;
        char address[20];

        (void)snprintf(address, sizeof(address), "%" PRIx64, mapping->start);
        if (json_array_append_new(
                json, json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:s}", "address", address, "class",
                                mapping_class_name(mapping->class), "policy", mapping->policy,
                                "file", json_text(mapping->file), "bytes", json_bytes(worst->bytes),
                                "by_node", json_by_node(mapping), "reason", worst->reason))) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}

json_t *json_verdict(const struct verdict_report *report)
{
    const struct verdict *verdict = report->verdict;
    const struct observation *observation = report->observation;
    bool known = observation && observation->pages_error == 0;

    return json_pack("{s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:i, s:o, s:o}",
                     "subject", json_text(report->expectation->subject), "pid",
                     observation ? json_integer(observation->id.pid) : json_null(), "command",
                     json_text(observation ? observation->comm : NULL), "in_place",
                     verdict->in_place, "nodes", json_set(verdict->nodes), "judged_bytes",
                     json_bytes(known ? verdict->judged_bytes : UNKNOWN_U64), "in_place_bytes",
                     json_bytes(known ? verdict->in_place_bytes : UNKNOWN_U64), "fallback_bytes",
                     json_bytes(known ? verdict->fallback_bytes : UNKNOWN_U64), "exempt",
                     json_exempt(verdict), "cpus", json_set(report->expectation->cpus), "threads",
                     (int)verdict->n_threads, "threads_in_place", (int)verdict->threads_in_place,
                     "worst", json_worst(verdict), "findings", json_findings(report->findings));
}
