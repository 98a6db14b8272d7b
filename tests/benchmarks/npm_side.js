// X's own library, timed inside one node process that lives for the whole run.
//
// Reads one JSON command per line: {"texts": [...]} to hold, or {"job": "weight" | "split", "repeat": n};
// answers each with one line: null, or the seconds that one repetition took.

const twitter = require('twitter-text');

const LIMIT = 280;
let texts = [];

// How one splits a text with this library: word by word, asking for the weight of the post so far.
function split(text) {
  const posts = [];
  let post = '';
  for (const word of text.split(/\s+/)) {
    const longer = post ? post + ' ' + word : word;
    if (post && twitter.parseTweet(longer).weightedLength > LIMIT) {
      posts.push(post);
      post = word;
    } else {
      post = longer;
    }
  }
  if (post) posts.push(post);
  return posts;
}

const jobs = { weight: (text) => twitter.parseTweet(text).weightedLength, split: (text) => split(text).length };

function seconds(job, repeat) {
  let kept = 0; // so that nothing can be left out as unused
  const begin = process.hrtime.bigint();
  for (let n = 0; n < repeat; n++) for (const text of texts) kept += job(text);
  const end = process.hrtime.bigint();
  if (kept < 0) throw new Error('negative weight');
  return Number(end - begin) / 1e9 / repeat;
}

require('readline')
  .createInterface({ input: process.stdin })
  .on('line', (line) => {
    const command = JSON.parse(line);
    if (command.texts) texts = command.texts;
    const answer = command.job ? seconds(jobs[command.job], command.repeat) : null;
    process.stdout.write(JSON.stringify(answer) + '\n');
  });
