// The first page: paste, drop or open an article, and the recent ones.

import { html, nothing } from './lit.js';
import { call } from './api.js';
import { laneSelect } from './article.js';
import { Part, problemNote } from './part.js';
import * as store from './store.js';
import { t, time } from './texts.js';

const SAMPLE = `Banjir Rendam Dua Desa di Demak

DEMAK, WARTASENJA.com - Banjir merendam 1.240 rumah di Demak pada Selasa (18/2/2025). Kerugian ditaksir Rp1,5 miliar.

"Kami siaga sejak Senin malam," kata Kepala BPBD Demak, Agus Wibowo.

Baca Juga: Tiga Cara Menyelamatkan Dokumen Saat Banjir

Air mulai surut pada pukul 10.30 WIB. Sekitar 65 persen wilayah terdampak adalah sawah.`;

// Files that a browser gives another type, or none.
const TEXT_NAMES = /\.(txt|text|md|html?|xhtml)$/i;

class KabarCompose extends Part {
  static properties = {
    text: { attribute: false }, // from the address
    problem: { state: true }, dragging: { state: true }, count: { state: true }, lane: { state: true },
  };

  constructor() {
    super();
    this.lane = store.settings.lane;
    this.count = 0;
  }

  firstUpdated() {
    const field = this.querySelector('textarea');
    if (this.text) field.value = this.text;
    this.counted();
    field.focus({ preventScroll: true });
  }

  counted() {
    this.count = Array.from(this.querySelector('textarea').value).length;
  }

  options() {
    return this.lane ? { options: { lane: this.lane } } : {};
  }

  translate(event) {
    event?.preventDefault();
    const text = this.querySelector('textarea').value;
    if (!text.trim()) {
      this.problem = new Error(t('nothing'));
      return this.querySelector('textarea').focus();
    }
    const form = /^\s*<(!doctype|html|article|body|div|p|h1|main|section)[\s>]/i.test(text) ? 'html' : 'text';
    this.tell('kabar-translate', { [form]: text, ...this.options() });
  }

  async take(files) {
    this.problem = null;
    try {
      const bodies = [];
      for (const file of files) bodies.push(await body(file));
      if (bodies.length === 1) return this.tell('kabar-translate', { ...bodies[0], ...this.options() });
      if (bodies.length) {
        const job = await call('POST', 'v1/jobs', { articles: bodies });
        location.hash = `#/jobs/${job.id}`;
      }
    } catch (error) {
      this.problem = error;
    }
  }

  drop(event) {
    event.preventDefault();
    this.dragging = false;
    if (event.dataTransfer.files.length) return this.take([...event.dataTransfer.files]);
    const dropped = event.dataTransfer.getData('text/html') || event.dataTransfer.getData('text/plain');
    if (dropped) {
      this.querySelector('textarea').value = dropped;
      this.counted();
    }
  }

  openId(event) {
    event.preventDefault();
    const id = event.target.elements.id.value.trim().toLowerCase();
    if (!/^[0-9a-f]{64}$/.test(id)) {
      this.problem = new Error(t('badId'));
      return;
    }
    location.hash = `#/t/${id}`;
  }

  render() {
    const recent = store.settings.keep ? store.recentArticles() : [];
    return html`
      <div class="compose">
        <form @submit=${this.translate} class=${this.dragging ? 'dragging' : ''}
          @dragover=${(event) => { event.preventDefault(); this.dragging = true; }} @dragleave=${() => (this.dragging = false)} @drop=${this.drop}
          @keydown=${(event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.translate(event); }}>
          <h1>${t('composeTitle')}</h1>
          <p class="quiet">${t('composeHint')}</p>
          <label class="vh" for="article-text">${t('composeLabel')}</label>
          <textarea id="article-text" lang="id" spellcheck="false" placeholder=${t('composePlaceholder')} @input=${this.counted}></textarea>
          ${problemNote(this.problem)}
          <div class="buttons">
            <button class="primary" title="Ctrl+Enter">${t('translate')}</button>
            <label class="button file">${t('openFile')}<input type="file" class="vh" multiple accept=".txt,.md,.html,.htm,text/*" @change=${(event) => this.take([...event.target.files])}></label>
            <label class="inline">${t('lane')} ${laneSelect(this.lane, (lane) => { this.lane = lane === 'normal' ? '' : lane; store.set({ lane: this.lane }); })}</label>
            ${this.count ? html`<span class="quiet count">${t('characters', { count: this.count })}</span>`
              : html`<button type="button" class="link" @click=${() => { this.querySelector('textarea').value = SAMPLE; this.counted(); }}>${t('sample')}</button>`}
          </div>
        </form>
        <aside aria-labelledby="recent-title">
          <h2 id="recent-title">${t('recent')}</h2>
          ${recent.length ? html`<ul class="recent">${recent.map((entry) => html`<li>
            <a href="#/t/${entry.id}">${entry.headline || t('untitled')}</a>
            <span class="quiet">${time(entry.opened)}${entry.flagged ? html` · <span class="some">${t('problems', { count: entry.flagged })}</span>` : nothing}</span>
            <button class="icon" aria-label="${t('forget')}: ${entry.headline}" title=${t('forget')} @click=${() => { store.forget(entry.id); this.requestUpdate(); }}>×</button></li>`)}</ul>`
            : html`<p class="quiet">${t('recentEmpty')}</p>`}
          <label class="check"><input type="checkbox" .checked=${store.settings.keep} @change=${(event) => { store.keepRecent(event.target.checked); this.requestUpdate(); }}> ${t('recentKeep')}</label>
          <form class="by-id" @submit=${this.openId}>
            <label>${t('openIdLabel')}<input name="id" autocomplete="off" spellcheck="false" required></label><button>${t('open')}</button>
          </form>
        </aside>
      </div>`;
  }
}
customElements.define('kabar-compose', KabarCompose);

async function body(file) {
  const type = file.type.split(';')[0];
  if (type !== '' && !type.startsWith('text/') && type !== 'application/xhtml+xml') throw new Error(t('notText', { name: file.name }));
  if (type === '' && !TEXT_NAMES.test(file.name)) throw new Error(t('notText', { name: file.name }));
  const text = await file.text();
  if (text.includes('\0')) throw new Error(t('notText', { name: file.name }));
  return type.endsWith('html') || type.endsWith('xml') ? { html: text } : { text };
}
