/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The script that places a device's interrupts. It needs a shell, ls, sort and sleep. An interrupt
 * is known by its name, among those of the device only; as long as the device is down its
 * interrupts may have none, and then by its place among them, which is its driver's order.
 */

#include "irq-export.h"
#include "set.h"

#include <ctype.h>
#include <string.h>

static const char head[] =
    "wait=${1:-0}\n"
    "net=/sys/class/net/$device\n"
    "status=0\n"
    "\n"
    "complain() {\n"
    "    echo \"$device: $*\" >&2\n"
    "    status=1\n"
    "}\n"
    "\n"
    "is_up() {\n"
    "    read -r flags 2>/dev/null <\"$net/flags\" && [ $((flags & 1)) -eq 1 ]\n"
    "}\n"
    "\n"
    "# Those of virtio are one level up.\n"
    "numbers() {\n"
    "    for list in \"$net/device/msi_irqs\" \"$net/device/../msi_irqs\"; do\n"
    "        [ -d \"$list\" ] && ls \"$list\" && break\n"
    "    done | sort -n\n"
    "}\n"
    "\n"
    "# A line \"NUMBER:NAME\" each, by number.\n"
    "interrupts() {\n"
    "    for number in $(numbers); do\n"
    "        name=\n"
    "        read -r name 2>/dev/null <\"/sys/kernel/irq/$number/actions\"\n"
    "        echo \"$number:$name\"\n"
    "    done\n"
    "}\n"
    "\n"
    "irq() { # PLACE NAME CPU\n"
    "    place=0 number=\n"
    "    for line in $lines; do\n"
    "        place=$((place + 1))\n"
    "        # shellcheck disable=SC2254 # the name is a pattern\n"
    "        case ${line#*:} in\n"
    "        $2) number=${line%%:*} ;;\n"
    "        '') [ \"$place\" -ne \"$1\" ] || number=${number:-${line%%:*}} ;;\n"
    "        esac\n"
    "    done\n"
    "    [ -n \"$number\" ] || { complain \"there is no interrupt $2\" && return; }\n"
    "    { echo \"$3\" >\"/proc/irq/$number/smp_affinity_list\"; } 2>/dev/null ||\n"
    "        complain \"interrupt $number ($2) does not go to CPU $3\"\n"
    "}\n"
    "\n"
    "queue() { # FILE MASK\n"
    "    { echo \"$2\" >\"$net/queues/$1\"; } 2>/dev/null || complain \"$1 does not take $2\"\n"
    "}\n"
    "\n"
    "until is_up || [ \"$wait\" -le 0 ]; do\n"
    "    sleep 1\n"
    "    wait=$((wait - 1))\n"
    "done\n"
    "lines=$(interrupts)\n"
    "set -f\n"
    "IFS='\n"
    "'\n"
    "[ -n \"$lines\" ] || { complain 'it has no interrupts, or is not there'; exit 1; }\n";

/* virtio counts its devices in the order in which they are found. */
static const char *write_virtio(const char *name, FILE *stream)
{
    size_t digits;

    if (strncmp(name, "virtio", 6) != 0)
        return name;
    digits = strspn(name + 6, "0123456789");
    if (digits == 0 || name[6 + digits] != '-')
        return name;
    fputs("virtio*", stream);
    return name + 6 + digits;
}

/* As a quoted pattern of the shell that only this name matches. */
static void write_pattern(const char *name, FILE *stream)
{
    fputc('\'', stream);
    for (name = write_virtio(name, stream); *name; name++) {
        if (strchr("*?[\\", *name))
            fputc('\\', stream);
        if (*name == '\'')
            fputs("'\\''", stream);
        else
            fputc(*name, stream);
    }
    fputc('\'', stream);
}

/* Counted from 1. */
static unsigned int place_of(const struct irq_export_request *request, unsigned int irq)
{
    unsigned int place = 0;

    for (unsigned int i = 0; i < request->interrupts->n_irqs; i++) {
        const struct irq *other = &request->interrupts->irqs[i];

        if (other->irq <= irq && other->device && strcmp(other->device, request->plan->device) == 0)
            place++;
    }
    return place;
}

static int write_irqs(const struct irq_export_request *request, FILE *stream, struct np_error *err)
{
    const struct irq_plan *plan = request->plan;

    for (unsigned int i = 0; i < plan->n_irqs; i++) {
        const struct irq_choice *choice = &plan->irqs[i];

        if (!choice->name[0]) {
            error_set(err, -ENODATA, "interrupt %u of %s has no name now", choice->irq,
                      plan->device);
            error_hint(err, "bring it up first: `ip link set %s up`", plan->device);
            return -ENODATA;
        }
        fprintf(stream, "irq %u ", place_of(request, choice->irq));
        write_pattern(choice->name, stream);
        fprintf(stream, " %d\n", hwloc_bitmap_first(choice->cpus));
    }
    return 0;
}

static int write_queues(const struct irq_plan *plan, FILE *stream)
{
    for (unsigned int i = 0; i < plan->n_queues; i++) {
        const struct queue_choice *choice = &plan->queues[i];
        bool tx = choice->kind == QUEUE_TX;
        autofree char *mask = NULL;

        if (hwloc_bitmap_iszero(choice->cpus))
            continue; /* as it is at boot */
        mask = set_format_mask(choice->cpus);
        if (!mask)
            return -ENOMEM;
        fprintf(stream, "queue %s-%u/%s %s\n", tx ? "tx" : "rx", choice->queue,
                tx ? "xps_cpus" : "rps_cpus", mask);
    }
    return 0;
}

int irq_export_script(const struct irq_export_request *request, char **ret_text,
                      struct np_error *err)
{
    const struct irq_plan *plan = request->plan;
    autofree char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    int r;

    if (!stream)
        return -ENOMEM;
    fprintf(stream,
            "#!/bin/sh\n"
            "# The interrupts and queues of %s: %s.\n"
            "# Written by `numaplace irq export`, which it does not need.\n"
            "# Usage: irq-%s [SECONDS]: how long to wait until the device is up\n"
            "\n"
            "device=%s\n",
            plan->device, plan->reason, plan->device, plan->device);
    fputs(head, stream);
    r = write_irqs(request, stream, err);
    if (r == 0)
        r = write_queues(plan, stream);
    fputs("exit \"$status\"\n", stream);
    if (fclose(stream) != 0 && r == 0)
        r = -ENOMEM;
    if (r == 0)
        *ret_text = TAKE(text);
    return r;
}
