/* SPDX-License-Identifier: Apache-2.0
 * rendering.test.mjs - how the page shows what a server says, against the stand-in: a thousand sources, hostile names, a
 * connection that breaks. */
import { after, before, beforeEach, test } from 'node:test';
import assert from 'node:assert/strict';
import {
    BASE,
    accessible,
    arrives,
    done,
    launch,
    loaded,
    reader,
    shot,
    signIn,
    standin,
    text,
    visit,
} from './browser.mjs';

const PAGES = {
    overview: '#/',
    source: '#/sources/moh.births',
    incidents: '#/incidents',
    incident: '#/incidents/3',
    quarantine: '#/quarantine',
    quarantined: '#/quarantine/4711',
    requests: '#/requests',
    request: '#/requests/3',
    notices: '#/notices',
    catalogue: '#/catalogue',
    handover: '#/handover',
};
let browser;
before(async () => {
    browser = await launch();
});
beforeEach(() => standin({ fault: null }));
after(() => browser.close());

/* Signed in; for the tests that leave it as it was. A reader more is a second more. */
const shared = {};
async function overview(language = 'en') {
    const theme = language === 'ar' ? 'light' : 'dark';
    if (!shared[language]) {
        shared[language] = await reader(browser, { language, theme, refused: [401, 403] });
        await signIn(shared[language]);
    }
    await visit(shared[language], '#/');
    return shared[language];
}

const nextFrame = (page) =>
    page.evaluate(
        () =>
            new Promise((resolve) => {
                requestAnimationFrame(() => requestAnimationFrame(resolve));
            }),
    );

const HEADLINE = {
    // which is worst, since when, why, what to do
    en: ['Births 0', 'since', 'Partition 1 is halted', 'Ask the agency to send again'],
    ar: ['المواليد 0', 'منذ', 'القسم 1 معطل', 'اطلب من الجهة'],
};

/* Every page in both languages and themes. Each language has its pictures in one theme, and every rule there; the other theme
 * differs in colours alone. */
async function inBothThemes(page, name, language) {
    await accessible(page, name);
    await shot(page, `${name}-${language}`, { fullPage: name !== 'overview' });
    await page.evaluate(() => document.querySelector('button.icon').click());
    await nextFrame(page);
    await accessible(page, `${name}, the other theme`, ['color-contrast']);
    await page.evaluate(() => document.querySelector('button.icon').click());
}

for (const language of ['ar', 'en']) {
    test(`each page is accessible in ${language}, light and dark`, async () => {
        const page = await overview(language);
        const headline = await text(page, '.headline');
        HEADLINE[language].forEach((part) => assert.ok(headline.includes(part), `${part} is not in: ${headline}`));
        for (const [name, hash] of Object.entries(PAGES)) {
            await visit(page, hash);
            assert.equal(
                await page.evaluate(() => `${document.documentElement.lang} ${document.documentElement.dir}`),
                language === 'ar' ? 'ar rtl' : 'en ltr',
            );
            await page.evaluate(() =>
                document.querySelectorAll('main details').forEach((d) => {
                    d.open = true;
                }),
            );
            assert.ok((await tooWide(page)) <= 0, `${name} is wider than the window`);
            if (language === 'ar') {
                await inArabic(page, hash);
            }
            await inBothThemes(page, name, language);
        }
        assert.deepEqual(page.faults, []);
    });
}

test('the sign-in is accessible', async () => {
    const page = await reader(browser, { language: 'ar' });
    await page.goto(BASE);
    await page.waitForSelector('#account');
    await inBothThemes(page, 'sign-in', 'ar');
    await done(page);
});

const tooWide = (page) =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/* No key of the texts is shown, and no word of the other language. */
async function inArabic(page, where) {
    const own = await page.evaluate(() =>
        [...document.querySelectorAll('button, dt, h1, h2, thead th, label, nav a, figcaption, summary, .badge')]
            .filter((n) => !n.closest('[lang="en"], .code') && !n.querySelector('bdi, .code'))
            .map((n) => n.textContent.trim()),
    );
    assert.deepEqual(
        own.filter((s) => /[a-z]{3,}/i.test(s.replace(/CSV|DCAT-AP|NRL-?\d*|Kafka|English|PostgreSQL/g, ''))),
        [],
        where,
    );
}

