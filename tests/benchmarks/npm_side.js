// X's own library, timed inside one long-lived node process.
//
// Reads one JSON command per line: {"texts": [...]} to store, or {"job": "weight" | "split", "repeat": n};
// replies to each with one line: null, or the seconds per repetition.

const twitter = require('twitter-text');

const LIMIT = 280;
let texts = [];

// The usual way to split a text with this library: word by word, weighing the post so far.
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
  let kept = 0; // prevents dead-code elimination
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
