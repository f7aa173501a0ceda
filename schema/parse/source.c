/* SPDX-License-Identifier: Apache-2.0
 * schema/parse/source.c - see the header. Model and text are walked side by side; the parser has
 * bounded the depth. */
#include "schema/parse/source.h"

#include <stdlib.h>
#include <string.h>

#include "schema/model/body.h"
#include "schema/parse/text.h"

const char *sch_source_word(const struct sch_type *type, const json_t *json)
{
    const char *word = json_string_value(json_object_get(json, "type"));
    if (word == NULL || strcmp(word, sch_kind_name(type->kind)) == 0) {
        return word;
    }
    return type->kind == SCH_RECORD && strcmp(word, "error") == 0 ? word : NULL;
}

bool sch_source_is_among(const char *word, const char *const *words)
{
    while (*words != NULL && strcmp(*words, word) != 0) {
        words++;
    }
    return *words != NULL;
}

static void find_definitions(struct sch_source *source, const struct sch_type *type,
                             const json_t *json)
{
    if (json_is_array(json)) {
        for (size_t i = 0; i < type->branch_count; i++) {
            find_definitions(source, type->branches[i], json_array_get(json, i));
        }
        return;
    }
    if (sch_source_word(type, json) == NULL) {
        return;
    }
    if (type->name != NULL) {
        source->types[type->number] = type;
        source->definitions[type->number] = json;
    }
    const json_t *fields = json_object_get(json, "fields");
    for (size_t i = 0; i < type->field_count; i++) {
        const json_t *field = json_array_get(fields, i);
        find_definitions(source, type->fields[i].type, json_object_get(field, "type"));
    }
    if (type->items != NULL) {
        find_definitions(source, type->items,
                         json_object_get(json, type->kind == SCH_ARRAY ? "items" : "values"));
    }
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the texts of a schema");
}

int sch_source_load(const struct sch_schema *schema, struct sch_source *out, struct err *err)
{
    *out = (struct sch_source){
        .trees = calloc(schema->text_count, sizeof(json_t *)),
        .tree_count = schema->text_count,
        .definitions = calloc(schema->type_count, sizeof(json_t *)),
        .types = calloc(schema->type_count, sizeof(struct sch_type *)),
    };
    if (out->trees == NULL || out->definitions == NULL || out->types == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < schema->text_count; i++) {
        struct err why = ERR_INIT;
        out->trees[i] = sch_load_json(schema->texts[i].text, schema->texts[i].len, &why);
        if (out->trees[i] == NULL) {
            return no_memory(err); /* the text was parsed before */
        }
        find_definitions(out, schema->texts[i].root, out->trees[i]);
    }
    return 0;
}

void sch_source_fini(struct sch_source *source)
{
    for (size_t i = 0; source->trees != NULL && i < source->tree_count; i++) {
        json_decref(source->trees[i]);
    }
    free(source->trees);
    free(source->definitions);
    free(source->types);
    *source = (struct sch_source){.tree_count = 0};
}

const json_t *sch_source_root(const struct sch_source *source)
{
    return source->trees[source->tree_count - 1];
}
