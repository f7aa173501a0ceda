/* SPDX-License-Identifier: Apache-2.0
 * Container files made here byte by byte: what a broken or a hostile one gets. tests/e2e/test_check.py has files by others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "schema/sample/container.h"

enum { MIB = 1024 * 1024 };
static const struct sch_unpack_limits limits = {.block_bytes = 4 * MIB, .ratio = 50};
static const char sync_marker[] = "0123456789abcdef";

static void put_long(struct buf *out, int64_t v)
{
    uint64_t raw = ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
    for (; raw >= 0x80; raw >>= 7) {
        buf_put_u8(out, (uint8_t)(raw | 0x80));
    }
    buf_put_u8(out, (uint8_t)raw);
}

static void put_bytes(struct buf *out, const void *bytes, size_t len)
{
    put_long(out, (int64_t)len);
    buf_put(out, bytes, len);
}

/* A file's head with that codec; NULL: it says none. */
static struct buf head(const char *codec)
{
    struct buf out = BUF_INIT;
    buf_put(&out, "Obj\1", 4);
    put_long(&out, codec != NULL ? 2 : 1);
    put_bytes(&out, "avro.schema", 11);
    put_bytes(&out, "\"int\"", 5);
    if (codec != NULL) {
        put_bytes(&out, "avro.codec", 10);
        put_bytes(&out, codec, strlen(codec));
    }
    put_long(&out, 0);
    buf_put(&out, sync_marker, 16);
    return out;
}

static void put_block(struct buf *out, int64_t events, const struct buf *packed)
{
    put_long(out, events);
    put_bytes(out, packed->data, packed->len);
    buf_put(out, sync_marker, 16);
}

static struct buf deflated(const void *bytes, size_t len)
{
    struct buf out = BUF_INIT;
    z_stream z = {.next_in = (Bytef *)bytes, .avail_in = (uInt)len};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.avail_out = (uInt)deflateBound(&z, len);
    z.next_out = buf_reserve(&out, z.avail_out);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out.len = z.total_out;
    deflateEnd(&z);
    return out;
}

/* says_size: whether the frame's head has the length, as one-call writers have it and streaming ones have not. */
static void put_frame(struct buf *out, const void *bytes, size_t len, bool says_size)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    size_t bound = ZSTD_compressBound(len);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, says_size);
    size_t made = ZSTD_compress2(context, buf_reserve(out, bound), bound, bytes, len);
    assert_false(ZSTD_isError(made));
    out->len += made;
    ZSTD_freeCCtx(context);
}

static struct buf framed(const void *bytes, size_t len)
{
    struct buf out = BUF_INIT;
    put_frame(&out, bytes, len, false);
    return out;
}

/* Reads all events, one byte each: their sum, or -1 with what is wrong. Takes the file. */
static int64_t read_all(struct buf *file, struct err *err)
{
    struct sch_container container;
    int64_t sum = 0;
    bool more = true;
    /* Of its exact size, so that a sanitizer sees a read beyond it. */
    uint8_t *bytes = malloc(file->len);
    memcpy(bytes, file->data, file->len);
    err_reset(err);
    int rc = sch_container_open(bytes, file->len, &limits, &container, err);
    while (rc == 0 && (rc = sch_container_more(&container, &more, err)) == 0 && more) {
        sum += *container.next;
        sch_container_took(&container, 1);
    }
    sch_container_close(&container);
    free(bytes);
    buf_fini(file);
    return rc == 0 ? sum : -1;
}

/* One block of that codec. Takes it. */
static int64_t read_block(const char *codec, int64_t events, struct buf *packed, struct err *err)
{
    struct buf file = head(codec);
    put_block(&file, events, packed);
    buf_fini(packed);
    return read_all(&file, err);
}

static void says(int64_t answer, const struct err *err, const char *part)
{
    if (strstr(err->text, part) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", part, err->text);
    }
    assert_int_equal(answer, -1);
}

static void blocks_are_read_in_their_order_whatever_the_codec(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    for (int i = 0; i < 4; i++) {
        const char *codec = ((const char *[]){NULL, "null", "deflate", "zstandard"})[i];
        struct buf file = head(codec);
        for (uint8_t block = 0; block < 3; block++) {
            const uint8_t events[] = {block, 1, 2, 3};
            struct buf packed = BUF_INIT;
            size_t len =
                block < 2 ? sizeof(events) : 0; /* the last is empty, as some writers leave it */
            if (i < 2) {
                buf_put(&packed, events, len);
            } else {
                packed = i == 2 ? deflated(events, len) : framed(events, len);
            }
            put_block(&file, (int64_t)len, &packed);
            buf_fini(&packed);
        }
        assert_int_equal(read_all(&file, &err), 13);
    }
}

