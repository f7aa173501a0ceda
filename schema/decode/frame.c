/* SPDX-License-Identifier: Apache-2.0
 * schema/decode/frame.c - the few bytes before an event's Avro bytes, or the header that is sent
 * instead. */
#include "schema/decode/frame.h"

#include <endian.h>
#include <string.h>

enum { MAGIC_GUID = 0x01, GUID_HEADER_BYTES = 17 };

static int read_guid(const uint8_t *header, size_t len, struct sch_frame *frame, struct err *err)
{
    if (len != GUID_HEADER_BYTES || header[0] != MAGIC_GUID) {
        return err_set(err, ERR_KIND_POISON, ERR_BAD_FRAME,
                       "the schema id header is not 0x01 and a GUID");
    }
    frame->by_guid = true;
    memcpy(frame->guid, header + 1, sizeof(frame->guid));
    return 0;
}

int sch_frame_read(const uint8_t *bytes, size_t len, const uint8_t *guid_header,
                   size_t guid_header_len, struct sch_frame *frame, struct err *err)
{
    *frame = (struct sch_frame){.bytes = bytes, .len = len};
    if (guid_header != NULL) {
        return read_guid(guid_header, guid_header_len, frame, err);
    }
    if (len == 0) {
        return err_set(err, ERR_KIND_POISON, ERR_EMPTY_VALUE, "the message has no bytes");
    }
    if (bytes[0] != SCH_FRAME_MAGIC) {
        return err_set(err, ERR_KIND_POISON, ERR_BAD_FRAME, "the first byte is not 0x00");
    }
    if (len < SCH_FRAME_BYTES) {
        return err_set(err, ERR_KIND_POISON, ERR_BAD_FRAME,
                       "the frame is cut short after %zu bytes", len);
    }
    uint32_t id;
    memcpy(&id, bytes + 1, sizeof(id));
    id = be32toh(id);
    if (id == 0 || id > INT32_MAX) {
        return err_set(err, ERR_KIND_POISON, ERR_BAD_FRAME,
                       "the four bytes after 0x00 are not a schema id");
    }
    frame->schema_id = (int32_t)id;
    frame->bytes = bytes + SCH_FRAME_BYTES;
    frame->len = len - SCH_FRAME_BYTES;
    return 0;
}