test('a thousand sources: few rows are nodes, all are counted, scrolling shows the last', async () => {
    const page = await overview();
    assert.equal(await page.getAttribute('table.long', 'aria-rowcount'), '1001');
    const rows = () => page.$$eval('#sources tr:not(.gap)', (all) => all.length);
    assert.ok((await rows()) < 80, `${await rows()} rows`);
    const heights = await page.$$eval(
        '#sources tr:not(.gap)',
        (all) => new Set(all.map((r) => Math.round(r.getBoundingClientRect().height))).size,
    );
    assert.equal(heights, 1, 'rows have one height, also that with a name of 300 letters');
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await page.waitForSelector('#sources tr[aria-rowindex="1001"]');
    assert.ok((await rows()) < 80);
    assert.deepEqual(page.faults, []);
});

test('the first painting of a thousand rows is measured', async () => {
    const page = await overview();
    await page.reload();
    await page.waitForSelector('#sources a.row');
    const spent = await page.evaluate(async () => {
        const answered = performance.getEntriesByName(new URL('/nrc/v1/sources', location).href).at(-1).responseEnd;
        await new Promise((resolve) => {
            requestAnimationFrame(() => setTimeout(resolve));
        });
        const seen = performance.getEntriesByName('nrc-sources-shown')[0].startTime;
        return {
            painted: seen - answered,
            rows: document.querySelector('table.long').getAttribute('aria-rowcount') - 1,
        };
    });
    console.log(`# ${spent.rows} rows painted ${spent.painted.toFixed(0)} ms after the answer was there`);
    const turns = await page.evaluate(async () => {
        const frames = [];
        let last = performance.now();
        for (let y = 0; y < 40; y += 1) {
            scrollBy(0, 900);
            await new Promise((resolve) => {
                requestAnimationFrame(resolve);
            });
            frames.push(performance.now() - last);
            last = performance.now();
        }
        return frames.sort((a, b) => a - b);
    });
    console.log(
        `# scrolling by a window each frame: median ${turns[20].toFixed(0)} ms a frame, longest ${turns[39].toFixed(0)} ms`,
    );
    assert.equal(spent.rows, 1000);
    assert.deepEqual(page.faults, []);
});

test('hostile names are text: nothing runs, nothing turns, nothing grows', async () => {
    const page = await overview();
    await page.fill('#search', "<script>alert('name')");
    await page.waitForFunction(() => document.querySelector('table.long')?.getAttribute('aria-rowcount') === '2');
    assert.ok((await text(page, '#sources')).includes("<script>alert('name')</script>"));
    assert.equal(await page.$('#sources script, #sources img'), null);
    await page.fill('#search', 'to left');
    await page.waitForFunction(() => document.querySelector('#sources a.row')?.textContent.includes('Right'));
    const isolated = await page.$eval('#sources a.row bdi', (n) => getComputedStyle(n).unicodeBidi);
    assert.equal(isolated, 'isolate');
    await page.click('#sources a.row');
    await loaded(page);
    assert.ok((await page.title()).length < 400);
    await visit(page, '#/sources/%3Cscript%3Ealert(1)%3C%2Fscript%3E');
    assert.ok((await text(page)).includes('<script>alert(1)</script>'));
    await visit(page, '#/nothing/here');
    assert.ok((await text(page)).includes('There is no such page'));
    page.faults.splice(0, page.faults.length, ...page.faults.filter((f) => !f.includes('status of 404')));
    assert.deepEqual(page.faults, []);
});

