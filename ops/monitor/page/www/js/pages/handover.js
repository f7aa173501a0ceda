/* SPDX-License-Identifier: Apache-2.0
 * handover.js - what the next shift must know; made to be printed. */
import { get, path } from '../api.js';
import { h } from '../dom.js';
import { empty, facts, name, said, section, when } from '../parts.js';
import { person } from '../session.js';
import { table } from '../table.js';
import { t } from '../text.js';
import { about, incidentColumns } from './incidents.js';

const HOURS = [8, 12, 24, 72];
const LISTS = [
    ['unacknowledged', 'handover.unacknowledged'],
    ['open', 'handover.open'],
    ['opened', 'handover.opened'],
    ['closed', 'handover.closed'],
];

export default {
    hears: ['incidents'],
    reloads: ['hours'],
    title: () => t('page.handover'),
    load: (_, page) =>
        get(
            path('/nrc/v1/handover', {
                since: new Date(Date.now() - (Number(page.query.hours) || 8) * 3600000)
                    .toISOString()
                    .replace(/\.\d+Z/, 'Z'),
            }),
        ),

    view(state, page) {
        const chosen = Number(page.query.hours) || 8;
        return [
            h(
                'div',
                { class: 'chips noprint', role: 'group', 'aria-label': t('handover.span') },
                HOURS.map((hours) =>
                    h(
                        'button',
                        {
                            type: 'button',
                            class: 'chip',
                            'aria-pressed': String(hours === chosen),
                            onclick: () => page.setQuery({ hours }),
                        },
                        t('handover.hours', { n: hours }),
                    ),
                ),
                h('button', { type: 'button', class: 'main', onclick: () => print() }, t('print')),
            ),
            h('p', { class: 'lead-sentence' }, said(state, 'sentence')),
            facts([
                [t('from'), when(state.from)],
                [t('until'), when(state.to)],
                [t('handover.by'), name(person())],
            ]),
            LISTS.map(([member, title]) =>
                section(
                    member,
                    t(title),
                    (state[member] ?? []).length
                        ? table(incidentColumns(), state[member], { caption: t(title), keyOf: (i) => i.id })
                        : empty(t('none')),
                ),
            ),
            section(
                'comments',
                t('handover.comments'),
                (state.comments ?? []).length
                    ? table(
                          [
                              { id: 'a', label: t('time'), cell: (c) => when(c.at) },
                              {
                                  id: 'i',
                                  label: t('incident'),
                                  heads: true,
                                  cell: (c) =>
                                      c.incident
                                          ? h(
                                                'a',
                                                { href: `#/incidents/${c.incident}` },
                                                t('incident.n', { id: c.incident }),
                                            )
                                          : about(c),
                              },
                              {
                                  id: 'd',
                                  label: t('comment'),
                                  class: 'wide',
                                  cell: (c) => h('bdi', { dir: 'auto' }, c.detail ?? c.text ?? ''),
                              },
                              { id: 'b', label: t('who'), cell: (c) => name(c.by) },
                          ],
                          state.comments,
                          { caption: t('handover.comments') },
                      )
                    : empty(t('none')),
            ),
        ];
    },
};
