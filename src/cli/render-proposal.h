/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RENDER_PROPOSAL_H
#define CLI_RENDER_PROPOSAL_H

#include "proposal.h"

/* What would be changed and why, a line a change, and the diff; or what stays wrong. */
void render_proposal(const struct proposal *proposal, FILE *stream);

/* {"changes": [...], "diff": "...", "unmet": [...], "findings": [...]}; NULL when out of memory. */
json_t *json_proposal(const struct proposal *proposal);

#endif
