/* SPDX-License-Identifier: Apache-2.0
 * overview.js - all sources, worst first: which is worst, since when, why, and what to do. */
import { get, maybe, path } from '../api.js';
import { h } from '../dom.js';
import { compare, number } from '../format.js';
import { badge, empty, name, plain, said, since, sinceCell, when } from '../parts.js';
import {
    STATUSES,
    byNumber,
    byStatus,
    byTime,
    freshnessCell,
    inQuarantine,
    lagCell,
    share,
    worse,
} from '../status.js';
import { LongTable, keysHint } from '../long_table.js';
import { sorted } from '../table.js';
import { t } from '../text.js';
import { ofAgency } from '../session.js';
import { headline, house, hrefOf } from './headline.js';

const long = new LongTable({ id: 'sources', keyOf: (s) => s.dataset });

const columns = () => [
    {
        id: 'status',
        label: t('status'),
        class: 'c-status',
        order: byStatus,
        cell: (s) => badge(s.severity, s.status),
    },
    {
        id: 'source',
        label: t('source'),
        class: 'c-source',
        heads: true,
        order: (a, b) => compare(plain(a, 'name') || a.dataset, plain(b, 'name') || b.dataset),
        cell: (s) => [
            h(
                'a',
                { class: 'row', href: hrefOf(s), title: plain(s, 'name') || s.dataset },
                name(plain(s, 'name') || s.dataset),
            ),
            h(
                'span',
                { class: 'faint' },
                name(plain(s, 'agency_name') || s.agency),
                ' · ',
                h('bdi', { class: 'code', dir: 'ltr' }, s.dataset),
            ),
        ],
    },
    {
        id: 'since',
        label: t('since.when'),
        class: 'c-since',
        order: byTime((s) => s.since),
        cell: (s) => sinceCell(s.since),
    },
    { id: 'why', label: t('what_is_known'), class: 'c-why', cell: (s) => said(s, 'sentence') },
    { id: 'lag', label: t('lag'), class: 'c-lag n', order: byNumber((s) => s.lag?.events), cell: lagCell },
    {
        id: 'freshness',
        label: t('freshness'),
        class: 'c-fresh',
        order: byTime((s) => s.freshness?.last_arrival_at),
        cell: freshnessCell,
    },
    {
        id: 'completeness',
        label: t('completeness'),
        class: 'c-complete n',
        order: byNumber((s) => s.completeness),
        cell: (s) => share(s.completeness),
    },
    {
        id: 'quarantine',
        label: t('quarantine'),
        class: 'c-quarantine n',
        order: byNumber((s) => s.quarantine_open),
        cell: (s) =>
            s.quarantine_open > 0
                ? h(
                      'a',
                      { href: `#/quarantine?dataset=${encodeURIComponent(s.dataset)}`, tabindex: '-1' },
                      inQuarantine(s.quarantine_open),
                  )
                : h('span', { class: 'faint' }, number(s.quarantine_open)),
    },
    {
        id: 'structure',
        label: t('structure'),
        class: 'c-structure',
        order: byTime((s) => s.structure_changed_at),
        cell: (s) =>
            s.structure_version
                ? [
                      h('span', { class: 'lead' }, t('version', { v: s.structure_version })),
                      h('span', { class: 'faint' }, when(s.structure_changed_at)),
                  ]
                : h('span', { class: 'faint' }, t('structure.none')),
    },
];

function chips(state, page) {
    const counts = new Map(STATUSES.map((s) => [s, 0]));
    state.sources.forEach((s) => counts.set(s.status, (counts.get(s.status) ?? 0) + 1));
    const worstOf = (status) =>
        Math.max(0, ...state.sources.filter((s) => s.status === status).map((s) => s.severity ?? 0));
    return h(
        'div',
        { class: 'chips', role: 'group', 'aria-label': t('filter.status') },
        [...counts]
            .filter(([status, n]) => n > 0 || page.query.status === status)
            .map(([status, n]) =>
                h(
                    'button',
                    {
                        type: 'button',
                        class: 'chip',
                        'aria-pressed': String(page.query.status === status),
                        key: status,
                        onclick: () => page.setQuery({ status: page.query.status === status ? null : status }),
                    },
                    badge(worstOf(status), status),
                    h('b', {}, number(n)),
                ),
            ),
    );
}