static void the_rest_of_a_checksum_behind_deflate_is_passed_over(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct buf packed = deflated("\1\2", 2);
    buf_put(&packed, "\0\0\0\4", 4);
    assert_int_equal(read_block("deflate", 2, &packed, &err), 3);
    packed = deflated("\1\2", 2);
    buf_put(&packed, "\0\0\0\4x", 5);
    says(read_block("deflate", 2, &packed, &err), &err, "has bytes behind its end");
}

static void a_block_may_be_several_frames(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct buf packed = BUF_INIT;
    put_frame(&packed, "\1\2", 2, true);
    put_frame(&packed, "\3", 1, false);
    assert_int_equal(read_block("zstandard", 3, &packed, &err), 6);
}

static void what_is_damaged_or_cut_short_is_told_with_its_block(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    for (int i = 0; i < 2; i++) {
        const char *codec = i == 0 ? "deflate" : "zstandard";
        struct buf (*pack)(const void *, size_t) = i == 0 ? deflated : framed;
        struct buf packed = pack("\1\2\3\4\5\6\7\10", 8);
        packed.len -= 3;
        says(read_block(codec, 8, &packed, &err), &err,
             "a compressed block is cut short, while reading block 1");
        packed = pack("\1\2\3\4\5\6\7\10", 8);
        memset(packed.data, 0xFF, 6);
        says(read_block(codec, 8, &packed, &err), &err, "a compressed block is damaged");
        packed = (struct buf)BUF_INIT;
        says(read_block(codec, 0, &packed, &err), &err, "is cut short");
    }
    struct buf second = framed("\1", 1);
    struct buf file = head("zstandard");
    put_block(&file, 1, &second);
    second.len--;
    put_block(&file, 1, &second);
    buf_fini(&second);
    says(read_all(&file, &err), &err, "while reading block 2");
}

static void a_bomb_is_refused_before_it_takes_memory(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    const size_t large = (size_t)64 * MIB;
    uint8_t *zeros = calloc(1, large);
    for (int i = 0; i < 2; i++) {
        const char *codec = i == 0 ? "deflate" : "zstandard";
        struct buf (*pack)(const void *, size_t) = i == 0 ? deflated : framed;
        /* Up to a MiB the ratio does not count: equal events are no attack. */
        struct buf packed = pack(zeros, MIB);
        assert_int_equal(read_block(codec, MIB, &packed, &err), 0);
        packed = pack(zeros, MIB + 1);
        says(read_block(codec, MIB + 1, &packed, &err), &err, "([check] block_ratio)");
        packed = pack(zeros, large);
        says(read_block(codec, MIB, &packed, &err), &err, "([check] block_ratio)");
    }
    free(zeros);
}

static void a_block_is_as_long_as_it_may_be_and_no_longer(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    const size_t most = limits.block_bytes;
    uint8_t *noise = malloc(most + 1);
    int64_t sum = 0;
    uint32_t seed = 1;
    for (size_t i = 0; i < most + 1; i++) {
        seed = seed * 1664525 + 1013904223;
        noise[i] = (uint8_t)(seed >> 24);
        sum += i < most ? noise[i] : 0;
    }
    for (int i = 0; i < 2; i++) {
        const char *codec = i == 0 ? "deflate" : "zstandard";
        struct buf (*pack)(const void *, size_t) = i == 0 ? deflated : framed;
        struct buf packed = pack(noise, most);
        assert_int_equal(read_block(codec, (int64_t)most, &packed, &err), sum);
        packed = pack(noise, most + 1);
        says(read_block(codec, (int64_t)most + 1, &packed, &err), &err, "([check] block_bytes)");
    }
    free(noise);
}

static void more_events_than_bytes_are_refused(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct buf packed = deflated("\1\2", 2);
    says(read_block("deflate", 3, &packed, &err), &err, "more events than bytes");
    packed = (struct buf)BUF_INIT;
    says(read_block("null", INT64_MAX, &packed, &err), &err, "more events than bytes");
}

static void another_codec_is_named(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    static const char *const others[] = {"snappy", "bzip2", "xz", "", "Deflate", "deflate "};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        char told[64];
        struct buf file = head(others[i]);
        snprintf(told, sizeof(told), "has the codec \"%s\": null, deflate", others[i]);
        says(read_all(&file, &err), &err, told);
    }
    struct buf file = head("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    says(read_all(&file, &err), &err, "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\": null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_read_in_their_order_whatever_the_codec),
        cmocka_unit_test(the_rest_of_a_checksum_behind_deflate_is_passed_over),
        cmocka_unit_test(a_block_may_be_several_frames),
        cmocka_unit_test(what_is_damaged_or_cut_short_is_told_with_its_block),
        cmocka_unit_test(a_bomb_is_refused_before_it_takes_memory),
        cmocka_unit_test(a_block_is_as_long_as_it_may_be_and_no_longer),
        cmocka_unit_test(more_events_than_bytes_are_refused),
        cmocka_unit_test(another_codec_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
