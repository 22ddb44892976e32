// The panel beside an article: a sentence's findings, bullets, and the article's record.

import { html, nothing } from './lit.js';
import { factsOf, reasonList } from './marks.js';
import { copy, toast } from './part.js';
import { number, t, time } from './texts.js';
import './bullets.js';

const TABS = ['sentence', 'bullets', 'article'];
const names = { sentence: 'tabSentence', bullets: 'tabBullets', article: 'tabArticle' };
const signs = { kept: '=', converted: '≈', missing: '▽', invented: '△' };

export const panel = (article) => html`
  <aside class="panel" aria-label=${t('details')}>
    <div class="tabs"><div role="tablist" aria-label=${t('details')} @keydown=${(event) => turn(article, event)}>
      ${TABS.map((tab) => html`<button role="tab" id="tab-${tab}" aria-selected=${article.tab === tab} aria-controls="panel-body"
        tabindex=${article.tab === tab ? 0 : -1} @click=${() => (article.tab = tab)}>${t(names[tab])}</button>`)}</div>
      <button class="icon close" aria-label=${t('close')} @click=${() => (article.panelOpen = false)}>×</button>
    </div>
    <div class="panel-body" id="panel-body" role="tabpanel" aria-labelledby="tab-${article.tab}" tabindex="0">
      ${article.tab === 'sentence' ? sentencePart(article) : article.tab === 'article' ? record(article) : nothing}
      <kabar-bullets ?hidden=${article.tab !== 'bullets'} .doc=${article.state === 'done' ? article.doc : null}
        @kabar-support=${(event) => support(article, event.detail)}></kabar-bullets>
    </div>
  </aside>`;

function turn(article, event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const tab = TABS.at((TABS.indexOf(article.tab) + step) % TABS.length);
  article.openTab(tab);
}

function support(article, { ids, go }) {
  article.support = ids;
  if (go) article.querySelector(`#t-${CSS.escape(ids[0])}`)?.scrollIntoView({ block: 'center' });
}

function sentencePart(article) {
  const sentence = article.sentence(article.selected);
  if (!sentence) return html`<p class="quiet">${t('choose')}</p>`;
  const done = article.state === 'done';
  const read = article.read.has(sentence.id);
  const facts = factsOf(sentence).filter((fact) => fact.kind !== 'quotation');
  return html`
    <div class="chosen">
      <p class="quiet" lang=${article.block(sentence.id).language ?? 'id'}>${sentence.source}</p>
      <p lang="en">${sentence.target ?? '…'}</p>
    </div>
    ${sentence.flags.length ? html`<section class="to-check"><h2>${t('flags')}</h2>${reasonList(sentence)}</section>` : nothing}
    ${versionNote(article, sentence)}
    ${done ? html`<div class="buttons">
      <button class="primary" @click=${() => article.edit()}>${t('edit')}</button>
      <button aria-pressed=${read} @click=${() => article.toggleRead()}>${read ? t('markUnread') : t('markRead')}</button>
      <button @click=${() => article.readParagraph()}>${t('paragraphRead')}</button></div>` : nothing}
    ${sentence.correction ? html`<p class="edited-note">${t('correctedBy', { author: sentence.correction.author, time: time(sentence.correction.created) })}
      <button @click=${() => article.undo(sentence)}>${t('undo')}</button></p>` : nothing}
    ${article.proposals.length ? html`<h2>${t('proposals')}</h2><ul class="terms">${article.proposals.map((one) => html`<li><span lang="id">${one.source}</span> → <span lang="en">${one.target}</span>
      <button @click=${async () => { await copy(`${csv(one.source)},${csv(one.target)}`); toast(t('copied')); }}>${t('copyRow')}</button></li>`)}</ul>` : nothing}
    <h2>${t('facts')}</h2>
    ${facts.length ? html`<table class="facts"><tbody>${facts.map((fact) => html`<tr class=${fact.status}>
      <th scope="row">${t(`fact.${fact.kind}`)}</th><td lang="id">${fact.source?.text ?? '—'}</td>
      <td><span title=${t(`status.${fact.status}`)} aria-hidden="true">${signs[fact.status]}</span><span class="vh">${t(`status.${fact.status}`)}</span></td><td lang="en">${fact.target?.text ?? '—'}</td></tr>`)}</tbody></table>`
      : html`<p class="quiet">${t('noFacts')}</p>`}
    ${sentence.terms?.length ? html`<h2>${t('terms')}</h2><ul class="terms">${sentence.terms.map((term) => html`<li class=${term.applied ? '' : 'missing'}>
      <span lang="id">${term.source}</span> → <span lang="en">${term.target}</span>${term.applied ? nothing : html` (${t('notApplied')})`}</li>`)}</ul>` : nothing}
    ${sentence.confidence === null ? nothing : html`<p class="confidence"><span>${t('confidence')} ${number(sentence.confidence, 2)}</span>
      <meter aria-label=${t('confidence')} min="0" max="1" low="0.5" high="0.7" optimum="1" value=${sentence.confidence}></meter></p>`}
    ${done ? html`<kabar-history .sentence=${sentence} .current=${sentence.correction?.id}></kabar-history>` : nothing}`;
}

