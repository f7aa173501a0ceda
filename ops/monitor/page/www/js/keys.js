/* SPDX-License-Identifier: Apache-2.0
 * keys.js - `/` leads to the search, Escape empties it. */

addEventListener('keydown', (event) => {
    const search = document.getElementById('search');
    const typing = event.target.closest?.('input, textarea, select, dialog');
    if (event.key === '/' && search && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        search.focus();
        search.select();
    } else if (event.key === 'Escape' && event.target === search && search.value) {
        event.preventDefault();
        search.value = '';
        search.dispatchEvent(new Event('input'));
    }
});
