/* SPDX-License-Identifier: Apache-2.0
 * quality.js - the nine dimensions of a source, by day (NRL-10, DSP-7.4.5). */
import { chart } from '../chart.js';
import { h } from '../dom.js';
import { day, number } from '../format.js';
import { empty, section } from '../parts.js';
import { table } from '../table.js';
import { language, t, word } from '../text.js';

const DIMENSIONS = [
    'accuracy',
    'validity',
    'consistency',
    'timeliness',
    'relevance',
    'completeness',
    'structure_fitness',
    'source_credibility',
    'flow_readiness',
];
const CHARTED = ['completeness', 'timeliness', 'validity'];

/* A score is of 100, cut and never rounded up. */
const score = (v) =>
    v === null || v === undefined
        ? h('span', { class: 'faint' }, t('not_measured'))
        : number(Math.floor(v * 10) / 10, 1);

export function qualitySection(rows) {
    if (!rows) {
        return null;
    }
    const days = rows.filter((r) => r.from).sort((a, b) => String(a.from).localeCompare(String(b.from)));
    const latest = days.at(-1);
    return section(
        'quality',
        t('quality'),
        !latest
            ? empty(t('quality.none'))
            : [
                  chart({
                      id: 'quality',
                      title: t('chart.quality'),
                      points: days.map((d) => ({ at: d.from, ...d })),
                      language: language(),
                      steps: 'day',
                      whole: 100,
                      lines: CHARTED.map((d) => ({ id: d, label: word('dimension', d) })),
                      say: (v) => number(v, 1),
                      day: (at) => day(at * 1000),
                  }),
                  table(
                      [
                          { id: 'd', label: t('dimension'), heads: true, cell: (d) => word('dimension', d) },
                          {
                              id: 's',
                              label: t('quality.of', { day: day(latest.from) }),
                              class: 'n',
                              cell: (d) => score(latest[d]),
                          },
                      ],
                      DIMENSIONS,
                      { caption: t('quality'), keyOf: (d) => d, className: 'small' },
                  ),
              ],
    );
}
