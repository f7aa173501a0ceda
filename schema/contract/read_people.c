/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/read_people.c - who answers: the team, support, controller and processors, collection points.
 *
 * A coordinator and a steward are named by their role (NRL-9); the role's word may be in English or Arabic. */
#include <string.h>

#include "base/day.h"
#include "schema/contract/reader_priv.h"
#include "schema/contract/shape_priv.h"

enum { MEMBERS_MAX = 500, COLLECTIONS_MAX = 100, PROCESSORS_MAX = 100 };

static enum sch_team_role role_of(const char *role)
{
    if (reader_is(role, "coordinator") || strcmp(role, "منسق") == 0 ||
        strcmp(role, "المنسق") == 0) {
        return SCH_ROLE_COORDINATOR;
    }
    return reader_is(role, "steward") || reader_is(role, "data steward") ||
                   strcmp(role, "أمين البيانات") == 0
               ? SCH_ROLE_STEWARD
               : SCH_ROLE_OTHER;
}

static void check_roles(struct reader *r, const struct yaml_node *team)
{
    bool has[SCH_ROLE_STEWARD + 1] = {false};
    for (size_t i = 0; i < r->contract->member_count; i++) {
        const struct sch_member *m = &r->contract->members[i];
        has[m->role] |= !m->has_left;
    }
    const struct yaml_node *at = team != NULL ? team : r->root;
    if (!has[SCH_ROLE_COORDINATOR]) {
        finding_error(
            r->findings, at,
            "the team names a coordinator: a member with role: coordinator, who has not left");
    }
    if (!has[SCH_ROLE_STEWARD]) {
        finding_error(r->findings, at,
                      "the team names a steward: a member with role: steward, who has not left");
    }
}

static void read_members(struct reader *r)
{
    struct sch_contract *c = r->contract;
    const struct yaml_node *team = yaml_member(r->root, "team");
    const struct yaml_node *list =
        team != NULL && team->kind == YAML_OBJECT ? yaml_member(team, "members") : team;
    size_t count;
    const struct yaml_node *item = reader_list(r, list, MEMBERS_MAX, &count);
    c->members = reader_alloc(r, count, sizeof(*c->members));
    for (; !r->failed && c->member_count < count; item = item->next) {
        struct sch_member *m = &c->members[c->member_count++];
        m->username = reader_text(r, item, "username", SCH_CONTRACT_TEXT_BYTES);
        m->name = reader_text(r, item, "name", SCH_CONTRACT_TEXT_BYTES);
        m->role_name = reader_text(r, item, "role", SCH_CONTRACT_TEXT_BYTES);
        m->role = role_of(m->role_name);
        m->has_left = yaml_member(item, "dateOut") != NULL;
    }
    check_roles(r, team);
}

static void read_support(struct reader *r)
{
    struct sch_contract *c = r->contract;
    size_t count;
    const struct yaml_node *item =
        reader_list(r, yaml_member(r->root, "support"), MEMBERS_MAX, &count);
    c->support = reader_alloc(r, count, sizeof(*c->support));
    for (; !r->failed && c->support_count < count; item = item->next) {
        c->support[c->support_count++] = (struct sch_support){
            .channel = reader_text(r, item, "channel", SCH_CONTRACT_TEXT_BYTES),
            .url = reader_text(r, item, "url", SCH_CONTRACT_TEXT_BYTES),
            .tool = reader_text(r, item, "tool", SCH_CONTRACT_TEXT_BYTES),
            .scope = reader_text(r, item, "scope", SCH_CONTRACT_TEXT_BYTES),
            .description = reader_text(r, item, "description", 4000)};
    }
}

static void read_processors(struct reader *r)
{
    struct sch_contract *c = r->contract;
    const struct yaml_node *list = reader_custom(r->root, "processors");
    size_t count;
    if (list != NULL && list->kind != YAML_LIST) {
        finding_error(r->findings, list, "processors is a list of names, not %s",
                      shape_kind_of(list));
    }
    const struct yaml_node *item = reader_list(r, list, PROCESSORS_MAX, &count);
    c->processors = reader_alloc(r, count, sizeof(*c->processors));
    for (; !r->failed && c->processor_count < count; item = item->next) {
        const char *name = reader_value(r, item, "a processor", SCH_CONTRACT_TEXT_BYTES);
        if (*name == '\0') {
            finding_error(r->findings, item, "a processor is named by a text");
        }
        c->processors[c->processor_count++] = name;
    }
}

/* A custom property that is a text. */
static const char *custom_text(struct reader *r, const char *name, const char *why_needed)
{
    const struct yaml_node *value = reader_custom(r->root, name);
    if (value != NULL && (value->kind != YAML_VALUE || yaml_is_null(value))) {
        finding_error(r->findings, value, "%s is a text, not %s", name, shape_kind_of(value));
        return "";
    }
    const char *text = reader_value(r, value, name, SCH_CONTRACT_TEXT_BYTES);
    if (value == NULL && why_needed != NULL) {
        finding_error(r->findings, r->root, "the contract says %s, by the custom property %s",
                      why_needed, name);
    }
    return text;
}

void read_team(struct reader *r)
{
    struct sch_contract *c = r->contract;
    int64_t day;
    read_members(r);
    read_support(r);
    read_processors(r);
    c->legal_basis = custom_text(r, "legalBasis", "by which law or decision the data is collected");
    c->controller = custom_text(r, "controller", NULL);
    c->review_date = custom_text(r, "reviewDate", "when it is reviewed next");
    if (*c->review_date != '\0' &&
        !day_parse(c->review_date, strlen(c->review_date), false, &day)) {
        finding_error(r->findings, reader_custom(r->root, "reviewDate"),
                      "a day is written YYYY-MM-DD, and exists");
    }
}

static void read_collection(struct reader *r, const struct yaml_node *item,
                            struct sch_collection *out)
{
    const char *mode = reader_text(r, item, "mode", SCH_CONTRACT_TEXT_BYTES);
    out->point = reader_text(r, item, "point", SCH_CONTRACT_TEXT_BYTES);
    if (*out->point == '\0') {
        finding_error(r->findings, item, "a collection point has a point and a mode");
    }
    out->mode = strcmp(mode, "manual") == 0 ? SCH_COLLECTION_MANUAL : SCH_COLLECTION_COMPUTER;
    if (strcmp(mode, "manual") != 0 && strcmp(mode, "computer") != 0) {
        const struct yaml_node *at = yaml_member(item, "mode");
        finding_error(r->findings, at != NULL ? at : item, "mode is computer or manual");
    }
}

/* DSP-7.4.5: where the data is collected, and by which means. */
void read_collections(struct reader *r)
{
    struct sch_contract *c = r->contract;
    const struct yaml_node *list = reader_custom(r->root, "collectionPoints");
    size_t count;
    const struct yaml_node *item = reader_list(r, list, COLLECTIONS_MAX, &count);
    c->collections = reader_alloc(r, count, sizeof(*c->collections));
    for (; !r->failed && c->collection_count < count; item = item->next) {
        read_collection(r, item, &c->collections[c->collection_count++]);
    }
    if (list == NULL || list->kind != YAML_LIST || list->count == 0) {
        finding_error(r->findings, list != NULL ? list : r->root,
                      "the contract says where the data is collected, by the custom property "
                      "collectionPoints: a list of {point: …, mode: computer or manual}");
    }
}
