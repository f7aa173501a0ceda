/* SPDX-License-Identifier: Apache-2.0
 * incidents.js - what is wrong, the gravest first; what another incident explains stands under that one. */
import { get, path } from '../api.js';
import { h } from '../dom.js';
import { number } from '../format.js';
import { badge, code, empty, english, link, mark, name, since, when } from '../parts.js';
import { table } from '../table.js';
import { t, word } from '../text.js';

/* Whatever the register calls its severity, 0 to 3 or a word. */
const LEVELS = { info: 1, note: 1, warning: 2, warn: 2, error: 3, critical: 3 };
export const severityOf = (i) =>
    i.state === 'closed' ? 0 : typeof i.severity === 'number' ? i.severity : (LEVELS[i.severity] ?? 2);

export const about = (i) =>
    i.dataset
        ? link(`#/sources/${encodeURIComponent(i.dataset)}`, code(i.dataset))
        : i.engine
          ? code(i.engine)
          : i.topic
            ? code(i.topic)
            : '–';

export const incidentColumns = () => [
    {
        id: 's',
        label: t('state'),
        cell: (i) =>
            h('span', { class: `badge s${severityOf(i)}` }, mark(severityOf(i)), word('incident', i.state)),
    },
    {
        id: 'k',
        label: t('incident'),
        heads: true,
        cell: (i) => [
            link(`#/incidents/${i.id}`, t('incident.n', { id: i.id }), ' · ', word('kind', i.kind)),
            i.causes > 0 && h('small', {}, t('incident.explains', { n: i.causes })),
        ],
    },
    {
        id: 'o',
        label: t('about'),
        cell: (i) => [
            about(i),
            i.partition !== null && i.partition !== undefined && [' ', code(`/${i.partition}`)],
        ],
    },
    { id: 'a', label: t('opened'), cell: (i) => (i.state === 'closed' ? when(i.opened_at) : since(i.opened_at)) },
    { id: 'c', label: t('times'), class: 'n', cell: (i) => number(i.count) },
    {
        id: 'w',
        label: t('who'),
        cell: (i) =>
            i.assigned_to
                ? name(i.assigned_to)
                : i.acknowledged_by
                  ? name(i.acknowledged_by)
                  : h('span', { class: 'faint' }, t('nobody')),
    },
    { id: 'd', label: t('detail'), class: 'wide', cell: (i) => english(i.detail) },
];

const STATES = ['open', 'acknowledged', 'closed'];

/* A cause, then what it explains. */
function grouped(incidents) {
    const known = new Set(incidents.map((i) => i.id));
    const rest = incidents
        .filter((i) => !i.caused_by || !known.has(i.caused_by))
        .sort((a, b) => severityOf(b) - severityOf(a) || String(b.opened_at).localeCompare(String(a.opened_at)));
    return rest.map((top) => [top, incidents.filter((i) => i.caused_by === top.id)]);
}

export default {
    hears: ['incidents'],
    reloads: ['state', 'dataset'],
    title: () => t('page.incidents'),

    load: (_, page) =>
        get(
            path('/nrc/v1/incidents', {
                state: page.query.state ?? null,
                over: page.query.state === 'closed' ? true : null,
                dataset: page.query.dataset,
                limit: 500,
            }),
        ),

    view({ incidents }, page) {
        const groups = grouped(incidents);
        const hidden = groups.reduce((n, [, under]) => n + under.length, 0);
        return [
            h(
                'div',
                { class: 'chips', role: 'group', 'aria-label': t('state') },
                STATES.map((state) =>
                    h(
                        'button',
                        {
                            type: 'button',
                            class: 'chip',
                            'aria-pressed': String(page.query.state === state),
                            onclick: () => page.setQuery({ state: page.query.state === state ? null : state }),
                        },
                        word('incident', state),
                    ),
                ),
            ),
            h(
                'p',
                { class: 'count', role: 'status' },
                t('count.incidents', { n: groups.length }),
                hidden > 0 && ` ${t('count.explained', { n: hidden })}`,
            ),
            groups.length
                ? table(
                      incidentColumns(),
                      groups.map(([top]) => top),
                      { caption: t('page.incidents'), keyOf: (i) => i.id },
                  )
                : h('div', {}, badge(0, 'ok'), ' ', empty(t('incidents.none'))),
            groups
                .filter(([, under]) => under.length)
                .map(([top, under]) =>
                    h(
                        'details',
                        { key: `under-${top.id}` },
                        h('summary', {}, t('incident.under', { id: top.id, n: under.length })),
                        table(incidentColumns(), under, {
                            caption: t('incident.under', { id: top.id, n: under.length }),
                            keyOf: (i) => i.id,
                        }),
                    ),
                ),
        ];
    },
};