test('search, filter, agency and order; the address keeps them', async () => {
    const page = await overview('ar');
    const count = () => page.getAttribute('table.long', 'aria-rowcount').then((n) => Number(n) - 1);
    await page.fill('#search', 'الوفيات'); // as in the name
    await page.waitForFunction(() => document.querySelector('.count').textContent.includes('1000'));
    const found = await count();
    assert.ok(found > 50 && found < 300, String(found));
    await page.fill('#search', 'عقود  العمل  moh.'); // words in any order, of name and id
    await page.waitForFunction(
        (n) => document.querySelector('table.long').getAttribute('aria-rowcount') !== String(n + 1),
        found,
    );
    assert.ok((await count()) > 0);
    await page.fill('#search', '');
    await page.click('.chip:has-text("متأخر")');
    await page.waitForFunction(() => document.querySelector('table.long').getAttribute('aria-rowcount') === '15');
    await page.reload();
    await loaded(page);
    await page.waitForFunction(() => document.querySelector('table.long')?.getAttribute('aria-rowcount') === '15');
    await page.selectOption('#agency', 'moh');
    await page.waitForFunction(
        () => Number(document.querySelector('table.long')?.getAttribute('aria-rowcount')) < 5,
    );
    await page.click('.chip:has-text("متأخر")');
    await page.selectOption('#agency', '');
    await page.click('th:has-text("التأخر") button');
    await page.waitForFunction(() =>
        document.querySelector('th[aria-sort="descending"]')?.textContent.includes('التأخر'),
    );
    const numbers = await page.$$eval('#sources .c-lag .lead', (all) =>
        all.slice(0, 5).map((n) => Number(n.textContent.replace(/\D/g, ''))),
    );
    assert.deepEqual(
        numbers,
        [...numbers].sort((a, b) => b - a),
    );
    assert.deepEqual(page.faults, []);
});

test('with the keyboard alone: to the search, down the rows, into a source and back', async () => {
    const page = await overview();
    await page.keyboard.press('/');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'search');
    await page.keyboard.type('births');
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.querySelector('table.long').getAttribute('aria-rowcount') === '1001');
    await page.focus('#sources a.row[tabindex="0"]');
    await page.keyboard.press('Home');
    for (let i = 0; i < 45; i += 1) {
        // beyond what was rendered at first
        await page.keyboard.press('ArrowDown');
    }
    const at = () => page.evaluate(() => document.activeElement.closest('tr')?.getAttribute('aria-rowindex'));
    assert.equal(await at(), '47');
    assert.ok(
        await page.evaluate(() => {
            const r = document.activeElement.getBoundingClientRect();
            return r.top > 40 && r.bottom < innerHeight;
        }),
        'the row is in view',
    );
    assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), 'none');
    await page.keyboard.press('End');
    assert.equal(await at(), '1001');
    await page.keyboard.press('Home');
    assert.equal(await at(), '2');
    await arrives(page, () => page.keyboard.press('Enter'));
    assert.ok(await page.evaluate(() => location.hash.startsWith('#/sources/')));
    assert.equal(await page.evaluate(() => document.activeElement.id), 'title', 'a new page begins at its title');
    await page.keyboard.press('Tab');
    assert.ok(await page.evaluate(() => document.activeElement.matches('main a')));
    assert.deepEqual(page.faults, []);
});

test('the way in, by Tab: the skip link is first and leads to the content', async () => {
    const page = await overview();
    await page.reload();
    await loaded(page);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
    assert.ok(await page.evaluate(() => document.activeElement.getBoundingClientRect().top >= 0), 'it is seen');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'title');
    assert.deepEqual(page.faults, []);
});

test('a change comes in live, and takes neither focus nor scroll nor what is typed', async () => {
    const page = await overview();
    await page.waitForSelector('.live:not(.off)');
    await page.focus('#sources a.row[tabindex="0"]');
    for (let i = 0; i < 20; i += 1) {
        await page.keyboard.press('ArrowDown');
    }
    const before = await page.evaluate(() => [document.activeElement.textContent, scrollY]);
    await standin({ change: 'mol.vehicles_997' });
    await page.waitForFunction(() =>
        [...document.querySelectorAll('.chip')]
            .find((c) => c.textContent.includes('late'))
            ?.textContent.includes('15'),
    );
    const now = await page.evaluate(() => [document.activeElement.textContent, scrollY]);
    assert.equal(now[0], before[0]);
    await page.fill('#search', 'mol.vehicles_997');
    await page.waitForFunction(() =>
        document.querySelector('#sources')?.innerText.includes('It has just become late'),
    );
    await standin({ change: 'mol.pupils_957' });
    await page.waitForFunction(() =>
        [...document.querySelectorAll('.chip')]
            .find((c) => c.textContent.includes('late'))
            ?.textContent.includes('16'),
    );
    assert.equal(await page.inputValue('#search'), 'mol.vehicles_997');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'search');
    assert.deepEqual(page.faults, []);
});

