/* SPDX-License-Identifier: Apache-2.0
 * base/err_table.h - every error code, one row each.
 *
 * X(name, token, HTTP status, Confluent error code, sentence)
 *
 * Operators read `token` in logs, in the quarantine's `reason` and in --json: it never changes.
 * The registry answers with the HTTP columns when the error reaches a client. */
#ifndef BASE_ERR_TABLE_H
#define BASE_ERR_TABLE_H

/* About one event: the quarantine's reasons. */
#define ERR_TABLE_EVENT(X)                                                                         \
    X(ERR_TRUNCATED, "truncated", 422, 42201, "the value is cut short")                            \
    X(ERR_TRAILING_BYTES, "trailing_bytes", 422, 42201, "extra bytes follow the value")            \
    X(ERR_BAD_VARINT, "bad_varint", 422, 42201, "a varint is too long or overflows its type")      \
    X(ERR_BAD_LENGTH, "bad_length", 422, 42201, "a length or count is negative or impossible")     \
    X(ERR_TOO_DEEP, "too_deep", 422, 42201, "nesting is deeper than 64")                           \
    X(ERR_TOO_LARGE, "too_large", 422, 42201, "the value has too many items")                      \
    X(ERR_BAD_ENUM, "bad_enum", 422, 42201,                                                        \
      "an enum index is out of range, or its symbol unknown")                                      \
    X(ERR_BAD_BRANCH, "bad_branch", 422, 42201, "a union branch is out of range or not readable")  \
    X(ERR_BAD_BOOLEAN, "bad_boolean", 422, 42201, "a boolean is neither 0 nor 1")                  \
    X(ERR_BAD_TEXT, "bad_text", 422, 42201, "text is not UTF-8 or contains U+0000")                \
    X(ERR_BAD_NUMBER, "bad_number", 422, 42201, "a number cannot be stored exactly in its column") \
    X(ERR_BAD_TIME, "bad_time", 422, 42201, "a date or time is outside the register's range")      \
    X(ERR_BAD_UUID, "bad_uuid", 422, 42201, "text is not a UUID")                                  \
    X(ERR_BAD_FRAME, "bad_frame", 422, 42201, "the wire format is unknown or cut short")           \
    X(ERR_EMPTY_VALUE, "empty_value", 422, 42201, "the value is empty; a delete is a null value")  \
    X(ERR_UNKNOWN_STRUCTURE, "unknown_structure", 404, 40403, "no structure has this schema id")   \
    X(ERR_OTHER_SUBJECT, "other_subject", 422, 42201,                                              \
      "the structure is registered under another subject than the topic's")                        \
    X(ERR_FOREIGN_STRUCTURE, "foreign_structure", 422, 42201,                                      \
      "the structure belongs to another dataset")                                                  \
    X(ERR_NOT_YET_ACTIVE, "not_yet_active", 422, 42205, "the structure is not active yet")         \
    X(ERR_STRUCTURE_REJECTED, "structure_rejected", 422, 42205, "the structure was rejected")      \
    X(ERR_STRUCTURE_RETIRED, "structure_retired", 422, 42205, "the structure is retired")          \
    X(ERR_MISSING_KEY, "missing_key", 422, 42201, "the event has no key, or a key field is null")  \
    X(ERR_KEY_FORMAT, "key_format", 422, 42201, "the key is not in the dataset's key format")      \
    X(ERR_KEY_MISMATCH, "key_mismatch", 422, 42201, "the key differs from the value's key fields") \
    X(ERR_KEY_TOO_LONG, "key_too_long", 422, 42201, "the encoded key is longer than 1,024 bytes")  \
    X(ERR_BAD_ORDER, "bad_order", 422, 42201, "the order field is null or not a valid order")      \
    X(ERR_BAD_EVENT, "bad_event", 422, 42201, "the JSON is not an event of the structure")         \
    X(ERR_RULE_FAILED, "rule_failed", 422, 42201, "the event breaks a rule")                       \
    X(ERR_RULE_ERROR, "rule_error", 422, 42201, "a rule cannot be computed for the event")         \
    X(ERR_RULE_COST, "rule_cost", 422, 42201, "a rule takes more steps for the event than it may") \
    X(ERR_REGISTER_REFUSED, "register_refused", 422, 42201,                                        \
      "PostgreSQL rejected a value of the event")

