// The English of an article in other forms, and the requests that make it.

import { address, call } from './api.js';

const escape = (text) => text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]);

/** Return [text to copy, the same as HTML or undefined]. A corrected article is put together again. */
export function as(form, doc) {
  if (!doc.patched) return { text: [doc.text], markdown: [doc.markdown], html: [doc.html, doc.html] }[form];
  const blocks = doc.blocks.map((block) => ({ kind: block.kind, text: english(block) }));
  if (form === 'text') return [blocks.map((block) => block.text).join('\n\n')];
  if (form === 'markdown') return [blocks.map((block) => ({ headline: '# ', subheading: '## ' })[block.kind] ?? '').map((sign, n) => sign + blocks[n].text).join('\n\n')];
  const tag = { headline: 'h1', subheading: 'h2' };
  const page = blocks.map((block) => `<${tag[block.kind] ?? 'p'}>${escape(block.text)}</${tag[block.kind] ?? 'p'}>`).join('\n');
  return [page, page];
}

/** Return the English of a block. */
export const english = (block) => block.sentences.map((sentence) => sentence.target).join(' ');

/** Return the corrections of a sentence, newest first. */
export async function history(sentence) {
  const plain = (text) => text.normalize('NFC').split(/\s+/).join(' ').trim();
  const { corrections } = await call('GET', 'v1/corrections?count=500');
  return corrections.filter((one) => plain(one.source) === plain(sentence.source));
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** Return the curl command of a request. The key is never part of it. */
export function curl(method, path, body) {
  const lines = [`curl -s ${quoted(String(address(path)))} -H "Authorization: Bearer $KABAR_KEY"`];
  if (method !== 'GET') lines.push(`  -H 'Content-Type: application/json' -d ${quoted(JSON.stringify(body))}`);
  return lines.join(' \\\n');
}
