/* SPDX-License-Identifier: Apache-2.0
 * schema/sample/unpack.c - see the header. Both codecs unpack piece by piece into one buffer, which grows as far as the
 * limits let it and by one byte more: a block that needs that byte is too large. */
#include "schema/sample/unpack.h"

#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum {
    FREE_BYTES =
        1024 * 1024, /* a block of equal events may shrink to nearly nothing, and harms nobody */
    PIECE_BYTES = 64 * 1024,
    /* Python's writers cut a zlib stream down to what it wraps, and leave most of its checksum behind. */
    DEFLATE_REST_BYTES = 4,
};

static const struct {
    const char *name;
    enum sch_codec codec;
} codecs[] = {
    {"null", SCH_CODEC_NULL},
    {"deflate", SCH_CODEC_DEFLATE},
    {"zstandard", SCH_CODEC_ZSTANDARD},
};

int sch_codec_find(const char *name, size_t len, enum sch_codec *out, struct err *err)
{
    for (size_t i = 0; i < COUNT_OF(codecs); i++) {
        if (strlen(codecs[i].name) == len && memcmp(codecs[i].name, name, len) == 0) {
            *out = codecs[i].codec;
            return 0;
        }
    }
    return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                   "the Avro container file has the codec \"%.*s\": null, deflate and zstandard "
                   "are read",
                   len < 32 ? (int)len : 32, name);
}

/* ---- the buffer ---- */

struct room {
    struct buf *out;
    size_t most;
    const struct sch_unpack_limits *limits;
    bool by_ratio; /* which limit it is */
};

static struct room make_room(struct buf *out, size_t len, const struct sch_unpack_limits *limits)
{
    size_t by_ratio = len > SIZE_MAX / limits->ratio ? SIZE_MAX : len * limits->ratio;
    by_ratio = by_ratio > FREE_BYTES ? by_ratio : FREE_BYTES;
    buf_reset(out);
    return (struct room){out, by_ratio < limits->block_bytes ? by_ratio : limits->block_bytes,
                         limits, by_ratio < limits->block_bytes};
}

static int broken(struct err *err, const char *what)
{
    return err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA, "a compressed block %s", what);
}

/* Where the next piece goes, at least a byte long. */
static uint8_t *next_piece(const struct room *room, size_t *size, struct err *err)
{
    size_t left = room->most + 1 - room->out->len;
    if (left == 0 && room->by_ratio) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                "a compressed block becomes more than %zu times as long as it is in the file "
                "([check] block_ratio)",
                room->limits->ratio);
        return NULL;
    }
    if (left == 0) {
        err_set(err, ERR_KIND_FATAL, ERR_BAD_SCHEMA,
                "a compressed block becomes longer than %zu bytes ([check] block_bytes)",
                room->limits->block_bytes);
        return NULL;
    }
    *size = left < PIECE_BYTES ? left : PIECE_BYTES;
    uint8_t *piece = buf_reserve(room->out, *size);
    if (piece == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a block");
    }
    return piece;
}

/* ---- the codecs ---- */

/* RFC 1951, with nothing around it. */
static int inflate_all(z_stream *z, const struct room *room, struct err *err)
{
    int rc = Z_OK;
    while (rc != Z_STREAM_END) {
        size_t size;
        z->next_out = next_piece(room, &size, err);
        if (z->next_out == NULL) {
            return -1;
        }
        z->avail_out = (uInt)size;
        rc = inflate(z, Z_NO_FLUSH);
        room->out->len += size - z->avail_out;
        if (rc != Z_OK && rc != Z_STREAM_END) {
            return broken(err, rc == Z_BUF_ERROR   ? "is cut short"
                               : rc == Z_MEM_ERROR ? "needs more memory than there is"
                                                   : "is damaged");
        }
    }
    return z->avail_in <= DEFLATE_REST_BYTES ? 0 : broken(err, "has bytes behind its end");
}

static int unpack_deflate(const uint8_t *bytes, size_t len, const struct room *room,
                          struct err *err)
{
    z_stream z = {.next_in = (Bytef *)bytes, .avail_in = (uInt)len};
    if (len > UINT32_MAX || inflateInit2(&z, -MAX_WBITS) != Z_OK) {
        return broken(err, "cannot be unpacked");
    }
    int rc = inflate_all(&z, room, err);
    inflateEnd(&z);
    return rc;
}

/* RFC 8878. Java's writer does not say in a frame how long it becomes, and a block may be several frames. */
static int unpack_zstandard(const uint8_t *bytes, size_t len, const struct room *room,
                            struct err *err)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();
    ZSTD_inBuffer in = {bytes, len, 0};
    size_t open = 1; /* 0: a frame has ended, and nothing of it is left inside */
    int rc =
        context != NULL ? 0 : err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a block");
    while (rc == 0 && (in.pos < in.size || open != 0)) {
        size_t size = 0;
        uint8_t *piece = next_piece(room, &size, err);
        ZSTD_outBuffer out = {piece, size, 0};
        size_t before = in.pos;
        open = piece != NULL ? ZSTD_decompressStream(context, &out, &in) : 0;
        room->out->len += out.pos;
        if (piece == NULL) {
            rc = -1;
        } else if (ZSTD_isError(open)) {
            rc = broken(err, "is damaged");
        } else if (open != 0 && in.pos == before && out.pos == 0) {
            rc = broken(err, "is cut short");
        }
    }
    ZSTD_freeDCtx(context);
    return rc;
}

int sch_unpack(enum sch_codec codec, const uint8_t *bytes, size_t len,
               const struct sch_unpack_limits *limits, struct buf *out, struct err *err)
{
    const struct room room = make_room(out, len, limits);
    int rc = codec == SCH_CODEC_DEFLATE ? unpack_deflate(bytes, len, &room, err)
                                        : unpack_zstandard(bytes, len, &room, err);
    if (rc == 0 && out->len > room.most) {
        size_t none;
        (void)next_piece(&room, &none, err); /* which says why */
        rc = -1;
    }
    return rc;
}