/* About everything else. */
#define ERR_TABLE_SYSTEM(X)                                                                        \
    X(ERR_NO_MEMORY, "no_memory", 500, 50001, "out of memory")                                     \
    X(ERR_CONFIG, "bad_config", 500, 50001, "the configuration is invalid")                        \
    X(ERR_USAGE, "usage", 400, 400, "invalid command line or request")                             \
    X(ERR_NOT_FOUND, "not_found", 404, 40401, "not found")                                         \
    X(ERR_EXISTS, "exists", 409, 409, "it already exists")                                         \
    X(ERR_REFUSED, "refused", 409, 409, "a rule of the register forbids it")                       \
    X(ERR_IO, "io", 500, 50001, "a file or socket failed")                                         \
    X(ERR_BAD_SCHEMA, "bad_schema", 422, 42201, "not a valid Avro schema")                         \
    X(ERR_BAD_RULE, "bad_rule", 422, 42210, "not a valid rule")                                    \
    X(ERR_BAD_CONTRACT, "bad_contract", 422, 42211, "not a valid contract")                        \
    X(ERR_INCOMPATIBLE, "incompatible", 409, 409, "incompatible with an earlier structure")        \
    X(ERR_DEPENDED_ON, "depended_on", 409, 409, "other database objects depend on the tables")     \
    X(ERR_COLUMNS_CHANGED, "columns_changed", 500, 50002,                                          \
      "the dataset's columns changed during the operation")                                        \
    X(ERR_STRUCTURES_CHANGED, "structures_changed", 500, 50002,                                    \
      "other structures came into force during the operation")                                     \
    X(ERR_REGISTER_DOWN, "register_down", 500, 50001, "the register is unavailable: try again")    \
    X(ERR_REGISTER_TIMEOUT, "register_timeout", 500, 50002,                                        \
      "the register did not answer in time: try again")                                            \
    X(ERR_REGISTER_BUSY, "register_busy", 500, 50002,                                              \
      "a concurrent change of the register conflicts: try again")                                  \
    X(ERR_REGISTER_FULL, "register_full", 500, 50001, "the register has no room left")             \
    X(ERR_REGISTER_SQL, "register_sql", 500, 50001, "the register rejected a statement")           \
    X(ERR_REGISTER_SCHEMA, "register_schema", 500, 50001, "the database needs `nrc db migrate`")   \
    X(ERR_COMMIT_UNKNOWN, "commit_unknown", 500, 50002, "the connection was lost during COMMIT")   \
    X(ERR_STALE_EPOCH, "stale_epoch", 409, 409, "another engine owns the partition now")           \
    X(ERR_FENCED_INSTANCE, "fenced_instance", 409, 409, "another engine uses this instance name")  \
    X(ERR_KAFKA, "kafka", 500, 50001, "Kafka reported an error")                                   \
    X(ERR_TOPIC_MISSING, "topic_missing", 404, 40401, "the topic does not exist")                  \
    X(ERR_TOPIC_FORBIDDEN, "topic_forbidden", 403, 403, "no permission to read the topic")         \
    X(ERR_OFFSET_GAP, "offset_gap", 500, 50001, "the log start offset is above the position")      \
    X(ERR_TOPIC_REPLACED, "topic_replaced", 500, 50001, "the topic was re-created or truncated")   \
    X(ERR_OFFSET_DISORDER, "offset_disorder", 500, 50001, "offsets are not increasing")            \
    X(ERR_BUG, "bug", 500, 50001, "internal error: a bug in nrc")

