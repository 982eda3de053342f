// The outcome as a short sound: rising when paid, falling when not, a repeated call when nobody knows yet.

const TUNES = {
  ok: [[660, 0.12], [880, 0.2]],
  stop: [[330, 0.16], [220, 0.28]],
  still: [[330, 0.18]],
  wait: [[520, 0.12], [520, 0.12], [520, 0.12]],
};
const REST_S = 0.06;
const KEY = "tillbridge.muted";

let context = null;

export function isMuted() {
  return localStorage.getItem(KEY) === "yes";
}

export function setMuted(muted) {
  localStorage.setItem(KEY, muted ? "yes" : "no");
}

/** Browsers allow sound after a key or a touch only: call this from one. */
export function wakeSound() {
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume();
}

export function play(tone) {
  const tune = TUNES[tone];
  if (!tune || isMuted() || !context) return;
  let at = context.currentTime;
  for (const [hertz, seconds] of tune) {
    const oscillator = context.createOscillator();
    const volume = context.createGain();
    oscillator.frequency.value = hertz;
    volume.gain.setValueAtTime(0.18, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + seconds);
    oscillator.connect(volume).connect(context.destination);
    oscillator.start(at);
    oscillator.stop(at + seconds);
    at += seconds + REST_S;
  }
}
