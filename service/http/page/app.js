// The application: header, views by the address, dialogs and messages.

import { html, nothing } from './lit.js';
import { key, onKeyNeeded } from './api.js';
import { curl } from './output.js';
import { Part, copy, toast } from './part.js';
import * as store from './store.js';
import { language, setLanguage, t } from './texts.js';
import { usage, usageTable } from './service.js';
import './article.js';
import './compose.js';
import './jobs.js';

const THEMES = { auto: 'themeAuto', light: 'themeLight', dark: 'themeDark' };

class KabarApp extends Part {
  static properties = { view: { state: true }, message: { state: true }, usage: { state: true }, asked: { state: true }, shown: { state: true } };

  constructor() {
    super();
    setLanguage(store.settings.language);
    applyTheme();
    onKeyNeeded((problem) => this.askForKey(problem));
    addEventListener('hashchange', () => this.route());
    addEventListener('kabar-toast', ({ detail }) => this.say(detail));
    addEventListener('keydown', (event) => this.onKey(event));
    addEventListener('dragover', (event) => event.preventDefault());
    addEventListener('drop', (event) => event.preventDefault()); // a missed drop does not leave the page
    this.text = new URLSearchParams(location.search).get('text');
    this.route();
    if (this.text?.trim() && this.view.name === 'compose') this.translate({ text: this.text });
  }

  connectedCallback() {
    this.replaceChildren(); // the header that was there before this script
    super.connectedCallback();
  }

  route() {
    const [, name, id] = location.hash.split('/');
    const view = { t: 'article', article: 'article', jobs: 'jobs', service: 'service' }[name] ?? 'compose';
    const next = { name: view, id, body: name === 'article' ? this.body : undefined };
    // A reload of a translation in progress has no text any more.
    this.view = view === 'article' && !next.id && !next.body ? { name: 'compose' } : next;
    document.title = 'Kabar';
  }

  translate(body) {
    this.body = body;
    if (location.hash === '#/article') this.route();
    else location.hash = '#/article';
    this.view = { name: 'article', body };
  }

  opened(doc) {
    this.text = null;
    history.replaceState(null, '', `${location.pathname}#/t/${doc.id}`);
    this.view = { ...this.view, id: doc.id };
    document.title = `${doc.headline ?? t('untitled')} – Kabar`;
  }