const csv = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function versionNote(article, sentence) {
  const change = article.doc.changes?.sentences.find((one) => one.id === sentence.id);
  if (!change || change.change === 'same') return nothing;
  if (change.change === 'new') return html`<p class="version-note">${t('added')}</p>`;
  return html`<div class="version-note"><strong>${t('was')}</strong><p lang="id"><del>${change.previous_source}</del></p>
    <p lang="en"><del>${change.previous_target}</del></p></div>`;
}

/** Return the quotation in a block, and the words around it, which name the speaker; or nothing. */
function quotation(block) {
  const quoted = block.sentences.filter((sentence) => sentence.facts.some((fact) => fact.kind === 'quotation'));
  const facts = quoted.flatMap((sentence) => sentence.facts.filter((fact) => fact.kind === 'quotation'));
  if (!facts.length) return null;
  const around = quoted.map((sentence) => {
    const characters = Array.from(sentence.target);
    for (const { kind, target } of sentence.facts) if (kind === 'quotation' && target) characters.fill('', target.start, target.end);
    return characters.join('').replace(/\s+/g, ' ').trim();
  });
  return {
    id: quoted[0].id, text: facts.map((fact) => (fact.target ?? fact.source).text).join(' '),
    speaker: around.filter((words) => /\p{L}/u.test(words)).join(' '), missing: facts.some((fact) => !fact.target),
  };
}

function record(article) {
  const { doc, state } = article;
  if (state !== 'done') return html`<p class="quiet">${t('waiting')}</p>`;
  const rows = [
    [t('id'), html`<code>${doc.id}</code>`],
    [t('languageFound'), doc.language ? `${doc.language.name} (${number(doc.language.confidence, 2)})` : t('none')],
    [t('model'), `${doc.signature.model} ${String(doc.signature.model_hash).slice(0, 12)}`],
    [t('engine'), `${doc.signature.engine}, ${doc.signature.quantization ?? ''}`],
    [t('time'), doc.cached ? t('kept') : t('seconds', { seconds: number(doc.timings.total ?? 0, 2) })],
  ];
  const quotes = doc.blocks.map(quotation).filter(Boolean);
  return html`<h2>${t('quotations')}</h2>
    ${quotes.length ? html`<ul class="quotes">${quotes.map(({ id, text, speaker, missing }) => html`<li class=${missing ? 'missing' : ''}>
      <button class="link" lang="en" @click=${() => { article.select(id); article.tab = 'article'; }}>${text}</button>${missing ? html` (${t('quoteMissing')})` : nothing}
      ${speaker ? html`<p class="quiet" lang="en">— ${speaker}</p>` : nothing}</li>`)}</ul>` : html`<p class="quiet">${t('none')}</p>`}
    <h2>${t('info')}</h2><dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
    <h2>${t('warnings')}</h2>
    ${doc.report.warnings.length ? html`<ul class="reasons">${doc.report.warnings.map((one) => html`<li lang="en">${one}</li>`)}</ul>` : html`<p class="quiet">${t('none')}</p>`}
    <h2>${t('repairs')}</h2>
    ${doc.repairs.length ? html`<ul class="terms">${doc.repairs.map((one) => html`<li><del>${one.before}</del> <ins>${one.after}</ins></li>`)}</ul>` : html`<p class="quiet">${t('none')}</p>`}`;
}
