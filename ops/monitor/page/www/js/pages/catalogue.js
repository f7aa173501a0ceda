/* SPDX-License-Identifier: Apache-2.0
 * catalogue.js - the list of data sources (NRL-5): agency, system, dataset; and what the list lacks. */
import { get, maybe } from '../api.js';
import { h } from '../dom.js';
import { number } from '../format.js';
import { code, empty, facts, link, name, plain, said, section, when } from '../parts.js';
import { table } from '../table.js';
import { t, word } from '../text.js';
import { folded } from './overview.js';

const structuresOf = (d) =>
    Array.isArray(d.structures)
        ? d.structures.length
        : Number(d.structures) || (d.versions ? Number(d.versions) : 0);

const columns = () => [
    {
        id: 'd',
        label: t('source'),
        heads: true,
        cell: (d) => [
            link(`#/sources/${encodeURIComponent(d.dataset)}`, name(plain(d, 'title') || d.dataset)),
            h('small', {}, code(d.dataset)),
        ],
    },
    { id: 'i', label: t('description'), class: 'wide', cell: (d) => said(d, 'description') },
    { id: 'o', label: t('origin'), cell: (d) => word('origin', d.origin) },
    { id: 'c', label: t('cadence'), cell: (d) => word('cadence', d.cadence) },
    { id: 'l', label: t('legal_basis'), cell: (d) => d.legal_basis && h('bdi', { dir: 'auto' }, d.legal_basis) },
    { id: 's', label: t('steward'), cell: (d) => d.steward && name(plain(d, 'steward')) },
    { id: 'v', label: t('structures'), class: 'n', cell: (d) => number(structuresOf(d)) },
    { id: 't', label: t('state'), cell: (d) => word('dataset_state', d.state) },
];

const wanted = (agency, words) => {
    const text = folded(
        JSON.stringify([
            agency.code,
            agency.name,
            agency.name_ar,
            (agency.systems ?? []).map((s) => [s.name, s.name_ar]),
            all(agency).map((d) => [d.dataset, d.title, d.title_ar]),
        ]),
    );
    return words.every((w) => text.includes(w));
};
const all = (agency) => [
    ...(agency.systems ?? []).flatMap((s) => (s.datasets ?? []).map((d) => ({ ...d, of: s }))),
    ...(agency.datasets ?? []),
];

function one(agency) {
    const datasets = all(agency);
    return h(
        'details',
        { class: 'card', key: agency.code },
        h(
            'summary',
            {},
            h('h2', {}, name(plain(agency, 'name') || agency.code)),
            ' ',
            code(agency.code),
            ' · ',
            t('count.sources', { n: datasets.length }),
        ),
        facts([
            [t('legal_class'), number(agency.class)],
            [t('coordinator.division'), agency.division ? name(agency.division) : t('coordinator.none')],
            [t('coordinator.head'), agency.head ? name(agency.head) : null],
            [t('since'), agency.since ? when(agency.since) : null],
            [t('state'), word('agency_state', agency.state)],
        ]),
        (agency.systems ?? []).map((s) => [
            h('h3', {}, t('system'), ' ', name(plain(s, 'name'))),
            (s.datasets ?? []).length
                ? table(columns(), s.datasets, { caption: plain(s, 'name'), keyOf: (d) => d.dataset })
                : empty(t('none')),
        ]),
        (agency.datasets ?? []).length > 0 &&
            table(columns(), agency.datasets, { caption: plain(agency, 'name'), keyOf: (d) => d.dataset }),
    );
}

export default {
    hears: [],
    title: () => t('page.catalogue'),

    async load() {
        const [tree, gaps] = await Promise.all([
            get('/nrc/v1/catalogue?format=json'),
            maybe(get('/nrc/v1/catalogue/gaps')),
        ]);
        return { tree, gaps };
    },

    view({ tree, gaps }, page) {
        const words = folded(page.query.q).split(/\s+/).filter(Boolean);
        const agencies = (tree.agencies ?? []).filter((a) => wanted(a, words));
        return [
            h(
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
                        maxlength: 200,
                        oninput: (e) => page.setQuery({ q: e.target.value }),
                    }),
                ),
            ),
            h(
                'p',
                { class: 'count', role: 'status' },
                t('count.agencies', { n: agencies.length }),
                ' · ',
                ['csv', 'dcat', 'html'].map((f, i) => [
                    i > 0 && ' · ',
                    h('a', { href: `/nrc/v1/catalogue?format=${f}` }, t(`catalogue.${f}`)),
                ]),
            ),
            agencies.length ? agencies.map(one) : empty(t('empty.filter')),
            gaps &&
                section(
                    'gaps',
                    t('catalogue.gaps'),
                    gaps.length
                        ? table(
                              [
                                  { id: 'g', label: t('catalogue.lacks'), cell: (g) => word('gap', g.gap) },
                                  { id: 'a', label: t('agency'), cell: (g) => name(g.agency) },
                                  { id: 'o', label: t('about'), heads: true, cell: (g) => name(g.object) },
                                  {
                                      id: 'd',
                                      label: t('detail'),
                                      class: 'wide',
                                      cell: (g) => h('bdi', { dir: 'auto' }, g.detail ?? ''),
                                  },
                              ],
                              gaps.slice(0, 300),
                              { caption: t('catalogue.gaps') },
                          )
                        : empty(t('catalogue.whole')),
                ),
        ];
    },
};
