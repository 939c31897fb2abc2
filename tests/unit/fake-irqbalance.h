/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_FAKE_IRQBALANCE_H
#define TESTS_UNIT_FAKE_IRQBALANCE_H

/* A process that answers on its socket as irqbalance does, and moves nothing. */

#include "irqbalance.h"
#include "program.h"
#include "set.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

struct fake_irqbalance {
    const char *reply; /* to everything; NULL: as irqbalance does */
    size_t hears;      /* bytes of a command; 0: as version 1.9.2 does */
    bool mute;         /* takes no connection */
    bool named; /* others find it as irqbalance, which tests that run side by side must not */
};

#define FAKE_HEARS 500

static inline void fake_set_bans(char *command, hwloc_bitmap_t bans)
{
    char *end;

    hwloc_bitmap_zero(bans);
    if (strncmp(command, "NONE", 4) == 0)
        return;
    for (unsigned long irq = strtoul(command, &end, 10);;) {
        hwloc_bitmap_set(bans, (unsigned int)irq);
        irq = strtoul(end, &end, 10);
        if (irq == 0)
            return;
    }
}

static inline void fake_answer(const struct fake_irqbalance *fake, int fd, hwloc_bitmap_t bans)
{
    char command[20000] = "";
    ssize_t n = recv(fd, command, fake->hears ? fake->hears : FAKE_HEARS, 0);
    unsigned int irq;

    if (n > 0 && strncmp(command, "settings ban irqs ", 18) == 0)
        fake_set_bans(command + 18, bans);
    if (fake->reply) {
        (void)!write(fd, fake->reply, strlen(fake->reply));
    } else if (n > 0 && strcmp(command, "setup") == 0) {
        dprintf(fd, "SLEEP 10 ");
        hwloc_bitmap_foreach_begin(irq, bans) dprintf(fd, "IRQ %u LOAD 0 DIFF 0 CLASS 0 ", irq);
        hwloc_bitmap_foreach_end();
        dprintf(fd, "BANNED 1,0000000c");
    }
    close(fd);
}

static inline void fake_serve(const struct fake_irqbalance *fake, int ready)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    hwloc_bitmap_t bans = hwloc_bitmap_alloc();
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    int length = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "irqbalance%d.sock",
                          (int)getpid());

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (fake->named)
        prctl(PR_SET_NAME, "irqbalance");
    if (bind(fd, (struct sockaddr *)&address,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)) < 0 ||
        listen(fd, 1) < 0 || write(ready, "", 1) != 1)
        _exit(1);
    while (!fake->mute)
        fake_answer(fake, accept(fd, NULL, NULL), bans);
    for (;;)
        pause();
}

/* The pid of one that listens. */
static inline pid_t fake_irqbalance_start(const struct fake_irqbalance *fake)
{
    int ready[2];
    char byte;
    pid_t pid;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        fake_serve(fake, ready[1]);
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

/* A copy of sleep(1) of irqbalance's name, in directory. It listens to nobody. */
static inline struct proc_id fake_irqbalance_program(const char *directory)
{
    char path[128], command[256];
    struct proc_id id;
    struct root *root;
    struct program program = {
        .path = path,
        .argv = (char *[]){(char[]){"irqbalance"}, (char[]){"1000"}, NULL},
        .env = (char *[]){(char[]){"IRQBALANCE_BANNED_CPULIST=3"}, (char[]){"TOKEN=x"}, NULL},
        .cwd = "/tmp",
    };

    (void)snprintf(path, sizeof(path), "%s/irqbalance", directory);
    (void)snprintf(command, sizeof(command), "cp /usr/bin/sleep %s", path);
    assert_int_equal(system(command), 0);
    assert_int_equal(program_start(&program, &id.pid), 0);
    assert_int_equal(root_open("/", &root, NULL), 0);
    assert_int_equal(proc_identify(root, id.pid, &id), 0);
    (void)root_free(root);
    return id;
}

static inline void fake_irqbalance_end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

#endif