/* Of HTTP alone. Codes are Confluent's where it has them. */
#define ERR_TABLE_HTTP(X)                                                                          \
    X(ERR_BAD_REQUEST, "bad_request", 400, 400, "malformed request")                               \
    X(ERR_UNAUTHENTICATED, "unauthenticated", 401, 401, "authentication required")                 \
    X(ERR_FORBIDDEN, "forbidden", 403, 403, "the account has no permission for this")              \
    X(ERR_NO_ROUTE, "no_route", 404, 404, "no resource at this path")                              \
    X(ERR_BAD_METHOD, "bad_method", 405, 405, "method not allowed at this path")                   \
    X(ERR_NOT_ACCEPTABLE, "not_acceptable", 406, 406, "no accepted media type is available")       \
    X(ERR_REQUEST_TIMEOUT, "request_timeout", 408, 408, "the request did not arrive in time")      \
    X(ERR_TOO_LARGE_BODY, "too_large_body", 413, 413, "the request body is larger than allowed")   \
    X(ERR_BAD_MEDIA_TYPE, "bad_media_type", 415, 415, "unsupported media type")                    \
    X(ERR_TOO_MANY, "too_many", 429, 429, "too many failed logins: wait")                          \
    X(ERR_OVERLOADED, "overloaded", 503, 503, "the server is overloaded: try again")               \
    X(ERR_TOO_LARGE_HEADER, "too_large_header", 431, 431,                                          \
      "the request header is larger than allowed")                                                 \
    X(ERR_SUBJECT_NOT_FOUND, "subject_not_found", 404, 40401, "subject not found")                 \
    X(ERR_VERSION_NOT_FOUND, "version_not_found", 404, 40402, "version not found")                 \
    X(ERR_SCHEMA_NOT_FOUND, "schema_not_found", 404, 40403, "schema not found")                    \
    X(ERR_SUBJECT_DELETED, "subject_deleted", 404, 40404, "the subject was soft-deleted")          \
    X(ERR_SUBJECT_NOT_DELETED, "subject_not_deleted", 404, 40405,                                  \
      "the subject must be soft-deleted first")                                                    \
    X(ERR_VERSION_DELETED, "version_deleted", 404, 40406, "the version was soft-deleted")          \
    X(ERR_VERSION_NOT_DELETED, "version_not_deleted", 404, 40407,                                  \
      "the version must be soft-deleted first")                                                    \
    X(ERR_LEVEL_NOT_SET, "level_not_set", 404, 40408, "the subject has no compatibility level")    \
    X(ERR_MODE_NOT_SET, "mode_not_set", 404, 40409, "the subject has no mode")                     \
    X(ERR_BAD_VERSION, "bad_version", 422, 42202, "not a version: 1 to 2147483647, or latest")     \
    X(ERR_BAD_LEVEL, "bad_level", 422, 42203, "not a valid compatibility level")                   \
    X(ERR_BAD_MODE, "bad_mode", 422, 42204, "not a valid mode")                                    \
    X(ERR_NOT_PERMITTED, "not_permitted", 422, 42205, "the operation is not permitted")            \
    X(ERR_REFERENCED, "referenced", 422, 42206, "another schema references it")                    \
    X(ERR_ID_MISMATCH, "id_mismatch", 422, 42207, "the id belongs to another schema")              \
    X(ERR_BAD_SUBJECT, "bad_subject", 422, 42208, "not a valid subject name")                      \
    X(ERR_SCHEMA_TOO_LARGE, "schema_too_large", 422, 42209, "the schema is larger than allowed")   \
    X(ERR_BAD_RULE_SET, "bad_rule_set", 422, 42210, "the rule set is not allowed")

#define ERR_TABLE(X) ERR_TABLE_EVENT(X) ERR_TABLE_SYSTEM(X) ERR_TABLE_HTTP(X)

#endif
