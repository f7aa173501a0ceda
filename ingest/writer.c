/* SPDX-License-Identifier: Apache-2.0
 * ingest/writer.c - see the header. */
#include "ingest/writer.h"

/* What the snapshot says against a frame may be outdated: an agency registers a structure, or it
 * comes into force, and its events follow at once, before the upkeep has looked. Two datasets with
 * one schema text share its id, so that an id which is only another dataset's says nothing yet
 * either. The register is asked before any of that is held against an event. */
static enum ing_verdict refuse_frame(const struct ing_context *c, enum err_code code,
                                     const char *text)
{
    return c->final ? ing_refuse(c, code, text) : ING_UNKNOWN;
}

static enum ing_verdict refuse_unknown(const struct ing_context *c, const struct sch_frame *frame)
{
    const struct sto_elsewhere *other = NULL;
    if (!c->final) {
        ing_unknown_note(c->unknown, frame);
    } else {
        other = ing_unknown_find(c->unknown, frame);
    }
    bool elsewhere = frame->by_guid ? ing_datasets_has_guid(c->datasets, frame->guid)
                                    : ing_datasets_has_schema(c->datasets, frame->schema_id);
    if (elsewhere) {
        return refuse_frame(c, ERR_FOREIGN_STRUCTURE, "the structure is another dataset's");
    }
    if (other != NULL) {
        err_set(&c->out->reason.err, ERR_KIND_POISON, ERR_OTHER_SUBJECT,
                "the schema is version %d of the subject %s, not of the topic's: register it under "
                "<topic>-value (a key's under <topic>-key), or set the producer's subject name "
                "strategy to TopicNameStrategy",
                (int)other->version, other->subject);
        return ING_QUARANTINE;
    }
    return refuse_frame(c, ERR_UNKNOWN_STRUCTURE, "no structure has this schema id");
}

const struct ing_writer *ing_writer_find(const struct ing_context *c,
                                         const struct ing_writer *writers, size_t count,
                                         const struct sch_frame *frame, enum ing_verdict *verdict)
{
    const struct ing_writer *writer = frame->by_guid
                                          ? ing_writer_by_guid(writers, count, frame->guid)
                                          : ing_writer_by_id(writers, count, frame->schema_id);
    if (writer == NULL) {
        *verdict = refuse_unknown(c, frame);
        return NULL;
    }
    if (LIKELY(writer->plan != NULL)) {
        return writer;
    }
    switch (writer->structure->state) {
    case STO_STRUCTURE_PENDING:
    case STO_STRUCTURE_APPROVED:
        *verdict = refuse_frame(c, ERR_NOT_YET_ACTIVE, "the structure is not yet in force");
        break;
    case STO_STRUCTURE_REJECTED:
        *verdict = refuse_frame(c, ERR_STRUCTURE_REJECTED, "the structure was rejected");
        break;
    case STO_STRUCTURE_RETIRED:
        *verdict = refuse_frame(c, ERR_STRUCTURE_RETIRED, "the structure is no longer in force");
        break;
    case STO_STRUCTURE_ACTIVE:
        c->out->reason.err = *writer->broken;
        *verdict = ING_BROKEN;
        break;
    }
    return NULL;
}
