// The facts, terms and flags of a sentence, as pieces of text with classes. No text becomes markup.

import { html, nothing } from './lit.js';
import { t } from './texts.js';

/** Return the facts of a sentence; what a glossary term explains is not missing or invented. */
export function factsOf(sentence) {
  const terms = (sentence.terms ?? []).filter((term) => term.applied);
  return sentence.facts.map((fact) => {
    const explained =
      (fact.status === 'missing' && terms.some((term) => term.start < fact.source.end && fact.source.start < term.end)) ||
      (fact.status === 'invented' && terms.some((term) => term.target.includes(fact.target.text) || fact.target.text.includes(term.target)));
    return explained ? { ...fact, status: 'converted' } : fact;
  });
}

/** Return the text of one side in pieces, with its facts marked. Offsets count characters. */
export function marked(text, facts, side) {
  const spans = facts.filter((fact) => fact[side] && fact.kind !== 'quotation').map((fact) => ({ ...fact[side], fact }));
  if (!spans.length) return text;
  const characters = Array.from(text);
  const cuts = new Set([0, characters.length]);
  for (const { start, end } of spans) cuts.add(start).add(end);
  const places = [...cuts].sort((a, b) => a - b);
  return places.slice(0, -1).map((start, n) => {
    const end = places[n + 1];
    const piece = characters.slice(start, end).join('');
    const over = spans.filter((span) => span.start <= start && end <= span.end);
    if (!over.length) return piece;
    const worst = over.find(({ fact }) => ['missing', 'invented'].includes(fact.status)) ?? over[0];
    const { kind, status } = worst.fact;
    return html`<span class="fact ${status}" title="${t(`fact.${kind}`)}: ${t(`status.${status}`)}">${piece}</span>`;
  });
}

/** Return what separates two sentences of a block in the source. */
export const gap = (block, n) =>
  n ? Array.from(block.source).slice(block.sentences[n - 1].end, block.sentences[n].start).join('') : '';

/** Return the marker of a list item before its first sentence. */
export const lead = (block) =>
  block.sentences.length ? Array.from(block.source).slice(0, block.sentences[0].start).join('').trimStart() : '';

/** Return the names of a sentence's flags for a reader. */
export const reasons = (sentence) => sentence.flags.map((flag) => {
  const text = t(`flag.${flag}`);
  const status = flag.endsWith('_missing') ? 'missing' : flag.endsWith('_invented') ? 'invented' : '';
  const side = status === 'missing' ? 'source' : 'target';
  const names = status === '' || flag === 'term_missing'
    ? (sentence.terms ?? []).filter((term) => flag === 'term_missing' && !term.applied).map((term) => term.target)
    : sentence.facts.filter((fact) => fact.status === status && (flag.startsWith('name') === (fact.kind === 'name')) && fact.kind !== 'quotation').map((fact) => fact[side].text);
  return { flag, text, names: [...new Set(names)] };
});

/** Return a line for each reason, with the words that it is about. */
export const reasonList = (sentence) => sentence.flags.length
  ? html`<ul class="reasons">${reasons(sentence).map(({ text, names }) => html`<li>${text}${names.map((name) => html` <q>${name}</q>`)}</li>`)}</ul>`
  : nothing;
