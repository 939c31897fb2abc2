/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as text and as JSON. */

#include "render-findings.h"

#include "cli.h"
#include "json-util.h"
#include "text.h"

#include <string.h>

static const char *const colours[] = {
    [SEVERITY_NOTE] = "\033[1;36m",
    [SEVERITY_WARNING] = "\033[1;35m",
    [SEVERITY_ERROR] = "\033[1;31m",
};

static void render_severity(const struct finding *finding, const char *word, FILE *stream)
{
    bool colour = cli_colour(stream);

    fprintf(stream, "%s%s%s: ", colour ? colours[finding->severity] : "", word,
            colour ? "\033[0m" : "");
}

static void render_rest(const struct finding *finding, FILE *stream)
{
    fprintf(stream, ": ");
    text_put(stream, finding->fact);
    fprintf(stream, " [%s]\n", finding->code);
}

/* As compilers do: what is wrong stands behind where it is. */
static void render_located(const struct findings *findings, const struct finding *finding,
                           FILE *stream)
{
    if (findings->file && finding->at.line > 0)
        fprintf(stream, "%s:%u:%u: ", mark_file(finding->at, findings->file), finding->at.line,
                finding->at.column);
    render_severity(finding, severity_name(finding->severity), stream);
    text_put(stream, finding->subject);
    render_rest(finding, stream);
    if (finding->way_out)
        fprintf(stream, "  %s\n", finding->way_out);
}

/* As Kerf does, whose users and scripts look for these lines; where it is comes below. */
static void render_as_kerf(const struct findings *findings, const struct finding *finding,
                           FILE *stream)
{
    static const char *const words[] = {
        [SEVERITY_NOTE] = "NOTE",
        [SEVERITY_WARNING] = "WARNING",
        [SEVERITY_ERROR] = "ERROR",
    };
    bool of_host = !finding->is_instance && strcmp(finding->subject, SUBJECT_HOST) == 0;

    render_severity(finding, words[finding->severity], stream);
    if (finding->is_instance)
        fputs("Instance ", stream);
    text_put(stream, of_host ? "Hardware" : finding->subject);
    render_rest(finding, stream);
    if (findings->file && finding->at.line > 0)
        fprintf(stream, "  at %s:%u:%u\n", mark_file(finding->at, findings->file), finding->at.line,
                finding->at.column);
    if (finding->way_out)
        fprintf(stream, "  %s\n", finding->way_out);
}

void render_findings(const struct findings *findings, enum severity least, FILE *stream)
{
    bool as_kerf = findings->format == SPEC_DEVICE_TREE;

    for (unsigned int i = 0; i < findings->n_findings; i++) {
        if (findings->findings[i].severity >= least)
            (as_kerf ? render_as_kerf : render_located)(findings, &findings->findings[i], stream);
    }
}

void render_finding_indented(const struct finding *finding, FILE *stream)
{
    fprintf(stream, "  %s: %s [%s]\n", severity_name(finding->severity), finding->fact,
            finding->code);
    if (finding->way_out)
        fprintf(stream, "    %s\n", finding->way_out);
}

static json_t *json_finding(const struct findings *findings, const struct finding *finding)
{
    bool placed = findings->file && finding->at.line > 0;

    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "code", finding->code, "severity",
                     severity_name(finding->severity), "subject", json_text(finding->subject),
                     "fact", json_text(finding->fact), "way_out", json_text(finding->way_out),
                     "file",
                     placed ? json_text(mark_file(finding->at, findings->file)) : json_null(),
                     "line", placed ? json_integer(finding->at.line) : json_null(), "column",
                     placed ? json_integer(finding->at.column) : json_null());
}

json_t *json_findings(const struct findings *findings)
{
    json_t *json = json_array();

    for (unsigned int i = 0; i < findings->n_findings; i++) {
        if (json_array_append_new(json, json_finding(findings, &findings->findings[i]))) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}
