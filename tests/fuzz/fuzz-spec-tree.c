/* SPDX-License-Identifier: Apache-2.0 */
/* Placement from device trees, in text and in blob: whatever the bytes, they are read or refused
 * with a message, and what was read can be written in both formats. */

#include "fuzz.h"

#include "spec-convert.h"

/* What is written as a tree can be read again. */
static void write_and_read(const struct spec *spec)
{
    autolosses struct losses losses = {0};
    autospec struct spec *again = NULL;
    autodt struct dt *dt = NULL;
    struct np_error err = {0};
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    REQUIRE(stream && dt_new("fuzz.dts", &dt) == 0);
    REQUIRE(spec_to_devicetree(spec, dt, &losses) == 0);
    REQUIRE(dt_write_text(dt, stream) == 0 && fclose(stream) == 0);
    REQUIRE(spec_parse("fuzz.dts", text, size, &again, &err) == 0);
    REQUIRE(again->n_instances == spec->n_instances);
    for (unsigned int i = 0; i < spec->n_instances; i++) {
        REQUIRE(strcmp(again->instances[i].name, spec->instances[i].name) == 0);
        REQUIRE(again->instances[i].memory_bytes == spec->instances[i].memory_bytes);
        REQUIRE(again->instances[i].n_claims == spec->instances[i].n_claims);
    }
    free(text);
}

static void write_yaml(const struct spec *spec)
{
    autolosses struct losses losses = {0};
    char *text = NULL;

    REQUIRE(spec_to_yaml(spec, &text, &losses) == 0 && text);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autospec struct spec *spec = NULL;
    struct np_error err = {0};
    int r = spec_parse("fuzz.dts", (const char *)data, size, &spec, &err);

    if (r < 0) {
        REQUIRE(!spec && err.code == r && err.text[0]);
        return 0;
    }
    for (unsigned int i = 0; i < spec->n_instances; i++)
        REQUIRE(!spec->instances[i].cpus_given || spec->instances[i].cpu_count == 0);
    for (unsigned int i = 0; i < spec->n_remarks; i++)
        REQUIRE(spec->remarks[i].subject[0] && spec->remarks[i].fact[0]);
    write_and_read(spec);
    write_yaml(spec);
    return 0;
}