test('a page opens while changes come in faster than a busy server answers, and keeps up', async () => {
    const page = await reader(browser);
    await signIn(page);
    await page.waitForSelector('.live:not(.off)');
    await standin({ fault: 'busy' });
    await visit(page, '#/sources/moh.births');
    await visit(page, '#/');
    await standin({ change: 'mol.deaths_973' });
    await page.fill('#search', 'mol.deaths_973');
    await page.waitForFunction(() =>
        document.querySelector('#sources')?.innerText.includes('It has just become late'),
    );
    await standin({ fault: null });
    await done(page);
});

test('what a role may not do is not offered', async () => {
    for (const [account, offered] of [
        ['steward', true],
        ['auditor', false],
    ]) {
        const page = account === 'steward' ? await overview() : await reader(browser);
        if (account !== 'steward') {
            await signIn(page, account);
        }
        for (const [hash, button] of [
            ['#/incidents/1', 'Close'],
            ['#/quarantine', 'Replay'],
            ['#/requests/3', 'Approve'],
            ['#/sources/moh.births', 'Accept the gap'],
        ]) {
            await visit(page, hash);
            assert.equal(
                (await page.locator(`main button:text-is("${button}")`).count()) > 0,
                offered,
                `${account} ${hash} ${button}`,
            );
        }
        assert.deepEqual(page.faults, []);
    }
    const page = await reader(browser);
    await signIn(page, 'moh');
    assert.equal(await page.locator('nav a:text-is("Hand-over")').count(), 0);
    assert.equal(await page.$('#agency'), null);
    assert.ok((await text(page, '.who')).includes('Huda <b>'));
    await done(page);
});

test('a replay is tried first, asks why, and is said to be done', async () => {
    const page = await overview();
    await visit(page, '#/quarantine');
    await page.click('td button:text-is("Replay") >> nth=0');
    await page.waitForSelector('dialog[open]');
    const said = await text(page, 'dialog');
    assert.match(said, /3 events are selected/);
    assert.match(said, /would be recorded: 1/);
    assert.match(said, /would be refused again: 1/);
    await accessible(page, 'dialog');
    await shot(page, 'replay');
    await page.click('dialog button:text-is("Replay")');
    await page.waitForFunction(() => document.querySelector('dialog .wrong').textContent.includes('Why'));
    await page.fill('dialog textarea', 'the rule was wrong');
    await standin({ token: 'another' }); // as after a sign-in in another tab: the page asks for it, and goes on
    await page.click('dialog button:text-is("Replay")');
    await page.waitForFunction(
        () => !document.querySelector('dialog') && document.getElementById('told').textContent.includes('2'),
    );
    const done_ = await standin({});
    const [trial, real] = done_.filter(([at]) => at.endsWith('/replay'));
    assert.equal(trial[1].dry_run, true);
    assert.deepEqual(real[1], {
        selection: {
            dataset: 'moh.births',
            reason: 'rule_failed',
            rule: 'born before recorded',
            path: '/born',
            before: null,
        },
        dry_run: false,
        why: 'the rule was wrong',
    });
    assert.deepEqual(page.faults, []);
});

