/* SPDX-License-Identifier: Apache-2.0 */
/* Signals that ask to end become a number that the work looks at between its steps. */

#include "stop-signals.h"

#include "mem.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t stop;
static const char *line;

static void ask_to_stop(int signal)
{
    int saved = errno;

    if (!stop)
        (void)!write(STDERR_FILENO, line, strlen(line)); /* nobody left to tell otherwise */
    stop = signal;
    errno = saved;
}

const volatile sig_atomic_t *stop_signals_catch(const char *promise)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction catch = {.sa_handler = ask_to_stop, .sa_flags = SA_RESTART};

    line = promise;
    for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
        struct sigaction now;

        /* Neither can fail for these signals. */
        if (sigaction(signals[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            (void)sigaction(signals[i], &catch, NULL);
    }
    return &stop;
}
