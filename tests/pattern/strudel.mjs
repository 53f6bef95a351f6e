// Asks Strudel and this program what thousands of patterns play over 16 cycles: begin, end and value
// of every event, as exact fractions. Strudel is a judge only; it is installed into the build folder.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { generator } from './generate.mjs';

const CYCLES = 16;
const MOST = 4000; // events of one pattern: larger ones are not asked about
const bin = process.env.BIN;
const modules = process.env.MODULES ?? path.join(bin, 'pattern');
const count = Number(process.env.COUNT ?? 6000);
const seed = Number(process.env.SEED ?? 1);

console.log = () => {}; // it greets
const require = createRequire(path.join(modules, 'package.json'));
const { mini } = await import(pathToFileURL(require.resolve('@strudel/mini')).href.replace(/dist\/index\.js$/, 'index.mjs'));
const say = (line) => process.stdout.write(line + '\n');

const fraction = (f) => `${f.s * f.n}/${f.d}`;
const value = (v) => (Array.isArray(v) ? v.map(value).join(':') : typeof v === 'number' ? String(v) : v);

function strudel(text) {
  const events = [];
  const pattern = mini(text);
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    for (const hap of pattern.queryArc(cycle, cycle + 1)) {
      if (hap.hasOnset()) events.push(`${fraction(hap.whole.begin)} ${fraction(hap.whole.end)} ${value(hap.value)}`);
    }
    if (events.length > MOST) return null;
  }
  return events.sort();
}

function ours(texts) {
  const out = execFileSync(path.join(bin, 'tests/tools/mini_events'), [String(CYCLES)], {
    input: texts.map((text) => text + '\n').join(''),
    maxBuffer: 1 << 30,
  });
  return out.toString().split('\n').slice(0, texts.length).map((line) => {
    if (line.startsWith('error: ')) return line;
    const words = line.trim().split(' ').filter((word) => word !== '');
    const events = [];
    for (let i = 0; i + 2 < words.length; i += 3) {
      const shown = words[i + 2].split(':').map((part) => (part !== '' && !isNaN(Number(part)) ? String(Number(part)) : part));
      events.push(`${words[i]} ${words[i + 1]} ${shown.join(':')}`);
    }
    return events.sort();
  });
}

function compare(texts) {
  const wrong = [];
  let compared = 0, events = 0;
  const found = ours(texts);
  texts.forEach((text, i) => {
    let expected;
    try {
      expected = strudel(text);
    } catch (error) {
      expected = `error: ${error.message}`;
    }
    if (expected === null) return;
    compared++;
    if (Array.isArray(expected)) events += expected.length;
    const same = Array.isArray(expected) && Array.isArray(found[i])
      ? expected.length === found[i].length && expected.every((event, j) => event === found[i][j])
      : false;
    if (!same) wrong.push({ text, expected, found: found[i] });
  });
  return { wrong, compared, events };
}

let n = 0;
function report(name, { wrong, compared, events }, least) {
  n++;
  const ok = wrong.length === 0 && compared >= least;
  say(`${ok ? 'ok' : 'not ok'} ${n} - ${name}: ${compared} patterns, ${events} events`);
  wrong.sort((a, b) => a.text.length - b.text.length);
  for (const { text, expected, found } of wrong.slice(0, Number(process.env.SHOW ?? 10))) {
    const shown = (x) => (Array.isArray(x) ? x.slice(0, 12).join(' | ') : x);
    say(`# ${text}\n#   Strudel: ${shown(expected)}\n#   here:    ${shown(found)}`);
  }
  if (wrong.length > 0) say(`# ${wrong.length} differ`);
  return ok;
}

const listed = readFileSync(new URL('./common.txt', import.meta.url), 'utf8')
  .split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split('\t')[0]);
const next = generator(seed);
const made = new Set();
while (made.size < count) made.add(next());

const good = [
  report('what is written by hand plays what Strudel plays', compare(listed), listed.length),
  report('what chance writes plays what Strudel plays', compare([...made]), Math.floor(count * 0.9)),
];
say(`1..${n}`);
process.exitCode = good.every((ok) => ok) ? 0 : 1;
