/**
 * Shows /api/openapi.json. Everything is made with text nodes: what the document says is never markup.
 */

/** @param {string} tag @param {object} [props] @param {...(Node|string|null)} children */
function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Text with `code` in backquotes. */
const prose = (text) => (text ?? '').split('`').map((part, i) => (i % 2 ? h('code', {}, part) : part));
const paragraphs = (text) => (text ?? '').split(/\n\n+/).map((part) => h('p', {}, ...prose(part)));

const METHODS = ['get', 'post', 'patch', 'put', 'delete'];
const byId = (id) => document.getElementById(id);
let spec = null;

/** Follows `$ref`. */
function resolve(schema) {
  if (!schema?.$ref) return schema ?? {};
  return schema.$ref.slice(2).split('/').reduce((at, key) => at?.[key], spec) ?? {};
}

/** The parts of `allOf` as one object. */
function whole(schema) {
  const own = resolve(schema);
  if (!own.allOf) return own;
  const parts = own.allOf.map(whole);
  return { ...own, properties: Object.assign({}, ...parts.map((p) => p.properties ?? {}), own.properties ?? {}) };
}

function typeOf(schema) {
  const own = resolve(schema);
  const options = own.oneOf ?? own.anyOf;
  if (options) return options.map(typeOf).join(' | ');
  if (own.enum) return own.enum.map((value) => JSON.stringify(value)).join(' | ');
  const types = [].concat(own.type ?? (own.properties || own.allOf ? 'object' : 'any'));
  return types.map((type) => {
    if (type === 'array') return `${typeOf(own.items)}[]`;
    return own.format && type === 'string' ? own.format : type;
  }).join(' | ');
}

/** What an answer looks like, with types for values. */
function shape(schema, depth = 0) {
  const own = whole(schema);
  const pad = '  '.repeat(depth);
  const options = own.oneOf ?? own.anyOf;
  if (options) {
    const real = options.filter((option) => resolve(option).type !== 'null');
    return shape(real[0], depth) + (real.length < options.length ? ' | null' : '');
  }
  if (own.properties && depth < 6) {
    const lines = Object.entries(own.properties).map(([name, value]) => `${pad}  "${name}": ${shape(value, depth + 1)}`);
    return lines.length ? `{\n${lines.join(',\n')}\n${pad}}` : '{}';
  }
  if ([].concat(own.type ?? []).includes('array')) return `[${shape(own.items, depth)}]`;
  return typeOf(own);
}

function example(schema) {
  const own = whole(schema);
  const given = own.examples?.[0] ?? own.example ?? own.default;
  if (given !== undefined) return given;
  if (own.properties) {
    return Object.fromEntries(Object.entries(own.properties).filter(([name]) => own.required?.includes(name)).map(([name, value]) => [name, example(value)]));
  }
  return [].concat(own.type ?? []).includes('array') ? [] : '';
}

function parameterTable(parameters, of) {
  const rows = parameters.map((p) => h('tr', {},
    h('td', {}, p.name, p.required ? h('div', { class: 'needed' }, 'required') : null),
    h('td', { class: 'type' }, p.in === 'query' ? '' : `${p.in} `, typeOf(p.schema)),
    h('td', {}, ...prose(p.description), p.schema?.default !== undefined ? ` Default: ${p.schema.default}.` : '')));
  const head = ['Name', 'Type', 'Meaning'].map((name) => h('th', { scope: 'col' }, name));
  return [h('h4', {}, 'Parameters'), h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': `Parameters of ${of}` },
    h('table', {}, h('thead', {}, h('tr', {}, ...head)), h('tbody', {}, ...rows)))];
}

function contentShapes(content, of = '') {
  return Object.entries(content ?? {}).map(([type, { schema }]) => h('details', {},
    h('summary', {}, of + type), h('pre', { tabindex: '0' }, schema ? shape(schema) : type)));
}

/** Every answer in a line; the shape of a success is shown by itself. */
function responseList(responses) {
  const rows = Object.entries(responses).flatMap(([status, response]) => [
    h('dt', { class: status < 400 ? '' : 'error' }, status), h('dd', { class: status < 400 ? '' : 'error' }, ...prose(resolve(response).description))]);
  return h('dl', { class: 'answers' }, ...rows);
}

const successes = (responses) => Object.entries(responses).filter(([status]) => status < 300)
  .flatMap(([, response]) => contentShapes(resolve(response).content, 'Answer: '));

