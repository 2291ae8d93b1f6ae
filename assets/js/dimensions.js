/**
 * What texts can be told apart by: one line per dimension of the filter table (src/domain/dimension.rs, which says what they
 * mean), in its order, which is that of an address. The address, the panel, its chips and every request are made from this
 * list; a test holds both tables together.
 *
 * `params`: its parameters; `list`: several values are alternatives; `control`: how it is chosen in the panel (null: not
 * there) and `panel`: at which place; `chip`: how one value reads.
 */
import { date, languageName } from './format.js';
import { SENTIMENTS, emotionName, kindName, sentimentName } from './words.js';

const plain = (value) => value;
const starsChip = (value, param) => `${value} ★ or ${param === 'rating_min' ? 'more' : 'less'}`;
const dayChip = (value, param) => (param === 'from' ? `from ${date(value)}` : `to ${date(new Date(Date.parse(value) - 1))}`);

/** @type {{name: string, params: string[], list: boolean, title: string, control: 'choices'|'stars'|'days'|null, chip: (value: string, param: string) => string, order?: string[], marks?: boolean, panel?: number}[]} */
export const DIMENSIONS = [
  { name: 'collection', params: ['collection'], list: true, title: 'Collection', control: 'choices', chip: plain, panel: 3 },
  { name: 'source', params: ['source'], list: true, title: 'Source', control: 'choices', chip: plain, panel: 4 },
  { name: 'kind', params: ['kind'], list: true, title: 'Kind', control: 'choices', chip: kindName, panel: 7 },
  { name: 'sentiment', params: ['sentiment'], list: true, title: 'Sentiment', control: 'choices', chip: sentimentName, order: SENTIMENTS, marks: true, panel: 1 },
  { name: 'emotion', params: ['emotion'], list: true, title: 'Emotion', control: 'choices', chip: emotionName, panel: 2 },
  { name: 'rating', params: ['rating_min', 'rating_max'], list: false, title: 'Rating', control: 'stars', chip: starsChip, panel: 9 },
  { name: 'author', params: ['author'], list: true, title: 'Author', control: 'choices', chip: plain, panel: 8 },
  { name: 'language', params: ['language'], list: true, title: 'Language', control: 'choices', chip: languageName, panel: 6 },
  { name: 'tag', params: ['tag'], list: true, title: 'Tag', control: 'choices', chip: plain, panel: 5 },
  { name: 'date', params: ['from', 'to'], list: false, title: 'Date', control: 'days', chip: dayChip, panel: 10 },
  { name: 'import', params: ['import'], list: false, title: 'Import', control: null, chip: () => 'one import' },
];

const OF_PARAM = new Map(DIMENSIONS.flatMap((d) => d.params.map((param) => [param, d])));

/** The dimension that a parameter is about; none for `q`, `mode`, `syntax` and `model`. */
export const dimensionOf = (param) => OF_PARAM.get(param);
