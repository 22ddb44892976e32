// One article: source and English side by side, sentence by sentence.

import { html, nothing, repeat } from './lit.js';
import { Problem, call, key, translate } from './api.js';
import { gap, lead, factsOf, marked, reasonList } from './marks.js';
import { Part, copy, download, menu, problemNote, toast } from './part.js';
import * as store from './store.js';
import { t } from './texts.js';
import { docx } from './docx.js';
import * as output from './output.js';
import { panel } from './panel.js';
import './find.js';

const SKIPPED = new Set(['dateline', 'byline']);

class KabarArticle extends Part {
  static properties = {
    body: { attribute: false }, // the request, if this browser has it
    articleId: { attribute: false },
    doc: { state: true },
    state: { state: true }, // waiting, streaming, done, stopped or failed
    problem: { state: true },
    done: { state: true },
    total: { state: true },
    selected: { state: true },
    editing: { state: true },
    conflict: { state: true },
    saving: { state: true },
    tab: { state: true },
    panelOpen: { state: true },
    view: { state: true },
    proposals: { state: true },
    support: { state: true }, // ids of the sentences of a bullet
    finding: { state: true },
  };

  constructor() {
    super();
    this.view = store.settings.view;
    this.tab = 'sentence';
    this.read = new Set();
    this.support = [];
    this.onKey = this.onKey.bind(this);
  }

  connectedCallback() {
    super.connectedCallback();
    addEventListener('keydown', this.onKey);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener('keydown', this.onKey);
    this.stopper?.abort();
  }

  willUpdate(changed) {
    if (changed.has('body') && this.body && this.body !== this.started) this.start();
    else if (changed.has('articleId') && this.articleId && this.articleId !== this.doc?.id) this.load(this.articleId);
  }

  // -- making and loading

  async start() {
    const stopper = this.restart('waiting');
    this.started = this.body;
    try {
      const doc = await translate(this.body, {
        article: (article) => this.begin(article),
        sentence: (draft) => this.fill(draft),
      }, stopper.signal);
      if (stopper === this.stopper) this.finish(doc);
    } catch (error) {
      this.fail(error, stopper);
    }
  }

  async load(id) {
    const stopper = this.restart('waiting');
    this.body = this.started = store.find(id)?.body;
    try {
      this.finish(await call('GET', `v1/translations/${id}`, undefined, { signal: stopper.signal }));
    } catch (error) {
      this.fail(error, stopper);
    }
  }

  restart(state) {
    this.stopper?.abort();
    this.stopper = new AbortController();
    Object.assign(this, { state, doc: null, problem: null, done: 0, total: 0, selected: null, editing: null, proposals: [], support: [], finding: false, panelOpen: matchMedia('(min-width: 1100px)').matches });
    this.read = new Set();
    return this.stopper;
  }

  begin(article) {
    const empty = { target: null, flags: [], facts: [], terms: [], confidence: null };
    for (const block of article.blocks) {
      const stays = SKIPPED.has(block.kind) || block.language === 'en';
      block.sentences = block.sentences.map((sentence) => ({ ...sentence, ...empty, target: stays ? sentence.source : null }));
    }
    this.doc = article;
    this.state = 'streaming';
  }

  fill(draft) {
    Object.assign(this.sentence(draft.id) ?? {}, draft);
    Object.assign(this, { done: draft.done, total: draft.total });
  }

  finish(doc) {
    this.doc = doc;
    this.state = 'done';
    const known = store.find(doc.id);
    this.read = new Set([...(known?.read ?? []), ...this.read]);
    this.remember();
    this.tell('kabar-opened', doc);
  }

  fail(error, stopper) {
    if (stopper !== this.stopper) return;
    const stopped = error.name === 'AbortError';
    if (!stopped && !(error instanceof Problem)) throw error;
    this.problem = stopped ? null : error;
    this.state = stopped ? 'stopped' : 'failed';
    if (error.result) this.finish(error.result); // `strict` refused it, and sends it along
  }

  remember() {
    store.remember({
      id: this.doc.id, headline: this.doc.headline ?? this.doc.text.slice(0, 80), body: this.body,
      opened: Date.now(), flagged: this.problems.length, read: [...this.read],
    });
  }

  /** Take the lane of the select; what is done already is kept by the service. */
  changeLane(lane) {
    this.body = { ...this.body, options: { ...this.body.options, lane } };
  }

  // -- sentences

  get sentences() {
    return this.doc ? this.doc.blocks.flatMap((block) => block.sentences) : [];
  }

  get problems() {
    return this.sentences.filter((sentence) => sentence.flags.length);
  }

