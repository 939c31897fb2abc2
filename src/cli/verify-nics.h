/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_VERIFY_NICS_H
#define CLI_VERIFY_NICS_H

/* `numaplace verify` of interrupts and queues: device by device of each transaction. */

#include "verify-session.h"

/* Of the transactions that a placement file asked for; spec_file NULL: of all. Adds to *n how many
 * devices there were. */
int verify_nics(struct verify_session *session, const char *spec_file, unsigned int *n,
                struct np_error *err);

#endif
