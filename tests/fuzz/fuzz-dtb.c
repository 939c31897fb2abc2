/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs: what is read can be written, as text and as blob, and is the same when read again; and
 * any of them may be laid over another. */

#include "fuzz.h"

#include "devicetree.h"

struct blob {
    char *bytes;
    size_t size;
};

static struct blob to_blob(const struct dt *dt)
{
    struct blob blob;

    REQUIRE(dt_write_blob(dt, &blob.bytes, &blob.size, NULL) == 0);
    return blob;
}

static struct dt *read_bytes(const char *bytes, size_t size)
{
    struct dt *dt;

    REQUIRE(dt_parse("again", bytes, size, &dt, NULL) == 0);
    return dt;
}

static struct dt *through_text(const struct dt *dt)
{
    autofree char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    REQUIRE(stream && dt_write_text(dt, stream) == 0 && fclose(stream) == 0);
    return read_bytes(text, size);
}

static void require_blob(const struct dt *dt, const struct blob *wanted)
{
    struct blob blob = to_blob(dt);

    REQUIRE(blob.size == wanted->size && memcmp(blob.bytes, wanted->bytes, blob.size) == 0);
    free(blob.bytes);
}

static void require_round_trip(const struct dt *dt)
{
    struct blob blob = to_blob(dt);
    autodt struct dt *read = read_bytes(blob.bytes, blob.size), *text = through_text(read);

    require_blob(read, &blob);
    require_blob(text, &blob);
    free(blob.bytes);
}

static void try_overlay(const struct dt *overlay)
{
    static const char base_text[] =
        "/dts-v1/; / { a: a { phandle = <1>; p; b: b@0 { q = <&a>; }; }; };";
    autodt struct dt *base = read_bytes(base_text, sizeof(base_text) - 1);
    struct np_error err = {0};
    int r = dt_overlay(base, overlay, &err);

    REQUIRE(r == err.code);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t magic[] = {0xd0, 0x0d, 0xfe, 0xed};
    const uint8_t length[] = {(uint8_t)(size >> 24), (uint8_t)(size >> 16), (uint8_t)(size >> 8),
                              (uint8_t)size};
    autofree uint8_t *blob = malloc(size + 1);
    autodt struct dt *dt = NULL;
    struct np_error err = {0};
    int r;

    REQUIRE(blob);
    if (size < sizeof(magic) + sizeof(length))
        return 0;
    memcpy(blob, data, size);
    memcpy(blob, magic, sizeof(magic)); /* so that more of them get behind the header */
    memcpy(blob + sizeof(magic), length, sizeof(length));
    r = dt_parse("blob", (const char *)blob, size, &dt, &err);
    REQUIRE(r == err.code);
    if (r < 0)
        return 0;
    require_round_trip(dt);
    try_overlay(dt);
    return 0;
}
