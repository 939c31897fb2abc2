/* SPDX-License-Identifier: Apache-2.0 */
/* Device trees, text or blob: a machine is read that does not contradict itself, or is refused with
 * a reason; and one that is read can be written, and read back as the same. */

#include "fuzz.h"

#include "machine-devicetree.h"

static char *write_text(const struct machine *machine, size_t *ret_size)
{
    autodt struct dt *dt = NULL;
    char *text = NULL;
    FILE *stream;

    REQUIRE(machine_to_devicetree(machine, &dt) == 0);
    stream = open_memstream(&text, ret_size);
    REQUIRE(stream && dt_write_text(dt, stream) == 0 && fclose(stream) == 0);
    return text;
}

static struct machine *read_text(const char *text, size_t size)
{
    autodt struct dt *dt = NULL;
    struct machine *machine = NULL;

    REQUIRE(dt_parse("again", text, size, &dt, NULL) == 0);
    REQUIRE(machine_from_devicetree(dt, MACHINE_ALL, &machine, NULL) == 0);
    return machine;
}

static void require_round_trip(const struct machine *machine)
{
    size_t size, size_again;
    autofree char *text = write_text(machine, &size);
    automachine struct machine *again = read_text(text, size);
    autofree char *text_again = write_text(again, &size_again);

    REQUIRE(size == size_again && memcmp(text, text_again, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    automachine struct machine *machine = NULL;
    autodt struct dt *dt = NULL;
    struct np_error err = {0};
    struct devicetree_doubts doubts;
    int r;

    if (dt_parse("fuzz.dts", (const char *)data, size, &dt, NULL) < 0)
        return 0;
    r = machine_from_devicetree(dt, MACHINE_ALL, &machine, &err);
    REQUIRE(devicetree_doubt(dt, &doubts) == 0);
    devicetree_doubts_fini(&doubts);
    if (r < 0) {
        REQUIRE(!machine && err.code == r && err.text[0] && err.file[0]);
        REQUIRE(!dt->text || !devicetree_has_machine(dt) || err.line > 0);
        return 0;
    }
    REQUIRE(machine_check(machine, &err) == 0);
    require_round_trip(machine);
    return 0;
}