  /** The sentences that a reader has to compare with their sources. */
  get toRead() {
    return (this.doc?.blocks ?? []).filter((block) => !SKIPPED.has(block.kind)).flatMap((block) => block.sentences)
      .filter((sentence) => /\p{L}/u.test(sentence.source));
  }

  get allRead() {
    return this.toRead.every((sentence) => this.isRead(sentence));
  }

  isRead(sentence) {
    return this.read.has(sentence.id) || Boolean(sentence.correction);
  }

  sentence(id) {
    return this.sentences.find((sentence) => sentence.id === id);
  }

  block(id) {
    return this.doc.blocks.find((block) => block.sentences.some((sentence) => sentence.id === id));
  }

  async select(id, { focus = true } = {}) {
    if (!id) return;
    this.selected = id;
    this.panelOpen = true;
    if (this.tab === 'article') this.tab = 'sentence';
    await this.updateComplete;
    const element = document.getElementById(`t-${id}`);
    element?.scrollIntoView({ block: 'nearest' });
    if (focus) element?.focus({ preventScroll: true });
  }

  move(step, among = this.sentences) {
    if (!among.length) return;
    const all = this.sentences;
    const at = all.findIndex((sentence) => sentence.id === this.selected);
    const places = among.map((sentence) => all.indexOf(sentence));
    const next = step > 0 ? places.find((place) => place > at) : places.findLast((place) => place < (at < 0 ? Infinity : at));
    const place = next ?? (among === all ? at : step > 0 ? places[0] : places.at(-1));
    if (all[place]) this.select(all[place].id);
  }

  markRead(ids, read = true) {
    for (const id of ids) {
      if (read) this.read.add(id);
      else this.read.delete(id);
    }
    store.update(this.doc.id, { read: [...this.read] });
    this.requestUpdate();
  }

  // -- corrections

  edit(id = this.selected) {
    if (this.state !== 'done' || !id) return;
    this.select(id, { focus: false });
    Object.assign(this, { editing: id, conflict: null });
    this.updateComplete.then(() => this.querySelector('.edit textarea')?.focus());
  }

  stopEditing() {
    const id = this.editing;
    Object.assign(this, { editing: null, conflict: null });
    this.select(id);
  }

  async save(event, force = false) {
    event?.preventDefault();
    const form = this.querySelector('.edit');
    const target = form.elements.target.value.trim();
    const author = form.elements.author.value.trim();
    if (!target) return;
    store.set({ author });
    const sentence = this.sentence(this.editing);
    this.saving = true;
    try {
      if (!force) {
        const other = (await output.history(sentence)).find((one) => !one.withdrawn);
        if (other && other.id !== sentence.correction?.id && other.target !== target) {
          this.conflict = other;
          return;
        }
      }
      const made = await this.correct(sentence, target, author);
      this.proposals = made.proposals;
      this.editing = this.conflict = null;
      await this.refresh();
      const flags = made.flags.map((flag) => t(`flag.${flag}`).replace(/\.$/, '')).join('; ');
      toast(flags ? t('savedFlags', { flags }) : t('saved'));
      this.select(sentence.id);
    } catch (error) {
      toast(error.message, 'problem');
    } finally {
      this.saving = false;
    }
  }

  async correct(sentence, target, author) {
    const made = await call('POST', 'v1/corrections', {
      translation: this.doc.id, sentence: sentence.id, target, author: author || null,
    });
    Object.assign(sentence, { target: made.target, flags: [], facts: [], terms: [], correction: { id: made.id, author: made.author, created: made.created } });
    this.doc.patched = true;
    return made;
  }

  async undo(sentence) {
    try {
      const author = encodeURIComponent(store.settings.author || sentence.correction.author);
      const gone = await call('DELETE', `v1/corrections/${sentence.correction.id}?author=${author}`);
      Object.assign(sentence, { correction: null, target: gone.machine ?? sentence.target });
      this.doc.patched = true;
      await this.refresh();
      toast(t('undone'));
    } catch (error) {
      toast(error.message, 'problem');
    }
  }

  /** Get the article again with its corrections; without its request, it stays as it is shown. */
  async refresh() {
    if (this.body) {
      const old = this.doc.id;
      const { previous, ...body } = this.body;
      const doc = await call('POST', 'v1/translations', body);
      if (doc.id !== old) store.forget(old);
      this.finish({ ...doc, changes: this.doc.changes });
    }
    this.requestUpdate();
  }

