/* SPDX-License-Identifier: Apache-2.0 */
/* Placement files: whatever the bytes, they are read or refused at a place in the file. */

#include "fuzz.h"

#include "spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autospec struct spec *spec = NULL;
    struct np_error err = {0};
    int r = spec_parse("fuzz.yaml", (const char *)data, size, &spec, &err);

    if (r < 0) {
        REQUIRE(!spec && err.code == r && err.text[0]);
        REQUIRE(err.line > 0 && err.column > 0);
        return 0;
    }
    REQUIRE(spec->n_instances > 0);
    for (unsigned int i = 0; i < spec->n_instances; i++) {
        const struct instance *instance = &spec->instances[i];

        REQUIRE(spec_instance(spec, instance->name) == instance);
        REQUIRE(instance->at[KEY_NAME].line > 0);
        REQUIRE((instance->target == TARGET_RUN) == (instance->run != NULL));
        REQUIRE(!instance->cpus_given || instance->cpu_count == 0);
    }
    return 0;
}
