/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_STOP_SIGNALS_H
#define CLI_STOP_SIGNALS_H

/* Ctrl-C and its kin, for work that must not be left half done. */

#include <signal.h>

/* From now on SIGINT, SIGTERM and SIGHUP do not end the program: the first of them says promise, a
 * line that must outlive the program, on standard error and sets what is returned to its number.
 * What is ignored already stays so (nohup). */
const volatile sig_atomic_t *stop_signals_catch(const char *promise);

#endif
