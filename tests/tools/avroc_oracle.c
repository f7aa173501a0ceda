/* SPDX-License-Identifier: Apache-2.0
 * tests/tools/avroc_oracle.c - what Avro-C's value API reads, for comparison: JSON lines in, JSON
 * lines out.
 *
 * In: {"schema": schema, "hex": "…"}. Out: {"value": Avro-C's own JSON}, {"error": text}, or
 * {"unsupported": text} for a schema or value that Avro-C has no words for. Only for good bytes:
 * others make Avro-C crash. */
#include <avro.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t from_hex(const char *hex, char *bytes)
{
    size_t len = strlen(hex) / 2;
    for (size_t i = 0; i < len; i++) {
        unsigned byte = 0;
        sscanf(hex + 2 * i, "%2x", &byte);
        bytes[i] = (char)byte;
    }
    return len;
}

static void say(const char *name, const char *text)
{
    json_t *out = json_pack("{s:s}", name, text);
    char *line = json_dumps(out, JSON_COMPACT);
    printf("%s\n", line);
    free(line);
    json_decref(out);
}

static void read_value(avro_schema_t schema, const char *hex)
{
    char *bytes = malloc(strlen(hex) / 2 + 1);
    size_t len = from_hex(hex, bytes);
    avro_value_iface_t *iface = avro_generic_class_from_schema(schema);
    avro_reader_t reader = avro_reader_memory(bytes, (int64_t)len);
    avro_value_t value;
    char *json = NULL;
    avro_generic_value_new(iface, &value);
    if (avro_value_read(reader, &value) != 0) {
        say("error", avro_strerror());
    } else if (avro_value_to_json(&value, 1, &json) != 0 || json == NULL) {
        say("unsupported", avro_strerror());
    } else {
        printf("{\"value\":%s}\n", json);
    }
    free(json);
    avro_value_decref(&value);
    avro_reader_free(reader);
    avro_value_iface_decref(iface);
    free(bytes);
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0;
    while (getline(&line, &cap, stdin) > 0) {
        json_error_t why;
        json_t *request = json_loads(line, JSON_ALLOW_NUL, &why);
        if (request == NULL) {
            fprintf(stderr, "avroc_oracle: %s\n", why.text);
            return 2;
        }
        char *text = json_dumps(json_object_get(request, "schema"), JSON_COMPACT);
        avro_schema_t schema;
        if (avro_schema_from_json_length(text, strlen(text), &schema) != 0) {
            say("unsupported", avro_strerror());
        } else {
            read_value(schema, json_string_value(json_object_get(request, "hex")));
            avro_schema_decref(schema);
        }
        fflush(stdout);
        free(text);
        json_decref(request);
    }
    free(line);
    return 0;
}
