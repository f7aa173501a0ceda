/* SPDX-License-Identifier: Apache-2.0
 * base/err_table.h - every error code, one row each.
 *
 * X(name, token, HTTP status, Confluent error code, sentence)
 *
 * `token` is what operators read in logs, in the quarantine's `reason` and in --json, so it never changes.
 * The HTTP columns are what the registry answers when the error reaches a client. */
#ifndef BASE_ERR_TABLE_H
#define BASE_ERR_TABLE_H

/* The first group describes one event and is what the quarantine calls a reason. */
#define ERR_TABLE_EVENT(X)                                                                         \
    X(ERR_TRUNCATED, "truncated", 422, 42201, "the bytes end before the value does")               \
    X(ERR_TRAILING_BYTES, "trailing_bytes", 422, 42201, "bytes are left after the value")          \
    X(ERR_BAD_VARINT, "bad_varint", 422, 42201, "a varint is too long or overflows its type")      \
    X(ERR_BAD_LENGTH, "bad_length", 422, 42201, "a length or count is negative or impossible")     \
    X(ERR_TOO_DEEP, "too_deep", 422, 42201, "nesting is deeper than 64")                           \
    X(ERR_TOO_LARGE, "too_large", 422, 42201, "the value has more items than an event may")        \
    X(ERR_BAD_ENUM, "bad_enum", 422, 42201,                                                        \
      "an enum index is out of range, or its symbol unknown")                                      \
    X(ERR_BAD_BRANCH, "bad_branch", 422, 42201, "a union branch is out of range or not readable")  \
    X(ERR_BAD_BOOLEAN, "bad_boolean", 422, 42201, "a boolean is neither 0 nor 1")                  \
    X(ERR_BAD_TEXT, "bad_text", 422, 42201, "text is not UTF-8 or holds U+0000")                   \
    X(ERR_BAD_NUMBER, "bad_number", 422, 42201, "a number cannot be stored exactly in its column") \
    X(ERR_BAD_TIME, "bad_time", 422, 42201, "a date or time is outside the register's range")      \
    X(ERR_BAD_UUID, "bad_uuid", 422, 42201, "text is not a UUID")                                  \
    X(ERR_BAD_FRAME, "bad_frame", 422, 42201, "the wire frame is unknown or cut short")            \
    X(ERR_EMPTY_VALUE, "empty_value", 422, 42201,                                                  \
      "the value has no bytes (a delete has none at all)")                                         \
    X(ERR_UNKNOWN_STRUCTURE, "unknown_structure", 404, 40403, "no structure has this schema id")   \
    X(ERR_FOREIGN_STRUCTURE, "foreign_structure", 422, 42201,                                      \
      "the structure is another dataset's")                                                        \
    X(ERR_STRUCTURE_PENDING, "structure_pending", 422, 42205, "the structure is not yet in force") \
    X(ERR_STRUCTURE_RETIRED, "structure_retired", 422, 42205,                                      \
      "the structure is no longer in force")                                                       \
    X(ERR_MISSING_KEY, "missing_key", 422, 42201, "the event has no key, or a key field is null")  \
    X(ERR_KEY_FORMAT, "key_format", 422, 42201, "the key is not in the dataset's key format")      \
    X(ERR_KEY_MISMATCH, "key_mismatch", 422, 42201, "the key differs from the value's key fields") \
    X(ERR_KEY_TOO_LONG, "key_too_long", 422, 42201, "the encoded key is longer than 1,024 bytes")  \
    X(ERR_BAD_ORDER, "bad_order", 422, 42201, "the order field is null or cannot be an order")     \
    X(ERR_REGISTER_REFUSED, "register_refused", 422, 42201,                                        \
      "PostgreSQL refused a value of the event")

/* The second group is about everything else. */
#define ERR_TABLE_SYSTEM(X)                                                                        \
    X(ERR_NO_MEMORY, "no_memory", 500, 50001, "out of memory")                                     \
    X(ERR_CONFIG, "bad_config", 500, 50001, "the configuration is wrong")                          \
    X(ERR_USAGE, "usage", 400, 400, "the command line or request is wrong")                        \
    X(ERR_NOT_FOUND, "not_found", 404, 40401, "there is no such thing")                            \
    X(ERR_EXISTS, "exists", 409, 409, "it is there already")                                       \
    X(ERR_IO, "io", 500, 50001, "a file or socket failed")                                         \
    X(ERR_BAD_SCHEMA, "bad_schema", 422, 42201, "not a valid Avro schema")                         \
    X(ERR_INCOMPATIBLE, "incompatible", 409, 409, "the structure cannot follow the earlier ones")  \
    X(ERR_REGISTER_DOWN, "register_down", 500, 50001, "PostgreSQL is not reachable")               \
    X(ERR_REGISTER_TIMEOUT, "register_timeout", 500, 50002, "PostgreSQL did not answer in time")   \
    X(ERR_REGISTER_BUSY, "register_busy", 500, 50002, "PostgreSQL asks to try again: a deadlock")  \
    X(ERR_REGISTER_FULL, "register_full", 500, 50001, "PostgreSQL has no room left")               \
    X(ERR_REGISTER_SQL, "register_sql", 500, 50001, "PostgreSQL refused a statement")              \
    X(ERR_REGISTER_SCHEMA, "register_schema", 500, 50001, "the database needs `nrc db migrate`")   \
    X(ERR_COMMIT_UNKNOWN, "commit_unknown", 500, 50002, "the connection was lost inside COMMIT")   \
    X(ERR_STALE_EPOCH, "stale_epoch", 409, 409, "another engine owns the partition now")           \
    X(ERR_KAFKA, "kafka", 500, 50001, "Kafka failed")                                              \
    X(ERR_TOPIC_MISSING, "topic_missing", 404, 40401, "the topic does not exist")                  \
    X(ERR_OFFSET_GAP, "offset_gap", 500, 50001, "the log starts above the position")               \
    X(ERR_TOPIC_REPLACED, "topic_replaced", 500, 50001, "the topic was re-created or truncated")   \
    X(ERR_OFFSET_DISORDER, "offset_disorder", 500, 50001, "offsets did not rise")                  \
    X(ERR_BUG, "bug", 500, 50001, "the engine broke one of its own rules")

#define ERR_TABLE(X) ERR_TABLE_EVENT(X) ERR_TABLE_SYSTEM(X)

#endif