  say({ message, kind }) {
    this.message = { message, kind };
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.message = null), 6000);
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.('input, textarea, select')) return;
    if (document.querySelector('dialog[open]') || !store.settings.keys) return;
    if (event.key === '?') this.open('help');
    if (event.key === 'N') location.hash = '#/';
  }

  // -- dialogs

  open(name, value) {
    this.shown = { name, value };
    this.updateComplete.then(() => this.querySelector('dialog').showModal());
  }

  close() {
    this.querySelector('dialog')?.close();
  }

  closed() {
    const answer = this.answer;
    Object.assign(this, { shown: null, answer: null });
    answer?.(false);
  }

  async openKey() {
    this.usage = undefined;
    this.open('key');
    if (key.get()) this.usage = await usage();
  }

  askForKey(problem) {
    if (this.answer) return Promise.resolve(false);
    return new Promise((answer) => {
      this.answer = answer;
      this.open('key', key.get() ? problem.message : t('keyNeeded'));
    });
  }

  saveKey(event) {
    event.preventDefault();
    key.set(event.target.elements.key.value.trim());
    const answer = this.answer;
    this.answer = null;
    this.close();
    answer?.(true);
  }

  saveVersion(event) {
    event.preventDefault();
    const { value: article } = this.shown;
    const text = event.target.elements.text.value;
    this.close();
    const form = article.body?.html !== undefined && /^\s*</.test(text) ? 'html' : 'text';
    this.translate({ [form]: text, previous: article.doc.id, ...(article.body?.options && { options: article.body.options }) });
  }

  render() {
    const at = this.view.name;
    const link = (hash, name, views) => html`<a href=${hash} aria-current=${views.includes(at) ? 'page' : nothing}>${t(name)}</a>`;
    return html`
      <a class="skip" href="#main" @click=${(event) => { event.preventDefault(); this.querySelector('main').focus(); }}>${t('skip')}</a>
      <header>
        <a class="brand" href="#/" aria-label="Kabar: ${t('tagline')}">Kabar</a>
        <nav aria-label="Kabar">${link('#/', 'navTranslate', ['compose', 'article'])}${link('#/jobs', 'navJobs', ['jobs'])}${link('#/service', 'navService', ['service'])}</nav>
        <div class="tools">
          <label class="vh" for="language">${t('interfaceLanguage')}</label>
          <select id="language" @change=${this.changeLanguage}><option value="en" lang="en" ?selected=${language() === 'en'}>English</option><option value="id" lang="id" ?selected=${language() === 'id'}>Indonesia</option></select>
          <label class="vh" for="theme">${t('theme')}</label>
          <select id="theme" @change=${changeTheme}>${Object.entries(THEMES).map(([name, label]) => html`<option value=${name} ?selected=${store.settings.theme === name}>${t(label)}</option>`)}</select>
          <button @click=${this.openKey}>${t('keyButton')}</button>
          <button class="icon" aria-label=${t('help')} title="${t('help')} (?)" @click=${() => this.open('help')}>?</button>
        </div>
      </header>
      <main id="main" tabindex="-1" @kabar-translate=${(event) => this.translate(event.detail)} @kabar-opened=${(event) => this.opened(event.detail)}
        @kabar-request=${(event) => this.open('request', event.detail)} @kabar-version=${(event) => this.open('version', event.detail)}>
        ${at === 'article' ? html`<kabar-article .body=${this.view.body} .articleId=${this.view.id}></kabar-article>`
          : at === 'jobs' ? html`<kabar-jobs .jobId=${this.view.id}></kabar-jobs>`
          : at === 'service' ? html`<kabar-service></kabar-service>` : html`<kabar-compose .text=${this.text}></kabar-compose>`}
      </main>
      <div class="toast ${this.message?.kind ?? ''}" role="status" ?hidden=${!this.message}>${this.message?.message ?? ''}</div>
      ${this.shown ? html`<dialog class=${this.shown.name} aria-labelledby="dialog-title" @close=${this.closed}>
        <button class="icon close" aria-label=${t('close')} @click=${this.close}>×</button>${this[`${this.shown.name}Dialog`](this.shown.value)}</dialog>` : nothing}`;
  }

  changeLanguage(event) {
    store.set({ language: event.target.value });
    setLanguage(event.target.value);
    dispatchEvent(new Event('kabar-language'));
  }

  helpDialog() {
    const rows = [['n p', 'keyProblem'], ['j k', 'keyMove'], ['↓ ↑', 'keyMove'], ['r', 'keyRead'], ['R', 'keyReadParagraph'], ['e', 'keyEdit'],
      ['c', 'keyCopy'], ['b', 'keyBullets'], ['/', 'keyFind'], ['N', 'keyNew'], ['Ctrl+Enter', 'keySubmit'], ['Esc', 'keyEscape'], ['?', 'keyHelp']];
    const marks = [['fact kept', '1.240', 'markKept'], ['fact converted', 'Rp1,5', 'markConverted'], ['fact missing', 'Demak', 'markMissing'],
      ['fact invented', 'London', 'markInvented'], ['s doubtful', 'Air surut.', 'markFlag'], ['s edited', 'The water…', 'markEdited'], ['s is-read', 'The water…', 'markReadDone']];
    return html`<h2 id="dialog-title">${t('helpTitle')}</h2>
      <table class="keys"><tbody>${rows.map(([keys, name]) => html`<tr><th scope="row">${keys.split(' ').map((one) => html`<kbd>${one}</kbd> `)}</th><td>${t(name)}</td></tr>`)}</tbody></table>
      <label class="check"><input type="checkbox" .checked=${store.settings.keys} @change=${(event) => store.set({ keys: event.target.checked })}> ${t('keysOn')}</label>
      <h2>${t('helpMarks')}</h2>
      <table class="keys"><tbody>${marks.map(([name, sample, text]) => html`<tr><th scope="row"><span class=${name}>${sample}</span></th><td>${t(text)}</td></tr>`)}</tbody></table>`;
  }

  keyDialog(message) {
    return html`<h2 id="dialog-title">${t('keyTitle')}</h2>${message ? html`<p class="problem" role="alert">${message}</p>` : nothing}
      <form @submit=${this.saveKey}><label>${t('keyLabel')}<input name="key" type="password" autocomplete="off" required .value=${key.get()}></label>
        <p class="quiet">${t('keyStays')}</p>
        <div class="buttons"><button class="primary">${t('keySave')}</button>
        ${key.get() ? html`<button type="button" @click=${() => { key.set(''); this.close(); }}>${t('keyForget')}</button>` : nothing}</div></form>
      ${key.get() ? usageTable(this.usage) : nothing}`;
  }

  requestDialog(article) {
    const { doc, body } = article;
    const requests = [
      ['requestTranslate', body && curl('POST', 'v1/translations', body)],
      ['requestGet', curl('GET', `v1/translations/${doc.id}`)],
      ['requestBullets', curl('POST', 'v1/summaries', { translation: doc.id, bullets: 3 })],
    ].filter(([, command]) => command);
    return html`<h2 id="dialog-title">${t('requestTitle')}</h2><p class="quiet">${t('requestNote')}</p>
      ${requests.map(([name, command]) => html`<h3>${t(name)}</h3><pre tabindex="0" aria-label=${t(name)}>${command}</pre>
        <button @click=${async () => { await copy(command); toast(t('copied')); }}>${t('copy')}</button>`)}`;
  }

  versionDialog(article) {
    const text = article.body?.text ?? article.body?.html ?? article.doc.blocks.map((block) => block.source).join('\n\n');
    return html`<h2 id="dialog-title">${t('newVersion')}</h2>
      <form @submit=${this.saveVersion}><label>${t('newVersionHint')}<textarea name="text" lang="id" rows="14" required .value=${text}></textarea></label>
      <div class="buttons"><button class="primary">${t('version')}</button></div></form>`;
  }
}
customElements.define('kabar-app', KabarApp);

function changeTheme(event) {
  store.set({ theme: event.target.value });
  applyTheme();
}

function applyTheme() {
  document.documentElement.dataset.theme = store.settings.theme;
}
