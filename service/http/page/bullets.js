// Bullets of a translated article, each with its sentences; and the corrections of a sentence.

import { html, nothing } from './lit.js';
import { call } from './api.js';
import { Part, copy, menu, problemNote, toast } from './part.js';
import { history } from './output.js';
import { t, time } from './texts.js';

class KabarBullets extends Part {
  static properties = {
    doc: { attribute: false }, summary: { state: true }, problem: { state: true }, busy: { state: true },
  };

  willUpdate(changed) {
    if (changed.has('doc') && changed.get('doc')?.id !== this.doc?.id) this.summary = this.problem = null;
  }

  async make(event) {
    event.preventDefault();
    const { bullets, words, language } = event.target.elements;
    this.busy = true;
    this.problem = null;
    try {
      this.request = {
        translation: this.doc.id, bullets: Number(bullets.value), language: language.value,
        ...(words.value && { words: Number(words.value) }),
      };
      this.summary = await call('POST', 'v1/summaries', this.request);
      this.tell('kabar-support', { ids: this.summary.bullets.flatMap((bullet) => bullet.sources) });
    } catch (error) {
      this.problem = error;
    } finally {
      this.busy = false;
    }
  }

  async copyAs(form) {
    await copy(this.summary[form], form === 'html' ? this.summary.html : undefined);
    toast(t('copied'));
  }

  render() {
    if (!this.doc) return html`<p class="quiet">${t('bulletsWait')}</p>`;
    const show = (ids, go) => this.tell('kabar-support', { ids, go });
    return html`
      <form class="bullet-form" @submit=${this.make}>
        <label>${t('number')}<select name="bullets">${[1, 2, 3, 4, 5, 6, 7].map((n) => html`<option ?selected=${n === 3}>${n}</option>`)}</select></label>
        <label>${t('words')}<input name="words" type="number" min="1" max="10000" inputmode="numeric"></label>
        <label>${t('language')}<select name="language"><option value="en">${t('english')}</option><option value="id">${t('indonesian')}</option><option value="both">${t('bothLanguages')}</option></select></label>
        <button class="primary" ?disabled=${this.busy}>${t('makeBullets')}</button>
      </form>
      ${problemNote(this.problem)}
      <div aria-live="polite">
      ${this.summary ? html`
        ${this.summary.line ? html`<p class="line">${this.summary.line}</p>` : nothing}
        <ul class="bullets">${this.summary.bullets.map((bullet) => html`
          <li class=${bullet.flags.length ? 'doubtful-bullet' : ''} @mouseenter=${() => show(bullet.sources)}>
            <p lang=${this.request.language === 'id' ? 'id' : 'en'}>${bullet.text}</p>
            ${bullet.indonesian ? html`<p class="quiet" lang="id">${bullet.indonesian}</p>` : nothing}
            ${bullet.flags.length ? html`<ul class="reasons">${bullet.flags.map((flag) => html`<li>${t(`flag.${flag}`)}</li>`)}</ul>` : nothing}
            <button class="link" @focus=${() => show(bullet.sources)} @click=${() => show(bullet.sources, true)}>${t('fromSentences')} ${bullet.sources.join(', ')}</button>
          </li>`)}</ul>
        ${this.summary.bullets.length ? menu(t('copy'), [[t('copyText'), () => this.copyAs('text')], [t('copyMarkdown'), () => this.copyAs('markdown')], [t('copyHtml'), () => this.copyAs('html')]])
          : html`<p class="quiet">${t('bulletsNone')}</p>`}` : nothing}
      </div>`;
  }
}
customElements.define('kabar-bullets', KabarBullets);

class KabarHistory extends Part {
  static properties = { sentence: { attribute: false }, current: { attribute: false }, found: { state: true } };

  willUpdate(changed) {
    const other = changed.has('sentence') && changed.get('sentence')?.id !== this.sentence.id;
    if (other || changed.has('current')) this.found = null;
  }

  async toggle(event) {
    if (!event.target.open || this.found) return;
    try {
      this.found = await history(this.sentence);
    } catch (error) {
      toast(error.message, 'problem');
    }
  }

  render() {
    return html`<details class="history" @toggle=${this.toggle}><summary>${t('history')}</summary>
      ${this.found && !this.found.length ? html`<p class="quiet">${t('historyNone')}</p>` : nothing}
      <ol>${(this.found ?? []).map((one) => html`<li class=${one.withdrawn ? 'gone' : ''}>
        <p lang="en">${one.target}</p><p class="quiet">${one.author}, ${time(one.created)}${one.withdrawn ? `, ${t('withdrawn')}` : ''}</p>
        ${one.machine ? html`<p class="quiet">${t('machineWas')}: <span lang="en">${one.machine}</span></p>` : nothing}</li>`)}</ol></details>`;
  }

  updated(changed) {
    const details = this.querySelector('details');
    if (details.open && !this.found) this.toggle({ target: details });
  }
}
customElements.define('kabar-history', KabarHistory);
