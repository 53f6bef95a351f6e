// Patterns of the mini-notation by chance: every kind of expression that oiduna-pattern(5) lists, but
// for those that choose at random themselves. The same ones for the same seed.

export function generator(seed) {
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(random() * n);
  const pick = (list) => list[below(list.length)];
  const times = (n, make) => Array.from({ length: n }, make);
  const some = (least, most, make, between) => times(least + below(most - least + 1), make).join(between);

  const word = () => pick(['bd', 'sn', 'hh', 'cp', 'super-piano', 'c#4', 'eb3', 'x_y', 'é']);
  const number = () => pick(['0', '1', '2', '3', '7', '-1', '0.5', '-0.25', '1e1', '.5', '12']);
  const factor = () => pick(['2', '3', '4', '1.5', '0.5', '2.25', '5', '0.75', '1', '0']);
  const small = () => String(1 + below(5));

  // Patterns of numbers: what *, /, %, and a rhythm take besides plain ones.
  const numbers = (one) =>
    pick([
      () => `<${some(1, 3, one, ' ')}>`,
      () => `[${some(1, 3, one, ' ')}]`,
      () => `<${one()} [${one()} ${one()}]>`,
      () => `<${one()}@2 ${one()}>`,
      () => `<${one()}!2 ${one()}>`,
      () => `{${one()} ${one()} ${one()}}%2`,
      () => `<${one()} ~>`,
      () => `[<${one()} ${one()}>*2]`,
    ])();
  const amount = (one) => (random() < 0.7 ? one() : numbers(one));

  function rhythm() {
    const n = 1 + below(12);
    const k = () => String((random() < 0.2 ? -1 : 1) * below(n + 1));
    const turn = () => String(below(2 * n + 1) - n);
    const first = random() < 0.7 ? k() : numbers(k);
    const second = random() < 0.8 ? String(n) : `<${n} ${n + 3}>`;
    return random() < 0.6 ? `(${first},${second})` : `(${first},${second},${random() < 0.7 ? turn() : numbers(turn)})`;
  }

  function operator() {
    return pick([
      () => `*${amount(factor)}`,
      () => `*${amount(factor)}`,
      () => `/${amount(factor)}`,
      () => `!${small()}`,
      () => '!',
      () => ' !',
      () => `@${pick(['2', '3', '1.5', '2.5', '4'])}`,
      () => '@',
      () => ' _',
      () => ' _ _',
      rhythm,
      rhythm,
    ])();
  }

  function term(depth) {
    if (depth <= 0 || random() < 0.6) {
      return pick([
        word, word, word, number, number,
        () => '~',
        () => '-',
        () => `${word()}:${below(8)}`,
        () => `${word()}:<${below(8)} ${below(8)}>`,
        () => `${word()}:[${below(8)} ${below(8)}]`,
        () => `${below(5)} .. ${below(9)}`,
        () => `${below(5)} .. <${below(9)} ${below(9)}>`,
        () => `[${below(5)} ${below(5)}] .. ${below(9)}`,
      ])();
    }
    return pick([
      () => `[${parallel(depth - 1)}]`,
      () => `[${parallel(depth - 1)}]`,
      () => `[${feet(depth - 1)}]`,
      () => `<${parallel(depth - 1)}>`,
      () => `<${parallel(depth - 1)}>`,
      () => `{${parallel(depth - 1)}}`,
      () => `{${parallel(depth - 1)}}%${amount(() => String(1 + below(7)))}`,
    ])();
  }

  const step = (depth) => {
    let text = term(depth);
    if (random() < 0.05) text += ` ${pick(['*', '/'])}${factor()}`;
    while (random() < 0.3) text += operator();
    return text;
  };
  const sequence = (depth) => some(1, 3, () => step(depth), pick([' ', ' ', '  ']));
  const parallel = (depth) => (random() < 0.8 ? sequence(depth) : some(2, 3, () => sequence(depth), pick([', ', ',', ' , '])));
  const feet = (depth) => some(2, 3, () => sequence(depth), ' . ');
  return () => (random() < 0.15 ? feet(2) : parallel(2));
}
