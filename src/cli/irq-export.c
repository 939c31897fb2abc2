/* SPDX-License-Identifier: Apache-2.0 */
/* The files of each format. */

#include "irq-export.h"

#include "set.h"
#include "word.h"

#include <stdarg.h>
#include <string.h>

#define POLICY_DIRECTORY "etc/numaplace/irqbalance.d"

int irq_export_format_from_name(const char *name)
{
    static const char *const names[] = {[IRQ_EXPORT_SYSTEMD] = "systemd",
                                        [IRQ_EXPORT_UDEV] = "udev",
                                        [IRQ_EXPORT_IRQBALANCE_POLICY] = "irqbalance-policy",
                                        NULL};

    return word_find(name, names);
}

/* What no shell, unit or rule takes for something else. */
static int check_name(const char *device, struct np_error *err)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "._@+-";

    if (device[strspn(device, plain)] == '\0')
        return 0;
    error_set(err, -EINVAL, "a device of the name \"%s\" cannot be exported", device);
    error_hint(err, "letters, digits and . _ @ + - are understood in all of these files alike");
    return -EINVAL;
}

/* Both texts from asprintf(3): NULL when out of memory. */
static int add_file(struct irq_export *files, char *path, bool executable, char *text)
{
    files->files[files->n_files++] =
        (struct export_file){.path = path, .executable = executable, .text = text};
    return path && text ? 0 : -ENOMEM;
}

static char *print_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

static char *print_text(const char *format, ...)
{
    char *result;
    va_list args;
    int n;

    va_start(args, format);
    n = vasprintf(&result, format, args);
    va_end(args);
    return n < 0 ? NULL : result;
}

static int add_script(const struct irq_export_request *request, struct irq_export *files,
                      struct np_error *err)
{
    char *text = NULL;
    int r = irq_export_script(request, &text, err);

    return r < 0 ? r
                 : add_file(files, print_text("etc/numaplace/irq-%s", request->plan->device), true,
                            text);
}

/* The unit that systemd has for the device: what is neither letter, digit nor _ . is written as
 * \xXX. NULL when out of memory. */
static char *device_unit(const char *device)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    if (!stream)
        return NULL;
    fputs("sys-subsystem-net-devices-", stream);
    for (const char *p = device; *p; p++) {
        if (strchr("@+-", *p) || (p == device && *p == '.'))
            fprintf(stream, "\\x%02x", (unsigned char)*p);
        else
            fputc(*p, stream);
    }
    fputs(".device", stream);
    if (fclose(stream) == 0)
        return text;
    free(text);
    return NULL;
}

static int add_unit(const char *device, struct irq_export *files)
{
    autofree char *unit = device_unit(device);

    if (!unit)
        return -ENOMEM;
    return add_file(files, print_text("etc/systemd/system/numaplace-irq-%s.service", device), false,
                    print_text("# Written by `numaplace irq export`.\n"
                               "[Unit]\n"
                               "Description=Interrupts and queues of %s on their CPUs\n"
                               "BindsTo=%s\n"
                               "After=%s network.target\n"
                               "\n"
                               "[Service]\n"
                               "Type=oneshot\n"
                               "RemainAfterExit=yes\n"
                               "ExecStart=/bin/sh /etc/numaplace/irq-%s 60\n"
                               "\n"
                               "[Install]\n"
                               "WantedBy=%s\n",
                               device, unit, unit, device, unit));
}

/* A device that gets another name is "moved" to it. */
static int add_rule(const char *device, struct irq_export *files)
{
    return add_file(files, print_text("etc/udev/rules.d/90-numaplace-irq-%s.rules", device), false,
                    print_text("# Written by `numaplace irq export`.\n"
                               "ACTION==\"add|move\", SUBSYSTEM==\"net\", ENV{INTERFACE}==\"%s\", "
                               "RUN+=\"/bin/sh /etc/numaplace/irq-%s\"\n",
                               device, device));
}

/* All of the device's that can be moved are placed, so all are banned: without names, which they
 * may not have yet when they are asked for. */
static int add_policy(const char *device, struct irq_export *files)
{
    return add_file(
        files, print_text(POLICY_DIRECTORY "/%s", device), true,
        print_text(
            "#!/bin/sh\n"
            "# irqbalance asks what to do with an interrupt of the device in directory $1: it "
            "leaves\n"
            "# those of %s alone. 1: this script has nothing to say.\n"
            "# Written by `numaplace irq export`.\n"
            "for net in \"$1/net/%s\" \"$1\"/virtio*/net/%s; do\n"
            "    [ -d \"$net\" ] && echo ban=true && exit 0\n"
            "done\n"
            "exit 1\n",
            device, device, device));
}

static int add_drop_in(const struct irq_export_request *request, struct irq_export *files)
{
    autofree char *banned = set_format(request->banned);
    autofree char *cpus = NULL;

    if (!banned)
        return -ENOMEM;
    if (banned[0])
        cpus =
            print_text("# CPUs that stay free of interrupts, and those that irqbalance leaves free "
                       "when nothing is\n"
                       "# said. It takes one list: where several devices have one, each needs "
                       "all.\n"
                       "Environment=IRQBALANCE_BANNED_CPULIST=%s\n",
                       banned);
    return add_file(
        files,
        print_text("etc/systemd/system/irqbalance.service.d/numaplace-%s.conf",
                   request->plan->device),
        false,
        print_text("# Written by `numaplace irq export`. Where /etc/default/irqbalance or\n"
                   "# /etc/sysconfig/irqbalance sets these, that wins: write them there.\n"
                   "[Service]\n"
                   "Environment=IRQBALANCE_ARGS=--policyscript=/" POLICY_DIRECTORY "\n"
                   "%s",
                   cpus ? cpus : ""));
}

static int make(const struct irq_export_request *request, struct irq_export *files,
                struct np_error *err)
{
    const char *device = request->plan->device;
    int r;

    switch (request->format) {
    case IRQ_EXPORT_SYSTEMD:
        files->next = print_text("systemctl daemon-reload\n"
                                 "systemctl enable --now numaplace-irq-%s.service\n",
                                 device);
        r = add_script(request, files, err);
        return r < 0 ? r : add_unit(device, files);
    case IRQ_EXPORT_UDEV:
        files->next = print_text("udevadm control --reload\n"
                                 "udevadm trigger --action=add /sys/class/net/%s\n",
                                 device);
        r = add_script(request, files, err);
        return r < 0 ? r : add_rule(device, files);
    default:
        files->next = print_text("systemctl daemon-reload\n"
                                 "systemctl try-restart irqbalance.service\n");
        r = add_policy(device, files);
        return r < 0 ? r : add_drop_in(request, files);
    }
}

int irq_export_make(const struct irq_export_request *request, struct irq_export *ret_export,
                    struct np_error *err)
{
    struct irq_export files = {0};
    int r = check_name(request->plan->device, err);

    if (r == 0)
        r = make(request, &files, err);
    if (r == 0 && !files.next)
        r = -ENOMEM;
    if (r < 0) {
        irq_export_fini(&files);
        return r;
    }
    *ret_export = files;
    return 0;
}

void irq_export_fini(struct irq_export *files)
{
    for (unsigned int i = 0; i < files->n_files; i++) {
        free(files->files[i].path);
        free(files->files[i].text);
    }
    free(files->next);
    *files = (struct irq_export){0};
}
