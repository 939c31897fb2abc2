/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_PROGRAM_H
#define SYS_PROGRAM_H

/* Other programs: started without anything of ours, and exactly one process ended. */

#include "proc.h"

struct program {
    const char *path; /* as execvp(3) finds it */
    char *const *argv;
    char *const *env; /* NULL: ours */
    const char *cwd;  /* NULL: ours */
};

/* In a session of its own, its standard streams on /dev/null. -ENOENT and the like when it cannot
 * be executed. Who does not wait for it leaves a zombie until our own end. */
int program_start(const struct program *program, pid_t *ret_pid);

/* Starts it and waits. *ret_status is its exit status, 128 and the signal's number when one ended
 * it. After limit_ms it is killed: -ETIMEDOUT. */
int program_run(const struct program *program, unsigned int limit_ms, int *ret_status);

/* SIGTERM, and SIGKILL after term_ms, to this process and to no other that has its pid by now.
 * -ESRCH: it had ended. -EBUSY: it did not end within 5 s of SIGKILL. */
int program_end(const struct root *root, const struct proc_id *id, unsigned int term_ms);

#endif
