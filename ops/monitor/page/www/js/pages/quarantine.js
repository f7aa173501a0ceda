/* SPDX-License-Identifier: Apache-2.0
 * quarantine.js - what could not be recorded: by cause, then event by event; and what is done with a whole cause. */
import { get, path } from '../api.js';
import { h } from '../dom.js';
import { number } from '../format.js';
import { code, empty, link, name, said, section, when } from '../parts.js';
import { may } from '../session.js';
import { table } from '../table.js';
import { t, word } from '../text.js';
import { askDiscard, askReplay, askAssign } from './casework.js';

const FILTERS = ['dataset', 'reason', 'rule', 'path', 'state'];
const selectionOf = (g) => ({
    dataset: g.dataset,
    reason: g.reason,
    rule: g.rule ?? null,
    path: g.path ?? null,
    before: null,
});
const listOf = (g) =>
    `#/quarantine?${new URLSearchParams(
        Object.entries({ dataset: g.dataset, reason: g.reason, rule: g.rule, path: g.path }).filter(
            ([, v]) => v !== null && v !== undefined,
        ),
    )}`;

const groupColumns = (page) => [
    {
        id: 'r',
        label: t('cause'),
        heads: true,
        cell: (g) => [
            link(listOf(g), word('reason', g.reason)),
            g.rule && h('small', {}, h('bdi', {}, g.rule)),
            g.path && h('small', {}, code(g.path)),
        ],
    },
    {
        id: 'd',
        label: t('source'),
        cell: (g) => link(`#/sources/${encodeURIComponent(g.dataset)}`, code(g.dataset)),
    },
    { id: 'o', label: word('quarantine', 'open'), class: 'n', cell: (g) => h('strong', {}, number(g.open)) },
    { id: 'p', label: word('quarantine', 'replay'), class: 'n', cell: (g) => number(g.replay) },
    { id: 'x', label: word('quarantine', 'replayed'), class: 'n', cell: (g) => number(g.replayed) },
    { id: 'u', label: word('quarantine', 'superseded'), class: 'n', cell: (g) => number(g.superseded) },
    { id: 'c', label: word('quarantine', 'discarded'), class: 'n', cell: (g) => number(g.discarded) },
    { id: 'f', label: t('first_last'), cell: (g) => [when(g.first_at), ' – ', when(g.last_at)] },
    {
        id: 'a',
        label: t('assigned_to'),
        cell: (g) => (g.assigned_to ? name(g.assigned_to) : h('span', { class: 'faint' }, t('nobody'))),
    },
    ...(may('quarantine.assign')
        ? [
              {
                  id: 'y',
                  label: t('action'),
                  cell: (g) =>
                      g.open > 0 &&
                      h(
                          'span',
                          { class: 'buttons' },
                          may('quarantine.decide') && [
                              h(
                                  'button',
                                  {
                                      type: 'button',
                                      class: 'quiet',
                                      onclick: () => askReplay(selectionOf(g), page.reload),
                                  },
                                  t('replay'),
                              ),
                              h(
                                  'button',
                                  {
                                      type: 'button',
                                      class: 'quiet',
                                      onclick: () => askDiscard(selectionOf(g), page.reload),
                                  },
                                  t('discard'),
                              ),
                          ],
                          h(
                              'button',
                              {
                                  type: 'button',
                                  class: 'quiet',
                                  onclick: () => askAssign(selectionOf(g), page.reload),
                              },
                              t('assign'),
                          ),
                      ),
              },
          ]
        : []),
];

const eventColumns = () => [
    {
        id: 'i',
        label: t('event'),
        heads: true,
        cell: (e) => link(`#/quarantine/${e.id}`, t('event.n', { id: e.id })),
    },
    { id: 'd', label: t('source'), cell: (e) => code(e.dataset) },
    { id: 'w', label: t('arrived'), cell: (e) => when(e.recorded_at, { seconds: true }) },
    { id: 'p', label: t('place'), cell: (e) => code(`${e.topic}/${e.partition} @ ${e.offset}`) },
    {
        id: 'r',
        label: t('cause'),
        class: 'wide',
        cell: (e) => [said(e, 'sentence') ?? word('reason', e.reason), e.path && h('small', {}, code(e.path))],
    },
    {
        id: 's',
        label: t('state'),
        cell: (e) => [word('quarantine', e.state), e.withheld && h('small', {}, t('withheld'))],
    },
    {
        id: 'a',
        label: t('assigned_to'),
        cell: (e) => (e.assigned_to ? name(e.assigned_to) : h('span', { class: 'faint' }, t('nobody'))),
    },
];

export default {
    hears: ['quarantine'],
    reloads: [...FILTERS, 'before_id'],
    title: () => t('page.quarantine'),

    async load(_, page) {
        const asked = Object.fromEntries([...FILTERS, 'before_id'].map((f) => [f, page.query[f] ?? null]));
        const [groups, list] = await Promise.all([
            get(path('/nrc/v1/quarantine/groups', { dataset: asked.dataset })),
            get(path('/nrc/v1/quarantine', { ...asked, limit: 100 })),
        ]);
        return { groups: groups.groups, events: list.events, next: list.next_before_id ?? null };
    },

    view({ groups, events, next }, page) {
        const chosen = FILTERS.filter((f) => page.query[f]);
        return [
            chosen.length > 0 &&
                h(
                    'p',
                    { class: 'chips' },
                    chosen.map((f) =>
                        h(
                            'button',
                            {
                                type: 'button',
                                class: 'chip',
                                'aria-pressed': 'true',
                                onclick: () => page.setQuery({ [f]: null, before_id: null }),
                                'aria-label': t('filter.off', { what: page.query[f] }),
                            },
                            t(`filter.${f}`),
                            ': ',
                            h(
                                'bdi',
                                {},
                                f === 'reason'
                                    ? word('reason', page.query[f])
                                    : f === 'state'
                                      ? word('quarantine', page.query[f])
                                      : page.query[f],
                            ),
                            ' ×',
                        ),
                    ),
                ),
            section(
                'groups',
                t('quarantine.groups'),
                groups.length
                    ? table(
                          groupColumns(page),
                          [...groups].sort((a, b) => b.open - a.open),
                          { caption: t('quarantine.groups'), keyOf: (g) => JSON.stringify(selectionOf(g)) },
                      )
                    : empty(t('quarantine.none')),
            ),
            section(
                'events',
                t('quarantine.events'),
                h(
                    'div',
                    { class: 'chips', role: 'group', 'aria-label': t('state') },
                    ['open', 'replay', 'replayed', 'superseded', 'discarded'].map((s) =>
                        h(
                            'button',
                            {
                                type: 'button',
                                class: 'chip',
                                'aria-pressed': String(page.query.state === s),
                                onclick: () =>
                                    page.setQuery({ state: page.query.state === s ? null : s, before_id: null }),
                            },
                            word('quarantine', s),
                        ),
                    ),
                ),
                events.length
                    ? table(eventColumns(), events, { caption: t('quarantine.events'), keyOf: (e) => e.id })
                    : empty(t('quarantine.none')),
                h(
                    'p',
                    { class: 'buttons' },
                    page.query.before_id &&
                        h(
                            'button',
                            { type: 'button', class: 'quiet', onclick: () => page.setQuery({ before_id: null }) },
                            t('newest'),
                        ),
                    next &&
                        h(
                            'button',
                            { type: 'button', class: 'quiet', onclick: () => page.setQuery({ before_id: next }) },
                            t('older'),
                        ),
                ),
            ),
        ];
    },
};
