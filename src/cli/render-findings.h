/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RENDER_FINDINGS_H
#define CLI_RENDER_FINDINGS_H

/* Findings as text and as JSON: check and verify print them alike. */

#include "finding.h"

#include <jansson.h>
#include <stdio.h>

/* Those of at least this severity, each as "error: subject: fact [code]", with its place in the
 * file when it has one and the way out below; those of a device tree in Kerf's form. */
void render_findings(const struct findings *findings, enum severity least, FILE *stream);

/* One without its subject, as "  error: fact [code]", for a list that is about one subject. */
void render_finding_indented(const struct finding *finding, FILE *stream);

/* An array of all. NULL when out of memory. */
json_t *json_findings(const struct findings *findings);

#endif