test('on a phone: cards, no sideways scrolling, everything by thumb', async () => {
    const page = await reader(browser, { language: 'ar', theme: 'dark', width: 390, height: 844 });
    await signIn(page);
    for (const language of ['ar', 'en']) {
        for (const [name, hash] of Object.entries(PAGES)) {
            await visit(page, hash);
            assert.ok((await tooWide(page)) <= 0, `${name} is wider than a phone`);
            if (language === 'ar') {
                await shot(page, `phone-${name}`, { fullPage: name !== 'overview' });
            }
        }
        await visit(page, '#/');
        await accessible(page, 'phone');
        await page.evaluate(() => document.querySelector('table.long').scrollIntoView());
        await nextFrame(page);
        const cut = await page.$$eval(
            '#sources tr:not(.gap)',
            (all) => all.slice(0, 10).filter((r) => r.scrollHeight > r.clientHeight + 1).length,
        );
        assert.equal(cut, 0, 'cards whose content does not fit');
        const numbers = await page.$$eval(
            '#sources .n > *',
            (all) =>
                all.filter((n) => n.scrollWidth > n.clientWidth + 1 && getComputedStyle(n).overflow !== 'visible')
                    .length,
        );
        assert.equal(numbers, 0, 'numbers that are cut');
        await shot(page, `phone-cards-${language}`);
        if (language === 'ar') {
            await page.click('button:text-is("English")');
        }
    }
    await done(page);
});

test('language and theme are kept; times are of the Center’s zone wherever the reader is', async () => {
    const page = await reader(browser, { language: 'en', zone: 'America/New_York' });
    await signIn(page);
    assert.match(await text(page, 'footer'), /Asia\/Muscat.*Your own clock shows another time/s);
    const [shown, value] = await page.$eval('#sources time', (n) => [n.textContent, n.dateTime]);
    const muscat = new Date(new Date(value).getTime() + 4 * 3600000).toISOString().slice(11, 16);
    assert.ok(shown.includes(muscat), `${shown} of ${value}`);
    await page.click('button:text-is("العربية")');
    await page.waitForFunction(() => document.documentElement.dir === 'rtl');
    assert.match(await page.$eval('#sources time', (n) => n.textContent), /\d\d:\d\d/, 'Latin digits');
    await page.click('button.icon');
    await page.reload();
    await loaded(page);
    assert.deepEqual(
        await page.evaluate(() => [document.documentElement.lang, document.documentElement.dataset.theme]),
        ['ar', 'dark'],
    );
    await done(page);
});

/* Those that sign everybody out come last. */
test('a lost connection is said, with the age of what is shown; and that it is back', async () => {
    const page = await reader(browser, { refused: [401, 0] });
    await signIn(page);
    await page.waitForSelector('.live:not(.off)');
    await standin({ fault: 'away' });
    await page.waitForSelector('.live.off');
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await page.waitForSelector('.lost.hard');
    const said = await text(page, '.lost');
    assert.match(said, /The connection was lost at \d\d:\d\d/);
    assert.match(said, /It is of \d\d:\d\d, .* old/s);
    assert.ok((await page.$$('#sources tr')).length > 10, 'what was known stays');
    await shot(page, 'lost');
    await accessible(page, 'lost');
    await standin({ fault: null });
    await page.click('.lost button');
    await page.waitForFunction(() => !document.querySelector('.lost'));
    await page.waitForSelector('.live:not(.off)');
    await done(page);
});

test('a session that is over leads to the sign-in, keeps nothing, and comes back to the same place', async () => {
    const page = await reader(browser);
    await signIn(page, 'steward', 'secret', '#/incidents/3');
    await standin({ fault: 'expired' });
    await page.waitForSelector('#secret');
    assert.match(await text(page), /session is over/);
    assert.equal(await page.$('table'), null);
    await page.fill('#account', 'steward');
    await page.fill('#secret', 'wrong');
    await page.press('#secret', 'Enter');
    await page.waitForFunction(() => document.querySelector('.wrong').textContent.includes('not right'));
    assert.equal(await page.inputValue('#secret'), '');
    await page.fill('#secret', 'secret');
    await page.press('#secret', 'Enter');
    await loaded(page);
    await page.waitForFunction(() => document.querySelector('h1').textContent.includes('Incident'));
    assert.ok((await page.title()).includes('3'));
    await done(page);
});
