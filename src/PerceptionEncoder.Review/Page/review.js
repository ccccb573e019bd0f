'use strict';

// What comes from files and people is put into the page as text alone (textContent, value), never as markup.
(() => {
  const element = id => document.getElementById(id);
  const longestPause = 15;                                    // seconds between two attempts to reach the server
  const unknown = 404;

  let session = { state: '', reviewer: '', lease_seconds: 600 };
  let reviewer = '';
  let client = '';
  let clip = null;                                            // on show
  let words = [];                                             // of its draft: {start, end, flagged, node}
  let choice = null;                                          // words under the cursor: {from, to}
  let shownAt = 0;
  let isBusy = false;                                         // a decision is on its way, and the next clip
  let wasTouched = false;                                     // since the lease was renewed
  let isLost = false;                                         // another has the clip on show: nothing is decided on it here

  // ---- What is kept in this browser: it outlives a reload, a crash, and the server.

  const memory = new Map();                                   // where the browser keeps nothing
  const kept = {
    read(key) {
      try { return localStorage.getItem(key) ?? memory.get(key) ?? null; } catch { return memory.get(key) ?? null; }
    },
    write(key, value) {
      memory.set(key, value);
      try { localStorage.setItem(key, value); } catch { /* full or switched off: the page itself remembers */ }
    },
    remove(key) {
      memory.delete(key);
      try { localStorage.removeItem(key); } catch { /* as above */ }
    },
    keys(prefix) {
      const found = new Set([...memory.keys()]);
      try { Object.keys(localStorage).forEach(key => found.add(key)); } catch { /* as above */ }
      return [...found].filter(key => key.startsWith(prefix));
    },
  };
  const nameKey = 'pe-review/reviewer';
  const foldedKey = 'pe-review/sources';
  const ofState = name => `pe-review/${session.state}/${name}`;
  const editKey = id => ofState(`edit/${id}`);
  const outbox = () => ofState('outbox/');

  function identifier() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
  }

  function readJson(key) {
    try { return JSON.parse(kept.read(key)); } catch { return null; }
  }

  // ---- The server.

  async function call(path, body) {
    const options = body === undefined ? {}
      : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(path, options);
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) {
      throw Object.assign(new Error(answer.problem || `The server answered ${response.status}.`), { status: response.status });
    }

    return answer;
  }

  // Until the server says yes or no, however long it is away.
  async function callUntilAnswered(path, body, meanwhile) {
    for (let pause = 1; ; pause = Math.min(longestPause, 2 * pause)) {
      try {
        return await call(path, body);
      } catch (problem) {
        if (problem.status && problem.status < 500) {
          throw problem;
        }

        const reason = problem.status ? problem.message : 'The server cannot be reached.';
        say(`${reason} ${meanwhile} Trying again …`, true);
        await new Promise(resolve => setTimeout(resolve, 1000 * pause));
      }
    }
  }

  const who = () => ({ client, reviewer });

  // ---- From clip to clip.

  async function start() {
    session = await callUntilAnswered('/api/session', undefined, 'Nothing is lost.');
    client = kept.read(ofState('client')) ?? identifier();
    kept.write(ofState('client'), client);
    reviewer = kept.read(nameKey) ?? session.reviewer;
    if (!reviewer) {
      askName();
      return;
    }

    await begin();
  }

  function askName() {
    show('welcome');
    element('name').value = reviewer;
    element('name').focus();
  }

  async function begin() {
    element('who').textContent = reviewer;
    let strange = 0;
    for (const key of kept.keys(outbox())) {                  // decided, and perhaps not saved, before the browser or the server died
      const decision = readJson(key);
      if (decision && await deliver(key, decision) === unknown) {
        strange++;
      }
    }

    await next();
    if (strange > 0) {
      say(`${strange} ${strange === 1 ? 'decision' : 'decisions'} on clips that are not reviewed here now: kept in this browser.`, true);
    }
  }

  async function next() {
    await alone(async () => {
      const answer = await callUntilAnswered('/api/take', who(), 'Nothing is lost.');
      showProgress(answer.progress);
      if (answer.clip) {
        showClip(answer.clip);
      } else {
        showEnd(answer.progress);
      }
    });
  }

  // One thing at a time: a key pressed twice must not decide two clips.
  async function alone(work) {
    if (isBusy) {
      return;
    }

    isBusy = true;
    showButtons();
    try {
      await work();
    } catch (problem) {
      say(problem.message, true);
    } finally {
      isBusy = false;
      showButtons();
    }
  }

  async function decide(verdict, caption = null) {
    if (!clip || isBusy || isLost) {
      return;
    }

    const decision = {
      ...who(),
      clip: clip.id,
      request: identifier(),
      verdict,
      draft: clip.draft,
      caption,
      spans: spans(),
      seconds: (performance.now() - shownAt) / 1000,
    };
    const key = outbox() + decision.request;
    kept.write(key, JSON.stringify(decision));
    await alone(() => deliver(key, decision));
    await next();
  }

  async function deliver(key, decision) {
    try {
      const answer = await callUntilAnswered('/api/decide', decision, 'Your decision is kept in this browser.');
      if (decision.verdict !== 'skipped' && decision.verdict !== 'rejected') {
        kept.remove(editKey(decision.clip));                   // what was typed before a rejection comes back with its undoing
      }

      showProgress(answer.progress);
      say('');
    } catch (refusal) {
      say(refusal.message, true);                             // what was typed stays in the browser
      if (refusal.status !== 409 && refusal.status !== 400) {
        return refusal.status;                                // not let in, or not known: the decision waits for the next start
      }
    }

    kept.remove(key);
    return null;
  }

  function accept() {
    if (isLost) {
      return;
    }

    const text = element('caption').value.trim();
    if (isEdited() && !text) {
      say('An empty caption says nothing: reject the draft instead.', true);
    } else if (isEdited()) {
      decide('edited', text);
    } else if (spans().length > 0) {
      decide('flagged');
    } else {
      decide('accepted');
    }
  }

  async function undo() {
    if (isLost) {
      return;
    }

    await alone(async () => {
      let answer;
      try {
        answer = await call('/api/undo', who());                // once: asked again, it would take back one more
      } catch (refusal) {
        say(refusal.status ? refusal.message : 'The server cannot be reached. Load the page again to see what was taken back.', true);
        return;
      }

      showProgress(answer.progress);
      if (!answer.clip) {
        say('There is nothing more to undo.');
        return;
      }

      if (answer.verdict !== 'skipped' && answer.verdict !== 'rejected') {
        keepEdit(answer.clip, answer.verdict === 'edited' ? answer.caption : null, answer.spans);
      }

      showClip(answer.clip);
      say(`Taken back: ${answer.verdict}.`);
    });
  }

  async function takeUpSkipped() {
    await alone(() => callUntilAnswered('/api/take-up-skipped', who(), 'Nothing is lost.'));
    await next();
  }

  async function renew() {
    if (!clip || !wasTouched || isBusy || isLost || document.hidden) {
      return;
    }

    wasTouched = false;
    const id = clip.id;
    try {
      await call('/api/renew', { ...who(), clip: id });
    } catch (problem) {
      if (problem.status === 409 && clip?.id === id && !isBusy) {
        isLost = true;                                        // whoever is about to press a key must not decide another clip by it
        endChoice();
        say(`${problem.message} What you typed is kept. Go on with N.`, true);
      }
    }
  }

  async function goOn() {
    if (isLost) {
      say('');
      await next();
    }
  }

  // ---- Showing.

  function show(section) {
    for (const id of ['welcome', 'work', 'end']) {
      element(id).hidden = id !== section;
    }

    element('actions').hidden = section !== 'work';
    if (section !== 'work') {
      clip = null;
      isLost = false;
      stopMedia();
    }
  }

  function showClip(shown) {
    clip = shown;
    isLost = false;
    shownAt = performance.now();
    choice = null;
    show('work');
    element('clip-name').textContent = clip.name;
    showDraft();
    showSources();
    showMedia();
    const edit = readJson(editKey(clip.id));
    const isOfThisDraft = edit && edit.draft === clip.draft;
    element('caption').value = isOfThisDraft && edit.text !== null ? edit.text : clip.draft;
    element('editor').hidden = !isEdited();
    for (const span of isOfThisDraft ? edit.spans : []) {
      words.filter(word => word.start < span.start + span.length && word.end > span.start).forEach(word => { word.flagged = true; });
    }

    document.activeElement?.blur();
    showWords();
    window.scrollTo(0, 0);
  }

  function showEnd(progress) {
    show('end');
    const isDone = progress.done >= progress.reviews;
    element('end-title').textContent = isDone ? 'All clips are reviewed.' : 'Nothing more for you just now.';
    element('end-text').textContent = isDone ? `${progress.mine} of the ${progress.reviews} reviews are yours. Thank you.`
      : progress.skipped > 0 ? `You skipped ${progress.skipped}; others look at the rest, or will.`
        : 'What is left is with other reviewers, or wants another person’s eyes.';
    element('take-up').hidden = progress.skipped === 0;
    (progress.skipped > 0 ? element('take-up') : element('look-again')).focus();
  }

  function showProgress(progress) {
    if (!progress) {
      return;
    }

    element('progress').max = Math.max(1, progress.reviews);
    element('progress').value = progress.done;
    element('count').textContent = `${progress.done} of ${progress.reviews}, ${progress.mine} by you`;
  }

  function say(text, isTrouble = false) {
    element('notice').textContent = text;
    element('notice').classList.toggle('trouble', isTrouble);
  }

  function showButtons() {
    for (const button of element('actions').querySelectorAll('button')) {
      button.disabled = isBusy || isLost && button.id !== 'go-on';
    }

    element('go-on').hidden = !isLost;
    element('caption').readOnly = isLost;

    element('accept-text').textContent = !clip ? 'Accept' : isEdited() ? 'Save caption' : spans().length > 0 ? 'Leave flagged' : 'Accept';
    element('flag').setAttribute('aria-pressed', String(choice !== null));
  }

  function showSources() {
    const isOpen = kept.read(foldedKey) === 'open';
    element('sources').replaceChildren(...clip.sources.map(source => {
      const box = document.createElement('details');
      box.open = isOpen;
      const title = document.createElement('summary');
      title.textContent = source.name;
      const list = document.createElement('dl');
      for (const line of source.lines) {
        if (line.label !== null) {
          const label = document.createElement('dt');
          label.textContent = line.label;
          list.append(label);
        }

        const text = document.createElement('dd');
        text.dir = 'auto';
        text.className = line.label === null ? 'alone' : '';
        text.textContent = line.text;
        list.append(text);
      }

      box.append(title, list);
      return box;
    }));
  }

  function foldSources() {
    const boxes = [...element('sources').querySelectorAll('details')];
    const isOpen = !boxes.some(box => box.open);
    boxes.forEach(box => { box.open = isOpen; });
    kept.write(foldedKey, isOpen ? 'open' : 'folded');
  }

  // ---- The clip: as a film where this browser plays it, else as a row of its frames.

  function stopMedia() {
    const film = element('media').querySelector('video');
    if (film) {
      film.removeAttribute('src');
      film.load();
    }

    element('media').replaceChildren();
  }

  function showMedia() {
    stopMedia();
    const id = clip.id;
    if (!clip.is_file) {
      showFrames(id);
      return;
    }

    const film = document.createElement('video');
    film.controls = film.autoplay = film.loop = film.muted = film.playsInline = true;
    const giveUp = () => {
      if (film.isConnected && clip?.id === id) {
        stopMedia();
        showFrames(id);
      }
    };
    film.addEventListener('error', giveUp);
    film.addEventListener('loadedmetadata', () => { if (film.videoWidth === 0) { giveUp(); } });     // sound alone
    film.src = `/media/${id}/clip`;
    element('media').append(film);
  }

  async function showFrames(id) {
    const strip = document.createElement('div');
    strip.className = 'strip';
    element('media').replaceChildren(strip);
    try {
      const { count } = await call(`/media/${id}/frames`);
      for (let index = 0; index < count; index++) {
        const picture = document.createElement('img');
        picture.alt = `Frame ${index + 1} of ${count}`;
        picture.src = `/media/${id}/frames/${index}`;
        strip.append(picture);
      }
    } catch (problem) {
      const text = document.createElement('p');
      text.textContent = `This clip cannot be shown: ${problem.message}`;
      strip.replaceWith(text);
    }
  }

  function film(action) {
    const shown = element('media').querySelector('video');
    if (shown) {
      action(shown);
    }
  }

  // ---- Words of the draft, and flags on them.

  function showDraft() {
    const draft = clip.draft;
    words = split(draft);
    const parts = [];
    let end = 0;
    for (const [index, word] of words.entries()) {
      parts.push(draft.slice(end, word.start));
      word.node = document.createElement('span');
      word.node.className = 'word';
      word.node.dataset.index = index;
      word.node.textContent = draft.slice(word.start, word.end);
      parts.push(word.node);
      end = word.end;
    }

    element('draft').replaceChildren(...parts, draft.slice(end));
  }

  // Languages without spaces have words too.
  function split(text) {
    const found = typeof Intl.Segmenter === 'function'
      ? [...new Intl.Segmenter(undefined, { granularity: 'word' }).segment(text)]
        .filter(segment => segment.isWordLike)
        .map(segment => ({ start: segment.index, end: segment.index + segment.segment.length }))
      : [...text.matchAll(/[^\s.,;:!?"()]+/g)].map(match => ({ start: match.index, end: match.index + match[0].length }));
    return found.map(word => ({ ...word, flagged: false, node: null }));
  }

  // Runs of flagged words, with what stands between them.
  function spans() {
    const runs = [];
    for (const [index, word] of words.entries()) {
      if (word.flagged && index > 0 && words[index - 1].flagged) {
        runs.at(-1).length = word.end - runs.at(-1).start;
      } else if (word.flagged) {
        runs.push({ start: word.start, length: word.end - word.start });
      }
    }

    return runs;
  }

  function showWords() {
    const [first, last] = chosen();
    for (const [index, word] of words.entries()) {
      word.node.classList.toggle('flagged', word.flagged);
      word.node.classList.toggle('chosen', choice !== null && index >= first && index <= last);
    }

    element('draft').classList.toggle('choosing', choice !== null);
    element('flag-hint').hidden = choice === null;
    if (choice) {
      words[choice.to]?.node.scrollIntoView({ block: 'nearest' });
    }

    showButtons();
  }

  function chosen() {
    return choice ? [Math.min(choice.from, choice.to), Math.max(choice.from, choice.to)] : [0, -1];
  }

  function toggle(first, last) {
    const range = words.slice(first, last + 1);
    const isFlagged = range.every(word => word.flagged);
    range.forEach(word => { word.flagged = !isFlagged; });
    keepCurrent();
    showWords();
  }

  // Flags what is selected; where nothing is, lets the arrow keys and taps choose words.
  function flag() {
    if (!clip || isBusy || isLost || words.length === 0) {
      return;
    }

    const selection = getSelection();
    const picked = selection.isCollapsed ? [] : [...words.keys()].filter(index => selection.containsNode(words[index].node, true));
    if (picked.length > 0) {
      selection.removeAllRanges();
      toggle(picked[0], picked.at(-1));
    } else if (choice) {
      toggle(...chosen());
    } else {
      choice = { from: 0, to: 0 };
      showWords();
    }
  }

  function moveChoice(step, isLonger) {
    const to = Math.min(words.length - 1, Math.max(0, choice.to + step));
    choice = { from: isLonger ? choice.from : to, to };
    showWords();
  }

  function endChoice() {
    choice = null;
    showWords();
  }

  // ---- The caption that is typed.

  function isEdited() {
    return clip !== null && element('caption').value.trim() !== clip.draft;
  }

  function keepEdit(of, text, flags) {
    if (text === null && (flags ?? []).length === 0) {
      kept.remove(editKey(of.id));
    } else {
      kept.write(editKey(of.id), JSON.stringify({ draft: of.draft, text, spans: flags ?? [] }));
    }
  }

  function keepCurrent() {
    keepEdit(clip, isEdited() ? element('caption').value : null, spans());
  }

  function edit() {
    if (!clip || isBusy || isLost) {
      return;
    }

    endChoice();
    element('editor').hidden = false;
    const field = element('caption');
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
    showButtons();
  }

  function leaveEditor() {
    element('caption').blur();
    element('editor').hidden = !isEdited();
    showButtons();
  }

  function discard() {
    if (isLost) {
      return;
    }

    element('caption').value = clip.draft;
    keepCurrent();
    leaveEditor();
  }

  // ---- Keys and buttons.

  const keys = {
    a: accept,
    e: edit,
    r: () => decide('rejected'),
    f: flag,
    s: () => decide('skipped'),
    n: goOn,
    d: foldSources,
    ' ': () => film(shown => { if (shown.paused) { shown.play().catch(() => {}); } else { shown.pause(); } }),
    j: () => film(shown => { shown.currentTime -= 1; }),
    l: () => film(shown => { shown.currentTime += 1; }),
  };

  const choosing = {
    ArrowLeft: event => moveChoice(-1, event.shiftKey),
    ArrowRight: event => moveChoice(1, event.shiftKey),
    Enter: () => toggle(...chosen()),
    Escape: endChoice,
  };

  function onKey(event) {
    wasTouched = true;
    if (element('help').open || event.isComposing || event.repeat && !choosing[event.key]) {
      return;
    }

    const inField = event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement;
    if (inField) {
      if (event.target === element('caption') && event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        accept();
      } else if (event.target === element('caption') && event.key === 'Escape') {
        event.preventDefault();
        leaveEditor();
      }

      return;
    }

    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }

    const onButton = event.target instanceof HTMLButtonElement || event.target.closest?.('summary, video');
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const action = onButton && (key === ' ' || key === 'Enter') ? null
      : key === '?' ? openHelp
        : key === 'u' && element('welcome').hidden ? undo
          : !clip ? null
            : choice && choosing[key] ? choosing[key]
              : keys[key];
    if (action) {
      event.preventDefault();
      action(event);
    }
  }

  function openHelp() {
    element('help').showModal();
  }

  const onClick = {
    accept,
    edit,
    reject: () => decide('rejected'),
    flag,
    skip: () => decide('skipped'),
    'go-on': goOn,
    undo,
    discard,
    who: askName,
    'help-open': openHelp,
    'take-up': takeUpSkipped,
    'look-again': next,
    'end-undo': undo,
  };
  for (const [id, action] of Object.entries(onClick)) {
    element(id).addEventListener('click', () => action());
  }

  element('draft').addEventListener('click', event => {
    const index = Number(event.target.dataset?.index ?? -1);
    if (choice && !isLost && index >= 0) {
      choice = { from: index, to: index };
      toggle(index, index);
    }
  });
  element('caption').addEventListener('input', () => {
    keepCurrent();
    showButtons();
  });
  element('name-form').addEventListener('submit', event => {
    event.preventDefault();
    reviewer = element('name').value.trim();
    if (reviewer) {
      kept.write(nameKey, reviewer);
      begin();
    }
  });
  document.addEventListener('keydown', onKey);
  for (const kind of ['pointerdown', 'input']) {
    document.addEventListener(kind, () => { wasTouched = true; });
  }

  start()
    .catch(problem => say(problem.message, true))
    .then(() => setInterval(renew, 1000 * Math.max(1, session.lease_seconds / 3)));
})();