function filters(state, page) {
    const agencies = [...new Map(state.sources.map((s) => [s.agency, plain(s, 'agency_name') || s.agency]))].sort(
        (a, b) => compare(a[1], b[1]),
    );
    return h(
        'form',
        { class: 'filters', role: 'search', onsubmit: (e) => e.preventDefault() },
        h(
            'div',
            { class: 'field' },
            h('label', { for: 'search' }, t('search')),
            h('input', {
                id: 'search',
                type: 'search',
                value: page.query.q ?? '',
                dir: 'auto',
                autocomplete: 'off',
                maxlength: 200,
                placeholder: t('search.hint'),
                oninput: (e) => page.setQuery({ q: e.target.value }),
            }),
        ),
        !ofAgency() &&
            h(
                'div',
                { class: 'field' },
                h('label', { for: 'agency' }, t('agency')),
                h(
                    'select',
                    {
                        id: 'agency',
                        value: page.query.agency ?? '',
                        onchange: (e) => page.setQuery({ agency: e.target.value }),
                    },
                    h('option', { value: '' }, t('all')),
                    agencies.map(([id, text]) => h('option', { value: id }, text)),
                ),
            ),
        h(
            'div',
            { class: 'field narrow' },
            h('label', { for: 'order' }, t('order')),
            h(
                'select',
                {
                    id: 'order',
                    value: page.query.by ?? 'status',
                    onchange: (e) =>
                        page.setQuery({
                            by: e.target.value,
                            turn: e.target.value === 'source' ? null : 'descending',
                        }),
                },
                columns()
                    .filter((c) => c.order)
                    .map((c) => h('option', { value: c.id }, c.label)),
            ),
        ),
    );
}

/* Letters as people type them: without marks, and the forms of alef, yeh and teh marbuta as one. */
export function folded(text) {
    return String(text ?? '')
        .toLowerCase()
        .normalize('NFKD')
        .replace(/[\u0300-\u036f\u064b-\u0652\u0670\u0640]/g, '')
        .replace(/[أإآٱ]/g, 'ا')
        .replace(/ى/g, 'ي')
        .replace(/ة/g, 'ه');
}

function visible(sources, query) {
    const words = folded(query.q).split(/\s+/).filter(Boolean);
    return sources.filter(
        (s) =>
            (!query.status || s.status === query.status) &&
            (!query.agency || s.agency === query.agency) &&
            words.every((w) =>
                (s.folded ??= folded(
                    [s.dataset, s.name, s.name_ar, s.agency_name, s.agency_name_ar].join(' '),
                )).includes(w),
            ),
    );
}

export default {
    hears: ['sources', 'incidents', 'quarantine'],
    title: () => t('page.sources'),

    async load() {
        const [answer, overview] = await Promise.all([get('/nrc/v1/sources'), maybe(get('/nrc/v1/overview'))]);
        return { cursor: answer.cursor, sources: answer.sources.sort(worse), overview, whole: Date.now() };
    },

    /* Only what changed since; a source that is gone is found by the whole list, every few minutes. */
    async refresh(state) {
        if (!state.cursor || Date.now() - state.whole > 300000) {
            return this.load();
        }
        const [answer, overview] = await Promise.all([
            get(path('/nrc/v1/sources', { changed_since: state.cursor })),
            maybe(get('/nrc/v1/overview')),
        ]);
        const all = new Map(state.sources.map((s) => [s.dataset, s]));
        answer.sources.forEach((s) => all.set(s.dataset, s));
        return {
            ...state,
            cursor: answer.cursor ?? state.cursor,
            sources: [...all.values()].sort(worse),
            overview,
        };
    },

    view(state, page) {
        const sort = {
            by: page.query.by ?? 'status',
            direction:
                page.query.turn ?? (page.query.by && page.query.by !== 'status' ? 'ascending' : 'descending'),
        };
        const cols = columns();
        const rows = sorted(visible(state.sources, page.query), cols, sort);
        const onSort = (by) =>
            page.setQuery({
                by,
                turn: sort.by === by && sort.direction === 'descending' ? 'ascending' : 'descending',
            });
        return [
            headline(state.sources, state.overview),
            house(state.overview),
            h('div', { class: 'tools' }, filters(state, page), chips(state, page)),
            h(
                'p',
                { class: 'count', role: 'status' },
                rows.length === state.sources.length
                    ? t('count.sources', { n: rows.length })
                    : t('count.some', { n: rows.length, all: state.sources.length }),
            ),
            keysHint('sources'),
            rows.length
                ? long.view(rows, cols, { caption: t('page.sources'), sort, onSort })
                : empty(
                      state.sources.length ? t('empty.filter') : t(ofAgency() ? 'empty.agency' : 'empty.sources'),
                  ),
        ];
    },

    settle: () => {
        long.settle();
        if (!performance.getEntriesByName('nrc-sources-shown').length && document.getElementById('sources')) {
            requestAnimationFrame(() => setTimeout(() => performance.mark('nrc-sources-shown'))); // painted: the tests read it
        }
    },
};