  async replaceAll(find, replacement, author) {
    const found = this.sentences.filter((sentence) => sentence.target?.includes(find));
    try {
      for (const sentence of found) await this.correct(sentence, sentence.target.replaceAll(find, replacement), author);
      toast(t('replaced', { count: found.length }));
    } catch (error) {
      toast(error.message, 'problem');
    }
    await this.refresh();
  }

  // -- output

  async copyAs(form) {
    const [text, rich] = output.as(form, this.doc);
    await copy(text, rich);
    const unread = this.toRead.filter((sentence) => !this.isRead(sentence)).length;
    toast(unread ? t('copiedUnread', { count: unread }) : t('copied'), unread ? 'warning' : 'done');
  }

  async saveDocx(both) {
    const name = (this.doc.headline ?? 'kabar').replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 60);
    download(`${name}.docx`, docx(this.doc, both), 'application/vnd.openxmlformats-officedocument.wordprocessingml.document');
  }

  // -- keyboard

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.doc) return;
    if (document.querySelector('dialog[open]')) return;
    const field = event.target.closest?.('input, textarea, select, [role=tab]');
    if (event.key === 'Escape') {
      if (this.editing) this.stopEditing();
      else if (this.finding) this.finding = false;
      else this.panelOpen = false;
      return;
    }
    if (field) return;
    const onSentence = event.target.closest?.('.target .s');
    const action = {
      ...(onSentence && {
        ArrowDown: () => this.move(1), ArrowUp: () => this.move(-1),
        ArrowRight: () => this.move(1), ArrowLeft: () => this.move(-1),
        Enter: () => this.edit(), ' ': () => this.toggleRead(),
      }),
      ...(store.settings.keys && {
        j: () => this.move(1), k: () => this.move(-1),
        n: () => this.move(1, this.problems), p: () => this.move(-1, this.problems),
        r: () => this.readOn(), R: () => this.readParagraph(), e: () => this.edit(), c: () => this.copyAs('text'),
        b: () => this.openTab('bullets'), '/': () => this.find(),
      }),
    }[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  toggleRead() {
    this.markRead([this.selected], !this.read.has(this.selected));
  }

  readOn() {
    if (!this.selected) return this.move(1);
    this.markRead([this.selected]);
    this.move(1);
  }

  readParagraph() {
    if (this.selected) this.markRead(this.block(this.selected).sentences.map((sentence) => sentence.id));
  }

  openTab(tab) {
    Object.assign(this, { tab, panelOpen: true });
    this.updateComplete.then(() => document.getElementById(`tab-${tab}`)?.focus());
  }

  find() {
    if (this.state !== 'done') return;
    this.finding = true;
    this.updateComplete.then(() => this.querySelector('kabar-find input')?.focus());
  }

  // -- what is shown

  render() {
    if (!this.doc) return this.empty();
    const { headline } = this.doc;
    return html`
      <h1 class="vh">${headline ?? t('untitled')}</h1>
      <div class="desk ${this.panelOpen ? 'open' : ''}">
        <div class="column">
          ${this.bar()}
          ${this.finding ? html`<kabar-find .article=${this}></kabar-find>` : nothing}
          <div class="text view-${this.view}" @mouseover=${this.hover} @mouseleave=${this.hover} @click=${this.click} @focusin=${this.focused}>
            <div class="row heads"><div>${t('source')}</div><div>${t('target')}${this.state === 'done' && !this.allRead ? html` <span class="advice">${t('readWarn')}</span>` : nothing}</div></div>
            ${this.changes()}
            ${this.rows()}
          </div>
        </div>
        ${panel(this)}
      </div>`;
  }

  empty() {
    if (this.state === 'waiting') {
      return html`<div class="wait"><p role="status">${t('waiting')}</p><progress aria-label=${t('waiting')}></progress>
        <button @click=${() => this.stopper.abort()}>${t('cancel')}</button></div>`;
    }
    return html`<div class="wait">${this.state === 'stopped' ? html`<p role="status">${t('stopped')}</p>` : problemNote(this.problem)}
      <button class="primary" @click=${() => (this.body ? this.start() : this.load(this.articleId))}>${t('retry')}</button>
      <a class="button" href="#/">${t('newArticle')}</a></div>`;
  }

  bar() {
    const streaming = this.state === 'streaming';
    return html`
      <div class="bar" role="toolbar" aria-label=${t('article')}>
        ${streaming ? this.progress() : this.state === 'done' ? this.status() : html`
          <div class="state">${this.state === 'stopped' ? html`<p role="status">${t('stopped')}</p>` : problemNote(this.problem)}
          <button class="primary" @click=${() => this.start()}>${t('again')}</button></div>`}
        <fieldset class="segments"><legend class="vh">${t('view')}</legend>
          ${['source', 'both', 'target'].map((view) => html`<label><input type="radio" name="view" .checked=${this.view === view}
            @change=${() => { this.view = view; store.set({ view }); }}><span>${t(view)}</span></label>`)}
        </fieldset>
        ${this.state === 'done' ? html`<div class="actions">
          ${menu(t('copy'), [[t('copyText'), () => this.copyAs('text')], [t('copyMarkdown'), () => this.copyAs('markdown')], [t('copyHtml'), () => this.copyAs('html')]])}
          ${menu(t('more'), [[t('docxEnglish'), () => this.saveDocx(false)], [t('docxBoth'), () => this.saveDocx(true)], [t('find'), () => this.find()],
            [t('newVersion'), () => this.tell('kabar-version', this)], [t('request'), () => this.tell('kabar-request', this)]])}
        </div>` : nothing}
        ${this.panelOpen ? nothing : html`<button @click=${() => (this.panelOpen = true)}>${t('details')}</button>`}
      </div>`;
  }

  progress() {
    return html`<div class="state">
      <span role="status">${t('working')} <span class="count">${t('workingOf', { done: this.done, total: this.total })}</span></span>
      <progress aria-label=${t('progress')} max=${this.total || 1} .value=${this.done}></progress>
      <label class="inline">${t('lane')} ${laneSelect(this.body?.options?.lane ?? '', (lane) => this.changeLane(lane))}</label>
      <button @click=${() => this.stopper.abort()}>${t('cancel')}</button></div>`;
  }

  status() {
    const all = this.toRead;
    const read = all.filter((sentence) => this.isRead(sentence)).length;
    const count = this.problems.length;
    const problems = count ? t('problems', { count }) : t('problemNone');
    return html`<div class="state">
      <div class="reading ${read < all.length ? 'warn' : 'ok'}">
        <strong>${read < all.length ? t('machine') : t('read')}</strong>
        <span>${read < all.length ? t('readShare', { read, total: all.length }) : t('readAll')}</span>
        <progress aria-label=${t('read')} max=${all.length || 1} .value=${read}></progress>
      </div>
      <div class="problems"><span class=${count ? 'some' : ''}>${problems}</span>
        ${count ? html`<button class="icon" aria-label=${t('previous')} title="${t('previous')} (p)" @click=${() => this.move(-1, this.problems)}>↑</button>
          <button class="icon" aria-label=${t('next')} title="${t('next')} (n)" @click=${() => this.move(1, this.problems)}>↓</button>` : nothing}
      </div></div>`;
  }

  changes() {
    const changes = this.doc.changes;
    if (!changes) return nothing;
    const gone = changes.sentences.filter((one) => one.change === 'gone');
    return html`<details class="changes"><summary>${t('changes', { changed: changes.changed, added: changes.new, gone: changes.gone })}</summary>
      ${gone.map((one) => html`<p><strong>${t('gone')}</strong> <del lang="id">${one.previous_source}</del></p>`)}</details>`;
  }

  rows() {
    const furniture = this.doc.furniture.map((line) => ({ ...line, kind: 'furniture' }));
    const place = (block) => Number(block.id.slice(1));
    const rows = [];
    for (const block of [...this.doc.blocks, ...furniture].sort((a, b) => place(a) - place(b))) {
      if (block.kind === 'furniture' && rows.at(-1)?.kind === 'furniture') rows.at(-1).lines.push(block);
      else if (block.kind === 'furniture') rows.push({ id: block.id, kind: 'furniture', lines: [block] });
      else rows.push(block);
    }
    const change = new Map((this.doc.changes?.sentences ?? []).filter((one) => one.id).map((one) => [one.id, one]));
    return repeat(rows, (row) => row.id, (row) => (row.kind === 'furniture' ? this.furniture(row.lines) : this.row(row, change)));
  }

  furniture(lines) {
    return html`<details class="furniture"><summary>${lines.length === 1 ? t('furnitureOne') : t('furniture', { count: lines.length })}</summary>
      <ul lang="id">${lines.map((line) => html`<li>${line.source}</li>`)}</ul></details>`;
  }

  row(block, change) {
    const sentences = (side) => html`${lead(block)}${block.sentences.map((sentence, n) =>
      html`${side === 'source' ? gap(block, n) : gap(block, n) && ' '}${this.span(block, sentence, side, change.get(sentence.id)?.change)}`)}`;
    const flagged = block.sentences.some((sentence) => sentence.flags.length);
    const english = block.kind === 'headline' ? html`<h2>${sentences('target')}</h2>`
      : block.kind === 'subheading' ? html`<h3 aria-level=${this.doc.headline ? 3 : 2}>${sentences('target')}</h3>` : html`<p>${sentences('target')}</p>`;
    const edited = block.sentences.find((sentence) => sentence.id === this.editing);
    return html`<div class="row ${block.kind} ${flagged ? 'flagged' : ''}">
      <div class="source" lang=${block.language ?? 'id'}><p>${sentences('source')}</p></div>
      <div class="target" lang="en">${english}</div></div>
      ${edited ? this.editor(edited) : nothing}`;
  }

  span(block, sentence, side, change) {
    const { id } = sentence;
    const source = side === 'source';
    const text = source ? sentence.source : sentence.target;
    const pending = text === null;
    const classes = ['s', sentence.flags.length && 'doubtful', this.isRead(sentence) && 'is-read', sentence.correction && 'edited',
      this.selected === id && 'current', this.support.includes(id) && 'support', change && change !== 'same' && `is-${change}`,
      pending && 'pending'].filter(Boolean).join(' ');
    const content = pending ? '\u00a0'.repeat(Math.min(60, Math.max(8, Math.round(sentence.source.length / 3)))) : marked(text, factsOf(sentence), side);
    if (source) return html`<span class=${classes} data-s=${id}>${content}</span>`;
    const first = this.selected ?? this.sentences[0]?.id;
    return html`<span class=${classes} id="t-${id}" data-s=${id} role="button" tabindex=${id === first ? 0 : -1}
      aria-current=${this.selected === id ? 'true' : nothing} aria-describedby=${sentence.flags.length ? `why-${id}` : nothing}
      aria-label=${pending ? t('working') : nothing}>${content}</span>${sentence.flags.length
        ? html`<span id="why-${id}" hidden>${t('flags')}: ${sentence.flags.map((flag) => t(`flag.${flag}`)).join(' ')}</span>` : nothing}`;
  }

  editor(sentence) {
    return html`<form class="row edit" @submit=${this.save} @keydown=${(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.save(event);
      }}>
      <div class="source"><p lang="id">${marked(sentence.source, factsOf(sentence), 'source')}</p>${reasonList(sentence)}</div>
      <div class="target">
        <label>${t('editLabel')}<textarea name="target" lang="en" rows="3" required maxlength="4000" .value=${sentence.target}></textarea></label>
        ${this.conflict ? html`<div class="problem" role="alert"><p>${t('conflict', { author: this.conflict.author, target: this.conflict.target, time: new Date(this.conflict.created).toLocaleTimeString(undefined, { timeStyle: 'short' }) })}</p>
          <button type="button" @click=${() => this.save(null, true)}>${t('saveAnyway')}</button>
          <button type="button" @click=${() => { this.querySelector('.edit textarea').value = this.conflict.target; this.save(null, true); }}>${t('useTheirs')}</button></div>` : nothing}
        <div class="buttons">
          <label class="inline">${t('author')} <input name="author" autocomplete="name" maxlength="100" ?required=${!key.get()} .value=${store.settings.author}></label>
          <button type="button" @click=${this.stopEditing}>${t('cancel')}</button>
          <button class="primary" ?disabled=${this.saving}>${t('save')}</button>
        </div>
      </div></form>`;
  }

  hover(event) {
    const id = event.type === 'mouseleave' ? null : (event.target.closest('[data-s]')?.dataset.s ?? null);
    if (id === this.hovered) return;
    this.hovered = id;
    for (const element of this.querySelectorAll('.hover')) element.classList.remove('hover');
    if (id) for (const element of this.querySelectorAll(`[data-s="${CSS.escape(id)}"]`)) element.classList.add('hover');
  }

  click(event) {
    const id = event.target.closest('[data-s]')?.dataset.s;
    // A reader who selects text to copy it keeps the selection.
    if (id && String(getSelection()) === '') this.select(id, { focus: true });
  }

  focused(event) {
    const id = event.target.matches?.('.target .s') && event.target.dataset.s;
    if (id && id !== this.selected) this.selected = id;
  }
}
customElements.define('kabar-article', KabarArticle);

/** A select with the lanes; the first choice is the lane of the key. */
export const laneSelect = (lane, change) => html`<select name="lane" .value=${lane || 'normal'} @change=${(event) => change(event.target.value)}>
  ${['breaking', 'normal', 'archive'].map((name) => html`<option value=${name} ?selected=${name === (lane || 'normal')}>${t(name)}</option>`)}</select>`;
