/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERDICT_VERIFY_THREADS_H
#define VERDICT_VERIFY_THREADS_H

#include "verify.h"

/* Holds the CPUs that threads may use against those of the expectation, and counts in verdict those
 * that are in place. Adds thread-elsewhere. 0 or -ENOMEM. */
int verify_threads(struct verdict *verdict, const struct expectation *expectation,
                   const struct observation *observation, struct findings *findings);

#endif
