/* SPDX-License-Identifier: Apache-2.0
 * incident.js - one incident: what opened it, what to do, what was done, and who was told. */
import { get, path, post } from '../api.js';
import { announce, h } from '../dom.js';
import { number } from '../format.js';
import {
    askFor,
    code,
    empty,
    english,
    facts,
    link,
    mark,
    name,
    said,
    section,
    since,
    when,
    why,
} from '../parts.js';
import { may } from '../session.js';
import { table } from '../table.js';
import { t, word } from '../text.js';
import { about, severityOf } from './incidents.js';

function actions(incident, page) {
    const ask = (what, title, fields, body) => () =>
        askFor({
            title,
            fields,
            action: title,
            act: async (values) => {
                await post(path(`/nrc/v1/incidents/{}/${what}`, incident.id), body(values));
                announce(t('done'));
                page.reload();
            },
        });
    const button = (right, key, run, main) =>
        may(right) && h('button', { type: 'button', class: main ? 'main' : 'quiet', onclick: run }, t(key));
    const closed = incident.state === 'closed';
    return h(
        'p',
        { class: 'buttons' },
        incident.state === 'open' &&
            button(
                'incident.acknowledge',
                'acknowledge',
                ask('acknowledgement', t('acknowledge'), [why(false)], (v) => ({ why: v.why || null })),
                true,
            ),
        !closed &&
            button(
                'incident.assign',
                'assign',
                ask(
                    'assignment',
                    t('assign'),
                    [
                        {
                            name: 'to',
                            label: t('assign.to'),
                            hint: t('assign.hint'),
                            value: incident.assigned_to ?? '',
                        },
                        why(),
                    ],
                    (v) => ({ to: v.to || null, why: v.why }),
                ),
            ),
        button(
            'incident.comment',
            'comment',
            ask(
                'comment',
                t('comment'),
                [{ name: 'text', label: t('comment.text'), kind: 'area', needed: true }],
                (v) => ({ text: v.text }),
            ),
        ),
        !closed &&
            button(
                'incident.close',
                'close',
                ask('closing', t('close'), [why()], (v) => ({ why: v.why })),
            ),
    );
}

export default {
    hears: ['incidents'],
    title: (state, page) => t('incident.n', { id: page.args[0] }) + (state ? ` · ${word('kind', state.kind)}` : ''),
    load: ([id]) => get(path('/nrc/v1/incidents/{}', id)),

    view(incident, page) {
        const severity = severityOf(incident);
        return [
            h('p', { class: 'crumbs' }, link('#/incidents', t('page.incidents'))),
            h(
                'section',
                { class: `headline s${severity}`, 'aria-label': t('state') },
                mark(severity),
                h(
                    'div',
                    {},
                    h(
                        'p',
                        { class: 'first' },
                        h('strong', {}, word('incident', incident.state)),
                        ' · ',
                        about(incident),
                        ' · ',
                        t('since'),
                        ' ',
                        since(incident.opened_at),
                    ),
                    h('p', {}, english(incident.detail)),
                    h('p', { class: 'do' }, h('strong', {}, t('what_to_do')), ' ', said(incident, 'what_to_do')),
                    incident.caused_by &&
                        h(
                            'p',
                            {},
                            t('incident.because'),
                            ' ',
                            link(`#/incidents/${incident.caused_by}`, t('incident.n', { id: incident.caused_by })),
                        ),
                    incident.causes > 0 && h('p', {}, t('incident.explains', { n: incident.causes })),
                ),
            ),
            actions(incident, page),
            facts([
                [t('incident.kind'), [word('kind', incident.kind), ' ', h('small', {}, code(incident.kind))]],
                [t('opens_when'), said(incident, 'opens_when')],
                [
                    t('about'),
                    [
                        about(incident),
                        incident.topic && [
                            ' · ',
                            code(incident.topic),
                            incident.partition !== null && code(`/${incident.partition}`),
                        ],
                    ],
                ],
                [t('engine'), incident.engine ? code(incident.engine) : null],
                [t('last_seen'), since(incident.last_seen_at)],
                [t('times'), number(incident.count)],
                [t('reopened'), incident.reopened ? number(incident.reopened) : null],
                [
                    t('acknowledged_by'),
                    incident.acknowledged_by
                        ? [name(incident.acknowledged_by), ' · ', when(incident.acknowledged_at)]
                        : t('nobody'),
                ],
                [t('assigned_to'), incident.assigned_to ? name(incident.assigned_to) : t('nobody')],
                [
                    t('closed'),
                    incident.closed_at
                        ? [when(incident.closed_at), incident.closed_why && [' · ', name(incident.closed_why)]]
                        : null,
                ],
            ]),
            section(
                'history',
                t('history'),
                (incident.history ?? []).length
                    ? table(
                          [
                              { id: 'a', label: t('time'), cell: (e) => when(e.at, { seconds: true }) },
                              { id: 'w', label: t('what'), heads: true, cell: (e) => word('did', e.what) },
                              {
                                  id: 'd',
                                  label: t('detail'),
                                  class: 'wide',
                                  cell: (e) => (e.detail ? h('bdi', { dir: 'auto' }, e.detail) : null),
                              },
                              { id: 'b', label: t('who'), cell: (e) => (e.by ? name(e.by) : t('engine.itself')) },
                          ],
                          incident.history,
                          { caption: t('history') },
                      )
                    : empty(t('history.none')),
            ),
            incident.told &&
                section(
                    'told',
                    t('told'),
                    incident.told.length
                        ? table(
                              [
                                  { id: 'a', label: t('time'), cell: (e) => when(e.at, { seconds: true }) },
                                  {
                                      id: 'c',
                                      label: t('channel'),
                                      heads: true,
                                      cell: (e) => word('channel', e.channel),
                                  },
                                  { id: 't', label: t('to'), cell: (e) => code(e.to) },
                                  { id: 'o', label: t('outcome'), class: 'wide', cell: (e) => english(e.outcome) },
                              ],
                              incident.told,
                              { caption: t('told') },
                          )
                        : empty(t('told.none')),
                ),
        ];
    },
};
