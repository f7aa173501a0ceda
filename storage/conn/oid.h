/* SPDX-License-Identifier: Apache-2.0
 * storage/conn/oid.h - PostgreSQL's types, by their fixed oids (pg_type.dat). */
#ifndef STORAGE_CONN_OID_H
#define STORAGE_CONN_OID_H

enum {
    STO_OID_BOOL = 16,
    STO_OID_BYTEA = 17,
    STO_OID_CHAR = 18, /* "char", one byte */
    STO_OID_INT8 = 20,
    STO_OID_INT2 = 21,
    STO_OID_INT4 = 23,
    STO_OID_TEXT = 25,
    STO_OID_JSON = 114,
    STO_OID_FLOAT8 = 701,
    STO_OID_DATE = 1082,
    STO_OID_TIME = 1083,
    STO_OID_TIMESTAMP = 1114,
    STO_OID_TIMESTAMPTZ = 1184,
    STO_OID_NUMERIC = 1700,
    STO_OID_UUID = 2950,
    STO_OID_JSONB = 3802
};

#endif
