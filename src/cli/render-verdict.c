/* SPDX-License-Identifier: Apache-2.0 */
/* One verdict as text: a line that says it all, then the worst and why. */

#include "render-verdict.h"

#include "render-findings.h"
#include "set.h"
#include "text.h"

#include <inttypes.h>

static int print_memory(const struct verdict_report *report, FILE *stream)
{
    const struct verdict *verdict = report->verdict;
    autofree char *nodes = verdict->nodes ? set_format(verdict->nodes) : NULL;
    char in_place[SIZE_TEXT_MAX], judged[SIZE_TEXT_MAX];

    if (verdict->nodes && !nodes)
        return -ENOMEM;
    if (report->observation->pages_error < 0) {
        fprintf(stream, "memory not known");
        return 0;
    }
    fprintf(stream, "%s of %s on ", size_format(verdict->in_place_bytes, in_place),
            size_format(verdict->judged_bytes, judged));
    if (nodes)
        fprintf(stream, "node%s %s", hwloc_bitmap_weight(verdict->nodes) == 1 ? "" : "s", nodes);
    else
        fprintf(stream, "the nodes of its policies");
    return 0;
}

static int print_threads(const struct verdict_report *report, FILE *stream)
{
    autofree char *cpus = NULL;

    if (!report->expectation->cpus)
        return 0;
    cpus = set_format(report->expectation->cpus);
    if (!cpus)
        return -ENOMEM;
    fprintf(stream, ", %u of %u threads on CPUs %s", report->verdict->threads_in_place,
            report->verdict->n_threads, cpus);
    return 0;
}

static void print_worst(const struct misplaced *misplaced, FILE *stream)
{
    const struct mapping *mapping = misplaced->mapping;
    const char *gap = "";
    char size[SIZE_TEXT_MAX];

    fprintf(stream, "    %s of %s at %" PRIx64 "%s", size_format(misplaced->bytes, size),
            mapping_class_name(mapping->class), mapping->start, mapping->file ? " " : "");
    text_put(stream, mapping->file ? mapping->file : "");
    fprintf(stream, " (");
    for (unsigned int i = 0; i < mapping->n_by_node; i++) {
        fprintf(stream, "%snode %u: %s", gap, mapping->by_node[i].node,
                size_format(mapping->by_node[i].pages * mapping->page_bytes, size));
        gap = ", ";
    }
    fprintf(stream, "): %s\n", misplaced->reason);
}

/* Mappings of a hundredth of the worst are told only on request. */
static void print_all_worst(const struct verdict *verdict, bool verbose, FILE *stream)
{
    for (unsigned int i = 0; i < verdict->n_worst; i++) {
        if (verbose || verdict->worst[i].bytes >= verdict->worst[0].bytes / 100)
            print_worst(&verdict->worst[i], stream);
    }
}

static void print_findings(const struct findings *findings, bool verbose, FILE *stream)
{
    for (unsigned int i = 0; i < findings->n_findings; i++) {
        if (verbose || findings->findings[i].severity > SEVERITY_NOTE)
            render_finding_indented(&findings->findings[i], stream);
    }
}

static const char *verdict_text(const struct verdict *verdict)
{
    if (!verdict->in_place)
        return "NOT in place";
    return verdict->fallback_bytes > 0 ? "in place as far as its policy asks" : "in place";
}

int render_verdict(const struct verdict_report *report, bool verbose, FILE *stream)
{
    const struct verdict *verdict = report->verdict;
    int r = 0;

    text_put(stream, report->expectation->subject);
    fprintf(stream, ": ");
    if (report->observation) {
        fprintf(stream, "%s: ", verdict_text(verdict));
        r = print_memory(report, stream);
        if (r == 0)
            r = print_threads(report, stream);
    } else {
        fprintf(stream, "nothing to look at");
        verbose = true; /* a note is the only thing that is said of it */
    }
    fprintf(stream, "\n");
    if (r < 0)
        return r;
    print_findings(report->findings, verbose, stream);
    print_all_worst(verdict, verbose, stream);
    return 0;
}
