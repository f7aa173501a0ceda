/* SPDX-License-Identifier: Apache-2.0
 * partitions.js - a source's partitions, and what a person may do to its flow: pause, resume, accept a gap. */
import { path, post } from '../api.js';
import { announce, h } from '../dom.js';
import { span } from '../format.js';
import { askFor, code, why } from '../parts.js';
import { may } from '../session.js';
import { lagAge, lagEvents } from '../status.js';
import { t, word } from '../text.js';

export const partitionColumns = (page, source) => [
    { id: 'p', label: t('partition'), heads: true, cell: (p) => code(`${p.topic}/${p.partition}`) },
    {
        id: 'v',
        label: t('verdict'),
        cell: (p) => [
            word('verdict', p.verdict),
            p.state !== 'open' && [h('br'), h('strong', {}, word('partition', p.state))],
        ],
    },
    { id: 'e', label: t('lag'), class: 'n', cell: (p) => lagEvents(p) },
    { id: 'a', label: t('lag.age'), class: 'n', cell: (p) => lagAge(p) },
    {
        id: 'c',
        label: t('lag.catch_up'),
        class: 'n',
        cell: (p) => (p.events > 0 ? (p.catch_up_s === null ? t('lag.never') : span(p.catch_up_s)) : '–'),
    },
    { id: 'h', label: t('lag.headroom'), class: 'n', cell: (p) => span(p.headroom_s) },
    {
        id: 'o',
        label: t('position'),
        class: 'n',
        cell: (p) => h('bdi', { dir: 'ltr' }, `${p.position ?? '–'} / ${p.log_end ?? '–'}`),
    },
    {
        id: 'g',
        label: t('engine'),
        cell: (p) => (p.engine ? code(p.engine) : h('span', { class: 'faint' }, t('engine.none'))),
    },
    ...(may('source.gap')
        ? [
              {
                  id: 'x',
                  label: t('action'),
                  cell: (p) =>
                      p.state === 'halted' &&
                      h(
                          'button',
                          {
                              type: 'button',
                              class: 'quiet',
                              onclick: () =>
                                  askFor({
                                      title: t('gap.title', { n: p.partition }),
                                      text: h('p', {}, t('gap.text')),
                                      fields: [why()],
                                      action: t('gap.accept'),
                                      danger: true,
                                      act: async (v) => {
                                          await post(path('/nrc/v1/sources/{}/gap-acceptance', source.dataset), {
                                              partition: p.partition,
                                              why: v.why,
                                          });
                                          announce(t('done'));
                                          page.reload();
                                      },
                                  }),
                          },
                          t('gap.accept'),
                      ),
              },
          ]
        : []),
];

export function pausing(source, page) {
    const paused = source.status === 'paused' || source.partitions?.some((p) => p.state === 'paused');
    const act = (verb, body) => async (v) => {
        await post(path(`/nrc/v1/sources/{}/${verb}`, source.dataset), body(v));
        announce(t('done'));
        page.reload();
    };
    return (
        may('source.pause') &&
        h(
            'p',
            { class: 'buttons' },
            paused
                ? h(
                      'button',
                      {
                          type: 'button',
                          class: 'main',
                          onclick: () =>
                              askFor({
                                  title: t('resume.title', { name: source.dataset }),
                                  fields: [why()],
                                  action: t('resume'),
                                  act: act('resumption', (v) => ({ why: v.why })),
                              }),
                      },
                      t('resume'),
                  )
                : h(
                      'button',
                      {
                          type: 'button',
                          class: 'quiet',
                          onclick: () =>
                              askFor({
                                  title: t('pause.title', { name: source.dataset }),
                                  text: h('p', {}, t('pause.text')),
                                  fields: [why()],
                                  action: t('pause'),
                                  act: act('pausing', (v) => ({ why: v.why })),
                              }),
                      },
                      t('pause'),
                  ),
        )
    );
}
