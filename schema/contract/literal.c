/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/literal.c - a text as CEL writes it. */
#include "base/buf.h"
#include "schema/contract/quality.h"

void sch_put_literal(struct buf *out, const char *text)
{
    buf_put_u8(out, '"');
    for (const char *p = text; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\') {
            buf_printf(out, "\\%c", c);
        } else if (c < ' ' || c == 0x7F) {
            buf_printf(out, "\\u%04x", c);
        } else {
            buf_put_u8(out, c);
        }
    }
    buf_put_u8(out, '"');
}