/** A form that sends the request from this page. Streams and files are left to `curl`. */
function tryIt(path, method, operation) {
  const parameters = operation.parameters ?? [];
  const fields = parameters.filter((p) => p.in !== 'header').map((p) => [p, h('input', { name: p.name, placeholder: typeOf(p.schema) })]);
  const json = operation.requestBody?.content?.['application/json'];
  const body = json ? h('textarea', { 'aria-label': 'Body', spellcheck: 'false' }, JSON.stringify(example(json.schema), null, 2)) : null;
  const output = h('pre', { hidden: true, tabindex: '0', 'aria-live': 'polite' });
  const send = async (event) => {
    event.preventDefault();
    let address = path;
    const query = new URLSearchParams();
    for (const [p, input] of fields) {
      if (p.in === 'path') address = address.replace(`{${p.name}}`, encodeURIComponent(input.value || '-'));
      else if (input.value) query.append(p.name, input.value);
    }
    if ([...query].length) address += `?${query}`;
    const token = byId('token').value;
    const headers = { ...(token && { Authorization: `Bearer ${token}` }), ...(body && { 'Content-Type': 'application/json' }) };
    output.hidden = false;
    output.textContent = `${method.toUpperCase()} ${address} …`;
    try {
      const started = performance.now();
      const response = await fetch(address, { method: method.toUpperCase(), headers, body: body?.value });
      const text = await response.text();
      let pretty = text;
      try { pretty = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON: shown as it is */ }
      const took = Math.round(performance.now() - started);
      output.textContent = `${method.toUpperCase()} ${address}\n${response.status} in ${took} ms\n\n${pretty.slice(0, 20_000)}`;
    } catch (error) {
      output.textContent = `${method.toUpperCase()} ${address}\nno answer: ${error.message}`;
    }
  };
  const labels = fields.map(([p, input]) => h('label', {}, p.name, input));
  return h('details', {}, h('summary', {}, 'Try it'),
    h('form', { class: 'try', onsubmit: send }, ...labels, body, h('button', { type: 'submit' }, 'Send'), output));
}

function operationArticle({ id, path, method, operation }) {
  const body = operation.requestBody?.content;
  const stream = Object.values(operation.responses).some((r) => resolve(r).content?.['text/event-stream']);
  const upload = body && !body['application/json'];
  return h('article', { id },
    h('h3', {}, h('span', { class: `method ${method}` }, method.toUpperCase()), path),
    ...paragraphs([operation.summary, operation.description].filter(Boolean).join('\n\n')),
    ...(operation.parameters?.length ? parameterTable(operation.parameters, `${method.toUpperCase()} ${path}`) : []),
    h('h4', {}, 'Answers'), responseList(operation.responses),
    h('div', { class: 'pieces' }, ...contentShapes(body, 'Body: '), ...successes(operation.responses),
      stream || upload ? null : tryIt(path, method, operation)));
}

/** Operations by tag, in the order of the document's tags. */
function byTag() {
  const groups = new Map((spec.tags ?? []).map((tag) => [tag.name, { about: tag.description, operations: [] }]));
  for (const [path, item] of Object.entries(spec.paths)) {
    for (const method of METHODS.filter((m) => item[m])) {
      const operation = item[method];
      const tag = operation.tags?.[0] ?? 'other';
      if (!groups.has(tag)) groups.set(tag, { about: '', operations: [] });
      groups.get(tag).operations.push({ id: operation.operationId ?? `${method}${path}`, path, method, operation });
    }
  }
  return groups;
}

function render() {
  byId('about').replaceChildren(...paragraphs(spec.info.description));
  byId('version').textContent = `Version ${spec.info.version}`;
  const sections = [];
  const contents = [];
  for (const [tag, { about, operations }] of byTag()) {
    if (!operations.length) continue;
    const title = tag[0].toUpperCase() + tag.slice(1);
    sections.push(h('section', {}, h('h2', {}, title), h('p', { class: 'tag-about' }, ...prose(about)), ...operations.map(operationArticle)));
    const links = operations.map(({ id, path, method }) => h('li', { 'data-for': id },
      h('a', { href: `#${id}` }, h('span', { class: `method ${method}` }, method.toUpperCase()), path.replace('/api/v1', ''))));
    contents.push(h('div', {}, h('h2', {}, title), h('ul', {}, ...links)));
  }
  const main = byId('operations');
  byId('sections').replaceChildren(...sections);
  main.removeAttribute('aria-busy');
  byId('contents').replaceChildren(...contents);
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

/** Hides what does not contain every word. */
function filter() {
  const words = byId('find').value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const article of document.querySelectorAll('article')) {
    const text = article.textContent.toLowerCase();
    article.hidden = !words.every((word) => text.includes(word));
    const link = [...document.querySelectorAll('nav li')].find((li) => li.dataset.for === article.id);
    if (link) link.hidden = article.hidden;
  }
  for (const group of document.querySelectorAll('#sections > section, nav > div')) {
    group.hidden = ![...group.querySelectorAll('article, li')].some((child) => !child.hidden);
  }
  byId('nothing').hidden = [...document.querySelectorAll('article')].some((article) => !article.hidden);
}

byId('find').addEventListener('input', filter);
try {
  const response = await fetch('/api/openapi.json');
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  spec = await response.json();
  render();
} catch (error) {
  byId('sections').replaceChildren(h('p', { role: 'alert' }, `The document could not be loaded: ${error.message}. Load the page again.`));
}
