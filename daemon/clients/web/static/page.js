"use strict";

const at = (id) => document.getElementById(id);
const secret = document.querySelector("meta[name=facelatch]").content;
const SVG = "http://www.w3.org/2000/svg";
let mostBytes = 0;
let stream = null;
let shown = null;

function say(verdict, detail, kind) {
  at("verdict").textContent = verdict;
  at("verdict").className = kind || "";
  at("detail").textContent = detail || "";
}

function fill(select, names) {
  for (const name of names) select.add(new Option(name, name));
}

function draw(bitmap, answer) {
  const canvas = at("picture");
  canvas.hidden = false;
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  const pen = canvas.getContext("2d");
  pen.drawImage(bitmap, 0, 0);
  if (!answer || !answer.box) return;
  const [left, top, width, height] = answer.box;
  const thick = Math.max(2, bitmap.width / 200);
  pen.strokeStyle = pen.fillStyle = "#35c98b";
  pen.lineWidth = thick;
  pen.strokeRect(left * canvas.width, top * canvas.height, width * canvas.width, height * canvas.height);
  for (const [x, y] of answer.landmarks) {
    pen.beginPath();
    pen.arc(x * canvas.width, y * canvas.height, thick * 1.5, 0, 7);
    pen.fill();
  }
}

function part(name, values) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(values)) element.setAttribute(key, value);
  return element;
}

function bars(people, threshold) {
  const list = at("bars");
  list.replaceChildren();
  const most = Math.max(threshold * 1.5, ...people.map((one) => one.distance));
  for (const one of people) {
    const row = document.createElement("li");
    if (one.within) row.className = "within";
    const name = document.createElement("span");
    name.className = "name";
    name.textContent = name.title = one.name;
    const picture = part("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" });
    picture.append(
      part("rect", { class: "bar", x: 0, y: 1, height: 8, width: (100 * one.distance) / most }),
      part("line", { class: "limit", x1: (100 * threshold) / most, x2: (100 * threshold) / most, y1: -1, y2: 11, "vector-effect": "non-scaling-stroke" })
    );
    const value = document.createElement("span");
    value.className = "value";
    value.textContent = one.distance.toFixed(3);
    row.append(name, picture, value);
    list.append(row);
  }
}

function clear() {
  at("crop").hidden = true;
  at("bars").replaceChildren();
}

async function look(blob) {
  clear();
  if (blob.size > mostBytes) {
    say("Not looked at", `the file is too large: at most ${mostBytes >> 20} MiB`, "far");
    return;
  }
  shown = blob;
  say("Looking ...", "");
  const query = new URLSearchParams({ embedder: at("embedder").value, detector: at("detector").value });
  let answer;
  try {
    const reply = await fetch(`/look?${query}`, { method: "POST", body: blob, headers: { "X-Facelatch": secret } });
    answer = await reply.json();
  } catch (error) {
    say("No answer", "is `facelatch web` still running?", "far");
    return;
  }
  if (answer.error) {
    say("Not looked at", answer.error, "far");
    return;
  }
  draw(await createImageBitmap(blob), answer);
  const known = answer.people && answer.people.some((one) => one.within);
  say(answer.verdict, answer.detail, known ? "near" : "far");
  if (!answer.crop) return;
  at("crop").src = answer.crop;
  at("crop").hidden = false;
  bars(answer.people, answer.threshold);
}

async function camera() {
  if (stream) {
    stop();
    return;
  }
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 } });
  } catch (error) {
    say("No camera", "the browser gives none, or it was refused", "far");
    return;
  }
  at("video").srcObject = stream;
  at("video").hidden = at("shot").hidden = false;
  at("camera").textContent = "Stop the camera";
  await at("video").play();
}

function stop() {
  for (const track of stream.getTracks()) track.stop();
  stream = null;
  at("video").srcObject = null;
  at("video").hidden = at("shot").hidden = true;
  at("camera").textContent = "Use the camera";
}

function shoot() {
  const canvas = document.createElement("canvas");
  canvas.width = at("video").videoWidth;
  canvas.height = at("video").videoHeight;
  canvas.getContext("2d").drawImage(at("video"), 0, 0);
  canvas.toBlob(look, "image/png");
}

function listen() {
  const drop = at("drop");
  drop.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      at("file").click();
    }
  });
  at("file").addEventListener("change", () => at("file").files[0] && look(at("file").files[0]));
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  document.addEventListener("dragleave", () => drop.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files[0]) look(event.dataTransfer.files[0]);
  });
  for (const id of ["embedder", "detector"]) at(id).addEventListener("change", () => shown && look(shown));
  at("camera").addEventListener("click", camera);
  at("shot").addEventListener("click", shoot);
}

async function start() {
  const choices = await (await fetch("/choices")).json();
  fill(at("embedder"), choices.embedders);
  fill(at("detector"), choices.detectors);
  mostBytes = choices.most_bytes;
  at("whose").textContent = `Compared with ${choices.whose}. Pictures stay on this machine, in memory only.`;
  listen();
  document.body.dataset.ready = "yes";
}

start();
